-- A default that no job could take is refused when it is written, not when the next job is.
create or replace function jobgrid_engine.check_job_default() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    ok boolean;
begin
    begin
        ok := case
            when new.setting in ('attempts', 'attempts_repeatable') then new.value::integer between 1 and 1000
            when new.setting = 'criticality' then new.value::integer between 1 and 4
            when new.setting = 'retry_delay' then new.value::interval between '0' and '30 days'
            when new.setting = 'timeout' then new.value::interval between '1 s' and '30 days'
            when new.setting = 'cancel_grace' then new.value::interval between '0' and '1 day'
            when new.setting = 'retention' then new.value::interval between '1 day' and '100 years'
            when new.setting in ('on_lost', 'rerun_policy', 'when_missed', 'on_overlap')
                then exists (select from jobgrid.choice c where c.column_name = new.setting and c.value = new.value)
            when tg_op = 'INSERT' then new.setting in ('queue', 'pool', 'priority')
            when new.setting = 'queue' then exists (select from jobgrid.queue q where q.name = new.value)
            when new.setting = 'pool' then exists (select from jobgrid.pool p where p.name = new.value)
            when new.setting = 'priority' then exists (select from jobgrid.priority_level l where l.name = new.value)
            else false
        end;
    exception when data_exception then
        ok := false;
    end;
    if not ok then
        raise exception using errcode = 'JG003',
            message = format('job_default: %s cannot be "%s"', jobgrid_engine.clip(new.setting),
                             jobgrid_engine.clip(new.value)),
            detail = new.description;
    end if;
    return new;
end
$$;
comment on function jobgrid_engine.check_job_default() is 'Refuses defaults that no job could take';

create or replace trigger check_job_default before insert or update on jobgrid.job_default
    for each row execute function jobgrid_engine.check_job_default();
