-- The atoms of a pending run as they stand: in words, whether they are met, and what is on record about each. The record is
-- where the scheduler looks for it: inside a run of a workflow the step's run there, outside the end of the date, or the last.
create or replace function jobgrid_engine.pending_atoms(run_id bigint)
returns table (atom integer, kind "char", met boolean, since timestamptz, text text, upstream_id integer, upstream text,
               inside boolean, end_run bigint, end_state text, end_words text, expired text, live_run bigint,
               live_state text, value_name text, value_there boolean, value_now text, value_wanted text)
language sql stable set search_path = pg_catalog, pg_temp
as $$
    select o.atom, o.kind, o.met, coalesce(o.since, p.since),
           jobgrid_engine.atom_text(
               o.kind, coalesce(w.name, case when o.source = 'j' then u.full_name end, o.name),
               case when o.scope = 0 then o.lookback else 'd' end, o.minutes, o.compare, o.number, o.value, o.path),
           u.job_id, coalesce(u.full_name, o.name), o.scope <> 0, e.run_id, e.state,
           -- How the run ended that is on record, or another one that does not count here.
           case
           when e.state is not null then
               format('run %s %s%s at %s%s%s%s', e.run_id, e.state,
                      case when e.reason not in ('exit_code', 'external') then format(' (%s)', e.reason) end,
                      to_char(e.ended_at, 'YYYY-MM-DD HH24:MI:SS TZ'), ', exit code ' || e.exit_code,
                      case when r.attempts > 1 then format(', attempt %s of %s', r.attempts, u.attempts) end,
                      ', ' || nullif(r.message, ''))
           when s.state is not null and isfinite(o.business_date) then
               format('last ended %s as run %s of business date %s; this run is of %s', s.state, s.run_id, s.business_date,
                      p.business_date)
           end,
           case when o.lookback = 'w' and e.ended_at + o.minutes * interval '1 minute' <= jobgrid_engine.moment()
                then 'that is too long ago'
                when o.lookback = 'o' and e.ended_at < own.ended_at
                then format('that is before the last end of this job, run %s', own.run_id) end,
           live.run_id, live.state,
           coalesce(g.name, case when o.source = 'v' then o.name end), g.name is not null, g.value,
           case when o.compare = '=' then o.value end
    from jobgrid_engine.pending p
    join jobgrid_engine.pending_on o on o.run_id = p.run_id and o.business_date <> '-infinity'
    left join jobgrid.job u on o.source = 'j' and u.job_id = o.upstream_id
    -- As the job says the name now, if it still means the same.
    left join jobgrid_engine.job_edge w on w.job_id = p.job_id and w.purpose = 's' and w.atom = o.atom
          and w.source = o.source and w.kind = o.kind and coalesce(w.upstream_id, 0) = o.upstream_id
    left join jobgrid_engine.member m on o.scope <> 0 and m.scope = o.scope and m.job_id = o.upstream_id
    left join jobgrid_engine.job_day d on o.scope = 0 and isfinite(o.business_date) and d.job_id = o.upstream_id
          and d.business_date = o.business_date
    left join jobgrid_engine.job_status s on o.scope = 0 and o.source = 'j' and s.job_id = o.upstream_id
    left join jobgrid_engine.job_status own on o.lookback = 'o' and own.job_id = p.job_id
    cross join lateral (
        select m.run_id, m.state, m.reason, m.exit_code, m.ended_at where m.state is not null
        union all select d.run_id, d.state, d.reason, d.exit_code, d.ended_at where d.state is not null
        union all select s.run_id, s.state, s.reason, s.exit_code, s.ended_at
                  where s.state is not null and (o.business_date = 'infinity' or s.business_date = o.business_date and d.state is null)
        union all select null, null, null, null, null
        limit 1) e
    left join jobgrid_engine.any_run r on r.run_id = e.run_id
    left join lateral (
        select a.run_id, a.state from jobgrid_engine.live_run a
        where o.source = 'j' and case when o.scope <> 0 then a.run_id = m.run_id and m.state is null
              else a.job_id = o.upstream_id and (a.business_date = o.business_date or not isfinite(o.business_date))
                   and (o.kind <> 'n' or a.place in ('ready', 'lease') and a.run_id <> p.run_id) end
        order by a.run_id desc limit 1) live on true
    left join jobgrid.tenant t on t.tenant_id = p.tenant_id
    left join jobgrid.global_value g on o.source = 'v' and g.tenant = t.name and lower(g.name) = lower(o.name)
    where p.run_id = pending_atoms.run_id
$$;
comment on function jobgrid_engine.pending_atoms(bigint) is 'The atoms of a pending run as they stand';
