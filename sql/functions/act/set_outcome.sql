-- A person says how a run ended; the record says who and why.
create or replace function jobgrid.set_outcome(run_id bigint, outcome text, reason text) returns setof jobgrid.acted
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    target bigint := jobgrid_engine.target_runs('set_outcome', set_outcome.run_id, null, null);
    seen   jobgrid_engine.seen_run := jobgrid_engine.find_run(target);
begin
    if set_outcome.outcome is null or set_outcome.outcome not in ('succeeded', 'failed', 'cancelled', 'skipped') then
        raise exception using errcode = 'JG003',
            message = format('an outcome is succeeded, failed, cancelled or skipped, not "%s"',
                             jobgrid_engine.clip(set_outcome.outcome)),
            hint = format('SELECT * FROM jobgrid.set_outcome(%s, ''succeeded'', ''checked by hand'');', target);
    elsif coalesce(btrim(set_outcome.reason), '') = '' then
        raise exception using errcode = 'JG003',
            message = 'set_outcome needs a reason',
            hint = format('SELECT * FROM jobgrid.set_outcome(%s, %L, ''checked by hand'');', target, set_outcome.outcome);
    end if;
    if seen.state = set_outcome.outcome then
        return next jobgrid_engine.acted(target, format('was %s before', seen.state));
        return;
    elsif seen.place = 'lease' then
        perform jobgrid_engine.wrong_state(seen, 'set_outcome', case when seen.reason = 'external'
            then format('Report how it ended: SELECT * FROM jobgrid.report_outcome(%s, %L);', target, set_outcome.outcome)
            else format('Stop it first with: SELECT * FROM jobgrid.cancel(%s);', target) end);
    end if;
    perform jobgrid_engine.move(target, set_outcome.outcome, 'operator', 'set_outcome', set_outcome.reason);
    return next jobgrid_engine.acted(target, null);
end
$$;
comment on function jobgrid.set_outcome(bigint, text, text) is 'Says how a run ended; needs a reason';
grant execute on function jobgrid.set_outcome(bigint, text, text) to jobgrid_operator, jobgrid_admin;
