-- AutoSys' ON_NOEXEC: everything happens but the execution. It takes the place of a hold, whose runs go on.
create or replace function jobgrid.bypass(
    job text, reason text default null, until timestamptz default null, tenant text default null)
returns setof jobgrid.acted
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    targets  bigint[] := array(select t.* from jobgrid_engine.target_runs('bypass', null, bypass.job, bypass.tenant) t);
    was_held boolean := (jobgrid_engine.find_job(bypass.job, bypass.tenant)).held;
    target   bigint;
    seen     jobgrid_engine.seen_run;
begin
    return next jobgrid_engine.set_flag(bypass.job, bypass.tenant, 'bypassed', bypass.reason, bypass.until);
    if not was_held then
        return;
    end if;
    foreach target in array targets loop
        seen := jobgrid_engine.find_run(target);
        if seen.state = 'held' then
            perform jobgrid_engine.move(
                target, 'waiting', jobgrid_engine.waiting_reason(target, false), 'release', bypass.reason);
            return next jobgrid_engine.acted(target, null);
        end if;
    end loop;
end
$$;
comment on function jobgrid.bypass(text, text, timestamptz, text)
    is 'Bypasses a job: its runs succeed without being executed';
grant execute on function jobgrid.bypass(text, text, timestamptz, text) to jobgrid_operator, jobgrid_admin;
