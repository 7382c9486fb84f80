-- The edit of a job, before it is written: fill, check, count the version, keep the one that goes.
-- job_version holds superseded versions only, so that loading a dump's jobs writes nothing into it.
create or replace function jobgrid_engine.before_job() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    -- Not part of what runs: an operator's hold is no new version, and the stamps follow from the rest.
    acts   constant text[] := '{held,held_reason,taken_out,bypassed,flag_reason,flag_until}';
    stamps constant text[] := '{version,row_version,created_at,created_by,updated_at,updated_by,full_name,flag_at,flag_by}';
    before jsonb;
    after  jsonb;
begin
    if tg_op = 'INSERT' then
        if jobgrid_engine.job_is_restored(new.created_at) then
            return new;
        end if;
        new := jobgrid_engine.set_flags(jobgrid_engine.fill_job(new), null);
        perform jobgrid_engine.check_job(new);
        perform jobgrid_engine.check_job_parameters(new, true);
        if new.kind = 'sql' then
            perform jobgrid_engine.check_sql_role(new);
        end if;
        perform jobgrid_engine.tell_of_kind(new);
        new.created_by := jobgrid_engine.actor_role();
        new.updated_by := new.created_by;
        return new;
    end if;

    new := jobgrid_engine.set_flags(jobgrid_engine.fill_job(new), old);
    before := to_jsonb(old) - stamps;
    after := to_jsonb(new) - stamps;
    new.version := old.version;
    new.row_version := old.row_version;
    new.created_at := old.created_at;
    new.created_by := old.created_by;
    new.updated_at := old.updated_at;
    new.updated_by := old.updated_by;
    if before = after then
        return new;
    end if;
    -- A tenant's rename arrives here too, with the old name gone; a move would leave runs in the other tenant.
    if new.tenant <> old.tenant and exists (select from jobgrid.tenant t where t.name = old.tenant) then
        raise exception using errcode = 'JG002',
            message = format('job "%s" cannot move to another tenant', old.full_name),
            hint = format('Define it anew with tenant => %L and disable this one.',
                          jobgrid_engine.clip(new.tenant));
    end if;
    if new.parent = old.full_name or starts_with(new.parent, old.full_name || '/') then
        raise exception using errcode = 'JG003',
            message = format('job "%s" would be a member of itself', old.full_name),
            detail = format('Its parent was to be "%s".', jobgrid_engine.clip(new.parent)),
            hint = 'Choose a parent that is none of its members, or null.';
    end if;
    perform jobgrid_engine.check_job(new);
    if (new.parameter_schema, new.parameters) is distinct from (old.parameter_schema, old.parameters) then
        perform jobgrid_engine.check_job_parameters(new, false);
    end if;
    if new.kind = 'sql' and (new.sql_role, new.database, new.transaction, new.kind, new.command)
                            is distinct from (old.sql_role, old.database, old.transaction, old.kind, old.command) then
        perform jobgrid_engine.check_sql_role(new);
    end if;
    if new.kind <> old.kind then
        perform jobgrid_engine.tell_of_kind(new);
    end if;
    new.row_version := old.row_version + 1;
    new.updated_at := clock_timestamp();
    new.updated_by := jobgrid_engine.actor_role();
    if before - acts <> after - acts then
        new.version := old.version + 1;
        insert into jobgrid_engine.job_version (job_id, version, definition, changed_at, changed_by)
        values (old.job_id, old.version, to_jsonb(old), old.updated_at, old.updated_by);
    end if;
    return new;
end
$$;
comment on function jobgrid_engine.before_job() is 'Fills, checks and versions an edit of a job';

create or replace trigger before_job before insert or update on jobgrid.job
    for each row execute function jobgrid_engine.before_job();
