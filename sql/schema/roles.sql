-- Roles separate duties; they include no other but jobgrid_viewer. Roles outlive the extension, so that one that exists
-- already is taken over, but only if nobody can use it for more than a group: it must not log in nor have special
-- rights.
do $$
declare
    wanted  text;
    existing pg_catalog.pg_roles;
begin
    foreach wanted in array array[
        'jobgrid_owner', 'jobgrid_viewer', 'jobgrid_submitter', 'jobgrid_business', 'jobgrid_operator', 'jobgrid_author',
        'jobgrid_approver', 'jobgrid_auditor', 'jobgrid_admin', 'jobgrid_executor', 'jobgrid_gateway']
    loop
        select * into existing from pg_catalog.pg_roles where rolname = wanted;
        if not found then
            execute format('create role %I nologin', wanted);
        elsif existing.rolcanlogin or existing.rolsuper or existing.rolcreatedb or existing.rolcreaterole
              or existing.rolreplication or existing.rolbypassrls then
            raise exception using errcode = 'JG009',
                message = format('role %I exists and has rights of its own', wanted),
                detail = 'The extension would give its objects to somebody else''s role.',
                hint = format('If the role was meant for jobgrid: ALTER ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB '
                              'NOCREATEROLE NOREPLICATION NOBYPASSRLS;', wanted);
        end if;
    end loop;

    -- The owner runs every definer function: a membership it had would be everybody's.
    if exists (select from pg_catalog.pg_auth_members where member = 'jobgrid_owner'::regrole) then
        raise exception using errcode = 'JG009',
            message = 'role jobgrid_owner exists and is a member of other roles',
            hint = format('REVOKE %I FROM jobgrid_owner;',
                          (select roleid::regrole::text from pg_catalog.pg_auth_members
                           where member = 'jobgrid_owner'::regrole limit 1));
    end if;

    -- Its members would own every definer function.
    if exists (select from pg_catalog.pg_auth_members where roleid = 'jobgrid_owner'::regrole) then
        raise exception using errcode = 'JG009',
            message = 'role jobgrid_owner exists and has members',
            hint = format('REVOKE jobgrid_owner FROM %s;',
                          (select member::regrole::text from pg_catalog.pg_auth_members
                           where roleid = 'jobgrid_owner'::regrole limit 1));
    end if;

    foreach wanted in array array[
        'jobgrid_submitter', 'jobgrid_business', 'jobgrid_operator', 'jobgrid_author', 'jobgrid_approver',
        'jobgrid_auditor', 'jobgrid_admin']
    loop
        if not exists (select from pg_catalog.pg_auth_members
                       where roleid = 'jobgrid_viewer'::regrole and member = wanted::regrole) then
            execute format('grant jobgrid_viewer to %I', wanted);
        end if;
    end loop;
end
$$;
