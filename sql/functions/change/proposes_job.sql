-- Whether the session has proposed the job that a row is of, which is therefore not there yet.
create or replace function jobgrid_engine.proposes_job(config jsonb) returns boolean
language sql stable set search_path = pg_catalog, pg_temp
as $$
    select exists (
        select from jobgrid_engine.change_set c join jobgrid_engine.proposal p using (change_set)
        where c.state = 'proposed' and c.proposed_by = jobgrid_engine.actor_role() and p.table_name = 'job' and p.operation = 'insert'
          and p.key = jsonb_build_object('tenant', config ->> 'tenant', 'full_name', config ->> 'job'))
$$;
comment on function jobgrid_engine.proposes_job(jsonb) is 'Whether the session has proposed the job that a row is of';
