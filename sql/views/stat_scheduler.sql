create or replace view jobgrid.stat_scheduler with (security_barrier) as
    select s.worker, s.pid, s.state, s.started_at, s.wakeups, s.transactions, s.last_wakeup, s.errors, s.last_error
    from jobgrid_engine.worker_stat() s;
comment on view jobgrid.stat_scheduler is 'The workers, one row each';
