create or replace view jobgrid.proposed_edit with (security_barrier) as
    select p.change_set, p.edit, p.table_name, p.key, p.operation, p.old, p.new,
           c.state in ('proposed', 'scheduled', 'failed') and jobgrid_engine.is_stale(p.table_name, p.operation, p.key, p.old) as stale
    from jobgrid_engine.proposal p
    join jobgrid_engine.change_set c using (change_set)
    where c.tenant_id = any ((select jobgrid_engine.visible_tenants())::integer[]);
comment on view jobgrid.proposed_edit is 'The edits of change sets, row by row, and whether what they change has changed since';
