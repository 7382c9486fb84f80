-- A time zone that is named must be there.
create or replace function jobgrid_engine.require_time_zone(time_zone text) returns void
language plpgsql volatile strict set search_path = pg_catalog, pg_temp
as $$
begin
    if not jobgrid_engine.zone_known(time_zone) then
        raise exception using errcode = 'JG003',
            message = format('time zone "%s" does not exist', jobgrid_engine.clip(time_zone)),
            hint = 'List zones with: SELECT name FROM pg_timezone_names ORDER BY name;';
    end if;
end
$$;
comment on function jobgrid_engine.require_time_zone(text) is 'Raises JG003 where there is no such time zone; none is fine';
