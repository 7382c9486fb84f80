-- Columns of a schedule that take one of a few words. The constraints say the same, without the word that was meant.
create or replace function jobgrid_engine.check_schedule_words(schedule jobgrid.schedule) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    c    record;
    near text;
begin
    for c in select w.column_name, array_agg(w.value order by w.position) as words, to_jsonb(schedule) ->> w.column_name as value
             from jobgrid.choice w
             where w.table_name = 'schedule'
             group by w.column_name
             order by min(w.position) loop
        if c.value <> all (c.words) then
            near := coalesce(jobgrid_engine.closest(c.value, c.words), c.words[1]);
            raise exception using errcode = 'JG003',
                message = format('schedule of job "%s": %s cannot be "%s"', schedule.job, c.column_name,
                                 jobgrid_engine.clip(c.value)),
                detail = format('It is one of %s.', array_to_string(c.words, ', ')),
                hint = format('For example: UPDATE jobgrid.schedule SET %I = %L WHERE job = %L;', c.column_name, near, schedule.job);
        end if;
    end loop;
    if schedule.max_parallel is not null and schedule.on_overlap is distinct from 'parallel' then
        raise exception using errcode = 'JG003',
            message = format('schedule of job "%s": max_parallel belongs to on_overlap parallel', schedule.job),
            hint = format('UPDATE jobgrid.schedule SET on_overlap = ''parallel'', max_parallel = %s WHERE job = %L;',
                          greatest(schedule.max_parallel, 2), schedule.job);
    end if;
    if schedule.valid_until < schedule.valid_from then
        raise exception using errcode = 'JG003',
            message = format('schedule of job "%s": it would end on %s, before it begins on %s', schedule.job,
                             schedule.valid_until, schedule.valid_from),
            hint = format('UPDATE jobgrid.schedule SET valid_from = %L, valid_until = %L WHERE job = %L;', schedule.valid_until,
                          schedule.valid_from, schedule.job);
    end if;
end
$$;
comment on function jobgrid_engine.check_schedule_words(jobgrid.schedule) is 'Raises JG003 for columns of a schedule that go wrong';
