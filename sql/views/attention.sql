-- What somebody has to look at. A lane that nobody can serve is one row, however many runs wait in it.
create or replace view jobgrid.attention with (security_barrier) as
    select r.run_id, j.full_name as job, r.state, r.reason, r.finished_at as since,
           concat_ws('; ', 'exit code ' || r.exit_code, 'signal ' || r.signal, nullif(r.message, '')) as detail,
           format('SELECT * FROM jobgrid.why(%s); SELECT * FROM jobgrid.rerun(%1$s);', r.run_id) as hint
    from jobgrid_engine.any_run r
    join jobgrid.job j on j.job_id = r.job_id
    where r.state = 'failed' and r.superseded_by is null
      and r.tenant_id = any ((select jobgrid_engine.visible_tenants())::integer[])
    union all
    select p.run_id, j.full_name, p.state, p.reason, p.since, format('attempt %s: whether it ran is not known', p.attempt),
           format('SELECT * FROM jobgrid.why(%s);', p.run_id)
    from jobgrid_engine.parked p
    join jobgrid.job j on j.job_id = p.job_id
    where p.state = 'unknown' and p.tenant_id = any ((select jobgrid_engine.visible_tenants())::integer[])
    union all
    select first.run_id, j.full_name, first.state, 'no_matching_executor', first.since, missing.text,
           format('SELECT * FROM jobgrid.why(%s);', first.run_id)
    from jobgrid_engine.lane l
    cross join lateral (select r.* from jobgrid_engine.ready r where r.lane_id = l.lane_id
                        order by r.rank, r.run_id limit 1) first
    join jobgrid.job j on j.job_id = first.job_id
    cross join lateral jobgrid_engine.lane_missing(l.lane_id) missing (text)
    where l.open and missing.text is not null
      and l.tenant_id = any ((select jobgrid_engine.visible_tenants())::integer[]);
comment on view jobgrid.attention is 'Runs that somebody has to look at: failed, unknown, or nothing can take them';
