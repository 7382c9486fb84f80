-- When a waiting run is expected to start, where that can be told: a step by how its workflow usually goes, another run if all that it
-- misses are ends of runs that live and are foretold. Workflows with more steps than can be played at once are left out.
create or replace function jobgrid_engine.why_expected(run_id bigint) returns setof jobgrid.blocker
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
    mine     record;
    atom     record;
    foretold record;
    at       timestamptz;
    by_runs  integer;
begin
    select p.run_id, p.state, j.full_name, r.parent_run, w.root_run into mine
    from jobgrid_engine.pending p
    join jobgrid.job j using (job_id)
    join jobgrid_engine.any_run r on r.run_id = p.run_id
    left join jobgrid_engine.workflow_run w on w.run_id = r.parent_run
    where p.run_id = why_expected.run_id;
    if not found then
        return;
    end if;
    if mine.parent_run is null then
        if exists (select from jobgrid_engine.pending_condition c where c.run_id = mine.run_id) then
            return;
        end if;
        for atom in select a.live_run, a.kind from jobgrid_engine.pending_atoms(mine.run_id) a where not a.met limit 10 loop
            if atom.live_run is null or atom.kind not in ('a', 's', 'e') then
                return;
            end if;
            select e.p50, e.runs into foretold from jobgrid.eta(atom.live_run) e;
            if foretold.p50 is null then
                return;
            end if;
            at := greatest(at, foretold.p50);
            by_runs := least(by_runs, foretold.runs);
        end loop;
    elsif (select sum(w.members) from jobgrid_engine.workflow_run w where w.root_run = mine.root_run) <= 2000 then
        select e.expected_start, e.runs into at, by_runs from jobgrid.eta(mine.run_id) e;
    end if;
    if at is null then
        return;
    end if;
    return query values
        (mine.run_id, mine.full_name, mine.state, 'expected_start', to_char(at, 'YYYY-MM-DD HH24:MI TZ'), null::timestamptz,
         format('expected to start in about %s, by the last %s runs on such days',
                date_trunc('second', greatest(at - jobgrid_engine.moment(), '0')), by_runs),
         format('SELECT * FROM jobgrid.eta(%s);', mine.run_id));
end
$$;
comment on function jobgrid_engine.why_expected(bigint) is 'When a waiting run is expected to start, where that can be told';
