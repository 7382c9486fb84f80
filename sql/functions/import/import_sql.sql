-- How the command of a SQL job runs, which no source says: in one transaction with the end of its run where it can.
create or replace function jobgrid_engine.import_sql(plans jsonb) returns jsonb
language sql stable set search_path = pg_catalog, pg_temp
begin atomic
    with given as (
        select p.nth, p.plan, p.plan -> 'job' ->> 'database' as database,
               p.plan -> 'job' ->> 'database' <> current_database() as elsewhere,
               p.plan -> 'job' ->> 'command' ~* (
                   '^\s*(vacuum|cluster|reindex|call|do|alter\s+system|create\s+(unique\s+)?index\s+concurrently'
                   '|drop\s+index\s+concurrently|refresh\s+materialized\s+view\s+concurrently)\M') as alone
        from jsonb_array_elements(import_sql.plans) with ordinality p (plan, nth)),
    judged as (
        select g.nth, g.plan, g.plan -> 'job' ->> 'kind' = 'sql' as is_sql, g.elsewhere or g.alone as no_transaction,
               case when g.elsewhere then format('database "%s": not exactly once', g.database)
                    when g.alone then 'transaction = none: its command cannot run, or commits, inside a transaction'
               end as doubt
        from given g)
    select coalesce(jsonb_agg(
               case when j.is_sql
                    then jsonb_set(j.plan, '{job,transaction}', case when j.no_transaction then '"none"'::jsonb else '"one"' end)
                         || jsonb_build_object('doubts', to_jsonb(array_remove(array[j.doubt], null)) || (j.plan -> 'doubts'))
                    else j.plan end order by j.nth), '[]')
    from judged j;
end;
comment on function jobgrid_engine.import_sql(jsonb) is 'Gives SQL jobs that are to be imported their transaction';
grant execute on function jobgrid_engine.import_sql(jsonb) to jobgrid_author, jobgrid_admin;
