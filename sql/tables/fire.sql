-- What became of each fire: a run, or none and why not. A row is one fire, or several in a row that had the same end.
-- The key is what keeps a fire from happening twice, whatever the clock does; the janitor deletes rows by their age.
create table jobgrid_engine.fire (
    schedule_id   integer not null,
    scheduled_for timestamptz not null,
    until         timestamptz not null,
    fires         bigint not null default 1,
    at            timestamptz not null,
    run_id        bigint,
    outcome       text not null,
    reason        text,
    constraint fire_pkey primary key (schedule_id, scheduled_for),
    constraint "outcome is run, held, missed or skipped" check (outcome in ('run', 'held', 'missed', 'skipped'))
) with (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off);
create index fire_age on jobgrid_engine.fire (at);
comment on table jobgrid_engine.fire is 'What became of each fire';
comment on column jobgrid_engine.fire.until is 'The last of the fires this row is for';

select pg_extension_config_dump('jobgrid_engine.fire', '');
