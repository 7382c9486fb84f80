-- One row's edit in a change set.
create table jobgrid_engine.proposal (
    edit       bigint generated always as identity,
    change_set bigint not null,
    table_name text not null,
    key        jsonb not null,
    operation  text not null,
    old        jsonb,
    new        jsonb,
    xid        xid8 not null default pg_current_xact_id(),
    constraint proposal_pkey primary key (edit),
    constraint "operation is insert, update or delete" check (operation in ('insert', 'update', 'delete'))
);
create index proposal_change_set on jobgrid_engine.proposal (change_set, edit);
comment on table jobgrid_engine.proposal is 'Edits of change sets';
comment on column jobgrid_engine.proposal.old is 'Of an update the columns that change, as they were; of a delete the row';
comment on column jobgrid_engine.proposal.new is 'Of an update the columns that change, as they are to be; of an insert the row';

select pg_extension_config_dump('jobgrid_engine.proposal', '');
select pg_extension_config_dump('jobgrid_engine.proposal_edit_seq', '');
