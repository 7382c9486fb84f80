-- How far a schedule has come: what fires later than from_at is still to be decided, and the first of it is next_at
-- (infinity: none). Only the scheduler moves it, in the commit that makes the runs; an edit of anything that next_at
-- depends on sets `edited`, and from_at where what fires from now on is another matter than what fired before; what was
-- still to be decided then is in schedule_before.
create table jobgrid_engine.fire_cursor (
    schedule_id integer not null,
    edited      boolean not null,
    from_at     timestamptz not null,
    next_at     timestamptz not null,
    zone        text,
    zone_stamp  bigint,
    error       text,
    error_since timestamptz,
    constraint fire_cursor_pkey primary key (schedule_id)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_threshold = 500,
        autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off);
create index fire_cursor_edited on jobgrid_engine.fire_cursor (schedule_id) where edited;
comment on table jobgrid_engine.fire_cursor is 'How far each schedule has come';
comment on column jobgrid_engine.fire_cursor.zone_stamp is 'What the zone''s file said when next_at was computed';
comment on column jobgrid_engine.fire_cursor.error is 'Why it cannot fire';

select pg_extension_config_dump('jobgrid_engine.fire_cursor', '');
