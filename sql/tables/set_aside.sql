-- Runs that the scheduler passes over for a while: somebody's open transaction has them locked, or moving them failed.
-- It is a delay, not a state, but it is kept where why() and attention can tell of it, and where there is room for any
-- number. place is the table whose row is passed over, and run_id its key; fire is fire_cursor, whose key is a schedule's;
-- news is condition_news.
-- What has left its table is forgotten after a while.
create table jobgrid_engine.set_aside (
    place  text not null,
    run_id bigint not null,
    times  integer not null,
    since  timestamptz not null,
    last   timestamptz not null,
    until  timestamptz not null,
    error  text,
    constraint set_aside_pkey primary key (place, run_id),
    constraint "place is due, pending, ready, ended, news or fire"
        check (place in ('due', 'pending', 'ready', 'ended', 'news', 'fire'))
) with (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500,
        autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off);
create index set_aside_until on jobgrid_engine.set_aside (place, until);
comment on table jobgrid_engine.set_aside is 'Runs the scheduler passes over for a while: locked, or moving them failed';
comment on column jobgrid_engine.set_aside.error is 'Why moving it failed; null: another transaction was changing it';

select pg_extension_config_dump('jobgrid_engine.set_aside', '');
