-- A fact that jobs and people share, such as the market that is open. People edit the row; jobs and operators set the value
-- with set_value().
create table jobgrid.global_value (
    tenant      text not null default 'default',
    name        text not null,
    value       text not null,
    owner_team  text,
    description text,
    row_version integer not null default 1,
    updated_at  timestamptz not null default now(),
    updated_by  text not null default session_user,
    constraint global_value_pkey primary key (tenant, name),
    constraint "the value's tenant exists"
        foreign key (tenant) references jobgrid.tenant (name) on update cascade,
    constraint "the value's owner team exists"
        foreign key (owner_team) references jobgrid.team (name) on update cascade,
    constraint "a name has 1 to 128 bytes, no slash, no control characters"
        check (octet_length(name) between 1 and 128 and name !~ '[/[:cntrl:]]' and name = btrim(name)),
    constraint "a value has at most 8000 bytes" check (octet_length(value) <= 8000)
);
create unique index "a value's name is unique in its tenant regardless of case" on jobgrid.global_value (tenant, lower(name));
comment on table jobgrid.global_value is 'Facts that jobs and people share; set_value() sets one';
comment on column jobgrid.global_value.owner_team is 'Whose business edits and sets it; null: only operators set it, and admins edit it';

select pg_extension_config_dump('jobgrid.global_value', '');
