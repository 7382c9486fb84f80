/*
 * Atoms of pending runs: rows of pending_on.
 *
 * Whether an atom is true is always found from what is on record (member, job_day, job_status, global_value), never from
 * the event that made somebody look: so looking once more changes nothing, and it does not matter in which order the
 * scheduler hears of things. What an end makes of an atom is conditions/truth.c's to say.
 *
 * Inside a run of a workflow an end is the last word until somebody runs the step again: such an atom can be false for
 * good, and a run that waits for it is skipped. A last end outside can be followed by another.
 */
#include "atoms.h"

#include "atoms_sql.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "guard.h"
#include "lib/qunique.h"
#include "sql.h"

/* Atoms o looked at again; what has changed of each run: the count of atoms met, whether one is settled, how it is judged. */
#define RENEW(from, where)                                                                                                                       \
	"with seen as materialized (select o.at, o.run_id, o.met as was_met,"                                                                        \
	"  o.final as was_final, o.until as was_until, coalesce(t.truth in ('t', 'p'), false) as met,"                                               \
	"  o.scope <> 0 and t.truth in ('f', 'p') is true as final,"                                                                                 \
	"  case when t.truth = 't' and o.lookback = 'w' and f.taken_out is not true then e.ended_at + o.minutes * interval '1 minute' end as until," \
	"  coalesce(e.ended_at, $1) as since from " from JG_ON_RECORD JG_ATOM_TRUTH " where o.atom >= 0 and " where "),"                             \
	" news as (select * from seen n"                                                                                                             \
	"  where (n.met, n.final, n.until) is distinct from (n.was_met, n.was_final, n.was_until)),"                                                 \
	" written as (update jobgrid_engine.pending_on o set met = n.met, final = n.final, until = n.until, since = n.since"                         \
	"  from news n where o.ctid = n.at)"                                                                                                         \
	" select n.run_id, sum(n.met::integer - n.was_met::integer)::integer, bool_or(n.final), c.run_id is not null"                                \
	" from news n left join jobgrid_engine.pending_condition c on c.run_id = n.run_id"                                                           \
	" where (n.met, n.final) is distinct from (n.was_met, n.was_final)"                                                                          \
	" group by n.run_id, c.run_id is not null order by n.run_id"

/* Subqueries with an offset stay what they are: a look at an index for each key, whatever the tables seem to hold. */
#define BY_KEY(k)                                                                      \
	k " cross join lateral (select o.ctid as at, o.* from jobgrid_engine.pending_on o" \
	  " where o.upstream_id = k.upstream_id and o.scope = k.scope"                     \
	  " and o.business_date = k.business_date and o.source = 'j' offset 0) o"

/* The keys as parameters: upstream_id, scope, business_date. */
static void
keys_as_arrays(const JgAtomKey *keys, int n, Datum *values)
{
	JgArray columns[3] = {jg_array(INT4OID, n), jg_array(INT8OID, n), jg_array(DATEOID, n)};

	for (int i = 0; i < n; i++)
	{
		jg_array_add(&columns[0], Int32GetDatum(keys[i].upstream_id));
		jg_array_add(&columns[1], Int64GetDatum(keys[i].scope));
		jg_array_add(&columns[2], DateADTGetDatum(keys[i].business_date));
	}
	for (int i = 0; i < 3; i++)
		values[i] = jg_array_datum(&columns[i]);
}

/* What makes a job's last end known, for a step that is run outside of its workflow: nobody has asked for it before. */
static void
make_latches(const int64 *run_ids, const int64 *scopes, int n)
{
	static JgSql sql = {
		.text = "select jobgrid_engine.seed_job_status(array_agg(distinct e.upstream_id)) from unnest($1) u(run_id)"
				" cross join lateral (select p.job_id from jobgrid_engine.pending p"
				"  where p.run_id = u.run_id and p.unmet is null offset 0) p"
				" cross join lateral (select e.upstream_id from jobgrid_engine.job_edge e"
				"  where e.job_id = p.job_id and e.inside and e.purpose = 's' offset 0) e having count(*) > 0",
		.nargs = 1,
		.types = {INT8ARRAYOID},
		.indexed = true};
	JgArray outside = jg_array(INT8OID, n);
	Datum value;

	for (int i = 0; i < n; i++)
		if (scopes[i] == 0)
			jg_array_add(&outside, Int64GetDatum(run_ids[i]));
	if (outside.n == 0)
		return;
	value = jg_array_datum(&outside);
	jg_sql(&sql, &value, NULL);
}

void
jg_atoms_seed(const int64 *run_ids, const int64 *scopes, int n)
{
	static JgSql atoms_sql = {
		.text =
			"insert into jobgrid_engine.pending_on (upstream_id, scope, business_date, run_id, atom, source, kind, lookback,"
			" minutes, compare, number, value, path, name, autosys, met)"
			" select coalesce(e.upstream_id, 0), case when e.inside then u.scope else 0 end,"
			"  case when e.source = 'j' and e.lookback = 'd' and not (e.inside and u.scope <> 0) then p.business_date"
			"   else 'infinity' end, p.run_id, e.atom, e.source, e.kind, e.lookback, e.minutes, e.compare, e.number,"
			"  e.value, e.path, case when e.source = 'v' or e.upstream_id is null then e.name end, e.autosys, false"
			" from unnest($1, $2) u(run_id, scope)"
			" cross join lateral (select p.* from jobgrid_engine.pending p where p.run_id = u.run_id offset 0) p"
			" cross join lateral (select e.* from jobgrid_engine.job_edge e where e.job_id = p.job_id and e.purpose = 's' offset 0) e"
			" where p.unmet is null on conflict do nothing",
		.nargs = 2,
		.types = {INT8ARRAYOID, INT8ARRAYOID},
		.indexed = true};
	static JgSql condition_sql = {
		.text = "insert into jobgrid_engine.pending_condition (run_id, least, needs, needs_least, text, autosys)"
				" select p.run_id, c.least, c.needs, c.needs_least, c.text, c.autosys from unnest($1) u(run_id)"
				" cross join lateral (select p.* from jobgrid_engine.pending p where p.run_id = u.run_id offset 0) p"
				" cross join lateral (select c.* from jobgrid_engine.job_condition c"
				"  where c.job_id = p.job_id and c.purpose = 's' offset 0) c"
				" where p.unmet is null on conflict do nothing",
		.nargs = 1,
		.types = {INT8ARRAYOID},
		.indexed = true};
	Datum values[2] = {jg_array_int8(run_ids, n), jg_array_int8(scopes, n)};
	int changed;

	make_latches(run_ids, scopes, n);
	if (jg_sql(&atoms_sql, values, NULL) == 0)
		return;
	jg_sql(&condition_sql, values, NULL);
	(void) jg_atoms_renew_runs(run_ids, n, &changed);
}

int
jg_atoms_lock(const JgAtomKey *keys, int n, JgAtomKey **blocked)
{
	static JgSql sql = {
		.text = "with waiting as materialized (select k.*, o.run_id from " BY_KEY(
			"unnest($1, $2, $3) k(upstream_id, scope, business_date)") " cross join lateral (select from jobgrid_engine.pending p where p.run_id = o.run_id offset 0) p),"
																	   " locked as materialized (select l.run_id from (select distinct w.run_id from waiting w order by w.run_id) w"
																	   "  cross join lateral (select p.run_id from jobgrid_engine.pending p where p.run_id = w.run_id"
																	   "   for update skip locked) l)"
																	   " select distinct w.upstream_id, w.scope, w.business_date from waiting w"
																	   " where w.run_id not in (select l.run_id from locked l)",
		.nargs = 3,
		.types = {INT4ARRAYOID, INT8ARRAYOID, DATEARRAYOID},
		.indexed = true};
	Datum values[3];
	int nblocked;

	keys_as_arrays(keys, n, values);
	nblocked = (int) jg_sql(&sql, values, NULL);
	*blocked = palloc(Max(nblocked, 1) * sizeof(JgAtomKey));
	for (int i = 0; i < nblocked; i++)
	{
		bool isnull;

		(*blocked)[i] =
			(JgAtomKey){jg_sql_int32(i, 1), jg_sql_int64(i, 2), DatumGetDateADT(jg_sql_datum(i, 3, &isnull))};
	}
	return nblocked;
}

static int
compare_ids(const void *a, const void *b)
{
	int64 x = *(const int64 *) a;
	int64 y = *(const int64 *) b;

	return (x > y) - (x < y);
}

/*
 * After an update of atoms: counts on. A run that is judged by its text, or of which an atom is settled for good, is to be
 * decided about by all of its atoms; for the others it is enough when nothing is missing.
 */
static int64 *
count_on(uint64 n, int *nruns)
{
	static JgSql sql = {.text = "with u as materialized (select p.at, u.more from unnest($1, $2) u(run_id, more)"
								"  cross join lateral (select p.ctid as at from jobgrid_engine.pending p"
								"   where p.run_id = u.run_id and p.unmet is not null offset 0) p where u.more <> 0)"
								" update jobgrid_engine.pending p set unmet = greatest(p.unmet - u.more, 0)"
								" from u where p.ctid = u.at returning p.run_id, p.unmet",
						.nargs = 2,
						.types = {INT8ARRAYOID, INT4ARRAYOID},
						.indexed = true};
	int64 *run_ids = palloc(Max(n, 1) * sizeof(int64));
	JgArray counted = jg_array(INT8OID, (int) n);
	JgArray more = jg_array(INT4OID, (int) n);
	Datum values[2];
	uint64 updated;

	*nruns = 0;
	for (uint64 i = 0; i < n; i++)
	{
		bool settled = jg_sql_bool(i, 3) || jg_sql_bool(i, 4);

		if (settled)
			run_ids[(*nruns)++] = jg_sql_int64(i, 1);
		if (!jg_sql_bool(i, 4))
		{
			jg_array_add(&counted, Int64GetDatum(jg_sql_int64(i, 1)));
			jg_array_add(&more, Int32GetDatum(jg_sql_int32(i, 2)));
		}
	}
	if (counted.n == 0)
		return run_ids;
	values[0] = jg_array_datum(&counted);
	values[1] = jg_array_datum(&more);
	updated = jg_guarded(&sql, values, NULL);
	run_ids = repalloc(run_ids, (n + updated) * sizeof(int64));
	for (uint64 i = 0; i < updated; i++)
		if (jg_sql_int32(i, 2) == 0)
			run_ids[(*nruns)++] = jg_sql_int64(i, 1);
	qsort(run_ids, *nruns, sizeof(int64), compare_ids);
	*nruns = (int) qunique(run_ids, *nruns, sizeof(int64), compare_ids);
	return run_ids;
}

int64 *
jg_atoms_renew(const JgAtomKey *keys, int n, int *nruns)
{
	static JgSql sql = {.text = RENEW(BY_KEY("unnest($2, $3, $4) k(upstream_id, scope, business_date)"), "true"),
						.nargs = 4,
						.types = {TIMESTAMPTZOID, INT4ARRAYOID, INT8ARRAYOID, DATEARRAYOID},
						.indexed = true};
	Datum values[4] = {TimestampTzGetDatum(jg_now())};

	keys_as_arrays(keys, n, &values[1]);
	return count_on(jg_sql(&sql, values, NULL), nruns);
}

#define SOME                                                                                             \
	"unnest($2) u(run_id) cross join lateral (select o.ctid as at, o.* from jobgrid_engine.pending_on o" \
	" where o.run_id = u.run_id offset 0) o"

int64 *
jg_atoms_renew_runs(const int64 *run_ids, int n, int *nruns)
{
	static JgSql sql = {
		.text = RENEW(SOME, "true"), .nargs = 2, .types = {TIMESTAMPTZOID, INT8ARRAYOID}, .indexed = true};
	Datum values[2] = {TimestampTzGetDatum(jg_now()), jg_array_int8(run_ids, n)};

	return count_on(jg_sql(&sql, values, NULL), nruns);
}

void
jg_atoms_seed_workflow(int64 run_id, int32 job_id, int64 scope, DateADT business_date)
{
	static JgSql sql = {
		.text =
			"with a as (insert into jobgrid_engine.pending_on (upstream_id, scope, business_date, run_id, atom, source, kind,"
			"  lookback, minutes, compare, number, value, path, name, autosys, met)"
			"  select coalesce(e.upstream_id, 0), case when e.inside then $3 else 0 end,"
			"   case when e.source = 'j' and e.lookback = 'd' and not e.inside then $4 else 'infinity' end, $1,"
			"   (row_number() over (order by e.purpose, e.atom) - 1)::integer, e.source, e.kind, e.lookback, e.minutes,"
			"   e.compare, e.number, e.value, e.path, case when e.source = 'v' or e.upstream_id is null then e.name end,"
			"   e.autosys, false"
			"  from jobgrid_engine.job_edge e where e.job_id = $2 and e.purpose in ('b', 'f') returning run_id)"
			" insert into jobgrid_engine.pending_condition (run_id, needs, needs_least, autosys)"
			" select distinct run_id, 0, 0, false from a returning run_id",
		.nargs = 4,
		.types = {INT8OID, INT4OID, INT8OID, DATEOID}};
	Datum values[4] = {Int64GetDatum(run_id), Int32GetDatum(job_id), Int64GetDatum(scope),
					   DateADTGetDatum(business_date)};
	int n;

	if (jg_sql(&sql, values, NULL) > 0)
		(void) jg_atoms_renew_runs(&run_id, 1, &n);
}

void
jg_atoms_lock_runs(const int64 *run_ids, int n)
{
	static JgSql sql = {
		.text = "with l as materialized (select p.run_id from jobgrid_engine.pending p where p.run_id = any ($1)"
				"  order by p.run_id for update skip locked)"
				" select from jobgrid_engine.pending p where p.run_id = any ($1)"
				" and p.run_id not in (select l.run_id from l) limit 1",
		.nargs = 1,
		.types = {INT8ARRAYOID}};
	Datum value = jg_array_int8(run_ids, n);

	if (n > 0 && jg_sql(&sql, &value, NULL) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_LOCK_NOT_AVAILABLE), errmsg("another transaction is changing a run that waits")));
}
