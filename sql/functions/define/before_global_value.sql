-- The edit of a global value, before it is written: check, stamp.
create or replace function jobgrid_engine.before_global_value() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if tg_op = 'INSERT' and jobgrid_engine.dump_is_loaded() then
        return new;
    end if;
    if tg_op = 'UPDATE' and jobgrid_engine.config_row(to_jsonb(new)) = jobgrid_engine.config_row(to_jsonb(old)) then
        return old;
    end if;
    perform jobgrid_engine.require_team(new.owner_team, new.tenant, format('global value "%s"', new.name));
    new.updated_at := clock_timestamp();
    new.updated_by := jobgrid_engine.actor_role();
    return new;
end
$$;
comment on function jobgrid_engine.before_global_value() is 'Checks and stamps an edit of a global value';

create or replace trigger before_global_value before insert or update on jobgrid.global_value
    for each row execute function jobgrid_engine.before_global_value();
