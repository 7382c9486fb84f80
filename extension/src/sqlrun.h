/* Running the text of a SQL job, inside the process that is its session. */
#ifndef JG_SQLRUN_H
#define JG_SQLRUN_H

#include "postgres.h"

#define JG_SQL_OUTPUT 65536

/* What a run is made of; lies in a dynamic segment, because a command may have 1 MB. Offsets are into text. */
typedef struct JgSqlSpec
{
	int encoding; /* of the texts: the control database's */
	uint32 command;
	uint32 parameters;
	uint32 business_date;
	uint32 previous_business_date;
	bool month_end;
	bool quarter_end;
	uint32 job;
	uint32 output_limit;  /* of the notices kept, at most their room */
	uint32 output_length; /* written by the worker, read after its exit */
	uint32 errors_length;
	char output[JG_SQL_OUTPUT];     /* notices: stream e */
	char errors[JG_SQL_OUTPUT / 4]; /* how it failed: stream j */
	char text[FLEXIBLE_ARRAY_MEMBER];
} JgSqlSpec;

/* The last statement's tag and, where the tag has one, count of rows. */
typedef struct JgSqlResult
{
	char command_tag[64];
	bool has_rows;
	uint64 rows;
} JgSqlResult;

/* Settings that a run can read with current_setting(): jobgrid.run_id and others. */
extern void jg_sqlrun_guc_init(void); /* from _PG_init */
typedef struct JgSqlRun
{
	int64 run_id;
	int32 attempt;
	const char *business_date;
	const char *previous_business_date;
	bool month_end;
	bool quarter_end;
	const char *parameters;
} JgSqlRun;
extern void jg_sqlrun_set(const JgSqlRun *run);

/*
 * Runs the statements of a command. one: in the transaction that is open, no transaction control; else each in its own,
 * or as their BEGIN and COMMIT say. Raises what they raise.
 */
extern void jg_sqlrun_statements(const char *command, bool one, JgSqlResult *result);

/* The result as the run keeps it: {"command_tag": ..., "rows": ...}. */
extern Datum jg_sqlrun_result(const char *command_tag, bool has_rows, uint64 rows);

#endif
