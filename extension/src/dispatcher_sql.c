/*
 * Starts SQL runs: claims them, and registers one background worker for each.
 *
 * Worker and lease come in this order: slot reserved, worker registered, lease committed, go. A worker that is there
 * before its lease waits; one whose lease was rolled back finds its slot void and leaves. What cannot start at all
 * (no such role, no right to connect) ends as setup_failed, with the reason a person can act on.
 */
#include "dispatcher_sql.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "definition.h"
#include "dispatcher.h"
#include "guc.h"
#include "mb/pg_wchar.h"
#include "move.h"
#include "narrow.h"
#include "report.h"
#include "sql.h"
#include "sqlrun.h"
#include "sqlworker.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/memutils.h"

JgSqlStarted jg_sql_started[JG_SQL_SLOTS];

typedef struct Start
{
	JgLane	   *lanes;
	int			nlanes;
	int			want;
	int			nstarted;
	int			indexes[JG_SQL_SLOTS];
} Start;

/* What a run does and as whom. */
typedef struct Work
{
	char	   *job;
	char	   *command;
	char	   *database_name;
	char	   *role_name;
	Oid			database;		/* invalid: does not exist */
	Oid			role;
	bool		one;
	bool		may_login;
	bool		may_connect;
	bool		may_be_used;	/* whoever defined the job is a member of the role */
	char	   *definer;
	int64		timeout_ms;
	int64		grace_ms;
} Work;

static Work
load_work(int32 job_id, int32 version)
{
	static JgSql sql = {
		.text = "select d.full_name, d.command, d.database, d.sql_role, b.oid, r.oid, d.transaction = 'one',"
		" r.rolcanlogin, has_database_privilege(r.oid, b.oid, 'connect'),"
		" u.rolsuper or pg_has_role(u.oid, r.oid, 'member'), d.updated_by,"
		" (extract(epoch from d.timeout) * 1000)::bigint, (extract(epoch from d.cancel_grace) * 1000)::bigint"
		" from (select j.* from jobgrid.job j where j.job_id = $1 and j.version = $2"
		"  union all select (jsonb_populate_record(null::jobgrid.job, v.definition)).*"
		"  from jobgrid_engine.job_version v where v.job_id = $1 and v.version = $2) d"
		" left join pg_roles r on r.rolname = d.sql_role left join pg_roles u on u.rolname = d.updated_by"
		" left join pg_database b on b.datname = coalesce(d.database, current_database())",
		.nargs = 2, .types = {INT4OID, INT4OID}
	};
	Datum		values[2] = {Int32GetDatum(job_id), Int32GetDatum(version)};
	Work		work = {0};
	bool		isnull;

	if (jg_sql(&sql, values, NULL) != 1)
		elog(ERROR, "version %d of job %d does not exist", version, job_id);
	work.job = jg_sql_text(0, 1);
	work.command = jg_sql_text(0, 2);
	work.database_name = jg_sql_text(0, 3);
	work.role_name = jg_sql_text(0, 4);
	work.database = DatumGetObjectId(jg_sql_datum(0, 5, &isnull));
	work.role = DatumGetObjectId(jg_sql_datum(0, 6, &isnull));
	work.one = jg_sql_bool(0, 7);
	work.may_login = jg_sql_bool(0, 8);
	work.may_connect = jg_sql_bool(0, 9);
	work.may_be_used = jg_sql_bool(0, 10);
	work.definer = jg_sql_text(0, 11);
	work.timeout_ms = jg_sql_int64(0, 12);
	work.grace_ms = jg_sql_int64(0, 13);
	return work;
}

/* Why the work cannot start, NULL where it can. */
static char *
obstacle(const Work *work)
{
	const char *role = work->role_name ? work->role_name : "";

	if (!OidIsValid(work->role))
		return psprintf("role \"%s\" does not exist", role);
	if (!OidIsValid(work->database))
		return psprintf("database \"%s\" does not exist", work->database_name);
	if (!work->may_login)
		return psprintf("role \"%s\" is not permitted to log in", role);
	if (!work->may_connect)
		return psprintf("role \"%s\" has no right to connect to database \"%s\"", role,
						work->database_name ? work->database_name : jg_guc_database);
	if (!work->may_be_used)
		return psprintf("\"%s\", who defined the job, is not a member of role \"%s\"", work->definer, role);
	return NULL;
}

static uint32
put_text(char *area, uint32 *used, const char *text)
{
	uint32		offset = *used;
	size_t		size = strlen(text) + 1;

	memcpy(area + offset, text, size);
	*used += size;
	return offset;
}

/* The specification in a segment that lives as long as this process or the worker has it. */
static dsm_segment *
make_segment(const Work *work, const JgNarrow *row, const char *parameters)
{
	char	   *date = TextDatumGetCString(DirectFunctionCall1(textin, DirectFunctionCall1(date_out,
																						DateADTGetDatum(row->business_date))));
	const char *json = parameters ? parameters : "{}";
	Size		size = offsetof(JgSqlSpec, text) + strlen(work->command) + strlen(json) + strlen(date) +
		strlen(work->job) + 4;
	dsm_segment *segment = dsm_create(size, 0);
	JgSqlSpec  *spec = dsm_segment_address(segment);
	uint32		used = 0;

	dsm_pin_mapping(segment);
	spec->encoding = GetDatabaseEncoding();
	spec->output_length = 0;
	spec->errors_length = 0;
	spec->command = put_text(spec->text, &used, work->command);
	spec->parameters = put_text(spec->text, &used, json);
	spec->business_date = put_text(spec->text, &used, date);
	spec->job = put_text(spec->text, &used, work->job);
	return segment;
}

static void
set_up_failed(const JgLease *lease, const char *message)
{
	JgReport	report = {
		.run_id = lease->row.run_id, .attempt = lease->row.attempt, .fence = lease->fence,
		.event = JG_EVENT_SETUP_FAILED, .message = message
	};

	jg_lease_insert(lease, 1);
	jg_end_lease(&report, JG_FAILED, "setup_failed", "no session was started", (Datum) 0, false, false);
}

/* Puts a run back that found no worker; it was no try. */
static void
put_back(const JgLease *lease)
{
	JgNarrow	row = lease->row;

	row.state = JG_QUEUED;
	row.reason = NULL;
	row.attempt--;
	row.tries--;
	jg_narrow_insert(JG_READY, &row, 1);
}

/* Reserves a slot and registers the worker; -1: there is no room now. */
static int
engage(const JgLease *lease, const Work *work, const char *parameters)
{
	JgSqlSlot	slot = {
		.run_id = lease->row.run_id, .fence = lease->fence, .attempt = lease->row.attempt, .role = work->role,
		.database = work->database, .one = work->one, .timeout_ms = work->timeout_ms, .grace_ms = work->grace_ms
	};
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);
	dsm_segment *segment = make_segment(work, &lease->row, parameters);
	BackgroundWorkerHandle *handle = NULL;
	int			index;

	slot.segment = dsm_segment_handle(segment);
	index = jg_sqlslot_reserve(&slot);
	if (index >= 0 && !jg_sqlworker_register(index, slot.run_id, &handle))
	{
		jg_sqlslot_void(index);
		index = -1;
	}
	if (index < 0)
		dsm_detach(segment);
	else
		jg_sql_started[index] = (JgSqlStarted) {segment, handle};
	MemoryContextSwitchTo(old);
	return index;
}

static void
start(void *arg)
{
	Start	   *s = arg;
	JgLease    *leases = palloc(s->want * sizeof(JgLease));
	char	  **parameters = palloc0(s->want * sizeof(char *));
	int			n = jg_dispatcher_claim(s->lanes, s->nlanes, s->want, NULL, leases, parameters);

	for (int i = 0; i < n; i++)
	{
		Work		work = load_work(leases[i].row.job_id, leases[i].version);
		char	   *why = obstacle(&work);
		int			index;

		if (why != NULL)
		{
			set_up_failed(&leases[i], why);
			continue;
		}
		index = engage(&leases[i], &work, parameters[i]);
		if (index < 0)
		{
			put_back(&leases[i]);
			continue;
		}
		s->indexes[s->nstarted++] = index;
		jg_lease_insert(&leases[i], 1);
	}
}

void
jg_dispatcher_start_sql(const JgLaneMap *map)
{
	static JgUnit unit = {.name = "starting SQL runs", .body = start};
	Start		s = {.want = Min(jg_guc_sql_workers, JG_SQL_SLOTS) - jg_sqlslot_in_use()};
	bool		committed;

	if (s.want <= 0)
		return;					/* the next one that ends rings */
	s.nlanes = jg_dispatcher_lanes_of(map, "sql", &s.lanes);
	if (s.nlanes == 0)
		return;
	committed = jg_unit_run(&unit, &s) == JG_UNIT_DONE;
	for (int i = 0; i < s.nstarted; i++)
	{
		if (committed)
			jg_sqlslot_go(s.indexes[i]);
		else
		{
			jg_sqlslot_void(s.indexes[i]);
			jg_sql_let_go(s.indexes[i]);
		}
	}
}
