-- Words for priority. The rank decides: lower is served first.
create table jobgrid.priority_level (
    name        text not null,
    rank        integer not null,
    description text,
    row_version integer not null default 1,
    constraint priority_level_pkey primary key (name),
    constraint "two priorities never share a rank" unique (rank),
    constraint "rank is between 0 and 1000" check (rank between 0 and 1000)
);
create unique index "a priority's name is unique regardless of case" on jobgrid.priority_level (lower(name));
comment on table jobgrid.priority_level is 'Words for priority; the lower rank is served first';

insert into jobgrid.priority_level (name, rank, description) values
    ('urgent', 10, 'before everything else of the tenant'),
    ('high',   30, 'before normal work'),
    ('normal', 50, 'what a job has that says nothing'),
    ('low',    70, 'when nothing else waits');

select pg_extension_config_dump('jobgrid.priority_level', '');
