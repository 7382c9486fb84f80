create or replace function jobgrid_engine.dot_text(text text) returns text
language sql immutable strict set search_path = pg_catalog, pg_temp
as $$
    select '"' || replace(replace(dot_text.text, '\', '\\'), '"', '\"') || '"'
$$;
comment on function jobgrid_engine.dot_text(text) is 'A quoted text in the language of Graphviz';
