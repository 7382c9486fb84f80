-- A config row by row: what would be refused if it were written today, what cannot work now, what is of no use. Of what the caller
-- sees, and without a change.
create or replace function jobgrid.validate(tenant text default null) returns setof jobgrid.problem
language sql volatile security definer set search_path = pg_catalog, pg_temp
begin atomic
    select p.*
    from (select case when validate.tenant is null then jobgrid_engine.visible_tenant_names()
                      else array[jobgrid_engine.tenant_for(validate.tenant)] end) t (names)
    cross join lateral (
        select r.* from jobgrid_engine.refused_rows(t.names) r
        union all select j.* from jobgrid_engine.stuck_jobs(t.names) j
        union all select s.* from jobgrid_engine.spent_times(t.names) s
        union all select l.* from jobgrid_engine.loose_ends(t.names) l) p
    order by array_position('{error,warning,notice}', p.severity), p.table_name, p.key;
end;
comment on function jobgrid.validate(text) is 'What is wrong with the configuration, one row a problem';
grant execute on function jobgrid.validate(text) to jobgrid_viewer;
