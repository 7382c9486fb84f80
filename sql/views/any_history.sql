-- History and its twin as one (see any_run).
create or replace view jobgrid_engine.any_history as
    select date '-infinity' as keep_until, r.* from jobgrid_engine.history r
    union all
    select k.* from jobgrid_engine.kept_history k;
comment on view jobgrid_engine.any_history is 'History, kept longer or not';
