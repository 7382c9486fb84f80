/*
 * notrunning(): runs that are not to be on their way at the same time.
 *
 * A job counts as running from its release to its end: between them its run is queued, and may be claimed at any moment. As the
 * scheduler releases one run after the other, of two that exclude each other the first goes and the second sees it.
 */
#include "exclude.h"

#include "atoms.h"
#include "catalog/pg_type.h"
#include "guard.h"
#include "sql.h"

/* A run that asks for others, or is asked for. */
typedef struct Asked
{
	int64 run_id;
	int32 job_id;
	bool asks;
	bool watched;
} Asked;

static Asked *
read_asked(const int64 *run_ids, int n, int *nasked)
{
	static JgSql sql = {
		.text =
			"select a.* from unnest($1) with ordinality u(run_id, n) join jobgrid_engine.pending p on p.run_id = u.run_id"
			" cross join lateral (select p.run_id, p.job_id,"
			"  exists (select from jobgrid_engine.pending_on o where o.run_id = p.run_id and o.kind = 'n') as asks,"
			"  exists (select from jobgrid_engine.job_edge e where e.upstream_id = p.job_id and e.kind = 'n') as watched) a"
			" where a.asks or a.watched order by u.n",
		.nargs = 1,
		.types = {INT8ARRAYOID},
		.indexed = true};
	Datum value = jg_array_int8(run_ids, n);
	Asked *asked;

	*nasked = (int) jg_sql(&sql, &value, NULL);
	asked = palloc(Max(*nasked, 1) * sizeof(Asked));
	for (int i = 0; i < *nasked; i++)
		asked[i] = (Asked){jg_sql_int64(i, 1), jg_sql_int32(i, 2), jg_sql_bool(i, 3), jg_sql_bool(i, 4)};
	return asked;
}

static bool
is_excluded(int64 run_id)
{
	static JgSql sql = {.text = "select from jobgrid_engine.pending_on o join jobgrid_engine.watched_run w"
								" on w.job_id = o.upstream_id and w.run_id <> o.run_id"
								" where o.run_id = $1 and o.kind = 'n' and o.met limit 1",
						.nargs = 1,
						.types = {INT8OID},
						.indexed = true};
	Datum value = Int64GetDatum(run_id);

	return jg_sql(&sql, &value, NULL) > 0;
}

static void
watch(const Asked *asked)
{
	static JgSql sql = {
		.text = "insert into jobgrid_engine.watched_run (run_id, job_id) values ($1, $2) on conflict do nothing",
		.nargs = 2,
		.types = {INT8OID, INT4OID}};
	Datum values[2] = {Int64GetDatum(asked->run_id), Int32GetDatum(asked->job_id)};

	jg_sql(&sql, values, NULL);
}

/* Looks at those that came too late once more: their condition may hold without the atom. Returns how many wait, at the front. */
static int
wait_again(int64 *run_ids, int n)
{
	static JgSql sql = {.text = "update jobgrid_engine.pending p set unmet = u.unmet, reason = u.reason"
								" from unnest($1, $2, $3) u(run_id, unmet, reason) where p.run_id = u.run_id",
						.nargs = 3,
						.types = {INT8ARRAYOID, INT4ARRAYOID, TEXTARRAYOID},
						.indexed = true};
	JgDecision *decisions = palloc(n * sizeof(JgDecision));
	JgArray columns[3] = {jg_array(INT8OID, n), jg_array(INT4OID, n), jg_array(TEXTOID, n)};
	Datum values[3];
	int changed;
	int waiting = 0;

	(void) jg_atoms_renew_runs(run_ids, n, &changed);
	n = jg_decide(run_ids, n, decisions);
	for (int i = 0; i < n; i++)
	{
		if (decisions[i].verdict != JG_WAITS)
			continue;
		run_ids[waiting++] = decisions[i].run_id;
		jg_array_add(&columns[0], Int64GetDatum(decisions[i].run_id));
		jg_array_add(&columns[1], Int32GetDatum(decisions[i].unmet));
		jg_array_add_text(&columns[2], decisions[i].reason);
	}
	for (int i = 0; i < 3; i++)
		values[i] = jg_array_datum(&columns[i]);
	jg_guarded(&sql, values, NULL);
	return waiting;
}

int
jg_exclude(int64 *run_ids, int n)
{
	int nasked = 0;
	Asked *asked = n > 0 ? read_asked(run_ids, n, &nasked) : NULL;
	int kept = 0;

	for (int i = 0; i < nasked; i++)
	{
		int64 late = asked[i].run_id;

		if (asked[i].asks && is_excluded(late) && wait_again(&late, 1) == 1)
			asked[i].watched = false;
		else
			asked[i].asks = false;
		if (asked[i].watched)
			watch(&asked[i]);
	}
	for (int i = 0; i < n; i++)
	{
		bool waits = false;

		for (int a = 0; a < nasked && !waits; a++)
			waits = asked[a].run_id == run_ids[i] && asked[a].asks;
		if (!waits)
			run_ids[kept++] = run_ids[i];
	}
	return kept;
}

void
jg_exclude_forget(Datum run_ids, Datum job_ids)
{
	static JgSql sql = {.text = "delete from jobgrid_engine.watched_run w using unnest($1, $2) u(run_id, job_id)"
								" where w.job_id = u.job_id and w.run_id = u.run_id",
						.nargs = 2,
						.types = {INT8ARRAYOID, INT4ARRAYOID},
						.indexed = true};
	Datum values[2] = {run_ids, job_ids};

	jg_sql(&sql, values, NULL);
}
