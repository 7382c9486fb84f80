-- No C function reads an argument it was not given: each is called with nothing but nulls by a superuser, whom no
-- privilege keeps away. The test has failed when the server has crashed.
begin;
select plan(1);

do $$
declare
    call text;
begin
    for call in
        select format('select * from %I.%I(%s)', n.nspname, p.proname,
                      (select string_agg('null::' || format_type(t, null), ', ') from unnest(p.proargtypes) t))
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang
        where l.lanname = 'c' and n.nspname in ('jobgrid', 'jobgrid_engine') and p.prorettype <> 'trigger'::regtype
          and p.proname <> 'adopt'
    loop
        begin
            execute call;
        exception when others then
            if sqlstate not like 'JG%' then
                raise exception '% raised % %', call, sqlstate, sqlerrm;
            end if;
        end;
    end loop;
end $$;

select pass('every C function can be called with nulls');
select * from finish();
rollback;
