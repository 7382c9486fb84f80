/*
 * Who acts, and what he may see.
 *
 * Inside SECURITY DEFINER functions current_user is the owner, so identity is read from the session: session_user, or
 * the role a gateway's session has set (SET ROLE), seen through any number of definer functions.
 *
 * In one place that would be somebody else: maintenance of a table runs functions that its owner has written, as the
 * owner, in the session of whoever maintains it, which may be a superuser's or autovacuum's. There nobody acts.
 */
#include "identity.h"

#include "catalog/pg_type.h"
#include "errors.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "sql.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "worker.h"

PG_FUNCTION_INFO_V1(jobgrid_actor_role);
PG_FUNCTION_INFO_V1(jobgrid_visible_tenants);

/* Membership that a superuser does not have by being one. */
static bool
is_plain_member(Oid member, const char *role)
{
	Oid roleid = get_role_oid(role, true);

	return OidIsValid(roleid) && is_member_of_role_nosuper(member, roleid);
}

/* Whose edit is being applied; InvalidOid: the session's own. */
static Oid stands_for = InvalidOid;

Oid
jg_stand_for(Oid person)
{
	Oid before = stands_for;

	stands_for = person;
	return before;
}

Oid
jg_session_user(void)
{
	if (InSecurityRestrictedOperation() && !jg_in_worker())
		ereport(ERROR, (errcode(ERRCODE_JG_NOT_ALLOWED), errmsg("nobody acts while a table is maintained"),
						errdetail("ANALYZE, VACUUM, CREATE INDEX, REINDEX, CLUSTER and REFRESH MATERIALIZED VIEW run"
								  " functions of the table's owner in the session of somebody else."),
						errhint("Use no function and no view of jobgrid in an index or a materialized view.")));
	return GetSessionUserId();
}

Oid
jg_actor(void)
{
	Oid session = jg_session_user();

	if (OidIsValid(stands_for))
		return stands_for;
	if (is_plain_member(session, "jobgrid_gateway"))
		return GetOuterUserId();
	return session;
}

char *
jg_session_role(void)
{
	return GetUserNameFromId(jg_session_user(), false);
}

char *
jg_act_as(void)
{
	Oid actor = jg_actor();

	return actor == GetSessionUserId() ? NULL : GetUserNameFromId(actor, false);
}

Datum
jg_visible_tenants(bool *isnull)
{
	static JgSql sql = {
		.text = "select t.tenant_id, m.database_role from jobgrid.team m join jobgrid.tenant t on t.name = m.tenant"};
	Oid actor = jg_actor();
	JgArray tenants;
	uint64 n;

	*isnull =
		superuser_arg(actor) || is_plain_member(actor, "jobgrid_admin") || is_plain_member(actor, "jobgrid_auditor");
	if (*isnull)
		return (Datum) 0;
	n = jg_sql(&sql, NULL, NULL);
	tenants = jg_array(INT4OID, (int) n);
	for (uint64 i = 0; i < n; i++)
	{
		if (is_plain_member(actor, jg_sql_text(i, 2)))
			jg_array_add(&tenants, Int32GetDatum(jg_sql_int32(i, 1)));
	}
	return jg_array_datum(&tenants);
}

Datum
jobgrid_actor_role(PG_FUNCTION_ARGS)
{
	Name name = palloc0(sizeof(NameData));

	namestrcpy(name, GetUserNameFromId(jg_actor(), false));
	PG_RETURN_NAME(name);
}

/* All tenants for those who see all, so that callers need no second case. */
Datum
jobgrid_visible_tenants(PG_FUNCTION_ARGS)
{
	static JgSql all = {.text = "select coalesce(array_agg(tenant_id), '{}') from jobgrid.tenant"};
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext old;
	bool everything;
	Datum tenants;
	ArrayType *copy;

	SPI_connect();
	tenants = jg_visible_tenants(&everything);
	if (everything)
	{
		jg_sql(&all, NULL, NULL);
		tenants = jg_sql_datum(0, 1, &everything);
	}
	old = MemoryContextSwitchTo(caller);
	copy = DatumGetArrayTypePCopy(tenants);
	MemoryContextSwitchTo(old);
	SPI_finish();
	PG_RETURN_ARRAYTYPE_P(copy);
}
