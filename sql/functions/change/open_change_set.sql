-- The change set that an edit of this session belongs to: that of its ticket, or of its transaction. All edits of a set are made with
-- the rights of one role, which are this session's now.
create or replace function jobgrid_engine.open_change_set(owner integer, needed boolean, moment timestamptz, broken text)
returns jobgrid_engine.change_set
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    result jobgrid_engine.change_set;
    given  constant text := nullif(btrim(current_setting('jobgrid.change_ticket')), '');
    role   constant text := case current_setting('role') when 'none' then session_user else current_setting('role') end;
begin
    select * into result from jobgrid_engine.change_set c
    where c.state = case when broken is not null then 'applied' when needed then 'proposed' else 'scheduled' end
      and c.tenant_id = owner and c.approval = needed and c.valid_from is not distinct from moment
      and c.proposed_by = jobgrid_engine.actor_role() and c.login = session_user and c.edit_role = role
      and c.break_glass is not distinct from broken
      and (c.xid = pg_current_xact_id() or broken is null and c.ticket = given)
      and (c.expires_at is null or c.expires_at > jobgrid_engine.moment())
    order by c.change_set desc limit 1
    for update;
    if not found then
        insert into jobgrid_engine.change_set (
            tenant_id, proposed_by, login, edit_role, proposed_at, xid, ticket, reason, approval, expires_at, valid_from, state,
            break_glass, applied_at)
        select owner, jobgrid_engine.actor_role(), session_user, role,
               jobgrid_engine.moment(), pg_current_xact_id(), given, nullif(current_setting('jobgrid.change_reason'), ''),
               needed, case when needed and broken is null then jobgrid_engine.moment() + t.approval_within end,
               moment, case when broken is not null then 'applied' when needed then 'proposed' else 'scheduled' end, broken,
               case when broken is not null then jobgrid_engine.moment() end
        from jobgrid.tenant t where t.tenant_id = owner
        returning * into result;
    end if;
    return result;
end
$$;
comment on function jobgrid_engine.open_change_set(integer, boolean, timestamptz, text) is 'The change set of an edit';
