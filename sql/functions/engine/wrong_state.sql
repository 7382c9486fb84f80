-- Raises what every verb says of a run it cannot act on.
create or replace function jobgrid_engine.wrong_state(seen jobgrid_engine.seen_run, verb text, advice text) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception using errcode = 'JG002',
        message = format('run %s is %s: %s is not possible', seen.run_id, seen.state, verb),
        detail = format('Job "%s", since %s%s.', seen.job, seen.since, ', reason ' || seen.reason),
        hint = advice;
end
$$;
comment on function jobgrid_engine.wrong_state(jobgrid_engine.seen_run, text, text)
    is 'Raises JG002 with what to do instead';
