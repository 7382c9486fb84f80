create or replace view jobgrid.change_set with (security_barrier) as
    select c.change_set, t.name as tenant,
           case when c.state = 'proposed' and c.expires_at <= jobgrid_engine.moment() then 'expired' else c.state end as state,
           c.ticket, c.reason, c.proposed_by, c.proposed_at, c.expires_at, c.valid_from, c.break_glass, c.decided_by, c.decided_at,
           c.comment, c.applied_at, c.problem,
           (select count(*) from jobgrid_engine.proposal p where p.change_set = c.change_set) as edits, c.version
    from jobgrid_engine.change_set c
    join jobgrid.tenant t on t.tenant_id = c.tenant_id
    where c.tenant_id = any ((select jobgrid_engine.visible_tenants())::integer[]);
comment on view jobgrid.change_set is 'Edits that wait for approval or for their moment, and what became of others';
