-- Lets held runs wait for what they waited for; the scheduler looks at them at once. Of a job it takes back whatever flag it
-- has: what was skipped or bypassed meanwhile is over.
create or replace function jobgrid.release(
    run_id bigint default null, job text default null, reason text default null, tenant text default null)
returns setof jobgrid.acted
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    targets bigint[] := array(
        select t.* from jobgrid_engine.target_runs('release', release.run_id, release.job, release.tenant) t);
    target  bigint;
    seen    jobgrid_engine.seen_run;
begin
    if release.job is not null then
        return next jobgrid_engine.set_flag(release.job, release.tenant, null, release.reason, null);
    end if;
    foreach target in array targets loop
        seen := jobgrid_engine.find_run(target);
        if seen.state = 'held' then
            perform jobgrid_engine.move(
                target, 'waiting', jobgrid_engine.waiting_reason(target, false), 'release', release.reason);
            return next jobgrid_engine.acted(target, (
                select format('job "%s" is still held: new runs will be', j.full_name)
                from jobgrid.job j where j.job_id = seen.job_id and j.held));
        elsif release.job is null and seen.place is not null and seen.state not in ('unknown', 'blocked') then
            return next jobgrid_engine.acted(target, 'was not held');
        elsif release.job is null then
            perform jobgrid_engine.wrong_state(seen, 'release', case
                when seen.place is null then format('Run it again with: SELECT * FROM jobgrid.rerun(%s);', target)
                else format('Try it again with: SELECT * FROM jobgrid.retry(%s);', target) end);
        end if;
    end loop;
end
$$;
comment on function jobgrid.release(bigint, text, text, text) is 'Releases a held run; or a job that is held, with its held runs, taken out or bypassed';
grant execute on function jobgrid.release(bigint, text, text, text)
    to jobgrid_submitter, jobgrid_operator, jobgrid_admin;
