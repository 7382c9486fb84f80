-- What functions take and give. Composite results, so that a column can be added without a new function.
create type jobgrid.submitted as (
    run_id bigint, job text, state text, reason text, queue text, priority text, business_date date,
    deduplicated boolean, note text
);
comment on type jobgrid.submitted is 'Result of submit() and rerun()';

create type jobgrid.acted as (run_id bigint, job text, state text, reason text, note text);
comment on type jobgrid.acted is 'Result of a verb: the run as it is now';

create type jobgrid.blocker as (
    run_id bigint, job text, state text, blocker text, object text, since timestamptz, detail text, hint text
);
comment on type jobgrid.blocker is 'Result of why(): one thing that a run waits for, or how it ended';

create type jobgrid.graph_step as (
    step text, kind text, state text, reason text, waits_for text[], layer integer, started_at timestamptz,
    finished_at timestamptz, run_id bigint, on_critical_path boolean
);
comment on type jobgrid.graph_step is 'Result of graph(): a step of a workflow and what it waits for';

create type jobgrid.path_step as (
    step text, state text, usual interval, started_at timestamptz, finished_at timestamptz, starts_after interval,
    ends_after interval, slack interval, critical boolean, run_id bigint
);
comment on type jobgrid.path_step is 'Result of critical_path(): a step, when it starts and ends, and how much later it could';

create type jobgrid.expected_end as (
    run_id bigint, job text, state text, expected_start timestamptz, p50 timestamptz, p90 timestamptz, runs integer,
    day_type text, note text
);
comment on type jobgrid.expected_end is 'Result of eta(): when a run is expected to be over';

create type jobgrid.effect as (
    effect text, job text, run_id bigint, criticality integer, depth integer, reason text, detail text
);
comment on type jobgrid.effect is 'Result of impact(): what becomes of a job if another one ends';

create type jobgrid.installation_check as (check_name text, ok boolean, detail text, fix text);
comment on type jobgrid.installation_check is 'Result of check_install(): one check and how to mend it';

create type jobgrid.problem as (severity text, table_name text, key jsonb, problem text, detail text, hint text);
comment on type jobgrid.problem is 'Result of validate(): what is wrong with a config row';

create type jobgrid.log_chunk as (attempt integer, chunk integer, at timestamptz, stream text, data bytea, text text);
comment on type jobgrid.log_chunk is 'Result of logs(): a piece of output as read';

create type jobgrid.schedule_time as (
    run_at timestamptz, local_time timestamp, utc_offset interval, time_zone text, note text
);
comment on type jobgrid.schedule_time is 'Result of schedule_times(): a moment at which a schedule fires';

create type jobgrid.parsed_condition as (native text, autosys text, note text, atoms jsonb);
comment on type jobgrid.parsed_condition is 'Result of parse_condition(): a condition in both spellings, and what it asks';

create type jobgrid.config_difference as (column_name text, old_value text, new_value text);
comment on type jobgrid.config_difference is 'Result of config_diff(): one column of a change';

create type jobgrid_engine.report as (
    run_id bigint, attempt integer, fence bigint, event text, exit_code integer, signal integer,
    run_us bigint, age_us bigint, cpu_us bigint, max_rss_kb bigint, message text, result text
);
comment on type jobgrid_engine.report is 'What happened to an attempt, told by its executor';

create type jobgrid_engine.attempt_key as (run_id bigint, attempt integer, fence bigint);
comment on type jobgrid_engine.attempt_key is 'The name of an attempt';

create type jobgrid_engine.known_attempt as (
    run_id bigint, attempt integer, fence bigint, state text, tenant text, job text
);
comment on type jobgrid_engine.known_attempt is 'An attempt that an executor has, running or ended and not reported';

create type jobgrid_engine.answer as (
    what text, run_id bigint, attempt integer, fence bigint, kind text, detail text
);
comment on type jobgrid_engine.answer is 'What an executor is told: attempt, order, stale, held';

create type jobgrid_engine.chunk as (
    run_id bigint, attempt integer, fence bigint, chunk integer, stream "char", age_us bigint, data bytea
);
comment on type jobgrid_engine.chunk is 'A piece of an attempt''s output';

create type jobgrid_engine.progress_report as (
    run_id bigint, attempt integer, fence bigint, percent real, step text, cpu_us bigint, rss_kb bigint, checkpoint bytea
);
comment on type jobgrid_engine.progress_report is 'How far an attempt is; null is as before';

create type jobgrid_engine.welcome as (
    executor_id integer, protocol integer, epoch integer, held boolean, lease_ms integer, grace_ms integer,
    heartbeat_ms integer, poll_ms integer, channel text, last_request bigint, stale_runs bigint[], stale_fences bigint[]
);
comment on type jobgrid_engine.welcome is 'Answer to hello()';
