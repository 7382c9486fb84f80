-- What was done to config rows, one row a change; written by jobgrid_engine.record_change() and nobody else, never changed.
-- Xid and start name the transaction: a restored database counts its xids anew.
create table jobgrid_engine.config_change (
    change_id  bigint generated always as identity,
    at         timestamptz not null,
    xid        xid8 not null,
    began_at   timestamptz not null,
    by_role    text not null,
    set_role   text,
    actor      text,
    client     inet,
    program    text,
    source     text not null,
    reason     text,
    ticket     text,
    tenant_ids integer[] not null,
    table_name text not null,
    key        jsonb not null,
    old_key    jsonb,
    operation  text not null,
    old        jsonb,
    new        jsonb,
    constraint config_change_pkey primary key (change_id),
    constraint "operation is insert, update or delete" check (operation in ('insert', 'update', 'delete'))
);
-- From a row to the change before, and from a change to the one after.
create index config_change_key on jobgrid_engine.config_change (table_name, key, change_id);
create index config_change_old_key on jobgrid_engine.config_change (table_name, old_key, change_id) where old_key is not null;
create index config_change_xid on jobgrid_engine.config_change (xid);
comment on table jobgrid_engine.config_change is 'Changes of config rows: who, when, why, what; only added to';
comment on column jobgrid_engine.config_change.tenant_ids is
    'Whose row it is, and whose it was before if the change moved it; empty: shared';
comment on column jobgrid_engine.config_change.key is 'Natural key of the row after the change';
comment on column jobgrid_engine.config_change.old_key is 'Natural key before, where the change renamed the row';

select pg_extension_config_dump('jobgrid_engine.config_change', '');
select pg_extension_config_dump('jobgrid_engine.config_change_change_id_seq', '');
