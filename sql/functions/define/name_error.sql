-- The rule that the tables of names have as a constraint, for names that are not the key of a row here.
create or replace function jobgrid_engine.name_error(name text) returns text
language sql immutable strict set search_path = pg_catalog, pg_temp
as $$
    select case
           when name = '' then 'is empty'
           when octet_length(name) > 128 then format('has %s bytes', octet_length(name))
           when name ~ '[/[:cntrl:]]' then 'has a slash or a control character'
           when name <> btrim(name) then 'begins or ends with a space'
           end
$$;
comment on function jobgrid_engine.name_error(text) is 'What is wrong with a name; null when nothing is';
