-- Which blackouts are for which jobs: those that fit all that is given.
create or replace view jobgrid_engine.blackout_job as
    select b.blackout_id, j.job_id
    from jobgrid.blackout b
    join jobgrid.job j on (b.tenant is null or b.tenant = j.tenant)
        and (b.job is null or b.job = j.full_name)
        and (b.application is null or b.application = j.application)
        and (b.queue is null or b.queue = j.queue)
        and (b.team is null or b.team = j.owner_team)
        and (b.tag is null or b.tag = any (j.tags))
    where b.enabled;
comment on view jobgrid_engine.blackout_job is 'Which blackouts are for which jobs';
