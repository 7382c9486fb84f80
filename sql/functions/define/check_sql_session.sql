-- A job of kind sql runs in a session of its role: one that cannot connect would fail at night instead of now.
create or replace function jobgrid_engine.check_sql_session(job jobgrid.job) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
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
comment on function jobgrid_engine.check_sql_session(jobgrid.job) is 'Raises JG003 for a SQL job that could get no session';
