-- Opens and closes what has come to its moment, with the lanes behind it; with everything, whatever its moment was said to be:
-- zones change, and the clock may go back. Returns when to look again. One that cannot be read, because a zone is gone, stays
-- as it is, with the error, and keeps none of the others.
create or replace function jobgrid_engine.move_shutters(everything boolean) returns timestamptz
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
    moment  constant timestamptz := jobgrid_engine.moment();
    was     jobgrid_engine.shutter;
    span    record;
    problem text;
    moved   boolean := false;
begin
    for was in select s.* from jobgrid_engine.shutter s
               where everything or s.changes_at is null or s.changes_at <= moment order by s.shutter_id loop
        begin
            select f.closed, f.until into span from jobgrid_engine.shutter_span(was.shutter_id, moment) f;
            problem := null;
        exception when others then
            problem := sqlerrm;
            select was.closed as closed, moment + interval '30 s' as until into span;
        end;
        if (was.closed, was.changes_at, was.error) is distinct from (span.closed, span.until, problem) then
            update jobgrid_engine.shutter s set closed = span.closed, changes_at = span.until, error = problem
            where s.shutter_id = was.shutter_id;
            moved := moved or span.closed <> was.closed;
        end if;
    end loop;
    if moved then
        perform jobgrid_engine.ring('lanes');
    end if;
    if not jobgrid_engine.settle_lanes(waits => false) then
        return moment + interval '1 s';
    end if;
    return (select coalesce(min(s.changes_at), 'infinity') from jobgrid_engine.shutter s);
end
$$;
comment on function jobgrid_engine.move_shutters(boolean) is 'Opens and closes blackouts and run windows';
