-- A job of kind sql runs as a session of its role. Whoever names a role must be a member of it, or he would run as
-- somebody else; and a role that cannot connect would fail at night instead of now.
create or replace function jobgrid_engine.check_sql_role(job jobgrid.job) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    actor  name := jobgrid_engine.actor_role();
    lender name := actor;
    target text := coalesce(job.database, current_database());
    role   pg_catalog.pg_roles;
begin
    -- No role and no database has a name that is clipped.
    job.sql_role := jobgrid_engine.clip(job.sql_role);
    target := jobgrid_engine.clip(target);
    select * into role from pg_catalog.pg_roles r where r.rolname = job.sql_role;
    if not found then
        raise exception using errcode = 'JG003',
            message = format('job "%s": role %I does not exist', job.name, job.sql_role),
            hint = format('CREATE ROLE %I LOGIN;', job.sql_role);
    end if;
    -- A session that has given up its rights by SET ROLE lends none of them.
    -- An edit that was proposed lends those of who proposed it, whoever approves it.
    if jobgrid_engine.applied_role() is not null then
        lender := jobgrid_engine.applied_role();
    elsif current_setting('role') <> 'none' then
        lender := current_setting('role');
    end if;
    if not (pg_has_role(actor, role.oid, 'member') and pg_has_role(lender, role.oid, 'member')) then
        raise exception using errcode = 'JG004',
            message = format('job "%s": %I is not a member of role %I', job.name, lender, job.sql_role),
            detail = 'Who names the role of a SQL job lends its rights, and must have them.',
            hint = case when role.rolsuper then 'Name a role of your own as sql_role.'
                        else format('Name a role of your own as sql_role, or ask an administrator for: GRANT %I TO %I;',
                                    job.sql_role, lender) end;
    end if;
    if not role.rolcanlogin then
        raise exception using errcode = 'JG003',
            message = format('job "%s": role %I cannot log in', job.name, job.sql_role),
            detail = 'A SQL job runs in a session of its role.',
            hint = format('ALTER ROLE %I LOGIN;', job.sql_role);
    end if;
    if not exists (select from pg_catalog.pg_database d where d.datname = target and d.datallowconn) then
        raise exception using errcode = 'JG003',
            message = format('job "%s": database "%s" does not exist or allows no connections', job.name, target),
            hint = 'List databases with: SELECT datname FROM pg_database WHERE datallowconn;';
    end if;
    if not has_database_privilege(role.oid, target, 'connect') then
        raise exception using errcode = 'JG003',
            message = format('job "%s": role %I cannot connect to database "%s"', job.name, job.sql_role, target),
            hint = format('GRANT CONNECT ON DATABASE %I TO %I;', target, job.sql_role);
    end if;
    if job.transaction = 'one' and target <> current_database() then
        raise exception using errcode = 'JG003',
            message = format('job "%s": transaction one needs database "%s"', job.name, current_database()),
            detail = 'Work and completion commit together only where the jobs are.',
            hint = 'Use transaction => ''none''; it is not exactly once.';
    end if;
end
$$;
comment on function jobgrid_engine.check_sql_role(jobgrid.job) is 'Raises JG003 or JG004 for a role that cannot run a SQL job';
