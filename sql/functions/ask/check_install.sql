create or replace function jobgrid.check_install() returns setof jobgrid.installation_check
language sql volatile set search_path = pg_catalog, pg_temp
begin atomic
    select c.* from jobgrid_engine.check_engine() c
    union all
    select c.* from jobgrid_engine.check_server() c;
end;
comment on function jobgrid.check_install() is 'Checks the installation; each check says how to mend it';
grant execute on function jobgrid.check_install() to jobgrid_viewer;
