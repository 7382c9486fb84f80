-- Has the scheduler find out, at COMMIT, which jobs are behind which run windows and blackouts. The row is written by every
-- edit that may matter, whoever else edits meanwhile: an insert waits for nobody.
create or replace function jobgrid_engine.edit_shutters() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    decides boolean := true;
    edited  integer := case when tg_table_name = 'job' then (coalesce(to_jsonb(new), to_jsonb(old)) ->> 'job_id')::integer end;
begin
    -- The shutters of a dump's rows are in the dump.
    if tg_op = 'INSERT' then
        if jobgrid_engine.job_is_restored(new.created_at) then
            return null;
        end if;
        if tg_table_name = 'job' then
            decides := to_jsonb(new) ->> 'run_window' is not null
                       or exists (select from jobgrid_engine.blackout_job b where b.job_id = edited);
        end if;
    end if;
    insert into jobgrid_engine.shutter_edit (job_id, decides) values (edited, decides);
    perform jobgrid_engine.ring('shutters');
    if tg_table_name = 'blackout' then
        perform jobgrid_engine.begin_work();
    end if;
    return null;
end
$$;
comment on function jobgrid_engine.edit_shutters() is 'Tells the scheduler of an edit of run windows or blackouts';

create or replace trigger edit_shutters after insert or update or delete on jobgrid.blackout
    for each row execute function jobgrid_engine.edit_shutters();
create or replace trigger edit_shutters_of_new after insert or delete on jobgrid.job
    for each row execute function jobgrid_engine.edit_shutters();
create or replace trigger edit_shutters after update on jobgrid.job
    for each row
    when ((new.full_name, new.application, new.queue, new.owner_team, new.tags, new.run_window, new.time_zone)
          is distinct from
          (old.full_name, old.application, old.queue, old.owner_team, old.tags, old.run_window, old.time_zone))
    execute function jobgrid_engine.edit_shutters();
create or replace trigger edit_shutters after update on jobgrid.tenant
    for each row when (new.time_zone is distinct from old.time_zone)
    execute function jobgrid_engine.edit_shutters();
-- Its days_version counts when its days, or those of a calendar it is based on, have changed.
create or replace trigger edit_shutters after update on jobgrid.calendar
    for each row when ((new.days_version, new.time_zone) is distinct from (old.days_version, old.time_zone))
    execute function jobgrid_engine.edit_shutters();
