-- A step is run again in its workflow's run: that has to be the last word about its day, and not yet where only what has ended
-- is kept.
create or replace function jobgrid_engine.require_workflow_kept(run_id bigint) returns void
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    above record;
begin
    for above in
        with recursive up as (
            select r.parent_run as run_id from jobgrid_engine.any_run r where r.run_id = require_workflow_kept.run_id
            union all
            select r.parent_run from up u join jobgrid_engine.any_run r on r.run_id = u.run_id)
        select r.run_id, r.superseded_by, r.state, exists (select from jobgrid_engine.kept_run k where k.run_id = r.run_id) as kept
        from up u join jobgrid_engine.any_run r on r.run_id = u.run_id
    loop
        if above.superseded_by is not null then
            raise exception using errcode = 'JG002',
                message = format('run %s is a step of workflow run %s, which was run again as %s', require_workflow_kept.run_id,
                                 above.run_id, above.superseded_by),
                hint = format('Look for the step there: SELECT run_id, job, state FROM jobgrid.run WHERE root_run = %s;', above.superseded_by);
        elsif above.kept and above.state <> 'live' then
            raise exception using errcode = 'JG002',
                message = format('workflow run %s is too old to go on', above.run_id),
                hint = format('Run the whole again: SELECT * FROM jobgrid.rerun(%s);', above.run_id);
        end if;
    end loop;
end
$$;
comment on function jobgrid_engine.require_workflow_kept(bigint) is 'Raises JG002 where a step cannot be run again in its workflow';
