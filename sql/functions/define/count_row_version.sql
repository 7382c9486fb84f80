-- row_version of config rows counts edits; a row that nobody edited is the one that was shipped. What follows from an edit
-- of other rows, such as a calendar's days_version, is none of this one.
create or replace function jobgrid_engine.count_row_version() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if jobgrid_engine.config_row(to_jsonb(new)) <> jobgrid_engine.config_row(to_jsonb(old)) then
        new.row_version := old.row_version + 1;
    end if;
    return new;
end
$$;
comment on function jobgrid_engine.count_row_version() is 'Counts the edits of a config row';

create or replace trigger count_row_version before update on jobgrid.tenant
    for each row execute function jobgrid_engine.count_row_version();
create or replace trigger count_row_version before update on jobgrid.application
    for each row execute function jobgrid_engine.count_row_version();
create or replace trigger count_row_version before update on jobgrid.team
    for each row execute function jobgrid_engine.count_row_version();
create or replace trigger count_row_version before update on jobgrid.queue
    for each row execute function jobgrid_engine.count_row_version();
create or replace trigger count_row_version before update on jobgrid.pool
    for each row execute function jobgrid_engine.count_row_version();
create or replace trigger count_row_version before update on jobgrid.resource
    for each row execute function jobgrid_engine.count_row_version();
create or replace trigger count_row_version before update on jobgrid.priority_level
    for each row execute function jobgrid_engine.count_row_version();
create or replace trigger count_row_version before update on jobgrid.job_kind
    for each row execute function jobgrid_engine.count_row_version();
create or replace trigger count_row_version before update on jobgrid.job_default
    for each row execute function jobgrid_engine.count_row_version();
create or replace trigger count_row_version before update on jobgrid.calendar
    for each row execute function jobgrid_engine.count_row_version();
create or replace trigger count_row_version before update on jobgrid.calendar_day
    for each row execute function jobgrid_engine.count_row_version();
create or replace trigger count_row_version before update on jobgrid.blackout
    for each row execute function jobgrid_engine.count_row_version();
create or replace trigger count_row_version before update on jobgrid.global_value
    for each row execute function jobgrid_engine.count_row_version();
