-- The same as INSERT or UPDATE of jobgrid.job, with names for what is given. A body that is parsed now needs no rights
-- on jobgrid_engine when it is called.
create or replace function jobgrid.define_job(
    name text, kind text default null, command text default null, arguments text[] default null,
    after text[] default null, parameters jsonb default null, queue text default null, priority text default null,
    pool text default null, capabilities text[] default null, site text default null, executor text default null,
    run_as text default null, sql_role text default null, database text default null, transaction text default null,
    directory text default null, environment jsonb default null, timeout interval default null,
    cancel_grace interval default null, attempts integer default null, retry_delay interval default null,
    repeatable boolean default null, on_lost text default null, success_codes text default null,
    fail_codes text default null, run_by text default null, title text default null, description text default null,
    tenant text default null, application text default null, owner_team text default null, contact text default null,
    criticality integer default null, instructions text default null, rerun_policy text default null,
    tags text[] default null, retention interval default null, settings jsonb default null, cpus numeric default null,
    cpu_weight integer default null, io_weight integer default null, memory text default null,
    processes integer default null, open_files integer default null, file_size text default null,
    network boolean default null, output text default null, output_limit text default null,
    output_file text default null, error_file text default null, output_append boolean default null,
    leave_running boolean default null, needs_cpus numeric default null, needs_memory text default null,
    needs_tokens jsonb default null, time_zone text default null, run_window text default null,
    when_outside text default null, parameter_schema jsonb default null, join_rule text default null,
    condition text default null, skip_if text default null, semantics text default null, unknown_names text default null,
    on_failure text default null, when_failed text default null, succeeds_if text default null, fails_if text default null,
    stops_workflow boolean default null, stops_with_workflow boolean default null, auto_hold boolean default null)
returns jobgrid.job
language sql volatile set search_path = pg_catalog, pg_temp
begin atomic
    select jobgrid_engine.write_job(
        jobgrid_engine.tenant_for(define_job.tenant),
        define_job.name,
        jsonb_strip_nulls(jsonb_build_object(
            'kind', define_job.kind, 'command', define_job.command, 'arguments', define_job.arguments,
            'after', define_job.after, 'queue', define_job.queue,
            'priority', define_job.priority, 'pool', define_job.pool, 'capabilities', define_job.capabilities,
            'site', define_job.site, 'executor', define_job.executor, 'run_as', define_job.run_as,
            'sql_role', define_job.sql_role, 'database', define_job.database, 'transaction', define_job.transaction,
            'working_directory', define_job.directory,
            'timeout', define_job.timeout, 'cancel_grace', define_job.cancel_grace, 'attempts', define_job.attempts,
            'retry_delay', define_job.retry_delay, 'repeatable', define_job.repeatable, 'on_lost', define_job.on_lost,
            'success_codes', define_job.success_codes, 'fail_codes', define_job.fail_codes, 'run_by', define_job.run_by,
            'title', define_job.title, 'description', define_job.description, 'application', define_job.application,
            'owner_team', define_job.owner_team, 'contact', define_job.contact, 'criticality', define_job.criticality,
            'instructions', define_job.instructions, 'rerun_policy', define_job.rerun_policy, 'tags', define_job.tags,
            'retention', define_job.retention, 'cpus', define_job.cpus, 'cpu_weight', define_job.cpu_weight,
            'io_weight', define_job.io_weight, 'memory', define_job.memory, 'processes', define_job.processes,
            'open_files', define_job.open_files, 'file_size', define_job.file_size, 'network', define_job.network,
            'output', define_job.output, 'output_limit', define_job.output_limit,
            'output_file', define_job.output_file, 'error_file', define_job.error_file,
            'output_append', define_job.output_append, 'leave_running', define_job.leave_running,
            'needs_cpus', define_job.needs_cpus, 'needs_memory', define_job.needs_memory))
        -- No function has more than 100 arguments.
        || jsonb_strip_nulls(jsonb_build_object('time_zone', define_job.time_zone, 'run_window', define_job.run_window,
                                                'when_outside', define_job.when_outside,
                                                'join_rule', define_job.join_rule, 'condition', define_job.condition,
                                                'skip_if', define_job.skip_if, 'semantics', define_job.semantics,
                                                'unknown_names', define_job.unknown_names,
                                                'on_failure', define_job.on_failure, 'when_failed', define_job.when_failed,
                                                'succeeds_if', define_job.succeeds_if, 'fails_if', define_job.fails_if,
                                                'stops_workflow', define_job.stops_workflow,
                                                'stops_with_workflow', define_job.stops_with_workflow,
                                                'auto_hold', define_job.auto_hold))
        -- A null inside a JSON value is a value.
        || case when define_job.parameters is null then '{}'
                else jsonb_build_object('parameters', define_job.parameters) end
        || case when define_job.parameter_schema is null then '{}'
                else jsonb_build_object('parameter_schema', define_job.parameter_schema) end
        || case when define_job.environment is null then '{}'
                else jsonb_build_object('environment', define_job.environment) end
        || case when define_job.settings is null then '{}'
                else jsonb_build_object('settings', define_job.settings) end
        || case when define_job.needs_tokens is null then '{}'
                else jsonb_build_object('needs_tokens', define_job.needs_tokens) end);
end;
comment on function jobgrid.define_job(
    text, text, text, text[], text[], jsonb, text, text, text, text[], text, text, text, text, text, text, text, jsonb,
    interval, interval, integer, interval, boolean, text, text, text, text, text, text, text, text, text, text, integer,
    text, text, text[], interval, jsonb, numeric, integer, integer, text, integer, integer, text, boolean, text, text,
    text, text, boolean, boolean, numeric, text, jsonb, text, text, text, jsonb, text, text, text, text, text, text, text, text, text, boolean, boolean, boolean)
    is 'Creates a job or changes what is given';
grant execute on function jobgrid.define_job(
    text, text, text, text[], text[], jsonb, text, text, text, text[], text, text, text, text, text, text, text, jsonb,
    interval, interval, integer, interval, boolean, text, text, text, text, text, text, text, text, text, text, integer,
    text, text, text[], interval, jsonb, numeric, integer, integer, text, integer, integer, text, boolean, text, text,
    text, text, boolean, boolean, numeric, text, jsonb, text, text, text, jsonb, text, text, text, text, text, text, text, text, text, boolean, boolean, boolean)
    to jobgrid_business, jobgrid_author, jobgrid_admin;
