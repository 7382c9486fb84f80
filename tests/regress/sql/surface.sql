-- What people and programs see. A change here is a change of the interface: on purpose, with docs and CHANGELOG.
\pset format unaligned
\pset footer off
select p.proname as function, pg_get_function_identity_arguments(p.oid) as arguments, pg_get_function_result(p.oid) as result
from pg_proc p where p.pronamespace = 'jobgrid'::regnamespace order by 1, 2;
select c.relname as view, string_agg(a.attname, ', ' order by a.attnum) as columns
from pg_class c join pg_attribute a on a.attrelid = c.oid
where c.relnamespace = 'jobgrid'::regnamespace and c.relkind = 'v' and a.attnum > 0 group by 1 order by 1;
select c.relname as table, string_agg(a.attname, ', ' order by a.attnum) as columns
from pg_class c join pg_attribute a on a.attrelid = c.oid
where c.relnamespace = 'jobgrid'::regnamespace and c.relkind = 'r' and a.attnum > 0 group by 1 order by 1;
select proname as protocol, pg_get_function_arguments(p.oid) as arguments, pg_get_function_result(p.oid) as result
from pg_proc p where p.pronamespace = 'jobgrid_engine'::regnamespace and has_function_privilege('jobgrid_executor', p.oid, 'execute')
order by 1;
select name, setting, coalesce(unit, '') as unit, context from pg_settings where name like 'jobgrid.%'
    and name not in ('jobgrid.version') order by 1;
