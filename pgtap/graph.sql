-- Questions about workflows that need no server at work: graph, critical_path, eta and impact of definitions and of runs that are
-- over. tests/t/answers.pl asks them while workflows run.
begin;
select plan(53);

select count(*) from jobgrid.define_workflow('tap flow', '[
    {"name": "a", "kind": "noop"}, {"name": "b", "kind": "noop", "after": ["a"]}, {"name": "c", "kind": "noop", "after": ["a"]},
    {"name": "d", "kind": "noop", "after": ["b", "c"], "criticality": 1},
    {"name": "in", "after": ["d"], "steps": [{"name": "x", "kind": "noop"}, {"name": "y", "kind": "noop", "after": ["x"]}]},
    {"name": "mend", "kind": "noop", "condition": "failed(b) or exitcode(c) >= 4 and value(TAP) = 1"}]') \g /dev/null
select jobgrid.define_job('tap alone', kind => 'noop'), jobgrid.define_job('tap next', kind => 'noop', after => '{"tap flow"}', criticality => 1),
       jobgrid.define_job('tap beside', kind => 'noop', after => '{"tap flow/b"}'),
       jobgrid.define_job('tap last', kind => 'noop', after => '{"tap next"}') \g /dev/null
select run_id as alone from jobgrid.submit('tap alone') \gset

-- Asking
select throws_ok(format('select jobgrid.%s()', f), 'JG003', f || ' needs either run_id or job', f || ': a run or a job')
from unnest('{graph,graph_text,critical_path,eta,impact}'::text[]) f;
select throws_ok(format('select jobgrid.%s(1, ''tap flow'')', f), 'JG003', null, f || ': not both')
from unnest('{graph,graph_text,critical_path,eta,impact}'::text[]) f;
select throws_ok(format('select jobgrid.%s(0)', f), 'JG001', null, f || ': an unknown run')
from unnest('{graph,graph_text,critical_path,eta,impact}'::text[]) f;
select throws_ok(format('select jobgrid.%s(job => ''tap flo'')', f), 'JG001', null, f || ': an unknown job')
from unnest('{graph,graph_text,critical_path,eta,impact}'::text[]) f;
select throws_ok($$select jobgrid.graph_text(job => 'tap flow', format => 'svg')$$, 'JG003', 'format "svg" is not known', 'a format that is none');
select throws_ok($$select jobgrid.impact(job => 'tap flow', outcome => 'fine')$$, 'JG003', 'outcome "fine" is not known', 'an outcome that is none');

-- graph
select results_eq($$select step, kind, waits_for, layer from jobgrid.graph(job => 'tap flow')$$,
    $$values ('tap flow', 'workflow', '{}'::text[], 0), ('tap flow/a', 'noop', '{}', 1),
             ('tap flow/b', 'noop', '{succeeded(a)}', 2), ('tap flow/c', 'noop', '{succeeded(a)}', 2),
             ('tap flow/d', 'noop', '{succeeded(b),succeeded(c)}', 3),
             ('tap flow/mend', 'noop', '{failed(b),exitcode(c) >= 4,value(TAP) = 1}', 3),
             ('tap flow/in', 'workflow', '{succeeded(d)}', 4), ('tap flow/in/x', 'noop', '{}', 5),
             ('tap flow/in/y', 'noop', '{succeeded(x)}', 6)$$, 'the graph of a definition');
select results_eq($$select step, layer from jobgrid.graph(job => 'tap flow/in/x')$$, $$select step, layer from jobgrid.graph(job => 'tap flow')$$,
    'asked by a step it is the same');
select results_eq($$select step, waits_for, on_critical_path from jobgrid.graph(job => 'tap next')$$,
    $$values ('tap next', '{"succeeded(\"tap flow\")"}'::text[], true)$$, 'a job in no workflow is a graph of one');
select is(jobgrid.graph_text(job => 'tap flow'), '* tap flow
*   a
*   b  <- succeeded(a)
    c  <- succeeded(a)
*   d  <- succeeded(b), succeeded(c)
    mend  <- failed(b), exitcode(c) >= 4, value(TAP) = 1
*   in/  <- succeeded(d)
*     x
*     y  <- succeeded(x)', 'as text: what is in a workflow stands below it');
select count(*) from jobgrid.define_workflow('tap "q\', '[{"name": "a\"\\b", "kind": "noop"}, {"name": "c", "kind": "noop", "after": ["a\"\\b"]}]') \g /dev/null
select is(jobgrid.graph_text(job => 'tap "q\', format => 'dot'), 'digraph "tap \"q\\" {
  rankdir = LR; node [shape = box, style = filled, fillcolor = white];
  "tap \"q\\" [label = "tap \"q\\", shape = folder, penwidth = 3, fillcolor = white];
  "tap \"q\\/a\"\\b" [label = "a\"\\b", penwidth = 3, fillcolor = white];
  "tap \"q\\/c" [label = "c", penwidth = 3, fillcolor = white];
  "tap \"q\\/a\"\\b" -> "tap \"q\\/c" [penwidth = 3];
  "tap \"q\\" -> "tap \"q\\/a\"\\b" [style = dotted];
}', 'as DOT: names are escaped');
select alike(jobgrid.graph_text(job => 'tap flow', format => 'dot'), '%"tap flow/c" -> "tap flow/mend" [label = "exitcode(c) >= 4"];%',
    'what else is asked stands at the edge');
select alike(jobgrid.graph_text(job => 'tap flow', format => 'dot'), '%"v TAP" -> "tap flow/mend"%', 'values too');
update jobgrid.job set enabled = false where full_name = 'tap flow/mend';
select is_empty($$select from jobgrid.graph(job => 'tap flow') where step = 'tap flow/mend'$$, 'what is disabled is not in it');
update jobgrid.job set enabled = true where full_name = 'tap flow/mend';

-- A run that is over, as the engine would have left it: each step begins when the one before it has ended.
create function pg_temp.past(day date, seconds integer[], state text default 'succeeded', at timestamptz default null) returns bigint language plpgsql as $$
declare
    root  bigint := nextval('jobgrid_engine.run_id_seq');
    began timestamptz := coalesce(past.at, past.day + time '02:00');
    inner_run bigint := nextval('jobgrid_engine.run_id_seq');
begin
    insert into jobgrid_engine.run (run_id, job_id, tenant_id, submitted_at, business_date, source, queue, priority, submitted_by,
                                    state, reason, attempts, started_at, finished_at, root_run, parent_run)
    select case j.full_name when 'tap flow' then root when 'tap flow/in' then inner_run else nextval('jobgrid_engine.run_id_seq') end,
           j.job_id, t.tenant_id, began, past.day, 'submit', 'default', 'normal', session_user,
           case when j.full_name = 'tap flow' then past.state else s.state end, s.reason, 1, began + s.start * interval '1 second',
           began + s.stop * interval '1 second', case when j.full_name <> 'tap flow' then root end,
           case when j.parent = 'tap flow' then root when j.parent is not null then inner_run end
    from (values ('tap flow', 0, seconds[1] + greatest(seconds[2], seconds[3]) + seconds[4] + seconds[5] + seconds[6], 'succeeded', null),
                 ('tap flow/a', 0, seconds[1], 'succeeded', null),
                 ('tap flow/b', seconds[1], seconds[1] + seconds[2], 'succeeded', null),
                 ('tap flow/c', seconds[1], seconds[1] + seconds[3], 'succeeded', null),
                 ('tap flow/d', seconds[1] + greatest(seconds[2], seconds[3]), seconds[1] + greatest(seconds[2], seconds[3]) + seconds[4], 'succeeded', null),
                 ('tap flow/in', seconds[1] + greatest(seconds[2], seconds[3]) + seconds[4],
                  seconds[1] + greatest(seconds[2], seconds[3]) + seconds[4] + seconds[5] + seconds[6], 'succeeded', null),
                 ('tap flow/in/x', seconds[1] + greatest(seconds[2], seconds[3]) + seconds[4],
                  seconds[1] + greatest(seconds[2], seconds[3]) + seconds[4] + seconds[5], 'succeeded', null),
                 ('tap flow/in/y', seconds[1] + greatest(seconds[2], seconds[3]) + seconds[4] + seconds[5],
                  seconds[1] + greatest(seconds[2], seconds[3]) + seconds[4] + seconds[5] + seconds[6], 'succeeded', null),
                 ('tap flow/mend', null, seconds[1] + seconds[2], 'skipped', 'branch_not_taken')) s (name, start, stop, state, reason)
    join jobgrid.job j on j.full_name = s.name
    join jobgrid.tenant t on t.name = j.tenant;
    return root;
end $$;
select pg_temp.past('2026-03-02', '{10,20,30,40,50,60}') as monday \gset
select results_eq(format('select step, state, started_at, finished_at, run_id is not null from jobgrid.graph(%s) where layer between 2 and 3', :monday),
    $$values ('tap flow/b', 'succeeded', '2026-03-02 02:00:10'::timestamptz, '2026-03-02 02:00:30'::timestamptz, true),
             ('tap flow/c', 'succeeded', '2026-03-02 02:00:10', '2026-03-02 02:00:40', true),
             ('tap flow/d', 'succeeded', '2026-03-02 02:00:40', '2026-03-02 02:01:20', true),
             ('tap flow/mend', 'skipped', null, '2026-03-02 02:00:30', true)$$, 'the graph of a run');
select results_eq(format('select step from jobgrid.graph(%s)', (select max(r.run_id) from jobgrid_engine.run r where r.root_run = :monday)),
    format('select step from jobgrid.graph(%s)', :monday), 'asked by the run of a step it is the same');
select alike(jobgrid.graph_text(:monday, format => 'dot'), '%[label = "mend: skipped", fillcolor = lightgrey];%', 'coloured by state');

-- critical_path
select results_eq(format('select step, starts_after, ends_after, slack from jobgrid.critical_path(%s)', :monday),
    $$values ('tap flow/a', interval '0', interval '10 s', interval '0'), ('tap flow/c', '10 s', '40 s', '0'), ('tap flow/d', '40 s', '80 s', '0'),
             ('tap flow/in/x', '80 s', '130 s', '0'), ('tap flow/in/y', '130 s', '190 s', '0')$$, 'the path of a run');
select is((select (slack, critical)::text from jobgrid.critical_path(:monday, all_steps => true) where step = 'tap flow/b'), '(00:00:10,f)',
    'how much longer another step could have taken');
select pg_temp.past(d::date, array[10, (100 + 10 * n)::integer, 30, 40, 50, 60]) from generate_series(date '2026-03-03', '2026-03-13', '1 day') with ordinality d (d, n)
where extract(isodow from d) < 6 \g /dev/null
select results_eq($$select step, usual, started_at is null, ends_after from jobgrid.critical_path(job => 'tap flow')$$,
    $$values ('tap flow/a', interval '10 s', true, interval '10 s'), ('tap flow/b', '155 s', true, '165 s'), ('tap flow/d', '40 s', true, '205 s'),
             ('tap flow/in/x', '50 s', true, '255 s'), ('tap flow/in/y', '60 s', true, '315 s')$$, 'the path of a definition: what each usually takes');
select results_eq($$select step, usual, critical from jobgrid.critical_path(job => 'tap alone')$$, $$values ('tap alone', null::interval, true)$$,
    'a job alone is a path');

-- eta: 10 weekdays so far, of which one month's last business day is none
select is((select (run_id, runs, day_type, note)::text from jobgrid.eta(job => 'tap next')), (select format('(,0,%s,"not enough history: no run of job ""tap next"" that succeeded on such a day, 10 are needed")',
    case when x like '% %' then '"' || x || '"' else x end) from jobgrid_engine.day_type((select job_id from jobgrid.job where name = 'tap next'), (jobgrid.business_day()).business_date) x),
    'nothing is foretold of what nobody knows');
select is(jobgrid_engine.day_type(j.job_id, d::date), t, format('%s is a %s', d, t))
from jobgrid.job j, (values ('2026-03-02', 'weekday'), ('2026-03-07', 'other day'), ('2026-03-31', 'last business day of the month')) v (d, t) where j.full_name = 'tap flow';
select is((select (p50, p90, note)::text from jobgrid.eta(:monday)), format('("%s","%1$s","it is over")', timestamptz '2026-03-02 02:03:10'), 'a run that is over');
set local session_replication_role = replica;
update jobgrid_engine.run set business_date = (jobgrid.business_day()).business_date where job_id = (select job_id from jobgrid.job where full_name = 'tap flow');
set local session_replication_role = origin;
select is((select (runs, p50 - expected_start, p90 - expected_start, note)::text from jobgrid.eta(job => 'tap flow')),
    '(10,00:05:15,00:06:09,"no run of it is live: as if it began now")', 'a definition, by ten runs');
select is((select (p50 - expected_start)::text from jobgrid.eta(job => 'tap flow/in')), '00:01:50', 'and a step of it');
set local session_replication_role = replica;
update jobgrid_engine.run set state = 'failed' where run_id = :monday;
set local session_replication_role = origin;
select is((select note from jobgrid.eta(job => 'tap flow')), 'not enough history: 9 runs of job "tap flow" that succeeded on such a day, 10 are needed', 'nine are too few');

-- impact
select results_eq($$select effect, job, criticality, depth, reason, detail from jobgrid.impact(job => 'tap flow/b')$$,
    $$values ('total', null, 3, null::integer, 'starts', '1 starts'), ('total', null, 1, null, 'skipped', '4 are skipped, 1 of criticality 1'),
             ('total', null, 1, null, 'waits', '3 wait on, 1 of criticality 1'),
             ('waits', 'tap beside', 3, 1, null, 'no run of it waits; still needs succeeded("tap flow/b")'),
             ('skipped', 'tap flow/d', 1, 1, 'upstream_failed', ''), ('starts', 'tap flow/mend', 3, 1, null, ''),
             ('skipped', 'tap flow/in', 3, 2, 'upstream_failed', ''),
             ('waits', 'tap next', 1, 2, null, 'no run of it waits; still needs succeeded("tap flow")'),
             ('skipped', 'tap flow/in/x', 3, 3, 'upstream_failed', ''), ('skipped', 'tap flow/in/y', 3, 3, 'upstream_failed', ''),
             ('waits', 'tap last', 3, 3, null, 'no run of it waits; still needs succeeded("tap next")')$$, 'a failure');
select results_eq($$select effect, job, detail from jobgrid.impact(job => 'tap flow/b', outcome => 'succeeded') where depth = 1$$,
    $$values ('waits', 'tap beside', 'no run of it waits'), ('waits', 'tap flow/d', 'still needs succeeded(c)'),
             ('waits', 'tap flow/mend', 'still needs failed(b)')$$, 'a success, where another is wanted too');
select is((select string_agg(job, ', ' order by job) from jobgrid.impact(job => 'tap flow/c', exit_code => 5) where effect = 'starts'), null,
    'an exit code that is not all');
update jobgrid.job set on_failure = 'stop' where full_name = 'tap flow';
select is((select string_agg(concat_ws(' ', job, effect, reason), ', ' order by job) from jobgrid.impact(job => 'tap flow/c') where depth = 1),
    'tap flow ends failed, tap flow/a skipped workflow_stopped, tap flow/b skipped workflow_stopped, tap flow/d skipped workflow_stopped, '
    'tap flow/mend skipped workflow_stopped', 'a workflow that stops at a failure');

-- Sizes
create temp table tap_began (at timestamptz);
insert into jobgrid.job (name, kind) values ('tap wide', 'workflow');
insert into jobgrid.job (parent, name, kind) select 'tap wide', 's' || n, 'noop' from generate_series(1, 1000) n;
insert into jobgrid_engine.job_edge (job_id, purpose, atom, source, upstream_id, name, kind, autosys, inside, lookback)
select j.job_id, 's', k, 'j', u.job_id, u.name, 'a', false, true, 'd'
from jobgrid.job j cross join generate_series(0, 1) k
join jobgrid.job u on u.parent = 'tap wide' and u.name = 's' || (substr(j.name, 2)::integer - 1 - 30 * k) where j.parent = 'tap wide';
insert into jobgrid_engine.run (run_id, job_id, tenant_id, submitted_at, business_date, source, queue, priority, submitted_by, state,
                                attempts, started_at, finished_at)
select nextval('jobgrid_engine.run_id_seq'), j.job_id, t.tenant_id, now(), (jobgrid.business_day()).business_date, 'submit', 'default', 'normal',
       session_user, 'succeeded', 1, now() + n * interval '1 hour', now() + n * interval '1 hour' + interval '1000 s'
from generate_series(1, 40) n, jobgrid.job j join jobgrid.tenant t on t.name = j.tenant where j.full_name = 'tap wide';
insert into jobgrid_engine.run (run_id, job_id, tenant_id, submitted_at, business_date, source, queue, priority, submitted_by, state,
                                attempts, started_at, finished_at, root_run, parent_run)
select nextval('jobgrid_engine.run_id_seq'), j.job_id, r.tenant_id, r.started_at, r.business_date, 'workflow', 'default', 'normal', session_user,
       'succeeded', 1, r.started_at + (substr(j.name, 2)::integer - 1) * interval '1 s', r.started_at + substr(j.name, 2)::integer * interval '1 s',
       r.run_id, r.run_id
from jobgrid_engine.run r join jobgrid.job f on f.job_id = r.job_id and f.full_name = 'tap wide' join jobgrid.job j on j.parent = 'tap wide';
insert into tap_began values (clock_timestamp());
select is((select count(*) from jobgrid.critical_path(job => 'tap wide')), 1000::bigint, 'the path through 1,000 steps');
select cmp_ok((select clock_timestamp() - at from tap_began), '<', interval '3 s', 'in time');
update tap_began set at = clock_timestamp();
select is((select (runs, p90 - expected_start)::text from jobgrid.eta(job => 'tap wide')), '(40,00:16:40)', 'the end of 1,000 steps, by 40 runs');
select cmp_ok((select clock_timestamp() - at from tap_began), '<', interval '1 s', 'within a second');

select * from finish();
rollback;
