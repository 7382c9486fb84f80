-- Who may read and edit which table and which column; who may call what stands beside each function.
-- Nobody has rights on the engine's tables: views and functions answer for them. pgtap/privileges.sql pins this matrix.
grant usage on schema jobgrid to jobgrid_viewer, jobgrid_executor, jobgrid_gateway;
grant usage on schema jobgrid_engine to jobgrid_executor;

grant select on
    jobgrid.tenant, jobgrid.application, jobgrid.team, jobgrid.queue, jobgrid.pool, jobgrid.resource, jobgrid.priority_level,
    jobgrid.job_default, jobgrid.job_kind, jobgrid.job, jobgrid.schedule, jobgrid.blackout, jobgrid.calendar,
    jobgrid.calendar_day, jobgrid.global_value
    to jobgrid_viewer;
grant select on
    jobgrid.run, jobgrid.attempt, jobgrid.history, jobgrid.executor, jobgrid.lane, jobgrid.stat_scheduler,
    jobgrid.upcoming, jobgrid.fire, jobgrid.schedule_event, jobgrid.config_history, jobgrid.change_set, jobgrid.proposed_edit, jobgrid.attention, jobgrid.stat_progress, jobgrid.stat_resource, jobgrid.stat_executor, jobgrid.transitions, jobgrid.choice
    to jobgrid_viewer;

-- What the engine counts and stamps (ids, versions, paused, created, updated) nobody writes. An UPDATE that writes row_version
-- says which row it has read; the value is never taken.
grant insert (name, weight, time_zone, default_calendar, ticket_pattern, approval, approval_within, description),
      update (name, weight, time_zone, default_calendar, ticket_pattern, approval, approval_within, description, row_version),
      delete on jobgrid.tenant to jobgrid_admin;
grant insert (name, tenant, time_zone, roll_time, calendar, description),
      update (name, tenant, time_zone, roll_time, calendar, description, row_version),
      delete on jobgrid.application to jobgrid_admin;
grant insert (name, tenant, database_role, description),
      update (name, tenant, database_role, description, row_version),
      delete on jobgrid.team to jobgrid_admin;
grant insert (name, tenant, description),
      update (name, tenant, description, row_version),
      delete on jobgrid.queue to jobgrid_admin;
grant insert (name, description), update (name, description, row_version), delete on jobgrid.pool to jobgrid_admin;
grant insert (name, amount, description), update (name, amount, description, row_version), delete
    on jobgrid.resource to jobgrid_admin;
grant insert (name, rank, description), update (name, rank, description, row_version), delete
    on jobgrid.priority_level to jobgrid_admin;
grant insert (name, description), update (name, description, row_version), delete on jobgrid.job_kind to jobgrid_admin;
grant update (value, row_version) on jobgrid.job_default to jobgrid_admin;

-- Business decides when a job runs, how urgently, within which limits, and who is called; never what it executes.
grant update (
        title, description, tags, contact, criticality, instructions, parameters, after, join_rule, condition, skip_if, on_failure, when_failed, succeeds_if, fails_if, stops_workflow, stops_with_workflow, auto_hold, priority,
        time_zone, run_window, when_outside, enabled, held, held_reason, taken_out, bypassed, flag_reason, flag_until, attempts, retry_delay, timeout, cancel_grace,
        row_version)
    on jobgrid.job to jobgrid_business;

-- Authors decide what a job executes, where and as whom. Priority and the flags are given at birth, then are business.
grant insert (
        tenant, parent, name, kind, title, description, application, tags, owner_team, contact, criticality, instructions,
        rerun_policy, command, arguments, working_directory, environment, run_as, sql_role, database, transaction,
        parameters, parameter_schema, after, join_rule, condition, skip_if, semantics, unknown_names, on_failure, when_failed, succeeds_if, fails_if, stops_workflow, stops_with_workflow, auto_hold, queue, priority, pool, capabilities, site, executor, time_zone, run_window, when_outside,
        run_by, enabled, held, held_reason, taken_out, bypassed, flag_reason, flag_until, repeatable, attempts, retry_delay, timeout, cancel_grace, on_lost, success_codes, fail_codes, retention, settings,
        cpus, cpu_weight, io_weight, memory, processes, open_files, file_size, network, output, output_limit,
        output_file, error_file, output_append, leave_running, needs_cpus, needs_memory, needs_tokens),
      update (
        parent, name, kind, title, description, application, tags, owner_team, contact, criticality, instructions,
        rerun_policy, command, arguments, working_directory, environment, run_as, sql_role, database, transaction,
        parameters, parameter_schema, after, join_rule, condition, skip_if, semantics, unknown_names, on_failure, when_failed, succeeds_if, fails_if, stops_workflow, stops_with_workflow, auto_hold, queue, pool, capabilities, site, executor, time_zone, run_window, when_outside, run_by,
        repeatable, attempts, retry_delay, timeout, cancel_grace, on_lost, success_codes, fail_codes, retention, settings,
        cpus, cpu_weight, io_weight, memory, processes, open_files, file_size, network, output, output_limit,
        output_file, error_file, output_append, leave_running, needs_cpus, needs_memory, needs_tokens, row_version),
      delete
    on jobgrid.job to jobgrid_author;

grant insert (
        tenant, parent, name, kind, title, description, application, tags, owner_team, contact, criticality, instructions,
        rerun_policy, command, arguments, working_directory, environment, run_as, sql_role, database, transaction,
        parameters, parameter_schema, after, join_rule, condition, skip_if, semantics, unknown_names, on_failure, when_failed, succeeds_if, fails_if, stops_workflow, stops_with_workflow, auto_hold, queue, priority, pool, capabilities, site, executor, time_zone, run_window, when_outside,
        run_by, enabled, held, held_reason, taken_out, bypassed, flag_reason, flag_until, repeatable, attempts, retry_delay, timeout, cancel_grace, on_lost, success_codes, fail_codes, retention, settings,
        cpus, cpu_weight, io_weight, memory, processes, open_files, file_size, network, output, output_limit,
        output_file, error_file, output_append, leave_running, needs_cpus, needs_memory, needs_tokens),
      update (
        parent, name, kind, title, description, application, tags, owner_team, contact, criticality, instructions,
        rerun_policy, command, arguments, working_directory, environment, run_as, sql_role, database, transaction,
        parameters, parameter_schema, after, join_rule, condition, skip_if, semantics, unknown_names, on_failure, when_failed, succeeds_if, fails_if, stops_workflow, stops_with_workflow, auto_hold, queue, priority, pool, capabilities, site, executor, time_zone, run_window, when_outside,
        run_by, enabled, held, held_reason, taken_out, bypassed, flag_reason, flag_until, repeatable, attempts, retry_delay, timeout, cancel_grace, on_lost, success_codes, fail_codes, retention, settings,
        cpus, cpu_weight, io_weight, memory, processes, open_files, file_size, network, output, output_limit,
        output_file, error_file, output_append, leave_running, needs_cpus, needs_memory, needs_tokens, row_version),
      delete
    on jobgrid.job to jobgrid_admin;

-- When it runs is business; authors give a new job its first schedules.
grant insert (tenant, job, name, schedule, time_zone, calendar, when_holiday, when_clock_skips, when_clock_repeats,
              when_missed, missed_limit, on_overlap, max_parallel, jitter, parameters, valid_from, valid_until, enabled,
              note),
      update (job, name, schedule, time_zone, calendar, when_holiday, when_clock_skips, when_clock_repeats, when_missed,
              missed_limit, on_overlap, max_parallel, jitter, parameters, valid_from, valid_until, enabled, note,
              row_version),
      delete
    on jobgrid.schedule to jobgrid_business, jobgrid_author, jobgrid_admin;
grant insert (name, tenant, owner_team, workdays, based_on, combine, rule, cycle, time_zone, known_until, fiscal_years, fiscal_weeks,
              description),
      update (name, tenant, owner_team, workdays, based_on, combine, rule, cycle, time_zone, known_until, fiscal_years, fiscal_weeks,
              description, row_version),
      delete
    on jobgrid.calendar to jobgrid_admin;
grant insert (name, tenant, owner_team, workdays, based_on, combine, rule, cycle, time_zone, known_until, fiscal_years, fiscal_weeks,
              description),
      update (name, workdays, based_on, combine, rule, cycle, time_zone, known_until, fiscal_years, fiscal_weeks, description,
              row_version),
      delete
    on jobgrid.calendar to jobgrid_business;
grant insert (tenant, name, job, application, queue, team, tag, starts_at, ends_at, schedule, lasts, time_zone, calendar, valid_from,
              valid_until, what_happens, reason, enabled),
      update (tenant, name, job, application, queue, team, tag, starts_at, ends_at, schedule, lasts, time_zone, calendar, valid_from,
              valid_until, what_happens, reason, enabled, row_version),
      delete
    on jobgrid.blackout to jobgrid_business, jobgrid_admin;
grant insert (calendar, day, kind, label), update (day, kind, label, row_version), delete
    on jobgrid.calendar_day to jobgrid_business, jobgrid_admin;
grant insert (tenant, name, value, owner_team, description), update (tenant, name, value, owner_team, description, row_version), delete
    on jobgrid.global_value to jobgrid_admin;
grant insert (tenant, name, value, owner_team, description), update (name, value, description, row_version), delete
    on jobgrid.global_value to jobgrid_business;
