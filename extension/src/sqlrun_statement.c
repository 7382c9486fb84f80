/*
 * Runs the statements of a SQL job through portals, as a session of the simple query protocol would.
 *
 * Rows go nowhere: a job that wants them kept writes them somewhere. Statements that talk to a client have nobody to
 * talk to and are refused. In transaction one the whole text is looked at before its first statement runs, so that
 * transaction control is refused with nothing done.
 */
#include "sqlrun.h"

#include "access/xact.h"
#include "compat.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "parser/analyze.h"
#include "pgstat.h"
#include "tcop/cmdtag.h"
#include "tcop/dest.h"
#include "tcop/pquery.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/portal.h"
#include "utils/snapmgr.h"

static void
refuse_clients(const Node *statement)
{
	const CopyStmt *copy = (const CopyStmt *) statement;

	if (IsA(statement, CopyStmt) && copy->filename == NULL)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("a SQL job has no client to copy %s", copy->is_from ? "from" : "to"),
						errhint("Copy from or to a file or a program, or use INSERT ... SELECT.")));
}

static void
refuse_transaction_control(const Node *statement)
{
	if (IsA(statement, TransactionStmt))
		ereport(ERROR, (errcode(ERRCODE_INVALID_TRANSACTION_TERMINATION),
						errmsg("%s is not allowed in a SQL job with transaction one",
							   GetCommandTagName(CreateCommandTag(unconstify(Node *, statement)))),
						errdetail("The job's statements and its completion commit together."),
						errhint("Set the job's transaction to none.")));
}

static void
remember(const QueryCompletion *completion, JgSqlResult *result)
{
	strlcpy(result->command_tag, GetCommandTagName(completion->commandTag), sizeof(result->command_tag));
	result->has_rows = command_tag_display_rowcount(completion->commandTag);
	result->rows = completion->nprocessed;
}

/* One statement; the caller has a transaction open, and parse and plan trees in the current context. */
static void
run_statement(RawStmt *statement, const char *command, JgSqlResult *result)
{
	CommandTag tag = CreateCommandTag(statement->stmt);
	bool snapshot = analyze_requires_snapshot(statement);
	QueryCompletion completion;
	List *trees;
	Portal portal;

	if (IsAbortedTransactionBlockState())
		ereport(ERROR, (errcode(ERRCODE_IN_FAILED_SQL_TRANSACTION),
						errmsg("current transaction is aborted, commands ignored until end of transaction block")));
	CHECK_FOR_INTERRUPTS();
	if (snapshot)
		PushActiveSnapshot(GetTransactionSnapshot());
	trees = pg_analyze_and_rewrite_fixedparams(statement, command, NULL, 0, NULL);
	trees = pg_plan_queries(trees, command, CURSOR_OPT_PARALLEL_OK, NULL);
	if (snapshot)
		PopActiveSnapshot();

	portal = CreatePortal("", true, true);
	portal->visible = false;
	InitializeQueryCompletion(&completion);
	PortalDefineQuery(portal, NULL, command, tag, trees, NULL);
	PortalStart(portal, NULL, 0, InvalidSnapshot);
	(void) jg_portal_run(portal, FETCH_ALL, true, None_Receiver, None_Receiver, &completion);
	PortalDrop(portal, false);
	if (completion.commandTag == CMDTAG_UNKNOWN)
		SetQueryCompletion(&completion, tag, 0);
	remember(&completion, result);
}

void
jg_sqlrun_statements(const char *command, bool one, JgSqlResult *result)
{
	/* Under the top: statements such as CALL and VACUUM end transactions while these trees are in use. */
	MemoryContext context = AllocSetContextCreate(TopMemoryContext, "jobgrid sql job", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	List *statements = pg_parse_query(command);
	ListCell *cell;

	memset(result, 0, sizeof(*result));
	foreach (cell, statements)
	{
		refuse_clients(lfirst_node(RawStmt, cell)->stmt);
		if (one)
			refuse_transaction_control(lfirst_node(RawStmt, cell)->stmt);
	}
	foreach (cell, statements)
	{
		if (!one)
			StartTransactionCommand();
		MemoryContextSwitchTo(context);
		run_statement(lfirst_node(RawStmt, cell), command, result);
		if (one)
			CommandCounterIncrement();
		else
			CommitTransactionCommand();
		pgstat_report_stat(false);
	}
	if (!one && IsTransactionBlock())
		ereport(ERROR, (errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
						errmsg("the job ended inside a transaction block, which is rolled back"),
						errhint("End it with COMMIT.")));
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

Datum
jg_sqlrun_result(const char *command_tag, bool has_rows, uint64 rows)
{
	StringInfoData text;

	initStringInfo(&text);
	if (!has_rows)
		appendStringInfo(&text, "{\"command_tag\": \"%s\"}", command_tag);
	else
		appendStringInfo(&text, "{\"command_tag\": \"%s%s " UINT64_FORMAT "\", \"rows\": " UINT64_FORMAT "}",
						 command_tag, strcmp(command_tag, "INSERT") == 0 ? " 0" : "", rows, rows);
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(text.data));
}
