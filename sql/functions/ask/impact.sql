-- What would start, be skipped, keep waiting or end if a job ended so now: in its workflow, and outside what waits for it. How many
-- of each comes first, with the highest criticality among them; then the jobs, the nearest first.
create or replace function jobgrid.impact(
    run_id bigint default null, job text default null, outcome text default 'failed', exit_code integer default null,
    tenant text default null)
returns setof jobgrid.effect
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    target record := jobgrid_engine.plan_target('impact', impact.run_id, impact.job, impact.tenant);
    day    date := (select r.business_date from jobgrid_engine.any_run r where r.run_id = target.target_run);
begin
    if impact.outcome is null or impact.outcome not in ('succeeded', 'failed', 'cancelled', 'skipped') then
        raise exception using errcode = 'JG003',
            message = format('outcome "%s" is not known', jobgrid_engine.clip(coalesce(impact.outcome, 'null'))),
            hint = 'Outcomes are succeeded, failed, cancelled and skipped.';
    end if;
    return query
    with found as materialized (
        select i.*, j.full_name, j.criticality, s.run_id as step_run, w.run_id as waiting_run, s.job_id is null as outside, e.text
        from jobgrid_engine.impact_of(target.job_id, target.root_job, target.root_run, day, impact.outcome, impact.exit_code) i
        join jobgrid.job j using (job_id)
        left join jobgrid_engine.plan_steps(target.root_job, target.root_run) s using (job_id)
        left join lateral (select p.run_id from jobgrid_engine.pending p
                           where s.job_id is null and p.job_id = i.job_id and p.business_date = coalesce(day, p.business_date)
                           order by p.run_id desc limit 1) w on true
        left join lateral (select jobgrid_engine.edge_text(x) as text from jobgrid_engine.job_edge x
                           where x.job_id = i.job_id and x.purpose = 's' and x.atom = i.atom) e on true),
    kind (place, effect) as (values (1, 'starts'), (2, 'skipped'), (3, 'waits'), (4, 'ends'))
    select x.effect, x.job, x.run_id, x.criticality, x.depth, x.reason, x.detail
    from (
        select 0 as part, k.place, 'total' as effect, null as job, null::bigint as run_id, min(f.criticality)::integer as criticality,
               null::integer as depth, k.effect as reason,
               format('%s %s', count(f.job_id), case k.effect
                      when 'starts' then case count(f.job_id) when 1 then 'starts' else 'start' end
                      when 'skipped' then case count(f.job_id) when 1 then 'is skipped' else 'are skipped' end
                      when 'waits' then case count(f.job_id) when 1 then 'waits on' else 'wait on' end
                      else case count(f.job_id) when 1 then 'workflow ends' else 'workflows end' end end)
               || coalesce(', ' || nullif(count(f.job_id) filter (where f.criticality = 1), 0) || ' of criticality 1', '') as detail
        from kind k left join found f on f.effect = k.effect
        group by k.place, k.effect
        having k.place <= 3 or count(f.job_id) > 0
        union all
        select 1, 0, f.effect, f.full_name, coalesce(f.step_run, f.waiting_run), f.criticality::integer, f.depth, f.reason,
               concat_ws('; ', case when f.outside and f.waiting_run is null then 'no run of it waits' end,
                         'still needs ' || f.text)
        from found f) x
    order by x.part, x.place, x.depth, x.job;
end
$$;
comment on function jobgrid.impact(bigint, text, text, integer, text) is 'What would become of other jobs if a job ended so now';
grant execute on function jobgrid.impact(bigint, text, text, integer, text) to jobgrid_viewer;
