-- What holds for all config tables: stale edits are refused, names are told apart by more than case, what is in use stays.
begin;
select plan(83);

create function pg_temp.error_of(command text) returns text language plpgsql as $$
declare state text; message text; detail text; hint text;
begin
    execute command;
    return 'no error';
exception when others then
    get stacked diagnostics state = returned_sqlstate, message = message_text, detail = pg_exception_detail, hint = pg_exception_hint;
    return concat_ws(' | ', state, message, nullif(detail, ''), nullif(hint, ''));
end $$;
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
create temp view config_table as
    select c.oid, c.relname as name from pg_class c where c.relnamespace = 'jobgrid'::regnamespace and c.relkind = 'r';

create role tap_team;
create role tap_team2;
create role tap_foreign;
create role tap_business login in role jobgrid_business, tap_team;
create role tap_author login in role jobgrid_author, tap_team;
create role tap_operator login in role jobgrid_operator, tap_team;
create role tap_other login in role jobgrid_business, jobgrid_author, tap_team2;
create role tap_stranger login in role jobgrid_operator, tap_foreign;
create role tap_viewer login in role jobgrid_viewer, tap_team;
create role tap_admin login in role jobgrid_admin;
create role tap_gateway login in role jobgrid_gateway, tap_business;
insert into jobgrid.tenant (name) values ('tap T');
insert into jobgrid.team (name, tenant, database_role) values
    ('tap team', 'tap T', 'tap_team'), ('tap second', 'tap T', 'tap_team2'), ('tap foreign', 'default', 'tap_foreign');
insert into jobgrid.calendar (name, tenant, owner_team) values ('tap calendar', 'tap T', 'tap team');
insert into jobgrid.calendar_day (calendar, day) values ('tap calendar', '2026-01-01');
insert into jobgrid.application (name, tenant) values ('tap application', 'tap T');
insert into jobgrid.queue (name) values ('tap queue');
insert into jobgrid.pool (name) values ('tap pool');
insert into jobgrid.resource (name, amount) values ('tap_resource', 1);
insert into jobgrid.priority_level (name, rank) values ('tap priority', 999);
insert into jobgrid.job_kind (name) values ('tap_kind');
insert into jobgrid.global_value (name, tenant, value, owner_team) values ('tap value', 'tap T', 'open', 'tap team');
insert into jobgrid.job (name, tenant, kind, owner_team) values ('tap job', 'tap T', 'noop', 'tap team');
insert into jobgrid.schedule (tenant, job, schedule) values ('tap T', 'tap job', 'every day at 07:00');
insert into jobgrid.blackout (name, tenant, job, starts_at) values ('tap blackout', 'tap T', 'tap job', '2026-01-01');

-- Stale edits
select is_empty($$
    select t.name from config_table t
    where coalesce((select g.tgname from pg_trigger g
                    where g.tgrelid = t.oid and not g.tgisinternal and g.tgtype & 19 = 19 -- row, before, update
                      and g.tgname <> 'a_withhold' -- which lets stale edits pass
                    order by g.tgname limit 1), '') <> 'as_read'$$, 'every config table looks first whether an edit is stale');
select is_empty($$
    select t.name, r.rolname from config_table t, pg_roles r
    where r.rolname like 'jobgrid\_%' and r.rolname <> 'jobgrid_owner' and has_any_column_privilege(r.oid, t.oid, 'update')
      and not has_column_privilege(r.oid, t.oid, 'row_version', 'update')$$, 'who edits a table can say which row he has read');
create temp table edit as
    select * from (values
        ('tenant', 'weight = 7', 'name = ''tap T'''), ('team', 'description = ''x''', 'name = ''tap team'''),
        ('calendar', 'description = ''x''', 'name = ''tap calendar'''), ('calendar_day', 'label = ''x''', 'calendar = ''tap calendar'''),
        ('application', 'description = ''x''', 'name = ''tap application'''), ('queue', 'description = ''x''', 'name = ''tap queue'''),
        ('pool', 'description = ''x''', 'name = ''tap pool'''), ('resource', 'amount = 2', 'name = ''tap_resource'''),
        ('priority_level', 'description = ''x''', 'name = ''tap priority'''), ('job_kind', 'description = ''x''', 'name = ''tap_kind'''),
        ('job', 'title = ''x''', 'full_name = ''tap job'''), ('schedule', 'note = ''x''', 'job = ''tap job'''),
        ('blackout', 'reason = ''x''', 'name = ''tap blackout'''), ('global_value', 'value = ''x''', 'name = ''tap value'''),
        ('job_default', 'value = ''2''', 'setting = ''attempts''')) e (name, change, found);
select is_empty('select name from config_table except select name from edit', 'all of them are tried here');
select is((select string_agg(format('%s: %s', e.name, o.error), e'\n')
           from edit e, pg_temp.error_of(format('update jobgrid.%I set %s, row_version = 2 where %s', e.name, e.change, e.found)) o (error)
           where o.error !~ '^JG002 \| .* has been changed since it was read \| It is at row_version 1, not 2.*\. \| Read the row again and repeat the edit\.$'),
    null, 'a stale edit is refused, whatever the table');
select is((select string_agg(format('%s: %s', e.name, o.error), e'\n')
           from edit e, pg_temp.error_of(format('update jobgrid.%I set %s, row_version = 1 where %s', e.name, e.change, e.found)) o (error)
           where o.error <> 'no error'), null, 'one of the row as it was read is not');
select is((select string_agg(e.name, ', ')
           from edit e, query_to_xml(format('select row_version from jobgrid.%I where %s', e.name, e.found), false, true, '') x
           where (xpath('//row_version/text()', x))[1]::text <> '2'), null, 'and is counted');
select is((select string_agg(format('%s: %s', e.name, o.error), e'\n')
           from edit e, pg_temp.error_of(format('update jobgrid.%I set row_version = null where %s', e.name, e.found)) o (error)
           where o.error !~ '^JG002 '), null, 'no version is no row');
select is((select count(*) from edit e, pg_temp.error_of(format('update jobgrid.%I set %s where %s', e.name, e.change, e.found)) o (error)
           where o.error = 'no error'), 15::bigint, 'who writes none is not asked');
set local session authorization tap_gateway;
set local role tap_business;
update jobgrid.job set contact = 'x', row_version = 2 where full_name = 'tap job';
reset session authorization;
select matches(pg_temp.error_of($$update jobgrid.job set contact = 'y', row_version = 2 where full_name = 'tap job'$$),
    'job "tap job" has been .* at row_version 3, not 2; last changed by tap_business at 20', 'who has changed it, also through a gateway');
select matches(pg_temp.error_of($$update jobgrid.calendar_day set label = 'y', row_version = 1 where calendar = 'tap calendar'$$),
    '^JG002 \| day 2026-01-01 of calendar "tap calendar" has been ', 'a row without a name has one in words');
select is(pg_temp.try('tap_business', $$update jobgrid.job set contact = 'y', row_version = 3 where full_name = 'tap job' returning row_version$$),
    '4', 'business says what it has read');
select is(pg_temp.try('tap_author', $$update jobgrid.job set command = null, row_version = 3 where full_name = 'tap job'$$), 'JG002',
    'so do authors');
set constraints all immediate;
select is((select row_version from jobgrid.calendar where name = 'tap calendar'), 2, 'days of a calendar make no edit of the calendar stale');
set constraints all deferred;
select jobgrid.hold(job => 'tap job', tenant => 'tap T') \g /dev/null
select is((select (row_version, version)::text from jobgrid.job where full_name = 'tap job'), '(5,4)', 'an operator''s act does');

-- Names
select matches(pg_temp.error_of(v.command), '^23505 \| duplicate key value violates unique constraint ".* name is unique.* regardless of case"', v.command)
from (values
    ($$insert into jobgrid.tenant (name) values ('TAP t')$$),
    ($$insert into jobgrid.tenant (name) values ('DEFAULT')$$),
    ($$insert into jobgrid.team (name, database_role) values ('TAP team', 'x')$$),
    ($$insert into jobgrid.calendar (name) values ('TAP calendar')$$),
    ($$insert into jobgrid.application (name) values ('TAP application')$$),
    ($$insert into jobgrid.queue (name) values ('TAP queue')$$),
    ($$insert into jobgrid.pool (name) values ('TAP pool')$$),
    ($$insert into jobgrid.resource (name, amount) values ('TAP_resource', 1)$$),
    ($$insert into jobgrid.priority_level (name, rank) values ('TAP priority', 998)$$),
    ($$insert into jobgrid.job (name, tenant, kind) values ('TAP job', 'tap T', 'noop')$$),
    ($$insert into jobgrid.global_value (name, tenant, value) values ('TAP value', 'tap T', '')$$),
    ($$insert into jobgrid.blackout (name, starts_at) values ('TAP blackout', '2026-01-01')$$)) v (command);
select lives_ok($$insert into jobgrid.queue (name) values ('tap queue 2')$$, 'another name');
select lives_ok($$update jobgrid.queue set name = 'TAP Queue' where name = 'tap queue'$$, 'a name can change its case');
select is(pg_temp.error_of($$insert into jobgrid.schedule (tenant, job, name, schedule) values ('tap T', 'tap job', 'MAIN', 'every day at 08:00')$$),
    'JG002 | job "tap job" has a schedule named "main" already | Give the second one a name: '
    'INSERT INTO jobgrid.schedule (job, name, schedule) VALUES (''tap job'', ''second'', ''every day at 08:00'');', 'a schedule''s, in its job');

-- Global values
select is_empty($$
    select t.tgrelid::regclass from pg_trigger t
    where t.tgname = 'check_ticket' and not exists (select from pg_trigger w where w.tgrelid = t.tgrelid and w.tgname = 'a_withhold')$$,
    'a table that asks for tickets asks for approval');
select is(pg_temp.try('tap_business', $$insert into jobgrid.global_value (tenant, name, value, owner_team) values ('tap T', 'tap market', 'open', 'tap team') returning updated_by$$),
    'tap_business', 'business makes values of its team');
select is(pg_temp.try('tap_business', $$insert into jobgrid.global_value (tenant, name, value, owner_team) values ('tap T', 'tap x', '', 'tap second')$$), '42501',
    'not of another');
select is(pg_temp.try('tap_author', $$insert into jobgrid.global_value (tenant, name, value, owner_team) values ('tap T', 'tap x', '', 'tap team')$$), '42501',
    'authors make none');
select is(pg_temp.try(v.role, $$select (value, row_version, updated_by)::text from jobgrid.set_value('tap market', 'closed')$$), v.answer, v.what)
from (values
    ('tap_business'::name, '(closed,2,tap_business)', 'business sets it'), ('tap_operator', '(closed,2,tap_business)', 'operators too: what it is already is no change'),
    ('tap_other', 'JG004', 'not another team''s business'), ('tap_author', '42501', 'nor authors'), ('tap_viewer', '42501', 'nor viewers'),
    ('tap_stranger', 'JG001', 'nor operators of another tenant, for whom it does not exist'), ('tap_admin', '(closed,2,tap_business)', 'admins do'))
    v (role, answer, what);
select is(pg_temp.try('tap_operator', $$select (value, row_version, updated_by)::text from jobgrid.set_value('tap market', 'half', tenant => 'tap T')$$),
    '(half,3,tap_operator)', 'with the tenant''s name');
select is(pg_temp.try('tap_operator', $$update jobgrid.global_value set value = 'x' where name = 'tap market'$$), '42501', 'operators never edit');
select is((select (changed_by, key, old, new)::text from jobgrid.config_history order by change_id desc limit 1),
    '(tap_operator,"{""name"": ""tap market"", ""tenant"": ""tap T""}","{""value"": ""closed""}","{""value"": ""half""}")', 'the history has it');
select is((select change_id from jobgrid.undo_change((select max(change_id) from jobgrid.config_history), 'a mistake')) is not null, true, 'from which it is taken back');
select is((select value from jobgrid.global_value where name = 'tap market'), 'closed', 'as it was');
update jobgrid.tenant set ticket_pattern = '^CHG' where name = 'tap T';
select is(pg_temp.try('tap_business', $$update jobgrid.global_value set value = 'x' where name = 'tap market'$$), 'JG016', 'an edit needs the tenant''s ticket');
select is(pg_temp.try('tap_business', $$select value from jobgrid.set_value('tap market', 'open')$$), 'open', 'an act needs none');
update jobgrid.tenant set ticket_pattern = null where name = 'tap T';
select is(pg_temp.error_of($$select jobgrid.set_value('tap markt', 'x')$$),
    'JG001 | global value "tap markt" does not exist | Did you mean "tap market"?', 'a name that was mistyped makes no value');
select is(pg_temp.error_of($$select jobgrid.set_value('tap market', null)$$),
    'JG003 | global value "tap market" cannot be null | SELECT jobgrid.set_value(''tap market'', '''');', 'a value is a text');
select is(pg_temp.error_of($$select jobgrid.set_value('tap market', repeat('x', 8001))$$) ~ '^23514 .*"a value has at most 8000 bytes"', true, 'of some length');
insert into jobgrid.global_value (name, value) values ('tap market', 'of the default tenant');
select is(pg_temp.error_of($$select jobgrid.set_value('tap market', 'x')$$),
    'JG003 | global value "tap market" exists in several tenants | They are default, tap T. | Add tenant => ''default''.', 'whose is said where it matters');
select is(pg_temp.error_of($$update jobgrid.global_value set owner_team = 'tap foreign' where tenant = 'tap T' and name = 'tap market'$$),
    'JG003 | global value "tap market": team "tap foreign" belongs to another tenant | '
    'List the tenant''s teams with: SELECT name FROM jobgrid.team WHERE tenant = ''tap T'';', 'a team owns values of its tenant');
select lives_ok($$update jobgrid.tenant set name = 'tap U' where name = 'tap T'$$, 'a tenant can be renamed');
update jobgrid.tenant set name = 'tap T' where name = 'tap U';
update jobgrid.tenant set approval = 'all' where name = 'tap T';
select is(pg_temp.try('tap_business', $$with edit as (update jobgrid.global_value set value = 'x' where name = 'tap market' returning 1) select count(*) from edit$$),
    '1', 'an edit that needs approval is taken');
select is((select value from jobgrid.global_value where tenant = 'tap T' and name = 'tap market'), 'open', 'and not made');
select is(pg_temp.try('tap_operator', $$select value from jobgrid.set_value('tap market', 'closed')$$), 'closed', 'an act needs none');
set local session_replication_role = replica;
update jobgrid.tenant set approval = 'none' where name = 'tap T';
set local session_replication_role = origin;
delete from jobgrid.global_value where name = 'tap market';

-- Rows that others depend on
select is_empty($$
    select distinct f.confrelid::regclass from pg_constraint f join config_table t on t.oid = f.confrelid
    where f.contype = 'f' and f.confdeltype = 'a'
      and not exists (select from pg_trigger g where g.tgrelid = f.confrelid and not g.tgisinternal
                                                 and g.tgfoid = 'jobgrid_engine.refuse_dependants()'::regprocedure)$$,
    'who deletes a row that others refer to is told by whom');
select is_empty($$
    select t.tgrelid::regclass from pg_trigger t join pg_trigger k on k.tgrelid = t.tgrelid and k.tgisinternal and k.tgname <= t.tgname
    where t.tgfoid = 'jobgrid_engine.refuse_dependants()'::regprocedure$$, 'before a foreign key says less');
update jobgrid.job set queue = 'TAP Queue', pool = 'tap pool', priority = 'tap priority', application = 'tap application',
    needs_tokens = '{"tap_resource": 1}' where name = 'tap job';
insert into jobgrid.job (name, tenant, kind) values ('tap kind', 'tap T', 'tap_kind');
update jobgrid.blackout set queue = 'TAP Queue', calendar = 'tap calendar' where name = 'tap blackout';
update jobgrid.job_default set value = 'tap pool' where setting = 'pool';
select is(pg_temp.error_of(format('delete from jobgrid.%I where name = %L', v.name, v.row)),
    format('JG002 | %s "%s" cannot be deleted: others depend on it | They are %s. | Change them first: SELECT %s', replace(v.name, '_', ' '), v.row,
           v.dependants, v.hint), format('%s that is in use stays', v.name))
from (values
    ('queue', 'TAP Queue', 'blackout "tap blackout", job "tap job"', 'name FROM jobgrid.blackout WHERE queue = ''TAP Queue'';'),
    ('pool', 'tap pool', 'job "tap job", job default "pool"', 'tenant, full_name FROM jobgrid.job WHERE pool = ''tap pool'';'),
    ('priority_level', 'tap priority', 'job "tap job"', 'tenant, full_name FROM jobgrid.job WHERE priority = ''tap priority'';'),
    ('job_kind', 'tap_kind', 'job "tap kind"', 'tenant, full_name FROM jobgrid.job WHERE kind = ''tap_kind'';'),
    ('resource', 'tap_resource', 'job "tap job"', 'tenant, full_name FROM jobgrid.job WHERE needs_tokens ? ''tap_resource'';'),
    ('application', 'tap application', 'job "tap job"', 'tenant, full_name FROM jobgrid.job WHERE application = ''tap application'';'),
    ('calendar', 'tap calendar', 'blackout "tap blackout"', 'name FROM jobgrid.blackout WHERE calendar = ''tap calendar'';'),
    ('team', 'tap team', 'calendar "tap calendar", global value "tap value", job "tap job"', 'name FROM jobgrid.calendar WHERE owner_team = ''tap team'';'),
    ('tenant', 'tap T',
     'application "tap application", blackout "tap blackout", calendar "tap calendar", global value "tap value", job "tap job", job "tap kind", team "tap second", team "tap team"',
     'name FROM jobgrid.application WHERE tenant = ''tap T'';')) v (name, row, dependants, hint);
insert into jobgrid.job (name, parent, tenant, kind, after) values
    ('tap step', 'tap kind', 'tap T', 'noop', '{}'), ('tap after', null, 'tap T', 'noop', '{tap kind}');
select job_id as kind from jobgrid.job where name = 'tap kind' \gset
select is(pg_temp.error_of($$delete from jobgrid.job where name = 'tap kind'$$),
    format('JG002 | job "tap kind" cannot be deleted: others depend on it | They are job "tap after", job "tap kind/tap step". | '
           'Retire it: UPDATE jobgrid.job SET enabled = false WHERE job_id = %s;', :kind), 'a job with members and jobs after it is retired');
insert into jobgrid.job (name, tenant, kind, after) select 'tap many ' || lpad(n::text, 2, '0'), 'tap T', 'noop', '{tap kind}' from generate_series(1, 25) n;
select matches(pg_temp.error_of($$delete from jobgrid.job where name = 'tap kind'$$), 'They are job "tap after", .*, job "tap many 19" and 7 more\.', 'no list is endless');
select lives_ok($$delete from jobgrid.job where name in ('tap kind', 'tap step', 'tap after') or name like 'tap many %'$$,
    'those that depend on each other can go together');
select lives_ok($$delete from jobgrid.job where name = 'tap job'$$, 'a job takes its schedules and blackouts along');
select is_empty($$select from jobgrid.schedule where job = 'tap job' union all select from jobgrid.blackout where job = 'tap job'$$, 'all of them');

-- Choices
create temp view word as
    select t.name as table_name, d.column_name, w.value
    from config_table t
    join pg_constraint k on k.conrelid = t.oid and k.contype = 'c'
    cross join lateral (
        select m[1] as column_name, m[2] as words
        from regexp_matches(pg_get_constraintdef(k.oid), '(\w+) = ANY \(ARRAY\[([^]]*)\]\)', 'g') m
        union all
        select m[1], m[2] from regexp_matches(pg_get_constraintdef(k.oid), '(\w+) <@ (''\{[^}]*\}''|ARRAY\[[^]]*\])', 'g') m) d
    cross join lateral (select m[1] as value from regexp_matches(d.words, '[''{,]([a-z_]+)(?=[''},])', 'g') m) w;
select cmp_ok((select count(*) from word), '>', 40::bigint, 'constraints say what may be chosen');
select bag_eq('select table_name, column_name, value from jobgrid.choice', 'select table_name, column_name, value from word',
    'and the view of choices says the same');
select is((select string_agg(c.value, ' ' order by c.position) from jobgrid.choice c where c.column_name = 'when_holiday'),
    'skip run_before run_after run_anyway', 'in order');
select is_empty($$select from jobgrid.choice where description is null or description = ''$$, 'with what each means');
select is(pg_temp.error_of(format('update jobgrid.job_default set value = %L where setting = %L', v.value, v.setting)) ~ v.answer, true, 'a default of ' || v.setting)
from (values ('on_lost', 'retry', 'no error'), ('on_lost', 'latest', '^JG003'), ('when_missed', 'all', 'no error'), ('when_missed', 'some', '^JG003'),
             ('on_overlap', 'skip', 'no error'), ('rerun_policy', 'ask', 'no error'), ('rerun_policy', 'hold', '^JG003')) v (setting, value, answer);

select * from finish();
rollback;
