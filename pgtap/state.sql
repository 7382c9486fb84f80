-- The state routine: every cell of the table of transitions as a person's verb meets it, for a run in its range and for
-- one in the twins, the guards against everything else, and the rule that a live run has exactly one narrow row.
begin;
select plan(2 * 121 + 11 + 14 + 7);

select jobgrid.define_job('state_test', kind => 'noop');
-- Makes the partition that the runs below are put into.
select jobgrid.submit('state_test');
-- A place of the twins, as the janitor makes it.
set local role jobgrid_owner;
do $$
declare
    family text;
begin
    foreach family in array '{run,attempt,history,output}'::text[] loop
        execute format('create table jobgrid_engine.kept_%s_live partition of jobgrid_engine.kept_%1$s
            (keep_until default ''infinity'') for values in (''infinity'')', family);
    end loop;
end $$;
reset role;

create function pg_temp.place_of(state text) returns text language sql as $$
    select case when state in ('held', 'blocked', 'unknown') then 'parked'
                when state in ('starting', 'running') then 'lease'
                when state = 'queued' then 'ready'
                when state = 'waiting' then 'pending' end
$$;

-- A run in the given state, put there by INSERT as a restore does. One in the twins has an id whose range is gone.
create sequence pg_temp.gone increment -1 maxvalue 0 start 0;
create function pg_temp.new_run(state text, kept boolean default false) returns bigint language plpgsql as $$
declare
    id bigint := nextval(case when kept then 'pg_temp.gone' else 'jobgrid_engine.run_id_seq' end::regclass);
    place text := pg_temp.place_of(state);
    job integer := (select job_id from jobgrid.job where name = 'state_test');
begin
    execute format('insert into jobgrid_engine.%I (run_id, job_id, tenant_id, submitted_at, finished_at, business_date,
        state, source, queue, priority, submitted_by)
        values ($1, $2, 1, now(), $3, current_date, $4, ''submit'', ''default'', ''normal'', session_user)',
        case when kept then 'kept_run_live' else 'run' end)
    using id, job, case when place is null then now() end, case when place is null then state else 'live' end;
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

create function pg_temp.walk(f text, t text, kept boolean) returns text language plpgsql as $$
declare
    id bigint := pg_temp.new_run(f, kept);
    allowed boolean := t = any ((select to_states from expected where from_state = f)::text[]);
    outcome text;
begin
    begin
        perform jobgrid_engine.move(id, t, 'a test', 'test');
        outcome := 'moved to ' || (select r.state from jobgrid.run r join jobgrid.history h using (run_id)
                                   where r.run_id = id and h.to_state = t);
    exception when others then
        outcome := sqlstate;
    end;
    return is(outcome, case when allowed then 'moved to ' || t else 'JG002' end,
              f || ' to ' || t || case when kept then ', kept' else '' end);
end $$;

select pg_temp.walk(f.state, t.state, kept) from unnest('{false,true}'::boolean[]) kept, states f, states t
order by kept, f.n, t.n;

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
from unnest('{due,pending,ready,lease,parked,run,kept_run}'::text[]) t;
select throws_ok(format('delete from jobgrid_engine.%I', t), 'JG007', null, 'DELETE from ' || t)
from unnest('{due,pending,ready,lease,parked,run,kept_run}'::text[]) t;

select throws_ok(format('truncate jobgrid_engine.%I', t), 'JG007', null, 'TRUNCATE of ' || t)
from unnest('{due,ready,lease,run,kept_run}'::text[]) t;
select throws_ok('update jobgrid_engine.kept_run_live set keep_until = keep_until', 'JG007', null,
    'UPDATE of where a kept run is');

select is_empty($$
    select r.run_id, count(n.run_id) from jobgrid_engine.any_run r left join (
        select run_id from jobgrid_engine.due union all select run_id from jobgrid_engine.pending
        union all select run_id from jobgrid_engine.ready union all select run_id from jobgrid_engine.lease
        union all select run_id from jobgrid_engine.parked) n using (run_id)
    group by r.run_id, r.state having count(n.run_id) <> case when r.state = 'live' then 1 else 0 end
$$, 'a live run has exactly one narrow row, an ended one none');

select * from finish();
rollback;
