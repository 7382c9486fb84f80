-- What the grid has of its tokens, and what is free of them: a claim computes the same (claim_lanes.c).
create or replace view jobgrid_engine.resource_room as
    select r.name, r.amount, r.amount - held.tokens as free
    from jobgrid.resource r
    cross join lateral (
        select coalesce(sum((l.needs_tokens -> r.name)::bigint), 0) as tokens
        from jobgrid_engine.lease o join jobgrid_engine.lane l using (lane_id)
        where l.needs_tokens ? r.name) held;
comment on view jobgrid_engine.resource_room is 'What the grid has free of its tokens';
