-- Ends what has not started at once; who works on the rest is asked to stop, and what he reports decides.
create or replace function jobgrid.cancel(
    run_id bigint default null, job text default null, reason text default null, tenant text default null)
returns setof jobgrid.acted
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    target bigint;
begin
    for target in
        select t.* from jobgrid_engine.target_runs('cancel', cancel.run_id, cancel.job, cancel.tenant) t
    loop
        return next jobgrid_engine.acted(target, jobgrid_engine.cancel_run(target, cancel.reason));
    end loop;
end
$$;
comment on function jobgrid.cancel(bigint, text, text, text) is 'Cancels a run, or all live runs of a job';
grant execute on function jobgrid.cancel(bigint, text, text, text)
    to jobgrid_submitter, jobgrid_operator, jobgrid_admin;
