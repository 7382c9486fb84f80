/*
 * Jobs near those that were edited: what they wait for, and what that waits for; or who waits for them. A circle through one of
 * them lies in both, so that the one that comes to its end first is enough, and an edit costs what is around it and not what
 * the tenant has.
 *
 * A node is a job, or of a workflow its start or its end; see cycle.c. What is found may be more than there is on circles.
 */
#include "cycle_near.h"

#include "catalog/pg_type.h"
#include "sql.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#define MOST_EDITED 1000
#define MOST_NODES 5000
#define MOST_LEVELS 100

typedef struct Place
{
	int32 job_id;
	bool workflow;
	bool end; /* of a workflow */
} Place;

typedef struct Search
{
	bool up;
	HTAB *seen; /* of Place */
	int nseen;
	int nnew; /* found in this level */
	Place found[MOST_NODES];
	bool over; /* nothing more is to be found */
} Search;

/* Of nodes: job_id, whether it is a workflow, whether its end is meant. $3 is how many there may be. */
#define KIND(id) \
	" cross join lateral (select k.kind = 'workflow' as workflow from jobgrid.job k where k.job_id = " id " offset 0) k"
#define STEPS                                                                                                \
	" cross join lateral (select w.tenant, w.full_name from jobgrid.job w where w.job_id = u.id offset 0) w" \
	" cross join lateral (select s.job_id, s.kind = 'workflow' as workflow from jobgrid.job s"               \
	"  where s.tenant = w.tenant and s.parent = w.full_name offset 0) s"
#define PARENT                                                                                            \
	" cross join lateral (select j.tenant, j.parent from jobgrid.job j where j.job_id = u.id offset 0) j" \
	" cross join lateral (select p.job_id from jobgrid.job p where p.tenant = j.tenant and p.full_name = j.parent offset 0) p"

/* $1: starts, and jobs that are no workflows; $2: ends. */
static JgSql up_sql = {
	.text =
		"select e.upstream_id, k.workflow, k.workflow from unnest($1) u(id) cross join lateral (select e.upstream_id"
		" from jobgrid_engine.job_edge e where e.job_id = u.id and " JG_CYCLE_EDGE " offset 0) e" KIND(
			"e.upstream_id") " union all select p.job_id, true, false from unnest($1) u(id)" PARENT
							 " union all select s.job_id, s.workflow, s.workflow from unnest($2) u(id)" STEPS
							 " limit $3",
	.nargs = 3,
	.types = {INT4ARRAYOID, INT4ARRAYOID, INT4OID},
	.indexed = true};

/* $1: starts of workflows; $2: ends, and jobs that are none. */
static JgSql down_sql = {
	.text = "select s.job_id, s.workflow, false from unnest($1) u(id)" STEPS
			" union all select e.job_id, k.workflow, false from unnest($2) u(id) cross join lateral (select e.job_id"
			" from jobgrid_engine.job_edge e where e.upstream_id = u.id and " JG_CYCLE_EDGE
			" offset 0) e" KIND("e.job_id") " union all select p.job_id, true, true from unnest($2) u(id)" PARENT
											" limit $3",
	.nargs = 3,
	.types = {INT4ARRAYOID, INT4ARRAYOID, INT4OID},
	.indexed = true};

/* False: there is no room for more. */
static bool
add(Search *search, int32 job_id, bool workflow, bool end)
{
	Place node;
	bool found;

	memset(&node, 0, sizeof(node)); /* padding is part of the key */
	node.job_id = job_id;
	node.workflow = workflow;
	node.end = end;
	(void) hash_search(search->seen, &node, HASH_ENTER, &found);
	if (found)
		return true;
	if (search->nseen == MOST_NODES)
		return false;
	search->found[search->nseen++] = node;
	/* A workflow's end waits for its start. */
	return !workflow || end != search->up || add(search, job_id, workflow, !end);
}

/* One level more. False: too many. */
static bool
expand(Search *search)
{
	int first = search->nseen - search->nnew;
	JgArray columns[2] = {jg_array(INT4OID, search->nnew), jg_array(INT4OID, search->nnew)};
	Datum values[3] = {(Datum) 0, (Datum) 0, Int32GetDatum(MOST_NODES + 1)};
	int before = search->nseen;
	int n;

	for (int i = first; i < before; i++)
	{
		const Place *node = &search->found[i];
		bool second = search->up ? node->end : node->end || !node->workflow;

		jg_array_add(&columns[second], Int32GetDatum(node->job_id));
	}
	for (int i = 0; i < 2; i++)
		values[i] = jg_array_datum(&columns[i]);
	n = (int) jg_sql(search->up ? &up_sql : &down_sql, values, NULL);
	if (n > MOST_NODES)
		return false;
	for (int i = 0; i < n; i++)
		if (!add(search, jg_sql_int32(i, 1), jg_sql_bool(i, 2), jg_sql_bool(i, 3)))
			return false;
	search->nnew = search->nseen - before;
	search->over = search->nnew == 0;
	return true;
}

static Search *
begin(bool up, const int32 *job_ids, int n)
{
	static JgSql sql = {.text = "select u.id, k.workflow from unnest($1) u(id)" KIND("u.id"),
						.nargs = 1,
						.types = {INT4ARRAYOID},
						.indexed = true};
	HASHCTL ctl = {.keysize = sizeof(Place), .entrysize = sizeof(Place), .hcxt = CurrentMemoryContext};
	Search *search = palloc0(sizeof(Search));
	Datum value = jg_array_int4(job_ids, n);
	int found = (int) jg_sql(&sql, &value, NULL);

	search->up = up;
	search->seen = hash_create("jobgrid jobs near an edit", 256, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	for (int i = 0; i < found; i++)
	{
		bool workflow = jg_sql_bool(i, 2);

		(void) add(search, jg_sql_int32(i, 1), workflow, false);
		if (workflow)
			(void) add(search, jg_sql_int32(i, 1), workflow, true);
	}
	search->nnew = search->nseen;
	search->over = found == 0;
	return search;
}

bool
jg_cycle_near(const int32 *job_ids, int n, int32 **near, int *nnear)
{
	Search *searches[2];
	bool going[2] = {true, true};

	if (n > MOST_EDITED)
		return false;
	for (int i = 0; i < 2; i++)
		searches[i] = begin(i == 0, job_ids, n);
	for (int level = 0; level < MOST_LEVELS; level++)
	{
		for (int i = 0; i < 2; i++)
		{
			Search *search = searches[i];

			if (search->over)
			{
				*nnear = search->nseen;
				*near = palloc(Max(search->nseen, 1) * sizeof(int32));
				for (int k = 0; k < search->nseen; k++)
					(*near)[k] = search->found[k].job_id;
				return true;
			}
			going[i] = going[i] && expand(search);
		}
		if (!going[0] && !going[1])
			return false;
	}
	return false;
}
