/*
 * Settings. Each is declared here, read everywhere, and changed by nobody but the server.
 *
 * Settings that shape shared memory or the workers need a restart; the rest follow a reload.
 */
#include "postgres.h"

#include "guc.h"
#include "score.h"
#include "utils/guc.h"

char *jg_guc_database;
bool jg_guc_wakeups;
int jg_guc_mode;
int jg_guc_sql_workers;
int jg_guc_max_executors;
char *jg_guc_cluster_token_file;
int jg_guc_lease;
int jg_guc_heartbeat;
int jg_guc_grace;
int jg_guc_poll_interval;
int jg_guc_score;
int jg_guc_wakeup_interval;
int jg_guc_partition_rows;
char *jg_guc_time_zone;
int jg_guc_clock;

static char *version;          /* only shown */
static int taken_out_lookback; /* read in SQL, by its name (atoms_sql.h) */

enum
{
	JG_LOOKBACK_TRUE,
	JG_LOOKBACK_IGNORED
};

static const struct config_enum_entry mode_options[] = {{"normal", JG_MODE_NORMAL, false},
														{"shadow", JG_MODE_SHADOW, false},
														{NULL, 0, false}};

static const struct config_enum_entry clock_options[] = {{"system", JG_CLOCK_SYSTEM, false},
														 {"virtual", JG_CLOCK_VIRTUAL, false},
														 {NULL, 0, false}};

static const struct config_enum_entry score_options[] = {{"balanced", JG_SCORE_BALANCED, false},
														 {"responsive", JG_SCORE_RESPONSIVE, false},
														 {NULL, 0, false}};

static void
define_int(const char *name, const char *text, int *variable, int value, int least, int most, GucContext context,
		   int flags)
{
	DefineCustomIntVariable(name, text, NULL, variable, value, least, most, context, flags, NULL, NULL, NULL);
}

static const struct config_enum_entry lookback_options[] = {{"true", JG_LOOKBACK_TRUE, false},
															{"ignored", JG_LOOKBACK_IGNORED, false},
															{NULL, 0, false}};

void
jg_guc_init(void)
{
	DefineCustomStringVariable("jobgrid.database", "Control database: the one that holds the extension.", NULL,
							   &jg_guc_database, "postgres", PGC_POSTMASTER, 0, NULL, NULL, NULL);
	DefineCustomStringVariable(
		"jobgrid.cluster_token_file", "File outside the data directory that says which cluster this is.",
		"The same on all members of one high-availability cluster; a clone without it starts held.",
		&jg_guc_cluster_token_file, "", PGC_POSTMASTER, GUC_SUPERUSER_ONLY, NULL, NULL, NULL);
	DefineCustomStringVariable("jobgrid.version", "Version of the loaded library.", NULL, &version, JOBGRID_VERSION,
							   PGC_INTERNAL, GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE, NULL, NULL, NULL);
	DefineCustomStringVariable("jobgrid.time_zone",
							   "Zone of schedules and business dates where nothing nearer names one.", NULL,
							   &jg_guc_time_zone, "UTC", PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("jobgrid.wakeups", "Wake executors when work arrives.", "Off: they find it by polling.",
							 &jg_guc_wakeups, true, PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomEnumVariable("jobgrid.mode", "normal runs jobs, shadow only records when they would start.", NULL,
							 &jg_guc_mode, JG_MODE_NORMAL, mode_options, PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomEnumVariable("jobgrid.clock", "system is the server's clock, virtual one that can be set.",
							 "With a virtual clock no executor connects: it is for rehearsals and tests.",
							 &jg_guc_clock, JG_CLOCK_SYSTEM, clock_options, PGC_POSTMASTER, 0, NULL, NULL, NULL);
	DefineCustomEnumVariable("jobgrid.score", "What the executor that is woken first is best at.", NULL, &jg_guc_score,
							 JG_SCORE_BALANCED, score_options, PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomEnumVariable("jobgrid.taken_out_lookback",
							 "What conditions of AutoSys with a lookback say of a job that is taken out.",
							 "true: they hold, whatever they ask; ignored: they are as without the lookback.",
							 &taken_out_lookback, JG_LOOKBACK_TRUE, lookback_options, PGC_SIGHUP, 0, NULL, NULL, NULL);
	define_int("jobgrid.sql_workers", "SQL jobs that may run at the same time.", &jg_guc_sql_workers, 4, 0, 64,
			   PGC_SIGHUP, 0);
	define_int("jobgrid.max_executors", "Executors that may be known at the same time.", &jg_guc_max_executors, 1024, 1,
			   65536, PGC_POSTMASTER, 0);
	define_int("jobgrid.lease", "Time an executor may be silent before its runs are in doubt.", &jg_guc_lease, 60000,
			   1000, 86400000, PGC_SIGHUP, GUC_UNIT_MS);
	define_int("jobgrid.heartbeat", "Time after which an idle executor renews its lease.", &jg_guc_heartbeat, 10000,
			   100, 3600000, PGC_SIGHUP, GUC_UNIT_MS);
	define_int("jobgrid.grace", "Time a lease gets after its end, after a lost session and after a restart.",
			   &jg_guc_grace, 30000, 0, 86400000, PGC_SIGHUP, GUC_UNIT_MS);
	define_int("jobgrid.poll_interval", "Time after which an executor with free slots looks for work unasked.",
			   &jg_guc_poll_interval, 1000, 10, 3600000, PGC_SIGHUP, GUC_UNIT_MS);
	define_int("jobgrid.wakeup_interval", "Least time between two wake-ups of one executor.", &jg_guc_wakeup_interval,
			   1, 0, 10000, PGC_SIGHUP, GUC_UNIT_MS);
	define_int("jobgrid.partition_rows", "Smallest range of run ids a partition covers.", &jg_guc_partition_rows,
			   100000, 100, 1000000000, PGC_SIGHUP, 0);
	MarkGUCPrefixReserved("jobgrid");
}
