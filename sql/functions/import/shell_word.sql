create or replace function jobgrid_engine.shell_word(given text) returns text
language sql immutable strict set search_path = pg_catalog, pg_temp
as $$ select '''' || replace(given, '''', '''\''''') || '''' $$;
comment on function jobgrid_engine.shell_word(text) is 'A text as one word of /bin/sh';
