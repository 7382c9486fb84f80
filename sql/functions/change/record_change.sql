-- Records what was done to a row. Arguments: the columns of the natural key.
-- The session's settings must not show in what is kept and compared later.
create or replace function jobgrid_engine.record_change() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
    set timezone = 'UTC' set intervalstyle = 'postgres'
as $$
declare
    before  jsonb := to_jsonb(old);
    after   jsonb := to_jsonb(new);
    owner   text := jobgrid_engine.tenant_of(tg_table_name, coalesce(after, before));
    owners  integer[];
    key     jsonb;
    old_key jsonb;
begin
    -- A shipped row that gives way to a dump's is deleted from inside a trigger.
    if (tg_op = 'INSERT' or tg_op = 'DELETE' and pg_trigger_depth() > 1) and jobgrid_engine.dump_is_loaded() then
        return null;
    end if;
    select jsonb_object_agg(k.name, after -> k.name), jsonb_object_agg(k.name, before -> k.name) into key, old_key
    from unnest(tg_argv) k (name);
    if tg_op = 'DELETE' then
        key := old_key;
    end if;
    if tg_table_name = 'tenant' then
        owners := array[(coalesce(after, before) ->> 'tenant_id')::integer];
    else
        -- A name that is gone is the tenant's former one. Where none is left nobody shall see the row as shared.
        select coalesce(array_agg(t.tenant_id order by t.name <> owner),
                        case when owner is null then '{}'::integer[] else '{0}' end) into owners
        from jobgrid.tenant t
        where t.name in (owner, case when tg_op = 'UPDATE' then jobgrid_engine.tenant_of(tg_table_name, before) end);
    end if;
    before := jobgrid_engine.config_row(before);
    after := jobgrid_engine.config_row(after);
    if tg_op = 'UPDATE' then
        select jsonb_object_agg(b.key, b.value), jsonb_object_agg(b.key, after -> b.key) into before, after
        from jsonb_each(before) b
        where b.value <> after -> b.key;
        if before is null then
            return null;
        end if;
    end if;
    insert into jobgrid_engine.config_change (
        at, xid, began_at, by_role, set_role, actor, client, program, source, reason, ticket, tenant_ids, table_name, key,
        old_key, operation, old, new)
    values (
        clock_timestamp(), pg_current_xact_id(), transaction_timestamp(), session_user,
        nullif(current_setting('role'), 'none'), nullif(jobgrid_engine.actor_role(), session_user), inet_client_addr(),
        nullif(current_setting('application_name'), ''), current_setting('jobgrid.change_source'),
        nullif(current_setting('jobgrid.change_reason'), ''), nullif(current_setting('jobgrid.change_ticket'), ''),
        owners, tg_table_name, key, case when tg_op = 'UPDATE' and old_key <> key then old_key end, lower(tg_op), before,
        after);
    return null;
end
$$;
comment on function jobgrid_engine.record_change() is 'Records what was done to a config row';

create or replace trigger record_change after insert or update or delete on jobgrid.tenant
    for each row execute function jobgrid_engine.record_change('name');
create or replace trigger record_change after insert or update or delete on jobgrid.application
    for each row execute function jobgrid_engine.record_change('name');
create or replace trigger record_change after insert or update or delete on jobgrid.team
    for each row execute function jobgrid_engine.record_change('name');
create or replace trigger record_change after insert or update or delete on jobgrid.queue
    for each row execute function jobgrid_engine.record_change('name');
create or replace trigger record_change after insert or update or delete on jobgrid.pool
    for each row execute function jobgrid_engine.record_change('name');
create or replace trigger record_change after insert or update or delete on jobgrid.resource
    for each row execute function jobgrid_engine.record_change('name');
create or replace trigger record_change after insert or update or delete on jobgrid.priority_level
    for each row execute function jobgrid_engine.record_change('name');
create or replace trigger record_change after insert or update or delete on jobgrid.job_kind
    for each row execute function jobgrid_engine.record_change('name');
create or replace trigger record_change after insert or update or delete on jobgrid.job_default
    for each row execute function jobgrid_engine.record_change('setting');
create or replace trigger record_change after insert or update or delete on jobgrid.job
    for each row execute function jobgrid_engine.record_change('tenant', 'full_name');
create or replace trigger record_change after insert or update or delete on jobgrid.schedule
    for each row execute function jobgrid_engine.record_change('tenant', 'job', 'name');
create or replace trigger record_change after insert or update or delete on jobgrid.blackout
    for each row execute function jobgrid_engine.record_change('name');
create or replace trigger record_change after insert or update or delete on jobgrid.calendar
    for each row execute function jobgrid_engine.record_change('name');
create or replace trigger record_change after insert or update or delete on jobgrid.global_value
    for each row execute function jobgrid_engine.record_change('tenant', 'name');
create or replace trigger record_change after insert or update or delete on jobgrid.calendar_day
    for each row execute function jobgrid_engine.record_change('calendar', 'day');
