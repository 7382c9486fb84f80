-- Queued runs in lanes that are not their jobs' any more.
create or replace view jobgrid_engine.misplaced as
    select r.run_id
    from jobgrid_engine.ready r
    join jobgrid_engine.lane l on l.lane_id = r.lane_id
    left join jobgrid_engine.job_shutters x on x.job_id = r.job_id
    where r.job_id in (select e.job_id from jobgrid_engine.shutter_edit e where e.seen is not null)
      and l.shutters <> coalesce(x.shutters, '{}');
comment on view jobgrid_engine.misplaced is 'Queued runs that have to be placed anew after an edit';
