-- One act of a bulk. What the others need not fail for is said in its note.
create or replace function jobgrid_engine.bulk_act(
    verb text, run_id bigint, job text, tenant text, reason text, until timestamptz, outcome text)
returns setof jobgrid.acted
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    again jobgrid.submitted;
begin
    case verb
        when 'hold' then return query select * from jobgrid.hold(run_id, job, reason, tenant, until);
        when 'release' then return query select * from jobgrid.release(run_id, job, reason, tenant);
        when 'take_out' then return query select * from jobgrid.take_out(job, reason, until, tenant);
        when 'bypass' then return query select * from jobgrid.bypass(job, reason, until, tenant);
        when 'cancel' then return query select * from jobgrid.cancel(run_id, reason => reason);
        when 'retry' then return query select * from jobgrid.retry(run_id, reason => reason);
        when 'set_outcome' then return query select * from jobgrid.set_outcome(run_id, outcome, reason);
        when 'rerun' then
            again := jobgrid.rerun(run_id, reason);
            return next (again.run_id, again.job, again.state, again.reason, format('runs %s again', bulk_act.run_id))::jobgrid.acted;
    end case;
exception when sqlstate 'JG002' then
    return next (run_id, job, null, null, 'left alone: ' || sqlerrm)::jobgrid.acted;
end
$$;
comment on function jobgrid_engine.bulk_act(text, bigint, text, text, text, timestamptz, text) is 'One act of a bulk';
