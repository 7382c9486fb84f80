create or replace function jobgrid_engine.closest_job(wanted text, tenants text[]) returns text
language sql stable strict security definer set search_path = pg_catalog, pg_temp
as $$
    select jobgrid_engine.closest(wanted, array(select j.full_name from jobgrid.job j where j.tenant = any (tenants)))
$$;
comment on function jobgrid_engine.closest_job(text, text[]) is 'The job that was probably meant; null when none is near';
