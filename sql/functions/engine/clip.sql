-- For messages that repeat what somebody gave. Names have at most 128 bytes, so that none that could be one is cut.
create or replace function jobgrid_engine.clip(given text) returns text
language sql immutable set search_path = pg_catalog, pg_temp
as $$ select case when length(given) > 128 then left(given, 128) || '...' else given end $$;
comment on function jobgrid_engine.clip(text) is 'The beginning of a text, for messages';
