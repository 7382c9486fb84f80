-- The executor protocol's signatures are its contract: docs/protocol.md is written for other people's executors.
begin;
select plan(24);

select is((select pg_get_function_arguments(p.oid) || ' -> ' || pg_get_function_result(p.oid) from pg_proc p
           where p.pronamespace = 'jobgrid_engine'::regnamespace and p.proname = v.name), v.signature, v.name)
from (values
    ('hello'::name,
     'name text, instance uuid, protocol integer, slots integer, kinds text[], pool text DEFAULT ''default''::text, '
     'site text DEFAULT NULL::text, capabilities text[] DEFAULT ''{}''::text[], version text DEFAULT ''''::text, '
     'host text DEFAULT NULL::text, info jsonb DEFAULT ''{}''::jsonb, queue text DEFAULT NULL::text, '
     'cpus real DEFAULT NULL::real, memory bigint DEFAULT NULL::bigint, tokens jsonb DEFAULT ''{}''::jsonb, journal uuid DEFAULT NULL::uuid, '
     'known jobgrid_engine.known_attempt[] DEFAULT ''{}''::jobgrid_engine.known_attempt[] -> jobgrid_engine.welcome'),
    ('hello_log', 'executor_id integer, instance uuid -> void'),
    ('exchange', 'request bigint, reports jobgrid_engine.report[], free_slots integer -> SETOF jobgrid_engine.answer'),
    ('heartbeat', 'free_slots integer, cpu real DEFAULT NULL::real, memory real DEFAULT NULL::real, '
                  'load real DEFAULT NULL::real, problem text DEFAULT NULL::text -> boolean'),
    ('write_output', 'chunks jobgrid_engine.chunk[] -> SETOF jobgrid_engine.attempt_key'),
    ('write_progress', 'progress jobgrid_engine.progress_report[] -> SETOF jobgrid_engine.attempt_key'),
    ('goodbye', 'reason text DEFAULT NULL::text -> void')) v (name, signature);

select is((select string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' order by a.attnum)
           from pg_attribute a where a.attrelid = format('jobgrid_engine.%I', v.name)::regclass and a.attnum > 0),
    v.columns, v.name)
from (values
    ('welcome', 'executor_id integer, protocol integer, epoch integer, held boolean, lease_ms integer, grace_ms integer, '
                'heartbeat_ms integer, poll_ms integer, channel text, last_request bigint, stale_runs bigint[], '
                'stale_fences bigint[]'),
    ('report', 'run_id bigint, attempt integer, fence bigint, event text, exit_code integer, signal integer, '
               'run_us bigint, age_us bigint, cpu_us bigint, max_rss_kb bigint, message text, result text'),
    ('attempt_key', 'run_id bigint, attempt integer, fence bigint'),
    ('known_attempt', 'run_id bigint, attempt integer, fence bigint, state text, tenant text, job text'),
    ('answer', 'what text, run_id bigint, attempt integer, fence bigint, kind text, detail text'),
    ('progress_report', 'run_id bigint, attempt integer, fence bigint, percent real, step text, cpu_us bigint, '
                        'rss_kb bigint, checkpoint bytea'),
    ('chunk', 'run_id bigint, attempt integer, fence bigint, chunk integer, stream "char", age_us bigint, data bytea'))
    v (name, columns);

select ok(p.prosecdef, format('%s runs as the owner', p.proname))
from pg_proc p
where p.pronamespace = 'jobgrid_engine'::regnamespace
  and p.proname in ('hello', 'hello_log', 'exchange', 'heartbeat', 'write_output', 'write_progress', 'goodbye')
order by p.proname;
select set_has($$select unnest(proconfig) from pg_proc where oid = 'jobgrid_engine.exchange'::regproc$$,
    $$values ('jit=off'), ('enable_mergejoin=off'), ('plan_cache_mode=force_generic_plan')$$,
    'exchange plans for a handful of rows');

-- Without hello a session is no executor's
create function pg_temp.fails(command text) returns boolean language plpgsql as $$
begin
    execute command;
    return false;
exception when others then
    return sqlstate like 'JG%';
end $$;
select ok(pg_temp.fails('select jobgrid_engine.heartbeat(1)'), 'no heartbeat without hello');
select ok(pg_temp.fails('select jobgrid_engine.exchange(1, ''{}'', 1)'), 'no exchange without hello');

select * from finish();
rollback;
