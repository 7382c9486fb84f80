-- Names in a job that mean rows of other tables. The foreign keys say the same, without the name that was meant; all the names there
-- are, are looked at only to find that one.
create or replace function jobgrid_engine.check_references(job jobgrid.job) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    what  text;
    name  text;
    known text[];
begin
    select r.what, r.name into what, name
    from (values
        ('kind', job.kind, exists (select from jobgrid.job_kind k where k.name = job.kind)),
        ('queue', job.queue, exists (select from jobgrid.queue q where q.name = job.queue and coalesce(q.tenant, job.tenant) = job.tenant)),
        ('pool', job.pool, exists (select from jobgrid.pool p where p.name = job.pool)),
        ('priority', job.priority, exists (select from jobgrid.priority_level p where p.name = job.priority)),
        ('application', job.application, exists (select from jobgrid.application a where a.name = job.application and a.tenant = job.tenant)),
        ('owner_team', job.owner_team, exists (select from jobgrid.team t where t.name = job.owner_team))) r (what, name, is_there)
    where r.name is not null and not r.is_there limit 1;
    if not found then
        return;
    end if;
    known := case what
             when 'kind' then array(select k.name from jobgrid.job_kind k order by k.name)
             when 'queue' then array(select q.name from jobgrid.queue q where coalesce(q.tenant, job.tenant) = job.tenant)
             when 'pool' then array(select p.name from jobgrid.pool p)
             when 'priority' then array(select p.name from jobgrid.priority_level p)
             when 'application' then array(select a.name from jobgrid.application a where a.tenant = job.tenant)
             when 'owner_team' then array(select t.name from jobgrid.team t where t.tenant = job.tenant) end;
    name := jobgrid_engine.clip(name);
    raise exception using errcode = 'JG003',
        message = format('job "%s": there is no %s "%s"', job.name, replace(what, '_', ' '), name),
        detail = case when what = 'kind' then format('Kinds are %s.', array_to_string(known, ', ')) else '' end,
        hint = coalesce('Did you mean ' || what || ' => ' || quote_literal(jobgrid_engine.closest(name, known)) || '?',
                        case when what = 'kind' then format('For a kind of your own: INSERT INTO jobgrid.job_kind (name) VALUES (%L);', name)
                             else format('SELECT name FROM jobgrid.%s;', case what when 'priority' then 'priority_level'
                                                                     when 'owner_team' then 'team' else what end) end);
end
$$;
comment on function jobgrid_engine.check_references(jobgrid.job) is 'Raises JG003 for a name in a job that means nothing';
