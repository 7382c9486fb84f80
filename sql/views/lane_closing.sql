-- What closes each lane; nulls: nothing does. The dispatcher, the scheduler and pause_queue() make lanes as this says.
create or replace view jobgrid_engine.lane_closing as
    select l.lane_id, case when q.paused then 'queue_paused' else s.reason end as reason, s.shutter_id
    from jobgrid_engine.lane l
    left join jobgrid.queue q on q.name = l.queue
    left join lateral (
        select case when s.blackout_id is null then 'run_window' else 'blackout' end as reason, s.shutter_id
        from jobgrid_engine.shutter s
        where s.shutter_id = any (l.shutters) and s.closed
        order by s.blackout_id is null, s.changes_at desc limit 1) s on true;
comment on view jobgrid_engine.lane_closing is 'What closes each lane';
