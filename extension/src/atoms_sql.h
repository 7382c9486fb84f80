/* The text of the one question whether an atom is true; for the files that ask it. */
#ifndef JG_ATOMS_SQL_H
#define JG_ATOMS_SQL_H

/* What is on record about atom o: the end of the upstream run, if there is one. Each by a look at an index. */
#define JG_ON_RECORD                                                                                                    \
	" left join lateral (select m.* from jobgrid_engine.member m where o.scope <> 0 and m.scope = o.scope"              \
	"  and m.job_id = o.upstream_id offset 0) m on true"                                                                \
	" left join lateral (select d.* from jobgrid_engine.job_day d where o.scope = 0 and o.business_date < 'infinity'"   \
	"  and d.job_id = o.upstream_id and d.business_date = o.business_date offset 0) d on true"                          \
	" left join lateral (select s.* from jobgrid_engine.job_status s where o.scope = 0"                                 \
	"  and o.business_date = 'infinity' and s.job_id = o.upstream_id offset 0) s on true"                               \
	" cross join lateral (select coalesce(m.state, d.state, s.state) as state,"                                         \
	"  coalesce(m.reason, d.reason, s.reason) as reason, coalesce(m.exit_code, d.exit_code, s.exit_code) as exit_code," \
	"  coalesce(m.run_id, d.run_id, s.run_id) as run_id, coalesce(m.ended_at, d.ended_at, s.ended_at) as ended_at) e"

/* The run whose atom o is: it is pending, or a workflow that runs. */
#define JG_WHO_WAITS                                                                        \
	"(select p.job_id, p.tenant_id from jobgrid_engine.pending p where p.run_id = o.run_id" \
	" union all select l.job_id, l.tenant_id from jobgrid_engine.lease l where l.run_id = o.run_id) p"

/*
 * t: true, p: true because it was passed over, f: false; null: nothing is known yet. $1 is now.
 *
 * The last end of a job that is taken out is not asked, unless something of it still runs; when the job is back, an end that
 * was none does not count as a success any more. In AutoSys a job that is bypassed has no end until that has happened.
 */
#define JG_ATOM_TRUTH                                                                                                    \
	" left join jobgrid.job f on o.source = 'j' and o.scope = 0 and f.job_id = o.upstream_id"                            \
	"  and (f.taken_out or f.bypassed)"                                                                                  \
	" cross join lateral (select case"                                                                                   \
	"  when o.source = 'v' then jobgrid_engine.text_holds((select g.value from " JG_WHO_WAITS                            \
	"   join jobgrid.tenant n on n.tenant_id = p.tenant_id join jobgrid.global_value g on g.tenant = n.name"             \
	"   where lower(g.name) = lower(o.name)), o.compare, o.value)"                                                       \
	"  when f.taken_out and not exists (select from jobgrid_engine.lease l where l.job_id = o.upstream_id) then case"    \
	"   when o.autosys and o.lookback in ('w', 'o', 'f')"                                                                \
	"    and current_setting('jobgrid.taken_out_lookback') = 'true' then 't'"                                            \
	"   else jobgrid_engine.end_truth(o.kind, o.autosys, 'skipped', 'taken_out', null, o.compare, o.number, false) end"  \
	"  when o.kind = 'n' then case when o.upstream_id <> 0 and (exists ("                                                \
	"   select from jobgrid_engine.watched_run l where l.job_id = o.upstream_id and l.run_id <> o.run_id) or exists ("   \
	"   select from jobgrid_engine.lease l where l.job_id = o.upstream_id and l.run_id <> o.run_id))"                    \
	"   then 'f' else 't' end::\"char\""                                                                                 \
	"  when e.state is null or f.bypassed and o.autosys and e.ended_at < f.flag_at then null"                            \
	"  when o.lookback = 'w' and e.ended_at + o.minutes * interval '1 minute' <= $1 then 'f'"                            \
	"  when o.lookback = 'o' and e.ended_at < (select w.ended_at from " JG_WHO_WAITS                                     \
	"   join jobgrid_engine.job_status w on w.job_id = p.job_id) then 'f'"                                               \
	"  when o.kind = 'r' then jobgrid_engine.text_holds((select r.result #>> string_to_array(coalesce(o.path, ''), '.')" \
	"   from jobgrid_engine.any_run r where r.run_id = e.run_id), o.compare, o.value)"                                   \
	"  else jobgrid_engine.end_truth(o.kind, o.autosys, e.state,"                                                        \
	"   case when o.scope <> 0 or e.reason <> 'taken_out' then e.reason end, e.exit_code, o.compare, o.number,"          \
	"   o.kind in ('a', 'A') and e.state = 'failed' and exists (select from jobgrid.job u"                               \
	"    where u.job_id = o.upstream_id and u.when_failed = 'ignore')) end as truth) t"

#endif
