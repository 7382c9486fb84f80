-- Goes up from a job in layers, remembering by whom each upstream was reached, until it meets the job again.
create or replace function jobgrid_engine.find_cycle(job_id integer) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    layer      integer[] := array[find_cycle.job_id];
    seen       integer[] := '{}';
    reached_by jsonb := '{}';
    found_here jsonb;
    path       integer[];
begin
    loop
        select jsonb_object_agg(e.upstream_id, e.job_id) into found_here
        from (select distinct on (e.upstream_id) e.upstream_id, e.job_id
              from jobgrid_engine.job_edge e
              where e.job_id = any (layer) and e.upstream_id <> all (seen)) e;
        exit when found_here is null;
        reached_by := reached_by || found_here;
        layer := array(select k.key::integer from jsonb_object_keys(found_here) k (key));
        seen := seen || layer;
        exit when find_cycle.job_id = any (layer);
    end loop;
    if found_here is null then
        return null;
    end if;
    path := array[find_cycle.job_id];
    loop
        path := (reached_by ->> path[1]::text)::integer || path;
        exit when path[1] = find_cycle.job_id;
    end loop;
    return (select string_agg(j.full_name, ' after ' order by p.n)
                   || case when cardinality(path) > 20 then format(' and %s more', cardinality(path) - 20) else '' end
            from unnest(path[:20]) with ordinality p (id, n)
            join jobgrid.job j on j.job_id = p.id);
end
$$;
comment on function jobgrid_engine.find_cycle(integer) is 'The cycle a job is in, as text; null when it is in none';
