-- Attempt and its twin as one (see any_run).
create or replace view jobgrid_engine.any_attempt as
    select date '-infinity' as keep_until, r.* from jobgrid_engine.attempt r
    union all
    select k.* from jobgrid_engine.kept_attempt k;
comment on view jobgrid_engine.any_attempt is 'Attempts, kept longer or not';
