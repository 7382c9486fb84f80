-- What the author left open gets its value here, so that every job shows what holds for it. Filling a row twice changes
-- nothing.
create or replace function jobgrid_engine.fill_job(job jobgrid.job) returns jobgrid.job
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    standard jsonb;
begin
    select jsonb_object_agg(d.setting, d.value) into standard from jobgrid.job_default d;
    job.queue := coalesce(job.queue, standard ->> 'queue');
    job.pool := coalesce(job.pool, standard ->> 'pool');
    job.priority := coalesce(job.priority, standard ->> 'priority');
    job.on_lost := coalesce(job.on_lost, standard ->> 'on_lost');
    job.attempts := coalesce(job.attempts,
        (standard ->> case when job.repeatable or job.on_lost = 'retry' then 'attempts_repeatable' else 'attempts' end)::integer);
    job.retry_delay := coalesce(job.retry_delay, (standard ->> 'retry_delay')::interval);
    -- Hours are usual for the whole of a workflow.
    if job.kind <> 'workflow' then
        job.timeout := coalesce(job.timeout, (standard ->> 'timeout')::interval);
    end if;
    job.cancel_grace := coalesce(job.cancel_grace, (standard ->> 'cancel_grace')::interval);
    job.retention := coalesce(job.retention, (standard ->> 'retention')::interval);
    job.criticality := coalesce(job.criticality, (standard ->> 'criticality')::smallint);
    job.unknown_names := coalesce(job.unknown_names, standard ->> 'unknown_names');
    job.rerun_policy := coalesce(job.rerun_policy, standard ->> 'rerun_policy');
    if job.kind = 'sql' then
        -- Nobody's rights are lent by silence that go beyond all checks.
        if job.sql_role is null and exists (select from pg_catalog.pg_roles r
                                            where r.rolname = jobgrid_engine.actor_role() and r.rolsuper) then
            raise exception using errcode = 'JG003',
                message = format('job "%s": a superuser names the role of a SQL job', jobgrid_engine.clip(job.name)),
                detail = format('Without sql_role it would run as "%s", with every right.', jobgrid_engine.actor_role()),
                hint = 'Add sql_role => ''...'': a role with LOGIN that may do what the job does and no more.';
        end if;
        job.sql_role := coalesce(job.sql_role, jobgrid_engine.actor_role());
        job.transaction := coalesce(job.transaction,
            case when coalesce(job.database, current_database()) = current_database() then 'one' else 'none' end);
    elsif job.kind = 'external' then
        job.run_by := 'external';
    end if;
    return job;
end
$$;
comment on function jobgrid_engine.fill_job(jobgrid.job) is 'Fills what the author of a job left open';
