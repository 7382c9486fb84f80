-- A family of jobs that share a business day: its zone, the time at which the day rolls, and which days are business days.
create table jobgrid.application (
    name        text not null,
    tenant      text not null default 'default',
    time_zone   text,
    roll_time   time not null default '00:00',
    calendar    text,
    description text,
    row_version integer not null default 1,
    constraint application_pkey primary key (name),
    constraint "the application's tenant exists"
        foreign key (tenant) references jobgrid.tenant (name) on update cascade,
    constraint "the application's calendar exists"
        foreign key (calendar) references jobgrid.calendar (name) on update cascade,
    constraint "a name has 1 to 128 bytes, no slash, no control characters"
        check (octet_length(name) between 1 and 128 and name !~ '[/[:cntrl:]]' and name = btrim(name))
);
create unique index "an application's name is unique regardless of case" on jobgrid.application (lower(name));
comment on table jobgrid.application is 'Families of jobs that share a business day';
comment on column jobgrid.application.roll_time is 'Before it a run belongs to the day before';
comment on column jobgrid.application.calendar is
    'Its working days are the business days; null: the tenant''s default_calendar, and without one every day is one';

select pg_extension_config_dump('jobgrid.application', '');
