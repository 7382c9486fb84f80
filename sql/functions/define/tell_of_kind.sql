-- A job of a kind that no executor has ever offered is allowed, because executors may come later; silence about it is not.
create or replace function jobgrid_engine.tell_of_kind(job jobgrid.job) returns void
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    -- What every executor runs is not asked for: a new installation would be told so for each of its jobs.
    if job.kind not in ('shell', 'noop', 'sql', 'external', 'workflow') and job.run_by = 'jobgrid'
       and not exists (select from jobgrid_engine.executor e where job.kind = any (e.kinds)) then
        raise notice using
            message = format('no executor runs jobs of kind "%s"', job.kind),
            detail = format('Runs of job "%s" will wait until one does.', job.name),
            hint = 'SELECT executor, state, kinds FROM jobgrid.executor;';
    end if;
end
$$;
comment on function jobgrid_engine.tell_of_kind(jobgrid.job) is 'Notices that nobody runs a job''s kind';
