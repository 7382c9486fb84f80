-- The flag of a job that hold() and release() set; an act, so that the job's version stays.
create or replace function jobgrid_engine.set_held(job text, tenant text, held boolean, reason text) returns jobgrid.acted
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    target jobgrid.job := jobgrid_engine.find_job(job, tenant);
begin
    if target.held = set_held.held then
        return (null::bigint, target.full_name, null::text, null::text,
                case when held then 'the job was held before' else 'the job was not held' end);
    end if;
    update jobgrid.job j set held = set_held.held, held_reason = case when set_held.held then set_held.reason end
    where j.job_id = target.job_id;
    return (null::bigint, target.full_name, null::text, null::text,
            case when held then 'new runs of the job will be held' else 'new runs of the job will not be held' end);
end
$$;
comment on function jobgrid_engine.set_held(text, text, boolean, text) is 'Sets or clears the held flag of a job';
