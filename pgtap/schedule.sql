-- Schedules and calendars: what texts mean, when they fire, what an edit of their rows is refused for.
-- Deferred triggers are fired with SET CONSTRAINTS, because the file is rolled back and never commits.
begin;
select plan(141);

create role tap_team;
create role tap_business login in role jobgrid_business, tap_team;
create role tap_viewer login in role jobgrid_viewer, tap_team;
create role tap_stranger login in role jobgrid_business;
insert into jobgrid.team (name, database_role) values ('tap team', 'tap_team');
create function pg_temp.error_of(command text) returns text language plpgsql as $$
declare message text; detail text; hint text;
begin
    execute command;
    return 'no error';
exception when others then
    get stacked diagnostics message = message_text, detail = pg_exception_detail, hint = pg_exception_hint;
    return concat_ws(' | ', sqlstate, message, nullif(detail, ''), nullif(hint, ''));
end $$;
create function pg_temp.times(schedule text, zone text, after text, n integer, calendar text default null, when_holiday text default null)
returns text language sql as $$
    select string_agg(to_char(t.local_time, 'DD Mon HH24:MI'), ', ' order by t.run_at)
    from jobgrid.schedule_times(schedule, zone, after::timestamptz, n, calendar, when_holiday) t
$$;
create function pg_temp.as_role(role name, command text) returns text language plpgsql as $$
declare answer text;
begin
    execute format('set local session authorization %I', role);
    begin
        execute command into answer;
    exception when others then
        answer := sqlstate || ' ' || sqlerrm;
    end;
    set local session authorization default;
    return answer;
end $$;
select jobgrid.define_job('tap job', kind => 'noop', owner_team => 'tap team'), jobgrid.define_job('tap other', kind => 'noop') \g /dev/null

-- Words and times, without any job
select is(jobgrid.describe_schedule('30 7 * * 1-5'), 'every weekday at 07:30', 'cron in words');
select is(pg_temp.error_of($$select jobgrid.describe_schedule('every weekdy at 02:30')$$),
    'JG003 | "weekdy" at position 7 is not a day | Did you mean: every weekday at 02:30', 'an error names word, position and a mend');
select is((select (run_at, local_time, utc_offset, time_zone, note)::text
           from jobgrid.schedule_times('at 07:30 in europe/london', after => '2026-07-01 12:00+00', n => 1)),
    '("2026-07-02 06:30:00+00","2026-07-02 07:30:00",01:00:00,europe/london,)', 'a zone whatever its case');
select is((select count(*) from jobgrid.schedule_times('every minute')), 5::bigint, 'five times where nothing is said');
select is((select note from jobgrid.schedule_times('at 01:30', 'Europe/London', '2026-03-28 12:00+00', 1)),
    '01:30 does not exist on this day: when_clock_skips', 'a time that the clock skips is noted');
select is((select note from jobgrid.schedule_times('at 01:30', 'Europe/London', '2026-10-24 12:00+00', 1)),
    '01:30 comes twice on this day: when_clock_repeats', 'and one that comes twice');
select is((select count(*) from jobgrid.schedule_times('at 01:30', 'Europe/London', '2026-10-24 12:00+00', 2, when_clock_repeats => 'both')
           where local_time = '2026-10-25 01:30'), 2::bigint, 'with both it fires twice');
select is(pg_temp.error_of($$select * from jobgrid.schedule_times('daily', 'Europe/Londn')$$),
    'JG003 | time zone "Europe/Londn" does not exist | List zones with: SELECT name FROM pg_timezone_names ORDER BY name;', 'a zone that is none');
select is(pg_temp.error_of($$select * from jobgrid.schedule_times('daily', '../../etc/passwd')$$),
    'JG003 | time zone "../../etc/passwd" does not exist | List zones with: SELECT name FROM pg_timezone_names ORDER BY name;', 'nor a path');
select is(pg_temp.error_of($$select * from jobgrid.schedule_times('daily', when_clock_skips => 'sometimes')$$),
    'JG003 | when_clock_skips is run_after, skip or autosys, not "sometimes"', 'a policy that is none');
select is(pg_temp.error_of($$select * from jobgrid.schedule_times('daily', n => 1000000)$$),
    'JG008 | schedule_times gives between 0 and 100000 times', 'there is a limit');
select is(pg_temp.error_of($$select * from jobgrid.schedule_times('daily', after => 'infinity')$$),
    'JG003 | after must be a moment | For example after => now().', 'infinity is no moment');
select is(pg_temp.error_of($$select * from jobgrid.schedule_times('daily', calendar => 'nobody''s')$$),
    'JG001 | calendar "nobody''s" does not exist | List calendars with: SELECT name, description FROM jobgrid.calendar;', 'a calendar that is none');
select is(pg_temp.error_of($$select * from jobgrid.schedule_times('last day of fiscal year')$$),
    $$JG003 | its calendar has no fiscal years | Give it a calendar whose fiscal_years are set: first days of fiscal years, such as '{2026-02-01,2027-01-31}'.$$,
    'fiscal years must be known');
select is(pg_temp.error_of($$select * from jobgrid.schedule_times(null)$$), 'JG003 | argument "schedule" must not be null', 'no schedule is an error');

-- Calendars
insert into jobgrid.calendar (name) values ('tap London'), ('tap New York');
insert into jobgrid.calendar_day (calendar, day, label) values
    ('tap London', '2026-04-03', 'Good Friday'), ('tap London', '2026-04-06', 'Easter Monday'), ('tap London', '2026-05-25', 'Spring'),
    ('tap New York', '2026-04-03', 'Good Friday'), ('tap New York', '2026-05-25', 'Memorial Day'), ('tap New York', '2026-07-03', 'Independence Day');
insert into jobgrid.calendar_day (calendar, day, kind, label) values ('tap London', '2026-12-24', 'half', 'Christmas Eve'),
    ('tap London', '2026-04-04', 'working', 'a Saturday worked');
insert into jobgrid.calendar (name, based_on) values ('tap both', '{tap London,tap New York}');
insert into jobgrid.calendar (name, based_on, combine) values ('tap either', '{tap London,tap New York}', 'either');
select is((select string_agg(to_char(day, 'DD Mon') || ' ' || kind || coalesce(' ' || label, ''), ', ' order by day)
           from jobgrid.calendar_days('tap London', '2026-04-02', '2026-04-07')),
    '02 Apr working, 03 Apr holiday Good Friday, 04 Apr working a Saturday worked, 05 Apr free, 06 Apr holiday Easter Monday, 07 Apr working',
    'the days of a calendar');
select is((select string_agg(to_char(day, 'DD Mon'), ', ' order by day) from jobgrid.calendar_days('tap both', '2026-04-01', '2026-07-31')
           where not working and extract(isodow from day) < 6), '03 Apr, 06 Apr, 25 May, 03 Jul', 'both: what one does not work');
select is((select string_agg(to_char(day, 'DD Mon'), ', ' order by day) from jobgrid.calendar_days('tap either', '2026-04-01', '2026-07-31')
           where not working and extract(isodow from day) < 6), '03 Apr, 25 May', 'either: what neither works');
select is((select label from jobgrid.calendar_days('tap both', '2026-07-03', '2026-07-03')), 'Independence Day', 'with the name it has there');
select is(pg_temp.times('every weekday at 07:30', 'UTC', '2026-04-01 12:00+00', 3, 'tap London'),
    '02 Apr 07:30, 07 Apr 07:30, 08 Apr 07:30', 'a schedule with a calendar skips its holidays');
select is(pg_temp.times('every weekday at 07:30', 'UTC', '2026-04-01 12:00+00', 3, 'tap London', 'run_anyway'),
    '02 Apr 07:30, 03 Apr 07:30, 06 Apr 07:30', 'or runs anyway');
select is(pg_temp.times('on the 5th at 07:30', 'UTC', '2026-04-01 12:00+00', 1, 'tap London', 'run_before'), '04 Apr 07:30', 'or before');
select is(pg_temp.times('on the 5th at 07:30', 'UTC', '2026-04-01 12:00+00', 1, 'tap London', 'run_after'), '07 Apr 07:30', 'or after');
select is(pg_temp.times('every day at 07:30', 'UTC', '2026-04-01 12:00+00', 3, 'tap London', 'run_after'),
    '02 Apr 07:30, 04 Apr 07:30, 07 Apr 07:30', 'moved onto a day that has its own fire they are one');
select is(pg_temp.times('every working day at 07:30', 'UTC', '2026-04-02 12:00+00', 2, 'tap both'), '07 Apr 07:30, 08 Apr 07:30', 'working days are the calendar''s');
select is(pg_temp.times('2nd working day of month at 06:00', 'UTC', '2026-04-01 00:00+00', 2, 'tap London'), '02 Apr 06:00, 04 May 06:00', 'ordinals count them');
select is(pg_temp.times('2 working days before month end at 20:00', 'UTC', '2026-05-01 00:00+00', 1, 'tap London'), '27 May 20:00', 'from the end too');
select is(pg_temp.times('every non-working day at 07:30', 'UTC', '2026-04-02 12:00+00', 3, 'tap London'),
    '03 Apr 07:30, 05 Apr 07:30, 06 Apr 07:30', 'days without work that a schedule asks for are not skipped');
select is(pg_temp.times('on the 3rd if non-working day', 'UTC', '2026-04-02 12:00+00', 2, 'tap London', 'skip'), '03 Apr 00:00, 03 May 00:00',
    'nor where skip is said');
insert into jobgrid.calendar (name, workdays) values ('tap Gulf', '{sun,mon,tue,wed,thu}'), ('tap never', '{}');
select is(pg_temp.times('every working day', 'UTC', '2026-04-02 12:00+00', 2, 'tap Gulf'), '05 Apr 00:00, 06 Apr 00:00', 'a week of other days');
select is(pg_temp.times('every working day', 'UTC', '2026-04-02 12:00+00', 2, 'tap never'), null, 'a calendar without any is no Monday to Friday');
update jobgrid.calendar set fiscal_years = '{2026-02-01,2027-01-31,2028-01-30}' where name = 'tap New York';
select is(pg_temp.times('last day of fiscal period', 'UTC', '2026-02-01 00:00+00', 3, 'tap New York', 'run_anyway'),
    '28 Feb 00:00, 28 Mar 00:00, 02 May 00:00', '4, 4 and 5 weeks');
select is(pg_temp.times('last working day of fiscal quarter', 'UTC', '2026-02-01 00:00+00', 1, 'tap New York'), '01 May 00:00', 'fiscal quarters');
select is(pg_temp.times('1st day of fiscal year', 'UTC', '2026-03-01 00:00+00', 5, 'tap both', 'run_anyway'), '31 Jan 00:00',
    'fiscal years are inherited, and end where they are known no more');

select is(pg_temp.error_of($$update jobgrid.calendar set based_on = '{tap both}' where name = 'tap London'$$),
    'JG003 | calendar "tap London" would be based on itself | Calendar "tap both" is based on it. | Take "tap both" out of based_on.', 'no cycles');
select is(pg_temp.error_of($$insert into jobgrid.calendar (name, based_on) values ('tap x', '{tap Londn}')$$),
    'JG001 | calendar "tap x": calendar "tap Londn" does not exist | Did you mean "tap London"?', 'a base must exist');
select is(pg_temp.error_of($$delete from jobgrid.calendar where name = 'tap London'$$),
    'JG002 | calendar "tap London" cannot be deleted: others depend on it | They are calendar "tap both", calendar "tap either". | '
    'Change them first: SELECT name FROM jobgrid.calendar WHERE based_on @> array[''tap London''];',
    'a base cannot be deleted');
select is(pg_temp.error_of($$insert into jobgrid.calendar (name, fiscal_years) values ('tap x', '{2026-02-01,2026-03-01}')$$),
    'JG003 | calendar "tap x": fiscal_years are first days of fiscal years, one after the other | '
    'For example ''{2026-02-01,2027-01-31,2028-01-30}''; the last one only ends the year before it.', 'fiscal years are about a year');
select is(pg_temp.error_of($$insert into jobgrid.calendar (name, time_zone) values ('tap x', 'Mars')$$),
    'JG003 | time zone "Mars" does not exist | List zones with: SELECT name FROM pg_timezone_names ORDER BY name;', 'its zone must exist');
select throws_like($$insert into jobgrid.calendar (name, workdays) values ('tap x', '{monday}')$$, '%workdays are mon, tue, wed, thu, fri, sat, sun%', 'days of the week');
select throws_like($$insert into jobgrid.calendar_day (calendar, day, kind) values ('tap London', '2026-01-01', 'feast')$$, '%kind is holiday, working or half%', 'kinds of days');
select throws_like($$insert into jobgrid.calendar_day (calendar, day) values ('tap London', '1890-01-01')$$, '%a day lies between 1970 and 2199%', 'years');
select throws_ok($$insert into jobgrid.calendar (name) values ('TAP LONDON')$$, '23505', null, 'names are unique whatever their case');
-- Rules of AutoSys
insert into jobgrid.calendar (name, rule) values ('tap rule', e'workday: mo,tu,we,th,fr\nnon_workday: W\nholiday: W\nholcal: tap London\ncondition: MNTHD#03');
select is((select based_on from jobgrid.calendar where name = 'tap rule'), '{tap London}', 'a rule is based on what it refers to');
select is(pg_temp.times('every working day at 06:00', 'UTC', '2026-04-01 12:00+00', 3, 'tap rule'), '07 Apr 06:00, 04 May 06:00, 03 Jun 06:00',
    'its days are those of the rule, over holidays and weekends');
insert into jobgrid.calendar (name, cycle) values ('tap cycle', '{"[2026-04-06,2026-05-03]","[2026-05-04,2026-05-31]"}');
insert into jobgrid.calendar (name, rule) values ('tap cycle end', e'cyccal: tap cycle\r\n\r\nCondition: CWEEK#1\r\nadjust: -1');
select is((select string_agg(to_char(day, 'DD Mon'), ' ' order by day) from jobgrid.calendar_days('tap cycle end', '2026-04-01', '2026-06-01') where working),
    '05 Apr 06 Apr 07 Apr 08 Apr 09 Apr 10 Apr 11 Apr 03 May 04 May 05 May 06 May 07 May 08 May 09 May', 'periods of a cycle, and an adjustment');
select is(pg_temp.error_of($$insert into jobgrid.calendar (name, rule) values ('tap x', e'workday: mo\ncondition: WORKD#1 & FOO')$$) like
    'JG003 | the rule of the calendar: line 2: condition, at position 11: %', true, 'a rule that is none has a line and a position');
select is(pg_temp.error_of($$insert into jobgrid.calendar (name, rule) values ('tap x', 'holcal: tap Londn')$$),
    'JG001 | calendar "tap x": calendar "tap Londn" does not exist | Did you mean "tap London"?', 'what it refers to must exist');
select is(pg_temp.error_of($$insert into jobgrid.calendar (name, rule) values ('tap x', 'colour: red')$$) like '%line 1: "colour: red" does not belong into a rule%', true, 'and each line be known');
select is(pg_temp.error_of($$insert into jobgrid.calendar (name, cycle) values ('tap x', '{"[2026-04-06,2026-05-03]","[2026-05-01,2026-05-31]"}')$$) like
    'JG003 | calendar "tap x": the periods of a cycle are at most 366 days each and do not overlap%', true, 'periods do not overlap');

-- Files of holidays
create function pg_temp.ics(variadic lines text[]) returns text language sql as $$
    select e'BEGIN:VCALENDAR\r\nVERSION:2.0\r\n' || array_to_string(lines, e'\r\n') || e'\r\nEND:VCALENDAR\r\n'
$$;
select is((select string_agg(concat_ws(' ', day, label, change), ', ' order by day) from jobgrid.import_holidays('tap New York', pg_temp.ics(
    'BEGIN:VEVENT', 'DTSTART;VALUE=DATE:20261225', 'SUMMARY:Christmas', 'END:VEVENT',
    'BEGIN:VEVENT', 'DTSTART;VALUE=DATE:20260704', 'RRULE:FREQ=YEARLY', 'SUMMARY:4 July\, yearly', 'END:VEVENT',
    'BEGIN:VEVENT', 'DTSTART;VALUE=DATE:20260403', 'SUMMARY:Good Friday', 'END:VEVENT'), until => '2028-01-01')),
    '2026-04-03 Good Friday kept, 2026-07-04 4 July, yearly added, 2026-12-25 Christmas added, 2027-07-04 4 July, yearly added', 'a file of holidays');
select is((select count(*) from jobgrid.calendar_day where calendar = 'tap New York' and kind = 'holiday'), 6::bigint, 'is written');
select is((select change from jobgrid.import_holidays('tap New York', pg_temp.ics('BEGIN:VEVENT', 'DTSTART:20261225', 'SUMMARY:Noel', 'END:VEVENT'), dry_run => true)),
    'changed', 'with dry_run it is only told');
select is((select label from jobgrid.calendar_day where calendar = 'tap New York' and day = '2026-12-25'), 'Christmas', 'and not written');
select is(pg_temp.error_of($$select * from jobgrid.import_holidays('tap New York', e'BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261325\nEND:VEVENT\nEND:VCALENDAR')$$),
    'JG003 | line 3 of the calendar file: DTSTART is no date that exists | It is to be an iCalendar file (RFC 5545), as feeds of public holidays are.', 'a bad file has a line');
select is((select count(*) from jobgrid.import_holidays('tap New York', pg_temp.ics('BEGIN:VEVENT', 'DTSTART:20200101', 'RRULE:FREQ=YEARLY', 'END:VEVENT'),
    since => current_date, dry_run => true)), 5::bigint, 'yearly ones are written out five years ahead');
select is(pg_temp.error_of($$select * from jobgrid.import_holidays('tap nobody', e'BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261225\nEND:VEVENT\nEND:VCALENDAR')$$) like 'JG001 %', true, 'a calendar that is none');
update jobgrid.calendar set name = 'tap UK' where name = 'tap London';
select is((select based_on from jobgrid.calendar where name = 'tap both'), '{tap UK,tap New York}', 'a rename reaches those that are based on it');
select is((select count(*) from jobgrid.calendar_day where calendar = 'tap UK'), 5::bigint, 'and its days');
select is((select rule like '%holcal: tap UK%' and based_on = '{tap UK}' from jobgrid.calendar where name = 'tap rule'), true, 'and rules');

-- Rows of schedule
insert into jobgrid.schedule (job, schedule) values ('tap job', 'every weekday at 07:30');
select is((select (tenant, name, when_missed, missed_limit, on_overlap, jitter, enabled, row_version, updated_by)::text from jobgrid.schedule),
    format('(default,main,latest,100,wait,00:00:00,t,1,%s)', session_user), 'a schedule shows its defaults');
select jobgrid.define_job('tap critical', kind => 'noop', criticality => 1) \g /dev/null
insert into jobgrid.schedule (job, schedule) values ('tap critical', 'daily');
select is((select when_missed from jobgrid.schedule where job = 'tap critical'), 'ask', 'of a critical job a missed fire asks');
select is(pg_temp.error_of($$insert into jobgrid.schedule (job, name, schedule) values ('tap job', 'x', 'every weekdy at 02:30')$$),
    'JG003 | schedule of job "tap job": "weekdy" at position 7 is not a day | Did you mean: every weekday at 02:30', 'a bad text is refused');
select is(pg_temp.error_of($$update jobgrid.schedule set schedule = '75 * * * *' where job = 'tap job'$$),
    'JG003 | schedule of job "tap job": minute 75 is not between 0 and 59, at position 1 | For example: UPDATE jobgrid.schedule SET schedule = ''every weekday at 07:30'' WHERE job = ''tap job'';', 'also in an edit');
select is(pg_temp.error_of($$update jobgrid.schedule set time_zone = 'Europe/Londn' where job = 'tap job'$$),
    'JG003 | schedule of job "tap job": time zone "Europe/Londn" does not exist | List zones with: SELECT name FROM pg_timezone_names ORDER BY name;', 'a bad zone');
select is(pg_temp.error_of($$update jobgrid.schedule set schedule = 'daily in Europe/Londn' where job = 'tap job'$$),
    'JG003 | schedule of job "tap job": time zone "Europe/Londn" does not exist | List zones with: SELECT name FROM pg_timezone_names ORDER BY name;', 'inside the text too');
select is(pg_temp.error_of($$insert into jobgrid.schedule (job, schedule) values ('tap jbo', 'daily')$$),
    'JG001 | job "tap jbo" does not exist | Did you mean "tap job"?', 'a job that is none');
select is(pg_temp.error_of($$update jobgrid.schedule set calendar = 'tap U' where job = 'tap job'$$),
    'JG001 | schedule of job "tap job": calendar "tap U" does not exist | Did you mean "tap UK"?', 'a calendar that is none');
select is(pg_temp.error_of($$update jobgrid.schedule set when_holiday = 'skip' where job = 'tap job'$$),
    'JG003 | schedule of job "tap job": when_holiday needs a calendar | Without one no day is a holiday. | SELECT name, description FROM jobgrid.calendar;',
    'holidays come from a calendar');
select is(pg_temp.error_of($$update jobgrid.schedule set when_missed = 'lates' where job = 'tap job'$$),
    'JG003 | schedule of job "tap job": when_missed cannot be "lates" | It is one of none, latest, all, ask. | '
    'For example: UPDATE jobgrid.schedule SET when_missed = ''latest'' WHERE job = ''tap job'';', 'words are checked, with the one that was meant');
select is(pg_temp.error_of(format('update jobgrid.schedule set %I = %L where job = %L', c, 'maybe', 'tap job')) like 'JG003 %cannot be "maybe"%', true, c)
from unnest('{when_holiday,when_clock_skips,when_clock_repeats,on_overlap}'::text[]) c;
select is(pg_temp.error_of($$update jobgrid.schedule set max_parallel = 3 where job = 'tap job'$$),
    'JG003 | schedule of job "tap job": max_parallel belongs to on_overlap parallel | '
    'UPDATE jobgrid.schedule SET on_overlap = ''parallel'', max_parallel = 3 WHERE job = ''tap job'';', 'max_parallel');
select is(pg_temp.error_of($$update jobgrid.schedule set schedule = 'last day of fiscal year' where job = 'tap job'$$) like
    'JG003 | schedule of job "tap job": its calendar has no fiscal years%', true, 'a schedule that its calendar cannot serve is refused at once');
update jobgrid.job_default set value = 'none' where setting = 'when_missed';
update jobgrid.job_default set value = 'skip' where setting = 'on_overlap';
insert into jobgrid.schedule (job, name, schedule) values ('tap other', 'defaults', 'daily');
select is((select (when_missed, on_overlap)::text from jobgrid.schedule where job = 'tap other'), '(none,skip)', 'defaults are those of job_default');
delete from jobgrid.schedule where job = 'tap other';
select throws_like($$update jobgrid.schedule set jitter = '2 days'$$, '%jitter is between 0 and 1 day%', 'jitter');
select is(pg_temp.error_of($$update jobgrid.schedule set valid_from = '2026-02-01', valid_until = '2026-01-01' where job = 'tap job'$$),
    'JG003 | schedule of job "tap job": it would end on 2026-01-01, before it begins on 2026-02-01 | '
    'UPDATE jobgrid.schedule SET valid_from = ''2026-01-01'', valid_until = ''2026-02-01'' WHERE job = ''tap job'';', 'validity');
select is(pg_temp.error_of($$insert into jobgrid.schedule (job, schedule) values ('tap job', 'daily')$$),
    'JG002 | job "tap job" has a schedule named "main" already | Give the second one a name: '
    'INSERT INTO jobgrid.schedule (job, name, schedule) VALUES (''tap job'', ''second'', ''daily'');', 'a second schedule has a name of its own');
update jobgrid.schedule set note = 'x' where job = 'tap job';
update jobgrid.schedule set note = 'x' where job = 'tap job';
select is((select row_version from jobgrid.schedule where job = 'tap job'), 2, 'an edit is counted, one that changes nothing is none');
select matches(pg_temp.error_of($$update jobgrid.schedule set note = 'y', row_version = 1 where job = 'tap job'$$),
    '^JG002 \| schedule "main" of job "tap job" has been changed since it was read \| It is at row_version 2, not 1; last changed by .* at .*\. \| Read the row again and repeat the edit\.$',
    'a stale edit is refused');
select matches(pg_temp.error_of($$update jobgrid.schedule set note = 'y', row_version = null where job = 'tap job'$$),
    '^JG002 .* \| It is at row_version 2, not null; ', 'one that names no row_version is, too');
update jobgrid.schedule set note = 'y', row_version = 2 where job = 'tap job';
select is((select row_version from jobgrid.schedule where job = 'tap job'), 3, 'a fresh one is not');

-- Edits are recorded, and can be taken back
update jobgrid.schedule set schedule = 'every sunday at 03:00' where job = 'tap job';
select is((select (table_name, key ->> 'job', operation, old ->> 'schedule', new ->> 'schedule')::text from jobgrid.config_history order by change_id desc limit 1),
    '(schedule,"tap job",update,"every weekday at 07:30","every sunday at 03:00")', 'an edit is recorded');
select count(*) from jobgrid.config_history h, jobgrid.undo_change(h.change_id, 'by mistake') u
where h.change_id = (select max(change_id) from jobgrid.config_history) \g /dev/null
select is((select schedule from jobgrid.schedule where job = 'tap job'), 'every weekday at 07:30', 'and taken back');
select is((select count(*) from jobgrid.config_history where table_name in ('calendar', 'calendar_day')) > 20, true, 'calendars too');

-- Cursors follow at COMMIT
select is((select count(*) from jobgrid_engine.fire_cursor), 0::bigint, 'nothing is armed before COMMIT');
set constraints all immediate;
select is((select count(*) from jobgrid_engine.fire_cursor where edited and next_at = 'infinity'), 2::bigint, 'then each schedule is');
update jobgrid_engine.fire_cursor set edited = false;
update jobgrid.schedule set note = 'z', jitter = '1 s' where job = 'tap job';
select is((select count(*) from jobgrid_engine.fire_cursor where edited), 0::bigint, 'what does not decide when it fires does not arm it');
update jobgrid.schedule set schedule = 'daily', calendar = 'tap both' where job = 'tap job';
select is((select count(*) from jobgrid_engine.fire_cursor where edited), 1::bigint, 'its text does');
update jobgrid_engine.fire_cursor set edited = false;
update jobgrid.calendar set touched_by = null; -- what was counted in this transaction is not counted again
insert into jobgrid.calendar_day (calendar, day) values ('tap UK', '2026-08-31');
select is((select string_agg(s.job, ', ') from jobgrid_engine.fire_cursor c join jobgrid.schedule s using (schedule_id) where c.edited), 'tap job',
    'a day of a calendar that its calendar is based on does');
update jobgrid_engine.fire_cursor set edited = false;
update jobgrid.job set enabled = false where full_name = 'tap critical';
select is((select string_agg(s.job, ', ') from jobgrid_engine.fire_cursor c join jobgrid.schedule s using (schedule_id) where c.edited), 'tap critical',
    'whether its job may run does');
update jobgrid_engine.fire_cursor set edited = false;
update jobgrid.tenant set time_zone = 'Europe/Zurich' where name = 'default';
select is((select count(*) from jobgrid_engine.fire_cursor where edited), 2::bigint, 'and its tenant''s zone');
select is((select string_agg(to_char(run_at, 'HH24:MI'), ' ') from jobgrid.next_runs('tap job', 1, '2026-07-01 12:00+00')), '22:00', 'which it fires by');
update jobgrid.job set time_zone = 'America/New_York' where full_name = 'tap job';
select is((select string_agg(to_char(run_at, 'HH24:MI'), ' ') from jobgrid.next_runs('tap job', 1, '2026-07-01 12:00+00')), '04:00', 'unless its job has one');
update jobgrid.schedule set time_zone = 'Asia/Tokyo' where job = 'tap job';
select is((select string_agg(to_char(run_at, 'HH24:MI'), ' ') from jobgrid.next_runs('tap job', 1, '2026-07-01 12:00+00')), '15:00', 'or itself');
select is((select in_words || ' | ' || coalesce(note, '') from jobgrid.next_runs('tap critical', 1)), 'every day at 00:00 | the job is disabled', 'next_runs says what will not be');
select is(pg_temp.error_of($$select * from jobgrid.next_runs('tap jbo')$$) like 'JG001 %', true, 'of a job that is none');
update jobgrid.job set name = 'tap renamed' where full_name = 'tap job';
select is((select count(*) from jobgrid.schedule where job = 'tap renamed'), 1::bigint, 'a schedule follows its job''s name');
select is(pg_temp.error_of($$delete from jobgrid.calendar where name = 'tap both'$$),
    'JG002 | calendar "tap both" cannot be deleted: others depend on it | They are schedule "main" of job "tap renamed". | '
    'Change them first: SELECT tenant, job, name FROM jobgrid.schedule WHERE calendar = ''tap both'';', 'a calendar that is used stays');

-- Who may
select is(pg_temp.as_role('tap_business', $$update jobgrid.schedule set schedule = 'daily at 05:00' where job = 'tap renamed' returning schedule$$),
    'daily at 05:00', 'the owner team''s business edits its schedules');
select is(pg_temp.as_role('tap_business', $$insert into jobgrid.schedule (job, name, schedule) values ('tap renamed', 'second', 'daily') returning name$$),
    'second', 'and adds to them');
select is(pg_temp.as_role('tap_stranger', $$update jobgrid.schedule set schedule = 'daily' returning job$$), null, 'others'' rows are not there for a stranger');
select is(pg_temp.as_role('tap_business', $$insert into jobgrid.schedule (job, schedule) values ('tap other', 'daily') returning job$$),
    '42501 new row violates row-level security policy for table "schedule"', 'a job of nobody''s team gets no schedule from a team');
select is(pg_temp.as_role('tap_viewer', $$update jobgrid.schedule set schedule = 'daily' returning job$$), '42501 permission denied for table schedule', 'viewers edit nothing');
select is(pg_temp.as_role('tap_viewer', format('select count(*) >= 0 from jobgrid.%I', v)), 'true', 'and see ' || v)
from unnest('{upcoming,fire,schedule_event,attention,calendar,calendar_day,schedule}'::text[]) v;
select is(pg_temp.as_role('tap_business', $$insert into jobgrid.calendar (name, tenant, owner_team) values ('tap ours', 'default', 'tap team') returning name$$),
    'tap ours', 'a team has calendars of its own');
select is(pg_temp.as_role('tap_business', $$insert into jobgrid.calendar_day (calendar, day) values ('tap ours', '2026-12-24') returning day$$), '2026-12-24', 'with their days');
select is(pg_temp.as_role('tap_business', $$select string_agg(change, ' ') from jobgrid.import_holidays('tap ours', e'BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261225\nEND:VEVENT\nEND:VCALENDAR')$$),
    'added', 'and files of them');
select is(pg_temp.as_role('tap_business', $$insert into jobgrid.calendar_day (calendar, day) values ('tap UK', '2026-12-24') returning day$$),
    '42501 new row violates row-level security policy for table "calendar_day"', 'and edits no others');

-- A calendar that ends
update jobgrid.calendar set known_until = current_date + 30 where name = 'tap both';
select is((select reason || ': ' || detail from jobgrid.attention where state = 'calendar'),
    format('calendar_ends: calendar "tap both" knows its days until %s: 1 schedules use it', current_date + 30), 'is to be looked after');
update jobgrid.calendar set known_until = current_date + 9 where name = 'tap both';
select is((select reason from jobgrid.attention where state = 'calendar'), 'calendar_out', 'at once, when ten days are left');

-- Business days. 2026-05-30 is a Saturday, and Monday the 31st of August a holiday.
insert into jobgrid.calendar (name) values ('tap books');
insert into jobgrid.calendar_day (calendar, day) values ('tap books', '2026-08-31');
insert into jobgrid.application (name, time_zone, roll_time, calendar) values ('tap books', 'Asia/Tokyo', '06:00', 'tap books');
create function pg_temp.day(at text, application text default 'tap books') returns text language sql as
    $$select concat_ws(' ', d.business_date, d.previous_business_date, case when d.is_month_end then 'month' end, case when d.is_quarter_end then 'quarter' end)
      from jobgrid.business_day(application, at::timestamptz) d$$;
select is(pg_temp.day(at), expected, name) from (values
    ('2026-05-27 12:00 Asia/Tokyo', '2026-05-27 2026-05-26', 'a business day like others'),
    ('2026-05-28 05:59:59 Asia/Tokyo', '2026-05-27 2026-05-26', 'the night belongs to the evening before'),
    ('2026-05-28 06:00 Asia/Tokyo', '2026-05-28 2026-05-27', 'until the day rolls'),
    ('2026-05-29 12:00 Asia/Tokyo', '2026-05-29 2026-05-28 month', 'the last business day of a month is not its last day'),
    ('2026-05-30 12:00 Asia/Tokyo', '2026-05-29 2026-05-28 month', 'a weekend belongs to Friday'),
    ('2026-06-01 05:00 Asia/Tokyo', '2026-05-29 2026-05-28 month', 'and so does the night before Monday'),
    ('2026-06-01 06:00 Asia/Tokyo', '2026-06-01 2026-05-29', 'Monday''s day before is Friday'),
    ('2026-06-30 12:00 Asia/Tokyo', '2026-06-30 2026-06-29 month quarter', 'a quarter ends'),
    ('2026-08-31 12:00 Asia/Tokyo', '2026-08-28 2026-08-27 month', 'a holiday belongs to the business day before'),
    ('2026-12-31 12:00 Asia/Tokyo', '2026-12-31 2026-12-30 month quarter', 'a year ends')) c (at, expected, name);
select is(pg_temp.day('2026-05-30 12:00 UTC', null), '2026-05-30 2026-05-29', 'without a calendar every day is one');
select is(pg_temp.day('2026-05-31 12:00 UTC', null), '2026-05-31 2026-05-30 month', 'and a month ends with its last');
update jobgrid.tenant set default_calendar = 'tap books' where name = 'default';
select is(pg_temp.day('2026-05-30 12:00 UTC', null), '2026-05-29 2026-05-28 month', 'a tenant''s calendar counts where there is no other');
update jobgrid.calendar set name = 'tap ledger' where name = 'tap books';
select is((select format('%s %s', t.default_calendar, a.calendar) from jobgrid.tenant t join jobgrid.application a on a.tenant = t.name where t.name = 'default' and a.name = 'tap books'),
    'tap ledger tap ledger', 'both follow its name');
select is(pg_temp.error_of($$delete from jobgrid.calendar where name = 'tap ledger'$$),
    'JG002 | calendar "tap ledger" cannot be deleted: others depend on it | They are application "tap books", tenant "default". | '
    'Change them first: SELECT name FROM jobgrid.application WHERE calendar = ''tap ledger'';',
    'it stays while business dates follow from it');
select is(pg_temp.error_of($$update jobgrid.application set calendar = 'tap legder' where name = 'tap books'$$),
    'JG001 | application "tap books": calendar "tap legder" does not exist | Did you mean "tap ledger"?', 'a calendar that is none');
select is(pg_temp.error_of($$update jobgrid.tenant set default_calendar = 'tap legder' where name = 'default'$$),
    'JG001 | tenant "default": calendar "tap legder" does not exist | Did you mean "tap ledger"?', 'nor a tenant''s');
select is(pg_temp.error_of($$select * from jobgrid.business_day('tap bokos')$$), 'JG001 | application "tap bokos" does not exist | Did you mean "tap books"?', 'an application that is none');
select is(pg_temp.error_of($$select * from jobgrid.business_day(at => 'infinity')$$) like 'JG003 %', true, 'a moment that is none');
select jobgrid.define_job('tap booked', kind => 'noop', application => 'tap books');
select is(pg_temp.as_role('tap_viewer', $$select business_date from jobgrid.business_day('tap books', '2026-05-30 03:00+00')$$), '2026-05-29', 'viewers may ask');
select is((select business_date from jobgrid.submit('tap booked')), (select business_date from jobgrid.business_day('tap books')), 'a run gets the day that is open');
select is((select business_date from jobgrid.submit('tap booked', business_date => '2026-05-30')), '2026-05-30', 'or the one that is said');

select * from finish();
rollback;
