-- A size as people give it: 4 GB, 1.95 GB, 512 MB. Cut, not rounded, so that what lacks a little shows that it does.
create or replace function jobgrid_engine.size_words(bytes bigint) returns text
language sql immutable strict set search_path = pg_catalog, pg_temp
as $$
    select trim_scale(trunc(bytes / u.factor, 2)) || ' ' || u.name
    from (values ('TB', 1099511627776.0), ('GB', 1073741824.0), ('MB', 1048576.0), ('kB', 1024.0), ('bytes', 1.0))
         u (name, factor)
    where bytes >= u.factor or u.factor = 1
    order by u.factor desc
    limit 1
$$;
comment on function jobgrid_engine.size_words(bigint) is 'A number of bytes as people give it, such as 4 GB';
grant execute on function jobgrid_engine.size_words(bigint) to jobgrid_viewer;
