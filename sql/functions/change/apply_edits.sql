-- Does edits of a change set, in their order, as who proposed them. What they change must be as it was then.
create or replace function jobgrid_engine.apply_edits(wanted bigint, first bigint default null) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    set timezone = 'UTC' set intervalstyle = 'postgres'
as $$
declare
    target  jobgrid_engine.change_set;
    edit    jobgrid_engine.proposal;
    whole   jsonb;
    present jsonb;
    differ  text;
    checks  text;
begin
    select * into target from jobgrid_engine.change_set c where c.change_set = wanted;
    for edit in select p.* from jobgrid_engine.proposal p
                where p.change_set = wanted and p.edit >= coalesce(first, p.edit) order by p.edit loop
        if edit.operation <> 'insert' then
            execute format('select to_jsonb(t) from jobgrid.%I t where %s for update', edit.table_name,
                           jobgrid_engine.key_condition(edit.table_name, edit.key)) into whole;
            present := jobgrid_engine.config_row(whole);
            select string_agg(o.key, ', ' order by o.key) into differ
            from jsonb_each(edit.old) o where present -> o.key is distinct from o.value;
            if differ is not null then
                raise exception using errcode = 'JG002',
                    message = format('change set %s is stale: %s %s has changed since it was proposed', wanted, edit.table_name, edit.key),
                    detail = case when present is null then 'It is not there any more.'
                                  else (select format('Then %s, now %s.', jsonb_object_agg(o.key, o.value),
                                                      jsonb_object_agg(o.key, present -> o.key))
                                        from jsonb_each(edit.old) o where present -> o.key is distinct from o.value) end,
                    hint = format('SELECT * FROM jobgrid.reject_changes(%s, ''stale''); and propose it anew.', wanted);
            end if;
        end if;
        -- A job may have become critical, and a tenant more careful, since.
        if not target.approval and jobgrid_engine.needs_approval(
               edit.table_name, case when edit.operation <> 'insert' then whole end,
               case edit.operation when 'insert' then edit.new when 'update' then whole || edit.new end) is not null then
            raise exception using errcode = 'JG002',
                message = format('change set %s needs approval by now', wanted),
                detail = format('It needed none when %s %s was proposed.', edit.table_name, edit.key),
                hint = format('SELECT * FROM jobgrid.reject_changes(%s, ''needs approval''); and propose it anew.', wanted);
        end if;
        if jobgrid_engine.edit_as(target.proposed_by, target.edit_role,
               jobgrid_engine.edit_statement(edit.table_name, edit.operation, edit.key, edit.new)) = 0 then
            raise exception using errcode = 'JG004',
                message = format('role "%s" may not make edit %s of change set %s', target.edit_role, edit.edit, wanted),
                detail = format('It is an %s of %s %s, which is not its row to edit.', edit.operation, edit.table_name, edit.key),
                hint = 'See who owns it with: SELECT tenant, owner_team FROM jobgrid.job;';
        end if;
    end loop;
    -- Ours alone: a deferred trigger on somebody's own table would run as the owner of this function.
    select string_agg(distinct format('%s.%I', c.connamespace::regnamespace, c.conname), ', ') into checks
    from pg_catalog.pg_constraint c
    where c.connamespace in ('jobgrid'::regnamespace, 'jobgrid_engine'::regnamespace) and c.contype = 't' and c.condeferrable;
    execute format('set constraints %s immediate', checks);
    execute format('set constraints %s deferred', checks);
end
$$;
comment on function jobgrid_engine.apply_edits(bigint, bigint) is 'Does the edits of a change set as who proposed them';
