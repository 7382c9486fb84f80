-- check_install(), the part that asks the server. It runs as the caller: what the owner may not see of other sessions,
-- a member of pg_read_all_stats may.
create or replace function jobgrid_engine.check_server() returns setof jobgrid.installation_check
language sql stable set search_path = pg_catalog, pg_temp
begin atomic
    select 'prepared_transactions', p.oldest is null or p.oldest > now() - interval '10 minutes',
           case when p.n = 0 then 'none is open' else format('%s open, the oldest since %s', p.n, p.oldest) end,
           case when p.oldest <= now() - interval '10 minutes'
                then format('ROLLBACK PREPARED %L;', p.gid) end
    from (select count(*) as n, min(x.prepared) as oldest, (array_agg(x.gid order by x.prepared))[1] as gid
          from pg_prepared_xacts x where x.database = current_database()) p
    union all
    select 'horizon',
           h.pid is null or h.since > now() - interval '10 minutes' or not pg_has_role('pg_read_all_stats', 'usage'),
           case when not pg_has_role('pg_read_all_stats', 'usage') then 'not checked: takes pg_read_all_stats'
                when h.pid is null then 'no transaction is open'
                else format('transaction of pid %s (%s) is open since %s', h.pid, h.usename, h.since) end,
           case when h.since <= now() - interval '10 minutes' then format('SELECT pg_terminate_backend(%s);', h.pid) end
    from (select 1) always
    left join (select a.pid, a.usename, coalesce(a.xact_start, a.backend_start) as since
               from pg_stat_activity a
               where a.backend_xmin is not null and a.pid <> pg_backend_pid() and a.datname = current_database()
               order by coalesce(a.xact_start, a.backend_start) limit 1) h on true;
end;
comment on function jobgrid_engine.check_server() is 'Checks of the server, as far as the caller may see it';
grant execute on function jobgrid_engine.check_server() to jobgrid_viewer;
