create or replace function jobgrid.approve_changes(
    change_set bigint, comment text default null, version integer default null)
returns setof jobgrid.change_set
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    target jobgrid_engine.change_set := jobgrid_engine.find_change_set(change_set);
    person constant text := jobgrid_engine.actor_role();
begin
    if target.approval and (target.proposed_by = person or target.login = session_user and person = session_user) then
        raise exception using errcode = 'JG004',
            message = format('change set %s is your own', target.change_set),
            detail = format('It was proposed by "%s", and another person has to approve it.', target.proposed_by),
            hint = format('To take it back: SELECT * FROM jobgrid.reject_changes(%s);', target.change_set);
    elsif approve_changes.version is not null and approve_changes.version <> target.version then
        raise exception using errcode = 'JG002',
            message = format('change set %s has changed since you looked at it', target.change_set),
            detail = format('It is at version %s, not %s.', target.version, approve_changes.version),
            hint = format('SELECT * FROM jobgrid.proposed_edit WHERE change_set = %s;', target.change_set);
    elsif target.approval and exists (
        -- Who is a member of a role has its session too: that of a SQL job.
        select from pg_catalog.pg_roles a
        join pg_catalog.pg_roles b on pg_has_role(a.oid, b.oid, 'member') and not a.rolsuper
        where a.rolname = person and b.rolname = target.proposed_by or a.rolname = target.proposed_by and b.rolname = person) then
        raise exception using errcode = 'JG004',
            message = format('change set %s is not for "%s" to approve', target.change_set, person),
            detail = format('It was proposed by "%s". One of the two is a member of the other and can act as it, in a SQL job for example.',
                            target.proposed_by),
            hint = 'Let somebody approve it who shares no login with who proposed it.';
    elsif target.state = 'proposed' and target.expires_at <= jobgrid_engine.moment() then
        raise exception using errcode = 'JG002',
            message = format('change set %s has expired', target.change_set),
            detail = format('It was to be approved by %s.', to_char(target.expires_at, 'YYYY-MM-DD HH24:MI TZ')),
            hint = 'Whoever proposed it can propose it anew.';
    elsif target.state not in ('proposed', 'failed') and not (target.state = 'applied' and target.break_glass is not null) then
        raise exception using errcode = 'JG002',
            message = format('change set %s is %s', target.change_set, target.state),
            hint = 'SELECT change_set, state, decided_by, comment FROM jobgrid.change_set;';
    end if;
    update jobgrid_engine.change_set c
    set decided_by = person, decided_at = jobgrid_engine.moment(), comment = approve_changes.comment,
        state = case when target.state = 'applied' then 'reviewed' else 'scheduled' end
    where c.change_set = target.change_set;
    if target.state <> 'applied' then
        if target.valid_from > jobgrid_engine.moment() then
            perform jobgrid_engine.ring('changes');
        else
            perform jobgrid_engine.apply_change_set(target.change_set);
        end if;
    end if;
    return query select c.* from jobgrid.change_set c where c.change_set = target.change_set;
end
$$;
comment on function jobgrid.approve_changes(bigint, text, integer)
    is 'Approves the edits of another person: they are made, at once or at their moment; or reviews those that broke the glass';
grant execute on function jobgrid.approve_changes(bigint, text, integer) to jobgrid_approver;
