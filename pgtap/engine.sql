-- What the engine promises to those who write SQL: guards on the state of runs, the names it guesses, who acts.
begin;
select plan(39);

-- The lane makes a run without conditions go straight to ready; only an executor's or an external start makes a lease.
select jobgrid.define_job('tap', kind => 'noop') \g /dev/null
insert into jobgrid_engine.lane (queue, tenant_id, kind, pool)
select 'default', t.tenant_id, 'noop', 'default' from jobgrid.tenant t where t.name = 'default'
on conflict do nothing;
select run_id as queued from jobgrid.submit('tap') \gset
select run_id as due from jobgrid.submit('tap', delay => '1 hour') \gset
select run_id as held from jobgrid.submit('tap') \gset
select jobgrid.hold(:held) \g /dev/null
select run_id as pending from jobgrid.submit('tap') \gset
select jobgrid.hold(:pending), jobgrid.release(:pending) \g /dev/null
select nextval('jobgrid_engine.run_id_seq') as leased \gset
insert into jobgrid_engine.run (run_id, job_id, tenant_id, submitted_at, business_date, source, queue, priority, submitted_by)
select :leased, r.job_id, r.tenant_id, now(), r.business_date, 'submit', r.queue, r.priority, r.submitted_by
from jobgrid_engine.run r where r.run_id = :queued;
insert into jobgrid_engine.lease (run_id, rank, since, job_id, tenant_id, attempt, tries, business_date, state, fence, version,
                                  claimed_at)
select r.run_id, 50, now(), r.job_id, r.tenant_id, 1, 1, r.business_date, 'running', 4711, 1, now()
from jobgrid_engine.run r where r.run_id = :leased;
select is((select string_agg(l.place, ' ' order by l.run_id) from jobgrid_engine.live_run l
           where l.run_id in (:queued, :due, :held, :pending, :leased)), 'ready due parked pending lease', 'one row a live run');

-- Superusers too: the state of a run changes in the state routine only.
select throws_ok(format('update jobgrid_engine.%I set state = state where run_id = %s', t, id), 'JG007', null,
    format('update of %s', t))
from (values ('ready', :queued), ('due', :due), ('parked', :held), ('pending', :pending), ('lease', :leased), ('run', :queued)) v (t, id);
select throws_ok(format('delete from jobgrid_engine.%I where run_id = %s', t, id), 'JG007', null, format('delete from %s', t))
from (values ('ready', :queued), ('due', :due), ('parked', :held), ('pending', :pending), ('lease', :leased), ('run', :queued)) v (t, id);
select throws_ok(format('truncate jobgrid_engine.%I', t), 'JG007', null, format('truncate of %s', t))
from unnest('{ready,due,parked,pending,lease,run}'::text[]) t;

-- The table of transitions
select is((select count(*) from jobgrid.transitions
           where from_state = 'waiting' and to_state = 'queued' and allowed_for <> 'engine'), 0::bigint,
    'only the scheduler queues');
select bag_eq($$select distinct s from jobgrid.transitions t, unnest(array[t.from_state, t.to_state]) s$$,
    $$select unnest('{waiting,held,queued,starting,running,blocked,unknown,succeeded,failed,cancelled,skipped}'::text[])$$,
    'eleven states');
select throws_ok(format('select jobgrid_engine.move(%s, ''running'', null, ''x'')', :queued), 'JG002', null,
    'a verb starts nothing');
select throws_ok('select jobgrid_engine.move(0, ''held'', null, ''x'')', 'JG001', null, 'nor moves what is not there');

-- Names
select is(jobgrid_engine.edit_distance('kitten', 'sitting'), 3, 'edit distance');
select is(jobgrid_engine.edit_distance('', 'abc'), 3, 'from nothing');
select is(jobgrid_engine.edit_distance('abc', ''), 3, 'to nothing');
select is(jobgrid_engine.edit_distance('same', 'same'), 0, 'none');
select is(jobgrid_engine.closest('laod_fx', '{load_fx,lead_fx,toad_fx}'), 'load_fx', 'letters swapped');
select is(jobgrid_engine.closest('LOAD', '{load}'), 'load', 'case');
select is(jobgrid_engine.closest('nightly_lode', '{nightly_load,nightly_purge}'), 'nightly_load', 'an ending');
select is(jobgrid_engine.closest('x', '{load}'), null, 'nothing near');
select is(jobgrid_engine.closest('load', '{}'), null, 'nothing at all');

-- Lists of exit codes
select is(jobgrid_engine.code_list_error('0,4,8-11'), null, 'a list of codes');
select isnt(jobgrid_engine.code_list_error('0,,4'), null, 'an empty element');
select isnt(jobgrid_engine.code_list_error('a'), null, 'no number');

-- Who acts
create role tap_login login in role jobgrid_viewer;
create role tap_other login in role jobgrid_viewer;
grant tap_other to tap_login;
grant execute on function jobgrid_engine.actor_role() to tap_login, tap_other;
grant usage on schema jobgrid_engine to tap_login, tap_other;
set local session authorization tap_login;
create temp table who as select jobgrid_engine.actor_role()::text as plain;
set local role tap_other;
select jobgrid_engine.actor_role() as switched \gset
reset role;
set local session authorization default;
create role tap_gateway login in role jobgrid_gateway, tap_other;
grant execute on function jobgrid_engine.actor_role() to tap_gateway;
set local session authorization tap_gateway;
set local role tap_other;
select jobgrid_engine.actor_role() as through_gateway \gset
reset role;
set local session authorization default;
select is(:'through_gateway'::text, 'tap_other', 'through a gateway the role it has set acts');
select is((select plain from who), 'tap_login', 'who logged in acts');
select is(:'switched'::text, 'tap_login', 'SET ROLE changes nothing');
select is((select tenant_id from jobgrid.tenant where name = 'default') = any (jobgrid_engine.visible_tenants()), true,
    'a superuser sees every tenant');

select * from finish();
rollback;
