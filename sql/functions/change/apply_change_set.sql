-- Makes the edits of a change set, and says so in their history. The settings are the session's again when it has ended.
create or replace function jobgrid_engine.apply_change_set(wanted bigint) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    set jobgrid.change_reason = '' set jobgrid.change_ticket = '' set jobgrid.change_source = ''
    set jobgrid.change_valid_from = ''
as $$
declare
    target jobgrid_engine.change_set;
begin
    select * into target from jobgrid_engine.change_set c where c.change_set = wanted for update;
    perform set_config('jobgrid.change_reason', coalesce(target.reason, ''), true),
            set_config('jobgrid.change_ticket', coalesce(target.ticket, ''), true),
            set_config('jobgrid.change_source', 'change set ' || wanted, true);
    perform jobgrid_engine.apply_edits(wanted);
    update jobgrid_engine.change_set c set state = 'applied', applied_at = jobgrid_engine.moment(), retry_at = null, problem = null
    where c.change_set = wanted;
end
$$;
comment on function jobgrid_engine.apply_change_set(bigint) is 'Makes the edits of a change set';
