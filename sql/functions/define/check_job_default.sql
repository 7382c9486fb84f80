-- A default that no job could take is refused when it is written, not when the next job is.
create or replace function jobgrid_engine.check_job_default() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform jobgrid_engine.check_default(new, tg_op = 'INSERT');
    return new;
end
$$;
comment on function jobgrid_engine.check_job_default() is 'Refuses defaults that no job could take';

create or replace trigger check_job_default before insert or update on jobgrid.job_default
    for each row execute function jobgrid_engine.check_job_default();
