/*
 * Starts SQL runs: for each free slot one run is claimed and one background worker registered for it, in one
 * transaction. The worker waits for that commit (sqlslot.h), so that a run at work always has a lease; what cannot be
 * started at all, such as a role that is gone, ends as setup_failed in the same transaction.
 */
#include "dispatcher_sql.h"

#include "access/xact.h"
#include "business_day.h"
#include "calendar.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "dispatcher.h"
#include "guc.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "move.h"
#include "narrow.h"
#include "report.h"
#include "sql.h"
#include "sqlrun.h"
#include "sqlworker.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#define TRY_AGAIN_MS 1000
#define MOST_FAILURES 3

/* What the job says about its session, and whether that can be. */
typedef struct Session
{
	char *job;
	char *command;
	char *sql_role;
	char *database;
	bool one;
	int64 timeout_ms;
	int64 grace_ms;
	int64 output_limit; /* 0 = none of its own */
	Oid role;           /* invalid: does not exist */
	bool can_login;
	Oid database_oid;
	bool open;
	bool can_connect;
	char *author; /* who gave the job this text and role */
	bool author_exists;
	bool author_is_member;
	const JgWorkdays *business_days; /* NULL = every day */
} Session;

typedef struct Start
{
	JgLane *lanes;
	int nlanes;
	int64 run_id;   /* claimed, 0 = there was none */
	bool no_worker; /* the server has no place for another background worker */
	int slot;       /* reserved, -1 = none */
	JgSqlStarted started;
} Start;

JgSqlStarted jg_sql_started[JG_SQL_SLOTS];

static Session *
read_session(const JgLease *lease)
{
	/*
	 * The author is whoever made the first of the versions that have had the same text, role and place since: with
	 * that edit he used his membership, and later editors of other columns need none.
	 */
	static JgSql sql = {
		.text =
			"with d as ("
			"  select j.* from jobgrid.job j where j.job_id = $1 and j.version = $2"
			"  union all"
			"  select (jsonb_populate_record(null::jobgrid.job, v.definition)).* from jobgrid_engine.job_version v"
			"   where v.job_id = $1 and v.version = $2 limit 1),"
			" past as (select v.version, v.changed_by,"
			"   v.definition->>'command' is not distinct from d.command"
			"   and v.definition->>'sql_role' is not distinct from d.sql_role"
			"   and v.definition->>'database' is not distinct from d.database"
			"   and v.definition->>'transaction' is not distinct from d.transaction as same"
			"   from jobgrid_engine.job_version v, d where v.job_id = $1 and v.version <= $2),"
			" author as (select coalesce((select p.changed_by from past p where p.same and p.version >"
			"   coalesce((select max(o.version) from past o where not o.same), 0) order by p.version limit 1),"
			"   (select d.updated_by from d)) as name)"
			" select d.full_name, d.command, d.sql_role, coalesce(d.database, current_database()),"
			" coalesce(d.transaction, 'one') = 'one', (extract(epoch from d.timeout) * 1000)::bigint,"
			" (extract(epoch from d.cancel_grace) * 1000)::bigint, r.oid, r.rolcanlogin, b.oid, b.datallowconn,"
			" has_database_privilege(r.oid, b.oid, 'connect'), a.name, m.oid is not null,"
			" pg_has_role(m.oid, r.oid, 'member'), pg_size_bytes(d.output_limit), k.name, " JG_CALENDAR_STAMP(
				"k") " from d cross join author a left join pg_roles r on r.rolname = d.sql_role"
					 " left join pg_database b on b.datname = coalesce(d.database, current_database())"
					 " left join pg_roles m on m.rolname = a.name"
					 " left join jobgrid.application p on p.name = d.application left join jobgrid.tenant t on t.name = d.tenant"
					 " left join jobgrid.calendar k on k.name = coalesce(p.calendar, t.default_calendar)",
		.nargs = 2,
		.types = {INT4OID, INT4OID}};
	Datum values[2] = {Int32GetDatum(lease->row.job_id), Int32GetDatum(lease->version)};
	Session *session = palloc0(sizeof(Session));
	char *calendar;

	if (jg_sql(&sql, values, NULL) != 1)
		elog(ERROR, "version %d of job %d does not exist", lease->version, lease->row.job_id);
	session->job = jg_sql_text(0, 1);
	session->command = jg_sql_text(0, 2);
	session->sql_role = jg_sql_text(0, 3);
	session->database = jg_sql_text(0, 4);
	session->one = jg_sql_bool(0, 5);
	session->timeout_ms = jg_sql_int64(0, 6);
	session->grace_ms = jg_sql_int64(0, 7);
	session->role = (Oid) jg_sql_int32(0, 8);
	session->can_login = jg_sql_bool(0, 9);
	session->database_oid = (Oid) jg_sql_int32(0, 10);
	session->open = jg_sql_bool(0, 11);
	session->can_connect = jg_sql_bool(0, 12);
	session->author = jg_sql_text(0, 13);
	session->author_exists = jg_sql_bool(0, 14);
	session->author_is_member = jg_sql_bool(0, 15);
	session->output_limit = jg_sql_int64(0, 16);
	calendar = jg_sql_text(0, 17);
	if (calendar != NULL)
		session->business_days = jg_calendar_cached(calendar, jg_sql_int64(0, 18));
	return session;
}

/* Why the run cannot be started, NULL = it can. What was checked at the edit may have changed since. */
static char *
obstacle(const Session *session)
{
	if (session->command == NULL || session->sql_role == NULL)
		return pstrdup("the job has no command or no sql_role");
	if (!OidIsValid(session->role))
		return psprintf("role \"%s\" does not exist", session->sql_role);
	if (!session->can_login)
		return psprintf("role \"%s\" cannot log in; ALTER ROLE %s LOGIN;", session->sql_role,
						quote_identifier(session->sql_role));
	if (!OidIsValid(session->database_oid))
		return psprintf("database \"%s\" does not exist", session->database);
	if (!session->open)
		return psprintf("database \"%s\" does not accept connections", session->database);
	if (!session->can_connect)
		return psprintf("role \"%s\" may not connect to database \"%s\"; GRANT CONNECT ON DATABASE %s TO %s;",
						session->sql_role, session->database, quote_identifier(session->database),
						quote_identifier(session->sql_role));
	if (session->one && session->database_oid != MyDatabaseId)
		return psprintf("transaction one needs database \"%s\"; set the job's transaction to none", jg_guc_database);
	if (!session->author_exists)
		return psprintf("role \"%s\", which gave the job its command, does not exist any more;"
						" let a member of role \"%s\" set it again",
						session->author, session->sql_role);
	if (!session->author_is_member)
		return psprintf("role \"%s\", which gave the job its command, is not a member of role \"%s\" any more;"
						" let a member set it again",
						session->author, session->sql_role);
	return NULL;
}

static uint32
put_text(JgSqlSpec *spec, uint32 *length, const char *text)
{
	uint32 offset = *length;

	strcpy(spec->text + offset, text);
	*length += strlen(text) + 1;
	return offset;
}

/* The specification, in a segment that stays mapped here until the slot is free. */
static dsm_segment *
make_segment(const Session *session, const JgLease *lease, const char *parameters)
{
	JgDayFacts facts = jg_day_facts(session->business_days, lease->row.business_date);
	char *date = jg_date_text(lease->row.business_date);
	char *previous = jg_date_text(facts.previous);
	Size texts;
	uint32 length = 0;
	dsm_segment *segment;
	JgSqlSpec *spec;

	if (parameters == NULL)
		parameters = "{}";
	texts = strlen(session->command) + strlen(parameters) + strlen(date) + strlen(previous) + strlen(session->job) + 5;
	segment = dsm_create(offsetof(JgSqlSpec, text) + texts, 0);
	spec = dsm_segment_address(segment);
	memset(spec, 0, offsetof(JgSqlSpec, text));
	spec->encoding = GetDatabaseEncoding();
	spec->output_limit = JG_SQL_OUTPUT;
	if (session->output_limit > 0)
		spec->output_limit = (uint32) Min(session->output_limit, JG_SQL_OUTPUT);
	spec->command = put_text(spec, &length, session->command);
	spec->parameters = put_text(spec, &length, parameters);
	spec->business_date = put_text(spec, &length, date);
	spec->previous_business_date = put_text(spec, &length, previous);
	spec->month_end = facts.month_end;
	spec->quarter_end = facts.quarter_end;
	spec->job = put_text(spec, &length, session->job);
	Assert(length == texts);
	return segment;
}

/* Reserves a slot and registers the worker for it; false: the server has no place for one. */
static bool
engage(Start *start, const Session *session, const JgLease *lease, const char *parameters)
{
	MemoryContext old;
	bool registered;
	JgSqlSlot run = {.run_id = lease->row.run_id,
					 .fence = lease->fence,
					 .attempt = lease->row.attempt,
					 .role = session->role,
					 .database = session->database_oid,
					 .one = session->one,
					 .timeout_ms = session->timeout_ms,
					 .grace_ms = session->grace_ms};

	start->started.segment = make_segment(session, lease, parameters);
	dsm_pin_mapping(start->started.segment);
	run.segment = dsm_segment_handle(start->started.segment);
	start->slot = jg_sqlslot_reserve(&run);
	if (start->slot < 0)
		elog(ERROR, "no slot for SQL run %lld", (long long) lease->row.run_id);
	old = MemoryContextSwitchTo(TopMemoryContext);
	registered = jg_sqlworker_register(start->slot, lease->row.run_id, &start->started.handle);
	MemoryContextSwitchTo(old);
	return registered;
}

/* Claims one run and brings it as far as a registered worker; false: that is to be undone. */
static bool
claim_and_engage(Start *start)
{
	JgLease lease;
	char *parameters = NULL;
	Session *session;
	char *why_not;

	if (jg_dispatcher_claim(start->lanes, start->nlanes, 1, NULL, &lease, &parameters) == 0)
		return true;
	start->run_id = lease.row.run_id;
	session = read_session(&lease);
	why_not = obstacle(session);
	if (why_not == NULL && !engage(start, session, &lease, parameters))
		return false;
	jg_lease_insert(&lease, 1);
	if (why_not != NULL)
	{
		JgReport report = {.run_id = lease.row.run_id,
						   .attempt = lease.row.attempt,
						   .fence = lease.fence,
						   .event = JG_EVENT_SETUP_FAILED,
						   .message = why_not};

		jg_end_lease(&report, JG_FAILED, "setup_failed", "no session was started", (Datum) 0, false, false);
	}
	return true;
}

/* In a subtransaction: a claim for which there is no worker is not an error, and leaves the run as it was. */
static void
start_one(void *arg)
{
	Start *start = arg;
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	start->no_worker = !claim_and_engage(start);
	if (start->no_worker)
		RollbackAndReleaseCurrentSubTransaction();
	else
		ReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
}

static void
say_no_worker(bool lacking)
{
	static bool said;

	if (lacking && !said)
		ereport(LOG, (errmsg("SQL runs wait: the server has no free background worker"),
					  errhint("Raise \"max_worker_processes\" or lower \"jobgrid.sql_workers\".")));
	said = lacking;
}

/* A run that cannot even be looked at must not stand in the way of the others for ever. */
static void
reject(void *arg)
{
	int64 run_id = *(int64 *) arg;
	JgTable table;
	JgNarrow row;
	JgEnd end = {.run_id = run_id,
				 .from = JG_QUEUED,
				 .to = JG_FAILED,
				 .reason = "setup_failed",
				 .message = "the server could not start it; its log says why",
				 .finished_at = jg_now()};

	if (!jg_narrow_lock(run_id, &table, &row) || table != JG_READY)
		return;
	end.job_id = row.job_id;
	end.business_date = row.business_date;
	end.attempts = row.attempt;
	jg_narrow_delete(JG_READY, run_id);
	jg_finish(&end, 1, JG_ENGINE);
}

static void
count_failure(int64 run_id)
{
	static JgUnit unit = {.name = "ending a SQL run that cannot start", .body = reject};
	static int64 failing;
	static int times;

	times = run_id == failing ? times + 1 : 1;
	failing = run_id;
	if (run_id != 0 && times >= MOST_FAILURES)
		jg_unit_run(&unit, &run_id);
}

void
jg_sql_let_go(int index)
{
	JgSqlStarted *started = &jg_sql_started[index];

	if (started->segment)
		dsm_detach(started->segment);
	if (started->handle)
		pfree(started->handle);
	*started = (JgSqlStarted){0};
}

/* Takes back what has been done outside of the transaction; a worker that is registered finds its slot gone. */
static void
disengage(Start *start)
{
	if (start->slot < 0)
	{
		if (start->started.segment)
			dsm_detach(start->started.segment);
		return;
	}
	jg_sqlslot_void(start->slot);
	jg_sql_started[start->slot] = start->started;
	jg_sql_let_go(start->slot);
}

/* Claims and starts one run; false: there is none, or it has to wait. */
static bool
start_next(Start *start)
{
	static JgUnit unit = {.name = "starting a SQL run", .body = start_one};
	JgUnitResult result;

	start->run_id = 0;
	start->no_worker = false;
	start->slot = -1;
	start->started = (JgSqlStarted){0};
	result = jg_unit_run(&unit, start);
	if (result == JG_UNIT_DONE && !start->no_worker)
	{
		say_no_worker(false);
		if (start->slot >= 0)
		{
			jg_sql_started[start->slot] = start->started;
			jg_sqlslot_go(start->slot);
		}
		return start->run_id != 0;
	}
	disengage(start);
	if (result == JG_UNIT_FAILED)
		count_failure(start->run_id);
	else if (start->no_worker)
	{
		say_no_worker(true);
		jg_worker_wake_at(TimestampTzPlusMilliseconds(jg_now(), TRY_AGAIN_MS));
	}
	return false;
}

void
jg_dispatcher_start_sql(const JgLaneMap *map)
{
	Start start = {0};
	int most = Min(jg_guc_sql_workers, JG_SQL_SLOTS);

	start.nlanes = jg_dispatcher_lanes_of(map, "sql", &start.lanes);
	if (start.nlanes == 0)
		return;
	while (jg_sqlslot_in_use() < most)
		if (!start_next(&start))
			break;
}
