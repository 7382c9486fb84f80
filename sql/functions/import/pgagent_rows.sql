-- The tables of pgAgent as one value, read as the caller; what follows from them needs no more rights. Steps come in the
-- order in which pgAgent runs them.
create or replace function jobgrid_engine.pgagent_rows() returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
    if to_regclass('pgagent.pga_job') is null then
        raise exception using errcode = 'JG001',
            message = 'pgAgent has no jobs in this database',
            detail = 'Its tables are in schema pgagent of the database that its agents connect to.',
            hint = 'jobgrid can take them over where both extensions are in one database.';
    end if;
    return (
        select coalesce(jsonb_agg(
                   to_jsonb(j) || jsonb_build_object(
                       'class', (select c.jclname from pgagent.pga_jobclass c where c.jclid = j.jobjclid),
                       'steps', (select coalesce(jsonb_agg(to_jsonb(s) order by s.jstname, s.jstid), '[]')
                                 from pgagent.pga_jobstep s where s.jstjobid = j.jobid),
                       'schedules', (
                           select coalesce(jsonb_agg(
                                      to_jsonb(k) || jsonb_build_object('exceptions', (
                                          select coalesce(jsonb_agg(to_jsonb(x) order by x.jexdate, x.jextime), '[]')
                                          from pgagent.pga_exception x where x.jexscid = k.jscid)) order by k.jscid), '[]')
                           from pgagent.pga_schedule k where k.jscjobid = j.jobid)) order by j.jobid), '[]')
        from pgagent.pga_job j);
end
$$;
comment on function jobgrid_engine.pgagent_rows() is 'What is in pgAgent''s tables';
grant execute on function jobgrid_engine.pgagent_rows() to jobgrid_author, jobgrid_admin;
