-- Whether what an edit changes is no longer as it was when it was proposed.
create or replace function jobgrid_engine.is_stale(table_name text, operation text, key jsonb, old jsonb) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
    set timezone = 'UTC' set intervalstyle = 'postgres'
as $$
declare
    present jsonb;
begin
    if is_stale.operation = 'insert' then
        return false;
    end if;
    execute format('select jobgrid_engine.config_row(to_jsonb(t)) from jobgrid.%I t where %s', is_stale.table_name,
                   jobgrid_engine.key_condition(is_stale.table_name, is_stale.key)) into present;
    return present is null or exists (select from jsonb_each(is_stale.old) o where present -> o.key is distinct from o.value);
end
$$;
comment on function jobgrid_engine.is_stale(text, text, jsonb, jsonb) is 'Whether a proposed edit is stale';
grant execute on function jobgrid_engine.is_stale(text, text, jsonb, jsonb) to jobgrid_viewer;
