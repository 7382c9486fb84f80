-- A readable name of a command: programs and files without their folders, nothing of where the output goes.
create or replace function jobgrid_engine.crontab_name(command text) returns text
language sql immutable strict set search_path = pg_catalog, pg_temp
as $$
    select left(btrim(coalesce(nullif(regexp_replace(
               regexp_replace(command, '(^|[[:space:]''"=])/([^[:space:]/''"]+/)*([^[:space:]/''"]+)', '\1\3', 'g'),
               '[[:space:]]*[0-9&]?>.*$', ''), ''), command)), 60)
$$;
comment on function jobgrid_engine.crontab_name(text) is 'A readable name of a command';
