-- Atoms of which so many are wanted, as a condition says it.
create or replace function jobgrid_engine.joined_text(atoms text[], wanted integer) returns text
language sql immutable set search_path = pg_catalog, pg_temp
as $$
    select case when cardinality(atoms) = 0 then null
                when wanted is null or wanted >= cardinality(atoms) then array_to_string(atoms, ' and ')
                when wanted = 1 then format('any of (%s)', array_to_string(atoms, ', '))
                else format('%s of (%s)', wanted, array_to_string(atoms, ', ')) end
$$;
comment on function jobgrid_engine.joined_text(text[], integer) is 'Atoms of which so many are wanted, as a condition says it';
