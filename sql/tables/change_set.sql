-- Edits that wait for another person or for their moment, or were let through without one: docs/approval.md.
create table jobgrid_engine.change_set (
    change_set  bigint generated always as identity,
    tenant_id   integer not null,
    proposed_by text not null,
    login       text not null,
    edit_role   text not null,
    proposed_at timestamptz not null,
    xid         xid8 not null,
    ticket      text,
    reason      text,
    approval    boolean not null,
    version     integer not null default 0,
    expires_at  timestamptz,
    valid_from  timestamptz,
    state       text not null,
    break_glass text,
    decided_by  text,
    decided_at  timestamptz,
    comment     text,
    applied_at  timestamptz,
    retry_at    timestamptz,
    problem     text,
    constraint change_set_pkey primary key (change_set),
    constraint "state is one of a change set's"
        check (state in ('proposed', 'scheduled', 'applied', 'reviewed', 'rejected', 'withdrawn', 'failed'))
);
create index change_set_open on jobgrid_engine.change_set (valid_from) where state in ('proposed', 'scheduled');
comment on table jobgrid_engine.change_set is 'Edits that wait for approval or for their moment';
comment on column jobgrid_engine.change_set.proposed_by is 'The person: who has logged in, or for whom a gateway acts';
comment on column jobgrid_engine.change_set.edit_role is 'With whose privileges it was proposed, and is applied';
comment on column jobgrid_engine.change_set.retry_at is 'Something was locked by somebody at its moment: when it is tried again';
comment on column jobgrid_engine.change_set.version is 'Counts its edits, so that what is approved is what was looked at';
comment on column jobgrid_engine.change_set.approval is 'Whether another person has to agree';

select pg_extension_config_dump('jobgrid_engine.change_set', '');
select pg_extension_config_dump('jobgrid_engine.change_set_change_set_seq', '');
