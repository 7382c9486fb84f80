-- The condition of a pending run that is more than all of its atoms, as it was when the run was first looked at (see
-- job_condition).
create table jobgrid_engine.pending_condition (
    run_id      bigint not null,
    least       integer,
    needs       integer not null,
    needs_least integer not null,
    text        text,
    autosys     boolean not null,
    constraint pending_condition_pkey primary key (run_id)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off);
comment on table jobgrid_engine.pending_condition is 'Conditions of pending runs that are more than all of their atoms';

select pg_extension_config_dump('jobgrid_engine.pending_condition', '');
