-- An edit that somebody has to approve, or that is to be in force later, is kept and not made (docs/approval.md). First of the
-- triggers: the others check it when it is tried. Arguments: the columns of the natural key.
create or replace function jobgrid_engine.withhold() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
    set timezone = 'UTC' set intervalstyle = 'postgres'
as $$
declare
    acts    constant text[] := '{held,held_reason,taken_out,bypassed,flag_reason,flag_until,paused,paused_reason}';
    before  jsonb := jobgrid_engine.config_row(to_jsonb(old));
    after   jsonb := jobgrid_engine.config_row(to_jsonb(new));
    was     jsonb := to_jsonb(old);
    is_now  jsonb := to_jsonb(new);
    broken  text := nullif(btrim(current_setting('jobgrid.break_glass')), '');
    owner   integer;
    moment  timestamptz;
    owner_set jobgrid_engine.change_set;
    key     jsonb;
    newest  bigint;
    there   boolean;
begin
    if jobgrid_engine.applied_role() is not null
       or tg_op = 'UPDATE' and (before - acts = after - acts
                                or was ->> 'row_version' is distinct from is_now ->> 'row_version')
       or jobgrid_engine.dump_is_loaded() and tg_op <> 'UPDATE' then
        return coalesce(new, old);
    end if;
    owner := jobgrid_engine.needs_approval(tg_table_name, was, is_now);
    moment := jobgrid_engine.change_moment(tg_table_name, coalesce(is_now, was));
    if owner is null and moment is null then
        return coalesce(new, old);
    end if;
    if tg_op = 'UPDATE' then
        select jsonb_object_agg(b.key, b.value), jsonb_object_agg(b.key, after -> b.key) into before, after
        from jsonb_each(before) b where b.value is distinct from after -> b.key;
    elsif tg_op = 'INSERT' then
        select jsonb_object_agg(a.key, a.value) into after from jsonb_each(after) a where a.value <> 'null';
    end if;
    select jsonb_object_agg(k.name, coalesce(was, is_now) -> k.name) into key from unnest(tg_argv) k (name);
    -- A generated column has no value yet.
    if tg_table_name = 'job' and tg_op = 'INSERT' then
        key := key || jsonb_build_object('full_name', concat_ws('/', is_now ->> 'parent', is_now ->> 'name'));
    end if;
    -- A row that is there already is updated (ON CONFLICT), which comes by here again, or refused. The lock keeps it there.
    if tg_op = 'INSERT' then
        execute format('select true from jobgrid.%I t where %s for key share', tg_table_name,
                       jobgrid_engine.key_condition(tg_table_name, key)) into there;
        if there then
            return new;
        end if;
    end if;
    broken := case when owner is not null and moment is null then broken end;
    owner_set := jobgrid_engine.open_change_set(
        coalesce(owner, (select t.tenant_id from jobgrid.tenant t
                         where t.name = jobgrid_engine.tenant_of(tg_table_name, coalesce(is_now, was))),
                 (select t.tenant_id from jobgrid.tenant t where t.name = 'default')),
        owner is not null, moment, broken);
    newest := jobgrid_engine.propose(owner_set.change_set, tg_table_name, key, lower(tg_op), before, after);
    if broken is not null then
        raise warning using
            message = format('change set %s: this edit is in force without approval, and has to be reviewed', owner_set.change_set);
        return coalesce(new, old);
    end if;
    perform jobgrid_engine.try_edits(owner_set.change_set, newest);
    if owner_set.state = 'scheduled' then
        perform jobgrid_engine.ring('changes');
    end if;
    raise notice using
        message = format('change set %s: this edit %s%s', owner_set.change_set,
                         case when owner is not null then 'waits for approval' else 'waits' end,
                         case when moment is not null then format(' until %s', to_char(moment, 'YYYY-MM-DD HH24:MI TZ')) end),
        hint = format('SELECT * FROM jobgrid.preview_changes(change_set => %s);', owner_set.change_set);
    return case when tg_op = 'UPDATE' then old end;
end
$$;
comment on function jobgrid_engine.withhold() is 'Keeps edits that wait for approval or for their moment';

create or replace trigger a_withhold before insert or update or delete on jobgrid.tenant
    for each row when (current_user <> 'jobgrid_owner') execute function jobgrid_engine.withhold('name');
create or replace trigger a_withhold before insert or update or delete on jobgrid.application
    for each row when (current_user <> 'jobgrid_owner') execute function jobgrid_engine.withhold('name');
create or replace trigger a_withhold before insert or update or delete on jobgrid.team
    for each row when (current_user <> 'jobgrid_owner') execute function jobgrid_engine.withhold('name');
create or replace trigger a_withhold before insert or update or delete on jobgrid.queue
    for each row when (current_user <> 'jobgrid_owner') execute function jobgrid_engine.withhold('name');
create or replace trigger a_withhold before insert or update or delete on jobgrid.job
    for each row when (current_user <> 'jobgrid_owner') execute function jobgrid_engine.withhold('tenant', 'full_name');
create or replace trigger a_withhold before insert or update or delete on jobgrid.schedule
    for each row when (current_user <> 'jobgrid_owner') execute function jobgrid_engine.withhold('tenant', 'job', 'name');
create or replace trigger a_withhold before insert or update or delete on jobgrid.blackout
    for each row when (current_user <> 'jobgrid_owner') execute function jobgrid_engine.withhold('name');
create or replace trigger a_withhold before insert or update or delete on jobgrid.calendar
    for each row when (current_user <> 'jobgrid_owner') execute function jobgrid_engine.withhold('name');
create or replace trigger a_withhold before insert or update or delete on jobgrid.global_value
    for each row when (current_user <> 'jobgrid_owner') execute function jobgrid_engine.withhold('tenant', 'name');
create or replace trigger a_withhold before insert or update or delete on jobgrid.calendar_day
    for each row when (current_user <> 'jobgrid_owner') execute function jobgrid_engine.withhold('calendar', 'day');
