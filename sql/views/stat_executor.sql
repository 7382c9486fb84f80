-- What is measured of executors, and the scores that come of it for a job that asks for no capability.
create or replace view jobgrid.stat_executor with (security_barrier) as
    select e.name as executor, s.cpu, s.memory, s.load, s.success, make_interval(secs => s.response) as response,
           jobgrid_engine.score('balanced', s.cpu, s.memory, s.load, (1.0 / (cardinality(e.capabilities) + 1))::real,
                                s.success, s.response) as balanced,
           jobgrid_engine.score('responsive', s.cpu, s.memory, s.load, null, s.success, s.response) as responsive
    from jobgrid_engine.executor e
    join jobgrid_engine.executor_stat() s on s.executor_id = e.executor_id
    where not s.suspect;
comment on view jobgrid.stat_executor is 'What is measured of connected executors, and their scores';
