-- Who may do what: the column × role matrix, the functions of each role, and the rows that row-level security shows.
begin;
select plan(139);

create function pg_temp.columns_of(role name, tab regclass, privilege text) returns text language sql as $$
    select string_agg(a.attname, ' ' order by a.attnum)
    from pg_attribute a
    where a.attrelid = tab and a.attnum > 0 and not a.attisdropped
      and has_column_privilege(role, tab, a.attnum, privilege)
$$;
-- Runs a command as a role would in a session of its own; what it returns, or the SQLSTATE.
create function pg_temp.try(role name, command text) returns text language plpgsql as $$
declare answer text;
begin
    execute format('set local session authorization %I', role);
    begin
        execute command into answer;
    exception when others then
        answer := sqlstate;
    end;
    set local session authorization default;
    return coalesce(answer, 'null');
end $$;

-- Columns
select is(pg_temp.columns_of('jobgrid_business', 'jobgrid.job', 'update'),
    'title description tags contact criticality instructions parameters after join_rule condition skip_if on_failure when_failed succeeds_if fails_if stops_workflow stops_with_workflow auto_hold priority time_zone run_window when_outside enabled held held_reason taken_out bypassed flag_reason flag_until '
    'attempts retry_delay timeout cancel_grace row_version', 'business edits when, how urgently, within which limits, for whom');
select is(pg_temp.columns_of('jobgrid_author', 'jobgrid.job', 'update'),
    'parent name kind title description application tags owner_team contact criticality instructions rerun_policy command '
    'arguments settings working_directory environment run_as sql_role database transaction parameters parameter_schema after join_rule condition skip_if semantics unknown_names on_failure when_failed succeeds_if fails_if stops_workflow stops_with_workflow auto_hold queue pool capabilities '
    'site executor time_zone run_window when_outside run_by repeatable attempts retry_delay timeout cancel_grace on_lost success_codes fail_codes retention'
    ' cpus cpu_weight io_weight memory processes open_files file_size network output output_limit output_file error_file output_append leave_running '
    'needs_cpus needs_memory needs_tokens row_version',
    'authors edit what, where and as whom');
select is(pg_temp.columns_of('jobgrid_author', 'jobgrid.job', 'insert'),
    'tenant parent name kind title description application tags owner_team contact criticality instructions rerun_policy '
    'command arguments settings working_directory environment run_as sql_role database transaction parameters parameter_schema after join_rule condition skip_if semantics unknown_names on_failure when_failed succeeds_if fails_if stops_workflow stops_with_workflow auto_hold queue priority '
    'pool capabilities site executor time_zone run_window when_outside run_by enabled held held_reason taken_out bypassed flag_reason flag_until repeatable attempts retry_delay '
    'timeout cancel_grace on_lost success_codes fail_codes retention'
    ' cpus cpu_weight io_weight memory processes open_files file_size network output output_limit output_file error_file output_append leave_running '
    'needs_cpus needs_memory needs_tokens',
    'and make jobs');
select is(pg_temp.columns_of('jobgrid_admin', 'jobgrid.job', 'update'),
    'parent name kind title description application tags owner_team contact criticality instructions rerun_policy command '
    'arguments settings working_directory environment run_as sql_role database transaction parameters parameter_schema after join_rule condition skip_if semantics unknown_names on_failure when_failed succeeds_if fails_if stops_workflow stops_with_workflow auto_hold queue priority pool '
    'capabilities site executor time_zone run_window when_outside run_by enabled held held_reason taken_out bypassed flag_reason flag_until repeatable attempts retry_delay timeout '
    'cancel_grace on_lost success_codes fail_codes retention'
    ' cpus cpu_weight io_weight memory processes open_files file_size network output output_limit output_file error_file output_append leave_running '
    'needs_cpus needs_memory needs_tokens row_version',
    'admins edit both');
select is(pg_temp.columns_of(r, 'jobgrid.job', 'update'), null, format('%s edits no job', r))
from unnest('{jobgrid_viewer,jobgrid_submitter,jobgrid_operator,jobgrid_approver,jobgrid_auditor,jobgrid_executor,jobgrid_gateway}'::name[]) r;
select is_empty(
    $$select r, t, p from unnest('{jobgrid_viewer,jobgrid_submitter,jobgrid_business,jobgrid_operator,jobgrid_author,
                                   jobgrid_approver,jobgrid_auditor,jobgrid_executor,jobgrid_gateway}'::name[]) r,
                     unnest('{tenant,application,team,queue,pool,resource,priority_level,job_default,job_kind}'::text[]) t,
                     unnest('{insert,update}'::text[]) p
      where pg_temp.columns_of(r, format('jobgrid.%I', t)::regclass, p) is not null$$, 'only admins edit what all share');
select is((select string_agg(format('%s: %s', t, pg_temp.columns_of('jobgrid_admin', format('jobgrid.%I', t)::regclass, 'update')),
                             ', ' order by t)
           from unnest('{tenant,application,team,queue,pool,resource,priority_level,job_default,job_kind}'::text[]) t),
    'application: name tenant time_zone roll_time calendar description row_version, job_default: value row_version, '
    'job_kind: name description row_version, pool: name description row_version, '
    'priority_level: name rank description row_version, queue: name tenant description row_version, '
    'resource: name amount description row_version, team: name tenant database_role description row_version, '
    'tenant: name weight time_zone default_calendar ticket_pattern approval approval_within description row_version', 'and not what the engine counts and stamps');
select is_empty(
    $$select c.relname, r.rolname from pg_class c, pg_roles r
      where c.relnamespace = 'jobgrid'::regnamespace and c.relkind in ('r', 'v') and r.rolname like 'jobgrid\_%'
        and r.rolname not in ('jobgrid_owner', 'jobgrid_admin')
        and (has_table_privilege(r.oid, c.oid, 'truncate, trigger, references')
             or c.relname not in ('job', 'schedule', 'blackout', 'calendar', 'calendar_day', 'global_value')
                and has_table_privilege(r.oid, c.oid, 'delete'))$$, 'nobody truncates or refers');
select is(pg_temp.columns_of('jobgrid_business', format('jobgrid.%I', t.name)::regclass, 'update'), t.columns,
          format('business edits %s', t.name))
from (values
    ('schedule', 'job name schedule time_zone calendar when_holiday when_clock_skips when_clock_repeats when_missed '
     'missed_limit on_overlap max_parallel jitter parameters valid_from valid_until enabled note row_version'),
    ('calendar', 'name workdays based_on combine rule cycle time_zone known_until fiscal_years fiscal_weeks description row_version'),
    ('calendar_day', 'day kind label row_version'),
    ('global_value', 'name value description row_version')) t (name, columns);
select is(pg_temp.columns_of('jobgrid_author', 'jobgrid.schedule', 'update'),
          pg_temp.columns_of('jobgrid_business', 'jobgrid.schedule', 'update'), 'authors give jobs their schedules');
select is(pg_temp.columns_of(r, format('jobgrid.%I', t)::regclass, 'update'), null, format('%s edits no %s', r, t))
from unnest('{jobgrid_viewer,jobgrid_submitter,jobgrid_operator,jobgrid_approver,jobgrid_auditor,jobgrid_executor,jobgrid_gateway}'::name[]) r,
     unnest('{schedule,calendar,calendar_day,global_value}'::text[]) t;
select is_empty(
    $$select c.relname from pg_class c
      where c.relnamespace = 'jobgrid'::regnamespace and c.relkind in ('r', 'v')
        and not has_table_privilege('jobgrid_auditor', c.oid, 'select')$$, 'auditors read all');

-- Functions: what viewers may call, and what the others may beyond that
create function pg_temp.verbs_of(role name) returns text language sql as $$
    select string_agg(p.proname, ' ' order by p.proname collate "C") from pg_proc p
    where p.pronamespace = 'jobgrid'::regnamespace and has_function_privilege(role, p.oid, 'execute')
      and (role = 'jobgrid_viewer' or not has_function_privilege('jobgrid_viewer', p.oid, 'execute'))
$$;
select is(pg_temp.verbs_of(v.role), v.verbs, format('verbs of %s', v.role))
from (values
    ('jobgrid_viewer'::name,
     'business_day calendar_days check_install config_as_of config_diff critical_path describe_schedule eta follow graph graph_text impact load_forecast logs next_runs parse_condition preview_changes schedule_times status validate why'),
    ('jobgrid_auditor', null),
    ('jobgrid_approver', 'approve_changes reject_changes'),
    ('jobgrid_business', 'define_job define_workflow import_holidays reject_changes set_value undo_change'),
    ('jobgrid_author', 'define_job define_workflow import_crontab import_pg_cron import_pgagent reject_changes undo_change'),
    ('jobgrid_submitter', 'bulk cancel hold release report_outcome rerun retry submit submit_many tell'),
    ('jobgrid_operator',
     'acknowledge_ghost bulk bypass cancel drain_executor hold pause_queue release report_outcome rerun resume_executor resume_queue '
     'retry set_outcome set_value submit submit_many take_out tell'),
    ('jobgrid_admin',
     'acknowledge_ghost bulk bypass cancel define_job define_workflow drain_executor hold import_crontab import_holidays import_pg_cron import_pgagent pause_queue reject_changes release report_outcome rerun resume_executor '
     'resume_queue retry set_outcome set_value submit submit_many take_out tell undo_change unfreeze'),
    ('jobgrid_executor', null),
    ('jobgrid_gateway', null)) v (role, verbs);
select is(has_function_privilege(r, 'jobgrid.why(bigint, text, text)', 'execute'), r not in ('jobgrid_executor', 'jobgrid_gateway'),
          format('%s asks, or does not', r))
from unnest('{jobgrid_auditor,jobgrid_business,jobgrid_author,jobgrid_operator,jobgrid_executor,jobgrid_gateway}'::name[]) r;
select is((select string_agg(p.proname, ' ' order by p.proname collate "C") from pg_proc p
           where p.pronamespace = 'jobgrid_engine'::regnamespace and has_function_privilege('jobgrid_executor', p.oid, 'execute')),
    'exchange goodbye heartbeat hello hello_log write_output write_progress', 'an executor speaks the protocol and nothing else');
select is((select string_agg(rolname, ' ' order by rolname) from pg_roles
           where rolname like 'jobgrid\_%' and has_schema_privilege(oid, 'jobgrid_engine', 'usage')),
    'jobgrid_executor jobgrid_owner', 'nobody else has a foot in the engine');

-- Rows
create role tap_a;
create role tap_b;
create role tap_viewer login in role jobgrid_viewer, tap_a;
create role tap_stranger login in role jobgrid_viewer;
create role tap_auditor login in role jobgrid_auditor;
create role tap_business login in role jobgrid_business, tap_a;
create role tap_author login in role jobgrid_author, tap_a;
create role tap_operator login in role jobgrid_operator, tap_a;
create role tap_submitter login in role jobgrid_submitter, tap_a;
create role tap_admin login in role jobgrid_admin;
create role tap_other login;
insert into jobgrid.tenant (name) values ('tap A'), ('tap B');
insert into jobgrid.team (name, tenant, database_role) values
    ('tap a', 'tap A', 'tap_a'), ('tap b', 'tap B', 'tap_b'), ('tap a2', 'tap A', 'tap_b');
insert into jobgrid.queue (name, tenant) values ('tap A', 'tap A'), ('tap B', 'tap B');
insert into jobgrid.job (name, tenant, kind, owner_team) values
    ('tap j', 'tap A', 'noop', 'tap a'), ('tap j', 'tap B', 'noop', 'tap b'), ('tap other team', 'tap A', 'noop', 'tap a2'),
    ('tap nobody''s', 'tap A', 'noop', null), ('tap b only', 'tap B', 'noop', 'tap b');
select run_id as run_a from jobgrid.submit('tap j', tenant => 'tap A') \gset
select run_id as run_b from jobgrid.submit('tap j', tenant => 'tap B') \gset

select is(pg_temp.try('tap_viewer', $$select string_agg(tenant || ':' || name, ',' order by job_id) from jobgrid.job$$),
    'tap A:tap j,tap A:tap other team,tap A:tap nobody''s', 'jobs of one''s tenant');
select is(pg_temp.try('tap_viewer', 'select string_agg(name, '','') from jobgrid.tenant'), 'tap A', 'the tenant itself');
select is(pg_temp.try('tap_viewer', $$select string_agg(name, ',' order by name) from jobgrid.queue where name like 'tap%' or name = 'default'$$),
    'default,tap A', 'shared queues too');
select is(pg_temp.try('tap_viewer', 'select string_agg(run_id::text, '','') from jobgrid.run'), :'run_a'::text, 'and its runs');
select is(pg_temp.try('tap_viewer', format('select count(*) from jobgrid.status(%s)', :run_b)), '0', 'no others');
select is(pg_temp.try('tap_viewer', format('select jobgrid.why(%s)', :run_b)), 'JG001', 'which do not exist for him');
select is(pg_temp.try('tap_viewer', 'select jobgrid.why(job => ''tap b only'')'), 'JG001', 'nor does the job');
select is(pg_temp.try('tap_viewer', format('select count(*) from jobgrid.logs(%s)', :run_b)), 'JG001', 'nor its output');
select is(pg_temp.try('tap_viewer', format('select count(*) from jobgrid.%s(%s)', f, :run_b)), 'JG001', 'nor ' || f)
from unnest('{graph,graph_text,critical_path,eta,impact}'::text[]) f;
select is(pg_temp.try('tap_viewer', format('select count(*) from jobgrid.%s(job => ''tap b only'')', f)), 'JG001', 'nor of the job: ' || f)
from unnest('{graph,graph_text,critical_path,eta,impact}'::text[]) f;
select is(pg_temp.try('tap_viewer', format('select count(*) from jobgrid.%s(%s)', f, :run_a)), '1', 'his own: ' || f)
from unnest('{graph,graph_text,critical_path,eta}'::text[]) f;
select is(pg_temp.try('tap_stranger', 'select count(*) from jobgrid.job'), '0', 'no team, no rows');
select is(pg_temp.try('tap_stranger', 'select count(*) from jobgrid.run'), '0', 'no runs');
select is(pg_temp.try('tap_auditor', $$select count(*) from jobgrid.job where name like 'tap%'$$), '5', 'auditors see all');
select is(pg_temp.try('tap_viewer', 'select count(*) from jobgrid_engine.run'), '42501', 'not the engine''s tables');
select is(pg_temp.try('tap_viewer', 'select count(*) from jobgrid_engine.visible_tenants()'), '42501', 'not its functions');
select is(pg_temp.try('tap_viewer', $$select (count(*) > 0)::text from jobgrid.check_install()$$), 'true', 'check_install');

select is(pg_temp.try('tap_business', $$update jobgrid.job set priority = 'high' where name = 'tap j' returning tenant$$), 'tap A',
    'business edits its team''s job');
select is(pg_temp.try('tap_business', $$update jobgrid.job set command = 'rm' where name = 'tap j'$$), '42501', 'not what it runs');
select is(pg_temp.try('tap_business', $$update jobgrid.job set priority = 'high' where name = 'tap nobody''s' returning name$$),
    'null', 'nor a job that is not its team''s');
select is(pg_temp.try('tap_business', $$select priority from jobgrid.define_job('tap j', priority => 'low')$$), 'low',
    'define_job is the same');
select is(pg_temp.try('tap_business', $$select jobgrid.define_job('tap other team', priority => 'low')$$), 'JG004', 'and says why not');
select is(pg_temp.try('tap_business', $$select jobgrid.define_job('tap j', command => 'rm')$$), '42501', 'columns too');
select is(pg_temp.try('tap_author', $$select owner_team from jobgrid.define_job('tap new', kind => 'noop', owner_team => 'tap a')$$),
    'tap a', 'authors make jobs');
select is(pg_temp.try('tap_author', $$select created_by from jobgrid.job where name = 'tap new'$$), 'tap_author', 'in their name');
select is(pg_temp.try('tap_author', $$select jobgrid.define_job('tap x', kind => 'noop', owner_team => 'tap a2')$$), '42501',
    'not for other teams');
select is(pg_temp.try('tap_author', $$select jobgrid.define_job('tap j', priority => 'high')$$), '42501', 'priority is business');
select is(pg_temp.try('tap_author', $$select jobgrid.define_job('tap s', kind => 'sql', command => 'x', sql_role => 'tap_other')$$),
    'JG004', 'nobody runs as somebody else');
select is(pg_temp.try('tap_author', $$select sql_role from jobgrid.define_job('tap s', kind => 'sql', command => 'x', owner_team => 'tap a')$$),
    'tap_author', 'but as himself');
-- Imports: as the caller, for the caller's team.
create function pg_temp.import(arguments text, columns text default 'string_agg(concat_ws('' '', job, doubt), '','')') returns text language sql as $$
    select format('select %s from jobgrid.import_crontab(%L::jsonb%s)', columns,
                  '[{"line": 1, "schedule": "@daily", "command": "tap cron", "user": "root"}]', arguments)
$$;
select is(pg_temp.try('tap_viewer', pg_temp.import('')), '42501', 'viewers import nothing');
select is(pg_temp.try('tap_operator', pg_temp.import('')), '42501', 'nor do operators');
select is(pg_temp.try('tap_business', pg_temp.import('')), '42501', 'nor does business: it says what is executed');
select is(pg_temp.try('tap_author', pg_temp.import(', owner_team => ''tap a2''')), '42501', 'not for other teams');
select is(pg_temp.try('tap_author', pg_temp.import(', false')), 'tap cron', 'authors import');
select is((select concat_ws(' ', tenant, owner_team, run_as, created_by) from jobgrid.job where name = 'tap cron'), 'tap A tap a root tap_author',
    'for their own team');
select is((select schedule || ' ' || updated_by from jobgrid.schedule where job = 'tap cron'), '@daily tap_author', 'with its schedule');
select is(pg_temp.try('tap_admin', pg_temp.import(', false')), 'tap cron', 'admins for everybody');
select is((select concat_ws(' ', tenant, owner_team) from jobgrid.job where name = 'tap cron' and created_by = 'tap_admin'), 'default', 'or for no team');

select is(pg_temp.try('tap_operator', format('select jobgrid.hold(%s)', :run_b)), 'JG001', 'operators act on their tenants');
select is(pg_temp.try('tap_operator', format('select (jobgrid.hold(%s)).state', :run_a)), 'held', 'on all runs there');
select is(pg_temp.try('tap_operator', $$select jobgrid.pause_queue('default')$$), 'JG004', 'not on what others share');
select is(pg_temp.try('tap_operator', $$select (jobgrid.pause_queue('tap A')).paused$$), 'true', 'on their own');
select is(pg_temp.try('tap_operator', $$update jobgrid.job set held = true$$), '42501', 'operators never edit');
select is(pg_temp.try('tap_submitter', format('select jobgrid.cancel(%s)', :run_a)), 'JG004', 'submitters act on runs of their own');
select is(pg_temp.try('tap_submitter', $$select (jobgrid.cancel(run_id)).state from jobgrid.submit('tap j')$$), 'cancelled',
    'on those they do');
select is(pg_temp.try('tap_submitter', $$select jobgrid.cancel(job => 'tap j')$$), 'JG004', 'not on jobs');
select is(pg_temp.try('tap_submitter', $$select jobgrid.submit('tap b only')$$), 'JG001', 'nor on what they do not see');
select is(pg_temp.try('tap_submitter', $$select jobgrid.unfreeze('x')$$), '42501', 'unfreeze is for admins');
select is(pg_temp.try('tap_admin', $$select tenant from jobgrid.define_job('tap adm', kind => 'noop', tenant => 'tap B')$$), 'tap B',
    'admins everywhere');
select is(pg_temp.try('tap_admin', $$select jobgrid.why(job => 'tap j')$$), 'JG003', 'and name the tenant where it matters');

-- A superuser's session that runs a stranger's code, and one that has given up its rights
grant jobgrid_submitter to tap_author;
create schema tap_bait authorization tap_author;
set role tap_author;
create table tap_bait.bait (n integer);
insert into tap_bait.bait select generate_series(1, 10);
create function tap_bait.acts(n integer) returns integer language plpgsql immutable as $$
declare command text := current_setting('tap.command', true);
begin
    if command <> '' then execute command; end if;
    return n;
end $$;
create index on tap_bait.bait (tap_bait.acts(n));
create materialized view tap_bait.view as select tap_bait.acts(1);
reset role;
select throws_ok(t.maintenance, 'JG004', 'nobody acts while a table is maintained', format('%s: %s', t.maintenance, t.command))
from (select m.maintenance, c.command, set_config('tap.command', c.command, true)
      from unnest(array['analyze tap_bait.bait', 'reindex table tap_bait.bait', 'refresh materialized view tap_bait.view'])
               m (maintenance)
      cross join unnest(array[$$select jobgrid.define_job('tap bait', kind => 'sql', sql_role => 'postgres', command => 'x')$$,
                              $$select jobgrid.submit('tap j', tenant => 'tap A')$$,
                              $$select count(*) from jobgrid.run$$])
           c (command)) t;
select set_config('tap.command', $$select jobgrid_engine.hello('tap', gen_random_uuid(), 1, 1, '{noop}')$$, true) \g /dev/null
select throws_ok('analyze tap_bait.bait', '42501', null, 'nor does an executor');
select set_config('tap.command', '', true) \g /dev/null
select lives_ok('analyze tap_bait.bait', 'else maintenance goes on');
set role tap_author;
select throws_ok($$select jobgrid.define_job('tap lent', kind => 'sql', command => 'x', sql_role => 'tap_other', tenant => 'tap A')$$,
    'JG004', 'job "tap lent": tap_author is not a member of role tap_other', 'who has given up his rights lends none');
reset role;

select * from finish();
rollback;
