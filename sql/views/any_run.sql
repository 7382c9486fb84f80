-- Table and twin as one, for statements that ask for a run wherever it lives. keep_until is the same in all rows of one
-- run: joined on it too, the planner looks for the other rows in one partition of the twins.
create or replace view jobgrid_engine.any_run as
    select date '-infinity' as keep_until, r.* from jobgrid_engine.run r
    union all
    select k.* from jobgrid_engine.kept_run k;
comment on view jobgrid_engine.any_run is 'Runs, kept longer or not';
