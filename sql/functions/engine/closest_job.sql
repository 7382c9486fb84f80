-- closest() among the jobs of the actor's tenants, narrowed before their names are compared.
create or replace function jobgrid_engine.closest_job(wanted text, tenants text[]) returns text
language sql stable strict security definer set search_path = pg_catalog, pg_temp
as $$
    select jobgrid_engine.closest(wanted, array(
        select j.full_name
        from jobgrid.job j
        where j.tenant = any (tenants)
          and abs(length(j.full_name) - length(wanted)) <= 3
          and (left(lower(j.full_name), 2) = left(lower(wanted), 2)
               or right(lower(j.full_name), 2) = right(lower(wanted), 2))
        limit 200))
$$;
comment on function jobgrid_engine.closest_job(text, text[]) is 'The job that was probably meant; null when none is near';
