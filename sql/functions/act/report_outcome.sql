-- What runs elsewhere ends by this alone. The same report twice is no error: who reports may not know that he was
-- heard.
create or replace function jobgrid.report_outcome(
    run_id bigint, outcome text, exit_code integer default null, message text default null, result jsonb default null)
returns setof jobgrid.acted
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    target bigint := jobgrid_engine.target_runs('report_outcome', report_outcome.run_id, null, null);
    seen   jobgrid_engine.seen_run := jobgrid_engine.find_run(target);
begin
    if report_outcome.outcome is null or report_outcome.outcome not in ('succeeded', 'failed', 'cancelled') then
        raise exception using errcode = 'JG003',
            message = format('a reported outcome is succeeded, failed or cancelled, not "%s"',
                             jobgrid_engine.clip(report_outcome.outcome)),
            hint = format('SELECT * FROM jobgrid.report_outcome(%s, ''failed'', exit_code => 1);', target);
    end if;
    if seen.state = report_outcome.outcome then
        return next jobgrid_engine.acted(target, format('was %s before', seen.state));
        return;
    elsif seen.place is distinct from 'lease' or seen.reason is distinct from 'external' then
        perform jobgrid_engine.wrong_state(seen, 'report_outcome', case
            when seen.place is null then
                format('Correct it with: SELECT * FROM jobgrid.set_outcome(%s, %L, ''...'');',
                       target, report_outcome.outcome)
            when seen.place = 'lease' then 'Its executor reports how it ends.'
            else format('It has not started: SELECT * FROM jobgrid.why(%s);', target) end);
    end if;
    perform jobgrid_engine.end_external(
        target, report_outcome.outcome, report_outcome.exit_code, report_outcome.message, report_outcome.result,
        'report_outcome');
    return next jobgrid_engine.acted(target, null);
end
$$;
comment on function jobgrid.report_outcome(bigint, text, integer, text, jsonb)
    is 'Ends a run that was executed elsewhere';
grant execute on function jobgrid.report_outcome(bigint, text, integer, text, jsonb)
    to jobgrid_submitter, jobgrid_operator, jobgrid_admin;
