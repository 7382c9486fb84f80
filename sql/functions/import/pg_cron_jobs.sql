-- The jobs of pg_cron as plans. As the caller, who must be able to read cron.job. What pg_cron does where it was down, or a
-- run takes too long, is what the schedules say: missed runs are not made up, and the next waits.
create or replace function jobgrid_engine.pg_cron_jobs() returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    zone constant text := coalesce(nullif(current_setting('cron.timezone', true), ''), 'GMT');
begin
    if to_regclass('cron.job') is null then
        raise exception using errcode = 'JG001',
            message = 'pg_cron has no jobs in this database',
            detail = format('Its table cron.job is in database "%s", if anywhere.',
                            coalesce(current_setting('cron.database_name', true), 'postgres')),
            hint = 'jobgrid can take them over where both extensions are in one database.';
    end if;
    return (
        select coalesce(jsonb_agg(jsonb_build_object(
                   'name', coalesce(c.jobname, 'cron ' || c.jobid), 'description', 'Job ' || c.jobid || ' of pg_cron',
                   'tags', '["pg_cron"]'::jsonb,
                   'job', jsonb_build_object(
                       'kind', 'sql', 'command', c.command, 'sql_role', c.username, 'database', c.database),
                   'schedules', jsonb_build_array(jsonb_build_object(
                       'schedule', case when c.schedule ~ '^\s*\d+ seconds?\s*$' then 'every ' || btrim(c.schedule)
                                        else replace(c.schedule, '$', 'L') end,
                       'time_zone', zone, 'when_missed', 'none', 'on_overlap', 'wait')),
                   'refusals', case when c.nodename not in ('', 'localhost') and c.nodename !~ '^[/@]'
                                    then jsonb_build_array(format('it runs on host "%s"', c.nodename)) else '[]' end,
                   'doubts', case when c.active then '[]' else '["inactive in pg_cron"]'::jsonb end) order by c.jobid), '[]')
        from cron.job c);
end
$$;
comment on function jobgrid_engine.pg_cron_jobs() is 'Plans of the jobs of pg_cron';
grant execute on function jobgrid_engine.pg_cron_jobs() to jobgrid_author, jobgrid_admin;
