-- Times in which jobs do not start: once, or whenever a schedule says. Which jobs: those that fit all that is given.
create table jobgrid.blackout (
    blackout_id  integer generated always as identity,
    tenant       text default 'default',
    name         text not null,
    job          text,
    application  text,
    queue        text,
    team         text,
    tag          text,
    starts_at    timestamptz,
    ends_at      timestamptz,
    schedule     text,
    lasts        interval,
    time_zone    text,
    calendar     text,
    valid_from   date,
    valid_until  date,
    what_happens text not null default 'hold',
    reason       text,
    enabled      boolean not null default true,
    row_version  integer not null default 1,
    created_at   timestamptz not null default now(),
    updated_at   timestamptz not null default now(),
    updated_by   text not null default session_user,
    constraint blackout_pkey primary key (blackout_id),
    constraint "a blackout's name is unique" unique (name),
    constraint "the blackout's tenant exists"
        foreign key (tenant) references jobgrid.tenant (name) on update cascade,
    constraint "the blackout's job exists"
        foreign key (tenant, job) references jobgrid.job (tenant, full_name) on update cascade on delete cascade,
    constraint "the blackout's application exists"
        foreign key (application) references jobgrid.application (name) on update cascade,
    constraint "the blackout's queue exists"
        foreign key (queue) references jobgrid.queue (name) on update cascade,
    constraint "the blackout's team exists"
        foreign key (team) references jobgrid.team (name) on update cascade,
    constraint "the blackout's calendar exists"
        foreign key (calendar) references jobgrid.calendar (name) on update cascade,
    constraint "a name has 1 to 128 bytes, no slash, no control characters"
        check (octet_length(name) between 1 and 128 and name !~ '[/[:cntrl:]]' and name = btrim(name)),
    constraint "a blackout begins at starts_at, or by a schedule and lasts"
        check (starts_at is not null and schedule is null and lasts is null
               or starts_at is null and ends_at is null and schedule is not null and lasts is not null),
    constraint "ends_at is after starts_at" check (ends_at > starts_at),
    constraint "lasts is between 1 minute and 31 days, without months"
        check (lasts between '1 minute' and '31 days' and extract(month from lasts) = 0 and extract(year from lasts) = 0),
    constraint "what_happens is hold or skip" check (what_happens in ('hold', 'skip')),
    constraint "valid_until is not before valid_from" check (valid_until >= valid_from)
);
create unique index "a blackout's name is unique regardless of case" on jobgrid.blackout (lower(name));
comment on table jobgrid.blackout is 'Times in which jobs do not start; an edit is checked and in force at COMMIT';
comment on column jobgrid.blackout.tenant is 'Whose jobs; null: every tenant''s';
comment on column jobgrid.blackout.job is 'Full name of the one job that is meant';
comment on column jobgrid.blackout.team is 'Jobs whose owner_team it is';
comment on column jobgrid.blackout.tag is 'Jobs that have this tag';
comment on column jobgrid.blackout.ends_at is 'Null: until it is given one';
comment on column jobgrid.blackout.schedule is 'When it begins, again and again';
comment on column jobgrid.blackout.what_happens is
    'hold: runs wait until it is over; skip: the same, and fires of schedules within it make no run';

select pg_extension_config_dump('jobgrid.blackout', '');
select pg_extension_config_dump('jobgrid.blackout_blackout_id_seq', '');
