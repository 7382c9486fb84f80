-- Whether a job could take a default. What a new row names is not looked for: a dump may load it before.
create or replace function jobgrid_engine.check_default(job_default jobgrid.job_default, is_new boolean) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    ok boolean;
begin
    begin
        ok := case
            when job_default.setting in ('attempts', 'attempts_repeatable') then job_default.value::integer between 1 and 1000
            when job_default.setting = 'criticality' then job_default.value::integer between 1 and 4
            when job_default.setting = 'retry_delay' then job_default.value::interval between '0' and '30 days'
            when job_default.setting = 'timeout' then job_default.value::interval between '1 s' and '30 days'
            when job_default.setting = 'cancel_grace' then job_default.value::interval between '0' and '1 day'
            when job_default.setting = 'retention' then job_default.value::interval between '1 day' and '100 years'
            when job_default.setting in ('on_lost', 'rerun_policy', 'when_missed', 'on_overlap', 'unknown_names')
                then exists (select from jobgrid.choice c where c.column_name = job_default.setting and c.value = job_default.value)
            when is_new then job_default.setting in ('queue', 'pool', 'priority')
            when job_default.setting = 'queue' then exists (select from jobgrid.queue q where q.name = job_default.value)
            when job_default.setting = 'pool' then exists (select from jobgrid.pool p where p.name = job_default.value)
            when job_default.setting = 'priority' then exists (select from jobgrid.priority_level l where l.name = job_default.value)
            else false
        end;
    exception when data_exception then
        ok := false;
    end;
    if not ok then
        raise exception using errcode = 'JG003',
            message = format('job_default: %s cannot be "%s"', jobgrid_engine.clip(job_default.setting),
                             jobgrid_engine.clip(job_default.value)),
            detail = job_default.description;
    end if;
end
$$;
comment on function jobgrid_engine.check_default(jobgrid.job_default, boolean) is 'Raises JG003 for a default that no job could take';
