/* Differences between PostgreSQL 15, 16, 17 and 18 live here and nowhere else. */
#ifndef JG_COMPAT_H
#define JG_COMPAT_H

#include "postgres.h"

#if PG_VERSION_NUM < 150000
#error "Jobgrid needs PostgreSQL 15 or later"
#endif

#if PG_VERSION_NUM >= 180000
#define jg_index_beginscan(heap, index, snapshot, nkeys) index_beginscan(heap, index, snapshot, NULL, nkeys, 0)
#else
#define jg_index_beginscan(heap, index, snapshot, nkeys) index_beginscan(heap, index, snapshot, nkeys, 0)
#endif

/* Version 18 lost the argument that says whether the portal runs once only. */
#if PG_VERSION_NUM >= 180000
#define jg_portal_run(portal, count, top, dest, altdest, qc) PortalRun(portal, count, top, dest, altdest, qc)
#else
#define jg_portal_run(portal, count, top, dest, altdest, qc) PortalRun(portal, count, top, true, dest, altdest, qc)
#endif

/* What a statement asks of a table stands in the table's entry, since version 16 in a list of its own. */
#if PG_VERSION_NUM >= 160000
#define JgPermissions RTEPermissionInfo
#define jg_permissions(query, entry) getRTEPermissionInfo((query)->rteperminfos, unconstify(RangeTblEntry *, entry))
#else
#define JgPermissions RangeTblEntry
#define jg_permissions(query, entry) (entry)
#endif

#endif
