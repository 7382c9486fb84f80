-- What a verb answers: the run as it is now.
create or replace function jobgrid_engine.acted(run_id bigint, note text) returns jobgrid.acted
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
    select row(f.run_id, f.job, f.state, f.reason, acted.note)::jobgrid.acted
    from jobgrid_engine.find_run(acted.run_id) f
$$;
comment on function jobgrid_engine.acted(bigint, text) is 'The answer of a verb: the run as it is now';
