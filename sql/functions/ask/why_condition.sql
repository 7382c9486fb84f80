-- The condition of a waiting run: the whole of it first, where it is more than all of its atoms, then each atom with its
-- present value. Of a condition that wants all of them only what is missing is said.
create or replace function jobgrid_engine.why_condition(run_id bigint) returns setof jobgrid.blocker
language sql stable set search_path = pg_catalog, pg_temp
as $$
    with atom as materialized (select a.* from jobgrid_engine.pending_atoms(why_condition.run_id) a),
    run as (select p.run_id, p.job_id, j.full_name, j.tenant, p.state, p.since, p.business_date
            from jobgrid_engine.pending p join jobgrid.job j using (job_id) where p.run_id = why_condition.run_id)
    select b.run_id, b.job, b.state, b.blocker, b.object, b.since, b.detail, b.hint
    from (
        select -1 as place, 0 as atom, r.run_id, r.full_name as job, r.state, 'condition' as blocker,
               concat_ws(' and ',
                   jobgrid_engine.joined_text(array(select a.text from atom a where a.kind in ('a', 'A') order by a.atom),
                                              c.needs_least),
                   case when c.text is null
                        then jobgrid_engine.joined_text(array(select a.text from atom a where a.kind not in ('a', 'A') order by a.atom),
                                                        c.least - c.needs_least)
                        else format(case when c.needs > 0 then '(%s)' else '%s' end,
                                    coalesce((jobgrid.parse_condition(c.text, case when c.autosys then 'autosys' else 'native' end)).native,
                                             c.text)) end) as object,
               r.since,
               (select format('%s of %s are true', count(*) filter (where a.met), count(*)) from atom a) as detail,
               null as hint
        from run r join jobgrid_engine.pending_condition c on c.run_id = r.run_id
        where exists (select from atom)
        union all
        select a.met::integer, a.atom, r.run_id, r.full_name, r.state, 'condition', a.text, a.since,
               concat(case when a.met then 'true: '
                           when a.value_name is null and a.upstream_id is not null and a.kind <> 'n' and a.end_state is null
                           then 'not decided yet: ' else 'false: ' end,
                   concat_ws('; ',
                       case
                       when a.value_there then format('%s is %L', a.value_name, a.value_now)
                       when a.value_name is not null then format('there is no global value "%s"', a.value_name)
                       when a.upstream_id is null then format('job "%s" does not exist', a.upstream)
                       when a.kind = 'n' then case when a.met then format('job "%s" does not run', a.upstream) end
                       else coalesce(a.end_words, format('job "%s" has not ended yet', a.upstream)) end,
                       a.expired,
                       case when a.met or a.upstream_id is null then null
                            when a.live_run is not null then format('run %s of it is %s', a.live_run, a.live_state)
                            when a.end_state is null then 'no run of it is live' end)),
               case
               when a.met then null
               when a.value_there then format('SELECT jobgrid.set_value(%L, %L);', a.value_name, coalesce(a.value_wanted, '...'))
               when a.value_name is not null then
                   format('INSERT INTO jobgrid.global_value (tenant, name, value) VALUES (%L, %L, ''...'');', r.tenant, a.value_name)
               when a.upstream_id is null then
                   coalesce(format('Did you mean "%s"? ', jobgrid_engine.closest_job(a.upstream, array[r.tenant])), '')
                   || format('SELECT after, condition FROM jobgrid.job WHERE job_id = %s;', r.job_id)
               when a.live_run is not null then format('SELECT * FROM jobgrid.why(%s);', a.live_run)
               when a.end_state in ('failed', 'cancelled') then
                   format('SELECT * FROM jobgrid.why(%s); SELECT * FROM jobgrid.rerun(%1$s);', a.end_run)
               when a.end_state is not null then format('SELECT * FROM jobgrid.why(%s);', a.end_run)
               else format('SELECT * FROM jobgrid.submit(%L, business_date => %L);', a.upstream, r.business_date)
               end
        from atom a cross join run r
        where not a.met or exists (select from jobgrid_engine.pending_condition c where c.run_id = r.run_id)) b
    order by b.place, b.atom
$$;
comment on function jobgrid_engine.why_condition(bigint) is 'The condition of a waiting run and each of its atoms';
