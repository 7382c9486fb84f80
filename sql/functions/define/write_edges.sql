-- The atoms of jobs, from what their conditions say and what the names mean now. A plan that was kept from a few jobs would
-- compare each with each of many.
create or replace function jobgrid_engine.write_edges(job_ids integer[]) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp set plan_cache_mode = auto
as $$
begin
    if cardinality(write_edges.job_ids) > 20 then
        set local plan_cache_mode = force_custom_plan;
    end if;
    delete from jobgrid_engine.job_edge e where e.job_id = any (write_edges.job_ids);
    delete from jobgrid_engine.job_condition c where c.job_id = any (write_edges.job_ids);

    with wanted as materialized (
        select j.job_id, j.tenant, j.parent, j.semantics, 's'::"char" as purpose,
               (row_number() over (partition by j.job_id order by min(a.n)) - 1)::integer as atom, 'j'::"char" as source,
               a.name, (case when j.join_rule = 'all' then 'a' else 'A' end)::"char" as kind,
               (case when j.semantics = 'native' then 'd' else 'a' end)::"char" as lookback, null::integer as minutes,
               null::"char" as compare, null::integer as number, null::text as value, null::text as path
        from jobgrid.job j cross join lateral unnest(j.after) with ordinality a (name, n)
        where j.job_id = any (write_edges.job_ids)
        group by j.job_id, a.name
        union all
        select j.job_id, j.tenant, j.parent, j.semantics, 's',
               (select count(distinct a.name)::integer from unnest(j.after) a (name)) + c.atom, c.source, c.name, c.kind,
               c.lookback, c.minutes, c.compare, c.number, c.value, c.path
        from jobgrid.job j cross join lateral jobgrid_engine.condition_atoms(j.condition, j.semantics) c
        where j.job_id = any (write_edges.job_ids) and j.condition is not null
        union all
        select j.job_id, j.tenant, j.parent, j.semantics, 'k', c.atom, c.source, c.name, c.kind, c.lookback, c.minutes,
               c.compare, c.number, c.value, c.path
        from jobgrid.job j cross join lateral jobgrid_engine.condition_atoms(j.skip_if, j.semantics) c
        where j.job_id = any (write_edges.job_ids) and j.skip_if is not null
        union all
        -- The ends of a workflow are told by what lies in it.
        select j.job_id, j.tenant, j.full_name, j.semantics, e.purpose, c.atom, c.source, c.name, c.kind, c.lookback, c.minutes,
               c.compare, c.number, c.value, c.path
        from jobgrid.job j
        cross join lateral (values ('b'::"char", j.succeeds_if), ('f', j.fails_if)) e (purpose, condition)
        cross join lateral jobgrid_engine.condition_atoms(e.condition, j.semantics) c
        where j.job_id = any (write_edges.job_ids) and e.condition is not null
    ), meant as materialized (
        select n.*, jobgrid_engine.resolve_job(n.tenant, n.parent, n.name, n.semantics) as upstream_id
        from (select distinct w.tenant, w.parent, w.name, w.semantics from wanted w where w.source = 'j') n)
    insert into jobgrid_engine.job_edge (job_id, purpose, atom, source, upstream_id, name, kind, autosys, inside, lookback,
                                         minutes, compare, number, value, path)
    select w.job_id, w.purpose, w.atom, w.source,
           case when w.source = 'v' then jobgrid_engine.value_key(w.tenant, w.name) else u.job_id end,
           w.name, w.kind, w.semantics = 'autosys',
           coalesce(w.semantics = 'native' and w.kind <> 'n' and w.parent is not null and u.parent is not null
                    and split_part(u.full_name, '/', 1) = split_part(w.parent, '/', 1), false),
           w.lookback, w.minutes, w.compare, w.number, w.value, w.path
    from wanted w
    left join meant m on w.source = 'j' and m.tenant = w.tenant and coalesce(m.parent, '') = coalesce(w.parent, '')
                      and m.name = w.name and m.semantics = w.semantics
    left join jobgrid.job u on u.job_id = m.upstream_id;

    -- Only what is more than "all of them".
    insert into jobgrid_engine.job_condition (job_id, purpose, least, needs, needs_least, text, autosys)
    select j.job_id, 's',
           case when j.condition is null then n.least else n.least + c.least end, n.needs, n.least,
           case when c.least is null then j.condition end, j.semantics = 'autosys'
    from jobgrid.job j
    cross join lateral (
        select d.needs, case j.join_rule when 'all' then d.needs when 'any' then least(1, d.needs)
                        else least(j.join_rule::integer, d.needs) end as least
        from (select count(distinct a.name)::integer as needs from unnest(j.after) a (name)) d) n
    cross join lateral (
        select jobgrid_engine.condition_least(j.condition, j.semantics) as least,
               (select count(*)::integer from jobgrid_engine.condition_atoms(j.condition, j.semantics)) as atoms
        where j.condition is not null
        union all select null, 0 where j.condition is null) c
    where j.job_id = any (write_edges.job_ids)
      and (n.least <> n.needs or j.condition is not null and c.least is distinct from c.atoms)
    union all
    select j.job_id, 'k', null, 0, 0, j.skip_if, j.semantics = 'autosys'
    from jobgrid.job j
    where j.job_id = any (write_edges.job_ids) and j.skip_if is not null;

    -- What is waited for from outside is kept from now on; so is the job's own last end, where an atom compares with it.
    perform jobgrid_engine.seed_job_status(array(
        select distinct w.job_id
        from jobgrid_engine.job_edge e
        cross join lateral (values (e.upstream_id, not e.inside or e.lookback = 'o'), (e.job_id, e.lookback = 'o')) w (job_id, wanted)
        where e.job_id = any (write_edges.job_ids) and e.source = 'j' and e.upstream_id is not null and w.wanted));
end
$$;
comment on function jobgrid_engine.write_edges(integer[]) is 'Makes the atoms of jobs from their conditions';
