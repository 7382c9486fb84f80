/*
 * Edits that somebody has proposed, done by somebody else: with the privileges, and under the row-level security, of who
 * proposed them. Only SQL functions of the extension call this, with statements that they have built (edit_statement()).
 */
#include "postgres.h"

#include "args.h"
#include "errors.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "identity.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(jobgrid_edit_as);
PG_FUNCTION_INFO_V1(jobgrid_applied_role);

static Oid applied_role = InvalidOid;

static Oid
role_of(const char *name)
{
	Oid role = get_role_oid(name, true);

	if (!OidIsValid(role))
		ereport(ERROR, (errcode(ERRCODE_JG_WRONG_STATE),
						errmsg("role \"%s\", which proposed the edit, does not exist any more", name)));
	return role;
}

/* edit_as(person, edit_role, statement): the number of rows */
Datum
jobgrid_edit_as(PG_FUNCTION_ARGS)
{
	const char *names[] = {"person", "edit_role", "statement"};
	Oid person;
	Oid role;
	Oid user;
	Oid before;
	Oid role_before = applied_role;
	int context;
	char *statement;
	volatile uint64 rows = 0;

	for (int i = 0; i < (int) lengthof(names); i++)
		jg_arg_require(fcinfo, i, names[i]);
	person = role_of(jg_arg_text(fcinfo, 0));
	role = role_of(jg_arg_text(fcinfo, 1));
	if (!is_member_of_role(person, role))
		ereport(ERROR, (errcode(ERRCODE_JG_NOT_ALLOWED),
						errmsg("\"%s\" is not a member of role \"%s\" any more", jg_arg_text(fcinfo, 0),
							   jg_arg_text(fcinfo, 1)),
						errdetail("The edit was proposed with the privileges of that role."),
						errhint("Reject it, and let somebody propose it anew.")));
	statement = jg_arg_text(fcinfo, 2);
	SPI_connect();
	GetUserIdAndSecContext(&user, &context);
	before = jg_stand_for(person);
	applied_role = role;
	SetUserIdAndSecContext(role, context | SECURITY_LOCAL_USERID_CHANGE);
	PG_TRY();
	{
		int rc = SPI_execute(statement, false, 0);

		if (rc < 0)
			elog(ERROR, "could not execute \"%s\": %s", statement, SPI_result_code_string(rc));
		rows = SPI_processed;
	}
	PG_FINALLY();
	{
		SetUserIdAndSecContext(user, context);
		applied_role = role_before;
		jg_stand_for(before);
	}
	PG_END_TRY();
	SPI_finish();
	PG_RETURN_INT64((int64) rows);
}

/* applied_role(): whose the edit is that asks, if it is one of edit_as(), which is not to be withheld again */
Datum
jobgrid_applied_role(PG_FUNCTION_ARGS)
{
	Name name;

	if (!OidIsValid(applied_role))
		PG_RETURN_NULL();
	name = palloc0(sizeof(NameData));
	namestrcpy(name, GetUserNameFromId(applied_role, false));
	PG_RETURN_NAME(name);
}
