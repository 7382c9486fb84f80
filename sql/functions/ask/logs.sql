-- Output from after_chunk on, until max_bytes are exceeded, but one chunk at least, so that a reader always comes
-- forward.
create or replace function jobgrid.logs(
    run_id bigint, attempt integer default null, after_chunk integer default 0, max_bytes integer default 1048576)
returns setof jobgrid.log_chunk
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    seen   jobgrid_engine.seen_run := jobgrid_engine.find_run(run_id);
    chosen integer := attempt;
    budget bigint := coalesce(max_bytes, 1048576);
    piece  jobgrid.log_chunk;
begin
    if chosen is null then
        select coalesce(l.attempt, r.attempts) into chosen
        from jobgrid_engine.any_run r left join jobgrid_engine.live_run l using (run_id)
        where r.run_id = seen.run_id;
    end if;
    for piece in
        select o.attempt, o.chunk, o.at,
               o.stream::text, o.data, jobgrid_engine.output_text(o.data)
        from jobgrid_engine.any_output o
        where o.run_id = seen.run_id and o.attempt = chosen and o.chunk > coalesce(after_chunk, 0)
        order by o.chunk
    loop
        return next piece;
        budget := budget - length(piece.data);
        exit when budget <= 0;
    end loop;
end
$$;
comment on function jobgrid.logs(bigint, integer, integer, integer) is 'Output of a run; attempt null: of the last';
grant execute on function jobgrid.logs(bigint, integer, integer, integer) to jobgrid_viewer;
