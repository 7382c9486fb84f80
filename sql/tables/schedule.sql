-- When a job fires. A job may have several; each has a cursor (jobgrid_engine.fire_cursor).
create table jobgrid.schedule (
    schedule_id        integer generated always as identity,
    tenant             text not null default 'default',
    job                text not null,
    name               text not null default 'main',
    schedule           text not null,
    time_zone          text,
    calendar           text,
    when_holiday       text,
    when_clock_skips   text,
    when_clock_repeats text,
    when_missed        text,
    missed_limit       integer not null default 100,
    on_overlap         text,
    max_parallel       integer,
    jitter             interval not null default '0',
    parameters         jsonb not null default '{}',
    valid_from         date,
    valid_until        date,
    enabled            boolean not null default true,
    note               text,
    row_version        integer not null default 1,
    created_at         timestamptz not null default now(),
    updated_at         timestamptz not null default now(),
    updated_by         text not null default session_user,
    constraint schedule_pkey primary key (schedule_id),
    constraint "a job's schedules have names of their own" unique (tenant, job, name),
    constraint "the schedule's job exists"
        foreign key (tenant, job) references jobgrid.job (tenant, full_name) on update cascade on delete cascade,
    constraint "the schedule's calendar exists"
        foreign key (calendar) references jobgrid.calendar (name) on update cascade,
    constraint "a name has 1 to 128 bytes, no slash, no control characters"
        check (octet_length(name) between 1 and 128 and name !~ '[/[:cntrl:]]' and name = btrim(name)),
    constraint "when_holiday is skip, run_before, run_after or run_anyway"
        check (when_holiday in ('skip', 'run_before', 'run_after', 'run_anyway')),
    constraint "when_clock_skips is run_after, skip or autosys"
        check (when_clock_skips in ('run_after', 'skip', 'autosys')),
    constraint "when_clock_repeats is first, second, both or autosys"
        check (when_clock_repeats in ('first', 'second', 'both', 'autosys')),
    constraint "when_missed is none, latest, all or ask" check (when_missed in ('none', 'latest', 'all', 'ask')),
    constraint "missed_limit is between 1 and 10000" check (missed_limit between 1 and 10000),
    constraint "on_overlap is wait, skip, replace or parallel"
        check (on_overlap in ('wait', 'skip', 'replace', 'parallel')),
    constraint "max_parallel is 2 to 1000, of on_overlap parallel alone"
        check (max_parallel is null or max_parallel between 2 and 1000 and on_overlap = 'parallel'),
    constraint "jitter is between 0 and 1 day" check (jitter between '0' and '1 day'),
    constraint "parameters are a JSON object" check (jsonb_typeof(parameters) = 'object'),
    constraint "parameters take at most 1 MB" check (pg_column_size(parameters) <= 1048576),
    constraint "valid_until is not before valid_from" check (valid_until >= valid_from)
);
create unique index "a schedule's name is unique in its job regardless of case" on jobgrid.schedule (tenant, job, lower(name));
create index schedule_calendar on jobgrid.schedule (calendar);
create index schedule_job on jobgrid.schedule (job);
comment on table jobgrid.schedule is 'When jobs fire; an edit is checked and in force at COMMIT';
comment on column jobgrid.schedule.job is 'Full name of the job';
comment on column jobgrid.schedule.name is 'Tells several schedules of a job apart';
comment on column jobgrid.schedule.schedule is 'Cron, or words such as: every weekday at 07:30';
comment on column jobgrid.schedule.time_zone is 'Zone of its times; null: the job''s, the calendar''s, the tenant''s, jobgrid.time_zone';
comment on column jobgrid.schedule.calendar is 'Whose working days count; null: Monday to Friday';
comment on column jobgrid.schedule.when_holiday is
    'What becomes of a fire on a day that its calendar does not work: skip, run_before, run_after, run_anyway; null: skip';
comment on column jobgrid.schedule.when_clock_skips is
    'A time that the clock leaps over: run_after, skip, autosys; null: run_after, but skip where it repeats within the day';
comment on column jobgrid.schedule.when_clock_repeats is
    'A time that comes twice: first, second, both, autosys; null: first, but both where it repeats within the day';
comment on column jobgrid.schedule.when_missed is
    'Fires that nobody was there for: none is made up, the latest is, all are (at most missed_limit), or ask: one held run';
comment on column jobgrid.schedule.on_overlap is
    'What a fire does while a run of the job is not finished: wait, skip, replace, parallel (at most max_parallel)';
comment on column jobgrid.schedule.jitter is 'Each run starts up to so much later, to spread load';
comment on column jobgrid.schedule.parameters is 'Merged over those of the job';
comment on column jobgrid.schedule.valid_from is 'First day on which it fires';
comment on column jobgrid.schedule.valid_until is 'Last day on which it fires';

select pg_extension_config_dump('jobgrid.schedule', '');
select pg_extension_config_dump('jobgrid.schedule_schedule_id_seq', '');
