/*
 * Settings by which a session says why it edits the configuration. They are recorded with each change and believed no
 * more than that (docs/config-history.md). SQL reads them; nothing in C does.
 *
 * They end up in a table, so that they must be short and text of the database: the server does not look at what comes
 * with a connection or from ALTER ROLE.
 */
#include "postgres.h"

#include "change_setting.h"
#include "mb/pg_wchar.h"
#include "utils/guc.h"

#define FLAGS (GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE)

static char *reason;
static char *ticket;
static char *source;
static char *valid_from;
static char *break_glass;

static bool
fits(const char *value, int most)
{
	int length = (int) strlen(value);

	if (length > most)
		GUC_check_errdetail("It has %d bytes, and may have %d.", length, most);
	else if (!pg_verifymbstr(value, length, true))
		GUC_check_errdetail("It is no text in the encoding of the database.");
	else
		return true;
	return false;
}

static bool
check_reason(char **value, void **extra, GucSource from)
{
	return fits(*value, 1000);
}

static bool
check_ticket(char **value, void **extra, GucSource from)
{
	return fits(*value, 100);
}

static bool
check_source(char **value, void **extra, GucSource from)
{
	return fits(*value, 63);
}

void
jg_change_guc_init(void)
{
	DefineCustomStringVariable("jobgrid.change_reason", "Why this session edits the configuration.", NULL, &reason, "",
							   PGC_USERSET, FLAGS, check_reason, NULL, NULL);
	DefineCustomStringVariable("jobgrid.change_ticket", "Ticket under which this session edits the configuration.",
							   "A tenant may ask for one (tenant.ticket_pattern).", &ticket, "", PGC_USERSET, FLAGS,
							   check_ticket, NULL, NULL);
	DefineCustomStringVariable("jobgrid.change_valid_from",
							   "When edits of this session are to be in force; empty: at COMMIT.",
							   "A date or a time, in the zone of the job or else the tenant.", &valid_from, "",
							   PGC_USERSET, FLAGS, check_source, NULL, NULL);
	DefineCustomStringVariable("jobgrid.break_glass", "Why edits of this session do not wait for approval.",
							   "They are in force at once, and have to be reviewed.", &break_glass, "", PGC_USERSET,
							   FLAGS, check_reason, NULL, NULL);
	DefineCustomStringVariable("jobgrid.change_source", "By what means this session edits the configuration.", NULL,
							   &source, "sql", PGC_USERSET, FLAGS, check_source, NULL, NULL);
}
