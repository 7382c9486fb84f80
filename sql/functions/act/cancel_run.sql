-- cancel() for one run; returns the note. A run that is claimed while we look is found with its executor the second
-- time.
create or replace function jobgrid_engine.cancel_run(run_id bigint, reason text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    seen  jobgrid_engine.seen_run;
    grace interval;
begin
    for look in 1 .. 2 loop
        seen := jobgrid_engine.find_run(cancel_run.run_id);
        if seen.place is null then
            return format('already %s', seen.state);
        elsif seen.place = 'lease' and seen.reason = 'external' then
            perform jobgrid_engine.end_external(seen.run_id, 'cancelled', null, cancel_run.reason, null, 'cancel');
            return 'what runs elsewhere is not stopped by this';
        elsif seen.place = 'lease' and seen.reason = 'workflow' then
            if not jobgrid_engine.stop_workflow(seen.run_id, cancel_run.reason) then
                return 'was asked to stop before';
            end if;
            return 'starts nothing more; its steps that run were asked to stop';
        elsif seen.place = 'lease' then
            select j.cancel_grace into grace from jobgrid.job j where j.job_id = seen.job_id;
            if jobgrid_engine.order_run(seen.run_id, 'cancel', cancel_run.reason,
                   jsonb_build_object('grace_ms', (extract(epoch from grace) * 1000)::bigint)) then
                return 'asked to stop; what it reports decides';
            end if;
            -- No lease to ask any more: it ended while we waited for whoever ended it.
            if (jobgrid_engine.find_run(seen.run_id)).place = 'lease' then
                return 'was asked to stop before';
            end if;
            continue;
        end if;
        begin
            perform jobgrid_engine.move(seen.run_id, 'cancelled', 'operator', 'cancel', cancel_run.reason);
            return null;
        exception when sqlstate 'JG002' then
            if look = 2 then
                raise;
            end if;
        end;
    end loop;
end
$$;
comment on function jobgrid_engine.cancel_run(bigint, text) is 'Cancels one run; returns what to say about it';
