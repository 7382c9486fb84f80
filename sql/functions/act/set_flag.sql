-- The flag of a job that hold(), take_out(), bypass() and release() (null) set; an act, so that the job's version stays.
-- The reason is in the job's history as well, also that of a release. until: null leaves it as it is, infinity takes it away.
create or replace function jobgrid_engine.set_flag(job text, tenant text, flag text, reason text, until timestamptz)
returns jobgrid.acted
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    target jobgrid.job := jobgrid_engine.find_job(job, tenant);
    had    text := case when target.held then 'held' when target.taken_out then 'taken_out' when target.bypassed then 'bypassed' end;
    ends   timestamptz := coalesce(until, case when flag = had then target.flag_until end);
    before text := current_setting('jobgrid.change_reason');
    words  text := case flag when 'held' then 'held' when 'taken_out' then 'taken out' else 'bypassed' end;
begin
    if until <= jobgrid_engine.moment() then
        raise exception using errcode = 'JG003',
            message = format('until: %s is over', to_char(until, 'YYYY-MM-DD HH24:MI TZ')),
            hint = format('SELECT * FROM jobgrid.release(job => %L);', target.full_name);
    elsif flag = 'bypassed' and had = 'taken_out' then
        raise exception using errcode = 'JG002',
            message = format('job "%s" is taken out: bypass is not possible', target.full_name),
            detail = format('It was taken out by %s at %s%s.', target.flag_by, to_char(target.flag_at, 'YYYY-MM-DD HH24:MI TZ'),
                            ': ' || target.flag_reason),
            hint = format('SELECT * FROM jobgrid.release(job => %L); and bypass it then.', target.full_name);
    end if;
    ends := nullif(ends, 'infinity');
    if flag is null and had is null then
        return (null::bigint, target.full_name, null::text, null::text, 'the job was not held'::text);
    elsif flag = had and ends is not distinct from target.flag_until
          and coalesce(reason = coalesce(target.held_reason, target.flag_reason), true) then
        return (null::bigint, target.full_name, null::text, null::text, format('the job was %s before', words));
    end if;
    perform set_config('jobgrid.change_reason', coalesce(reason, before), true);
    update jobgrid.job j
    set held = flag is not distinct from 'held', taken_out = flag is not distinct from 'taken_out',
        bypassed = flag is not distinct from 'bypassed', flag_until = ends,
        held_reason = case when flag = 'held' then coalesce(reason, case when had = 'held' then j.held_reason end) end,
        flag_reason = case when flag <> 'held' then coalesce(reason, case when had = flag then j.flag_reason end) end
    where j.job_id = target.job_id;
    perform set_config('jobgrid.change_reason', before, true);
    return (null::bigint, target.full_name, null::text, null::text, concat(
        case flag when 'held' then 'new runs of the job will be held' when 'taken_out' then 'runs of the job are skipped'
                  when 'bypassed' then 'runs of the job succeed without being executed'
                  else 'new runs of the job will not be ' || case had when 'held' then 'held' when 'taken_out' then 'skipped'
                                                                      else 'bypassed' end end,
        ', until ' || to_char(ends, 'YYYY-MM-DD HH24:MI TZ'), case when flag <> had then format('; it was %s before', replace(had, '_', ' ')) end));
end
$$;
comment on function jobgrid_engine.set_flag(text, text, text, text, timestamptz) is 'Sets or clears the flag of a job';
