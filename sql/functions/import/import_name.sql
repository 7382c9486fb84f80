-- A name from elsewhere as one of ours: one line without slashes, at most 110 bytes, so that a number fits behind it. A
-- character has 4 bytes at most.
create or replace function jobgrid_engine.import_name(given text) returns text
language sql immutable set search_path = pg_catalog, pg_temp
as $$
    select coalesce(nullif(btrim(left(n.name, case when octet_length(n.name) > 110 then 27 else 110 end)), ''), 'job')
    from (select btrim(regexp_replace(translate(given, '/', '-'), '[[:cntrl:][:space:]]+', ' ', 'g')) as name) n
$$;
comment on function jobgrid_engine.import_name(text) is 'A name from elsewhere as one of ours';
