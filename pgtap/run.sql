-- Submission: what a run is born with, and what is refused.
begin;
select plan(41);

select jobgrid.define_job('tap', kind => 'noop', parameters => '{"region": "EU", "n": 1}'),
       jobgrid.define_job('tap after', kind => 'noop', after => '{tap}'),
       jobgrid.define_job('tap ext', kind => 'external') \g /dev/null

insert into jobgrid_engine.executor (name, owner_role, instance, state, pool, kinds, slots, protocol, version, connected_at)
select n, session_user, gen_random_uuid(), 'offline', 'default', '{noop}', 1, 1, '0', now() from unnest('{tap nobody,tap node}'::text[]) n;
-- The first run of a lane waits for the scheduler to make it; here it is there.
select is((select (state, reason)::text from jobgrid.submit('tap', executor => 'tap nobody')), '(waiting,placement)',
    'a new combination waits for its lane');
insert into jobgrid_engine.lane (queue, tenant_id, kind, pool)
select 'default', t.tenant_id, k, 'default' from jobgrid.tenant t, unnest('{noop,external}'::text[]) k where t.name = 'default'
on conflict do nothing;
select run_id as a, state as a_state, queue as a_queue, priority as a_priority, deduplicated as a_dup
from jobgrid.submit('tap') \gset
select is(:'a_state'::text, 'queued', 'with nothing to wait for it is queued');
select is(:'a_queue'::text, 'default', 'its queue');
select is(:'a_priority'::text, 'normal', 'its priority');
select is(:'a_dup'::boolean, false, 'new');
select is((select (state, tenant, source, submitted_by, attempt, kind)::text from jobgrid.run where run_id = :a),
    format('(queued,default,submit,%s,0,noop)', session_user), 'as the view shows it');
select is((select business_date from jobgrid.run where run_id = :a), (now() at time zone 'UTC')::date, 'today, in its tenant''s zone');
select is((select parameters from jobgrid.run where run_id = :a), '{"region": "EU", "n": 1}', 'the job''s parameters');
select run_id as b from jobgrid.submit('tap', parameters => '{"n": 2, "m": null}', priority => 'high', business_date => '2026-01-02',
                                       labels => '{"l": "x"}', executor => 'tap node', traceparent => '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01') \gset
select is((select parameters from jobgrid.run where run_id = :b), '{"region": "EU", "n": 2, "m": null}', 'given ones are merged over');
select is((select (priority, business_date, labels, traceparent)::text from jobgrid.run where run_id = :b),
    '(high,2026-01-02,"{""l"": ""x""}",00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01)', 'the rest is as given');
select ok((select r.rank from jobgrid_engine.live_run r where r.run_id = :b)
          < (select r.rank from jobgrid_engine.live_run r where r.run_id = :a), 'high goes before normal');
select is((select state from jobgrid.submit('tap after')), 'waiting', 'conditions are the scheduler''s');
select is((select (state, reason)::text from jobgrid.submit('tap', delay => '1 hour')), '(waiting,not_before)', 'a delay');
select is((select state from jobgrid.submit('tap', not_before => now() - interval '1 s')), 'queued', 'a moment that is over');
select is((select state from jobgrid.submit('tap ext')), 'queued', 'what runs elsewhere has lanes of its own');
select is((select count(*) from jobgrid_engine.live_run l where l.run_id = any (array[:a, :b])), 2::bigint, 'one row each');

-- Keys
select run_id as k from jobgrid.submit('tap', idempotency_key => 'tap-1') \gset
select is((select (run_id, deduplicated)::text from jobgrid.submit('tap', idempotency_key => 'tap-1')), format('(%s,t)', :k),
    'a key seen before gives the run it made');
select is((select (run_id, job, priority, business_date, deduplicated)::text
           from jobgrid.submit('tap', idempotency_key => 'tap-1', priority => 'high', business_date => '2026-01-02')),
    format('(%s,tap,normal,%s,t)', :k, (now() at time zone 'UTC')::date), 'as it was submitted, whatever is asked now');
select throws_ok($$select jobgrid.submit('tap ext', idempotency_key => 'tap-1')$$, 'JG003',
    format('idempotency key "tap-1" belongs to run %s of job "tap"', :k), 'and never the run of another job');
select lives_ok($$select jobgrid.submit('tap ext', idempotency_key => 'tap ext tap-1')$$, 'which takes a key of its own');
select throws_ok($$select jobgrid.submit('tap', idempotency_key => repeat('x', 257))$$, null, null, 'a key that is too long');

-- Many
select is((select count(distinct run_id) from jobgrid.submit_many('tap', count => 3)), 3::bigint, 'count runs');
create temp table many as
    select run_id from jobgrid.submit_many('tap', parameters => array['{"n": 7}', '{"n": 8}']::jsonb[]);
select is((select array_agg(r.parameters ->> 'n' order by r.run_id) from jobgrid.run r join many using (run_id)), '{7,8}',
    'a run per element');
select throws_ok($$select jobgrid.submit_many('tap')$$, 'JG003', null, 'elements or a count');
select throws_ok($$select jobgrid.submit_many('tap', count => -1)$$, 'JG008', null, 'not less than none');

-- Refused
select throws_ok($$select jobgrid.submit('tapp')$$, 'JG001', null, 'an unknown job');
select throws_ok($$select jobgrid.submit(null)$$, null, null, 'no job');
select throws_ok($$select jobgrid.submit('tap', priority => 'nigh')$$, null, null, 'an unknown priority');
select throws_ok($$select jobgrid.submit('tap', parameters => '[1]')$$, 'JG003', null, 'parameters are an object');
select throws_ok($$select jobgrid.submit('tap', tenant => 'nowhere')$$, 'JG001', null, 'an unknown tenant');
select throws_ok($$select jobgrid.submit('tap', delay => '1 h', not_before => now())$$, 'JG003', null, 'one moment');
select throws_ok($$select jobgrid.submit('tap', delay => '-1 h')$$, 'JG003', null, 'a delay is not negative');
select throws_ok($$select jobgrid.submit('tap', labels => '[1]')$$, 'JG003', null, 'labels are an object');
select throws_ok($$select jobgrid.submit_many('tap', count => 1, labels => '"x"')$$, 'JG003', null, 'of many runs too');
select throws_ok($$select jobgrid.submit('tap', traceparent => '00-00000000000000000000000000000000-00f067aa0ba902b7-01')$$,
    'JG003', null, 'a traceparent has ids');
select throws_ok($$select jobgrid.submit('tap', traceparent => 'tp')$$, 'JG003', null, 'and a form');
select throws_ok($$select jobgrid.submit('tap', executor => 'tap nod')$$, 'JG001',
    'no executor "tap nod" has ever connected', 'a pin to nobody is refused: each would make a lane for ever');
update jobgrid.job set enabled = false where name = 'tap';
select throws_ok($$select jobgrid.submit('tap')$$, 'JG002', null, 'a disabled job');
update jobgrid.job set enabled = true, held = true, held_reason = 'x' where name = 'tap';
select is((select state from jobgrid.submit('tap')), 'held', 'a held job''s runs are held');
update jobgrid.job set held = false where name = 'tap';

-- Conditions aside
select throws_ok($$select jobgrid.submit('tap after', ignore_conditions => true)$$, 'JG003', null, 'that takes a reason');
select is((select state from jobgrid.submit('tap after', ignore_conditions => true, reason => 'INC1')), 'queued', 'with one it goes');

select * from finish();
rollback;
