-- The tenant that a config row belongs to; null where it is shared, nobody's ('') where what it belonged to is gone.
create or replace function jobgrid_engine.tenant_of(table_name text, config jsonb) returns text
language sql stable set search_path = pg_catalog, pg_temp
as $$
    select case table_name
           when 'tenant' then config ->> 'name'
           when 'calendar_day' then (select case when count(*) = 0 then '' else max(c.tenant) end
                                     from jobgrid.calendar c where c.name = config ->> 'calendar')
           else config ->> 'tenant' end
$$;
comment on function jobgrid_engine.tenant_of(text, jsonb) is 'The tenant that a config row belongs to';
