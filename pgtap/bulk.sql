-- bulk(): what a filter means, the dry run, the count that is wanted, and who may.
begin;
select plan(43);

create function pg_temp.hint_of(command text) returns text language plpgsql as $$
declare hint text;
begin
    execute command;
    return 'no error';
exception when others then
    get stacked diagnostics hint = pg_exception_hint;
    return hint;
end $$;
-- Runs a command as a role would in a session of its own; what it returns, or the SQLSTATE.
create function pg_temp.try(role name, command text) returns text language plpgsql as $$
declare answer text;
begin
    execute format('set local session authorization %I', role);
    begin
        execute command into answer;
    exception when others then
        answer := sqlstate;
    end;
    set local session authorization default;
    return coalesce(answer, 'null');
end $$;
set local client_min_messages = warning;

insert into jobgrid.application (name) values ('tap risk'), ('tap pay');
select jobgrid.define_job('tap 1', kind => 'noop', application => 'tap risk', tags => '{tap night}'),
       jobgrid.define_job('tap 2', kind => 'noop', application => 'tap risk'),
       jobgrid.define_job('tap 3', kind => 'noop', application => 'tap pay', tags => '{tap night,tap x}'),
       jobgrid.define_workflow('tap flow', '[{"name": "a", "kind": "noop"}, {"name": "sub", "kind": "workflow"}]') \g /dev/null
select jobgrid.define_job('tap flow/sub/b', kind => 'noop') \g /dev/null
select run_id as first from jobgrid.submit('tap 1', delay => '1 h') \gset
select run_id as second from jobgrid.submit('tap 2', delay => '1 h') \gset
select run_id as third from jobgrid.submit('tap 3', delay => '1 h') \gset

-- Filters
select results_eq($$select job, note from jobgrid.bulk('take_out', application => 'tap risk')$$,
    $$values ('tap 1', '1 run not started'), ('tap 2', '1 run not started')$$, 'an application');
select results_eq($$select job from jobgrid.bulk('hold', tag => 'tap night')$$, $$values ('tap 1'), ('tap 3')$$, 'a tag');
select results_eq($$select job from jobgrid.bulk('hold', tag => 'tap night', application => 'tap pay')$$, $$values ('tap 3')$$, 'both');
select results_eq($$select job from jobgrid.bulk('bypass', workflow => 'tap flow')$$,
    $$values ('tap flow/a'), ('tap flow/sub'), ('tap flow/sub/b')$$, 'a workflow: all its steps');
select results_eq($$select job from jobgrid.bulk('hold', job => 'tap 1')$$, $$values ('tap 1')$$, 'a job');
select is_empty($$select from jobgrid.job where held or taken_out or bypassed$$, 'a dry run does nothing');
select throws_ok($$select jobgrid.bulk('hold')$$, 'JG003', 'bulk needs a filter', 'a filter is wanted');
select throws_ok($$select jobgrid.bulk('delete', job => 'tap 1')$$, 'JG003', '"delete" is no verb of bulk', 'a verb');
select throws_ok($$select jobgrid.bulk('hold', application => 'tap rusk')$$, 'JG001', null, 'an application that is not there');
select is(pg_temp.hint_of($$select jobgrid.bulk('hold', application => 'tap rusk')$$), 'Did you mean "tap risk"?', 'and which was meant');
select throws_ok($$select jobgrid.bulk('hold', tag => 'tap nigth')$$, 'JG001', null, 'a tag');
select is(pg_temp.hint_of($$select jobgrid.bulk('hold', tag => 'tap nigth')$$), 'Did you mean "tap night"?', 'likewise');
select throws_ok($$select jobgrid.bulk('hold', workflow => 'tap 1')$$, 'JG003', 'job "tap 1" is no workflow', 'no workflow');
select throws_ok($$select jobgrid.bulk('hold', job => 'tap')$$, 'JG001', null, 'a job');
select throws_ok($$select jobgrid.bulk('take_out', state => 'held')$$, 'JG003', null, 'runs are not taken out');
select throws_ok($$select jobgrid.bulk('cancel', job => 'tap 1', what => 'jobs')$$, 'JG003', null, 'nor jobs cancelled');
select throws_ok($$select jobgrid.bulk('hold', job => 'tap 1', what => 'jobs', state => 'held')$$, 'JG003', null, 'jobs have no state');
select throws_ok($$select jobgrid.bulk('cancel', job => 'tap 1', until => now() + interval '1 h')$$, 'JG003', null, 'until is of flags');
select throws_ok($$select jobgrid.bulk('cancel', job => 'tap 1', state => 'failed')$$, 'JG003', null, 'what has ended is not cancelled');
select throws_ok($$select jobgrid.bulk('set_outcome', job => 'tap 1', outcome => 'failed', reason => 'x')$$, 'JG003', null, 'outcomes by state alone');

-- The count
select throws_ok($$select jobgrid.bulk('hold', application => 'tap risk', dry_run => false)$$, 'JG002',
    'bulk wants to be told how many it is to act on: expect => 2', 'the count is wanted');
select throws_ok($$select jobgrid.bulk('hold', application => 'tap risk', dry_run => false, expect => 3)$$, 'JG002',
    'hold would act on 2, not on 3', 'and has to be right');
select bag_eq($$select job, state, note from jobgrid.bulk('hold', application => 'tap risk', reason => 'INC1', dry_run => false, expect => 2)$$,
    $$values ('tap 1', null, 'new runs of the job will be held'), ('tap 1', 'held', null),
             ('tap 2', null, 'new runs of the job will be held'), ('tap 2', 'held', null)$$, 'hold for many');
select is((select count(*) from jobgrid.job where held and held_reason = 'INC1'), 2::bigint, 'with the reason');
select results_eq($$select job, note from jobgrid.bulk('release', tag => 'tap night')$$,
    $$values ('tap 1', 'held, 1 run not started')$$, 'release is about those that have a flag');
select jobgrid.take_out('tap 3') \g /dev/null
select results_eq($$select job, note from jobgrid.bulk('bypass', tag => 'tap night', dry_run => false, expect => 2) where run_id is null$$,
    $$values ('tap 1', 'runs of the job succeed without being executed; it was held before'),
             ('tap 3', 'left alone: job "tap 3" is taken out: bypass is not possible')$$, 'one that refuses does not keep the others');
select is((select count(*) from jobgrid.bulk('release', application => 'tap risk', dry_run => false, expect => 2)), 3::bigint, 'release for many');
select jobgrid.release(job => 'tap 3') \g /dev/null

-- Runs
select results_eq($$select job, state, reason from jobgrid.bulk('hold', application => 'tap risk', what => 'runs')$$,
    $$values ('tap 1', 'waiting', 'not_before'), ('tap 2', 'waiting', 'not_before')$$, 'runs as they are');
select results_eq($$select job from jobgrid.bulk('cancel', tag => 'tap night', run_reason => 'not_before')$$,
    $$values ('tap 1'), ('tap 3')$$, 'by reason');
select is_empty($$select from jobgrid.bulk('cancel', tag => 'tap night', since => now() + interval '1 h')$$, 'by age');
select results_eq($$select job, state from jobgrid.bulk('hold', application => 'tap risk', state => 'waiting', dry_run => false, expect => 2)$$,
    $$values ('tap 1', 'held'), ('tap 2', 'held')$$, 'a state says that runs are meant');
select is_empty($$select from jobgrid.job where held$$, 'and no jobs');
select is((select count(*) from jobgrid.bulk('retry', application => 'tap risk')), 2::bigint, 'retry finds what is held');
select is((select count(*) from jobgrid.bulk('release', application => 'tap risk', state => 'held', dry_run => false, expect => 2)), 2::bigint, 'release them');
select results_eq($$select state, note from jobgrid.bulk('cancel', application => 'tap risk', reason => 'INC2', dry_run => false, expect => 2)$$,
    $$values ('cancelled', null::text), ('cancelled', null)$$, 'cancel for many');
select results_eq($$select job, state from jobgrid.bulk('rerun', application => 'tap risk')$$,
    $$values ('tap 1', 'cancelled'), ('tap 2', 'cancelled')$$, 'rerun finds what has failed or was cancelled');
select results_eq(format($$select job, run_id > %1$s, note from jobgrid.bulk('rerun', job => 'tap 1', dry_run => false, expect => 1)$$, :third),
    format($$values ('tap 1', true, 'runs %s again')$$, :first), 'and runs it again');
select results_eq($$select job, state from jobgrid.bulk('set_outcome', tag => 'tap night', state => 'waiting', run_reason => 'not_before',
                                                 outcome => 'succeeded', reason => 'INC3', dry_run => false, expect => 1)$$,
    $$values ('tap 3', 'succeeded')$$, 'outcomes for many');

-- Who may

create role tap_team;
insert into jobgrid.team (name, database_role) values ('tap team', 'tap_team');
create role tap_submitter login in role jobgrid_submitter, tap_team;
create role tap_operator login in role jobgrid_operator, tap_team;
create role tap_viewer login in role jobgrid_viewer, tap_team;
select jobgrid.submit('tap 2', delay => '1 h') \g /dev/null
select is(pg_temp.try('tap_submitter', $$select (jobgrid.submit('tap 2', delay => '1 h')).state$$), 'waiting', 'a submitter''s run');
select is(pg_temp.try('tap_submitter', $$select count(*) from jobgrid.bulk('cancel', job => 'tap 2')$$), '1', 'he acts on his own');
select is(pg_temp.try('tap_submitter', $$select jobgrid.bulk('hold', job => 'tap 2')$$), 'JG004', 'and on no job');
select is(pg_temp.try('tap_operator', $$select count(*) from jobgrid.bulk('cancel', job => 'tap 2')$$), '2', 'an operator acts on all');
select is(pg_temp.try('tap_viewer', $$select jobgrid.bulk('cancel', job => 'tap 2')$$), '42501', 'a viewer on none');

select * from finish();
rollback;
