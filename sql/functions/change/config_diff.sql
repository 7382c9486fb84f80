create or replace function jobgrid.config_diff(change bigint) returns setof jobgrid.config_difference
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select (k.name, c.old ->> k.name, c.new ->> k.name)::jobgrid.config_difference
    from jobgrid_engine.find_change(change) c
    cross join lateral jsonb_object_keys(coalesce(c.new, c.old)) k (name)
    where c.old ->> k.name is distinct from c.new ->> k.name
    order by k.name
$$;
comment on function jobgrid.config_diff(bigint) is 'What a change changed, one row a column';
grant execute on function jobgrid.config_diff(bigint) to jobgrid_viewer;
