-- The name somebody probably meant: the same but for case, or a third of its letters wrong at most. Names that share
-- neither their first nor their last third with it are not compared, and of many only those that share most.
create or replace function jobgrid_engine.closest(wanted text, names text[]) returns text
language sql immutable strict set search_path = pg_catalog, pg_temp
as $$
    select candidate.name
    from (select n.name, jobgrid_engine.edit_distance(lower(wanted), lower(n.name)) as distance
          from (select n.name
                from unnest(names) n (name),
                     greatest(1, length(wanted) / 3) as third,
                     cast(left(lower(n.name), third) = left(lower(wanted), third) as integer) as same_start,
                     cast(right(lower(n.name), third) = right(lower(wanted), third) as integer) as same_end
                where length(wanted) <= 128 and abs(length(n.name) - length(wanted)) <= 3 and same_start + same_end > 0
                order by same_start + same_end desc, abs(length(n.name) - length(wanted))
                limit 200) n) candidate
    where candidate.distance <= greatest(1, length(wanted) / 3)
    order by candidate.distance, candidate.name
    limit 1
$$;
comment on function jobgrid_engine.closest(text, text[]) is 'The name that was probably meant; null when none is near';
