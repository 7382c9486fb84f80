-- The verbs: what each does in each state, what it says where it can do nothing, and who may.
begin;
select plan(95);

create function pg_temp.sample(job text, state text, reason text default null) returns bigint language plpgsql as $$
-- A live run in a state that only an executor brings about: inserted as a dump would.
declare
    id bigint := nextval('jobgrid_engine.run_id_seq');
    the_job jobgrid.job;
begin
    select * into the_job from jobgrid.job j where j.name = sample.job;
    insert into jobgrid_engine.run (run_id, job_id, tenant_id, submitted_at, business_date, source, queue, priority,
                                    submitted_by)
    select id, the_job.job_id, t.tenant_id, now(), current_date, 'submit', the_job.queue, the_job.priority, session_user
    from jobgrid.tenant t where t.name = the_job.tenant;
    if sample.state in ('starting', 'running') then
        insert into jobgrid_engine.lease (run_id, rank, since, job_id, tenant_id, attempt, tries, business_date, state,
                                          reason, fence, version, claimed_at)
        select id, 50, now(), r.job_id, r.tenant_id, 1, 1, r.business_date, sample.state, sample.reason, 4711, 1, now()
        from jobgrid_engine.run r where r.run_id = id;
    elsif sample.state = 'waiting' then
        insert into jobgrid_engine.due (run_id, rank, due_at, since, job_id, tenant_id, attempt, tries, business_date, state,
                                        reason)
        select id, 50, now() + interval '1 hour', now(), r.job_id, r.tenant_id, 1, 1, r.business_date, sample.state, sample.reason
        from jobgrid_engine.run r where r.run_id = id;
    else
        insert into jobgrid_engine.parked (run_id, rank, since, job_id, tenant_id, attempt, tries, business_date, state,
                                           reason)
        select id, 50, now(), r.job_id, r.tenant_id, 1, 1, r.business_date, sample.state, sample.reason
        from jobgrid_engine.run r where r.run_id = id;
    end if;
    return id;
end $$;
create function pg_temp.submit(job text, options text default '') returns bigint language plpgsql as $$
declare id bigint;
begin
    execute format('select run_id from jobgrid.submit(%L%s)', job, options) into id;
    return id;
end $$;
create function pg_temp.places(run_id bigint) returns text language sql as $$
    select string_agg(l.place || ' ' || l.state, ', ') from jobgrid_engine.live_run l where l.run_id = places.run_id
$$;
create function pg_temp.hint_of(command text) returns text language plpgsql as $$
declare hint text;
begin
    execute command;
    return 'no error';
exception when others then
    get stacked diagnostics hint = pg_exception_hint;
    return hint;
end $$;

select lives_ok($$select jobgrid.define_job('tap', kind => 'noop'),
                         jobgrid.define_job('tap ext', kind => 'external')$$, 'jobs');
-- With its lane a run goes straight to ready.
insert into jobgrid_engine.lane (queue, tenant_id, kind, pool)
select 'default', t.tenant_id, 'noop', 'default' from jobgrid.tenant t where t.name = 'default'
on conflict do nothing;
select pg_temp.submit('tap') as a, pg_temp.submit('tap', ', delay => ''1 hour''') as b,
       pg_temp.sample('tap', 'running') as running, pg_temp.sample('tap', 'unknown', 'executor_lost') as unknown,
       pg_temp.sample('tap', 'blocked') as blocked, pg_temp.sample('tap', 'waiting', 'retry_wait') as retrying,
       pg_temp.sample('tap ext', 'running', 'external') as ext,
       pg_temp.sample('tap ext', 'running', 'external') as elsewhere \gset

-- Which run is meant
select throws_ok($$select jobgrid.cancel()$$, 'JG003', null, 'a run or a job');
select throws_ok($$select jobgrid.cancel(1, 'tap')$$, 'JG003', null, 'not both');
select throws_ok($$select jobgrid.cancel(0)$$, 'JG001', null, 'an unknown run');
select throws_ok($$select jobgrid.cancel(job => 'tab')$$, 'JG001', null, 'an unknown job');
select is(pg_temp.hint_of($$select jobgrid.hold(job => 'tqp')$$), 'Did you mean "tap"?', 'and which was meant');
select throws_ok($$select jobgrid.hold(job => 'tap', tenant => 'nowhere')$$, 'JG001', null, 'an unknown tenant');

-- hold, release
select is((select (job, state, reason, note)::text from jobgrid.hold(:a, reason => 'INC1')), '(tap,held,operator,)', 'hold');
select is(pg_temp.places(:a), 'parked held', 'parks');
select is((select (action, from_state, to_state, reason, by_role, detail)::text from jobgrid.history where run_id = :a
           and action = 'hold'),
    format('(hold,queued,held,operator,%s,INC1)', session_user), 'the record says who and why');
select is((select note from jobgrid.hold(:a)), 'was held before', 'hold again says so');
select is((select (state, reason, note)::text from jobgrid.release(:a)), '(waiting,placement,)', 'release');
select is(pg_temp.places(:a), 'pending waiting', 'lets the scheduler look');
select is((select note from jobgrid.release(:a)), 'was not held', 'release again says so');
select is((select state from jobgrid.hold(:b)), 'held', 'hold what waits for a moment');
select is((select (state, reason)::text from jobgrid.release(:b)), '(waiting,not_before)', 'it waits for it again');
select is(pg_temp.places(:b), 'due waiting', 'where such runs wait');
select throws_ok(format('select jobgrid.hold(%s)', :running), 'JG002', null, 'what runs is not held');
select is(pg_temp.hint_of(format('select jobgrid.hold(%s)', :running)),
    format('Stop it with: SELECT * FROM jobgrid.cancel(%s);', :running), 'and what to do');
select throws_ok(format('select jobgrid.release(%s)', :unknown), 'JG002', null, 'nor is the unknown released');
select is((select (state, reason)::text from jobgrid.hold(:blocked)), '(held,operator)', 'a blocked run can be held');
select jobgrid.release(:blocked) \g /dev/null

-- A job
select bag_eq($$select run_id is null, state, note from jobgrid.hold(job => 'tap', reason => 'INC2')$$,
    $$values (true, null, 'new runs of the job will be held'), (false, 'held', null), (false, 'held', null),
             (false, 'held', null), (false, 'held', null)$$, 'hold(job) sets the flag and parks what has not started');
select is((select (held, held_reason, version)::text from jobgrid.job where name = 'tap'), '(t,INC2,1)', 'the flag');
select is(pg_temp.places(:running), 'lease running', 'what runs goes on');
select is((select state from jobgrid.submit('tap')), 'held', 'a new run is held');
select is((select note from jobgrid.release(:a)), 'job "tap" is still held: new runs will be', 'release one run');
select is((select count(*) from jobgrid.release(job => 'tap')), 5::bigint, 'release the job and the four others');
select is((select held from jobgrid.job where name = 'tap'), false, 'the flag is gone');

-- A job has one flag at most
create function pg_temp.flags() returns text language sql as $$
    select concat_ws(' ', case when held then 'held' end, case when taken_out then 'taken_out' end, case when bypassed then 'bypassed' end,
                     coalesce(held_reason, flag_reason), flag_until is not null, version) from jobgrid.job where name = 'tap flag' $$;
select jobgrid.define_job('tap flag', kind => 'noop') \g /dev/null
select is((select (job, note)::text from jobgrid.take_out('tap flag', 'INC3', now() + interval '1 hour')),
    format('("tap flag","runs of the job are skipped, until %s")', to_char(now() + interval '1 hour', 'YYYY-MM-DD HH24:MI TZ')),
    'take_out says until when');
select is(pg_temp.flags(), 'taken_out INC3 t 1', 'no new version');
select is((select (flag_by, flag_at between now() and clock_timestamp())::text from jobgrid.job where name = 'tap flag'),
    format('(%s,t)', session_user), 'by whom and since when');
select is((select note from jobgrid.take_out('tap flag')), 'the job was taken out before', 'again says so');
select is(pg_temp.flags(), 'taken_out INC3 t 1', 'and changes nothing');
select jobgrid.take_out('tap flag', 'INC4', 'infinity') \g /dev/null
select is(pg_temp.flags(), 'taken_out INC4 f 1', 'another reason, no end');
select throws_ok($$select jobgrid.bypass('tap flag')$$, 'JG002', null, 'what is taken out is not bypassed');
select is(pg_temp.hint_of($$select jobgrid.bypass('tap flag')$$),
    'SELECT * FROM jobgrid.release(job => ''tap flag''); and bypass it then.', 'and what to do');
select is((select note from jobgrid.hold(job => 'tap flag', reason => 'INC5')), 'new runs of the job will be held; it was taken out before',
    'a hold takes its place');
select is(pg_temp.flags(), 'held INC5 f 1', 'with its own reason');
select run_id as flagged from jobgrid.submit('tap flag') \gset
select bag_eq($$select coalesce(state, note) from jobgrid.bypass('tap flag', 'INC6')$$,
    $$values ('runs of the job succeed without being executed; it was held before'), ('waiting')$$, 'a bypass lets held runs go');
select is(pg_temp.flags(), 'bypassed INC6 f 1', 'it takes the place of the hold');
select is((select (state, reason, note)::text from jobgrid.submit('tap flag')),
    '(waiting,placement,"the job is bypassed: its runs succeed without being executed")', 'runs go to the scheduler, and it says why');
select is((select note from jobgrid.release(job => 'tap flag', reason => 'done')), 'new runs of the job will not be bypassed', 'release');
select is(pg_temp.flags(), 'f 1', 'leaves nothing');
select is((select note from jobgrid.release(job => 'tap flag')), 'the job was not held', 'again');
select is((select (changed_by, reason, old)::text from jobgrid.config_history where table_name = 'job' order by change_id desc limit 1),
    format('(%s,done,"{""bypassed"": true, ""flag_reason"": ""INC6""}")', session_user), 'the history has who and why');
select is(current_setting('jobgrid.change_reason'), '', 'the session''s own reason is as it was');
select throws_ok($$select jobgrid.hold(job => 'tap flag', until => now() - interval '1 s')$$, 'JG003', null, 'until is to come');
select throws_ok(format('select jobgrid.hold(%s, until => now() + interval ''1 h'')', :b), 'JG003', null, 'until is about a job');
select throws_ok($$select jobgrid.take_out('tap flog')$$, 'JG001', null, 'an unknown job');
select throws_ok($$update jobgrid.job set taken_out = true, bypassed = true where name = 'tap flag'$$, '23514', null, 'not two at once');
select throws_ok($$update jobgrid.job set flag_until = now() + interval '1 h' where name = 'tap flag'$$, '23514', null, 'no end of nothing');
update jobgrid.job set held = true, held_reason = 'INC7', flag_until = now() + interval '1 h' where name = 'tap flag';
update jobgrid.job set taken_out = true where name = 'tap flag';
select is(pg_temp.flags(), 'taken_out t 1', 'an UPDATE takes the place of another flag, too');
update jobgrid.job set taken_out = false where name = 'tap flag';
select is(pg_temp.flags(), 'f 1', 'and takes all of it back');
select jobgrid.take_out('tap flag') \g /dev/null
select results_eq($$select blocker, hint from jobgrid.why(job => 'tap flag') limit 1$$,
    $$values ('taken_out', 'SELECT * FROM jobgrid.release(job => ''tap flag'');')$$, 'why');

-- retry
select jobgrid.hold(:retrying) \g /dev/null
select is((select (state, reason)::text from jobgrid.retry(:retrying)), '(waiting,placement)', 'retry what is held');
select is(pg_temp.places(:retrying), 'pending waiting', 'without waiting for its moment');
select pg_temp.sample('tap', 'waiting', 'retry_wait') as retrying \gset
select lives_ok(format('select jobgrid.retry(%s)', :retrying), 'retry what waits for its retry');
select is(pg_temp.places(:retrying), 'pending waiting', 'now');
select is((select state from jobgrid.retry(:unknown)), 'waiting', 'retry the unknown');
select throws_ok(format('select jobgrid.retry(%s)', :running), 'JG002', null, 'not what runs');
select throws_ok(format('select jobgrid.retry(%s)', :b), 'JG002', null, 'not what was never tried');

-- cancel
select is((select (state, reason, note)::text from jobgrid.cancel(:a, reason => 'x')), '(cancelled,operator,)', 'cancel');
select is(pg_temp.places(:a), null, 'ends it');
select is((select note from jobgrid.cancel(:a)), 'already cancelled', 'cancel again says so');
select is((select (state, note)::text from jobgrid.cancel(:running)),
    '(running,"asked to stop; what it reports decides")', 'who works is asked');
select is((select note from jobgrid.cancel(:running)), 'was asked to stop before', 'once');
select isnt((select cancel_requested_at from jobgrid.run where run_id = :running), null, 'and that shows');
select throws_ok(format('select jobgrid.retry(%s)', :a), 'JG002', null, 'retry of what ended');
select is(pg_temp.hint_of(format('select jobgrid.retry(%s)', :a)),
    format('Run it again with: SELECT * FROM jobgrid.rerun(%s);', :a), 'and what to do');
select throws_ok(format('select jobgrid.hold(%s)', :a), 'JG002', null, 'hold of what ended');
select is((select count(distinct state) from jobgrid.cancel(job => 'tap') where state <> 'cancelled'), 1::bigint,
    'cancel(job): all but the one that runs');
select is((select string_agg(l.place, ',') from jobgrid_engine.live_run l join jobgrid.job j using (job_id)
           where j.name = 'tap'), 'lease', 'end at once');

select is((select (state, reason, note)::text from jobgrid.cancel(:elsewhere, reason => 'INC3')),
    '(cancelled,operator,"what runs elsewhere is not stopped by this")', 'what runs elsewhere');
select is((select (action, reason, detail)::text from jobgrid.history where run_id = :elsewhere), '(cancel,operator,INC3)',
    'is cancelled by a person');
select is((select message from jobgrid.run where run_id = :elsewhere), null, 'the reason is not what the run said');
select matches((select detail from jobgrid.why(:elsewhere)), format('^cancelled by %s at .*: INC3', session_user),
    'and why says who');

-- set_outcome
select throws_ok(format('select jobgrid.set_outcome(%s, ''succeeded'', null)', :a), 'JG003', null, 'an outcome has a reason');
select throws_ok(format('select jobgrid.set_outcome(%s, ''done'', ''x'')', :a), 'JG003', null, 'and is one of four');
select throws_ok(format('select jobgrid.set_outcome(%s, ''failed'', ''x'')', :running), 'JG002', null, 'not what runs');
select is((select state from jobgrid.set_outcome(:a, 'succeeded', 'by hand')), 'succeeded', 'set_outcome');
select is((select note from jobgrid.set_outcome(:a, 'succeeded', 'by hand')), 'was succeeded before', 'again says so');

-- rerun
select throws_ok(format('select jobgrid.rerun(%s)', :running), 'JG002', null, 'what has not ended is not run again');
select throws_ok(format('select jobgrid.rerun(%s, definition => ''old'')', :a), 'JG003', null, 'which definition');
update jobgrid.job set rerun_policy = 'never', contact = 'Payments' where name = 'tap';
select throws_ok(format('select jobgrid.rerun(%s)', :a), 'JG002', null, 'never');
select is(pg_temp.hint_of(format('select jobgrid.rerun(%s)', :a)), 'Call Payments.', 'and whom to ask');
update jobgrid.job set rerun_policy = 'ask' where name = 'tap';
select throws_ok(format('select jobgrid.rerun(%s)', :a), 'JG003', null, 'ask');
select run_id as again from jobgrid.rerun(:a, reason => 'INC3') \gset
select is((select rerun_of from jobgrid.run where run_id = :again), :a::bigint, 'a rerun is linked');
select is((select superseded_by from jobgrid.run where run_id = :a), :again::bigint, 'both ways');
select throws_ok(format('select jobgrid.rerun(%s, reason => ''x'')', :a), 'JG002', null, 'once');

-- Elsewhere
select throws_ok(format('select jobgrid.report_outcome(%s, ''succeeded'')', :running), 'JG002', null,
    'an executor''s run is not reported');
select throws_ok(format('select jobgrid.report_outcome(%s, ''skipped'')', :ext), 'JG003', null, 'three outcomes');
select is((select state from jobgrid.report_outcome(:ext, 'failed', 3, 'no', '{"rows": 0}')), 'failed', 'report_outcome');
select is((select note from jobgrid.report_outcome(:ext, 'failed')), 'was failed before', 'again says so');

-- Queues
select is((select paused from jobgrid.pause_queue('default', 'INC4')), true, 'pause');
select is((select (paused_reason, paused_by)::text from jobgrid.pause_queue('default', 'INC5')),
    format('(INC4,%s)', session_user), 'who pauses a paused queue changes nothing');

select * from finish();
rollback;
