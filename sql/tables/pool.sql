-- A named group of executors; a job asks for a pool, an executor joins one.
create table jobgrid.pool (
    name        text not null,
    description text,
    row_version integer not null default 1,
    constraint pool_pkey primary key (name),
    constraint "a name has 1 to 128 bytes, no slash, no control characters"
        check (octet_length(name) between 1 and 128 and name !~ '[/[:cntrl:]]' and name = btrim(name))
);
create unique index "a pool's name is unique regardless of case" on jobgrid.pool (lower(name));
comment on table jobgrid.pool is 'Named groups of executors';

insert into jobgrid.pool (name, description) values ('default', 'Executors and jobs that name no pool');

select pg_extension_config_dump('jobgrid.pool', '');
