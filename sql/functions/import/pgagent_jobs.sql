-- The jobs of pgAgent as plans, one a step. Steps of a job follow each other by business date (after). That holds where
-- the job runs once on a date; where it runs again, the second step of its second run would be released by the first step
-- of its first, so such a job is refused. Steps that are left out come last: each one follows the plan before it.
create or replace function jobgrid_engine.pgagent_jobs(rows jsonb, tenant text, sql_role text) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    -- The connection's own: a client may set another one for what it prints.
    zone      constant text := (select s.reset_val from pg_settings s where s.name = 'TimeZone');
    plans     jsonb[] := '{}';
    plan      jsonb;
    given     jsonb;
    schedules jsonb;
    doubts    jsonb;
    found     record;
    again     boolean;
begin
    for given in select j.value from jsonb_array_elements(rows) j (value) loop
        schedules := coalesce((
            select jsonb_agg(jobgrid_engine.pgagent_schedule(k.value, zone) order by k.place)
            from jsonb_array_elements(given -> 'schedules') with ordinality k (value, place)), '[]');
        select coalesce(jsonb_agg(d.value order by k.place), '[]') into doubts
        from jsonb_array_elements(schedules) with ordinality k (value, place),
             jsonb_array_elements(k.value -> 'doubts') d (value);
        doubts := doubts || case when schedules = '[]' then '["it has no schedule"]'::jsonb else '[]' end
                  || case when (given ->> 'jobenabled')::boolean then '[]' else '["disabled in pgAgent"]'::jsonb end;
        again := jobgrid_engine.fires_again(schedules, tenant);
        if not given -> 'steps' @> '[{"jstenabled": true}]' then
            plans := plans || jsonb_build_object('name', given ->> 'jobname', 'schedules', schedules,
                                                 'refusals', '["it has no enabled step"]'::jsonb);
        end if;
        for found in
            select s.value as step, (s.value ->> 'jstenabled')::boolean as enabled,
                   count(*) over (partition by s.value -> 'jstenabled') as steps,
                   row_number() over (partition by s.value -> 'jstenabled' order by s.place) as place
            from jsonb_array_elements(given -> 'steps') with ordinality s (value, place)
            order by 2 desc, s.place
        loop
            plan := jsonb_build_object(
                'name', case when found.enabled and found.steps = 1 then given ->> 'jobname'
                             else jobgrid_engine.import_name(given ->> 'jobname') || ': ' || (found.step ->> 'jstname') end,
                'description', concat_ws(
                    e'\n', format('Job %s of pgAgent, step %s', given ->> 'jobid', found.step ->> 'jstid'),
                    nullif(given ->> 'jobdesc', ''), nullif(found.step ->> 'jstdesc', '')),
                'tags', jsonb_build_array('pgagent', given ->> 'class'));
            if not found.enabled then
                plans := plans || (plan || '{"refusals": ["the step is disabled in pgAgent"]}'::jsonb);
                continue;
            end if;
            plan := plan || jobgrid_engine.pgagent_step(found.step, given ->> 'jobhostagent', sql_role)
                    || jsonb_build_object('follows', found.place > 1);
            plan := plan || jsonb_build_object(
                'schedules', (
                    select coalesce(jsonb_agg(
                        k.value - 'doubts' || jsonb_build_object(
                            'name', k.name || case when k.copy > 1 then ' ' || k.copy else '' end,
                            'on_overlap', case when found.place > 1 then 'wait' else 'skip' end) order by k.place), '[]')
                    from (select s.value, s.place, n.name,
                                 row_number() over (partition by n.name order by s.place) as copy
                          from jsonb_array_elements(schedules) with ordinality s (value, place)
                          cross join lateral jobgrid_engine.import_name(s.value ->> 'name') n (name)) k),
                'refusals', plan -> 'refusals' || case when again and found.steps > 1
                    then '["its steps follow each other more than once a day"]'::jsonb else '[]' end,
                'doubts', plan -> 'doubts' || doubts
                    || case when found.place > 1
                            then '["waits until the step before it has succeeded on the same day; while it waits, so do'
                                 ' its later runs"]'::jsonb
                            else '[]' end
                    || case when found.step ->> 'jstonerror' = 'f' then '[]'
                            when found.place < found.steps
                            then '["pgAgent goes on where it fails: here the next step waits until it has succeeded"]'::jsonb
                            else '["pgAgent takes its failure for a success"]' end);
            plans := plans || plan;
        end loop;
    end loop;
    return to_jsonb(plans);
end
$$;
comment on function jobgrid_engine.pgagent_jobs(jsonb, text, text) is 'Plans of the jobs of pgAgent';
grant execute on function jobgrid_engine.pgagent_jobs(jsonb, text, text) to jobgrid_author, jobgrid_admin;
