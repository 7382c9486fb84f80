-- As the caller, who must be able to read pgAgent's tables and to lend the roles that SQL steps run as. sql_role is as whom
-- those steps run whose connection string names nobody.
create or replace function jobgrid.import_pgagent(
    dry_run boolean default true, sql_role text default null, owner_team text default null)
returns table (job text, in_words text, next_run timestamptz, doubt text)
language sql volatile set search_path = pg_catalog, pg_temp
begin atomic
    select i.job, i.in_words, i.next_run, i.doubt
    from (select jobgrid_engine.tenant_for(null) as name) t,
         jobgrid_engine.import_jobs(
             jobgrid_engine.import_words(jobgrid_engine.import_names(jobgrid_engine.import_sql(
                 jobgrid_engine.pgagent_jobs(jobgrid_engine.pgagent_rows(), t.name, import_pgagent.sql_role))), t.name),
             t.name, jobgrid_engine.import_team(t.name, import_pgagent.owner_team), import_pgagent.dry_run) i
    order by i.nth;
end;
comment on function jobgrid.import_pgagent(boolean, text, text)
    is 'Takes the jobs of pgAgent over, disabled; without dry_run => false it only says what it would do';
grant execute on function jobgrid.import_pgagent(boolean, text, text) to jobgrid_author, jobgrid_admin;
