-- The load that schedules are expected to bring. All moments are given; what is usual is written as history.
begin;
select plan(51);

create role tap_executor login in role jobgrid_executor;
create role tap_a;
create role tap_worker login;
create role tap_viewer login in role jobgrid_viewer, tap_a;
create role tap_stranger login in role jobgrid_viewer;
insert into jobgrid.tenant (name) values ('tap A'), ('tap B');
insert into jobgrid.team (name, tenant, database_role) values ('tap a', 'tap A', 'tap_a');
insert into jobgrid.pool (name) values ('tap pool'), ('tap empty');
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
-- A job with a schedule, in the pool of the test.
create function pg_temp.job(name text, schedule text, tenant text default 'tap A', kind text default 'noop', after text[] default null,
                            on_overlap text default 'parallel', time_zone text default 'UTC')
returns void language plpgsql as $$
begin
    perform jobgrid.define_job(job.name, kind => job.kind, tenant => job.tenant, pool => 'tap pool', after => job.after,
                               command => case when job.kind = 'sql' then 'select 1' end,
                               sql_role => case when job.kind = 'sql' then 'tap_worker' end);
    if job.schedule is not null then
        insert into jobgrid.schedule (tenant, job, schedule, time_zone, on_overlap)
        values (job.tenant, job.name, job.schedule, job.time_zone, job.on_overlap);
    end if;
end $$;
-- Runs of the past: each took so long.
create function pg_temp.took(name text, times interval[], state text default 'succeeded') returns void language sql as $$
    insert into jobgrid_engine.run (run_id, job_id, tenant_id, submitted_at, started_at, finished_at, business_date, state,
                                    source, queue, priority, submitted_by)
    select nextval('jobgrid_engine.run_id_seq'), j.job_id, t.tenant_id, '2026-12-01', '2026-12-01', timestamptz '2026-12-01' + u.d,
           '2026-12-01', took.state, 'schedule', j.queue, j.priority, 'jobgrid'
    from unnest(times) with ordinality u (d, n), jobgrid.job j join jobgrid.tenant t on t.name = j.tenant
    where j.full_name = took.name order by u.n
$$;
-- Hours of a place in which anything is expected: hour, runs, busy.
create function pg_temp.load(pool text default 'tap pool', since timestamptz default '2027-03-01 00:00+00', hours integer default 24)
returns text language sql as $$
    select string_agg(concat(to_char(f.hour at time zone 'UTC', 'HH24'), ' ', f.runs, ' ', to_char(f.busy, 'HH24:MI'),
                             ' +' || nullif(f.unknown, 0)), ', ' order by f.hour)
    from jobgrid.load_forecast(load.since, load.hours) f
    where f.pool is not distinct from load.pool and (f.runs > 0 or f.busy > '0')
$$;
-- Takes all schedules of the test away.
create function pg_temp.clear() returns void language sql as $$
    delete from jobgrid.schedule where job like 'tap %';
$$;
-- Makes the partition that history is put into, and arms cursors at once.
select jobgrid.define_job('tap first', kind => 'noop', tenant => 'tap A') \g /dev/null
select jobgrid.submit('tap first', tenant => 'tap A') \g /dev/null
set constraints all immediate;

-- What is usual
select pg_temp.job('tap usual', null), pg_temp.job('tap never', null), pg_temp.job('tap old', null) \g /dev/null
select pg_temp.took('tap usual', '{10 s,9 h,20 s,30 s,2 h}') \g /dev/null
create function pg_temp.usual(name text) returns interval language sql as $$
    select u.run_time from jobgrid.job j, jobgrid_engine.usual_run_times(array[j.job_id]) u where j.full_name = usual.name
$$;
select is(pg_temp.usual('tap usual'), interval '30 s', 'the median: one run that hung decides nothing');
select is(pg_temp.usual('tap never'), null, 'nothing is usual of a job that has never run');
select pg_temp.took('tap usual', array_fill(interval '1 min', '{20}')) \g /dev/null
select is(pg_temp.usual('tap usual'), interval '1 min', 'of the newest 20');
select pg_temp.took('tap usual', array_fill(interval '2 min', '{11}'), 'failed') \g /dev/null
select is(pg_temp.usual('tap usual'), interval '2 min', 'those that failed count');
select pg_temp.took('tap usual', array_fill(interval '1 s', '{10}'), 'cancelled') \g /dev/null
select is(pg_temp.usual('tap usual'), interval '2 min', 'those that were cancelled do not');
select pg_temp.took('tap usual', array_fill(interval '1 s', '{10}'), 'cancelled') \g /dev/null
select is(pg_temp.usual('tap usual'), null, 'and nothing older is looked at');

-- Fires become runs
select pg_temp.job('tap short', 'every 15 minutes between 02:00 and 03:45'), pg_temp.job('tap long', 'at 22:30, 04:30') \g /dev/null
select pg_temp.took('tap short', '{6 min}'), pg_temp.took('tap long', '{2 h 30 min}') \g /dev/null
select is(pg_temp.load(), '00 0 01:00, 02 4 00:24, 03 4 00:24, 04 1 00:30, 05 0 01:00, 06 0 01:00, 22 1 00:30, 23 0 01:00',
    'a run counts where it starts, and is busy as long as it lasts: also one of the day before');
select is(pg_temp.load(hours => 1), '00 0 01:00', 'so many hours as are asked for');
select is(pg_temp.load(since => '2027-03-01 03:59+00', hours => 1), '03 4 00:24', 'the hour in which since lies is counted whole');
select is((select string_agg(to_char(hour at time zone 'UTC', 'HH24'), ' ' order by hour) from jobgrid.load_forecast('2027-03-01 05:10+00', 3) where pool = 'tap pool'),
    '05 06 07', 'an hour in which nothing is expected is a row');
select is((select array_agg(top_jobs::text order by hour) from jobgrid.load_forecast('2027-03-01 04:00+00', 4) where pool = 'tap pool'),
    '{"{\"tap long\"}","{\"tap long\"}","{\"tap long\"}","{}"}', 'with the jobs that take most');
select pg_temp.job('tap new', 'at 02:10, 02:50') \g /dev/null
select is(pg_temp.load(since => '2027-03-01 02:00+00', hours => 1), '02 6 00:24 +2', 'what nobody knows is counted apart, not as nothing');
select is((select top_jobs::text from jobgrid.load_forecast('2027-03-01 02:00+00', 1) where pool = 'tap pool'), '{"tap short","tap new"}', 'and named');

-- As schedules count: zones, calendars, validity, what is disabled or held
select pg_temp.clear(), pg_temp.job('tap short', 'at 02:30', time_zone => 'Asia/Kolkata') \g /dev/null
select is(pg_temp.load(), '21 1 00:06', 'its zone');
insert into jobgrid.calendar (name) values ('tap calendar');
insert into jobgrid.calendar_day (calendar, day) values ('tap calendar', '2027-03-02');
update jobgrid.schedule set calendar = 'tap calendar', when_holiday = 'skip' where job = 'tap short';
select is(pg_temp.load(), null, 'its calendar''s holidays: 21:00 UTC is the day after in Kolkata');
update jobgrid.schedule set calendar = null, when_holiday = null, valid_from = '2027-03-03' where job = 'tap short';
select is(pg_temp.load(), null, 'its validity');
update jobgrid.schedule set valid_from = null, enabled = false where job = 'tap short';
select is(pg_temp.load(), null, 'a disabled schedule');
update jobgrid.schedule set enabled = true where job = 'tap short';
update jobgrid.job set enabled = false where full_name = 'tap short';
select is(pg_temp.load(), null, 'a disabled job');
update jobgrid.job set enabled = true, held = true where full_name = 'tap short';
select is(pg_temp.load(), null, 'a held job');
update jobgrid.job set held = false where full_name = 'tap short';
update jobgrid.schedule set schedule = 'every minute between 02:00 and 02:09', valid_from = '2027-03-02', valid_until = '2027-03-02', jitter = '1 day'
where job = 'tap short';
select is((select (sum(runs), max(runs) < 10)::text from jobgrid.load_forecast('2027-03-01 12:00+00', 48) where pool = 'tap pool'), '(10,t)', 'its jitter');
select is((select coalesce(sum(runs), 0) from jobgrid.load_forecast('2027-03-01 20:00+00', 1) where pool = 'tap pool')
          + (select sum(runs) from jobgrid.load_forecast('2027-03-01 21:00+00', 48) where pool = 'tap pool'), 10::numeric, 'also where it fired before the forecast');

-- Runs of a job that overlap
select pg_temp.clear(), pg_temp.job('tap long', 'every hour from 00:00', on_overlap => 'wait') \g /dev/null
select is((select sum(busy) from jobgrid.load_forecast('2027-03-01 12:00+00', 6) where pool = 'tap pool'), interval '6 h', 'wait: one after the other');
update jobgrid.schedule set on_overlap = 'skip' where job = 'tap long';
select is((select (sum(runs), sum(busy))::text from jobgrid.load_forecast('2027-03-01 12:00+00', 6) where pool = 'tap pool'), '(2,05:00:00)', 'skip: what would overlap is left out');
update jobgrid.schedule set on_overlap = 'parallel', max_parallel = 2 where job = 'tap long';
select is((select sum(busy) from jobgrid.load_forecast('2027-03-01 12:00+00', 6) where pool = 'tap pool'), interval '12 h', 'parallel: so many side by side');
update jobgrid.schedule set max_parallel = null where job = 'tap long';
select is((select (sum(runs), sum(busy))::text from jobgrid.load_forecast('2027-03-01 12:00+00', 6) where pool = 'tap pool'), '(6,15:00:00)', 'without a limit all');

-- Conditions
select pg_temp.clear(), pg_temp.job('tap long', 'at 01:00'), pg_temp.job('tap second', 'at 02:00', after => '{tap long}'),
       pg_temp.job('tap third', 'at 02:00', after => '{tap second}') \g /dev/null
select pg_temp.took('tap second', '{1 h}'), pg_temp.took('tap third', '{30 min}') \g /dev/null
select is(pg_temp.load(), '01 1 01:00, 02 0 01:00, 03 1 01:00, 04 1 01:00', 'who waits starts when what it waits for has ended');
select is(pg_temp.load(since => '2027-03-01 04:00+00', hours => 1), '04 1 01:00', 'also where that fired before the forecast');
update jobgrid.schedule set schedule = 'every monday at 01:00' where job = 'tap long';
select is(pg_temp.load(since => '2027-03-02 00:00+00'), '02 1 01:00, 03 1 00:30', 'on a day on which that is not expected it does not wait');
update jobgrid.schedule set schedule = 'at 01:00, 03:00' where job = 'tap long';
select is(pg_temp.load(), '01 1 01:00, 02 0 01:00, 03 2 02:00, 04 1 02:00, 05 0 00:30', 'the first end of the day lets it go');
update jobgrid.job set kind = 'external', run_by = 'external' where full_name = 'tap long';
select is(pg_temp.load(), '03 1 00:30, 04 1 01:00', 'what runs elsewhere is waited for and takes no slot');
insert into jobgrid_engine.job_edge (job_id, purpose, atom, source, upstream_id, name, kind, autosys, inside, lookback)
select u.job_id, 's', 1, 'j', d.job_id, d.name, 'a', false, false, 'd' from jobgrid.job u, jobgrid.job d where u.full_name = 'tap second' and d.full_name = 'tap third';
select is(pg_temp.load(), '03 1 00:30, 04 1 01:00', 'a cycle, which nobody can define, holds up no forecast: one of its jobs goes first');

-- SQL jobs, and jobs of an executor
select pg_temp.clear(), pg_temp.job('tap sql', 'at 05:00', kind => 'sql') \g /dev/null
select pg_temp.took('tap sql', '{3 h}') \g /dev/null
select is(pg_temp.load(pool => null), '05 1 01:00, 06 0 01:00, 07 0 01:00', 'SQL jobs have a row without a pool');
select is((select (slots, load, over)::text from jobgrid.load_forecast('2027-03-01 05:00+00', 1) where pool is null), '(4,25.0,f)', 'where jobgrid.sql_workers are the slots');
select is(pg_temp.load(), null, 'and take no slot of the pool');
drop role tap_worker;
select is(pg_temp.load(pool => null), null, 'without its role a SQL job does not fire');

-- Slots
select pg_temp.clear(), pg_temp.job('tap long', 'at 00:00', kind => 'noop'), pg_temp.job('tap short', 'every 5 minutes') \g /dev/null
update jobgrid.job set kind = 'noop', run_by = 'jobgrid' where full_name = 'tap long';
select is((select (busy, slots, load, over)::text from jobgrid.load_forecast('2027-03-01 00:00+00', 1) where pool = 'tap pool'), '(02:12:00,0,,t)', 'without a slot anything is too much');
select pg_temp.as_role('tap_executor', $$select jobgrid_engine.hello('tap node', gen_random_uuid(), 1, 2, '{noop}', pool => 'tap pool')$$) \g /dev/null
select is((select (busy, slots, load, over)::text from jobgrid.load_forecast('2027-03-01 00:00+00', 1) where pool = 'tap pool'), '(02:12:00,2,110.0,t)', 'more than 100 %% is over');
select is((select (busy, slots, load, over)::text from jobgrid.load_forecast('2027-03-01 03:00+00', 1) where pool = 'tap pool'), '(01:12:00,2,60.0,f)', 'less is not');
select jobgrid.drain_executor('tap node') \g /dev/null
select is((select slots from jobgrid.load_forecast('2027-03-01 00:00+00', 1) where pool = 'tap pool'), 0::bigint, 'a drained executor has none');
select jobgrid.resume_executor('tap node') \g /dev/null
update jobgrid.job set pool = 'tap empty', executor = 'tap node' where full_name = 'tap short';
select is(pg_temp.load(hours => 1), '00 13 02:12', 'a job of one executor loads the pool that this is in');

-- Who sees what
select pg_temp.job('tap theirs', 'at 00:10', tenant => 'tap B'), pg_temp.took('tap theirs', '{20 min}') \g /dev/null
select is(pg_temp.as_role('tap_viewer', $$select (runs, busy, others, load, top_jobs)::text from jobgrid.load_forecast('2027-03-01 00:00+00', 1) where pool = 'tap pool'$$),
    '(14,02:32:00,00:20:00,126.7,"{""tap short"",""tap long""}")', 'the load of a pool is everybody''s: that of others is one number, without a name');
select is((select (others, top_jobs)::text from jobgrid.load_forecast('2027-03-01 00:00+00', 1) where pool = 'tap pool'),
    '(00:00:00,"{""tap short"",""tap long"",""tap theirs""}")', 'who sees all tenants has no others');
select is(pg_temp.as_role('tap_stranger', $$select count(*) from jobgrid.load_forecast()$$), '0', 'no team, no rows');

-- Run windows and blackouts
select pg_temp.clear() \g /dev/null
select pg_temp.job('tap window', 'every 30 minutes between 00:00 and 02:00'), pg_temp.took('tap window', '{5 min}') \g /dev/null
update jobgrid.job set run_window = '01:00-02:00', time_zone = 'UTC', when_outside = 'skip' where full_name = 'tap window';
select jobgrid_engine.match_shutters() \g /dev/null
select is(pg_temp.load(), '01 2 00:10', 'what falls outside a run window that skips makes no run');
update jobgrid.job set when_outside = 'wait' where full_name = 'tap window';
select is(pg_temp.load(hours => 3), '01 4 00:20', 'else it starts when that opens');
insert into jobgrid.blackout (tenant, name, job, starts_at, ends_at) values ('tap A', 'tap blackout', 'tap window', '2027-03-01 00:00+00', '2027-03-01 01:45+00');
select jobgrid_engine.match_shutters() \g /dev/null
select is(pg_temp.load(hours => 3), '01 4 00:20', 'a blackout within it moves them on');
update jobgrid.blackout set ends_at = null where name = 'tap blackout';
select is(pg_temp.load(hours => 3), null, 'and one without an end out of sight');

-- What is asked
select throws_ok($$select * from jobgrid.load_forecast('infinity')$$, 'JG003', 'since must be a moment', 'infinity is no moment');
select throws_ok($$select * from jobgrid.load_forecast(hours => 0)$$, 'JG008', 'load_forecast gives between 1 and 168 hours', 'too few hours');
select throws_ok($$select * from jobgrid.load_forecast(hours => 169)$$, 'JG008', 'load_forecast gives between 1 and 168 hours', 'too many');
select is((select count(*) from jobgrid.load_forecast() where pool = 'tap pool' and hour > jobgrid_engine.moment() - interval '1 h'), 24::bigint, 'a day from now where nothing is said');

select * from finish();
rollback;
