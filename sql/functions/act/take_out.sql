-- AutoSys' ON_ICE: the job is as if it were not there, and what waits for it goes on. What of it has not started the scheduler
-- skips; what runs goes on.
create or replace function jobgrid.take_out(
    job text, reason text default null, until timestamptz default null, tenant text default null)
returns setof jobgrid.acted
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform jobgrid_engine.target_runs('take_out', null, take_out.job, take_out.tenant);
    return next jobgrid_engine.set_flag(take_out.job, take_out.tenant, 'taken_out', take_out.reason, take_out.until);
end
$$;
comment on function jobgrid.take_out(text, text, timestamptz, text)
    is 'Takes a job out: its runs are skipped, and conditions are as after its success';
grant execute on function jobgrid.take_out(text, text, timestamptz, text) to jobgrid_operator, jobgrid_admin;
