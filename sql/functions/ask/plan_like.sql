-- The last 40 runs of a job that succeeded on such a day, from which its next ones are foretold. No more than its newest 400
-- are looked at: what is older says little of today.
create or replace function jobgrid_engine.plan_like(job_id integer, day_type text) returns bigint[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
    return array(
        with near as materialized (
            (select n.run_id, n.business_date, n.state, n.started_at from jobgrid_engine.run n
             where n.job_id = plan_like.job_id order by n.run_id desc limit 400)
            union all
            (select k.run_id, k.business_date, k.state, k.started_at from jobgrid_engine.kept_run k
             where k.job_id = plan_like.job_id order by k.run_id desc limit 400)
            limit 400)
        select n.run_id from near n
        join (select d.business_date, jobgrid_engine.day_type(plan_like.job_id, d.business_date) as type
              from (select distinct x.business_date from near x) d) d using (business_date)
        where d.type = plan_like.day_type and n.state = 'succeeded' and n.started_at is not null
        order by n.run_id desc
        limit 40);
end
$$;
comment on function jobgrid_engine.plan_like(integer, text) is 'The last runs of a job that succeeded on such a day';
