/*
 * Starts SQL runs: for each free slot one run is claimed and one background worker registered for it, in one
 * transaction. The worker waits for that commit (sqlslot.h), so that a run at work always has a lease; what cannot be
 * started at all, such as a role that is gone, ends as setup_failed in the same transaction.
 */
#include "dispatcher.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "guc.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "report.h"
#include "sql.h"
#include "sqlrun.h"
#include "sqlslot.h"
#include "sqlworker.h"
#include "utils/builtins.h"
#include "utils/date.h"

#define TRY_AGAIN_MS 1000

/* What the job says about its session, and whether that can be. */
typedef struct Session
{
	char	   *job;
	char	   *command;
	char	   *sql_role;
	char	   *database;
	bool		one;
	int64		timeout_ms;
	int64		grace_ms;
	Oid			role;			/* invalid: does not exist */
	bool		can_login;
	Oid			database_oid;
	bool		open;
	bool		can_connect;
	char	   *author;			/* who gave the job this text and role */
	bool		author_exists;
	bool		author_is_member;
} Session;

typedef struct Start
{
	JgLane	   *lanes;
	int			nlanes;
	bool		claimed;
	bool		no_worker;		/* the server has no place for another background worker */
	int			slot;			/* reserved, -1 = none */
	dsm_segment *segment;
} Start;

/* The mapping of each slot's segment, kept by this process while the slot is in use. */
static dsm_segment *segments[JG_SQL_SLOTS];

static Session *
read_session(const JgLease *lease)
{
	/*
	 * The author is whoever made the first of the versions that have had the same text, role and place since: with
	 * that edit he used his membership, and later editors of other columns need none.
	 */
	static JgSql sql = {
		.text = "with d as ("
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
		" pg_has_role(m.oid, r.oid, 'member')"
		" from d cross join author a left join pg_roles r on r.rolname = d.sql_role"
		" left join pg_database b on b.datname = coalesce(d.database, current_database())"
		" left join pg_roles m on m.rolname = a.name",
		.nargs = 2, .types = {INT4OID, INT4OID}
	};
	Datum		values[2] = {Int32GetDatum(lease->row.job_id), Int32GetDatum(lease->version)};
	Session    *session = palloc0(sizeof(Session));

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
						" let a member of role \"%s\" set it again", session->author, session->sql_role);
	if (!session->author_is_member)
		return psprintf("role \"%s\", which gave the job its command, is not a member of role \"%s\" any more;"
						" let a member set it again", session->author, session->sql_role);
	return NULL;
}

static uint32
put_text(JgSqlSpec *spec, uint32 *length, const char *text)
{
	uint32		offset = *length;

	strcpy(spec->text + offset, text);
	*length += strlen(text) + 1;
	return offset;
}

/* The specification, in a segment that stays mapped here until the slot is free. */
static dsm_segment *
make_segment(const Session *session, const JgLease *lease, const char *parameters)
{
	char		date[MAXDATELEN + 1];
	struct pg_tm tm;
	Size		texts;
	uint32		length = 0;
	dsm_segment *segment;
	JgSqlSpec  *spec;

	j2date(lease->row.business_date + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
	EncodeDateOnly(&tm, USE_ISO_DATES, date);
	if (parameters == NULL)
		parameters = "{}";
	texts = strlen(session->command) + strlen(parameters) + strlen(date) + strlen(session->job) + 4;
	segment = dsm_create(offsetof(JgSqlSpec, text) + texts, 0);
	spec = dsm_segment_address(segment);
	memset(spec, 0, offsetof(JgSqlSpec, text));
	spec->encoding = GetDatabaseEncoding();
	spec->command = put_text(spec, &length, session->command);
	spec->parameters = put_text(spec, &length, parameters);
	spec->business_date = put_text(spec, &length, date);
	spec->job = put_text(spec, &length, session->job);
	Assert(length == texts);
	return segment;
}

/* Reserves a slot and registers the worker for it; an error takes the claim back with the transaction. */
static void
launch(Start *start, const Session *session, const JgLease *lease, const char *parameters)
{
	BackgroundWorkerHandle *handle;
	JgSqlSlot	run = {
		.run_id = lease->row.run_id, .fence = lease->fence, .attempt = lease->row.attempt, .role = session->role,
		.database = session->database_oid, .one = session->one, .timeout_ms = session->timeout_ms,
		.grace_ms = session->grace_ms
	};

	start->segment = make_segment(session, lease, parameters);
	dsm_pin_mapping(start->segment);
	run.segment = dsm_segment_handle(start->segment);
	start->slot = jg_sqlslot_reserve(&run);
	if (start->slot < 0)
		elog(ERROR, "no slot for SQL run %lld", (long long) lease->row.run_id);
	if (!jg_sqlworker_register(start->slot, lease->row.run_id, &handle))
	{
		start->no_worker = true;
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_RESOURCES),
				 errmsg("no background worker is free for SQL run %lld", (long long) lease->row.run_id),
				 errhint("Raise \"max_worker_processes\" or lower \"jobgrid.sql_workers\".")));
	}
	pfree(handle);
}

static void
start_one(void *arg)
{
	Start	   *start = arg;
	JgLease		lease;
	char	   *parameters = NULL;
	Session    *session;
	char	   *why_not;

	start->claimed = jg_dispatcher_claim(start->lanes, start->nlanes, 1, NULL, &lease, &parameters) == 1;
	if (!start->claimed)
		return;
	session = read_session(&lease);
	why_not = obstacle(session);
	jg_lease_insert(&lease, 1);
	if (why_not == NULL)
		launch(start, session, &lease, parameters);
	else
		jg_end_lease_as(lease.row.run_id, lease.row.attempt, lease.fence, JG_FAILED, "setup_failed",
						"no session was started", why_not, (Datum) 0, false, false);
}

void
jg_dispatcher_sql_segment_gone(int slot)
{
	if (segments[slot] != NULL)
		dsm_detach(segments[slot]);
	segments[slot] = NULL;
}

void *
jg_dispatcher_sql_segment(int slot)
{
	return segments[slot] ? dsm_segment_address(segments[slot]) : NULL;
}

/* Claims and starts one run; false: there is none, or it has to wait. */
static bool
start_next(Start *start)
{
	static JgUnit unit = {.name = "starting a SQL run", .body = start_one};
	JgUnitResult result;

	start->claimed = false;
	start->no_worker = false;
	start->slot = -1;
	start->segment = NULL;
	result = jg_unit_run(&unit, start);
	if (result == JG_UNIT_DONE)
	{
		if (start->slot >= 0)
		{
			segments[start->slot] = start->segment;
			jg_sqlslot_go(start->slot);
		}
		return start->claimed;
	}
	/* Rolled back: the run is in its lane again, and the worker, if it came so far, finds that the slot is not its. */
	if (start->slot >= 0)
		jg_sqlslot_void(start->slot);
	if (start->segment != NULL)
		dsm_detach(start->segment);
	if (start->no_worker)
		jg_worker_wake_at(TimestampTzPlusMilliseconds(jg_now(), TRY_AGAIN_MS));
	return false;
}

void
jg_dispatcher_start_sql(const JgLaneMap *map)
{
	Start		start = {0};
	int			most = Min(jg_guc_sql_workers, JG_SQL_SLOTS);

	start.nlanes = jg_dispatcher_lanes_of(map, "sql", &start.lanes);
	if (start.nlanes == 0)
		return;
	while (jg_sqlslot_in_use() < most)
		if (!start_next(&start))
			break;
}
