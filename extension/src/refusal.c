/*
 * What a refused edit of a config table is told: which column it is about, and which of our roles may.
 *
 * PostgreSQL refuses by table and knows nothing of these roles. This looks when a statement is analysed, raises the error
 * that PostgreSQL would raise when it is executed, with more words, and decides nothing else: what it lets pass is checked
 * then all the same.
 */
#include "postgres.h"

#include "refusal.h"

#include "access/sysattr.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "compat.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "parser/analyze.h"
#include "parser/parse_relation.h"
#include "parser/parsetree.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"

static const char *const roles[] = {"jobgrid_submitter", "jobgrid_business", "jobgrid_operator",
									"jobgrid_author",    "jobgrid_approver", "jobgrid_admin"};

static post_parse_analyze_hook_type previous_hook;

static bool
may(Oid role, Oid table, AttrNumber column, AclMode mode)
{
	return pg_class_aclcheck(table, role, mode) == ACLCHECK_OK ||
		   (column != InvalidAttrNumber && pg_attribute_aclcheck(table, column, role, mode) == ACLCHECK_OK);
}

/* "jobgrid_author or jobgrid_admin"; NULL: none of our roles. */
static char *
who_may(Oid table, AttrNumber column, AclMode mode)
{
	const char *names[lengthof(roles)];
	int n = 0;
	StringInfoData text;

	for (int i = 0; i < (int) lengthof(roles); i++)
	{
		Oid role = get_role_oid(roles[i], true);

		if (OidIsValid(role) && may(role, table, column, mode))
			names[n++] = roles[i];
	}
	if (n == 0)
		return NULL;
	initStringInfo(&text);
	for (int i = 0; i < n; i++)
		appendStringInfo(&text, "%s%s", i == 0 ? "" : i == n - 1 ? " or " : ", ", names[i]);
	return text.data;
}

static void
refuse(Oid table, AttrNumber column, AclMode mode)
{
	const char *name = get_rel_name(table);
	char *who = who_may(table, column, mode);

	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied for table %s", name),
			 mode == ACL_DELETE ? errdetail("Its rows are not yours to delete.")
								: errdetail("Column \"%s\" is not yours to %s.", get_attname(table, column, false),
											mode == ACL_INSERT ? "set in a new row" : "change"),
			 who ? errhint("Members of %s may.", who) : errhint("Nobody does: the engine keeps it.")));
}

/* A statement that names columns is refused by the first that is not his; whoever may write the table may write them all. */
static void
check_columns(Oid table, const Bitmapset *columns, AclMode mode)
{
	int member = -1;

	if (may(GetUserId(), table, InvalidAttrNumber, mode))
		return;
	while ((member = bms_next_member(columns, member)) >= 0)
	{
		AttrNumber column = member + FirstLowInvalidHeapAttributeNumber;

		if (column > 0 && !may(GetUserId(), table, column, mode))
			refuse(table, column, mode);
	}
}

static void
look(ParseState *pstate, Query *query, JumbleState *jstate)
{
	const RangeTblEntry *entry;
	const JgPermissions *permissions;

	if (previous_hook)
		previous_hook(pstate, query, jstate);
	if (query->resultRelation == 0)
		return;
	entry = rt_fetch(query->resultRelation, query->rtable);
	if (entry->rtekind != RTE_RELATION || entry->relkind != RELKIND_RELATION ||
		get_rel_namespace(entry->relid) != get_namespace_oid("jobgrid", true))
		return;
	permissions = jg_permissions(query, entry);
	if (permissions->requiredPerms & ACL_INSERT)
		check_columns(entry->relid, permissions->insertedCols, ACL_INSERT);
	if (permissions->requiredPerms & ACL_UPDATE)
		check_columns(entry->relid, permissions->updatedCols, ACL_UPDATE);
	if ((permissions->requiredPerms & ACL_DELETE) && !may(GetUserId(), entry->relid, InvalidAttrNumber, ACL_DELETE))
		refuse(entry->relid, InvalidAttrNumber, ACL_DELETE);
}

void
jg_refusal_init(void)
{
	previous_hook = post_parse_analyze_hook;
	post_parse_analyze_hook = look;
}
