-- What validate() finds: what the triggers would refuse, in their words, what cannot work, what is of no use; and for whom.
begin;
select plan(49);

create function pg_temp.error_of(command text) returns text language plpgsql as $$
declare message text; detail text; hint text;
begin
    execute command;
    set constraints all immediate;
    return 'no error';
exception when others then
    get stacked diagnostics message = message_text, detail = pg_exception_detail, hint = pg_exception_hint;
    return concat_ws(' | ', message, nullif(detail, ''), nullif(hint, ''));
end $$;
create function pg_temp.found(table_name text, name text) returns text language sql as $$
    select string_agg(concat_ws(' | ', v.severity, v.problem, v.detail, v.hint), e'\n' order by v.problem)
    from jobgrid.validate() v
    where v.table_name = found.table_name and found.name in (v.key ->> 'name', v.key ->> 'full_name', v.key ->> 'job', v.key ->> 'setting')
$$;
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

select is_empty('select * from jobgrid.validate()', 'nothing is wrong with what is shipped');
select set_eq(
    $$select c.relname::text from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_proc p on p.oid = t.tgfoid
      where c.relnamespace = 'jobgrid'::regnamespace and c.relkind = 'r' and t.tgtype & 6 = 6 -- before insert
        and p.proname ~ '^(before|check)_' and p.proname <> all ('{check_ticket,check_ticket_pattern}')$$,
    $$select unnest('{application,blackout,calendar,global_value,job,job_default,schedule,tenant}'::text[])$$,
    'the tables whose triggers check a row are those that row_problem() knows');

create role tap_a;
create role tap_b;
create role tap_gone;
create role tap_sql login;
create role tap_viewer login in role jobgrid_viewer, tap_a;
create role tap_stranger login in role jobgrid_viewer;
insert into jobgrid.tenant (name) values ('tap A'), ('tap B');
insert into jobgrid.team (name, tenant, database_role) values
    ('tap a', 'tap A', 'tap_a'), ('tap b', 'tap B', 'tap_b'), ('tap gone', 'tap A', 'tap_gone');
insert into jobgrid.calendar (name) values ('tap base'), ('tap other');
insert into jobgrid.calendar (name, based_on) values ('tap calendar', '{tap base}');
insert into jobgrid.application (name, tenant, calendar) values ('tap app', 'tap A', 'tap calendar');
insert into jobgrid.queue (name) values ('tap queue');
insert into jobgrid.pool (name) values ('tap pool');
insert into jobgrid.job (name, tenant, kind, queue, pool, application, after) values
    ('tap job', 'tap A', 'noop', 'tap queue', 'tap pool', 'tap app', '{}'), ('tap after', 'tap A', 'noop', null, null, null, '{tap job}');
insert into jobgrid.job (name, tenant, kind, command, sql_role) values ('tap sql', 'tap A', 'sql', 'select 1', 'tap_sql');
insert into jobgrid.job (name, tenant, kind, time_zone, parameter_schema, parameters) values
    ('tap zone', 'tap A', 'external', 'Europe/Paris', '{"n": {"type": "integer"}}', '{"n": 1}');
insert into jobgrid.job (name, tenant, kind, owner_team, run_window) values ('tap owned', 'tap B', 'external', 'tap b', '08:00-18:00');
insert into jobgrid.schedule (tenant, job, name, schedule, calendar) values
    ('tap A', 'tap job', 'main', 'every day at 07:00', 'tap calendar'), ('tap A', 'tap job', 'second', 'every day at 07:00', 'tap calendar'),
    ('tap A', 'tap sql', 'main', 'every day at 07:00', 'tap other');
insert into jobgrid.blackout (name, tenant, job, schedule, lasts, calendar) values
    ('tap blackout', 'tap A', 'tap job', 'every sun at 02:00', '1 hour', 'tap other');
insert into jobgrid.global_value (tenant, name, value, owner_team) values ('tap A', 'tap value', '', 'tap a');
set constraints all immediate;
set constraints all deferred;
create temp view refused as
    select v.* from jobgrid.validate() v where v.severity = 'error';
select is_empty('select * from refused', 'nothing is refused of what has just been written');

-- What is found is what an edit would be told
create temp table breakage (n integer, command text, table_name text, name text, edit text);
insert into breakage values
    (0, $$delete from jobgrid.queue where name = 'tap queue'$$, 'job', 'tap job', $$update jobgrid.job set title = 'x' where name = 'tap job'$$),
    (1, $$delete from jobgrid.pool where name = 'tap pool'$$, 'job', 'tap job', $$update jobgrid.job set title = 'x' where name = 'tap job'$$),
    (2, $$update jobgrid.job set kind = 'tap_none' where name = 'tap job'$$, 'job', 'tap job', $$update jobgrid.job set title = 'x' where name = 'tap job'$$),
    (3, $$delete from jobgrid.application where name = 'tap app'$$, 'job', 'tap job', $$update jobgrid.job set title = 'x' where name = 'tap job'$$),
    (4, $$update jobgrid.job set name = 'tap renamed' where name = 'tap job'$$, 'job', 'tap after',
        $$update jobgrid.job set after = '{tap job,tap job}' where name = 'tap after'$$),
    (5, $$alter role tap_sql nologin$$, 'job', 'tap sql', $$update jobgrid.job set command = 'select 2' where name = 'tap sql'$$),
    (6, $$alter role tap_sql rename to tap_renamed$$, 'job', 'tap sql', $$update jobgrid.job set command = 'select 2' where name = 'tap sql'$$),
    (7, $$update jobgrid.job set time_zone = 'Mars/Olympus' where name = 'tap zone'$$, 'job', 'tap zone',
        $$update jobgrid.job set time_zone = 'Mars/Olympus' where name = 'tap after'$$),
    (8, $$update jobgrid.job set parameters = '{"n": "x"}' where name = 'tap zone'$$, 'job', 'tap zone',
        $$update jobgrid.job set parameters = '{"n": "x"}', parameter_schema = parameter_schema || '{"m": {"type": "string"}}' where name = 'tap zone'$$),
    (9, $$update jobgrid.team set tenant = 'tap A' where name = 'tap b'$$, 'job', 'tap owned', $$update jobgrid.job set title = 'x' where name = 'tap owned'$$),
    (10, $$update jobgrid.job set run_window = '8 to 6' where name = 'tap owned'$$, 'job', 'tap owned',
        $$update jobgrid.job set title = 'x' where name = 'tap owned'$$),
    (11, $$update jobgrid.schedule set schedule = 'every weekdy' where job = 'tap sql'$$, 'schedule', 'tap sql',
        $$update jobgrid.schedule set note = 'x' where job = 'tap sql'$$),
    (12, $$delete from jobgrid.calendar where name = 'tap other'$$, 'schedule', 'tap sql', $$update jobgrid.schedule set note = 'x' where job = 'tap sql'$$),
    (13, $$delete from jobgrid.calendar where name = 'tap other'$$, 'blackout', 'tap blackout', $$update jobgrid.blackout set reason = 'x'$$),
    (14, $$delete from jobgrid.calendar where name = 'tap base'$$, 'calendar', 'tap calendar', $$update jobgrid.calendar set description = 'x' where name = 'tap calendar'$$),
    (15, $$update jobgrid.application set calendar = 'tap none'$$, 'application', 'tap app', $$update jobgrid.application set calendar = 'tap none'$$),
    (16, $$update jobgrid.tenant set default_calendar = 'tap none' where name = 'tap A'$$, 'tenant', 'tap A',
        $$update jobgrid.tenant set default_calendar = 'tap none' where name = 'tap A'$$),
    (17, $$update jobgrid.global_value set owner_team = 'tap b'$$, 'global_value', 'tap value', $$update jobgrid.global_value set value = 'x'$$),
    (18, $$update jobgrid.job_default set value = 'tap none' where setting = 'pool'$$, 'job_default', 'pool',
        $$update jobgrid.job_default set value = 'tap none' where setting = 'pool'$$),
    (19, $$update jobgrid.schedule set schedule = 'every weekdy' where name = 'second'$$, 'schedule', 'tap job',
        $$update jobgrid.schedule set note = 'x' where name = 'second'$$);
create function pg_temp.compared(b breakage) returns text language plpgsql as $$
declare answer text;
begin
    set local session_replication_role = replica;
    execute b.command;
    set local session_replication_role = origin;
    answer := (select string_agg(concat_ws(' | ', r.problem, r.detail, r.hint), e'\n') from refused r
               where r.table_name = b.table_name and b.name in (r.key ->> 'name', r.key ->> 'full_name', r.key ->> 'job', r.key ->> 'setting'));
    if answer = pg_temp.error_of(b.edit) then
        answer := 'the same';
    else
        answer := format(e'found: %s\ntold: %s', answer, pg_temp.error_of(b.edit));
    end if;
    raise sqlstate 'TAP00' using message = answer;
exception when sqlstate 'TAP00' then
    return sqlerrm;
end $$;
select is(pg_temp.compared(b), 'the same', b.command) from breakage b order by b.n;
set local session_replication_role = replica;
savepoint sound;
update jobgrid.schedule set schedule = 'every weekdy' where job = 'tap job';
set local session_replication_role = origin;
select is((select string_agg(r.key ->> 'name', ' ' order by r.key) from refused r), 'main second', 'schedules that are alike are judged once, and told of each');
rollback to sound;
set local session_replication_role = replica;
delete from jobgrid.queue where name = 'tap queue';
set local session_replication_role = origin;
select is((select string_agg(r.key::text, ' ') from refused r), '{"tenant": "tap A", "full_name": "tap job"}', 'and no row beside');
rollback to sound;
set local session_replication_role = origin;

-- Who sees what
insert into jobgrid.queue (name) values ('tap loose');
insert into jobgrid.schedule (tenant, job, schedule) values ('tap B', 'tap owned', 'every day at 07:00');
insert into jobgrid.blackout (name, tenant, starts_at) values ('tap broken', 'tap B', '2026-01-01');
insert into jobgrid.calendar (name, tenant) values ('tap broken', 'tap B');
insert into jobgrid.global_value (tenant, name, value) values ('tap B', 'tap broken', '');
savepoint whole;
set local session_replication_role = replica;
update jobgrid.job set kind = 'tap_none' where name = 'tap owned';
update jobgrid.schedule set schedule = 'never' where job = 'tap owned';
update jobgrid.blackout set time_zone = 'Mars' where name = 'tap broken';
update jobgrid.calendar set time_zone = 'Mars' where name = 'tap broken';
update jobgrid.tenant set time_zone = 'Mars' where name = 'tap B';
update jobgrid.global_value set owner_team = 'tap a' where name = 'tap broken';
set local session_replication_role = origin;
insert into jobgrid.application (name, tenant) values ('tap loose', 'tap B');
select is(pg_temp.try(v.role, format($$select string_agg(distinct coalesce(key ->> 'tenant', table_name), ' ') from jobgrid.validate(%s)$$, v.tenant)), v.answer, v.what)
from (values
    ('tap_viewer'::name, '', 'queue tap A', 'a viewer is told of his tenant and of what all share'),
    ('tap_viewer', '''tap A''', 'queue tap A', 'also by its name'), ('tap_viewer', '''tap B''', 'JG001', 'the other does not exist for him'),
    ('tap_stranger', '', 'queue', 'no team, nothing but what is shared')) v (role, tenant, answer, what);
select is((select string_agg(v.table_name, ' ') from jobgrid.validate('tap B') v), 'blackout calendar global_value job schedule tenant application calendar queue',
    'of one tenant alone');
rollback to whole;
delete from jobgrid.queue where name = 'tap loose';
delete from jobgrid.application where name = 'tap loose';
delete from jobgrid.calendar where name = 'tap broken';
delete from jobgrid.blackout where name = 'tap broken';
delete from jobgrid.schedule where job = 'tap owned';

-- What is as it may be, and cannot work
select is(pg_temp.found('job', 'tap after'),
    'warning | no connected executor could run job "tap after" | What runs it has: kind noop, pool "default". | '
    'SELECT executor, state, pool, site, capabilities, kinds FROM jobgrid.executor;', 'nobody could run it');
insert into jobgrid.job (name, tenant, kind) values ('tap beside', 'tap A', 'noop');
select is(pg_temp.found('job', 'tap after') ~ '^warning . no connected executor could run job "tap after" and 1 more . ', true, 'told once of what needs the same');
delete from jobgrid.job where name = 'tap beside';
update jobgrid.job set run_by = 'external' where kind = 'noop';
select is(pg_temp.found('job', 'tap after'), null, 'what is run elsewhere needs none');
update jobgrid.job set enabled = false where name = 'tap job';
select is(pg_temp.found('job', 'tap after'),
    'warning | job "tap after" waits for job "tap job", which is disabled | Its runs wait until that job has succeeded on their business date. | '
    'UPDATE jobgrid.job SET enabled = true WHERE tenant = ''tap A'' AND full_name = ''tap job'';', 'a job that waits for one that is disabled');
update jobgrid.job set enabled = true where name = 'tap job';

-- Times
select is(pg_temp.found('schedule', 'tap job'), null, 'schedules that the scheduler has yet to look at');
update jobgrid_engine.fire_cursor c set edited = false, next_at = 'infinity' from jobgrid.schedule s where s.schedule_id = c.schedule_id and s.name = 'second';
select schedule_id as second from jobgrid.schedule where name = 'second' \gset
select is(pg_temp.found('schedule', 'tap job'), format('warning | schedule "second" of job "tap job" does not fire any more | '
    'UPDATE jobgrid.schedule SET enabled = false WHERE schedule_id = %s;', :second), 'one that never fires again');
update jobgrid_engine.fire_cursor c set error = 'tap trouble' where schedule_id = :second;
select is(pg_temp.found('schedule', 'tap job'), format('error | schedule "second" of job "tap job" cannot fire: tap trouble | '
    'UPDATE jobgrid.schedule SET enabled = false WHERE schedule_id = %s;', :second), 'one that cannot fire');
update jobgrid.schedule set enabled = false where schedule_id = :second;
select is(pg_temp.found('schedule', 'tap job'), null, 'a disabled one may be as it is');
update jobgrid.calendar set known_until = current_date + 30 where name = 'tap base';
select is(pg_temp.found('calendar', 'tap calendar') ~ '^warning . calendar "tap calendar" knows its days until .* only . 2 schedules use it; ', true, 'a calendar that ends');
update jobgrid.calendar set known_until = current_date - 1 where name = 'tap base';
select is(pg_temp.found('calendar', 'tap calendar') ~ '^error . calendar "tap calendar" knows its days until', true, 'one that has ended');
select is(pg_temp.error_of(regexp_replace(hint, '^[^:]*: ', '')), 'no error', 'the hint works') from jobgrid.validate() v where v.key ->> 'name' = 'tap calendar';
update jobgrid.calendar set known_until = null where name = 'tap base';
insert into jobgrid.blackout (name, tenant, job, starts_at, ends_at) values ('tap over', 'tap A', 'tap job', '2026-01-01', '2026-01-02');
select is(pg_temp.found('blackout', 'tap over'), 'notice | blackout "tap over" is over for ever | DELETE FROM jobgrid.blackout WHERE name = ''tap over'';', 'a blackout that is over');
update jobgrid.blackout set valid_until = current_date - 2 where name = 'tap blackout';
select is(pg_temp.found('blackout', 'tap blackout') ~ 'is over for ever', true, 'one whose schedule is');
update jobgrid.blackout set valid_until = current_date where name = 'tap blackout';
select is(pg_temp.found('blackout', 'tap blackout'), null, 'it may begin once more');

-- Loose ends
drop role tap_gone;
select is(pg_temp.found('team', 'tap gone'), 'error | team "tap gone": role "tap_gone" does not exist | '
    'Nobody belongs to the team: what it owns is edited by admins alone. | CREATE ROLE tap_gone;', 'a team whose role is gone');
insert into jobgrid.blackout (name, tenant, tag, starts_at) values ('tap nobody', 'tap A', 'tap tag', '2026-01-01');
select is(pg_temp.found('blackout', 'tap nobody'), 'notice | blackout "tap nobody" is for no job | No job fits all that it names. | '
    'SELECT * FROM jobgrid.blackout WHERE name = ''tap nobody'';', 'a blackout of no job');
select is_empty($$select * from jobgrid.validate() where problem like 'nothing refers to %'$$, 'all is used');
insert into jobgrid.tenant (name) values ('tap unused');
insert into jobgrid.application (name, tenant) values ('tap unused', 'tap A');
insert into jobgrid.calendar (name, based_on) values ('tap unused', '{tap base}');
insert into jobgrid.queue (name) values ('tap unused');
insert into jobgrid.pool (name) values ('tap unused');
insert into jobgrid.resource (name, amount) values ('tap_unused', 1);
insert into jobgrid.priority_level (name, rank) values ('tap unused', 999);
insert into jobgrid.job_kind (name) values ('tap_unused');
select is((select string_agg(format('%s %s', v.severity, v.problem), ', ' order by v.problem) from jobgrid.validate() v where v.problem like 'nothing refers to %'),
    'notice nothing refers to application "tap unused", notice nothing refers to calendar "tap unused", notice nothing refers to job kind "tap_unused", '
    'notice nothing refers to pool "tap unused", notice nothing refers to priority level "tap unused", notice nothing refers to queue "tap unused", '
    'notice nothing refers to resource "tap_unused", notice nothing refers to tenant "tap unused"', 'what nothing refers to');
select is((select string_agg(pg_temp.error_of(v.hint), ', ') from jobgrid.validate() v where v.problem like 'nothing refers to %'),
    'no error, no error, no error, no error, no error, no error, no error, no error', 'and what nothing refers to can go');

select * from finish();
rollback;
