-- What one row can be wrong about, beyond its constraints.
create or replace function jobgrid_engine.check_job(job jobgrid.job) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    wrong   record;
    problem text;
    bad     text;
begin
    if octet_length(concat_ws('/', job.parent, job.name)) > 1024 then
        raise exception using errcode = 'JG003',
            message = format('job "%s": its full name has %s bytes', jobgrid_engine.clip(job.name),
                             octet_length(concat_ws('/', job.parent, job.name))),
            detail = 'A full name, workflow/step, has at most 1024 bytes.',
            hint = 'Choose shorter names, or fewer levels.';
    end if;
    perform jobgrid_engine.check_shape(job);
    perform jobgrid_engine.check_references(job);
    problem := jobgrid_engine.code_list_error(job.success_codes);
    if problem is not null then
        raise exception using errcode = 'JG003',
            message = format('job "%s": success_codes: %s', job.name, problem),
            hint = 'Write exit codes and ranges, such as 0,4,8-11.';
    end if;
    problem := jobgrid_engine.code_list_error(job.fail_codes);
    if problem is not null then
        raise exception using errcode = 'JG003',
            message = format('job "%s": fail_codes: %s', job.name, problem),
            hint = 'Write exit codes and ranges, such as 0,4,8-11.';
    end if;
    if job.run_window is not null then
        select * into wrong from jobgrid_engine.run_window_error(
            job.run_window, coalesce(job.time_zone, (select t.time_zone from jobgrid.tenant t where t.name = job.tenant)));
        if wrong.message is not null then
            raise exception using errcode = 'JG003',
                message = format('job "%s": run_window: %s', job.name, wrong.message),
                hint = coalesce(wrong.hint, 'For example 22:00-04:00, or 08:00-18:00 on mon-fri; its zone is the job''s time_zone.');
        end if;
    end if;
    select e.key into bad from jsonb_each(job.environment) e
    where jsonb_typeof(e.value) <> 'string' or e.key !~ '^[A-Za-z_][A-Za-z0-9_]*$' or e.key like 'JOBGRID\_%' limit 1;
    if found then
        raise exception using errcode = 'JG003',
            message = format('job "%s": environment cannot set %I', job.name, jobgrid_engine.clip(bad)),
            detail = 'Names are letters, digits and underscores and do not begin with JOBGRID_; values are strings.',
            hint = 'Give values to a job as parameters: they arrive as JOBGRID_PARAM_<NAME>.';
    end if;
    -- What a shell runs is its command; a kind with a program of its own is told by its settings.
    perform jobgrid_engine.check_conditions(job);
    if job.kind in ('shell', 'sql', 'noop', 'external', 'workflow') then
        if job.settings <> '{}' then
            raise exception using errcode = 'JG003',
                message = format('job "%s": a job of kind %s has no settings', job.name, job.kind),
                hint = 'Give values to a job as parameters.';
        end if;
    elsif job.command is not null or job.arguments is not null then
        raise exception using errcode = 'JG003',
            message = format('job "%s": a job of kind %s has settings, no command', job.name, job.kind);
    end if;
    if job.kind = 'workflow' and (job.command is not null or job.arguments is not null) then
        raise exception using errcode = 'JG003',
            message = format('job "%s": a workflow has no command', job.name),
            hint = 'Give it steps: jobs whose parent it is.';
    end if;
    if job.output_file is not null and job.output = 'merged' and job.error_file is not null then
        raise exception using errcode = 'JG003',
            message = format('job "%s": merged output has one file, output_file', job.name);
    end if;
    perform jobgrid_engine.require_team(job.owner_team, job.tenant, format('job "%s"', job.name));
    if job.kind <> 'sql' and job.database is not null then
        raise exception using errcode = 'JG003',
            message = format('job "%s": only a job of kind sql has a database', job.name);
    end if;
end
$$;
comment on function jobgrid_engine.check_job(jobgrid.job) is 'Raises JG003 for a job that cannot work';
