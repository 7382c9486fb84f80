-- A verb for many jobs or runs at once. Without dry_run => false it says what it would act on; then it wants to be told how
-- many that are, so that a filter that has come to mean more is not acted on.
create or replace function jobgrid.bulk(
    verb text, job text default null, application text default null, tag text default null, workflow text default null,
    state text default null, run_reason text default null, since timestamptz default null, what text default null,
    reason text default null, until timestamptz default null, outcome text default null, tenant text default null,
    dry_run boolean default true, expect integer default null)
returns setof jobgrid.acted
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    actor   constant name := jobgrid_engine.actor_role();
    of_jobs constant text[] := '{hold,release,take_out,bypass}';
    of_runs constant text[] := '{cancel,hold,release,retry,rerun,set_outcome}';
    about   text := coalesce(what, case when verb = any (of_jobs) and coalesce(state, run_reason, since::text) is null
                                        then 'jobs' else 'runs' end);
    ids     integer[];
    targets jobgrid.acted[];
    target  jobgrid.acted;
    n       integer;
begin
    if verb is null or verb <> all (of_jobs || of_runs) then
        raise exception using errcode = 'JG003',
            message = format('"%s" is no verb of bulk', jobgrid_engine.clip(coalesce(verb, ''))),
            hint = 'Of jobs: hold, release, take_out, bypass. Of runs: cancel, hold, release, retry, rerun, set_outcome.';
    elsif about not in ('jobs', 'runs') or about = 'jobs' and verb <> all (of_jobs) or about = 'runs' and verb <> all (of_runs) then
        raise exception using errcode = 'JG003',
            message = format('%s is not for %s', verb, jobgrid_engine.clip(about)),
            hint = 'Of jobs: hold, release, take_out, bypass. Of runs: cancel, hold, release, retry, rerun, set_outcome.';
    elsif coalesce(job, application, tag, workflow, state, run_reason, since::text) is null then
        raise exception using errcode = 'JG003',
            message = 'bulk needs a filter',
            hint = format('For example: SELECT * FROM jobgrid.bulk(%L, application => ''...'');', verb);
    elsif about = 'jobs' and coalesce(state, run_reason, since::text) is not null then
        raise exception using errcode = 'JG003',
            message = 'state, run_reason and since are of runs',
            hint = format('SELECT * FROM jobgrid.bulk(%L, what => ''runs'', ...);', verb);
    elsif until is not null and about <> 'jobs' or outcome is not null and verb <> 'set_outcome' then
        raise exception using errcode = 'JG003', message = 'until is of flags of jobs, outcome of set_outcome';
    elsif verb = 'set_outcome' and (state is null or outcome is null or coalesce(btrim(reason), '') = '') then
        raise exception using errcode = 'JG003',
            message = 'set_outcome for many needs state, outcome and reason',
            hint = 'SELECT * FROM jobgrid.bulk(''set_outcome'', job => ''...'', state => ''failed'', outcome => ''succeeded'', reason => ''...'');';
    elsif (about = 'jobs' or verb = 'set_outcome') and not pg_has_role(actor, 'jobgrid_operator', 'member')
          and not pg_has_role(actor, 'jobgrid_admin', 'member') then
        raise exception using errcode = 'JG004',
            message = format('permission denied for bulk %s of %s', verb, about),
            hint = 'An operator acts on jobs; a submitter on the runs he submitted.';
    end if;
    if coalesce(job, application, tag, workflow, tenant) is not null then
        ids := array(select j.job_id from jobgrid_engine.bulk_jobs(job, application, tag, workflow, tenant) j);
    end if;
    if about = 'jobs' then
        targets := array(
            select (null, j.full_name, j.tenant, null, nullif(concat_ws(', ',
                        case when j.held then 'held' when j.taken_out then 'taken out' when j.bypassed then 'bypassed' end,
                        nullif(u.runs, 0) || case when u.runs = 1 then ' run' else ' runs' end || ' not started'), ''))::jobgrid.acted
            from jobgrid.job j
            cross join lateral (select count(*) as runs from jobgrid_engine.live_run l
                                where l.job_id = j.job_id and l.place <> 'lease' and l.state <> 'unknown') u
            where j.job_id = any (ids) and (verb <> 'release' or j.held or j.taken_out or j.bypassed) order by j.job_id);
    else
        targets := array(
            select (r.run_id, r.job, r.state_now, r.reason_now, null)::jobgrid.acted
            from jobgrid_engine.bulk_runs(verb, ids, state, run_reason, since) r);
    end if;
    n := cardinality(targets);
    if dry_run is not false then
        raise notice '% would act on % %', verb, n, case when n = 1 then left(about, -1) else about end;
    elsif expect is distinct from n then
        raise exception using errcode = 'JG002',
            message = case when expect is null then format('bulk wants to be told how many it is to act on: expect => %s', n)
                           else format('%s would act on %s, not on %s', verb, n, expect) end,
            hint = 'See them with dry_run => true.';
    end if;
    foreach target in array targets loop
        if dry_run is not false then
            if about = 'jobs' then
                target.state := null;
            end if;
            return next target;
        else
            return query select * from jobgrid_engine.bulk_act(
                verb, target.run_id, case when about = 'jobs' then target.job end, case when about = 'jobs' then target.state end,
                reason, until, outcome);
        end if;
    end loop;
end
$$;
comment on function jobgrid.bulk(text, text, text, text, text, text, text, timestamptz, text, text, timestamptz, text, text, boolean, integer)
    is 'Acts on many jobs or runs; without dry_run => false it says on which';
grant execute on function jobgrid.bulk(text, text, text, text, text, text, text, timestamptz, text, text, timestamptz, text, text, boolean, integer)
    to jobgrid_submitter, jobgrid_operator, jobgrid_admin;
