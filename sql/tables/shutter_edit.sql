-- Edits after which jobs may be behind other shutters than before: written at COMMIT, taken by the scheduler. A job for which
-- that is so has a row with `seen` until every transaction is over that may have placed a run by what was true before.
create table jobgrid_engine.shutter_edit (
    edit_id bigint generated always as identity,
    job_id  integer,
    decides boolean not null default true,
    seen    xid8,
    constraint shutter_edit_pkey primary key (edit_id)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);
comment on table jobgrid_engine.shutter_edit is 'Edits of jobs and blackouts that the scheduler has to follow';
comment on column jobgrid_engine.shutter_edit.job_id is 'Null: any job';
comment on column jobgrid_engine.shutter_edit.decides is
    'False of a new job that is behind nothing, as far as its transaction can see: its runs need not wait for the scheduler';

select pg_extension_config_dump('jobgrid_engine.shutter_edit', '');
select pg_extension_config_dump('jobgrid_engine.shutter_edit_edit_id_seq', '');
