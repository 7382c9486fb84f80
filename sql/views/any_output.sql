-- Output and its twin as one (see any_run).
create or replace view jobgrid_engine.any_output as
    select date '-infinity' as keep_until, r.* from jobgrid_engine.output r
    union all
    select k.* from jobgrid_engine.kept_output k;
comment on view jobgrid_engine.any_output is 'Output, kept longer or not';
