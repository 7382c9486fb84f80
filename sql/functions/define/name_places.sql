-- Where a name in a condition is looked for: beside the job, beside each workflow it lies in, outside of all; and from a full
-- name all names by which conditions may mean it.
create or replace function jobgrid_engine.name_places(parent text, name text) returns text[]
language sql immutable set search_path = pg_catalog, pg_temp
as $$
    select case when name_places.parent is null then array[name_places.name]
           else array(select array_to_string(s.steps[:n.n] || name_places.name, '/')
                      from string_to_array(name_places.parent, '/') s (steps),
                           generate_series(cardinality(s.steps), 0, -1) n (n)) end
$$;
comment on function jobgrid_engine.name_places(text, text) is 'Full names that a name in a job''s conditions may mean, the nearest first';
