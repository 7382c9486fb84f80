-- Names in the conditions of jobs that mean nothing: refused, or told, as the job's unknown_names says.
create or replace function jobgrid_engine.require_names(job_ids integer[]) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    bad  record;
    near text;
begin
    for bad in
        select e.name, j.full_name, j.tenant, j.unknown_names, e.kind, e.purpose
        from jobgrid_engine.job_edge e join jobgrid.job j on j.job_id = e.job_id
        where e.job_id = any (require_names.job_ids) and e.source = 'j' 
          and jobgrid_engine.resolve_job(j.tenant, j.parent, e.name, j.semantics) is null
        order by j.full_name, e.purpose desc, e.atom
    loop
        near := jobgrid_engine.closest_job(bad.name, array[bad.tenant]);
        if bad.unknown_names = 'refuse' then
            raise exception using errcode = 'JG001',
                message = format('job "%s" does not exist', jobgrid_engine.clip(bad.name)),
                detail = case when bad.kind in ('a', 'A') then format('Job "%s" is to run after it.', bad.full_name)
                              else format('The %s of job "%s" names it.',
                                          case bad.purpose when 'k' then 'skip_if' else 'condition' end, bad.full_name) end,
                hint = case when near is null then 'Define it first, or in the same transaction.'
                            else format('Did you mean "%s"?', near) end;
        end if;
        raise notice using message = format('job "%s" names a job that does not exist: "%s"', bad.full_name,
                                            jobgrid_engine.clip(bad.name)),
            hint = coalesce(format('Did you mean "%s"?', near), 'Until it does, what is said of it is false.');
    end loop;
end
$$;
comment on function jobgrid_engine.require_names(integer[]) is 'Refuses names in conditions that mean nothing';
