-- A definition: what runs, where, with what limits. Every edit is a new version (jobgrid_engine.job_version).
-- The full name of a member is workflow/step. That its parent exists is checked by a trigger and not by a key: a key
-- from the table to itself makes pg_dump warn of a dump it could not restore.
create table jobgrid.job (
    job_id            integer generated always as identity,
    tenant            text not null default 'default',
    parent            text,
    name              text not null,
    full_name         text generated always as (case when parent is null then name else parent || '/' || name end) stored,
    kind              text not null default 'shell',
    title             text,
    description       text,
    application       text,
    tags              text[] not null default '{}',
    owner_team        text,
    contact           text,
    criticality       smallint,
    instructions      text,
    rerun_policy      text,
    command           text,
    arguments         text[],
    settings          jsonb not null default '{}',
    working_directory text,
    environment       jsonb not null default '{}',
    run_as            text,
    sql_role          text,
    database          text,
    transaction       text,
    parameters        jsonb not null default '{}',
    parameter_schema  jsonb not null default '{}',
    after             text[] not null default '{}',
    join_rule         text not null default 'all',
    condition         text,
    skip_if           text,
    semantics         text not null default 'native',
    unknown_names     text,
    on_failure        text not null default 'continue',
    when_failed       text not null default 'fail',
    succeeds_if       text,
    fails_if          text,
    stops_workflow    boolean not null default false,
    stops_with_workflow boolean not null default false,
    auto_hold         boolean not null default false,
    queue             text,
    priority          text,
    pool              text,
    capabilities      text[] not null default '{}',
    site              text,
    executor          text,
    time_zone         text,
    run_window        text,
    when_outside      text not null default 'wait',
    run_by            text not null default 'jobgrid',
    enabled           boolean not null default true,
    held              boolean not null default false,
    held_reason       text,
    taken_out         boolean not null default false,
    bypassed          boolean not null default false,
    flag_reason       text,
    flag_until        timestamptz,
    flag_at           timestamptz,
    flag_by           text,
    repeatable        boolean not null default false,
    attempts          integer,
    retry_delay       interval,
    timeout           interval,
    cancel_grace      interval,
    on_lost           text,
    success_codes     text,
    fail_codes        text,
    retention         interval,
    cpus              numeric,
    cpu_weight        integer,
    io_weight         integer,
    memory            text,
    processes         integer,
    open_files        integer,
    file_size         text,
    network           boolean not null default true,
    output            text not null default 'separate',
    output_limit      text,
    output_file       text,
    error_file        text,
    output_append     boolean not null default false,
    leave_running     boolean not null default false,
    needs_cpus        numeric,
    needs_memory      text,
    needs_tokens      jsonb not null default '{}',
    version           integer not null default 1,
    row_version       integer not null default 1,
    created_at        timestamptz not null default now(),
    created_by        text not null default session_user,
    updated_at        timestamptz not null default now(),
    updated_by        text not null default session_user,
    constraint job_pkey primary key (job_id),
    constraint "a job's full name is unique in its tenant" unique (tenant, full_name),
    constraint "the job's tenant exists"
        foreign key (tenant) references jobgrid.tenant (name) on update cascade,
    constraint "the job's application exists"
        foreign key (application) references jobgrid.application (name) on update cascade,
    constraint "the job's owner team exists"
        foreign key (owner_team) references jobgrid.team (name) on update cascade,
    constraint "the job's queue exists"
        foreign key (queue) references jobgrid.queue (name) on update cascade,
    constraint "the job's priority exists"
        foreign key (priority) references jobgrid.priority_level (name) on update cascade,
    constraint "the job's pool exists"
        foreign key (pool) references jobgrid.pool (name) on update cascade,
    constraint "the job's kind exists"
        foreign key (kind) references jobgrid.job_kind (name) on update cascade,
    constraint "a name has 1 to 128 bytes, no slash, no control characters"
        check (octet_length(name) between 1 and 128 and name !~ '[/[:cntrl:]]' and name = btrim(name)),
    constraint "criticality is 1 (highest) to 4" check (criticality between 1 and 4),
    constraint "rerun_policy is free, ask or never" check (rerun_policy in ('free', 'ask', 'never')),
    constraint "transaction is one or none, of sql jobs only"
        check (transaction in ('one', 'none') and kind = 'sql' or transaction is null and kind <> 'sql'),
    constraint "a shell job has either a command or arguments"
        check (kind <> 'shell' or (command is not null) <> (coalesce(cardinality(arguments), 0) > 0)),
    constraint "a sql job has a command" check (kind <> 'sql' or command is not null),
    constraint "a command has at most 1 MB" check (octet_length(command) <= 1048576),
    constraint "parameters are a JSON object" check (jsonb_typeof(parameters) = 'object'),
    constraint "parameters take at most 1 MB" check (pg_column_size(parameters) <= 1048576),
    constraint "parameter_schema is a JSON object" check (jsonb_typeof(parameter_schema) = 'object'),
    constraint "environment is a JSON object of strings" check (jsonb_typeof(environment) = 'object'),
    constraint "run_by is jobgrid or external"
        check (run_by in ('jobgrid', 'external') and (kind <> 'external' or run_by = 'external')),
    constraint "when_outside is wait or skip" check (when_outside in ('wait', 'skip')),
    constraint "join_rule is all, any or a number" check (join_rule in ('all', 'any') or join_rule ~ '^[1-9][0-9]{0,5}$'),
    constraint "semantics is native or autosys" check (semantics in ('native', 'autosys')),
    constraint "unknown_names is refuse or warn" check (unknown_names in ('refuse', 'warn')),
    constraint "on_failure is continue, finish or stop" check (on_failure in ('continue', 'finish', 'stop')),
    constraint "when_failed is fail or ignore" check (when_failed in ('fail', 'ignore')),
    constraint "a job is held, taken out or bypassed, only one of them"
        check (held::integer + taken_out::integer + bypassed::integer <= 1),
    constraint "flag_until is a moment, of a job that has a flag"
        check (flag_until is null or isfinite(flag_until) and (held or taken_out or bypassed)),
    constraint "attempts is between 1 and 1000" check (attempts between 1 and 1000),
    constraint "retry_delay is between 0 and 30 days" check (retry_delay between '0' and '30 days'),
    constraint "timeout is between 1 second and 30 days" check (timeout between '1 s' and '30 days'),
    constraint "cancel_grace is between 0 and 1 day" check (cancel_grace between '0' and '1 day'),
    constraint "on_lost is hold, retry or fail" check (on_lost in ('hold', 'retry', 'fail')),
    constraint "retention is between 1 day and 100 years" check (retention between '1 day' and '100 years'),
    constraint "settings are a JSON object" check (jsonb_typeof(settings) = 'object'),
    constraint "settings take at most 1 MB" check (pg_column_size(settings) <= 1048576),
    constraint "cpus is between 0.01 and 10000" check (cpus between 0.01 and 10000),
    constraint "cpu_weight is between 1 and 10000" check (cpu_weight between 1 and 10000),
    constraint "io_weight is between 1 and 10000" check (io_weight between 1 and 10000),
    constraint "memory is a size of at least 1 MB, such as 4 GB" check (pg_size_bytes(memory) >= 1048576),
    constraint "processes is between 1 and 1000000" check (processes between 1 and 1000000),
    constraint "open_files is between 16 and 1000000" check (open_files between 16 and 1000000),
    constraint "file_size is a size, such as 10 GB" check (pg_size_bytes(file_size) >= 0),
    constraint "output is separate or merged" check (output in ('separate', 'merged')),
    constraint "output_limit is a size, such as 100 MB" check (pg_size_bytes(output_limit) >= 0),
    constraint "output_file is an absolute path" check (output_file ~ '^/' and octet_length(output_file) <= 4000),
    constraint "error_file is an absolute path" check (error_file ~ '^/' and octet_length(error_file) <= 4000),
    constraint "with output merged there is no error_file: output_file gets both" check (output <> 'merged' or error_file is null),
    constraint "needs_cpus is between 0.001 and 10000" check (needs_cpus between 0.001 and 10000),
    constraint "needs_memory is a size of at least 1 MB, such as 4 GB" check (pg_size_bytes(needs_memory) >= 1048576),
    constraint "tokens are names with whole numbers from 1 to 1000000"
        check (jsonb_typeof(needs_tokens) = 'object' and pg_column_size(needs_tokens) <= 512 and not jsonb_path_exists(needs_tokens,
            'strict $.keyvalue() ? (!(@.key like_regex "^[A-Za-z0-9_.-]{1,63}$") || @.value.type() != "number"'
            ' || !(@.value >= 1 && @.value <= 1000000) || @.value != @.value.floor())'))
);
create unique index "a job's name is unique regardless of case" on jobgrid.job (tenant, lower(full_name));
create index job_parent on jobgrid.job (tenant, parent) where parent is not null;
create index job_full_name on jobgrid.job (full_name);
create index job_name on jobgrid.job (tenant, name);
create index job_flagged on jobgrid.job (job_id) where taken_out or bypassed;
create index job_flag_until on jobgrid.job (flag_until) where flag_until is not null;
comment on table jobgrid.job is 'Definitions of jobs; an edit is checked, versioned and in force at COMMIT';
comment on column jobgrid.job.full_name is 'workflow/step for a member, the name itself for others';
comment on column jobgrid.job.arguments is 'Program and arguments; ${name} is replaced by a parameter, never through a shell';
comment on column jobgrid.job.parameter_schema is
    'What parameters a run may and must have, such as {"region": {"type": "string", "required": true}}; {}: any';
comment on column jobgrid.job.after is 'Jobs that must have succeeded, in the same run of the workflow or on the same business date';
comment on column jobgrid.job.join_rule is 'How many of the jobs in after must have succeeded: all, any or a number';
comment on column jobgrid.job.condition is
    'What must hold before it starts, such as succeeded(a) and not failed(b); parse_condition() shows how it is read';
comment on column jobgrid.job.skip_if is 'It is skipped if this holds at the moment at which it would start';
comment on column jobgrid.job.semantics is
    'How its conditions are read: native, or autosys: that spelling, names of the whole tenant, the last end counts';
comment on column jobgrid.job.unknown_names is 'Names in conditions that mean nothing: refuse, or warn';
comment on column jobgrid.job.on_failure is 'What a workflow does when a step fails: continue with what does not depend on it, finish what runs, or stop it';
comment on column jobgrid.job.when_failed is 'ignore: a failure of this step counts as a success for those after it and for the workflow';
comment on column jobgrid.job.succeeds_if is 'A workflow: ends as succeeded as soon as this holds; names are those of its steps first';
comment on column jobgrid.job.fails_if is 'A workflow: ends as failed as soon as this holds; names are those of its steps first';
comment on column jobgrid.job.stops_workflow is 'A step: its failure ends its workflow at once (AutoSys'' box_terminator)';
comment on column jobgrid.job.stops_with_workflow is
    'A step of a workflow of AutoSys semantics: it is stopped when that fails or is stopped (AutoSys'' job_terminator)';
comment on column jobgrid.job.auto_hold is 'A step: held each time its workflow starts';
comment on column jobgrid.job.success_codes is 'Exit codes that count as success, such as 0,4,8-11';
comment on column jobgrid.job.fail_codes is 'Exit codes that count as failure; where given they decide alone';
comment on column jobgrid.job.time_zone is 'Zone of its schedules that have none of their own';
comment on column jobgrid.job.run_window is 'Starts within these hours only, such as 22:00-04:00, or 08:00-18:00 on mon-fri';
comment on column jobgrid.job.when_outside is 'Fires outside the run window: wait for it, or skip, which makes no run';
comment on column jobgrid.job.run_by is 'jobgrid starts it; external: only the decision is recorded and the outcome is reported';
comment on column jobgrid.job.settings is 'What a job does whose kind is a runner: its own options; ${name} is replaced by a parameter';
comment on column jobgrid.job.cpus is 'At most so many cores';
comment on column jobgrid.job.cpu_weight is 'Share of the cores where they are scarce; 100 is usual';
comment on column jobgrid.job.io_weight is 'Share of the disks where they are scarce; 100 is usual';
comment on column jobgrid.job.memory is 'At most so much memory, such as 4 GB; more ends the run with reason oom_killed';
comment on column jobgrid.job.network is 'false: without a network';
comment on column jobgrid.job.output is 'separate tells stdout and stderr apart; merged is one stream in exact order';
comment on column jobgrid.job.output_limit is 'How much output of an attempt is kept, such as 100 MB; its beginning and its end';
comment on column jobgrid.job.output_file is 'File on the node that gets stdout, and with output merged stderr as well';
comment on column jobgrid.job.error_file is 'File on the node that gets stderr';
comment on column jobgrid.job.output_append is 'Files are appended to, not overwritten';
comment on column jobgrid.job.leave_running is 'Ends with its main process; what that leaves behind lives on';
comment on column jobgrid.job.needs_cpus is 'So many cores must be free on the node before it starts; no limit';
comment on column jobgrid.job.needs_memory is 'So much memory must be free on the node before it starts, such as 4 GB; no limit';
comment on column jobgrid.job.needs_tokens is 'So many of each token must be free on the node before it starts, such as {"gpu": 1}';
comment on column jobgrid.job.repeatable is 'A second execution does no harm';
comment on column jobgrid.job.version is 'Counts the edits; those superseded are kept in jobgrid_engine.job_version';
comment on column jobgrid.job.held is
    'New runs are held; hold() and release() park and release those that are there too. No edit: the version stays';
comment on column jobgrid.job.taken_out is
    'It does not run: its runs are skipped, and conditions are as after its success. No edit: the version stays';
comment on column jobgrid.job.bypassed is
    'Its runs wait for their conditions and their moment and then succeed without being executed. No edit: the version stays';
comment on column jobgrid.job.flag_reason is 'Why it is taken out or bypassed';
comment on column jobgrid.job.flag_until is 'When it stops by itself to be held, taken out or bypassed';
comment on column jobgrid.job.flag_at is 'Since when it is held, taken out or bypassed';
comment on column jobgrid.job.flag_by is 'Who held it, took it out or bypassed it';

select pg_extension_config_dump('jobgrid.job', '');
select pg_extension_config_dump('jobgrid.job_job_id_seq', '');
