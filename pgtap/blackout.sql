-- Blackouts and run windows: when they are in force, for which jobs, what they say, and who may declare them.
begin;
select plan(62);

create role tap_team;
create role tap_business login in role jobgrid_business, tap_team;
create role tap_stranger login in role jobgrid_business;
insert into jobgrid.team (name, database_role) values ('tap team', 'tap_team');
insert into jobgrid.tenant (name) values ('tap tenant');
insert into jobgrid.application (name) values ('tap books');
insert into jobgrid.queue (name) values ('tap queue');
insert into jobgrid.calendar (name) values ('tap days');
insert into jobgrid.calendar_day (calendar, day) values ('tap days', '2026-05-25');
create function pg_temp.error_of(command text) returns text language plpgsql as $$
declare message text; detail text; hint text;
begin
    execute command;
    return 'no error';
exception when others then
    get stacked diagnostics message = message_text, detail = pg_exception_detail, hint = pg_exception_hint;
    return concat_ws(' | ', sqlstate, message, nullif(detail, ''), nullif(hint, ''));
end $$;
create function pg_temp.as_role(role name, command text) returns text language plpgsql as $$
declare result text;
begin
    execute format('set local session authorization %I', role);
    begin
        execute command into result;
    exception when others then
        result := sqlstate || ' ' || sqlerrm;
    end;
    reset session authorization;
    return result;
end $$;
-- Whether a job is kept from starting at a moment, and until when, in UTC.
create function pg_temp.shut(job text, at text) returns text language sql as $$
    select coalesce((select concat_ws(' ', f.reason, to_char(f.until at time zone 'UTC', 'DD Mon HH24:MI'), case when f.skips then 'skips' end)
                     from jobgrid_engine.shut_at((select j.job_id from jobgrid.job j where j.full_name = job), at::timestamptz) f), 'open')
$$;
create function pg_temp.behind(blackout text) returns text language sql as $$
    select string_agg(j.full_name, ', ' order by j.full_name)
    from jobgrid.blackout b join jobgrid_engine.shutter s using (blackout_id)
    join jobgrid_engine.job_shutters x on s.shutter_id = any (x.shutters)
    join jobgrid.job j using (job_id) where b.name = blackout
$$;

-- Run windows
select jobgrid.define_job('tap night', kind => 'noop', run_window => '22:00-04:00', time_zone => 'Europe/Berlin');
select jobgrid.define_job('tap office', kind => 'noop', run_window => '08:00-18:00 on mon-fri', time_zone => 'UTC', when_outside => 'skip');
select jobgrid.define_job('tap monday', kind => 'noop', run_window => '00:00-24:00 on mon', time_zone => 'UTC');
select jobgrid.define_job('tap always', kind => 'noop', run_window => '00:00-24:00', time_zone => 'UTC');
select jobgrid.define_job('tap free', kind => 'noop');
select is(jobgrid_engine.match_shutters(), true, 'edits are seen');
select is(jobgrid_engine.match_shutters(), false, 'once');
select is(pg_temp.shut(job, at), expected, format('%s at %s', job, at)) from (values
    ('tap night', '2026-06-01 12:00+00', 'run_window 01 Jun 20:00'),
    ('tap night', '2026-06-01 19:59:59+00', 'run_window 01 Jun 20:00'),
    ('tap night', '2026-06-01 20:00+00', 'open'),
    ('tap night', '2026-06-02 01:59:59.9+00', 'open'),
    ('tap night', '2026-06-02 02:00+00', 'run_window 02 Jun 20:00'),
    ('tap night', '2026-03-29 01:59:59+00', 'open'),                           -- a night of five hours
    ('tap night', '2026-03-29 02:00+00', 'run_window 29 Mar 20:00'),
    ('tap night', '2026-10-25 02:59:59+00', 'open'),                           -- and one of seven
    ('tap night', '2026-10-25 03:00+00', 'run_window 25 Oct 21:00'),
    ('tap office', '2026-06-05 17:59+00', 'open'),
    ('tap office', '2026-06-05 18:00+00', 'run_window 08 Jun 08:00 skips'),    -- over a weekend
    ('tap office', '2026-06-06 12:00+00', 'run_window 08 Jun 08:00 skips'),
    ('tap monday', '2026-06-07 23:59:59+00', 'run_window 08 Jun 00:00'),
    ('tap monday', '2026-06-08 23:59:59+00', 'open'),
    ('tap monday', '2026-06-09 00:00+00', 'run_window 15 Jun 00:00'),
    ('tap always', '2026-06-09 00:00+00', 'open'),
    ('tap free', '2026-06-01 12:00+00', 'open')) c (job, at, expected);
select is(pg_temp.error_of(format($$select jobgrid.define_job('tap free', run_window => %L)$$, w)),
    format('JG003 | job "tap free": run_window: a run window is a span of hours, not "%s" | For example 22:00-04:00, or 08:00-18:00 on mon-fri.', w), 'not ' || w)
from unnest('{8:00-18:00,08:00,08:00-25:00,08:60-09:00,24:00-25:00,08:00-18:00on mon,"",08:00-18:00;}'::text[]) w;
select is(pg_temp.error_of($$select jobgrid.define_job('tap free', run_window => '08:00-18:00 on mun')$$) like 'JG003 | job "tap free": run_window: "mun"%', true, 'days are named as in schedules');
select is(pg_temp.error_of($$select jobgrid.define_job('tap free', when_outside => 'drop')$$) like '23514 %"when_outside is wait or skip"%', true, 'wait or skip');

-- Blackouts: when
insert into jobgrid.blackout (name, job, starts_at, ends_at, reason) values ('tap once', 'tap free', '2026-12-31 17:00+00', '2027-01-02 05:00+00', 'year end');
select jobgrid.define_job('tap weekly', kind => 'noop');
insert into jobgrid.blackout (name, job, schedule, lasts, time_zone, what_happens)
values ('tap recurring', 'tap weekly', 'every sun at 02:00', '3 hours', 'Europe/Berlin', 'skip');
select jobgrid.define_job('tap open end', kind => 'noop');
insert into jobgrid.blackout (name, job, starts_at) values ('tap open end', 'tap open end', '2026-06-01 00:00+00');
select jobgrid.define_job('tap worked', kind => 'noop');
insert into jobgrid.blackout (name, job, schedule, lasts, time_zone, calendar, valid_until)
values ('tap worked', 'tap worked', 'every non-working day', '24 hours', 'UTC', 'tap days', '2026-05-30');
select jobgrid.define_job('tap joined', kind => 'noop');
insert into jobgrid.blackout (name, job, schedule, lasts, time_zone) values ('tap joined', 'tap joined', 'every hour between 08:00 and 11:00', '1 hour', 'UTC');
select jobgrid_engine.match_shutters();
select is(pg_temp.shut(job, at), expected, format('%s at %s', job, at)) from (values
    ('tap free', '2026-12-31 16:59:59+00', 'open'),
    ('tap free', '2026-12-31 17:00+00', 'blackout 02 Jan 05:00'),
    ('tap free', '2027-01-02 05:00+00', 'open'),
    ('tap weekly', '2026-06-06 23:59:59+00', 'open'),
    ('tap weekly', '2026-06-07 00:00+00', 'blackout 07 Jun 03:00 skips'),
    ('tap weekly', '2026-06-07 02:59:59+00', 'blackout 07 Jun 03:00 skips'),
    ('tap weekly', '2026-06-07 03:00+00', 'open'),
    ('tap open end', '2026-05-31 23:00+00', 'open'),
    ('tap open end', '2036-05-31 23:00+00', 'blackout'),
    ('tap worked', '2026-05-25 12:00+00', 'blackout 26 May 00:00'),
    ('tap worked', '2026-05-26 00:00+00', 'open'),
    ('tap worked', '2026-05-30 12:00+00', 'blackout 31 May 00:00'),
    ('tap worked', '2026-05-31 12:00+00', 'open'),
    ('tap joined', '2026-06-01 08:30+00', 'blackout 01 Jun 12:00')) c (job, at, expected);

-- Which jobs
select jobgrid.define_job('tap a', kind => 'noop', application => 'tap books', queue => 'tap queue', owner_team => 'tap team', tags => '{red,blue}');
select jobgrid.define_job('tap b', kind => 'noop', application => 'tap books', tags => '{blue}');
select jobgrid.define_job('tap c', kind => 'noop', tenant => 'tap tenant');
insert into jobgrid.blackout (name, application, queue, team, tag, tenant, starts_at) values
    ('tap of application', 'tap books', null, null, null, 'default', now()),
    ('tap of queue', null, 'tap queue', null, null, 'default', now()),
    ('tap of team', null, null, 'tap team', null, 'default', now()),
    ('tap of tag', null, null, null, 'blue', 'default', now()),
    ('tap of both', 'tap books', null, null, 'red', 'default', now()),
    ('tap of tenant', null, null, null, null, 'tap tenant', now());
insert into jobgrid.blackout (name, tenant, starts_at, enabled) values ('tap of all', null, now(), false);
select jobgrid_engine.match_shutters();
select is((select string_agg(b.name || ': ' || coalesce(pg_temp.behind(b.name), '-'), '; ' order by b.name) from jobgrid.blackout b where b.name like 'tap of %'),
    'tap of all: -; tap of application: tap a, tap b; tap of both: tap a; tap of queue: tap a; tap of tag: tap a, tap b; tap of team: tap a; tap of tenant: tap c',
    'jobs that fit all that is given');
update jobgrid.job set tags = '{blue}' where full_name = 'tap a';
select jobgrid.define_job('tap d', kind => 'noop', tags => '{red}', application => 'tap books');
update jobgrid.blackout set enabled = false where name = 'tap of tenant';
select jobgrid_engine.match_shutters();
select is(pg_temp.behind('tap of both'), 'tap d', 'a job''s edit, and a new job, are followed');
select is(pg_temp.behind('tap of tenant'), null, 'a blackout that is off is behind nothing');
delete from jobgrid.job where full_name = 'tap d';
delete from jobgrid.blackout where name = 'tap of tag';
select jobgrid_engine.match_shutters();
select is((select count(*) from jobgrid_engine.shutter s where not exists (select from jobgrid_engine.job_shutters x where s.shutter_id = any (x.shutters)) and s.run_window is not null), 0::bigint, 'windows that nobody has are gone');

-- Only what has come to its moment is looked at, or what was edited
create function pg_temp.all_right() returns boolean language sql as $$
    select bool_and(s.closed = f.closed) from jobgrid_engine.shutter s cross join lateral jobgrid_engine.shutter_span(s.shutter_id, now()) f
$$;
select jobgrid_engine.move_shutters(everything => false);
select is(pg_temp.all_right(), true, 'new ones are looked at');
update jobgrid_engine.shutter set closed = not closed;
select jobgrid_engine.move_shutters(everything => false);
select is(pg_temp.all_right(), false, 'what is not at its moment is left as it is');
update jobgrid.blackout set reason = 'edited' where name = 'tap open end';
select jobgrid_engine.match_shutters();
select jobgrid_engine.move_shutters(everything => false);
select is((select bool_and(s.closed = f.closed) from jobgrid_engine.shutter s cross join lateral jobgrid_engine.shutter_span(s.shutter_id, now()) f where s.blackout_id is not null), true,
    'until blackouts are edited');
select jobgrid_engine.move_shutters(everything => true);
select is(pg_temp.all_right(), true, 'or all are looked at');

-- What is wrong
select is(pg_temp.error_of(command), expected, expected) from (values
    ($$insert into jobgrid.blackout (name, job) values ('tap x', 'tap free')$$,
     'JG003 | blackout "tap x" does not say when | Give it starts_at and ends_at, or schedule and lasts, such as ''every sun at 02:00'' and ''3 hours''.'),
    ($$insert into jobgrid.blackout (name, schedule) values ('tap x', 'daily')$$, 'JG003 | blackout "tap x" does not say how long it lasts | For example lasts = ''3 hours''.'),
    ($$insert into jobgrid.blackout (name, schedule, lasts) values ('tap x', 'every sonday', '1 hour')$$, 'JG003 | blackout "tap x": "sonday" at position 7 is not a day | Did you mean: every sunday'),
    ($$insert into jobgrid.blackout (name, job, starts_at) values ('tap x', 'tap fre', now())$$, 'JG001 | blackout "tap x": job "tap fre" does not exist | Its tenant is "default". | Did you mean "tap free"?'),
    ($$insert into jobgrid.blackout (name, application, starts_at) values ('tap x', 'tap boks', now())$$, 'JG001 | blackout "tap x": application "tap boks" does not exist | Did you mean "tap books"?'),
    ($$update jobgrid.blackout set reason = 'x', row_version = 7 where name = 'tap once'$$,
     format('JG002 | blackout "tap once" has been changed since it was read | It is at row_version 1, not 7; last changed by %s at %s. | Read the row again and repeat the edit.', session_user,
            (select to_char(b.updated_at, 'YYYY-MM-DD HH24:MI TZ') from jobgrid.blackout b where b.name = 'tap once')))) c (command, expected);

-- Who may, and what is said
select is(pg_temp.as_role('tap_business', $$insert into jobgrid.blackout (name, job, starts_at) values ('tap ours', 'tap a', now()) returning name$$), 'tap ours', 'business of its jobs');
select is(pg_temp.as_role('tap_business', $$insert into jobgrid.blackout (name, team, starts_at) values ('tap team''s', 'tap team', now()) returning name$$), 'tap team''s', 'and of its team');
select is(pg_temp.as_role('tap_business', $$insert into jobgrid.blackout (name, application, starts_at) values ('tap y', 'tap books', now()) returning name$$),
    '42501 new row violates row-level security policy for table "blackout"', 'but not of what others have jobs in');
select is(pg_temp.as_role('tap_stranger', $$update jobgrid.blackout set enabled = false returning name$$), null, 'others'' are not there for a stranger');
insert into jobgrid.schedule (job, schedule) values ('tap office', 'every day at 17:00');
select is((select string_agg(coalesce(n.note, '-'), ' / ') from jobgrid.next_runs('tap office', 2, '2026-06-04 18:00+00') n),
    '- / makes no run: its run window is 08:00-18:00 on mon-fri', 'next_runs says what will not be');

select * from finish();
rollback;
