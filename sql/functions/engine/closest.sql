-- The name somebody probably meant: the same but for case, or a third of its letters wrong at most.
create or replace function jobgrid_engine.closest(wanted text, names text[]) returns text
language sql immutable strict set search_path = pg_catalog, pg_temp
as $$
    select candidate.name
    from (select n.name, jobgrid_engine.edit_distance(lower(wanted), lower(n.name)) as distance
          from unnest(names) n (name)
          where length(wanted) <= 128
            and abs(length(n.name) - length(wanted)) <= 3
            and (left(lower(n.name), 2) = left(lower(wanted), 2) or right(lower(n.name), 2) = right(lower(wanted), 2))
          limit 200) candidate
    where candidate.distance <= greatest(1, length(wanted) / 3)
    order by candidate.distance, candidate.name
    limit 1
$$;
comment on function jobgrid_engine.closest(text, text[]) is 'The name that was probably meant; null when none is near';
