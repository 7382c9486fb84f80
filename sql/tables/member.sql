-- The steps of live workflow runs: which run each has, and how that ended. Only the scheduler writes it; the rows go when the
-- outermost workflow ends.
create table jobgrid_engine.member (
    scope       bigint not null,
    run_id      bigint not null,
    parent_run  bigint not null,
    ended_at    timestamptz,
    job_id      integer not null,
    exit_code   integer,
    state       text,
    reason      text,
    constraint member_pkey primary key (scope, job_id)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off);
comment on table jobgrid_engine.member is 'Steps of live workflow runs';
comment on column jobgrid_engine.member.state is 'Null while its run has not ended';

select pg_extension_config_dump('jobgrid_engine.member', '');
