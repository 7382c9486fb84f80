-- Definitions: what a new job gets, what is refused and how, versions, edges, shipped rows.
begin;
select plan(111);

create role tap_sql login;
create role tap_team;
create role tap_author login in role jobgrid_author, tap_team;
insert into jobgrid.team (name, database_role) values ('tap team', 'tap_team');
create role tap_nologin nologin;
-- What COMMIT would say.
create function pg_temp.commits(command text) returns void language plpgsql as $$
begin
    execute command;
    set constraints all immediate;
    set constraints all deferred;
end $$;
create function pg_temp.hint_of(command text) returns text language plpgsql as $$
declare hint text;
begin
    perform pg_temp.commits(command);
    return 'no error';
exception when others then
    get stacked diagnostics hint = pg_exception_hint;
    return hint;
end $$;
create function pg_temp.detail_of(command text) returns text language plpgsql as $$
declare detail text;
begin
    perform pg_temp.commits(command);
    return 'no error';
exception when others then
    get stacked diagnostics detail = pg_exception_detail;
    return detail;
end $$;

-- A new job
select is((select (j.kind, j.queue, j.pool, j.priority, j.attempts, j.retry_delay, j.timeout, j.cancel_grace, j.on_lost,
                   j.retention, j.criticality, j.rerun_policy, j.version, j.row_version)::text
           from jobgrid.define_job('tap noop', kind => 'noop') j),
    '(noop,default,default,normal,1,00:00:10,01:00:00,00:00:30,hold,"90 days",3,free,1,1)', 'a job shows its defaults');
select is((select attempts from jobgrid.define_job('tap again', kind => 'noop', repeatable => true)), 3,
    'a repeatable job has the attempts of repeatable ones');
select is((select attempts from jobgrid.define_job('tap lost', kind => 'noop', on_lost => 'retry')), 3,
    'so has one that is to be tried again when it is lost');
select is((select kind || ' ' || command from jobgrid.define_job('tap shell', command => 'true')), 'shell true',
    'kind is shell where nothing is said');
select is((select kind from jobgrid.define_job('tap noop', title => 'x')), 'noop', 'what is not given stays as it is');
select is((select run_by from jobgrid.define_job('tap external', kind => 'external')), 'external',
    'kind external is run elsewhere');
select is((select (created_by, updated_by)::text from jobgrid.job where name = 'tap noop'),
    format('(%s,%1$s)', session_user), 'who made and changed it');
update jobgrid.job_default set value = '7' where setting = 'attempts';
select is((select attempts from jobgrid.define_job('tap seven', kind => 'noop')), 7, 'a changed default counts for new jobs');
select is((select attempts from jobgrid.job where name = 'tap noop'), 1, 'and not for old ones');
update jobgrid.job set attempts = null where name = 'tap noop';
select is((select attempts from jobgrid.job where name = 'tap noop'), 7, 'a value taken away is filled again');
select is((select parameters from jobgrid.define_job('tap null', kind => 'noop', parameters => '{"a": null}')),
    '{"a": null}'::jsonb, 'a null inside parameters is a value');

-- Versions
select is((select (version, row_version)::text from jobgrid.define_job('tap shell', command => 'false')), '(2,2)',
    'an edit is a new version');
select is((select v.version || ' ' || (v.definition ->> 'command') from jobgrid_engine.job_version v
           join jobgrid.job j on j.job_id = v.job_id where j.name = 'tap shell'), '1 true', 'the old version is kept');
update jobgrid.job set command = command where name = 'tap shell';
select is((select (version, row_version)::text from jobgrid.job where name = 'tap shell'), '(2,2)',
    'an update that changes nothing is no version');
update jobgrid.job set held = true, held_reason = 'x' where name = 'tap shell';
select is((select (version, row_version)::text from jobgrid.job where name = 'tap shell'), '(2,3)', 'a hold is no version');
update jobgrid.job set version = 99, created_by = 'x', updated_by = 'y' where name = 'tap shell';
select is((select (version, row_version, created_by)::text from jobgrid.job where name = 'tap shell'),
    format('(2,3,%s)', session_user), 'nobody writes the stamps');

-- A row of a dump
insert into jobgrid.job (name, kind, after, version, row_version, created_at, created_by, sql_role)
values ('tap restored', 'noop', '{tap nowhere}', 5, 6, '2020-01-01', 'somebody', 'tap nobody');
select is((select (attempts, version, row_version, created_by, after)::text from jobgrid.job where name = 'tap restored'),
    '(,5,6,somebody,"{""tap nowhere""}")', 'a row that brings its created_at is taken as it is');
select is_empty($$select from jobgrid_engine.job_edge e join jobgrid.job j using (job_id) where j.name = 'tap restored'$$,
    'and makes no edges');

-- What one row can be wrong about
select throws_ok($$select jobgrid.define_job('tap bad', kind => 'noop', success_codes => '1,x')$$, 'JG003', null,
    'a list of codes is checked');
select throws_ok($$select jobgrid.define_job('tap bad', kind => 'noop', fail_codes => '9-')$$, 'JG003', null,
    'both lists are');
select throws_ok($$select jobgrid.define_job('tap bad', kind => 'noop', environment => '{"JOBGRID_X": "1"}')$$, 'JG003', null,
    'names of ours are refused');
select throws_ok($$select jobgrid.define_job('tap bad', kind => 'noop', environment => '{"A": 1}')$$, 'JG003', null,
    'environment holds strings');
select throws_ok($$select jobgrid.define_job('tap bad', arguments => array['a', null])$$, 'JG003', null,
    'an argument is not null');
select throws_ok($$select jobgrid.define_job('tap bad', kind => 'noop', database => 'postgres')$$, 'JG003', null,
    'only sql jobs have a database');
select throws_ok($$select jobgrid.define_job('tap bad')$$, '23514', null, 'a shell job needs a command');
select throws_ok($$select jobgrid.define_job(repeat('x', 129), kind => 'noop')$$, '23514', null, 'a name has at most 128 bytes');
select throws_ok($$select jobgrid.define_job(E'tap\nbad', kind => 'noop')$$, '23514', null, 'no newline in a name');
select throws_ok($$select jobgrid.define_job('tap bad', kind => 'noop', queue => 'nowhere')$$, 'JG003',
    'job "tap bad": there is no queue "nowhere"', 'the queue exists');
select is(pg_temp.hint_of($$select jobgrid.define_job('tap bad', kind => 'noop', pool => 'defalt')$$),
    'Did you mean pool => ''default''?', 'the pool, and which was meant');
select is(pg_temp.hint_of($$select jobgrid.define_job('tap bad', kind => 'noop', priority => 'asap')$$),
    'SELECT name FROM jobgrid.priority_level;', 'the priority');
select throws_ok($$select jobgrid.define_job('tap bad', kind => 'noop', application => 'tap none')$$, 'JG003', null,
    'the application');
select throws_ok($$select jobgrid.define_job('tap bad', kind => 'noop', owner_team => 'tap none')$$, 'JG003', null,
    'the team');
select throws_ok($$select jobgrid.define_job('tap bad', kind => 'noop', retention => '101 years')$$, '23514', null,
    'nothing is kept for ever: the sum of end and retention is a moment');
select throws_ok($$update jobgrid.job_default set value = '101 years' where setting = 'retention'$$, 'JG003', null,
    'not by default either');
select throws_ok($$select jobgrid.define_job('TAP noop', kind => 'noop')$$, '23505', null, 'names differ in more than case');
select lives_ok($$select jobgrid.define_job('tap "q" ''s'' \ é', kind => 'noop')$$, 'quotes and accents are allowed');
select throws_ok($$select jobgrid.define_job('tap x', kind => 'noop', tenant => 'defalt')$$, 'JG001', null,
    'an unknown tenant');
select is(pg_temp.hint_of($$select jobgrid.define_job('tap x', kind => 'noop', tenant => 'defalt')$$),
    'Did you mean "default"?', 'and which was meant');

-- SQL jobs
select throws_ok($$select jobgrid.define_job('tap sql', kind => 'sql', command => 'select 1')$$, 'JG003', null,
    'sql: a superuser names the role');
set session authorization tap_author;
select is((select (transaction, sql_role)::text from jobgrid.define_job('tap sql', kind => 'sql', command => 'select 1')),
    '(one,tap_author)', 'one transaction, as who defined it');
select matches(pg_temp.hint_of($$select jobgrid.define_job('tap sql', sql_role => 'postgres')$$), '^Name a role of your own',
    'nobody is told to become a superuser');
reset session authorization;
select is((select transaction from jobgrid.define_job('tap sql2', kind => 'sql', command => 'select 1',
                                                      sql_role => 'tap_sql', database => 'postgres')), 'none', 'none in another database');
select throws_ok($$select jobgrid.define_job('tap bad', kind => 'sql', command => 'select 1', sql_role => 'tap_sql', database => 'postgres',
                                             transaction => 'one')$$, 'JG003', null, 'one only where the jobs are');
select throws_ok($$select jobgrid.define_job('tap bad', kind => 'sql', command => 'select 1', sql_role => 'tap_none')$$,
    'JG003', null, 'the role exists');
select throws_ok($$select jobgrid.define_job('tap bad', kind => 'sql', command => 'select 1', sql_role => 'tap_nologin')$$,
    'JG003', null, 'the role can log in');
select is(pg_temp.hint_of($$select jobgrid.define_job('tap bad', kind => 'sql', command => 'select 1',
                                                      sql_role => 'tap_nologin')$$),
    'ALTER ROLE tap_nologin LOGIN;', 'and how');
select throws_ok($$select jobgrid.define_job('tap bad', kind => 'sql', command => 'select 1', sql_role => 'tap_sql', database => 'tap_none')$$,
    'JG003', null, 'the database exists');
select lives_ok($$select jobgrid.define_job('tap sql3', kind => 'sql', command => 'select 1', sql_role => 'tap_sql')$$,
    'a role that fits');

-- Edges
select lives_ok($$insert into jobgrid.job (name, kind, after) values
    ('tap c', 'noop', '{tap b,tap a}'), ('tap b', 'noop', '{tap a}'), ('tap a', 'noop', '{}')$$,
    'jobs of one statement name each other in any order');
select bag_eq($$select j.name as job, u.name as upstream from jobgrid_engine.job_edge e join jobgrid.job j on j.job_id = e.job_id
                join jobgrid.job u on u.job_id = e.upstream_id where j.name like 'tap %'$$,
    $$values ('tap c', 'tap b'), ('tap c', 'tap a'), ('tap b', 'tap a')$$, 'edges');
select bag_eq($$select j.name, s.state, s.seed_xid from jobgrid_engine.job_status s join jobgrid.job j using (job_id)
                where j.name like 'tap %'$$,
    $$values ('tap a', null, pg_current_xact_id()), ('tap b', null, pg_current_xact_id())$$, 'latches of who is waited for');
set constraints all immediate;
set constraints all deferred;
select throws_ok($$select pg_temp.commits($c$select jobgrid.define_job('tap a', after => '{tap c}')$c$)$$, 'JG003', null, 'a cycle');
select is(pg_temp.detail_of($$select jobgrid.define_job('tap a', after => '{tap c}')$$),
    'The cycle is: tap a after tap c after tap a.', 'and which');
select throws_ok($$select pg_temp.commits($c$select jobgrid.define_job('tap a', after => '{tap a}')$c$)$$, 'JG003', null, 'a job after itself');
select throws_ok($$select pg_temp.commits($c$select jobgrid.define_job('tap d', kind => 'noop', after => '{tap noob}')$c$)$$, 'JG001', null,
    'an unknown name');
select is(pg_temp.hint_of($$select jobgrid.define_job('tap d', kind => 'noop', after => '{tap noob}')$$),
    'Did you mean "tap noop"?', 'and which was meant');
update jobgrid.job set name = 'tap aa' where name = 'tap a';
select is((select after from jobgrid.job where name = 'tap c'), '{tap b,tap aa}', 'a rename reaches who waits');
select throws_ok($$delete from jobgrid.job where name = 'tap aa'$$, 'JG002', null, 'nobody waits for a job that is gone');
update jobgrid.job set after = '{}' where name in ('tap b', 'tap c');
set constraints all immediate;
set constraints all deferred;
select is_empty($$select from jobgrid_engine.job_edge e join jobgrid.job j using (job_id) where j.name like 'tap %'$$,
    'edges go with the names');
select lives_ok($$delete from jobgrid.job where name = 'tap aa'$$, 'then it can go');

-- A seed is how the last run ended
select run_id as run from jobgrid.submit('tap external') \gset
select is((select state from jobgrid.set_outcome(:run, 'succeeded', 'pgtap')), 'succeeded', 'a run that succeeded');
select lives_ok($$select jobgrid.define_job('tap b', after => array['tap external'])$$, 'a job after it');
select is((select s.state from jobgrid_engine.job_status s join jobgrid.job j using (job_id) where j.name = 'tap external'),
    'succeeded', 'its latch is seeded');
select throws_ok($$delete from jobgrid.job where name = 'tap external'$$, 'JG002', null, 'a job with runs stays');

-- Shipped rows
select throws_ok($$delete from jobgrid.tenant where name = 'default'$$, 'JG002', null, 'a shipped row stays');
select throws_ok($$update jobgrid.pool set name = 'x' where name = 'default'$$, 'JG002', null, 'under its name');
select throws_ok($$delete from jobgrid.job_default where setting = 'timeout'$$, 'JG002', null, 'defaults too');
select lives_ok($$insert into jobgrid.priority_level (name, rank, row_version) values ('low', 71, 4)$$,
    'a shipped row gives way to a dump''s');
select is((select (rank, row_version)::text from jobgrid.priority_level where name = 'low'), '(71,4)', 'as it was');
select throws_ok($$insert into jobgrid.priority_level (name, rank) values ('low', 72)$$, '23505', null,
    'an edited one does not');
update jobgrid.priority_level set description = 'x' where name = 'low';
select is((select row_version from jobgrid.priority_level where name = 'low'), 5, 'edits are counted');
select throws_ok($$insert into jobgrid.pool (name) values ('default')$$, '23505', null,
    'one that somebody refers to does not, either');
select throws_ok($$update jobgrid.job_default set value = '1001' where setting = 'attempts'$$, 'JG003', null,
    'a default fits');
select throws_ok($$update jobgrid.job_default set value = 'soon' where setting = 'timeout'$$, 'JG003', null, 'its type too');
select throws_ok($$insert into jobgrid.job_default values ('colour', 'red', 'x')$$, 'JG003', null, 'no other settings');
select throws_ok($$update jobgrid.tenant set time_zone = 'Mars/Olympus' where name = 'default'$$, 'JG003', null,
    'zones exist');

-- Kinds, limits, output
select throws_ok($$select jobgrid.define_job('tap k', kind => 'shel', command => 'x')$$, 'JG003', null, 'a kind exists');
insert into jobgrid.job_kind (name, description) values ('tap_kind', 'ours');
select is((select kind || ' ' || settings from jobgrid.define_job('tap k', kind => 'tap_kind', settings => '{"a": 1}')),
    'tap_kind {"a": 1}', 'a kind of one''s own has settings');
select throws_ok($$select jobgrid.define_job('tap k', command => 'x')$$, 'JG003', null, 'and no command');
select throws_ok($$select jobgrid.define_job('tap s', command => 'x', settings => '{"a": 1}')$$, 'JG003', null,
    'a shell job has a command, no settings');
select throws_ok($$insert into jobgrid.job_kind (name) values ('../sh')$$, '23514', null, 'a kind is a word');
select is((select (cpus, memory, processes, network, output)::text from jobgrid.define_job('tap limits', command => 'x',
        cpus => 1.5, memory => '4 GB', processes => 10, network => false, output => 'merged')),
    '(1.5,"4 GB",10,f,merged)', 'limits are what they were given as');
select throws_ok($$select jobgrid.define_job('tap limits', memory => '4 PERSONS')$$, 'JG003', null, 'sizes are sizes');
select throws_ok($$select jobgrid.define_job('tap limits', memory => '4 kB')$$, '23514', null, 'memory has a least');
select throws_ok($$select jobgrid.define_job('tap limits', output_file => 'out')$$, '23514', null, 'files are absolute');
select throws_ok($$select jobgrid.define_job('tap limits', output_file => '/o', error_file => '/e')$$, 'JG003', null,
    'merged output has one file');

-- Needs
select is((select (needs_cpus, needs_memory, needs_tokens)::text from jobgrid.define_job('tap needs', command => 'x',
        needs_cpus => 0.5, needs_memory => '4 GB', needs_tokens => '{"gpu": 2, "licence_x.1-b": 1}')),
    '(0.5,"4 GB","{""gpu"": 2, ""licence_x.1-b"": 1}")', 'needs are what they were given as');
select is((select (cpus, memory, needs_tokens)::text from jobgrid.define_job('tap needs', needs_tokens => '{}')), '(,,{})',
    'they are no limits, and tokens can be taken away');
select throws_ok($$select jobgrid.define_job('tap needs', needs_cpus => 0)$$, '23514', null, 'cores have a least');
select throws_ok($$select jobgrid.define_job('tap needs', needs_cpus => 'NaN')$$, '23514', null, 'and are a number');
select throws_ok($$select jobgrid.define_job('tap needs', needs_memory => '1 kB')$$, '23514', null, 'memory has a least');
select throws_ok($$select jobgrid.define_job('tap needs', needs_memory => 'much')$$, 'JG003', null, 'and is a size');
select throws_ok(format($$select jobgrid.define_job('tap needs', needs_tokens => %L)$$, v.tokens), '23514', null,
    'no tokens: ' || v.tokens)
from (values ('[]'), ('1'), ('{"": 1}'), ('{"a b": 1}'), ('{"a": 0}'), ('{"a": -1}'), ('{"a": 1.5}'), ('{"a": "1"}'),
             ('{"a": [1]}'), ('{"a": null}'), ('{"a": {"b": 1}}'), ('{"a": 1000001}'), ('{"a": 1e300}'),
             (format('{"%s": 1}', repeat('a', 64)))) v (tokens);
select throws_ok($$select jobgrid.define_job('tap needs', needs_tokens =>
    (select jsonb_object_agg('token' || n, 1) from generate_series(1, 100) n))$$, '23514', null, 'nor a thousand of them');

-- Members
select throws_ok($$insert into jobgrid.job (name, parent, kind) values ('step', 'no such flow', 'noop')$$, 'JG001', null,
    'a parent must exist');
select jobgrid.define_job('tap flow', kind => 'noop');
insert into jobgrid.job (name, parent, kind) values ('step', 'tap flow', 'noop');
select is((select full_name from jobgrid.job where name = 'step'), 'tap flow/step', 'the full name of a member');
update jobgrid.job set name = 'tap stream' where name = 'tap flow';
select is((select parent || ' ' || full_name from jobgrid.job where name = 'step'), 'tap stream tap stream/step',
    'a rename reaches the members');
select throws_ok($$delete from jobgrid.job where name = 'tap stream'$$, 'JG002', null, 'a parent with members stays');

select * from finish();
rollback;
