-- From each row that is there now, or was deleted since, back through its changes to the moment asked for; the last step
-- is the row as it was, or its making. A row that one of the steps hides from the actor is left out.
create or replace function jobgrid.config_as_of(table_name text, at timestamptz) returns setof jsonb
language plpgsql stable strict security definer set search_path = pg_catalog, pg_temp
    set timezone = 'UTC' set intervalstyle = 'postgres'
as $$
declare
    key_columns text[] := jobgrid_engine.history_key(table_name);
    visible     text[] := jobgrid_engine.visible_tenant_names();
begin
    return query execute format($query$
        with recursive ended as (
            select (select jsonb_object_agg(k.name, to_jsonb(t) -> k.name) from unnest($2) k (name)) as key,
                   jobgrid_engine.config_row(to_jsonb(t)) as config, 9223372036854775807 as change_id,
                   coalesce(jobgrid_engine.tenant_of($1, to_jsonb(t)) = any ($3), true) as visible
            from jobgrid.%I t
            union all
            select c.key, c.old, c.change_id, exists (select from jobgrid.config_history h where h.change_id = c.change_id)
            from jobgrid_engine.config_change c
            where c.table_name = $1 and c.operation = 'delete' and c.at > $4
        ), back as (
            select e.change_id as ended_by, e.key as ended_as, e.key, e.config, e.change_id, true as existed, e.visible
            from ended e
            union all
            select b.ended_by, b.ended_as, coalesce(c.old_key, c.key), b.config || coalesce(c.old, '{}'), c.change_id,
                   c.operation = 'update',
                   b.visible and exists (select from jobgrid.config_history h where h.change_id = c.change_id)
            from back b
            cross join lateral (
                select c.* from jobgrid_engine.config_change c
                where c.table_name = $1 and c.key = b.key and c.change_id < b.change_id and c.at > $4
                order by c.change_id desc
                limit 1) c
            where b.existed and c.operation <> 'delete'
        ), first as (
            select distinct on (b.ended_by, b.ended_as) b.key || b.config as config, b.existed, b.visible
            from back b
            order by b.ended_by, b.ended_as, b.change_id
        )
        select f.config from first f where f.existed and f.visible$query$, table_name)
    using table_name, key_columns, visible, at;
end
$$;
comment on function jobgrid.config_as_of(text, timestamptz)
    is 'The rows of a config table as they were; as far back as the history goes';
grant execute on function jobgrid.config_as_of(text, timestamptz) to jobgrid_viewer;
