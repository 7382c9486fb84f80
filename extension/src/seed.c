/*
 * Latches that may have missed an end at their birth.
 *
 * The statement that makes a latch reads the newest finished run. A run that was ending in another transaction at that
 * moment did not see the latch, which was not committed, and was not seen. Such a transaction had its id before the
 * latch was visible, so: when the latch is first seen here, an id is taken that comes after it; when all before that have
 * ended, the newest end of each date is put into `ended` once more. Consuming it is idempotent, and an end older than what the latch
 * knows is ignored there. What is noted is only in memory: after a restart it is noted again, later and as well.
 */
#include "scheduler.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "sql.h"
#include "utils/memutils.h"

#define LOOK_AGAIN_MS 1000

static int32 *noted; /* jobs whose latch was seen by the transaction `barrier` */
static int nnoted;
static Datum barrier; /* xid8 */

/* Notes all new latches and the barrier, whose id comes after those of all that did not see them. */
static void
note(void)
{
	static JgSql sql = {.text = "select job_id, pg_current_xact_id() from jobgrid_engine.job_status"
								" where seed_xid is not null"};
	int n = (int) jg_sql(&sql, NULL, NULL);
	bool isnull;

	if (n == 0)
		return;
	noted = MemoryContextAlloc(TopMemoryContext, n * sizeof(int32));
	for (int i = 0; i < n; i++)
		noted[i] = jg_sql_int32(i, 1);
	barrier = jg_sql_datum(0, 2, &isnull);
	nnoted = n;
}

/* Repeats the newest end of each noted job once the barrier is passed; what is passed stays passed. */
static bool
repeat(void)
{
	static JgSql passed_sql = {
		.text = "select where pg_snapshot_xmin(pg_current_snapshot()) > $1", .nargs = 1, .types = {XID8OID}};
	static JgSql repeat_sql = {
		.text = "insert into jobgrid_engine.ended (run_id, job_id, exit_code, business_date, at, state, reason)"
				" select distinct on (s.job_id, r.business_date)"
				"  r.run_id, s.job_id, r.exit_code, r.business_date, r.finished_at, r.state, r.reason"
				" from jobgrid_engine.job_status s cross join lateral ("
				"  select * from jobgrid_engine.any_run r where r.job_id = s.job_id and r.state <> 'live'"
				"  order by r.run_id desc limit 100) r"
				" where s.job_id = any ($1) and s.seed_xid is not null"
				" order by s.job_id, r.business_date, r.finished_at desc, r.run_id desc",
		.nargs = 1,
		.types = {INT4ARRAYOID}};
	static JgSql done_sql = {.text = "update jobgrid_engine.job_status set seed_xid = null where job_id = any ($1)",
							 .nargs = 1,
							 .types = {INT4ARRAYOID}};
	Datum jobs = jg_array_int4(noted, nnoted);

	if (jg_sql(&passed_sql, &barrier, NULL) == 0)
		return false;
	jg_sql(&repeat_sql, &jobs, NULL);
	jg_sql(&done_sql, &jobs, NULL);
	return true;
}

static void
look_again(void *arg)
{
	bool *done = arg;

	if (nnoted == 0)
		note();
	if (nnoted > 0)
		*done = repeat();
}

void
jg_seed_look_again(void)
{
	static JgUnit unit = {.name = "seeding latches again", .body = look_again};
	bool done = false;

	if (jg_unit_run(&unit, &done) == JG_UNIT_DONE && done)
	{
		pfree(noted);
		noted = NULL;
		nnoted = 0;
		jg_worker_wake_at(jg_now()); /* there may be latches that came after the barrier */
	}
	else if (nnoted > 0)
		jg_worker_wake_at(TimestampTzPlusMilliseconds(jg_now(), LOOK_AGAIN_MS));
}
