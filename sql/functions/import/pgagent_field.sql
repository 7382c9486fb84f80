-- Flags of a pgAgent schedule as a field of cron. None at all means any, as all of them do; said as a star, it restricts
-- nothing in cron either.
create or replace function jobgrid_engine.pgagent_field(flags boolean[], first integer) returns text
language sql immutable set search_path = pg_catalog, pg_temp
as $$
    select case when count(*) filter (where f.flag) in (0, count(*)) then '*'
                else string_agg((f.nth - 1 + pgagent_field.first)::text, ',' order by f.nth) filter (where f.flag) end
    from unnest(pgagent_field.flags) with ordinality f (flag, nth)
$$;
comment on function jobgrid_engine.pgagent_field(boolean[], integer) is 'Flags of a pgAgent schedule as a field of cron';
