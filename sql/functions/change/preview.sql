-- What COMMIT would change; what triggers do at COMMIT only is not in it.
create or replace function jobgrid_engine.preview(since timestamptz, n integer)
returns table (what text, tenant text, job text, schedule text, was timestamptz, becomes timestamptz, detail text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    now_at  constant timestamptz := greatest(preview.since, jobgrid_engine.moment());
    horizon constant timestamptz := greatest(now_at + interval '35 days',
                                             date_trunc('month', now_at) + interval '2 months 3 days');
begin
    return query
    with starts as materialized (
        select c.*, row_number() over () as place
        from jobgrid_engine.compare_starts(now_at, horizon, preview.n) c),
    -- A run takes its definition when it is started; what it was submitted with stays.
    edited as (
        select e.key ->> 'tenant' as tenant, e.key ->> 'full_name' as full_name,
               array_agg(distinct k.name) filter (where k.name = any ('{parameters,queue,priority,pool,site,executor,capabilities,'
                                                                      'needs_cpus,needs_memory,needs_tokens}')) as kept,
               bool_or(not (k.name = any ('{parameters,priority,queue,enabled,held,held_reason,taken_out,bypassed,flag_reason,flag_until,title,description,tags,contact,'
                                          'instructions,criticality}'))) as changes_runs
        from jobgrid_engine.config_change e cross join lateral jsonb_object_keys(e.new) k (name)
        where e.xid = pg_current_xact_id_if_assigned() and e.table_name = 'job' and e.operation = 'update'
        group by 1, 2),
    runs as (
        select e.tenant, e.full_name, e.kept, e.changes_runs,
               count(*) filter (where l.place <> 'lease') as unstarted, count(*) filter (where l.place = 'lease') as at_work
        from edited e
        join jobgrid.job j on j.tenant = e.tenant and j.full_name = e.full_name
        join jobgrid_engine.live_run l on l.job_id = j.job_id
        where e.tenant = any (jobgrid_engine.visible_tenant_names())
        group by 1, 2, 3, 4)
    select o.what, o.tenant, o.job, o.schedule, o.was, o.becomes, o.detail
    from (
        select s.what, s.tenant, s.job, s.schedule, s.was, s.becomes, s.detail,
               case s.what when 'count' then 1 when 'warning' then 2 else 4 end as part, s.place
        from starts s
        union all
        select 'warning', k.tenant, null, null, null, null,
               format('calendar "%s" knows its days until %s only; its week goes on without holidays', k.name, k.known_until), 2, null
        from jobgrid_engine.calendar_known k
        where k.known_until < horizon::date and k.schedules > 0
          and (k.tenant is null or k.tenant = any (jobgrid_engine.visible_tenant_names()))
          and exists (select from jobgrid_engine.config_change e
                      left join jobgrid.schedule s on e.table_name = 'schedule' and s.calendar = k.name
                           and e.key = jsonb_build_object('tenant', s.tenant, 'job', s.job, 'name', s.name)
                      where e.xid = pg_current_xact_id_if_assigned()
                        and (s.job is not null or e.table_name = 'calendar' and e.key ->> 'name' = k.name
                             or e.table_name = 'calendar_day' and e.key ->> 'calendar' = k.name))
        union all
        -- What this transaction has edited and waits is not in its tables.
        select 'withheld', t.name, null, null, null, c.valid_from,
               format('an edit waits in change set %s: SELECT * FROM jobgrid.preview_changes(change_set => %1$s);', c.change_set), 1, null
        from jobgrid_engine.change_set c
        join jobgrid.tenant t on t.tenant_id = c.tenant_id
        where c.state in ('proposed', 'scheduled') and t.name = any (jobgrid_engine.visible_tenant_names())
          and exists (select from jobgrid_engine.proposal p
                      where p.change_set = c.change_set and p.xid = pg_current_xact_id_if_assigned())
        union all
        select 'runs', r.tenant, r.full_name, null, null, null,
               concat_ws('; ',
                   case when r.unstarted > 0 and r.changes_runs then format('%s not started yet: will use the edit', r.unstarted) end,
                   case when r.unstarted > 0 and r.kept is not null
                        then format('%s not started yet: keep %s', r.unstarted, array_to_string(r.kept, ', ')) end,
                   case when r.at_work > 0 then format('%s at work: will not use it', r.at_work) end), 3, null
        from runs r) o
    order by o.part, o.place, o.tenant, o.job, o.detail;
end
$$;
comment on function jobgrid_engine.preview(timestamptz, integer) is 'What COMMIT would change';
