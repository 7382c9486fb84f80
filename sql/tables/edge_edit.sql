-- Jobs whose conditions this transaction has edited; looked at, and taken out again, at its COMMIT.
create table jobgrid_engine.edge_edit (
    xid     xid8 not null default pg_current_xact_id(),
    job_ids integer[] not null
);
comment on table jobgrid_engine.edge_edit is 'Jobs whose conditions are looked at when their transaction commits; always empty to others';

select pg_extension_config_dump('jobgrid_engine.edge_edit', 'where false');
