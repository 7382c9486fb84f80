-- Who owns work. Weight is the share of the grid a tenant gets while others wait too.
create table jobgrid.tenant (
    tenant_id        integer generated always as identity,
    name             text not null,
    weight           integer not null default 100,
    time_zone        text,
    default_calendar text,
    ticket_pattern   text,
    approval         text not null default 'none',
    approval_within  interval not null default '7 days',
    description      text,
    row_version      integer not null default 1,
    constraint tenant_pkey primary key (name),
    constraint "tenant_id is unique" unique (tenant_id),
    constraint "a name has 1 to 128 bytes, no slash, no control characters"
        check (octet_length(name) between 1 and 128 and name !~ '[/[:cntrl:]]' and name = btrim(name)),
    constraint "weight is between 1 and 10000" check (weight between 1 and 10000),
    constraint "approval is none, critical or all" check (approval in ('none', 'critical', 'all')),
    constraint "approval_within is between 1 hour and 90 days" check (approval_within between '1 hour' and '90 days'),
    constraint "ticket_pattern has 1 to 200 characters" check (length(ticket_pattern) between 1 and 200)
);
create unique index "a tenant's name is unique regardless of case" on jobgrid.tenant (lower(name));
comment on table jobgrid.tenant is 'Owners of work; the row "default" always exists';
comment on column jobgrid.tenant.weight is 'Share of the grid while several tenants wait';
comment on column jobgrid.tenant.time_zone is 'Zone that gives a run its business date, and of schedules without a nearer one; null: jobgrid.time_zone';
comment on column jobgrid.tenant.default_calendar is 'Business days of jobs whose application has no calendar; null: every day';
comment on column jobgrid.tenant.ticket_pattern is
    'Regular expression that the ticket of an edit must match (jobgrid.change_ticket); none: no ticket is needed';

comment on column jobgrid.tenant.approval is
    'Which edits another person has to approve: none; critical: of jobs of criticality 1 and 2 and what is theirs; all';
comment on column jobgrid.tenant.approval_within is 'What is not approved by then is expired';

insert into jobgrid.tenant (name, description) values ('default', 'Jobs that name no tenant');

select pg_extension_config_dump('jobgrid.tenant', '');
select pg_extension_config_dump('jobgrid.tenant_tenant_id_seq', '');
