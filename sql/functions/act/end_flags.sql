-- Takes flags back whose time is over, for the scheduler. It waits for nobody: what somebody's open transaction has locked is
-- left for another time. Held runs go first, so that none is left behind by a flag that is gone.
create or replace function jobgrid_engine.end_flags(now timestamptz, most integer, out ended integer, out locked boolean)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    set jobgrid.change_reason = '' set jobgrid.change_ticket = '' set jobgrid.change_source = 'flag_until'
as $$
declare
    target  jobgrid.job;
    waiting bigint;
    why     text;
begin
    ended := 0;
    for target in
        select * from jobgrid.job j where j.flag_until <= end_flags.now order by j.flag_until, j.job_id limit end_flags.most
        for no key update skip locked
    loop
        why := format('its time is over: %s by %s%s',
                      case when target.held then 'held' when target.taken_out then 'taken out' else 'bypassed' end,
                      target.flag_by, ': ' || coalesce(target.held_reason, target.flag_reason));
        begin
            for waiting in
                select p.run_id from jobgrid_engine.parked p
                where target.held and p.job_id = target.job_id and p.state = 'held' and p.reason = 'operator'
                order by p.run_id for update skip locked
            loop
                perform jobgrid_engine.move(waiting, 'waiting', jobgrid_engine.waiting_reason(waiting, false), 'release', why);
            end loop;
            continue when target.held and exists (
                select from jobgrid_engine.parked p
                where p.job_id = target.job_id and p.state = 'held' and p.reason = 'operator');
            perform set_config('jobgrid.change_reason', why, true);
            update jobgrid.job j set held = false, taken_out = false, bypassed = false where j.job_id = target.job_id;
            ended := ended + 1;
        exception when others then
            raise warning using message = format('job "%s" keeps its flag: %s', target.full_name, sqlerrm);
        end;
    end loop;
    locked := exists (select from jobgrid.job j where j.flag_until <= end_flags.now);
end
$$;
comment on function jobgrid_engine.end_flags(timestamptz, integer) is 'Takes flags of jobs back whose time is over';
