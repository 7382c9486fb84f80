-- When a run will be over, or a step of it, by how the last 40 went on such days: each is played again from where this one is.
create or replace function jobgrid.eta(run_id bigint default null, job text default null, tenant text default null)
returns setof jobgrid.expected_end
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    target   record := jobgrid_engine.plan_target('eta', eta.run_id, eta.job, eta.tenant);
    root     jobgrid.job;
    mine     record;
    foretold record;
    next_at  timestamptz;
    now_at   timestamptz := jobgrid_engine.moment();
    day      date;
    history  bigint[];
    answer   jobgrid.expected_end;
begin
    select * into root from jobgrid.job j where j.job_id = target.root_job;
    answer.run_id := target.target_run;
    answer.job := (select j.full_name from jobgrid.job j where j.job_id = target.job_id);
    if target.target_run is not null then
        select coalesce(l.state, r.state) as state, r.finished_at, r.business_date, l.state is null as over into mine
        from jobgrid_engine.any_run r left join jobgrid_engine.live_run l using (run_id) where r.run_id = target.target_run;
        answer.state := mine.state;
        day := mine.business_date;
        if mine.over then
            answer.p50 := mine.finished_at;
            answer.p90 := mine.finished_at;
            answer.note := 'it is over';
            return next answer;
            return;
        end if;
    else
        select min(c.next_at) into next_at
        from jobgrid.schedule s join jobgrid_engine.fire_cursor c using (schedule_id)
        where s.tenant = root.tenant and s.job = root.full_name and s.enabled and isfinite(c.next_at);
        day := (jobgrid.business_day(root.application, coalesce(next_at, now_at), root.tenant)).business_date;
    end if;
    answer.day_type := jobgrid_engine.day_type(root.job_id, day);
    history := jobgrid_engine.plan_like(root.job_id, answer.day_type);
    answer.runs := cardinality(history);
    if answer.runs < 10 then
        answer.note := format('not enough history: %s of job "%s" that succeeded on such a day, 10 are needed',
                       case answer.runs when 0 then 'no run' when 1 then '1 run' else answer.runs || ' runs' end, root.full_name);
        return next answer;
        return;
    end if;
    select f.* into foretold from jobgrid_engine.plan_forecast(root.job_id, target.root_run, history) f
    where f.job_id = target.job_id;
    answer.expected_start := foretold.start_p50;
    answer.p50 := foretold.end_p50;
    answer.p90 := foretold.end_p90;
    if target.target_run is null then
        answer.expected_start := answer.expected_start + (coalesce(next_at, now_at) - now_at);
        answer.p50 := answer.p50 + (coalesce(next_at, now_at) - now_at);
        answer.p90 := answer.p90 + (coalesce(next_at, now_at) - now_at);
        answer.note := case when next_at is null then 'no run of it is live: as if it began now' else 'as it begins by its schedule' end;
    elsif not exists (select from jobgrid_engine.lease l where l.run_id = target.root_run) then
        answer.note := 'it waits: as if it began now';
    end if;
    return next answer;
end
$$;
comment on function jobgrid.eta(bigint, text, text) is 'When a run, or the next run of a job, is expected to be over';
grant execute on function jobgrid.eta(bigint, text, text) to jobgrid_viewer;
