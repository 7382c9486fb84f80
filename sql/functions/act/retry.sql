-- Another try of a live run, now: it does not wait for its pause, its hold or a decision any longer.
-- The option tells the state routine to forget the moment the run waited for.
create or replace function jobgrid.retry(
    run_id bigint default null, job text default null, reason text default null, tenant text default null)
returns setof jobgrid.acted
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    targets bigint[] := array(
        select t.* from jobgrid_engine.target_runs('retry', retry.run_id, retry.job, retry.tenant) t);
    target  bigint;
    seen    jobgrid_engine.seen_run;
begin
    foreach target in array targets loop
        seen := jobgrid_engine.find_run(target);
        if seen.state in ('unknown', 'blocked', 'held') or seen.state = 'waiting' and seen.reason = 'retry_wait' then
            perform jobgrid_engine.move(target, 'waiting', jobgrid_engine.waiting_reason(target, true), 'retry',
                                        retry.reason, '{"due_at": null}');
            return next jobgrid_engine.acted(target, null);
        elsif retry.job is not null then
            continue;
        elsif seen.state = 'queued' then
            return next jobgrid_engine.acted(target, 'waits to be claimed already');
        else
            perform jobgrid_engine.wrong_state(seen, 'retry', case
                when seen.place is null then format('Run it again with: SELECT * FROM jobgrid.rerun(%s);', target)
                when seen.state = 'waiting' then
                    format('It has not been tried yet: SELECT * FROM jobgrid.why(%s);', target)
                else format('Stop it first with: SELECT * FROM jobgrid.cancel(%s);', target) end);
        end if;
    end loop;
end
$$;
comment on function jobgrid.retry(bigint, text, text, text)
    is 'Tries a live run again now: one that waits for its retry, is held, unknown or blocked';
grant execute on function jobgrid.retry(bigint, text, text, text)
    to jobgrid_submitter, jobgrid_operator, jobgrid_admin;
