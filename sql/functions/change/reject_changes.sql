create or replace function jobgrid.reject_changes(change_set bigint, comment text default null)
returns setof jobgrid.change_set
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    target jobgrid_engine.change_set := jobgrid_engine.find_change_set(change_set);
    own    constant boolean := target.proposed_by = jobgrid_engine.actor_role();
begin
    if not own and not pg_has_role(jobgrid_engine.actor_role(), 'jobgrid_approver', 'member') then
        raise exception using errcode = 'JG004',
            message = format('change set %s was proposed by "%s"', target.change_set, target.proposed_by),
            detail = 'It is rejected by somebody with jobgrid_approver, or withdrawn by who proposed it.',
            hint = 'SELECT change_set, state, proposed_by FROM jobgrid.change_set;';
    elsif target.state not in ('proposed', 'scheduled', 'failed') then
        raise exception using errcode = 'JG002',
            message = format('change set %s is %s', target.change_set, target.state),
            hint = case when target.state = 'applied' then 'Its edits are taken back one by one: SELECT * FROM jobgrid.config_history WHERE source = '
                                                          || quote_literal('change set ' || target.change_set) || ';'
                        else 'SELECT change_set, state, decided_by, comment FROM jobgrid.change_set;' end;
    end if;
    update jobgrid_engine.change_set c
    set state = case when own then 'withdrawn' else 'rejected' end, decided_by = jobgrid_engine.actor_role(),
        decided_at = jobgrid_engine.moment(), comment = reject_changes.comment
    where c.change_set = target.change_set;
    return query select c.* from jobgrid.change_set c where c.change_set = target.change_set;
end
$$;
comment on function jobgrid.reject_changes(bigint, text) is 'Rejects the edits of another person, or withdraws one''s own';
grant execute on function jobgrid.reject_changes(bigint, text) to jobgrid_approver, jobgrid_business, jobgrid_author, jobgrid_admin;
