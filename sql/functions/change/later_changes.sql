-- What became of a changed row: its later changes in their order, under the names that it had. A row that was deleted and
-- made again under its name counts as the same.
create or replace function jobgrid_engine.later_changes(change bigint) returns setof jobgrid_engine.config_change
language sql stable set search_path = pg_catalog, pg_temp
as $$
    with recursive later as (
        select c.change_id, c.table_name, c.key
        from jobgrid_engine.config_change c
        where c.change_id = later_changes.change
        union all
        select n.change_id, n.table_name, n.key
        from later l
        cross join lateral (
            select c.change_id, c.table_name, c.key
            from jobgrid_engine.config_change c
            where c.table_name = l.table_name and c.change_id > l.change_id
              and (c.key = l.key and c.old_key is null or c.old_key = l.key)
            order by c.change_id
            limit 1) n)
    select c.*
    from later l join jobgrid_engine.config_change c using (change_id)
    where l.change_id > later_changes.change
    order by l.change_id
$$;
comment on function jobgrid_engine.later_changes(bigint) is 'Later changes of the row that a change is about';
