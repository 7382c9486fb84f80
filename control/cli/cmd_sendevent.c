/*
 * jobgrid sendevent: AutoSys' events for fingers that know them.
 *
 * A table from their words to our functions, and of those there are none for what to use instead. It decides nothing.
 */
#include <string.h>
#include <strings.h>

#include "act.h"
#include "bulk.h"
#include "command.h"
#include "mem.h"

static const Option options[] = {{"event", 'E', "EVENT", "what is to happen; required"},
								 {"job", 'J', "JOB", "to this job"},
								 {"status", 's', "STATUS", "of CHANGE_STATUS: SUCCESS, FAILURE, TERMINATED"},
								 {"global", 'G', "NAME=VALUE", "of SET_GLOBAL"},
								 {"group", 'B', "TAG", "to all jobs with this tag"},
								 {"application", 'I', "NAME", "to all jobs of this application"},
								 {"time", 'T', "MOMENT", "of STARTJOB and FORCE_STARTJOB: not before"},
								 {"comment", 'C', "TEXT", "the same as --reason"},
								 {"reason", 'r', "TEXT", "why, for the history"},
								 {"machine", 'N', "EXECUTOR", "of MACH_OFFLINE and MACH_ONLINE"},
								 {"tenant", 0, "NAME", "tenant of the job"},
								 BULK_OPTIONS,
								 {0}};

static const char *const explained[] = {
	"Events are STARTJOB, FORCE_STARTJOB, KILLJOB, JOB_ON_HOLD, JOB_OFF_HOLD, JOB_ON_ICE, JOB_OFF_ICE, JOB_ON_NOEXEC,",
	"JOB_OFF_NOEXEC, CHANGE_STATUS, SET_GLOBAL, MACH_OFFLINE and MACH_ONLINE; of others it says what to use instead.",
	NULL};

#define VALUES 6

/* $1 job, $2 reason, $3 tenant, $4 moment, $5 the user's zone, $6 status, value or nothing. Each is named, used or not. */
#define USED "(($1::text, $2::text, $3::text, $4::text, $5::text, $6::text) is null)"
#define JOBS                                                                                               \
	" jobgrid.job j where j.full_name = $1::text and ($3::text is null or j.tenant = $3::text) and (" USED \
	" is not null)"

#define CALL(call)                                                                       \
	{                                                                                    \
		.sql = "select " ACT_COLUMNS " from jobgrid." call " where " USED " is not null" \
	}

/* An event about a flag that the job has not is ignored, as in AutoSys. */
#define OFF(flag, word)                                                                                        \
	{                                                                                                          \
		.sql = "select r.run_id, r.job, r.state, r.reason, r.note from jobgrid.job j cross join lateral"       \
			   " jobgrid.release(job => j.full_name, reason => $2::text, tenant => j.tenant) r"                \
			   " where j.full_name = $1::text and ($3::text is null or j.tenant = $3::text) and j." flag       \
			   " union all select null, j.full_name, null, null, 'the job is not " word ": ignored' from" JOBS \
			   " and not j." flag                                                                              \
	}

static const Query start =
	CALL("submit(job => $1, reason => $2, tenant => $3, not_before => " BULK_MOMENT("$4", "$5") ")");
static const Query force = CALL("submit(job => $1, reason => $2, tenant => $3, not_before => " BULK_MOMENT(
	"$4", "$5") ", ignore_conditions => true)");
static const Query unflag = {
	.sql = "select r.run_id, r.job, r.state, r.reason, r.note from jobgrid.job j cross join lateral"
		   " jobgrid.release(job => j.full_name, reason => $2::text, tenant => j.tenant) r"
		   " where j.full_name = $1::text and ($3::text is null or j.tenant = $3::text)"
		   " and (j.held or j.taken_out) and (" USED " is not null)"};
static const Query kill_job = CALL("cancel(job => $1, reason => $2, tenant => $3)");
static const Query on_hold = CALL("hold(job => $1, reason => $2, tenant => $3)");
static const Query off_hold = OFF("held", "on hold");
static const Query on_ice = CALL("take_out(job => $1, reason => $2, tenant => $3)");
static const Query off_ice = OFF("taken_out", "on ice");
static const Query on_noexec = CALL("bypass(job => $1, reason => $2, tenant => $3)");
static const Query off_noexec = OFF("bypassed", "on noexec");
static const Query change_status = {
	.sql = "select s.run_id, s.job, s.state, s.reason, s.note from (select r.run_id from jobgrid.run r"
		   " where r.job = $1::text and ($3::text is null or r.tenant = $3::text) and r.superseded_by is null"
		   " order by r.run_id desc limit 1) n cross join lateral"
		   " jobgrid.set_outcome(run_id => n.run_id, outcome => $6::text, reason => $2::text) s where " USED
		   " is not null"};
static const Query set_global = {
	.sql = "select name, value from jobgrid.set_value(name => split_part($6::text, '=', 1),"
		   " value => substr($6::text, strpos($6::text, '=') + 1), tenant => $3) where " USED " is not null"};
static const Query offline = {
	.sql = "select executor, state, running from jobgrid.drain_executor(executor => $6, reason => $2)"
		   " where " USED " is not null"};
static const Query online = {
	.sql = "select executor, state, running from jobgrid.resume_executor(executor => $6) where " USED " is not null"};

typedef enum About
{
	ABOUT_JOB,
	ABOUT_STATUS,
	ABOUT_GLOBAL,
	ABOUT_MACHINE
} About;

typedef struct Event
{
	const char *name;
	const Query *query;
	const char *bulk; /* the verb of bulk(), null: only for one job */
	About about;
	bool starts; /* may be later */
	bool wants_reason;
	const char *instead; /* where there is no query */
} Event;

static const Event events[] = {
	{.name = "STARTJOB", .query = &start, .starts = true},
	{.name = "FORCE_STARTJOB", .query = &force, .starts = true, .wants_reason = true},
	{.name = "KILLJOB", .query = &kill_job, .bulk = "cancel"},
	{.name = "JOB_ON_HOLD", .query = &on_hold, .bulk = "hold"},
	{.name = "JOB_OFF_HOLD", .query = &off_hold},
	{.name = "JOB_ON_ICE", .query = &on_ice, .bulk = "take_out"},
	{.name = "JOB_OFF_ICE", .query = &off_ice},
	{.name = "JOB_ON_NOEXEC", .query = &on_noexec, .bulk = "bypass"},
	{.name = "JOB_OFF_NOEXEC", .query = &off_noexec},
	{.name = "CHANGE_STATUS", .query = &change_status, .about = ABOUT_STATUS, .wants_reason = true},
	{.name = "SET_GLOBAL", .query = &set_global, .about = ABOUT_GLOBAL},
	{.name = "MACH_OFFLINE", .query = &offline, .about = ABOUT_MACHINE},
	{.name = "MACH_ONLINE", .query = &online, .about = ABOUT_MACHINE},
	{.name = "COMMENT", .instead = "Say why with the act: every verb has --reason, and jobgrid get history shows it."},
	{.name = "CHANGE_PRIORITY",
	 .instead = "Edit the job: UPDATE jobgrid.job SET priority = 'high' WHERE full_name = '...';"},
	{.name = "RESTARTJOB", .instead = "jobgrid rerun RUN"},
	{.name = "SEND_SIGNAL", .instead = "jobgrid cancel RUN stops it, jobgrid tell RUN TEXT tells it something."},
	{.name = "DELETEJOB", .instead = "DELETE FROM jobgrid.job WHERE full_name = '...';"},
	{.name = "RELEASE_RESOURCE",
	 .instead = "Tokens are free when their run has ended; jobgrid.stat_resource shows who has them."},
	{.name = "REFRESH_BROKER", .instead = "jobgrid doctor"},
	{.name = "ALARM", .instead = "jobgrid attention lists what needs somebody."},
	{.name = "STOP_DEMON", .instead = "Stop the executors, or the database server."},
};

/* Status of CHANGE_STATUS as an outcome. */
static const struct
{
	const char *status;
	const char *outcome;
} outcomes[] = {{"SUCCESS", "succeeded"}, {"FAILURE", "failed"}, {"TERMINATED", "cancelled"}};

static const Event *
find_event(const char *name)
{
	for (size_t i = 0; i < sizeof events / sizeof *events; i++)
		if (strcasecmp(events[i].name, name) == 0)
			return &events[i];
	return NULL;
}

static const char *
outcome_of(const char *status)
{
	for (size_t i = 0; status && i < sizeof outcomes / sizeof *outcomes; i++)
		if (strcasecmp(outcomes[i].status, status) == 0)
			return outcomes[i].outcome;
	return NULL;
}

static const char *
reason_of(const Args *args)
{
	return args_has(args, "reason") ? args_get(args, "reason") : args_get(args, "comment");
}

static bool
is_bulk(const Args *args)
{
	return args_has(args, "group") || args_has(args, "application");
}

static int
check_about(const Event *event, const Args *args, Failure *failure)
{
	const char *global = args_get(args, "global");

	switch (event->about)
	{
		case ABOUT_GLOBAL:
			if (!global || !strchr(global, '='))
				return fail(failure, EXIT_CODE_USAGE, "SET_GLOBAL needs -G NAME=VALUE");
			return 0;
		case ABOUT_MACHINE:
			return args_has(args, "machine") ? 0 : fail(failure, EXIT_CODE_USAGE, "%s needs -N EXECUTOR", event->name);
		case ABOUT_STATUS:
			if (!outcome_of(args_get(args, "status")))
			{
				fail(failure, EXIT_CODE_USAGE, "CHANGE_STATUS needs -s SUCCESS, FAILURE or TERMINATED");
				fail_hint(failure, "For ON_HOLD, ON_ICE and ON_NOEXEC: jobgrid hold, take-out and bypass. "
								   "For INACTIVE: jobgrid set-outcome RUN skipped");
				return -1;
			}
			break;
		case ABOUT_JOB:
			break;
	}
	if (args_has(args, "job") == is_bulk(args))
		return fail(failure, EXIT_CODE_USAGE, "%s needs either -J JOB, or -B TAG or -I APPLICATION", event->name);
	return 0;
}

static int
check_bulk(const Event *event, const Args *args, Failure *failure)
{
	if (!is_bulk(args))
		return args_has(args, "dry-run") || args_has(args, "expect")
				   ? fail(failure, EXIT_CODE_USAGE, "--dry-run and --expect go with -B and -I")
				   : 0;
	if (!event->bulk)
	{
		fail(failure, EXIT_CODE_USAGE, "%s is for one job: -J", event->name);
		fail_hint(failure, "For many: jobgrid bulk VERB --application NAME --dry-run");
		return -1;
	}
	if (!args_has(args, "dry-run") && !args_has(args, "expect"))
	{
		fail(failure, EXIT_CODE_USAGE, "either --dry-run or --expect must be given");
		fail_hint(failure, "--dry-run says what it is about; --expect N does it.");
		return -1;
	}
	return bulk_check(args, failure);
}

static int
check(const Cli *cli, const Args *args, Failure *failure)
{
	const char *name = args_get(args, "event");
	const Event *event = name ? find_event(name) : NULL;

	(void) cli;
	if (!name)
		return fail(failure, EXIT_CODE_USAGE, "option \"--event\" is required");
	if (!event || !event->query)
	{
		fail(failure, EXIT_CODE_USAGE, "jobgrid has no event \"%s\"", name);
		fail_hint(failure, "%s", event ? event->instead : "jobgrid help sendevent lists the events there are.");
		return -1;
	}
	if (check_about(event, args, failure) < 0 || check_bulk(event, args, failure) < 0)
		return -1;
	if (args_has(args, "time") && !event->starts)
	{
		fail(failure, EXIT_CODE_USAGE, "%s cannot be told for later", event->name);
		fail_hint(failure, "Of flags the end can: jobgrid hold, take-out and bypass have --until.");
		return -1;
	}
	if (event->wants_reason && !reason_of(args))
	{
		fail(failure, EXIT_CODE_USAGE, "refused: %s needs --reason", event->name);
		if (event->query == &force)
			fail_hint(failure,
					  "It ignores the conditions of the job, and still obeys its run window. "
					  "Meant: jobgrid run %s, which waits for them?",
					  args_get(args, "job"));
		return -1;
	}
	return 0;
}

/* A forced start takes a hold and an ice back. Of what that lets go on the answer tells first. */
static int
send_one(Cli *cli, const Event *event, const char *const *values, Failure *failure)
{
	PGresult *results[2] = {NULL, NULL};
	int n = 0;
	int status = 0;

	if (event->query == &force)
		status = query_ask(cli, &unflag, VALUES, values, &results[n++], failure);
	if (status == 0)
		status = query_ask(cli, event->query, VALUES, values, &results[n++], failure);
	if (status == 0 && PQntuples(results[n - 1]) == 0 && event->query != &kill_job)
	{
		fail(failure, EXIT_CODE_NOT_FOUND,
			 event->query == &change_status ? "job \"%s\" has no run" : "job \"%s\" does not exist", values[0]);
		status = -1;
	}
	if (status == 0)
		query_show(cli, event->query, results, n);
	for (int i = 0; i < n; i++)
		PQclear(results[i]);
	return status < 0 ? -1 : EXIT_CODE_OK;
}

/* The options of bulk_act() by the names that it knows. */
static int
send_bulk(Cli *cli, const Event *event, const Args *args, Failure *failure)
{
	static const Option tag = {"tag", 0, "TAG", ""};
	Args renamed = *args;
	int status;

	renamed.entries = mem_zalloc(((size_t) args->given + 1) * sizeof *renamed.entries);
	for (int i = 0; i < args->given; i++)
	{
		renamed.entries[i] = args->entries[i];
		if (strcmp(args->entries[i].option->name, "group") == 0)
			renamed.entries[i].option = &tag;
	}
	status = bulk_act(cli, event->bulk, &renamed, failure);
	free(renamed.entries);
	return status;
}

static int
sendevent(Cli *cli, const Args *args, Failure *failure)
{
	const Event *event = find_event(args_get(args, "event"));
	const char *more = event->about == ABOUT_STATUS   ? outcome_of(args_get(args, "status"))
					   : event->about == ABOUT_GLOBAL ? args_get(args, "global")
													  : args_get(args, "machine");
	const char *values[VALUES] = {args_get(args, "job"),  reason_of(args),  args_get(args, "tenant"),
								  args_get(args, "time"), db_zone(cli->db), more};

	return is_bulk(args) ? send_bulk(cli, event, args, failure) : send_one(cli, event, values, failure);
}

const Command command_sendevent = {.name = "sendevent",
								   .summary = "Do what an event of AutoSys does",
								   .usage = "-E EVENT [-J JOB] [OPTION]...",
								   .explained = explained,
								   .options = options,
								   .check = check,
								   .run = sendevent};
