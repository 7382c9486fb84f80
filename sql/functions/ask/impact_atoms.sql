-- What jobs wait for, and what their waiting runs know of it: t true, f false, o open; null: there is no such run. Inside a
-- workflow an end that has not come is open; what is false outside may hold later.
create or replace function jobgrid_engine.impact_atoms(job_ids integer[], run_ids bigint[])
returns table (job_id integer, atom integer, kind "char", upstream_id integer, inside boolean, autosys boolean,
               compare "char", number integer, known "char")
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select e.job_id, e.atom, e.kind, case when e.source = 'j' then e.upstream_id end, e.inside, e.autosys, e.compare, e.number,
           (case when o.met then 't' when o.final then 'f' when o.met is null or o.scope <> 0 and e.kind <> 'n' then 'o'
                 else 'f' end)::"char"
    from unnest(impact_atoms.job_ids, impact_atoms.run_ids) u (job_id, run_id)
    join jobgrid_engine.job_edge e on e.job_id = u.job_id and e.purpose = 's'
    left join jobgrid_engine.pending_on o on o.run_id = u.run_id and o.atom = e.atom and o.kind = e.kind
         and o.upstream_id = coalesce(e.upstream_id, 0)
    order by e.job_id, e.atom;
end
$$;
comment on function jobgrid_engine.impact_atoms(integer[], bigint[]) is 'What jobs wait for, and what their waiting runs know of it';
