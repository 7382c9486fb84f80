-- The first of the owners is the row's tenant as it is called now.
create or replace view jobgrid.config_history with (security_barrier) as
    select c.change_id, c.at, c.xid as transaction, c.by_role as changed_by, c.set_role, c.actor, c.client, c.program, c.source,
           c.reason, c.ticket, t.name as tenant, c.table_name, c.key, c.operation, c.old, c.new
    from jobgrid_engine.config_change c
    left join jobgrid.tenant t on t.tenant_id = c.tenant_ids[1]
    where c.tenant_ids <@ (select jobgrid_engine.visible_tenants())::integer[] or (select jobgrid_engine.sees_all());
comment on view jobgrid.config_history is 'What was changed in config tables: by whom, when, why, and what it was before';
