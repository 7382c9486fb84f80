-- Tokens are everybody's, so that everybody sees how many are free. Who has them is shown to those who see the run.
create or replace view jobgrid.stat_resource with (security_barrier) as
    select r.name as resource, r.amount, r.free,
           (select string_agg(format('run %s of "%s" has %s', h.run_id, h.full_name, h.tokens), ', ' order by h.run_id)
            from (select o.run_id, j.full_name, (l.needs_tokens -> r.name)::bigint as tokens
                  from jobgrid_engine.lease o join jobgrid_engine.lane l using (lane_id)
                  join jobgrid.job j on j.job_id = o.job_id
                  where l.needs_tokens ? r.name
                    and l.tenant_id = any ((select jobgrid_engine.visible_tenants())::integer[])
                  order by o.run_id limit 10) h) as holders
    from jobgrid_engine.resource_room r;
comment on view jobgrid.stat_resource is 'Tokens of the whole grid: how many are free, and who has them';
