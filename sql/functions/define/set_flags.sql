-- A job has one flag at most: the one that was set last takes another's place, with what was said of that. Only a bypass does
-- not take the place of take_out: who takes a job out has decided more (the constraint refuses it, the verb says so).
create or replace function jobgrid_engine.set_flags(job jobgrid.job, before jobgrid.job) returns jobgrid.job
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
begin
    if job.held and before.held is not true then
        if before.taken_out then
            job.taken_out := false;
        end if;
        if before.bypassed then
            job.bypassed := false;
        end if;
    elsif before.held and (job.taken_out and not before.taken_out or job.bypassed and not before.bypassed) then
        job.held := false;
    elsif before.bypassed and job.taken_out and not before.taken_out then
        job.bypassed := false;
    end if;
    if before.held and not job.held then
        job.held_reason := null;
    end if;
    if not (job.taken_out or job.bypassed) then
        job.flag_reason := null;
    end if;
    if not (job.held or job.taken_out or job.bypassed) then
        if before.held or before.taken_out or before.bypassed then
            job.flag_until := null;
        end if;
        job.flag_at := null;
        job.flag_by := null;
    elsif (job.held, job.taken_out, job.bypassed) is distinct from (before.held, before.taken_out, before.bypassed) then
        job.flag_at := jobgrid_engine.moment();
        job.flag_by := jobgrid_engine.actor_role();
    else
        job.flag_at := before.flag_at;
        job.flag_by := before.flag_by;
    end if;
    return job;
end
$$;
comment on function jobgrid_engine.set_flags(jobgrid.job, jobgrid.job) is 'What follows from a job''s flags, and from those it had';
