-- The SQL interface without the engine behind it, for testing the program jobgrid alone: same names, arguments and
-- types, but a run's state follows from its job's name and the clock, and nothing is ever executed. It must stay
-- loadable into an empty database in which the types of sql/schema have been created.
create schema stub;

create sequence stub.run_id_seq start 101;

create table stub.run (
    run_id        bigint primary key default nextval('stub.run_id_seq'),
    job           text not null,
    submitted_at  timestamptz not null default clock_timestamp(),
    ends_after    interval,                -- null: never
    outcome       text,
    exit_code     int,
    set_state     text,                    -- what a verb made of it
    set_reason    text,
    set_at        timestamptz,
    priority      text not null default 'normal',
    business_date date not null default date '2026-11-20',
    executor      text,
    parameters    jsonb,
    rerun_of      bigint,
    superseded_by bigint,
    message       text,
    idempotency_key text unique
);

create table jobgrid.job (
    job_id int generated always as identity, tenant text default 'default', full_name text unique, kind text default 'shell', title text,
    application text, queue text, priority text, pool text, command text, arguments text[], after text[] default '{}',
    parameters jsonb default '{}', enabled boolean default true, held boolean default false, held_reason text, taken_out boolean default false, bypassed boolean default false,
    version int default 1, updated_at timestamptz default now(), updated_by text default session_user
);

create table jobgrid.queue (
    name text primary key, tenant text, description text, paused boolean not null default false, paused_reason text,
    paused_at timestamptz, paused_by text, row_version int not null default 1
);
insert into jobgrid.queue (name) values ('default');

create view jobgrid.run as
select run_id, job, 'default'::text as tenant, s.state,
       case when set_state is not null then set_reason when s.state = 'failed' then 'exit_code' end as reason,
       'default'::text as queue, priority, business_date, 'submit'::text as source, submitted_at,
       session_user::text as submitted_by, null::timestamptz as due_at, coalesce(set_at, submitted_at) as since,
       case when s.state <> 'waiting' then submitted_at + interval '10 ms' end as started_at,
       case when s.final then coalesce(set_at, submitted_at + ends_after) end as finished_at,
       case when s.final then interval '1.5 s' when s.state = 'running' then interval '1 day 02:03:04' end as run_time,
       case when s.state in ('waiting', 'queued') then 0 else 1 end as attempt, 3 as attempts_allowed,
       coalesce(executor, 'node1') as executor, case when s.final then exit_code end as exit_code, null::int as signal,
       message, null::jsonb as result, parameters, null::jsonb as labels, run_id as root_run,
       null::bigint as parent_run, rerun_of, superseded_by, null::timestamptz as cancel_requested_at, 'shell'::text as kind,
       1 as version, null::text as traceparent
from stub.run,
     lateral (select coalesce(set_state,
                  case when job = 'waits' then 'waiting'
                       when ends_after is null or clock_timestamp() < submitted_at + ends_after then 'running'
                       else outcome end)) x (state),
     lateral (select x.state, x.state in ('succeeded', 'failed', 'cancelled', 'skipped')) s (state, final);

create view jobgrid.attempt as
select run_id, job, tenant, 1 as attempt, state, reason, executor, exit_code, signal, 'exit code'::text as decided_by,
       message, submitted_at as claimed_at, started_at, finished_at, run_time, interval '0.5 s' as cpu_time,
       2048::bigint as max_rss_kb, version
from jobgrid.run where state not in ('waiting', 'queued');

create view jobgrid.history as
select run_id, job, tenant, since as at, 'submit'::text as action, null::text as from_state, 'queued'::text as to_state,
       reason, session_user::text as by_role, null::text as actor, null::text as detail
from jobgrid.run;

create view jobgrid.executor as
select 'node1'::text as executor, 'online'::text as state, 'default'::text as pool,
       null::text as queue, null::text as site, 7.5::real as cpus, 68719476736 as memory, '{"gpu": 2}'::jsonb as tokens,
       '{linux}'::text[] as capabilities, '{shell,noop}'::text[] as kinds, 5 as slots, f.free_slots, 2::bigint as running,
       '0.1.0'::text as version, 'node1.example'::text as host, now() as last_seen, now() as connected_at,
       '{}'::jsonb as info, null::text as problem, null::timestamptz as drained_since, null::text as drained_by,
       null::text as drain_reason, null::timestamptz as drain_deadline
from (values (3)) f (free_slots);

create view jobgrid.lane as
select 1 as lane, 'default'::text as queue, 'default'::text as tenant, 'shell'::text as kind, 'default'::text as pool,
       '{}'::text[] as capabilities, null::text as site, null::text as executor, 0.5 as needs_cpus,
       '4 GB'::text as needs_memory, '{"gpu": 1}'::jsonb as needs_tokens, not paused as open,
       case when paused then 'paused' end as closed_reason, paused_at as closed_since, 4::bigint as queued
from jobgrid.queue where name = 'default';

create view jobgrid.stat_scheduler as
select 'scheduler'::text as worker, 4242 as pid, 'idle'::text as state, now() - interval '1 h' as started_at,
       10::bigint as wakeups, 10::bigint as transactions, now() as last_wakeup, 0::bigint as errors, null::text as last_error;

create view jobgrid.attention as
select run_id, job, state, reason, since, 'exit code 3'::text as detail,
       format('SELECT * FROM jobgrid.rerun(%s);', run_id) as hint
from jobgrid.run where state in ('failed', 'unknown') and superseded_by is null
union all
select null, 'gone', 'unknown', 'ghost', now() + interval '1 day', 'an executor has attempt 1 of run 17',
       'SELECT jobgrid.acknowledge_ghost(...);';

create view jobgrid.upcoming as
select now() + interval '1 h' as run_at, 'default'::text as tenant, 'ok'::text as job, 'main'::text as schedule,
       'every day at 03:00'::text as schedule_text, 'UTC'::text as time_zone, null::text as calendar, true as happens,
       null::text as note, 1 as schedule_id;

create view jobgrid.calendar as
select 'London'::text as name, null::text as tenant, null::text[] as workdays, '{}'::text[] as based_on,
       'both'::text as combine, 'Europe/London'::text as time_zone, null::date as known_until, null::text as description;

create function jobgrid.next_runs(job text, n integer default 5, after timestamptz default null, tenant text default null)
returns table (run_at timestamptz, local_time timestamp, utc_offset interval, time_zone text, schedule text, in_words text, note text)
language sql as $$
    select now() + k * interval '1 day', (now() + k * interval '1 day')::timestamp, interval '0', 'UTC', 'main', 'every day at 03:00', null
    from generate_series(1, n) k where next_runs.job = 'ok'
$$;

create function jobgrid.describe_schedule(schedule text) returns text language sql as $$ select 'every day at 03:00' $$;
create function jobgrid.schedule_times(
    schedule text, time_zone text default null, after timestamptz default null, n integer default 5, calendar text default null)
returns table (run_at timestamptz, local_time timestamp, utc_offset interval, time_zone text, note text)
language sql as $$
    select now() + k * interval '1 day', (now() + k * interval '1 day')::timestamp, interval '0', coalesce(schedule_times.time_zone, 'UTC'), null
    from generate_series(1, n) k
$$;

create function jobgrid.calendar_days(calendar text, since date, until date)
returns table (day date, working boolean, kind text, label text)
language sql as $$
    select d::date, d::date <> since, case when d::date = since then 'holiday' else 'working' end,
           case when d::date = since then 'a holiday' end
    from generate_series(since, until, interval '1 day') d
$$;

create function jobgrid.import_holidays(calendar text, ics text, since date default '1970-01-01', until date default null,
                                        kind text default 'holiday', dry_run boolean default false)
returns table (day date, label text, change text)
language sql as $$ select date '2026-12-25', 'Christmas', case when dry_run then 'added' else 'kept' end $$;

create table jobgrid.pool (name text);
insert into jobgrid.pool values ('default'), ('quiet');

create function jobgrid.load_forecast(since timestamptz default null, hours integer default 24)
returns table (hour timestamptz, local_time timestamp, pool text, runs bigint, busy interval, slots bigint, load numeric,
               over boolean, unknown bigint, others interval, top_jobs text[])
language sql as $$
    select h, h at time zone 'UTC', p.pool, 4, p.busy, p.slots, p.load, p.load > 100, p.unknown, interval '0', array['ok', 'slow one']
    from generate_series(0, hours - 1) n,
         lateral (select date_trunc('hour', coalesce(since, timestamptz '2026-11-20 03:04+00')) + n * interval '1 h') x (h),
         (values ('default', interval '26:05:00', 20::bigint, 130.4, 2::bigint), (null, interval '00:36', 4, 15.0, 0))
             p (pool, busy, slots, load, unknown)
$$;
-- Every line as it arrives; one whose command is "there" has been imported.
create function jobgrid.import_crontab(entries jsonb, dry_run boolean default true, run_as text default null,
                                       time_zone text default null, owner_team text default null)
returns table (line integer, job text, in_words text, next_run timestamptz, doubt text)
language sql as $$
    select (e ->> 'line')::integer, e ->> 'command', coalesce(e ->> 'schedule', e ->> 'name'), '2026-11-20 03:00Z'::timestamptz,
           case when e ? 'problem' then 'not imported: ' || (e ->> 'problem')
                when e ->> 'command' = 'there' then 'left alone: job "there" is there already'
                else concat_ws('|', e ->> 'value', e ->> 'user', e ->> 'input', e ->> 'doubt', dry_run, run_as, time_zone, owner_team) end
    from jsonb_array_elements(entries) e order by 1
$$;
create function jobgrid.import_pg_cron(dry_run boolean default true, owner_team text default null)
returns table (job text, in_words text, next_run timestamptz, doubt text)
language plpgsql as $$ begin perform stub.fail('JG001', 'pg_cron has no jobs in this database', 'Its table is elsewhere.', 'Look there.'); end $$;
create function jobgrid.import_pgagent(dry_run boolean default true, sql_role text default null, owner_team text default null)
returns table (job text, in_words text, next_run timestamptz, doubt text)
language sql as $$ select 'load', 'every day at 03:00', '2026-11-20 03:00Z'::timestamptz, concat_ws('|', dry_run, sql_role, owner_team) $$;

create view jobgrid.transitions as
select f as from_state, t as to_state, 'engine'::text as allowed_for
from unnest('{waiting,held,queued,starting,running,blocked,unknown,succeeded,failed,cancelled,skipped}'::text[]) f,
     unnest('{waiting,held,queued,starting,running,blocked,unknown,succeeded,failed,cancelled,skipped}'::text[]) t;

-- Raises any SQLSTATE, so that every row of the table of exit codes can be met.
create function stub.fail(state text, message text, detail text default '', hint text default '') returns void
language plpgsql as $$
begin
    raise exception using errcode = state, message = message, detail = detail, hint = hint;
end $$;

create function stub.known_run(id bigint) returns stub.run
language plpgsql as $$
declare
    found_run stub.run;
begin
    select * into found_run from stub.run where stub.run.run_id = id;
    if not found then
        perform stub.fail('JG001', format('run %s does not exist', id), 'Runs are kept for 90 days.',
                          'jobgrid get runs');
    end if;
    return found_run;
end $$;

create function jobgrid.define_job(name text, kind text default 'shell', command text default null) returns jobgrid.job
language sql as $$
    insert into jobgrid.job (full_name, kind, command) values (name, kind, command)
    on conflict (full_name) do update set command = excluded.command returning *
$$;

create function jobgrid.submit(job text, parameters jsonb default null, priority text default null,
    delay interval default null, not_before timestamptz default null, business_date date default null,
    idempotency_key text default null, executor text default null, labels jsonb default null,
    ignore_conditions boolean default false, reason text default null, tenant text default null,
    traceparent text default null) returns jobgrid.submitted
language plpgsql as $$
#variable_conflict use_column
declare
    r stub.run;
    old boolean := true;
begin
    if submit.job like 'raise %' then
        perform stub.fail(substr(submit.job, 7, 5), 'raised on request');
    elsif submit.job like 'drop me' then
        perform pg_terminate_backend(pg_backend_pid());
    elsif not exists (select from jobgrid.job j where j.full_name = submit.job) then
        perform stub.fail('JG001', format('job "%s" does not exist', submit.job), '', 'Did you mean: ok');
    elsif jsonb_typeof(submit.parameters) <> 'object' then
        perform stub.fail('JG003', 'parameters are not a JSON object');
    elsif submit.priority = 'wrong' then
        perform stub.fail('JG003', 'priority "wrong" does not exist', '', 'urgent, high, normal or low');
    end if;
    select * into r from stub.run x where x.idempotency_key = submit.idempotency_key;
    if not found then
        old := false;
        insert into stub.run (job, ends_after, outcome, exit_code, priority, business_date, executor, parameters,
                              idempotency_key, set_state, set_reason)
        values (submit.job,
                case when submit.job like 'slow%' or submit.job = 'waits' then null else interval '300 ms' end,
                case when submit.job like 'fail%' then 'failed' else 'succeeded' end,
                case when submit.job like 'fail%' then 3 when submit.job = 'code 4' then 4 else 0 end,
                coalesce(submit.priority, 'normal'), coalesce(submit.business_date, date '2026-11-20'),
                submit.executor, submit.parameters, submit.idempotency_key, null, null)
        returning * into r;
    end if;
    return (r.run_id, r.job, 'queued', coalesce('not before ' || (submit.not_before at time zone 'UTC'), 'delay ' || submit.delay),
            'default', r.priority, r.business_date, old, case when old then 'already submitted' end)::jobgrid.submitted;
end $$;

create function jobgrid.rerun(run_id bigint, reason text default null, parameters jsonb default null,
    definition text default 'current') returns jobgrid.submitted
language plpgsql as $$
#variable_conflict use_column
declare
    old stub.run := stub.known_run(rerun.run_id);
    new jobgrid.submitted;
begin
    if (select r.finished_at is null from jobgrid.run r where r.run_id = old.run_id) then
        perform stub.fail('JG002', format('run %s has not ended', old.run_id), '', format('jobgrid retry %s', old.run_id));
    end if;
    new := jobgrid.submit(old.job, rerun.parameters);
    update stub.run x set superseded_by = new.run_id where x.run_id = old.run_id;
    return new;
end $$;

-- One body for the verbs: run or job, wanted state.
create function stub.act(id bigint, name text, wanted text, why text) returns setof jobgrid.acted
language plpgsql as $$
declare
    r stub.run;
begin
    if id is not null then
        r := stub.known_run(id);
        if exists (select from jobgrid.run v where v.run_id = id and v.finished_at is not null) then
            perform stub.fail('JG002', format('run %s has ended', id), 'It succeeded.', format('jobgrid rerun %s', id));
        end if;
    elsif not exists (select from jobgrid.job j where j.full_name = name) then
        perform stub.fail('JG001', format('job "%s" does not exist', name));
    end if;
    return query update stub.run x set set_state = wanted, set_reason = coalesce(why, 'operator'), set_at = clock_timestamp()
        where x.run_id = id or x.job = name
        returning x.run_id, x.job, x.set_state, x.set_reason, null::text;
end $$;

create function jobgrid.cancel(run_id bigint default null, job text default null, reason text default null, tenant text default null)
    returns setof jobgrid.acted language sql as $$ select * from stub.act(run_id, job, 'cancelled', reason) $$;
create function jobgrid.hold(run_id bigint default null, job text default null, reason text default null, tenant text default null,
        until timestamptz default null)
    returns setof jobgrid.acted language sql as $$ select * from stub.act(run_id, job, 'held', concat_ws(' until ', reason, until)) $$;
-- The flags of a job, with what was asked.
create function stub.flag(name text, wanted text, why text, until timestamptz) returns setof jobgrid.acted
language plpgsql as $$
begin
    update jobgrid.job j set held = wanted is not distinct from 'held', taken_out = wanted is not distinct from 'taken_out',
           bypassed = wanted is not distinct from 'bypassed' where j.full_name = name;
    if not found then
        perform stub.fail('JG001', format('job "%s" does not exist', name));
    end if;
    return query select null::bigint, name, null::text, null::text, concat_ws(' ', wanted, why, 'until ' || until);
end $$;
create function jobgrid.take_out(job text, reason text default null, until timestamptz default null, tenant text default null)
    returns setof jobgrid.acted language sql as $$ select * from stub.flag(job, 'taken_out', reason, until) $$;
create function jobgrid.bypass(job text, reason text default null, until timestamptz default null, tenant text default null)
    returns setof jobgrid.acted language sql as $$ select * from stub.flag(job, 'bypassed', reason, until) $$;
create function jobgrid.set_value(name text, value text, tenant text default null)
    returns table (name text, value text) language sql as $$ select set_value.name, set_value.value $$;
-- Two jobs, whatever the filter.
create function jobgrid.bulk(
    verb text, job text default null, application text default null, tag text default null, workflow text default null,
    state text default null, run_reason text default null, since timestamptz default null, what text default null,
    reason text default null, until timestamptz default null, outcome text default null, tenant text default null,
    dry_run boolean default true, expect integer default null)
returns setof jobgrid.acted language plpgsql as $$
#variable_conflict use_variable
begin
    if not dry_run and expect <> 2 then
        perform stub.fail('JG002', format('%s would act on 2, not on %s', verb, expect));
    end if;
    return query
        select null::bigint, j.full_name, null::text, null::text,
               concat_ws(' ', verb, job, application, tag, workflow, state, run_reason, what, reason, outcome,
                         case when until > now() then 'until' end, case when since < now() then 'since' end, not dry_run)
        from jobgrid.job j order by j.full_name limit 2;
end $$;
create function jobgrid.release(run_id bigint default null, job text default null, reason text default null, tenant text default null)
    returns setof jobgrid.acted language sql as $$ select * from stub.act(run_id, job, 'queued', reason) $$;
create function jobgrid.retry(run_id bigint default null, job text default null, reason text default null, tenant text default null)
    returns setof jobgrid.acted language sql as $$ select * from stub.act(run_id, job, 'queued', reason) $$;

create function jobgrid.set_outcome(run_id bigint, outcome text, reason text) returns setof jobgrid.acted
language plpgsql as $$
begin
    if outcome not in ('succeeded', 'failed', 'cancelled', 'skipped') then
        perform stub.fail('JG003', format('outcome "%s" does not exist', outcome));
    end if;
    return query select * from stub.act(run_id, null, outcome, reason);
end $$;

create function jobgrid.tell(run_id bigint, message text) returns setof jobgrid.acted
language plpgsql as $$
begin
    if not exists (select from jobgrid.run x where x.run_id = tell.run_id and x.state = 'running') then
        perform stub.fail('JG002', format('run %s does not run', run_id));
    end if;
    return query select x.run_id, x.job, x.state, x.reason, null::text from jobgrid.run x where x.run_id = tell.run_id;
end $$;

create function stub.pause(name text, wanted boolean, why text) returns jobgrid.queue
language plpgsql as $$
declare
    q jobgrid.queue;
begin
    update jobgrid.queue x set paused = wanted, paused_reason = case when wanted then why end,
           paused_at = case when wanted then now() end where x.name = pause.name returning * into q;
    if not found then
        perform stub.fail('JG001', format('queue "%s" does not exist', name));
    end if;
    return q;
end $$;
create function jobgrid.pause_queue(queue text, reason text default null) returns jobgrid.queue
    language sql as $$ select stub.pause(queue, true, reason) $$;
create function jobgrid.resume_queue(queue text, reason text default null) returns jobgrid.queue
    language sql as $$ select stub.pause(queue, false, reason) $$;
create function stub.drain(name text, wanted boolean, why text, deadline timestamptz) returns jobgrid.executor
language plpgsql as $$
declare
    e jobgrid.executor;
begin
    select * into e from jobgrid.executor x where x.executor = drain.name;
    if not found then
        perform stub.fail('JG001', format('executor "%s" does not exist', name));
    end if;
    e.state := case when wanted then 'draining' else e.state end;
    e.drained_since := case when wanted then now() end;
    e.drained_by := case when wanted then session_user::text end;
    e.drain_reason := why;
    e.drain_deadline := deadline;
    return e;
end $$;
create function jobgrid.drain_executor(executor text, deadline interval default null, reason text default null)
    returns jobgrid.executor language sql as $$ select stub.drain(executor, true, reason, now() + deadline) $$;
create function jobgrid.resume_executor(executor text) returns jobgrid.executor
    language sql as $$ select stub.drain(executor, false, null, null) $$;
create function jobgrid.unfreeze(reason text) returns text
    language sql as $$ select 'awake: epoch 2'::text $$;

create function jobgrid.status(run_id bigint) returns setof jobgrid.run
language plpgsql as $$
begin
    perform stub.known_run(status.run_id);
    return query select * from jobgrid.run r where r.run_id = status.run_id;
end $$;

create function jobgrid.why(run_id bigint default null, job text default null, tenant text default null)
    returns setof jobgrid.blocker
language plpgsql as $$
begin
    if why.run_id is not null then
        perform stub.known_run(why.run_id);
    elsif not exists (select from jobgrid.job j where j.full_name = why.job) then
        perform stub.fail('JG001', format('job "%s" does not exist', why.job));
    end if;
    return query
        select r.run_id, r.job, r.state, b.blocker, b.object, r.since, b.detail, b.hint
        from jobgrid.run r,
             (values ('condition', 'load_fx', 'has not succeeded on 2026-11-20',
                      'SELECT * FROM jobgrid.why(7); SELECT * FROM jobgrid.submit(''load fx'', business_date => ''2026-11-20'');'),
                     ('lane', 'default', 'queue is paused', 'SELECT jobgrid.resume_queue(''default'');'),
                     ('other', 'x', 'y', 'UPDATE jobgrid.job SET enabled = true WHERE job_id = 1;')) b (blocker, object, detail, hint)
        where r.run_id = why.run_id or r.job = why.job;
end $$;

-- A workflow of four steps: one that has failed, one that runs, one that waits, one without a run.
create function stub.known(run_id bigint, job text) returns void
language plpgsql as $$
begin
    if run_id is not null then
        perform stub.known_run(run_id);
    elsif not exists (select from jobgrid.job j where j.full_name = known.job) then
        perform stub.fail('JG001', format('job "%s" does not exist', known.job));
    end if;
end $$;
create function jobgrid.graph(run_id bigint default null, job text default null, tenant text default null)
    returns setof jobgrid.graph_step
language plpgsql as $$
begin
    perform stub.known(graph.run_id, graph.job);
    return query values
        ('eod', 'workflow', 'running', 'workflow', '{}'::text[], 0, now(), null::timestamptz, 1::bigint, true),
        ('eod/calc', 'shell', 'waiting', 'condition', '{succeeded(load)}', 1, null, null, 2, true);
end $$;
create function jobgrid.graph_text(run_id bigint default null, job text default null, format text default 'text', tenant text default null)
    returns text
language plpgsql as $$
begin
    perform stub.known(graph_text.run_id, graph_text.job);
    return case graph_text.format when 'dot' then 'digraph "eod" {' || chr(10) || '}'
           else '* eod  running' || chr(10) || '*   calc' || chr(27) || '  waiting  <- succeeded(load)' end;
end $$;
create function jobgrid.critical_path(
    run_id bigint default null, job text default null, all_steps boolean default false, tenant text default null)
    returns setof jobgrid.path_step
language plpgsql as $$
begin
    perform stub.known(critical_path.run_id, critical_path.job);
    return query
        select v.step, v.state, null::interval, now() - interval '60 s' + v.a, now() - interval '60 s' + v.b, v.a, v.b, interval '0', v.critical, v.run
        from (values ('eod/load', 'failed', interval '0', interval '30 s', true, 3::bigint),
                     ('eod/calc', 'running', '30 s', '90 s', true, 4), ('eod/w' || chr(27) || 'x', 'skipped', '30 s', '30 s', false, 5),
                     ('eod/in/report', null, '90 s', '120 s', true, null)) v (step, state, a, b, critical, run)
        where v.critical or critical_path.all_steps;
end $$;
create function jobgrid.eta(run_id bigint default null, job text default null, tenant text default null)
    returns setof jobgrid.expected_end
language plpgsql as $$
begin
    perform stub.known(eta.run_id, eta.job);
    return query select coalesce(eta.run_id, 1), coalesce(eta.job, 'eod'), 'running', now(), timestamptz '2099-11-20 03:00Z',
                        timestamptz '2099-11-20 03:30Z', 38, 'weekday', null::text;
end $$;
create function jobgrid.impact(
    run_id bigint default null, job text default null, outcome text default 'failed', exit_code integer default null,
    tenant text default null)
    returns setof jobgrid.effect
language plpgsql as $$
begin
    perform stub.known(impact.run_id, impact.job);
    return query values
        ('total', null, null::bigint, 1, null::integer, 'starts', '1 starts, 1 of criticality 1'),
        ('total', null, null, 2, null, 'waits', '7 wait on'),
        ('starts', 'eod/calc', 4, 1, 1, impact.outcome, 'exit code ' || impact.exit_code);
end $$;

-- Output grows with the clock: a line at once, one that cuts a character and carries an escape sequence, a last one.
create function jobgrid.follow(run_id bigint, seconds int default 60) returns boolean
language sql as $$ select stub.known_run(follow.run_id) is not null $$;

create function jobgrid.logs(run_id bigint, attempt int default null, after_chunk int default 0, max_bytes int default 1048576)
    returns setof jobgrid.log_chunk
language plpgsql as $$
declare
    r stub.run := stub.known_run(logs.run_id);
begin
    if r.job = 'silent' or logs.attempt > 1 then
        return;
    end if;
    return query
        select 1, c.chunk, r.submitted_at + c.after, c.stream, c.data, encode(c.data, 'escape')
        from (values (1, interval '0', 'o', 'first line' || chr(10)::text),
                     (2, interval '100 ms', 'e', 'escape ' || chr(27) || '[31m'),
                     (4, interval '250 ms', 'o', 'third' || chr(10) || 'last' || chr(10))) t (chunk, after, stream, line),
             lateral (values (t.chunk, t.after, t.stream, convert_to(t.line, 'UTF8') || case t.chunk when 2 then '\xc3'::bytea else '' end),
                             (3, interval '150 ms', 'e', '\xbc0a00ff0a'::bytea)) c (chunk, after, stream, data)
        where c.chunk > after_chunk and (c.chunk <> 3 or t.chunk = 2)
          and r.submitted_at + c.after <= clock_timestamp()
        order by c.chunk;
end $$;

create table stub.checks (n int, check_name text, ok boolean, detail text, fix text);
insert into stub.checks values (1, 'preloaded', true, 'jobgrid is in shared_preload_libraries', null),
                               (2, 'cluster', true, 'not held', null);
create function jobgrid.check_install() returns setof jobgrid.installation_check
    language sql as $$ select check_name, ok, detail, fix from stub.checks order by n $$;
