-- check_install(), the part that reads the engine's own tables and shared memory.
create or replace function jobgrid_engine.check_engine() returns setof jobgrid.installation_check
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    version text := (select e.extversion from pg_catalog.pg_extension e where e.extname = 'jobgrid');
    control text := (select s.setting from pg_catalog.pg_settings s where s.name = 'jobgrid.database');
    library text := current_setting('jobgrid.version', true);
    held    text := jobgrid_engine.held_reason();
    found_text text;
    found_number bigint;
    other_number bigint;
begin
    return query values
        ('preloaded', control is not null, 'library ' || coalesce(library, 'not loaded'),
         case when control is null
              then 'Add jobgrid to shared_preload_libraries in postgresql.conf and restart the server.' end),
        ('database', control = current_database(), format('jobgrid.database is %s', control),
         case when control <> current_database()
              then format('ALTER SYSTEM SET jobgrid.database = %L; and restart the server.', current_database()) end),
        ('version', coalesce(library, version) = version, format('extension %s, library %s', version, library),
         case when library <> version then 'ALTER EXTENSION jobgrid UPDATE;' end),
        ('held', held is null, coalesce(held, 'no'),
         case when held is not null then 'SELECT jobgrid.unfreeze(''...'');' end),
        ('epoch', jobgrid_engine.later_epoch() is null,
         coalesce('an executor has attempts of epoch ' || jobgrid_engine.later_epoch()
                  || ': this server is an old primary, or was restored', 'no executor knows a later one'),
         case when jobgrid_engine.later_epoch() is not null
              then 'Stop an old primary. If this database is the one to work: SELECT jobgrid.unfreeze(''...'');' end);

    select string_agg(w.name, ', ') into found_text
    from unnest('{scheduler,dispatcher,janitor}'::text[]) w (name)
    where not exists (select from jobgrid_engine.worker_stat() s where s.worker = w.name and s.pid is not null);
    return query values
        ('workers', found_text is null, coalesce('not running: ' || found_text, 'scheduler, dispatcher, janitor run'),
         case when found_text is not null
              then 'Read the server''s log; they are restarted within a second, and on a standby they sleep.' end);
    select string_agg(format('%s: %s (%s errors)', s.worker, s.last_error, s.errors), '; ') into found_text
    from jobgrid_engine.worker_stat() s where s.last_error is not null;
    return query values
        ('worker_errors', found_text is null, coalesce(found_text, 'none'),
         case when found_text is not null then 'SELECT * FROM jobgrid.stat_scheduler;' end);

    -- Ids are handed out up to the last partition's bound; beyond it submissions wait for the janitor.
    select s.last_value into other_number from jobgrid_engine.run_id_seq s;
    select max((regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \(''?(\d+)''?\)'))[1]::bigint) into found_number
    from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'jobgrid_engine.run'::regclass;
    return query values
        ('partitions', found_number is null or found_number > other_number,
         case when found_number is null then 'none yet: the first submission makes one'
              else format('%s ids left', greatest(found_number - other_number, 0)) end,
         case when found_number <= other_number
              then 'The janitor makes them: look at its errors in jobgrid.stat_scheduler.' end);

    select count(*) into found_number from jobgrid.executor e where e.state in ('online', 'busy');
    select count(*) into other_number from jobgrid.job j where j.enabled and j.kind <> 'sql' and j.run_by = 'jobgrid';
    found_text := jobgrid_engine.jobs_without_executor();
    return query values
        ('executors', found_number > 0 and found_text is null or other_number = 0,
         format('%s online, %s jobs need one%s', found_number, other_number, '; none can take ' || found_text),
         case when other_number = 0 then null
              when found_number = 0 then 'Start one on a node: jobgrid-executor'
              when found_text is not null
              then 'SELECT executor, state, problem, pool, site, capabilities, kinds FROM jobgrid.executor;' end);
    select string_agg(format('%s: %s', e.executor, e.problem), '; ' order by e.executor) into found_text
    from jobgrid.executor e where e.state = 'error';
    return query values
        ('executor_problems', found_text is null, coalesce(found_text, 'none'),
         case when found_text is not null
              then 'The executor''s log says more; it goes on by itself when that is mended.' end);
    found_text := jobgrid_engine.limits_not_enforced();
    return query values
        ('limits', found_text is null, coalesce('not enforced: ' || found_text, 'what jobs have is enforced where they run'),
         case when found_text is not null
              then 'Give the executors control groups (docs/operations.md), or such jobs the capability limit.memory,'
                   ' limit.cpu, ..., so that they go where it is enforced.' end);
    select string_agg(format('%s for %s', q.name, date_trunc('second', now() - q.paused_at)), ', ')
    into found_text
    from jobgrid.queue q where q.paused;
    return query values
        ('queues', found_text is null, coalesce('paused: ' || found_text, 'none is paused'),
         case when found_text is not null then format('SELECT jobgrid.resume_queue(%L);',
             (select min(q.name) from jobgrid.queue q where q.paused)) end);
    select extract(epoch from now() - min(r.since))::bigint, min(r.run_id) into found_number, other_number
    from (select distinct on (r.lane_id) r.run_id, r.since
          from jobgrid_engine.ready r join jobgrid_engine.lane l using (lane_id)
          where l.open
          order by r.lane_id, r.rank, r.run_id) r;
    return query values
        ('oldest_queued', coalesce(found_number, 0) < 3600,
         coalesce('waits for ' || make_interval(secs => found_number), 'nothing waits in an open lane'),
         case when found_number >= 3600 then format('SELECT * FROM jobgrid.why(%s);', other_number) end);
    select string_agg(format('%I', r.rolname), ', ') into found_text
    from pg_catalog.pg_roles r
    where r.rolname like 'jobgrid\_%'
      and r.rolname in ('jobgrid_owner', 'jobgrid_viewer', 'jobgrid_submitter', 'jobgrid_business', 'jobgrid_operator',
                        'jobgrid_author', 'jobgrid_approver', 'jobgrid_auditor', 'jobgrid_admin', 'jobgrid_executor',
                        'jobgrid_gateway')
      and (r.rolcanlogin or r.rolsuper or r.rolcreatedb or r.rolcreaterole or r.rolreplication or r.rolbypassrls);
    return query values
        ('roles', found_text is null, coalesce('rights of their own: ' || found_text, 'only groups'),
         case when found_text is not null
              then format('ALTER ROLE %s NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;',
                          split_part(found_text, ', ', 1)) end);
    select string_agg(format('"%s"', t.name), ', ') into found_text
    from jobgrid.team t
    where not exists (select from pg_catalog.pg_roles r where r.rolname = t.database_role);
    return query values
        ('teams', found_text is null, coalesce('role is missing for: ' || found_text, 'every team has its role'),
         case when found_text is not null then format('CREATE ROLE %I;', (
             select t.database_role from jobgrid.team t
             where not exists (select from pg_catalog.pg_roles r where r.rolname = t.database_role)
             order by t.name limit 1)) end);
end
$$;
comment on function jobgrid_engine.check_engine() is 'Checks of the engine''s own state';
grant execute on function jobgrid_engine.check_engine() to jobgrid_viewer;
