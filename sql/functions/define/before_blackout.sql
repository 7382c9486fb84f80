-- The edit of a blackout, before it is written: check, stamp.
create or replace function jobgrid_engine.before_blackout() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if tg_op = 'INSERT' and jobgrid_engine.job_is_restored(new.created_at) then
        return new;
    end if;
    if tg_op = 'UPDATE' and jobgrid_engine.config_row(to_jsonb(new)) = jobgrid_engine.config_row(to_jsonb(old)) then
        return old;
    end if;
    perform jobgrid_engine.check_blackout(new);
    if new.tag is not null and not exists (select from jobgrid.job j where j.tags @> array[new.tag]) then
        raise notice using message = format('no job has the tag "%s" yet', new.tag);
    end if;
    new.updated_at := clock_timestamp();
    new.updated_by := jobgrid_engine.actor_role();
    return new;
end
$$;
comment on function jobgrid_engine.before_blackout() is 'Checks and stamps an edit of a blackout';

create or replace trigger before_blackout before insert or update on jobgrid.blackout
    for each row execute function jobgrid_engine.before_blackout();
