-- The lines of a crontab as plans. Settings hold for the lines after them; all of them are in the command's environment, as
-- in cron, and some mean something to it. cron makes up nothing and lets runs overlap.
create or replace function jobgrid_engine.crontab_jobs(entries jsonb, run_as text, time_zone text) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    plans       jsonb[] := '{}';
    settings    jsonb := '{}';
    entry       jsonb;
    environment jsonb;
    account     text;
    doubts      text[];
begin
    if exists (select from jsonb_array_elements(case jsonb_typeof(entries) when 'array' then entries else '[null]' end) e (value)
               where not (e.value ? 'problem' or e.value ?& '{name,value}' or e.value ?& '{schedule,command}')) then
        raise exception using errcode = 'JG003',
            message = 'entries are not the lines of a crontab',
            detail = 'Each has line, and name and value, or schedule and command (with user, input), or problem.',
            hint = 'jobgrid import crontab FILE reads a crontab.';
    end if;
    for entry in select e.value from jsonb_array_elements(entries) e (value) loop
        if entry ? 'problem' then
            plans := plans || jsonb_build_object('line', entry -> 'line', 'refusals', jsonb_build_array(entry -> 'problem'));
            continue;
        elsif entry ? 'name' then
            settings := settings || jsonb_build_object(entry ->> 'name', entry ->> 'value');
            continue;
        end if;
        environment := settings - '{LOGNAME,USER}'::text[];
        account := coalesce(entry ->> 'user', run_as);
        doubts := array_remove(array[
            entry ->> 'doubt',
            case when account is null then 'no run_as: the executor decides as whom it runs' end,
            case when settings ->> 'MAILTO' <> '' then 'MAILTO: no mail is sent, the output is with the run' end,
            case when settings ? 'CRON_TZ' then 'CRON_TZ: its zone, as in cronie; the cron of Debian ignores it' end,
            case when settings ? 'RANDOM_DELAY' then 'RANDOM_DELAY: its jitter, as in cronie; the cron of Debian ignores it' end,
            case when settings <> environment then 'LOGNAME and USER are not taken over, as in cron' end], null);
        plans := plans || jsonb_build_object(
            'line', entry -> 'line',
            'name', jobgrid_engine.crontab_name(entry ->> 'command'),
            'description', concat_ws(' ', 'crontab:', entry ->> 'schedule', account, entry ->> 'command'),
            'tags', '["crontab"]'::jsonb,
            'job', jsonb_build_object(
                'kind', 'shell', 'run_as', account, 'environment', environment, 'contact', nullif(settings ->> 'MAILTO', ''),
                'working_directory', nullif(settings ->> 'HOME', ''),
                'command', jobgrid_engine.crontab_command(entry ->> 'command', entry ->> 'input',
                                                          coalesce(settings ->> 'SHELL', ''))),
            'schedules', jsonb_build_array(jsonb_build_object(
                'schedule', entry ->> 'schedule', 'time_zone', coalesce(nullif(settings ->> 'CRON_TZ', ''), time_zone),
                'when_missed', 'none', 'on_overlap', 'parallel',
                'jitter', case when settings ->> 'RANDOM_DELAY' ~ '^[0-9]{1,4}$'
                               then (settings ->> 'RANDOM_DELAY') || ' minutes' end)),
            'refusals', case when octet_length(environment::text) > 65536
                             then '["the settings before it take more than 64 kB"]'::jsonb else '[]' end,
            'doubts', to_jsonb(doubts));
    end loop;
    return to_jsonb(plans);
end
$$;
comment on function jobgrid_engine.crontab_jobs(jsonb, text, text) is 'Plans of the lines of a crontab';
grant execute on function jobgrid_engine.crontab_jobs(jsonb, text, text) to jobgrid_author, jobgrid_admin;
