-- A team ties a database role to a tenant: members of the role see that tenant's rows and own its jobs.
create table jobgrid.team (
    name          text not null,
    tenant        text not null default 'default',
    database_role text not null,
    description   text,
    row_version   integer not null default 1,
    constraint team_pkey primary key (name),
    constraint "the team's tenant exists"
        foreign key (tenant) references jobgrid.tenant (name) on update cascade,
    constraint "a name has 1 to 128 bytes, no slash, no control characters"
        check (octet_length(name) between 1 and 128 and name !~ '[/[:cntrl:]]' and name = btrim(name))
);
create unique index "a team's name is unique regardless of case" on jobgrid.team (lower(name));
comment on table jobgrid.team is 'Which database role sees which tenant, and owns which jobs';
comment on column jobgrid.team.database_role is 'Members of this role belong to the team';

select pg_extension_config_dump('jobgrid.team', '');
