-- The lines as "jobgrid import crontab" has read them: {line, name, value}, {line, schedule, command}, with user and input
-- where they are, or {line, problem}. run_as: of lines that name no user; time_zone: of those without CRON_TZ before them.
create or replace function jobgrid.import_crontab(
    entries jsonb, dry_run boolean default true, run_as text default null, time_zone text default null,
    owner_team text default null)
returns table (line integer, job text, in_words text, next_run timestamptz, doubt text)
language sql volatile set search_path = pg_catalog, pg_temp
begin atomic
    select i.line, i.job, i.in_words, i.next_run, i.doubt
    from (select jobgrid_engine.tenant_for(null) as name) t,
         jobgrid_engine.import_jobs(
             jobgrid_engine.import_words(
                 jobgrid_engine.import_names(
                     jobgrid_engine.crontab_jobs(import_crontab.entries, import_crontab.run_as, import_crontab.time_zone)),
                 t.name),
             t.name, jobgrid_engine.import_team(t.name, import_crontab.owner_team), import_crontab.dry_run) i
    order by i.nth;
end;
comment on function jobgrid.import_crontab(jsonb, boolean, text, text, text)
    is 'Takes the lines of a crontab over, disabled; without dry_run => false it only says what it would do';
grant execute on function jobgrid.import_crontab(jsonb, boolean, text, text, text) to jobgrid_author, jobgrid_admin;
