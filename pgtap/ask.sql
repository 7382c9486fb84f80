-- The questions: why, logs, status, check_install, and what the views show.
begin;
select plan(91);

create function pg_temp.sample(job text, state text, reason text default null, executor integer default null,
                               lane integer default null) returns bigint language plpgsql as $$
-- A run in a state that only the engine brings about: inserted as a dump would.
declare
    id bigint := nextval('jobgrid_engine.run_id_seq');
    the_job jobgrid.job;
    the_tenant integer;
begin
    select * into the_job from jobgrid.job j where j.name = sample.job;
    select t.tenant_id into the_tenant from jobgrid.tenant t where t.name = the_job.tenant;
    insert into jobgrid_engine.run (run_id, job_id, tenant_id, submitted_at, business_date, source, queue, priority,
                                    submitted_by, state, reason, attempts, exit_code, message, finished_at, started_at)
    select id, the_job.job_id, the_tenant, now(), '2026-01-02', 'submit', the_job.queue, the_job.priority, session_user,
           case when sample.state in ('succeeded', 'failed') then sample.state else 'live' end, sample.reason, 2,
           case when sample.state = 'failed' then 3 end, case when sample.state = 'failed' then 'disk full' end,
           now(), now() - interval '1 minute';
    if sample.state in ('starting', 'running') then
        insert into jobgrid_engine.lease (run_id, rank, since, job_id, tenant_id, attempt, tries, business_date, state,
                                          reason, fence, version, claimed_at, executor_id)
        values (id, 50, now(), the_job.job_id, the_tenant, 1, 1, '2026-01-02', sample.state, sample.reason, 4711, 1, now(),
                sample.executor);
    elsif sample.state = 'waiting' then
        insert into jobgrid_engine.pending (run_id, rank, since, job_id, tenant_id, unmet, business_date, state, reason)
        values (id, 50, now(), the_job.job_id, the_tenant, 1, '2026-01-02', 'waiting', 'condition');
        insert into jobgrid_engine.pending_on (upstream_id, run_id, business_date, met)
        select e.upstream_id, id, '2026-01-02', false from jobgrid_engine.job_edge e where e.job_id = the_job.job_id;
    elsif sample.state = 'queued' then
        insert into jobgrid_engine.ready (run_id, rank, since, job_id, tenant_id, lane_id, business_date, state)
        values (id, 50, now(), the_job.job_id, the_tenant, sample.lane, '2026-01-02', 'queued');
    elsif sample.state in ('held', 'blocked', 'unknown') then
        insert into jobgrid_engine.parked (run_id, rank, since, job_id, tenant_id, attempt, business_date, state, reason)
        values (id, 50, now(), the_job.job_id, the_tenant, 1, '2026-01-02', sample.state, sample.reason);
    end if;
    return id;
end $$;
create function pg_temp.new_lane(queue text, kind text, pool text, capabilities text[], executor text default null)
returns integer language sql as $$
    insert into jobgrid_engine.lane (queue, tenant_id, kind, pool, capabilities, executor)
    select queue, t.tenant_id, kind, pool, capabilities, executor from jobgrid.tenant t where t.name = 'default'
    returning lane_id
$$;

select lives_ok($$select jobgrid.define_job('tap up', kind => 'noop'),
                         jobgrid.define_job('tap', kind => 'noop', after => '{tap up}', instructions => 'ring the DBA'),
                         jobgrid.define_job('tap sql', kind => 'sql', command => 'select 1', sql_role => session_user)$$, 'jobs');
insert into jobgrid.queue (name) values ('tap queue');
insert into jobgrid.pool (name) values ('tap pool');
insert into jobgrid_engine.executor (name, owner_role, instance, state, pool, capabilities, kinds, slots, protocol, version,
                                     connected_at)
values ('tap node', session_user, gen_random_uuid(), 'online', 'tap pool', '{gpu}', '{shell,noop}', 4, 1, '0', now());
select executor_id as node from jobgrid_engine.executor where name = 'tap node' \gset

-- why: asking
select throws_ok($$select jobgrid.why()$$, 'JG003', null, 'a run or a job');
select throws_ok($$select jobgrid.why(0)$$, 'JG001', null, 'an unknown run');
select throws_ok($$select jobgrid.why(job => 'tup')$$, 'JG001', null, 'an unknown job');

-- why: a job without runs
select is((select blocker || ': ' || hint from jobgrid.why(job => 'tap')),
    'never_submitted: SELECT * FROM jobgrid.submit(''tap'');', 'never submitted');
update jobgrid.job set enabled = false, held = true, held_reason = 'INC1' where name = 'tap';
select results_eq($$select blocker from jobgrid.why(job => 'tap')$$, $$values ('held'), ('disabled'), ('never_submitted')$$,
    'what keeps a job from running');
update jobgrid.job set enabled = true, held = false where name = 'tap';

-- why: waiting
select pg_temp.sample('tap', 'waiting') as waiting \gset
select is((select (blocker, object, detail)::text from jobgrid.why(:waiting)),
    '(condition,"succeeded(""tap up"")","not decided yet: job ""tap up"" has not ended yet; no run of it is live")', 'an upstream that never ended');
select is((select hint from jobgrid.why(:waiting)),
    'SELECT * FROM jobgrid.submit(''tap up'', business_date => ''2026-01-02'');', 'and what to do');
select pg_temp.sample('tap up', 'running', null, :node) as up \gset
select is((select hint from jobgrid.why(:waiting)),
    format('SELECT * FROM jobgrid.why(%s);', :up), 'an upstream that runs');
update jobgrid_engine.job_status s set state = 'failed', run_id = 1, business_date = '2026-01-01', exit_code = 3, ended_at = now()
from jobgrid.job j where j.job_id = s.job_id and j.name = 'tap up';
select is((select detail from jobgrid.why(:waiting)),
    format('not decided yet: last ended failed as run 1 of business date 2026-01-01; this run is of 2026-01-02; run %s of it is running', :up),
    'of another day');
select is((select blocker from jobgrid.why(job => 'tap')), 'condition', 'asked by job, its live runs answer');
select jobgrid.submit('tap', delay => '1 hour') \g /dev/null
select is((select string_agg(distinct blocker, ',' order by blocker) from jobgrid.why(job => 'tap')), 'condition,not_before',
    'each of them');
select lives_ok($$select jobgrid.define_job('tap due', kind => 'noop')$$, 'a job');
select run_id as due from jobgrid.submit('tap due', delay => '1 hour') \gset
select matches((select detail from jobgrid.why(:due)), '^not before .*, in 00:5', 'a moment that will come');
select run_id as overdue from jobgrid.submit('tap due', delay => '1 ms') \gset
select pg_sleep(0.01) \g /dev/null
select matches((select detail from jobgrid.why(:overdue)), '^due since .* the scheduler has yet to look at it$',
    'one that has come');
set local session_replication_role = replica;
update jobgrid_engine.due set due_at = 'infinity' where run_id = :due;
set local session_replication_role = origin;
select is((select detail from jobgrid.why(:due)), 'not before infinity', 'one that never will');

-- why: queued
select pg_temp.sample('tap', 'queued', lane => pg_temp.new_lane('default', 'noop', 'no pool', '{}')) as q1,
       pg_temp.sample('tap', 'queued', lane => pg_temp.new_lane('default', 'noop', 'tap pool', '{gpu,tape}')) as q2,
       pg_temp.sample('tap', 'queued', lane => pg_temp.new_lane('default', 'container', 'tap pool', '{}')) as q3,
       pg_temp.sample('tap', 'queued', lane => pg_temp.new_lane('default', 'noop', 'tap pool', '{}', 'tap nod')) as q4,
       pg_temp.sample('tap', 'queued', lane => pg_temp.new_lane('default', 'noop', 'tap pool', '{gpu}')) as q5,
       pg_temp.sample('tap sql', 'queued', lane => pg_temp.new_lane('tap queue', 'sql', 'default', '{}')) as q6 \gset
select matches((select blocker || ': ' || detail from jobgrid.why(:q1)), '^no_matching_executor: .*; pool "no pool" has no executor$',
    'an empty pool');
select matches((select blocker || ': ' || detail from jobgrid.why(:q2)),
    '^no_matching_executor: .* with gpu, tape; the nearest is "tap node": it lacks "tape"$', 'a capability');
select matches((select detail from jobgrid.why(:q3)), '"tap node": it runs no container jobs$', 'a kind');
select matches((select detail from jobgrid.why(:q4)), 'named "tap nod"; there is no executor "tap nod"$', 'a pin');
select is((select blocker || ': ' || detail from jobgrid.why(:q5)),
    'no_free_slot: every executor that could take it is silent or has a problem', 'nobody has been heard of');
select is((select state from jobgrid.executor where executor = 'tap node'), 'suspect', 'such an executor is suspect');
-- What an executor offers, in words
create temp table tap_needs (lane_id integer, cpu integer, memory bigint, tokens jsonb, words text);
insert into tap_needs (cpu, memory, tokens, words) values
    (1500, 0, '{"gpu": 1}', null),
    (1501, 2147483647, '{}', 'the nearest is "tap node": it has 1.5 cores, the job needs 1.501'),
    (0, 2147483648, '{}', 'the nearest is "tap node": it has 1.99 GB, the job needs 2 GB'),
    (2000, 1099511627776, '{"gpu": 2, "tpu": 1}',
     'the nearest is "tap node": it has 1.5 cores, the job needs 2, it has 1.99 GB, the job needs 1 TB, '
     'it has 1 "gpu", the job needs 2, it has no "tpu", the job needs 1');
insert into jobgrid_engine.lane (queue, tenant_id, kind, pool, needs_cpu_milli, needs_memory, needs_tokens)
select 'default', t.tenant_id, 'noop', 'tap pool', n.cpu, n.memory, n.tokens
from tap_needs n, jobgrid.tenant t where t.name = 'default';
update tap_needs n set lane_id = l.lane_id from jobgrid_engine.lane l
where (l.needs_cpu_milli, l.needs_memory, l.needs_tokens) = (n.cpu, n.memory, n.tokens) and l.pool = 'tap pool';
select is(jobgrid_engine.lane_missing(n.lane_id),
    'the nearest is "tap node": it has no cores, the job needs 1.5, it has no "gpu", the job needs 1',
    'an executor that does not say offers nothing')
from tap_needs n where n.cpu = 1500;
update jobgrid_engine.executor set cpus = 1.5, memory = 2147483647, tokens = '{"gpu": 1}' where name = 'tap node';
select is(jobgrid_engine.lane_missing(n.lane_id), n.words, format('needs %s, %s, %s', n.cpu, n.memory, n.tokens))
from tap_needs n;
update jobgrid_engine.executor set queue = 'tap queue' where name = 'tap node';
select matches((select detail from jobgrid.why(:q5)), '"tap node": it serves only queue "tap queue"$', 'another queue');
update jobgrid_engine.executor set queue = 'tap q' where name = 'tap node';
select matches((select detail from jobgrid.why(:q5)), '"tap q", which does not exist$', 'one that does not exist');
select is((select (state, problem)::text from jobgrid.executor where executor = 'tap node'),
    '(suspect,"queue ""tap q"" does not exist: no job can be in it")', 'which its row says');
update jobgrid_engine.executor set queue = null where name = 'tap node';
select is((select string_agg(jobgrid_engine.size_words(b), ', ') from unnest('{0,1023,1024,1048575,1536000,4294967296}'::bigint[]) b),
    '0 bytes, 1023 bytes, 1 kB, 1023.99 kB, 1.46 MB, 4 GB', 'sizes in words');

update jobgrid_engine.executor set state = 'offline' where name = 'tap node';
select matches((select detail from jobgrid.why(:q5)), '"tap node": it is offline$', 'nobody is there');
select is((select blocker || ': ' || detail from jobgrid.why(:q6)), 'position: 0 before it in its lane',
    'sql needs no executor');
insert into jobgrid_engine.ready (run_id, rank, since, job_id, tenant_id, lane_id, business_date, state)
select 0, 10, now(), r.job_id, r.tenant_id, r.lane_id, r.business_date, 'queued' from jobgrid_engine.ready r where run_id = :q6;
select is((select detail from jobgrid.why(:q6)), '1 before it in its lane', 'its place');
select jobgrid.pause_queue('tap queue', 'INC2') \g /dev/null
select is((select (blocker, detail, hint)::text from jobgrid.why(:q6)),
    format('(queue_paused,"queue ""tap queue"" was paused by %s: INC2","SELECT jobgrid.resume_queue(''tap queue'');")', session_user),
    'a paused queue');
select is((select (open, closed_reason)::text from jobgrid.lane where queue = 'tap queue'), '(f,queue_paused)',
    'its lanes are closed');
select jobgrid.resume_queue('tap queue') \g /dev/null
select is((select (open, closed_reason)::text from jobgrid.lane where queue = 'tap queue'), '(t,)', 'and open again');

-- A queue that goes and comes again
select jobgrid.pause_queue('tap queue', 'INC3') \g /dev/null
select throws_ok($$delete from jobgrid.queue where name = 'tap queue'$$, 'JG002',
    'queue "tap queue" cannot be deleted while runs of it live', 'a queue stays while runs are in its lanes');
insert into jobgrid.queue (name) values ('tap other');
select lives_ok($$select jobgrid.define_job('tap placed', kind => 'noop', queue => 'tap other')$$, 'a job of another queue');
select run_id as placed from jobgrid.submit('tap placed') \gset
select lives_ok($$select jobgrid.define_job('tap placed', queue => 'default')$$, 'which it leaves');
select throws_ok($$delete from jobgrid.queue where name = 'tap other'$$, 'JG002', null, 'one that a run names stays too');
select jobgrid.cancel(:placed) \g /dev/null
select lives_ok($$delete from jobgrid.queue where name = 'tap other'$$, 'until the run is over');
savepoint gone;
set local session_replication_role = replica;
delete from jobgrid_engine.ready where run_id in (0, :q6);
set local session_replication_role = origin;
select lives_ok($$delete from jobgrid.queue where name = 'tap queue'$$, 'an empty queue goes, paused or not');
select is((select (open, closed_reason)::text from jobgrid.lane where queue = 'tap queue'), '(t,)', 'and leaves its lanes open');
rollback to gone;
set local session_replication_role = replica;
delete from jobgrid.queue where name = 'tap queue';
set local session_replication_role = origin;
insert into jobgrid.queue (name) values ('tap queue');
select is((select (open, closed_reason)::text from jobgrid.lane where queue = 'tap queue'), '(t,)',
    'one that is made again opens its lanes');

-- why: with somebody, or for a person to decide
select is((select (blocker, object, detail)::text from jobgrid.why(:up)),
    '(running,"tap node","attempt 1 runs on ""tap node""")', 'running');
update jobgrid_engine.executor set state = 'online' where name = 'tap node';
select matches((select detail from jobgrid.why(:up)),
    '^attempt 1 runs on "tap node"; executor "tap node" is silent since \d\d:\d\d:\d\d and will be given up at \d\d:\d\d:\d\d',
    'on an executor that is silent');
update jobgrid_engine.executor set state = 'offline', pool = 'tap pol' where name = 'tap node';
select is((select problem from jobgrid.executor where executor = 'tap node'),
    'pool "tap pol" does not exist: no job can name it', 'an executor in a pool that is none');
update jobgrid_engine.executor set pool = 'tap pool' where name = 'tap node';
select pg_temp.sample('tap', 'unknown', 'executor_lost') as unknown, pg_temp.sample('tap', 'held', 'operator') as held \gset
select matches((select hint from jobgrid.why(:unknown)), 'jobgrid.retry\(.*jobgrid.set_outcome\(', 'unknown: two ways');
select is((select hint from jobgrid.why(:held)), format('SELECT * FROM jobgrid.release(%s);', :held), 'held');

-- why: unknown, with the attempt that nobody can tell about
create function pg_temp.unknown(reason text, executor integer, labels jsonb default null) returns bigint language plpgsql as $$
declare
    id bigint := pg_temp.sample('tap', 'unknown', reason);
begin
    set local session_replication_role = replica;
    update jobgrid_engine.run r set labels = unknown.labels where r.run_id = id;
    update jobgrid_engine.parked p set attempt = 2, fence = (1::bigint << 32) + 2, version = 1, executor_id = unknown.executor,
        claimed_at = now() where p.run_id = id;
    set local session_replication_role = origin;
    insert into jobgrid_engine.history (run_id, xid, at, action, from_state, to_state, reason, by_role, detail)
    values (id, pg_current_xact_id(), now(), 'lost', 'running', 'unknown', reason, session_user, 'nobody saw it');
    return id;
end $$;
select pg_temp.unknown('executor_lost', :node) as lost, pg_temp.unknown('no_outcome', :node) as no_outcome,
       pg_temp.unknown('unkillable', :node) as unkillable, pg_temp.unknown('ghost', :node, '{"ghost_of": 4711}') as ghost,
       pg_temp.unknown('executor_lost', null) as sql_lost \gset
select is((select concat_ws('|', blocker, object, detail) from jobgrid.why(:lost)),
    'executor_lost|tap node|executor "tap node" vanished with attempt 2: whether it ran is not known', 'an executor lost');
select matches((select hint from jobgrid.why(:lost)), '^If the executor comes back it goes on.*retry\(.*set_outcome\(', 'it may come back');
select is((select detail from jobgrid.why(:no_outcome)), 'executor "tap node" does not know how attempt 2 ended: nobody saw it',
    'an end that nobody saw');
select is((select detail from jobgrid.why(:unkillable)), 'attempt 2 cannot be killed by executor "tap node": nobody saw it',
    'what cannot be killed');
select is((select detail from jobgrid.why(:ghost)), 'executor "tap node" has attempt 2 of run 4711, which this database has not '
    'handed out: a server whose last commits are lost has', 'a ghost');
select matches((select hint from jobgrid.why(:ghost)), '^It ends by the executor''s report.*set_outcome\(', 'which will end');
select is((select concat_ws('|', object, detail) from jobgrid.why(:sql_lost)),
    'noop|nobody is there to tell about attempt 2: whether it ran is not known', 'without an executor');
select is((select (attempt, state, reason, executor, finished_at)::text from jobgrid.attempt where run_id = :ghost),
    '(2,unknown,ghost,"tap node",)', 'its attempt is seen, and has no end');
select is((select executor from jobgrid.run where run_id = :ghost), 'tap node', 'and the run says where');
insert into jobgrid_engine.ghost (executor_id, run_id, attempt, fence, what, became, seen_at, tenant, job, detail, ended_at, outcome) values
    (:node, 99001, 1, (1::bigint << 32) + 1, 'nowhere', null, now(), 'default', 'tap gone', 'there is no such job', now(), 'exit code 3'),
    (:node, :up, 1, (1::bigint << 32) + 1, 'repeated', :up, now(), 'default', 'tap up', null, null, null),
    (:node, 99002, 1, (1::bigint << 32) + 1, 'made', :ghost, now(), 'default', 'tap', null, null, null);
select is((select string_agg(concat_ws('|', coalesce(run_id::text, '-'), job, state, case when detail like '%exit code 3' then 'ended' else detail end,
                                       hint), E'\n' order by job)
           from jobgrid.attention where reason = 'ghost' and detail !~ 'of run 4711|handed out: a server'),
    E'-|tap gone|unknown|ended|Find out what it did, then SELECT jobgrid.acknowledge_ghost(''tap node'', 99001, ''checked by hand'');\n'
    || format('%s|tap up|running|executor "tap node" has run attempt 1, which this database has not handed out: it may have run '
              'twice|Find out what it did, then SELECT jobgrid.acknowledge_ghost(''tap node'', %1$s, ''checked by hand'');', :up),
    'ghosts that have no run, and runs that may have run twice, are on the attention list');
select is((select count(*) from jobgrid.attention where run_id = :ghost), 1::bigint, 'one that has a run is that run');
select jobgrid.acknowledge_ghost('tap node', 99001, 'tap'), jobgrid.acknowledge_ghost('tap node', :up, 'tap') \g /dev/null
select is_empty($$select from jobgrid.attention where reason = 'ghost' and run_id is null or detail like '%twice%'$$, 'until somebody has looked');
select jobgrid.set_outcome(r, 'skipped', 'tap') from unnest(array[:lost, :no_outcome, :unkillable, :ghost, :sql_lost]::bigint[]) r \g /dev/null

-- why: ended, and logs
select pg_temp.sample('tap up', 'failed', 'exit_code') as failed \gset
insert into jobgrid_engine.attempt (run_id, fence, attempt, version, executor_id, exit_code, claimed_at, finished_at, state,
                                    decided_by)
values (:failed, 1, 2, 1, :node, 3, now(), now(), 'failed', 'exit code 3 is not 0');
insert into jobgrid_engine.output (run_id, attempt, chunk, at, stream, data) values
    (:failed, 1, 1, now(), 'o', 'first attempt'),
    (:failed, 2, 1, now(), 'o', E'all well\nstill '),
    (:failed, 2, 2, now(), 'e', E'\\x666f6f0aff20ba204572726f723a20626164'),
    (:failed, 2, 3, now(), 'e', E' wolf\nerror 2\n'),
    (:failed, 2, 4, now(), 'o', E'well\n');
select is((select (blocker, object)::text from jobgrid.why(:failed)), '(exit_code,"tap node")', 'failed');
select is((select detail from jobgrid.why(:failed)),
    'exit code 3 is not 0; attempt 2 of 1; disk full; first error: \377 \272 Error: bad wolf',
    'why: code, rule, message, and the first line that looks like an error, odd bytes and all');
select is((select hint from jobgrid.why(:failed)),
    format('SELECT text FROM jobgrid.logs(%s); SELECT * FROM jobgrid.rerun(%1$s);', :failed), 'and what to do');
select results_eq(format('select attempt, chunk, stream from jobgrid.logs(%s)', :failed),
    $$values (2, 1, 'o'), (2, 2, 'e'), (2, 3, 'e'), (2, 4, 'o')$$, 'logs of the last attempt');
select results_eq(format('select chunk from jobgrid.logs(%s, after_chunk => 2)', :failed), $$values (3), (4)$$, 'from a chunk on');
select results_eq(format('select chunk from jobgrid.logs(%s, max_bytes => 1)', :failed), $$values (1)$$,
    'one chunk at least');
select is((select convert_from(data, 'UTF8') from jobgrid.logs(:failed, attempt => 1)), 'first attempt', 'of another attempt');
select is((select string_agg(text, '' order by chunk) from jobgrid.logs(:failed) where stream = 'o'),
    E'all well\nstill well\n', 'as text');
select throws_ok($$select jobgrid.logs(0)$$, 'JG001', null, 'logs of an unknown run');

-- Views
select is((select (run_id, job, state, reason, exit_code, executor, attempt, message)::text from jobgrid.status(:failed)),
    format('(%s,"tap up",failed,exit_code,3,,2,"disk full")', :failed), 'status of a finished run');
select is((select (state, executor, kind, tenant, queue, attempt)::text from jobgrid.status(:up)),
    '(running,"tap node",noop,default,default,1)', 'status of a live one');
select is_empty($$select from jobgrid.status(0)$$, 'status of none');
select is((select array_agg(state order by state) from jobgrid.run where job = 'tap' and state in ('unknown', 'held')),
    '{held,unknown}', 'live states are found');
select is((select (attempt, state, decided_by, executor)::text from jobgrid.attempt where run_id = :failed),
    '(2,failed,"exit code 3 is not 0","tap node")', 'an attempt');
select is((select (attempt, state, executor)::text from jobgrid.attempt where run_id = :up), '(1,running,"tap node")',
    'one at work');
select is((select (state, slots, running)::text from jobgrid.executor where executor = 'tap node'), '(offline,4,1)', 'executor');
select bag_eq($$select run_id from jobgrid.attention where job like 'tap%'$$,
    format('values (%s), (%s), (%s), (%s), (%s), (%s), (%s)', :failed, :unknown, :q1, :q2, :q3, :q4, :q5), 'attention');
select is((select count(*) from jobgrid.transitions where from_state = 'succeeded' and allowed_for <> 'operator' and to_state <> 'running'), 0::bigint,
    'transitions: what has ended is moved by people only, but for a workflow that goes on');

-- check_install
select cmp_ok((select count(*) from jobgrid.check_install()), '>=', 14::bigint, 'check_install');
select is((select ok from jobgrid.check_install() where check_name = 'database'), true, 'checks the database');
select is((select (ok, fix)::text from jobgrid.check_install() where check_name = 'executors'),
    '(f,"Start one on a node: jobgrid-executor")', 'misses executors');
select is((select detail from jobgrid.check_install() where check_name = 'held'), 'no', 'a check that is ok says so');
select matches((select detail from jobgrid.check_install() where check_name = 'executors'),
    'none can take .*"tap" and \d+ more \(kind noop, pool "default"\)', 'says which jobs nobody can take');
select is((select ok from jobgrid.check_install() where check_name = 'queues'), true, 'no queue is paused');
select jobgrid.pause_queue('tap queue') \g /dev/null
select is((select (ok, fix)::text from jobgrid.check_install() where check_name = 'queues'),
    '(f,"SELECT jobgrid.resume_queue(''tap queue'');")', 'one is');
insert into jobgrid.team (name, database_role) values ('tap team', 'tap_nobody');
select is((select fix from jobgrid.check_install() where check_name = 'teams'), 'CREATE ROLE tap_nobody;',
    'a team without a role');
select is_empty($$select check_name from jobgrid.check_install() where not ok and fix is null$$, 'what is wrong can be mended');

-- Who decided
select run_id as cancelled from jobgrid.submit('tap', delay => '1 hour') \gset
select jobgrid.cancel(:cancelled, reason => 'INC3') \g /dev/null
select matches((select detail from jobgrid.why(:cancelled)), format('^cancelled by %s at .*: INC3;', session_user),
    'a cancelled run says by whom and why');
select jobgrid.set_outcome(:cancelled, 'skipped', 'INC4') \g /dev/null
select matches((select detail from jobgrid.why(:cancelled)), format('^set to skipped by %s at .*: INC4;', session_user),
    'so does one whose outcome was set');

select * from finish();
rollback;
