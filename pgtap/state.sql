-- The state routine: every cell of the table of transitions as a person's verb meets it, the guards against everything
-- else, and the rule that a live run has exactly one narrow row.
begin;
select plan(121 + 11 + 12 + 5);

select jobgrid.define_job('state_test', kind => 'noop');
-- Makes the partition that the runs below are put into.
select jobgrid.submit('state_test');

create function pg_temp.place_of(state text) returns text language sql as $$
    select case when state in ('held', 'blocked', 'unknown') then 'parked'
                when state in ('starting', 'running') then 'lease'
                when state = 'queued' then 'ready'
                when state = 'waiting' then 'pending' end
$$;

-- A run in the given state, put there by INSERT as a restore does.
create function pg_temp.new_run(state text) returns bigint language plpgsql as $$
declare
    id bigint := nextval('jobgrid_engine.run_id_seq');
    place text := pg_temp.place_of(state);
    job integer := (select job_id from jobgrid.job where name = 'state_test');
begin
    insert into jobgrid_engine.run (run_id, job_id, tenant_id, submitted_at, finished_at, business_date, state, source,
        queue, priority, submitted_by)
    values (id, job, 1, now(), case when place is null then now() end, current_date,
        case when place is null then state else 'live' end, 'submit', 'default', 'normal', session_user);
    if place = 'lease' then
        insert into jobgrid_engine.lease (run_id, rank, since, job_id, tenant_id, attempt, tries, business_date, state,
            fence, version, claimed_at)
        values (id, 50, now(), job, 1, 1, 1, current_date, state, 1, 1, now());
    elsif place is not null then
        execute format('insert into jobgrid_engine.%I (run_id, rank, since, job_id, tenant_id, business_date, state)
            values ($1, 50, now(), $2, 1, current_date, $3)', place) using id, job, state;
    end if;
    return id;
end $$;

create temp table states (n serial, state text);
insert into states (state) values ('waiting'), ('held'), ('queued'), ('starting'), ('running'), ('blocked'), ('unknown'),
    ('succeeded'), ('failed'), ('cancelled'), ('skipped');

-- What a person may do, written down a second time: a change of the table in C must be made here too, on purpose.
create temp table expected (from_state text, to_states text[]);
insert into expected values
    ('waiting',   '{waiting,held,succeeded,failed,cancelled,skipped}'),
    ('held',      '{waiting,succeeded,failed,cancelled,skipped}'),
    ('queued',    '{waiting,held,succeeded,failed,cancelled,skipped}'),
    ('starting',  '{}'),
    ('running',   '{}'),
    ('blocked',   '{waiting,held,succeeded,failed,cancelled,skipped}'),
    ('unknown',   '{waiting,succeeded,failed,cancelled,skipped}'),
    ('succeeded', '{failed,cancelled,skipped}'),
    ('failed',    '{succeeded,cancelled,skipped}'),
    ('cancelled', '{succeeded,failed,skipped}'),
    ('skipped',   '{succeeded,failed,cancelled}');

create function pg_temp.walk(f text, t text) returns text language plpgsql as $$
declare
    id bigint := pg_temp.new_run(f);
    allowed boolean := t = any ((select to_states from expected where from_state = f)::text[]);
    outcome text;
begin
    begin
        perform jobgrid_engine.move(id, t, 'a test', 'test');
        outcome := 'moved to ' || (select state from jobgrid.run where run_id = id);
    exception when others then
        outcome := sqlstate;
    end;
    return is(outcome, case when allowed then 'moved to ' || t else 'JG002' end, f || ' to ' || t);
end $$;

select pg_temp.walk(f.state, t.state) from states f, states t order by f.n, t.n;

-- The view shows the same table.
select is(
    (select array_agg(t.to_state order by s.n) from jobgrid.transitions t join states s on s.state = t.to_state
     where t.from_state = e.from_state and t.allowed_for in ('operator', 'both')),
    nullif(e.to_states, '{}'), 'the view on ' || e.from_state)
from expected e join states s on s.state = e.from_state order by s.n;

-- Every table that carries state refuses whoever comes by another way, a superuser too.
create temp table one as select s.state, pg_temp.new_run(s.state) as run_id from states s;
insert into jobgrid_engine.due (run_id, rank, since, due_at, job_id, tenant_id, business_date, state)
    values (nextval('jobgrid_engine.run_id_seq'), 50, now(), now() + '1 h', 1, 1, current_date, 'waiting');
select throws_ok(format('update jobgrid_engine.%I set state = state', t), 'JG007', null, 'UPDATE of ' || t)
from unnest('{due,pending,ready,lease,parked,run}'::text[]) t;
select throws_ok(format('delete from jobgrid_engine.%I', t), 'JG007', null, 'DELETE from ' || t)
from unnest('{due,pending,ready,lease,parked,run}'::text[]) t;

select throws_ok(format('truncate jobgrid_engine.%I', t), 'JG007', null, 'TRUNCATE of ' || t)
from unnest('{due,ready,lease,run}'::text[]) t;

select is_empty($$
    select r.run_id, count(n.run_id) from jobgrid_engine.run r left join (
        select run_id from jobgrid_engine.due union all select run_id from jobgrid_engine.pending
        union all select run_id from jobgrid_engine.ready union all select run_id from jobgrid_engine.lease
        union all select run_id from jobgrid_engine.parked) n using (run_id)
    group by r.run_id, r.state having count(n.run_id) <> case when r.state = 'live' then 1 else 0 end
$$, 'a live run has exactly one narrow row, an ended one none');

select * from finish();
rollback;
