-- What closes lanes at times: a blackout, or a run window outside its hours. Only the scheduler writes; it opens and closes
-- them all, and knows by changes_at when to look again.
create table jobgrid_engine.shutter (
    shutter_id  integer generated always as identity,
    blackout_id integer,
    run_window  text,
    time_zone   text,
    closed      boolean not null default false,
    changes_at  timestamptz,
    error       text,
    constraint shutter_pkey primary key (shutter_id),
    constraint "one of a blackout, one of a window and zone" unique nulls not distinct (blackout_id, run_window, time_zone),
    constraint "of a blackout or a run window" check ((blackout_id is null) <> (run_window is null))
);
comment on table jobgrid_engine.shutter is 'Blackouts and run windows, open or closed';
comment on column jobgrid_engine.shutter.time_zone is 'Of the jobs with that window; null: jobgrid.time_zone';
comment on column jobgrid_engine.shutter.changes_at is 'When it is to be looked at again; null: at once';

select pg_extension_config_dump('jobgrid_engine.shutter', '');
select pg_extension_config_dump('jobgrid_engine.shutter_shutter_id_seq', '');
