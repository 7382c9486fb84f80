-- What the schedules of plans say, and why one cannot be: read by the parser that will read them once they are rows.
create or replace function jobgrid_engine.import_words(plans jsonb, tenant text) returns jsonb
language sql volatile security definer set search_path = pg_catalog, pg_temp
begin atomic
    with schedules as (
        select p.nth, s.place, s.value, s.value ->> 'schedule' as text,
               coalesce((s.value ->> 'enabled')::boolean, true) as enabled,
               coalesce(s.value ->> 'time_zone',
                        (select t.time_zone from jobgrid.tenant t where t.name = import_words.tenant),
                        current_setting('jobgrid.time_zone')) as zone
        from jsonb_array_elements(import_words.plans) with ordinality p (plan, nth)
        cross join lateral jsonb_array_elements(p.plan -> 'schedules') with ordinality s (value, place)),
    judged as (
        select s.*, e.message as problem,
               case when e.message is null then (
                   select min(f.run_at)
                   from jobgrid_engine.fire_times(
                       s.text, s.zone, null, case when s.value ? 'closed' then 1000 else 1 end, null, null,
                       s.value ->> 'when_clock_skips', s.value ->> 'when_clock_repeats', null,
                       (s.value ->> 'valid_from')::date, (s.value ->> 'valid_until')::date, null) f
                   where not coalesce(s.value -> 'closed' ? f.local_time::date::text, false)) end as next_run
        from schedules s cross join lateral jobgrid_engine.schedule_error(s.text, s.zone, null) e),
    said as (
        select j.nth, min(j.next_run) filter (where j.enabled) as next_run,
               jsonb_agg(j.problem order by j.place) filter (where j.problem is not null) as problems,
               string_agg(
                   jobgrid.describe_schedule(j.text) || ' in ' || j.zone || case when j.enabled then '' else ' (disabled)' end,
                   '; ' order by j.place) filter (where j.problem is null) as in_words
        from judged j group by j.nth)
    select coalesce(jsonb_agg(
               p.plan || jsonb_build_object(
                   'in_words', s.in_words, 'next_run', s.next_run,
                   'refusals', coalesce(p.plan -> 'refusals', '[]') || coalesce(s.problems, '[]')) order by p.nth), '[]')
    from jsonb_array_elements(import_words.plans) with ordinality p (plan, nth)
    left join said s on s.nth = p.nth;
end;
comment on function jobgrid_engine.import_words(jsonb, text) is 'Says the schedules of what is to be imported in words';
grant execute on function jobgrid_engine.import_words(jsonb, text) to jobgrid_author, jobgrid_admin;
