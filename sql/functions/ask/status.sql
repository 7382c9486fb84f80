create or replace function jobgrid.status(run_id bigint) returns setof jobgrid.run
language sql stable set search_path = pg_catalog, pg_temp
begin atomic
    select r.* from jobgrid.run r where r.run_id = status.run_id;
end;
comment on function jobgrid.status(bigint) is 'A run as view jobgrid.run shows it';
grant execute on function jobgrid.status(bigint) to jobgrid_viewer;
