-- A schedule's cursor follows its row at COMMIT: from that moment on it fires as the row says.
create or replace function jobgrid_engine.arm_schedule() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    -- What decides neither when it fires nor whether.
    other constant text[] := '{job,name,when_missed,missed_limit,on_overlap,max_parallel,jitter,parameters,note,'
                             'row_version,created_at,updated_at,updated_by}';
begin
    if tg_op = 'DELETE' then
        delete from jobgrid_engine.fire_cursor c where c.schedule_id = old.schedule_id;
        delete from jobgrid_engine.schedule_before b where b.schedule_id = old.schedule_id;
        return null;
    end if;
    if tg_op = 'INSERT' and jobgrid_engine.job_is_restored(new.created_at)
       or tg_op = 'UPDATE' and to_jsonb(new) - other = to_jsonb(old) - other
       or not exists (select from jobgrid.schedule s where s.schedule_id = new.schedule_id) then
        return null;
    end if;
    insert into jobgrid_engine.fire_cursor (schedule_id, edited, from_at, next_at)
    values (new.schedule_id, true, jobgrid_engine.moment(), 'infinity')
    on conflict (schedule_id) do nothing;
    if found then
        perform jobgrid_engine.ring('scheduler');
    else
        perform jobgrid_engine.rearm(array[new.schedule_id]);
    end if;
    perform jobgrid_engine.begin_work();
    return null;
end
$$;
comment on function jobgrid_engine.arm_schedule() is 'Has the scheduler compute the next fire of an edited schedule';

create constraint trigger arm_schedule after insert or update or delete on jobgrid.schedule
    deferrable initially deferred for each row execute function jobgrid_engine.arm_schedule();
