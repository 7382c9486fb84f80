-- What all imports do with what they have found: write it, disabled, and tell what became of each. As the caller, whose
-- rights decide. A dry run writes as well and takes everything back, so that it promises nothing that would be refused.
--
-- A plan is a job to be: name, description, tags, job (further columns), schedules (rows of jobgrid.schedule; closed: days
-- on which it does not fire), after (the step before it), refusals (why it cannot be), doubts, line (of its file), and what
-- import_words() adds. What is no job has a refusal and no name. No source knows a timeout, so that the longest is given.
create or replace function jobgrid_engine.import_jobs(plans jsonb, tenant text, owner_team text, dry_run boolean)
returns table (nth bigint, line integer, job text, in_words text, next_run timestamptz, doubt text)
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
    item record;
    days record;
begin
    -- Whatever is there is looked up before anything is written.
    for item in
        select p.nth, p.plan, p.plan ->> 'name' as name, coalesce(known.full_name, named.full_name) as found,
               (select string_agg(r.text, '; ') from jsonb_array_elements_text(p.plan -> 'refusals') r (text)) as refusal,
               (select string_agg(d.text, '; ') from jsonb_array_elements_text(p.plan -> 'doubts') d (text)) as doubts,
               array(select jsonb_array_elements_text(p.plan -> 'tags')) as tags
        from jsonb_array_elements(import_jobs.plans) with ordinality p (plan, nth)
        left join (
            select j.description, min(j.full_name) as full_name from jobgrid.job j
            where j.tenant = import_jobs.tenant and j.tags && '{crontab,pg_cron,pgagent}' group by j.description) known
            on known.description = p.plan ->> 'description'
        left join jobgrid.job named
            on named.tenant = import_jobs.tenant and lower(named.full_name) = lower(p.plan ->> 'name')
        order by p.nth
    loop
        import_jobs.nth := item.nth;
        import_jobs.line := (item.plan ->> 'line')::integer;
        import_jobs.job := coalesce(item.found, item.name);
        import_jobs.in_words := item.plan ->> 'in_words';
        import_jobs.next_run := (item.plan ->> 'next_run')::timestamptz;
        import_jobs.doubt := item.doubts;
        if item.found is not null then
            doubt := format('left alone: job "%s" is there already', item.found);
        elsif item.refusal is not null then
            doubt := concat_ws('; ', 'not imported: ' || item.refusal, item.doubts);
        else
            begin
                -- COMMIT would say so, of all of them.
                if item.plan ->> 'after' is not null and not exists (
                    select from jobgrid.job j where j.tenant = import_jobs.tenant and j.full_name = item.plan ->> 'after') then
                    raise exception using errcode = 'JG001',
                        message = format('job "%s" does not exist', item.plan ->> 'after');
                end if;
                insert into jobgrid.job (
                    tenant, name, owner_team, description, tags, enabled, timeout, after, kind, command, sql_role, database,
                    transaction, run_as, working_directory, environment, contact)
                select import_jobs.tenant, item.name, import_jobs.owner_team, item.plan ->> 'description', item.tags, false,
                       '30 days', array_remove(array[item.plan ->> 'after'], null), c.kind, c.command, c.sql_role,
                       c.database, c.transaction, c.run_as, c.working_directory, coalesce(c.environment, '{}'), c.contact
                from jsonb_to_record(item.plan -> 'job') c (
                    kind text, command text, sql_role text, database text, transaction text, run_as text,
                    working_directory text, environment jsonb, contact text);
                begin
                    for days in
                        select s.calendar, s.closed
                        from jsonb_to_recordset(item.plan -> 'schedules') s (calendar text, closed date[])
                        where s.calendar is not null
                          and not exists (select from jobgrid.calendar k where k.name = s.calendar)
                    loop
                        insert into jobgrid.calendar (name, tenant, owner_team, workdays, known_until, description)
                        values (days.calendar, import_jobs.tenant, import_jobs.owner_team,
                                '{mon,tue,wed,thu,fri,sat,sun}', '2199-12-31',
                                format('Days on which job "%s" does not run', item.name));
                        insert into jobgrid.calendar_day (calendar, day) select days.calendar, unnest(days.closed);
                    end loop;
                exception when insufficient_privilege then
                    raise exception using errcode = 'JG004',
                        message = format('its exceptions are days of a calendar, which %I may not make', current_user);
                end;
                insert into jobgrid.schedule (
                    tenant, job, name, schedule, time_zone, calendar, when_clock_skips, when_clock_repeats, when_missed,
                    on_overlap, jitter, valid_from, valid_until, enabled, note)
                select import_jobs.tenant, item.name, coalesce(s.name, 'main'), s.schedule, s.time_zone, s.calendar,
                       s.when_clock_skips, s.when_clock_repeats, s.when_missed, s.on_overlap, coalesce(s.jitter, '0'),
                       s.valid_from, s.valid_until, coalesce(s.enabled, true), s.note
                from jsonb_to_recordset(item.plan -> 'schedules') s (
                    name text, schedule text, time_zone text, calendar text, when_clock_skips text,
                    when_clock_repeats text, when_missed text, on_overlap text, jitter interval, valid_from date,
                    valid_until date, enabled boolean, note text);
            exception when sqlstate 'JG001' or sqlstate 'JG003' or sqlstate 'JG004' or check_violation then
                doubt := concat_ws('; ', 'not imported: ' || sqlerrm, item.doubts);
            end;
        end if;
        return next;
    end loop;
    if dry_run then
        raise exception sqlstate 'ZZ000';
    end if;
exception when sqlstate 'ZZ000' then
    null;
end
$$;
comment on function jobgrid_engine.import_jobs(jsonb, text, text, boolean) is 'Makes jobs of what an import has found';
grant execute on function jobgrid_engine.import_jobs(jsonb, text, text, boolean) to jobgrid_author, jobgrid_admin;
