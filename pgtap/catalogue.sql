-- What holds for every object of the extension, whoever adds one: owner, PUBLIC, search_path, COMMENT, dump.
begin;
select plan(13);

create temp view member as
    select d.classid, d.objid, o.type, o.identity
    from pg_depend d
    join pg_extension e on e.oid = d.refobjid and e.extname = 'jobgrid'
    cross join lateral pg_identify_object(d.classid, d.objid, 0) o
    where d.refclassid = 'pg_extension'::regclass and d.deptype = 'e';
create temp view member_function as
    select p.*, m.identity from member m join pg_proc p on m.classid = 'pg_proc'::regclass and p.oid = m.objid;
create temp view member_relation as
    select c.*, m.identity from member m join pg_class c on m.classid = 'pg_class'::regclass and c.oid = m.objid;

select cmp_ok((select count(*) from member_function), '>', 60::bigint, 'the extension''s functions are found');
select is_empty(
    $$select identity from member_function where proowner <> 'jobgrid_owner'::regrole
      union all select identity from member_relation where relowner <> 'jobgrid_owner'::regrole
      union all select nspname from pg_namespace where nspname in ('jobgrid', 'jobgrid_engine')
                                                   and nspowner <> 'jobgrid_owner'::regrole
      union all select m.identity from member m join pg_type t on m.classid = 'pg_type'::regclass and t.oid = m.objid
                where t.typowner <> 'jobgrid_owner'::regrole$$,
    'jobgrid_owner owns everything');
select is_empty(
    $$select identity from member_function f
      where not exists (select from unnest(f.proconfig) c where c = 'search_path=pg_catalog, pg_temp')
        and not (f.prolang = (select oid from pg_language where lanname = 'c') and f.prorettype = 'trigger'::regtype)$$,
    'every function pins its search_path');
select is_empty(
    $$select identity from member_function f
      where f.proacl is null or exists (select from aclexplode(f.proacl) a where a.grantee = 0)$$,
    'PUBLIC executes nothing');
select is_empty(
    $$select identity from member_relation r, aclexplode(r.relacl) a where a.grantee = 0
      union all select r.identity from member_relation r join pg_attribute c on c.attrelid = r.oid, aclexplode(c.attacl) a
                where a.grantee = 0
      union all select nspname from pg_namespace n, aclexplode(n.nspacl) a
                where nspname in ('jobgrid', 'jobgrid_engine') and a.grantee = 0$$,
    'PUBLIC reads nothing');
select is_empty(
    $$select distinct r.identity, a.grantee::regrole from member_relation r, aclexplode(r.relacl) a
      where r.relnamespace = 'jobgrid_engine'::regnamespace and a.grantee <> 'jobgrid_owner'::regrole$$,
    'nobody but the owner has rights on the engine''s tables');
select is_empty(
    $$select identity from member_function f where obj_description(f.oid, 'pg_proc') is null
      union all select identity from member_relation r
                where r.relkind in ('r', 'p', 'v') and obj_description(r.oid, 'pg_class') is null
      union all select m.identity from member m join pg_type t on m.classid = 'pg_type'::regclass and t.oid = m.objid
                where t.typtype <> 'b' and t.typrelid = any (select c.oid from pg_class c where c.relkind = 'c')
                  and obj_description(t.oid, 'pg_type') is null
      union all select nspname from pg_namespace
                where nspname in ('jobgrid', 'jobgrid_engine') and obj_description(oid, 'pg_namespace') is null$$,
    'every object has a comment');
select is_empty(
    $$select identity from member_relation r
      where r.relkind in ('r', 'p', 'S')
        and r.oid <> all (select unnest(extconfig) from pg_extension where extname = 'jobgrid')
      union all
      select s.oid::regclass::text from member_relation r
      join pg_depend d on d.refobjid = r.oid and d.deptype = 'i' and d.classid = 'pg_class'::regclass
      join pg_class s on s.oid = d.objid and s.relkind = 'S'
      where s.oid <> all (select unnest(extconfig) from pg_extension where extname = 'jobgrid')$$,
    'every table and sequence is dumped, identity ones included');
select is_empty(
    $$select identity from member_relation where relkind = 'r' and relnamespace = 'jobgrid'::regnamespace
                                             and not relrowsecurity$$,
    'every config table has row-level security');
select is_empty(
    $$select identity from member_relation where relkind = 'v' and relnamespace = 'jobgrid'::regnamespace
                                             and not coalesce('security_barrier=true' = any (reloptions), false)$$,
    'every public view is a security barrier');
select cmp_ok((select count(*) from member_function where pronamespace = 'jobgrid'::regnamespace), '<', 60::bigint,
    'fewer than 60 public functions');
select is_empty(
    $$select proname from member_function where pronamespace = 'jobgrid'::regnamespace group by 1 having count(*) > 1$$,
    'no public function is overloaded');
select is_empty(
    $$select rolname from pg_roles
      where rolname like 'jobgrid\_%' and rolname in
            ('jobgrid_owner', 'jobgrid_viewer', 'jobgrid_submitter', 'jobgrid_business', 'jobgrid_operator',
             'jobgrid_author', 'jobgrid_approver', 'jobgrid_auditor', 'jobgrid_admin', 'jobgrid_executor',
             'jobgrid_gateway')
        and (rolcanlogin or rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls)
      union all
      select format('%s in %s', member::regrole, roleid::regrole) from pg_auth_members
      where member::regrole::text like 'jobgrid\_%' and roleid::regrole::text like 'jobgrid\_%'
        and roleid <> 'jobgrid_viewer'::regrole$$,
    'roles are groups without special rights and include none but viewer');

select * from finish();
rollback;
