-- What has happened to a schedule without anybody's edit.
create table jobgrid_engine.schedule_event (
    schedule_id integer not null,
    at          timestamptz not null,
    event       text not null,
    detail      text not null
);
create index schedule_event_schedule on jobgrid_engine.schedule_event (schedule_id, at);
comment on table jobgrid_engine.schedule_event is 'What has happened to schedules without an edit, such as new rules of a zone';

select pg_extension_config_dump('jobgrid_engine.schedule_event', '');
