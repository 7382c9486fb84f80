-- As the caller, who must be able to lend the roles that the jobs run as.
create or replace function jobgrid.import_pg_cron(dry_run boolean default true, owner_team text default null)
returns table (job text, in_words text, next_run timestamptz, doubt text)
language sql volatile set search_path = pg_catalog, pg_temp
begin atomic
    select i.job, i.in_words, i.next_run, i.doubt
    from (select jobgrid_engine.tenant_for(null) as name) t,
         jobgrid_engine.import_jobs(
             jobgrid_engine.import_words(
                 jobgrid_engine.import_names(jobgrid_engine.import_sql(jobgrid_engine.pg_cron_jobs())), t.name),
             t.name, jobgrid_engine.import_team(t.name, import_pg_cron.owner_team), import_pg_cron.dry_run) i
    order by i.nth;
end;
comment on function jobgrid.import_pg_cron(boolean, text)
    is 'Takes the jobs of pg_cron over, disabled; without dry_run => false it only says what it would do';
grant execute on function jobgrid.import_pg_cron(boolean, text) to jobgrid_author, jobgrid_admin;
