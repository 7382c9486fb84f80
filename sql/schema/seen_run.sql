-- A run as a verb sees it, of whatever table it is in. Not stored, not public: a column more needs no migration.
create type jobgrid_engine.seen_run as (
    run_id bigint, job_id integer, job text, state text, reason text, since timestamptz, place text, due_at timestamptz,
    superseded_by bigint, submitted_by text, actor text
);
comment on type jobgrid_engine.seen_run is 'A run as a verb sees it';
