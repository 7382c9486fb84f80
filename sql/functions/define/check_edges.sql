-- At COMMIT: what the names in edited conditions mean, once all of the transaction is there, and whether anything would wait
-- for itself. The lock keeps two sessions from closing a cycle together, and a job from going that another just began to wait
-- for; nobody else takes it, and it is held until the commit that is under way.
create or replace function jobgrid_engine.check_edges() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    edited integer[];
    stray  integer[];
    cycle  integer[];
    domain text;
    first  integer;
begin
    select array_agg(distinct i.id) into edited
    from jobgrid_engine.edge_edit e cross join unnest(e.job_ids) i (id)
    where e.xid = pg_current_xact_id();
    if edited is null then
        return null;
    end if;
    delete from jobgrid_engine.edge_edit e where e.xid = pg_current_xact_id();
    lock table jobgrid_engine.job_edge in share update exclusive mode;
    -- Named before they were there, or gone since.
    stray := array(select distinct e.job_id from jobgrid_engine.job_edge e
                   left join jobgrid.job u on u.job_id = e.upstream_id
                   where e.job_id = any (edited) and e.source = 'j' and u.job_id is null);
    if cardinality(stray) > 0 then
        perform jobgrid_engine.write_edges(stray);
    end if;
    perform jobgrid_engine.require_names(stray);

    -- Nobody waits for most new jobs: they close no cycle.
    for domain in
        select distinct j.tenant from jobgrid.job j
        where j.job_id = any (edited)
          and exists (select from jobgrid_engine.job_edge e where e.job_id = j.job_id)
          and (j.parent is not null or j.kind = 'workflow'
               or exists (select from jobgrid_engine.job_edge e where e.upstream_id = j.job_id and e.source = 'j'))
    loop
        cycle := jobgrid_engine.find_cycle(domain, array(
            select j.job_id from jobgrid.job j where j.job_id = any (edited) and j.tenant = domain));
        continue when cycle is null;
        -- From the job that was edited on.
        first := (select coalesce(min(c.n), 1) from unnest(cycle) with ordinality c (id, n) where c.id = any (edited));
        cycle := cycle[first:] || cycle[:first - 1];
        raise exception using errcode = 'JG003',
            message = format('job "%s" would wait for itself', (select j.full_name from jobgrid.job j where j.job_id = cycle[1])),
            detail = format('The cycle is: %s%s.',
                (select string_agg(j.full_name, ' after ' order by c.n)
                 from unnest((cycle || cycle[1])[:21]) with ordinality c (id, n) join jobgrid.job j on j.job_id = c.id),
                case when cardinality(cycle) > 20 then format(' and %s more', cardinality(cycle) - 20) else '' end),
            hint = 'Take one of these names out of after or condition.';
    end loop;
    return null;
end
$$;
comment on function jobgrid_engine.check_edges() is 'Checks at COMMIT what edited conditions name, and refuses cycles';

create constraint trigger check_edges after insert on jobgrid_engine.edge_edit
    deferrable initially deferred for each row execute function jobgrid_engine.check_edges();
