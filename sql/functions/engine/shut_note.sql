-- The same in words, for a fire of that moment.
create or replace function jobgrid_engine.shut_note(skips boolean, until timestamptz, note text) returns text
language sql stable strict set search_path = pg_catalog, pg_temp
as $$
    select format('%s %s', case when skips then 'makes no run:' else 'waits' || case when isfinite(until)
                  then to_char(until, '" until "YYYY-MM-DD HH24:MI TZ:') else ':' end end, note)
$$;
comment on function jobgrid_engine.shut_note(boolean, timestamptz, text) is 'What a blackout or run window does to a fire, in words';
grant execute on function jobgrid_engine.shut_note(boolean, timestamptz, text) to jobgrid_viewer;
