-- What runs elsewhere ends by this alone. Of a run: the same report twice is no error, because who reports may not know that he
-- was heard. Of a job: its external run that is going on ends; without one a run is recorded that has ended, so that whoever
-- waits for the job hears of it, and so that the last status of a job that comes from elsewhere can be told.
create or replace function jobgrid.report_outcome(
    run_id bigint default null, outcome text default null, exit_code integer default null, message text default null,
    result jsonb default null, job text default null, at timestamptz default null, source text default null,
    business_date date default null, tenant text default null)
returns setof jobgrid.acted
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    target bigint;
    wanted jobgrid.job;
    seen   jobgrid_engine.seen_run;
begin
    if report_outcome.outcome is null or report_outcome.outcome not in ('succeeded', 'failed', 'cancelled') then
        raise exception using errcode = 'JG003',
            message = format('a reported outcome is succeeded, failed or cancelled, not "%s"',
                             jobgrid_engine.clip(report_outcome.outcome)),
            hint = case when report_outcome.job is null
                then format('SELECT * FROM jobgrid.report_outcome(%s, ''failed'', exit_code => 1);', coalesce(report_outcome.run_id, 42))
                else format('SELECT * FROM jobgrid.report_outcome(job => %L, outcome => ''failed'', exit_code => 1);',
                            jobgrid_engine.clip(report_outcome.job)) end;
    elsif report_outcome.at > clock_timestamp() + interval '1 minute' then
        raise exception using errcode = 'JG003',
            message = format('a job has not ended at %s yet', report_outcome.at),
            hint = 'Leave "at" out, and it has ended now.';
    end if;
    if report_outcome.job is not null then
        -- Only an operator acts on all runs of a job, whether there are any or not.
        perform jobgrid_engine.target_runs('report_outcome', report_outcome.run_id, report_outcome.job, report_outcome.tenant);
        wanted := jobgrid_engine.find_job(report_outcome.job, report_outcome.tenant);
        select l.run_id into target from jobgrid_engine.lease l
        where l.job_id = wanted.job_id and l.reason = 'external'
          and (report_outcome.business_date is null or l.business_date = report_outcome.business_date)
        order by l.run_id limit 1;
        if not found then
            target := jobgrid_engine.record_run(wanted.job_id, report_outcome.outcome, report_outcome.exit_code,
                                                report_outcome.message, report_outcome.result, report_outcome.at,
                                                report_outcome.source, report_outcome.business_date);
            return next jobgrid_engine.acted(target, 'recorded: no run of the job was waiting to be reported');
            return;
        end if;
    else
        target := jobgrid_engine.target_runs('report_outcome', report_outcome.run_id, null, null);
    end if;
    seen := jobgrid_engine.find_run(target);
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
comment on function jobgrid.report_outcome(bigint, text, integer, text, jsonb, text, timestamptz, text, date, text)
    is 'Tells how something ended that was executed elsewhere';
grant execute on function jobgrid.report_outcome(bigint, text, integer, text, jsonb, text, timestamptz, text, date, text)
    to jobgrid_submitter, jobgrid_operator, jobgrid_admin;
