-- A family of jobs that share a business day: its zone and the time at which the day rolls.
create table jobgrid.application (
    name        text not null,
    tenant      text not null default 'default',
    time_zone   text,
    roll_time   time not null default '00:00',
    description text,
    row_version integer not null default 1,
    constraint application_pkey primary key (name),
    constraint "the application's tenant exists"
        foreign key (tenant) references jobgrid.tenant (name) on update cascade,
    constraint "a name has 1 to 128 bytes, no slash, no control characters"
        check (octet_length(name) between 1 and 128 and name !~ '[/[:cntrl:]]' and name = btrim(name))
);
comment on table jobgrid.application is 'Families of jobs with their own zone and roll time';

select pg_extension_config_dump('jobgrid.application', '');
