-- Runs last, in updates too: every member object belongs to jobgrid_owner, and PUBLIC has nothing.
do $$
declare
    member record;
begin
    for member in
        select d.classid, d.objid, o.type, o.identity
        from pg_catalog.pg_depend d
        join pg_catalog.pg_extension e on e.oid = d.refobjid and e.extname = 'jobgrid'
        cross join lateral pg_catalog.pg_identify_object(d.classid, d.objid, 0) o
        where d.refclassid = 'pg_catalog.pg_extension'::regclass and d.deptype = 'e'
          -- From version 17 on the array of a type is a member too; it follows its element.
          and not exists (select from pg_catalog.pg_type t
                          where d.classid = 'pg_catalog.pg_type'::regclass and t.oid = d.objid and t.typelem <> 0)
    loop
        case member.type
        when 'schema', 'function', 'table', 'view', 'type' then
            execute format('alter %s %s owner to jobgrid_owner', member.type, member.identity);
            execute format('revoke all on %s %s from public',
                           case member.type when 'view' then 'table' else member.type end, member.identity);
        when 'sequence' then
            -- An identity column's sequence follows its table.
            if not exists (select from pg_catalog.pg_depend i
                           where i.classid = 'pg_catalog.pg_class'::regclass and i.objid = member.objid
                             and i.deptype = 'i') then
                execute format('alter sequence %s owner to jobgrid_owner', member.identity);
            end if;
            execute format('revoke all on sequence %s from public', member.identity);
        else
            null;
        end case;
    end loop;
end
$$;
