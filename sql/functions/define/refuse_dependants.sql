-- A row goes only when nothing refers to it. Who may delete a row sees all that may refer to it: a row that belongs to a tenant
-- is referred to by that tenant's only.
--
-- It looks at the end of the statement, so that rows that refer to each other can go together. The trigger is named so that
-- it comes before those of the foreign keys, which are in the order of the alphabet too and whose message lists nobody.
create or replace function jobgrid_engine.refuse_dependants() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    gone  constant jsonb := to_jsonb(old);
    most  constant integer := 20;
    look  text;
    place record;
    here  record;
    names text[] := '{}';
    total bigint := 0;
begin
    -- A shipped row that gives way to a dump's is not gone.
    if pg_trigger_depth() > 1 then
        return null;
    end if;
    for place in select d.* from jobgrid_engine.dependants(tg_table_name, gone) d loop
        execute format('select count(*) as total, (array_agg(d.name order by d.name))[:%s] as names '
                       'from (select jobgrid_engine.row_name(%L, to_jsonb(t)) as name from jobgrid.%I t where %s) d',
                       most, place.relname, place.relname, place.condition) into here;
        if here.total > 0 then
            look := coalesce(look, format('SELECT %s FROM jobgrid.%I WHERE %s;',
                (select string_agg(format('%I', k.name), ', ') from unnest(jobgrid_engine.history_key(place.relname)) k (name)),
                place.relname, place.condition));
            names := names || here.names;
            total := total + here.total;
        end if;
    end loop;
    if total > 0 then
        raise exception using errcode = 'JG002',
            message = format('%s cannot be deleted: others depend on it', jobgrid_engine.row_name(tg_table_name, gone)),
            detail = format('They are %s%s.', array_to_string(names[:most], ', '), ' and ' || nullif(greatest(total - most, 0), 0) || ' more'),
            hint = case tg_table_name
                   when 'job' then format('Retire it: UPDATE jobgrid.job SET enabled = false WHERE job_id = %s;', gone ->> 'job_id')
                   else format('Change them first: %s', look) end;
    end if;
    return null;
end
$$;
comment on function jobgrid_engine.refuse_dependants() is 'Refuses to delete a config row that others refer to, and lists them';

create or replace trigger "Nobody depends on a row that goes" after delete on jobgrid.tenant
    for each row execute function jobgrid_engine.refuse_dependants();
create or replace trigger "Nobody depends on a row that goes" after delete on jobgrid.application
    for each row execute function jobgrid_engine.refuse_dependants();
create or replace trigger "Nobody depends on a row that goes" after delete on jobgrid.team
    for each row execute function jobgrid_engine.refuse_dependants();
create or replace trigger "Nobody depends on a row that goes" after delete on jobgrid.calendar
    for each row execute function jobgrid_engine.refuse_dependants();
create or replace trigger "Nobody depends on a row that goes" after delete on jobgrid.queue
    for each row execute function jobgrid_engine.refuse_dependants();
create or replace trigger "Nobody depends on a row that goes" after delete on jobgrid.pool
    for each row execute function jobgrid_engine.refuse_dependants();
create or replace trigger "Nobody depends on a row that goes" after delete on jobgrid.resource
    for each row execute function jobgrid_engine.refuse_dependants();
create or replace trigger "Nobody depends on a row that goes" after delete on jobgrid.priority_level
    for each row execute function jobgrid_engine.refuse_dependants();
create or replace trigger "Nobody depends on a row that goes" after delete on jobgrid.job_kind
    for each row execute function jobgrid_engine.refuse_dependants();
create or replace trigger "Nobody depends on a row that goes" after delete on jobgrid.job
    for each row execute function jobgrid_engine.refuse_dependants();
