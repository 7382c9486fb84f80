-- How long an executor has been silent and when it is given up; null for one that is heard of. After a start of the
-- server nobody has been heard of, and the time counts from when it worked.
create or replace function jobgrid_engine.executor_silence(executor_id integer) returns text
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select format('executor "%s" is silent since %s and will be given up at %s (jobgrid.lease and jobgrid.grace)', e.name,
                  to_char(heard.at, 'HH24:MI:SS'),
                  to_char(heard.at + current_setting('jobgrid.lease')::interval
                          + current_setting('jobgrid.grace')::interval, 'HH24:MI:SS'))
    from jobgrid_engine.executor e
    left join jobgrid_engine.executor_stat() s on s.executor_id = e.executor_id
    cross join lateral (select greatest(s.last_seen, jobgrid_engine.works_since())) heard (at)
    where e.executor_id = executor_silence.executor_id and e.state <> 'offline' and s.suspect is not false
$$;
comment on function jobgrid_engine.executor_silence(integer) is 'Since when an executor is silent; null when it is not';
