-- What a job's schedules have to say: which cannot fire, what became of a last fire that made no run, and, for a job
-- without live runs, when it fires next.
create or replace function jobgrid_engine.why_schedules(wanted jobgrid.job, next boolean) returns setof jobgrid.blocker
language sql stable set search_path = pg_catalog, pg_temp
as $$
    select null::bigint, wanted.full_name, null::text, b.blocker, s.name, b.since, b.detail, b.hint
    from jobgrid.schedule s
    join jobgrid_engine.fire_cursor c using (schedule_id)
    left join lateral (select f.* from jobgrid_engine.fire f where f.schedule_id = s.schedule_id
                       order by f.scheduled_for desc limit 1) f on true
    cross join lateral (
        select 'schedule_error' as blocker, c.error_since as since, 'its schedule cannot fire: ' || c.error as detail,
               format('UPDATE jobgrid.schedule SET schedule = ''...'' WHERE schedule_id = %s;', s.schedule_id) as hint
        where c.error is not null
        union all
        select 'schedule_disabled', s.updated_at, 'its schedule is disabled',
               format('UPDATE jobgrid.schedule SET enabled = true WHERE schedule_id = %s;', s.schedule_id)
        where not s.enabled
        union all
        select f.outcome, f.scheduled_for,
               format('%s of %s made no run: %s', case when f.fires = 1 then 'the fire' else f.fires || ' fires from ' end,
                      to_char(f.scheduled_for, 'YYYY-MM-DD HH24:MI:SS TZ'), f.reason),
               format('SELECT * FROM jobgrid.fire WHERE job = %L ORDER BY scheduled_for DESC LIMIT 10;', wanted.full_name)
        where f.outcome in ('missed', 'skipped')
        union all
        select 'schedule', null,
               case when c.next_at < 'infinity'
                    then format('fires next at %s', to_char(c.next_at, 'YYYY-MM-DD HH24:MI:SS TZ')) else 'does not fire any more' end,
               format('SELECT * FROM jobgrid.next_runs(%L);', wanted.full_name)
        where why_schedules.next and c.error is null and not c.edited and s.enabled and wanted.enabled) b
    where s.tenant = wanted.tenant and s.job = wanted.full_name
    union all
    -- Whether or not there is a run to wait for it.
    select null, wanted.full_name, null, x.reason, null, null, jobgrid_engine.shut_note(x.skips, x.until, x.note),
           format('SELECT * FROM jobgrid.next_runs(%L);', wanted.full_name)
    from jobgrid_engine.shut_at(wanted.job_id, jobgrid_engine.moment()) x
    where why_schedules.next
    order by 5, 6
$$;
comment on function jobgrid_engine.why_schedules(jobgrid.job, boolean) is 'What a job''s schedules have to say';
