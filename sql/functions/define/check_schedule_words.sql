-- Columns of a schedule that take one of a few words. The constraints say the same, without the word that was meant.
create or replace function jobgrid_engine.check_schedule_words(schedule jobgrid.schedule) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    given text;
    name  text;
    words text[];
begin
    select v.column_name, v.value into name, given
    from (values ('when_holiday', schedule.when_holiday), ('when_clock_skips', schedule.when_clock_skips),
                 ('when_clock_repeats', schedule.when_clock_repeats), ('when_missed', schedule.when_missed),
                 ('on_overlap', schedule.on_overlap)) v (column_name, value)
    where v.value is not null
      and not exists (select from jobgrid.choice c
                      where c.table_name = 'schedule' and c.column_name = v.column_name and c.value = v.value)
    limit 1;
    if found then
        words := array(select c.value from jobgrid.choice c where c.table_name = 'schedule' and c.column_name = name order by c.position);
        raise exception using errcode = 'JG003',
            message = format('schedule of job "%s": %s cannot be "%s"', schedule.job, name, jobgrid_engine.clip(given)),
            detail = format('It is one of %s.', array_to_string(words, ', ')),
            hint = format('For example: UPDATE jobgrid.schedule SET %I = %L WHERE job = %L;', name,
                          coalesce(jobgrid_engine.closest(given, words), words[1]), schedule.job);
    end if;
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
