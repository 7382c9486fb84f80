-- As the caller, who must be able to read cron.job and to lend the roles that its jobs run as. What pg_cron does where it
-- was down, or a run takes too long, is what the imported schedules say: missed runs are not made up, and the next waits.
create or replace function jobgrid.import_pg_cron(dry_run boolean default true)
returns table (job text, in_words text, next_run timestamptz, doubt text)
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
    zone   constant text := coalesce(nullif(current_setting('cron.timezone', true), ''), 'GMT');
    cron   record;
    text   text;
    alone  boolean;
    doubts text[];
begin
    if to_regclass('cron.job') is null then
        raise exception using errcode = 'JG001',
            message = 'pg_cron has no jobs in this database',
            detail = format('Its table cron.job is in database "%s", if anywhere.',
                            coalesce(current_setting('cron.database_name', true), 'postgres')),
            hint = 'jobgrid can take them over where both extensions are in one database.';
    end if;
    for cron in execute 'select jobid, schedule, command, nodename, database, username, active, jobname from cron.job order by jobid' loop
        doubts := '{}';
        import_pg_cron.job := left(btrim(translate(coalesce(cron.jobname, 'cron ' || cron.jobid), '/', '-')), 60);
        in_words := null;
        next_run := null;
        text := case when cron.schedule ~ '^\s*\d+ seconds?\s*$' then 'every ' || btrim(cron.schedule)
                     else replace(cron.schedule, '$', 'L') end;
        begin
            in_words := jobgrid.describe_schedule(text) || ' in ' || zone;
            next_run := (select t.run_at from jobgrid.schedule_times(text, zone, n => 1) t);
        exception when sqlstate 'JG003' then
            doubts := doubts || format('not imported: %s', sqlerrm);
        end;
        if exists (select from jobgrid.job j where j.name = import_pg_cron.job and j.parent is null) then
            doubts := doubts || 'not imported: a job of this name is there already'::text;
        elsif cron.nodename not in ('', 'localhost') and cron.nodename !~ '^[/@]' then
            doubts := doubts || format('not imported: it runs on host "%s"', cron.nodename);
        elsif not exists (select from pg_catalog.pg_roles r where r.rolname = cron.username and r.rolcanlogin) then
            doubts := doubts || format('not imported: role "%s" does not exist or cannot log in', cron.username);
        end if;
        alone := cron.database = current_database()
                 and cron.command !~* '^\s*(vacuum|cluster|reindex|call|do|create\s+(unique\s+)?index\s+concurrently|alter\s+system|refresh\s+materialized\s+view\s+concurrently)\M';
        if not dry_run and not exists (select from unnest(doubts) d (text) where d.text like 'not imported%') then
            insert into jobgrid.job (name, kind, command, sql_role, database, transaction, enabled, description, tags)
            values (import_pg_cron.job, 'sql', cron.command, cron.username, cron.database,
                    case when alone then 'one' else 'none' end, false, 'Job ' || cron.jobid || ' of pg_cron', '{pg_cron}');
            insert into jobgrid.schedule (job, schedule, time_zone, when_missed, on_overlap)
            values (import_pg_cron.job, text, zone, 'none', 'wait');
        end if;
        if cron.database <> current_database() then
            doubts := doubts || format('database "%s": not exactly once', cron.database);
        elsif not alone then
            doubts := doubts || 'transaction = none: its command cannot run, or commits, inside a transaction'::text;
        end if;
        if not cron.active then
            doubts := doubts || 'inactive in pg_cron'::text;
        end if;
        doubt := nullif(array_to_string(doubts, '; '), '');
        return next;
    end loop;
end
$$;
comment on function jobgrid.import_pg_cron(boolean)
    is 'Takes the jobs of pg_cron over, disabled; without dry_run => false it only says what it would do';
grant execute on function jobgrid.import_pg_cron(boolean) to jobgrid_author, jobgrid_admin;
