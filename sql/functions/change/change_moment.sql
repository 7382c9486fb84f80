-- When the session wants its edits to be in force, in the zone of what is edited; null: at COMMIT.
create or replace function jobgrid_engine.change_moment(table_name text, config jsonb) returns timestamptz
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    wanted constant text := btrim(current_setting('jobgrid.change_valid_from'));
    zone   text;
    moment timestamptz;
begin
    if wanted = '' then
        return null;
    end if;
    select coalesce(config ->> 'time_zone', j.time_zone, t.time_zone, current_setting('jobgrid.time_zone')) into zone
    from (select jobgrid_engine.tenant_of(change_moment.table_name, config) as tenant) o
    left join jobgrid.tenant t on t.name = o.tenant
    left join jobgrid.job j on j.tenant = o.tenant and j.full_name = config ->> 'job';
    -- One order of day and month, whatever the session's DateStyle.
    if wanted !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}|$)' then
        raise exception using errcode = 'JG003',
            message = format('jobgrid.change_valid_from: "%s" is no moment', jobgrid_engine.clip(wanted)),
            hint = 'For example SET jobgrid.change_valid_from = ''2026-12-01 06:00'';';
    end if;
    begin
        moment := case when wanted ~ '([+-][0-9]{1,2}(:?[0-9]{2})?|[zZ]|UTC|GMT)$' and wanted !~ '^[0-9]+-[0-9]+-[0-9]+$'
                       then wanted::timestamptz else wanted::timestamp at time zone zone end;
    exception when data_exception then
        moment := null;
    end;
    if moment is null or not isfinite(moment) then
        raise exception using errcode = 'JG003',
            message = format('jobgrid.change_valid_from: "%s" is no moment', jobgrid_engine.clip(wanted)),
            hint = 'For example SET jobgrid.change_valid_from = ''2026-12-01 06:00'';';
    end if;
    if moment <= jobgrid_engine.moment() then
        raise exception using errcode = 'JG003',
            message = format('jobgrid.change_valid_from: %s is over', to_char(moment, 'YYYY-MM-DD HH24:MI TZ')),
            hint = 'For an edit that is in force at COMMIT: RESET jobgrid.change_valid_from;';
    end if;
    return moment;
end
$$;
comment on function jobgrid_engine.change_moment(text, jsonb) is 'When the session wants its edits to be in force; null: at COMMIT';
