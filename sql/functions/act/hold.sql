-- Parks what has not started. For a job the flag goes first: what is submitted meanwhile is held by it.
create or replace function jobgrid.hold(
    run_id bigint default null, job text default null, reason text default null, tenant text default null,
    until timestamptz default null)
returns setof jobgrid.acted
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    targets bigint[] := array(
        select t.* from jobgrid_engine.target_runs('hold', hold.run_id, hold.job, hold.tenant) t);
    target  bigint;
    seen    jobgrid_engine.seen_run;
begin
    if hold.job is not null then
        return next jobgrid_engine.set_flag(hold.job, hold.tenant, 'held', hold.reason, hold.until);
    elsif hold.until is not null then
        raise exception using errcode = 'JG003',
            message = 'until is about a job, not about a run',
            hint = format('SELECT * FROM jobgrid.hold(job => %L, until => %L);', (jobgrid_engine.find_run(hold.run_id)).job, hold.until);
    end if;
    foreach target in array targets loop
        seen := jobgrid_engine.find_run(target);
        if seen.state = 'held' then
            return next jobgrid_engine.acted(target, 'was held before');
        elsif seen.state in ('waiting', 'queued', 'blocked') then
            begin
                perform jobgrid_engine.move(target, 'held', 'operator', 'hold', hold.reason);
                return next jobgrid_engine.acted(target, null);
            exception when sqlstate 'JG002' then
                -- It was claimed meanwhile. That is an error only for who named the run.
                if hold.job is null then
                    raise;
                end if;
                return next jobgrid_engine.acted(target, 'had started');
            end;
        elsif hold.job is null then
            perform jobgrid_engine.wrong_state(seen, 'hold', case
                when seen.state in ('starting', 'running') then
                    format('Stop it with: SELECT * FROM jobgrid.cancel(%s);', target)
                when seen.state = 'unknown' then
                    format('It starts only when somebody decides: SELECT * FROM jobgrid.why(%s);', target)
                else format('Hold what comes next: SELECT * FROM jobgrid.hold(job => %L);', seen.job) end);
        end if;
    end loop;
end
$$;
comment on function jobgrid.hold(bigint, text, text, text, timestamptz) is 'Holds a run; or a job, with its runs that have not started';
grant execute on function jobgrid.hold(bigint, text, text, text, timestamptz)
    to jobgrid_submitter, jobgrid_operator, jobgrid_admin;
