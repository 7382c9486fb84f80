-- What a schedule said until an edit, kept where fires of that time were still to be decided: those later than from_at, up
-- to until_at. Written by the edit, at its COMMIT, and taken by the scheduler together with the cursor.
create table jobgrid_engine.schedule_before (
    schedule_id        integer not null,
    from_at            timestamptz not null,
    until_at           timestamptz not null,
    schedule           text not null,
    time_zone          text,
    calendar           text,
    when_holiday       text,
    when_clock_skips   text,
    when_clock_repeats text,
    seed               bigint not null,
    valid_from         date not null,
    valid_until        date not null,
    constraint schedule_before_pkey primary key (schedule_id, from_at)
);
comment on table jobgrid_engine.schedule_before is 'What schedules said before an edit, while fires of that time are to be decided';
comment on column jobgrid_engine.schedule_before.seed is 'Made from the name of the job, for H';

select pg_extension_config_dump('jobgrid_engine.schedule_before', '');
