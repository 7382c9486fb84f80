-- A schedule of pgAgent as a row of jobgrid.schedule. pgAgent wants day of the month and day of the week both, which cron
-- does not say but words do. It computes in the zone of its session: a time that the clock leaps over is left out, of one
-- that comes twice the second is meant. A fire that was missed is made up once, one that overlaps is left out. Start and
-- end are moments there and days here; exceptions become days of a calendar.
create or replace function jobgrid_engine.pgagent_schedule(given jsonb, time_zone text) returns jsonb
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
    k         record;
    x         record;
    monthdays text;
    weekdays  text;
    text      text;
    day       date;
    fires     timestamptz[];
    since     date;
    until     date;
    closed    date[] := '{}';
    doubts    text[] := '{}';
begin
    select * into k from jsonb_to_record(given) r (
        jscid integer, jscname text, jscdesc text, jscenabled boolean, jscstart timestamptz, jscend timestamptz,
        jscminutes boolean[], jschours boolean[], jscweekdays boolean[], jscmonthdays boolean[], jscmonths boolean[],
        exceptions jsonb);
    monthdays := jobgrid_engine.pgagent_field(k.jscmonthdays[1:31], 1);
    weekdays := jobgrid_engine.pgagent_field(k.jscweekdays, 0);
    if k.jscmonthdays[32] and true = any (k.jscmonthdays[1:31]) and monthdays <> '*' then
        doubts := doubts || 'its last day of the month is left out, as pgAgent does beside other days'::text;
    elsif k.jscmonthdays[32] and monthdays = '*' and true <> all (k.jscmonthdays[1:31]) then
        monthdays := 'L';
    end if;
    -- Where it finds no flag at all it adds a minute to the minute that it has come to.
    if true <> all (k.jscminutes || k.jschours || k.jscmonthdays || k.jscmonths || k.jscweekdays) then
        doubts := doubts || 'fires each minute, where pgAgent does each other one'::text;
    end if;
    text := format('%s %s %s %s', jobgrid_engine.pgagent_field(k.jscminutes, 0), jobgrid_engine.pgagent_field(k.jschours, 0),
                   monthdays, jobgrid_engine.pgagent_field(k.jscmonths, 1));
    if monthdays = '*' or weekdays = '*' then
        text := text || ' ' || weekdays;
    else
        text := jobgrid.describe_schedule(text || ' *') || ' if '
                || (select string_agg(('{sun,mon,tue,wed,thu,fri,sat}'::text[])[d.n::integer + 1], ', ')
                    from string_to_table(weekdays, ',') d (n));
    end if;

    begin
        if k.jscstart > now() then
            since := (k.jscstart at time zone time_zone)::date;
            fires := jobgrid_engine.fires_on(text, time_zone, since);
            if fires[cardinality(fires)] < date_trunc('minute', k.jscstart) then
                since := since + 1;
            elsif fires[1] < date_trunc('minute', k.jscstart) then
                doubts := doubts || format('%s: begins with the day %s, not at %s', k.jscname, since,
                                           to_char(k.jscstart at time zone time_zone, 'HH24:MI'));
            end if;
        end if;
        if k.jscend is not null then
            until := (k.jscend at time zone time_zone)::date;
            fires := jobgrid_engine.fires_on(text, time_zone, until);
            if fires[1] > k.jscend then
                until := until - 1;
            elsif fires[cardinality(fires)] > k.jscend then
                doubts := doubts || format('%s: ends with the day %s, not at %s', k.jscname, until,
                                           to_char(k.jscend at time zone time_zone, 'HH24:MI'));
            end if;
        end if;
        for x in
            select e.jexdate, e.jextime from jsonb_to_recordset(k.exceptions) e (jexdate date, jextime time)
            where e.jexdate >= current_date - 1 or e.jexdate is null
        loop
            if x.jexdate is null then
                if (k.jscminutes[extract(minute from x.jextime) + 1] or true <> all (k.jscminutes))
                   and (k.jschours[extract(hour from x.jextime) + 1] or true <> all (k.jschours)) then
                    doubts := doubts || format('%s: fires at %s, which an exception leaves out', k.jscname,
                                               to_char(x.jextime, 'HH24:MI'));
                end if;
                continue;
            end if;
            fires := jobgrid_engine.fires_on(text, time_zone, x.jexdate);
            if x.jextime is null or fires = array[(x.jexdate + x.jextime) at time zone time_zone] then
                closed := closed || x.jexdate;
            elsif (x.jexdate + x.jextime) at time zone time_zone = any (fires) then
                doubts := doubts || format('%s: fires at %s, which an exception leaves out', k.jscname,
                                           to_char(x.jexdate + x.jextime, 'YYYY-MM-DD HH24:MI'));
            end if;
        end loop;
    exception when sqlstate 'JG003' then
        null; -- what is wrong with the schedule is told where its words are
    end;
    return jsonb_strip_nulls(jsonb_build_object(
        'name', k.jscname, 'schedule', text, 'time_zone', time_zone, 'valid_from', since, 'valid_until', until,
        'enabled', k.jscenabled, 'note', nullif(k.jscdesc, ''), 'when_clock_skips', 'skip', 'when_clock_repeats', 'second',
        'when_missed', 'latest', 'on_overlap', 'skip',
        'calendar', case when closed <> '{}' then 'pgAgent schedule ' || k.jscid end,
        'closed', case when closed <> '{}' then to_jsonb(closed) end, 'doubts', doubts));
end
$$;
comment on function jobgrid_engine.pgagent_schedule(jsonb, text) is 'A schedule of pgAgent as one of ours';
