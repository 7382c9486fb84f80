-- Whether a change did nothing but follow a rename of its own transaction by a foreign key. Undoing the rename undoes it.
create or replace function jobgrid_engine.follows_rename(change jobgrid_engine.config_change) returns boolean
language sql stable set search_path = pg_catalog, pg_temp
as $$
    select change.operation = 'update' and not exists (
        select from jsonb_object_keys(change.new) n (name)
        where not exists (
            select from pg_catalog.pg_constraint f
            cross join lateral unnest(f.conkey, f.confkey) k (mine, its)
            join pg_catalog.pg_class renamed on renamed.oid = f.confrelid
            join pg_catalog.pg_attribute mine on mine.attrelid = f.conrelid and mine.attnum = k.mine
            join pg_catalog.pg_attribute its on its.attrelid = f.confrelid and its.attnum = k.its
            join jobgrid_engine.config_change r on r.table_name = renamed.relname
            where f.contype = 'f' and f.conrelid = format('jobgrid.%I', change.table_name)::regclass and mine.attname = n.name
              and r.xid = change.xid and r.began_at = change.began_at
              and r.old_key -> its.attname = change.old -> n.name and r.key -> its.attname = change.new -> n.name))
$$;
comment on function jobgrid_engine.follows_rename(jobgrid_engine.config_change)
    is 'Whether a change did nothing but follow another row''s rename';
