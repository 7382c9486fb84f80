-- For messages: a config row as people call it.
create or replace function jobgrid_engine.row_name(table_name text, config jsonb) returns text
language sql immutable set search_path = pg_catalog, pg_temp
as $$
    select case table_name
           when 'job' then format('job "%s"', config ->> 'full_name')
           when 'schedule' then format('schedule "%s" of job "%s"', config ->> 'name', config ->> 'job')
           when 'calendar_day' then format('day %s of calendar "%s"', config ->> 'day', config ->> 'calendar')
           when 'job_default' then format('job default "%s"', config ->> 'setting')
           else format('%s "%s"', replace(table_name, '_', ' '), config ->> 'name') end
$$;
comment on function jobgrid_engine.row_name(text, jsonb) is 'A config row as people call it, such as job "load"';
