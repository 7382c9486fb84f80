-- One answer to "why is it not running?": every client shows these rows. For a job: its live runs, the newest ten;
-- without any, what keeps it from having some, and how its last run ended.
create or replace function jobgrid.why(
    run_id bigint default null, job text default null, tenant text default null)
returns setof jobgrid.blocker
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    wanted  jobgrid.job;
    targets bigint[];
    target  bigint;
    held    text := jobgrid_engine.held_reason();
    answer  jobgrid.blocker;
begin
    if (why.run_id is null) = (why.job is null) then
        raise exception using errcode = 'JG003', message = 'why needs either run_id or job',
            hint = 'For example: SELECT * FROM jobgrid.why(42);';
    end if;
    if why.job is not null then
        wanted := jobgrid_engine.find_job(why.job, why.tenant);
        answer.job := wanted.full_name;
        answer.object := wanted.full_name;
        if wanted.held or wanted.taken_out or wanted.bypassed then
            answer.blocker := case when wanted.held then 'held' when wanted.taken_out then 'taken_out' else 'bypassed' end;
            answer.since := wanted.flag_at;
            answer.detail := concat(
                case when wanted.held then 'new runs of the job are held'
                     when wanted.taken_out then 'the job is taken out: its runs are skipped, what waits for it goes on'
                     else 'the job is bypassed: its runs succeed without being executed' end,
                ', by ' || wanted.flag_by, ' until ' || to_char(wanted.flag_until, 'YYYY-MM-DD HH24:MI TZ'),
                ': ' || coalesce(wanted.held_reason, wanted.flag_reason));
            answer.hint := format('SELECT * FROM jobgrid.release(job => %L);', wanted.full_name);
            return next answer;
            answer.since := null;
        end if;
        if not wanted.enabled then
            answer.blocker := 'disabled';
            answer.detail := 'the job is disabled';
            answer.hint := format('UPDATE jobgrid.job SET enabled = true WHERE job_id = %s;', wanted.job_id);
            return next answer;
        end if;
        targets := array(select l.run_id from jobgrid_engine.live_run l where l.job_id = wanted.job_id
                         order by l.run_id desc limit 10);
        return query select * from jobgrid_engine.why_schedules(wanted, cardinality(targets) = 0);
        if cardinality(targets) = 0 then
            targets := array(select r.run_id from jobgrid_engine.any_run r where r.job_id = wanted.job_id
                             order by r.run_id desc limit 1);
        end if;
        if cardinality(targets) = 0 then
            answer.blocker := 'never_submitted';
            answer.detail := 'the job has no runs';
            answer.hint := format('SELECT * FROM jobgrid.submit(%L);', wanted.full_name);
            return next answer;
        end if;
    else
        targets := array[(jobgrid_engine.find_run(why.run_id)).run_id];
    end if;
    foreach target in array targets loop
        if held is not null and exists (select from jobgrid_engine.live_run l where l.run_id = target) then
            select f.run_id, f.job, f.state into answer.run_id, answer.job, answer.state
            from jobgrid_engine.find_run(target) f;
            answer.blocker := 'freeze';
            answer.object := current_database();
            answer.detail := format('the database hands out nothing: %s; an admin decides', held);
            answer.hint := 'SELECT jobgrid.unfreeze(''...'');';
            return next answer;
        end if;
        return query
            select * from jobgrid_engine.why_waiting(target) union all
            select * from jobgrid_engine.why_queued(target) union all
            select * from jobgrid_engine.why_started(target) union all
            select * from jobgrid_engine.why_workflow(target) union all
            select * from jobgrid_engine.why_ended(target) union all
            select * from jobgrid_engine.why_expected(target) where cardinality(targets) = 1;
    end loop;
end
$$;
comment on function jobgrid.why(bigint, text, text) is 'What a run waits for or how it ended, and what to type next';
grant execute on function jobgrid.why(bigint, text, text) to jobgrid_viewer;
