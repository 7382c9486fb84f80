-- The edit of a job, after it is written: its edges. At the end of the statement all its rows are there, so that jobs
-- defined together may name each other in any order.
-- The lock keeps two sessions from closing a cycle together; readers and submissions do not meet it.
create or replace function jobgrid_engine.after_job() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    upstream_ids integer[];
    cycle text;
begin
    if tg_op = 'INSERT' and jobgrid_engine.job_is_restored(new.created_at) then
        return null;
    end if;
    perform jobgrid_engine.ring('scheduler');
    if new.parent is not null and not exists (
        select from jobgrid.job j where j.tenant = new.tenant and j.full_name = new.parent) then
        raise exception using errcode = 'JG001',
            message = format('job "%s" does not exist', new.parent),
            detail = format('Job "%s" is to be a member of it.', new.name),
            hint = 'Define the parent first, or in the same statement.';
    end if;
    if tg_op = 'UPDATE' then
        if new.full_name <> old.full_name then
            update jobgrid.job j set parent = new.full_name
            where j.tenant = new.tenant and j.parent = old.full_name;
            -- Who waits for this job goes on waiting for it under its new name.
            update jobgrid.job j
            set after = array_replace(array_replace(j.after, old.full_name, new.full_name), old.name, new.name)
            from jobgrid_engine.job_edge e
            where e.upstream_id = new.job_id and e.job_id = j.job_id and j.job_id <> new.job_id;
        end if;
        if new.after = old.after and new.parent is not distinct from old.parent then
            return null;
        end if;
    elsif cardinality(new.after) = 0 then
        return null;
    end if;
    lock table jobgrid_engine.job_edge in share row exclusive mode;
    upstream_ids := jobgrid_engine.upstream_of(new);
    delete from jobgrid_engine.job_edge e where e.job_id = new.job_id and e.upstream_id <> all (upstream_ids);
    insert into jobgrid_engine.job_edge (job_id, upstream_id)
    select distinct new.job_id, u.id from unnest(upstream_ids) u (id)
    on conflict do nothing;
    -- Nobody waits for most new jobs: they can close no cycle.
    if exists (select from jobgrid_engine.job_edge e where e.upstream_id = new.job_id) then
        cycle := jobgrid_engine.find_cycle(new.job_id);
    end if;
    if cycle is not null then
        raise exception using errcode = 'JG003',
            message = format('job "%s" would wait for itself', new.full_name),
            detail = format('The cycle is: %s.', cycle),
            hint = 'Take one of these names out of after.';
    end if;
    perform jobgrid_engine.seed_job_status(upstream_ids);
    return null;
end
$$;
comment on function jobgrid_engine.after_job() is 'Writes the edges of a job and refuses cycles';

create or replace trigger after_job after insert or update on jobgrid.job
    for each row execute function jobgrid_engine.after_job();
