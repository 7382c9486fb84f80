-- Whoever names the role of a SQL job must be a member of it, or he would run as somebody else.
create or replace function jobgrid_engine.check_sql_role(job jobgrid.job) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    actor  name := jobgrid_engine.actor_role();
    lender name := actor;
    role   pg_catalog.pg_roles;
begin
    perform jobgrid_engine.check_sql_session(job);
    select * into role from pg_catalog.pg_roles r where r.rolname = job.sql_role;
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
end
$$;
comment on function jobgrid_engine.check_sql_role(jobgrid.job) is 'Raises JG003 or JG004 for a role that cannot be given a SQL job';
