create or replace function jobgrid_engine.job_has_runs(job_id integer) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select exists (select from jobgrid_engine.any_run r where r.job_id = job_has_runs.job_id) $$;
comment on function jobgrid_engine.job_has_runs(integer) is 'Whether runs of a job are kept, so that it cannot be deleted';
grant execute on function jobgrid_engine.job_has_runs(integer) to jobgrid_business, jobgrid_author, jobgrid_admin;
