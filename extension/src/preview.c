/*
 * What the edits of the current transaction change: all starts of schedules, as they are for everybody else and as they would be
 * after COMMIT.
 *
 * Both sides are computed from rows alone, once as the transaction sees them and once as they were before it, so that it does
 * not matter which table was edited. Only schedules of which something differs are computed.
 */
#include "postgres.h"

#include "args.h"
#include "clock.h"
#include "errors.h"
#include "fmgr.h"
#include "funcapi.h"
#include "identity.h"
#include "miscadmin.h"
#include "preview_side.h"
#include "sql.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"
#include "zone_file.h"

#define STARTS_MOST 20000  /* of a schedule */
#define STARTS_ALL 2000000 /* of all */
#define COLLISIONS_MOST 100

PG_FUNCTION_INFO_V1(jobgrid_compare_starts);

typedef struct Change
{
	const JgPreviewSchedule *schedule;
	TimestampTz was;     /* DT_NOEND: none */
	TimestampTz becomes; /* DT_NOEND: none */
} Change;

typedef struct Changes
{
	Change *list;
	int64 n;
	int64 room;
	int64 budget; /* of starts that may still be computed */
} Changes;

typedef struct Load
{
	JgPreviewSide *side;
	Datum tenants;
	bool all;
} Load;

static void
load(void *arg)
{
	Load *wanted = arg;

	jg_preview_load(wanted->side, wanted->tenants, wanted->all);
}

static void
add_change(Changes *changes, const JgPreviewSchedule *schedule, TimestampTz was, TimestampTz becomes)
{
	if (changes->n == changes->room)
	{
		changes->room *= 2;
		changes->list = repalloc_huge(changes->list, changes->room * sizeof(Change));
	}
	changes->list[changes->n++] = (Change){schedule, was, becomes};
}

/* Takes out what both have; both ascend. */
static void
drop_common(JgStarts *before, JgStarts *after)
{
	int b = 0;
	int a = 0;
	int kept_b = 0;
	int kept_a = 0;

	while (b < before->n || a < after->n)
	{
		if (a == after->n || (b < before->n && before->at[b] < after->at[a]))
			before->at[kept_b++] = before->at[b++];
		else if (b == before->n || after->at[a] < before->at[b])
			after->at[kept_a++] = after->at[a++];
		else
		{
			b++;
			a++;
		}
	}
	before->n = kept_b;
	after->n = kept_a;
}

/* A start that goes and one that comes on the same day, in their order, are one that moves. */
static void
pair(Changes *changes, const JgPreviewSchedule *schedule, const JgStarts *before, const JgStarts *after)
{
	int64 stamp;
	const JgZone *zone = jg_zone_load(schedule->text.time_zone, &stamp);
	int b = 0;
	int a = 0;

	while (b < before->n || a < after->n)
	{
		DateADT day_before = b < before->n && zone ? jg_zone_day(zone, before->at[b], 0) : DATEVAL_NOEND;
		DateADT day_after = a < after->n && zone ? jg_zone_day(zone, after->at[a], 0) : DATEVAL_NOEND;

		if (b < before->n && a < after->n && day_before == day_after)
			add_change(changes, schedule, before->at[b++], after->at[a++]);
		else if (a == after->n || (b < before->n && day_before < day_after))
			add_change(changes, schedule, before->at[b++], DT_NOEND);
		else
			add_change(changes, schedule, DT_NOEND, after->at[a++]);
	}
}

static bool
same_days(const JgWorkdays *a, const JgWorkdays *b)
{
	return a == b || (a != NULL && b != NULL && jg_workdays_equal(a, b));
}

static void
put(ReturnSetInfo *result, const char *what, const JgPreviewSchedule *schedule, TimestampTz was, TimestampTz becomes,
	char *detail)
{
	Datum values[7] = {CStringGetTextDatum(what)};
	bool nulls[7] = {false,           schedule == NULL,    schedule == NULL, schedule == NULL,
					 was == DT_NOEND, becomes == DT_NOEND, detail == NULL};

	if (schedule != NULL)
	{
		values[1] = CStringGetTextDatum(schedule->tenant);
		values[2] = CStringGetTextDatum(schedule->job);
		values[3] = CStringGetTextDatum(schedule->name);
	}
	values[4] = TimestampTzGetDatum(was);
	values[5] = TimestampTzGetDatum(becomes);
	if (detail != NULL)
		values[6] = CStringGetTextDatum(detail);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static bool
shares_token(const JgPreviewSchedule *a, const JgPreviewSchedule *b)
{
	for (int i = 0; i < a->ntokens; i++)
		for (int j = 0; j < b->ntokens; j++)
			if (strcmp(a->tokens[i], b->tokens[j]) == 0)
				return true;
	return false;
}

/* Starts of a changed schedule at the moment of another's that it gets in the way of: of the same job, or for the same token. */
static void
warn_of_collisions(ReturnSetInfo *result, const JgPreviewSide *side, const JgPreviewSchedule *schedule,
				   const JgStarts *added, TimestampTz after, TimestampTz until, int *left)
{
	/* As many starts again for each other schedule: kept, they would be more than a server has memory for. */
	MemoryContext pair_context =
		AllocSetContextCreate(CurrentMemoryContext, "jobgrid starts of another schedule", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(pair_context);

	for (int i = 0; added->n > 0 && i<side->n && * left> 0; i++)
	{
		const JgPreviewSchedule *other = &side->schedules[i];
		JgStarts starts;
		TimestampTz first = DT_NOEND;
		int n = 0;

		if (other == schedule || (other->job_id != schedule->job_id && !shares_token(other, schedule)))
			continue;
		MemoryContextReset(pair_context);
		starts = jg_preview_starts(side, other, after, until, STARTS_MOST);
		for (int s = 0, a = 0; s < starts.n && a < added->n;)
		{
			if (starts.at[s] == added->at[a])
			{
				first = Min(first, starts.at[s]);
				n++;
				s++;
				a++;
			}
			else if (starts.at[s] < added->at[a])
				s++;
			else
				a++;
		}
		if (n == 0)
			continue;
		(*left)--;
		put(result, "warning", schedule, DT_NOEND, first,
			other->job_id == schedule->job_id
				? psprintf("starts at the same moment as schedule \"%s\" of the job, %d times", other->name, n)
				: psprintf("starts at the same moment as job \"%s\", %d times; both need the same token", other->job,
						   n));
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(pair_context);
}

static void
warn_of_silence(ReturnSetInfo *result, const JgPreviewSchedule *schedule, const JgStarts *starts)
{
	if (!schedule->enabled || starts->n > 0)
		return;
	if (starts->fires == 0)
		put(result, "warning", schedule, DT_NOEND, DT_NOEND, pstrdup("does not fire in all that time"));
	else if (schedule->run_window != NULL)
		put(result, "warning", schedule, DT_NOEND, DT_NOEND,
			psprintf("all its fires fall outside the run window %s or into blackouts: it starts nothing",
					 schedule->run_window));
	else
		put(result, "warning", schedule, DT_NOEND, DT_NOEND,
			pstrdup("all its fires fall into blackouts: it starts nothing"));
}

/* One schedule, of which either side may be missing. False: it is the same on both. */
static bool
compare(ReturnSetInfo *result, Changes *changes, const JgPreviewSide *sides, const JgPreviewSchedule *before,
		const JgPreviewSchedule *after, TimestampTz since, TimestampTz until, int *collisions)
{
	int most = (int) Max(Min(changes->budget / 2, STARTS_MOST), 0);
	JgStarts old = {0};
	JgStarts new = {0};

	if (before != NULL && after != NULL && strcmp(before->says, after->says) == 0 &&
		same_days(before->workdays, after->workdays))
		return false;
	if (before != NULL)
		old = jg_preview_starts(&sides[0], before, since, until, most);
	if (after != NULL)
		new = jg_preview_starts(&sides[1], after, since, until, most);
	changes->budget -= old.fires + new.fires;
	if (old.cut || new.cut)
	{
		/* What one side has not got to yet is no difference. */
		TimestampTz end = Min(old.cut && old.n > 0 ? old.at[old.n - 1] : DT_NOEND,
							  new.cut &&new.n > 0 ? new.at[new.n - 1] : DT_NOEND);

		put(result, "warning", after ? after : before, DT_NOEND, end,
			pstrdup("has more starts than are compared: up to this one"));
		while (old.n > 0 && old.at[old.n - 1] > end)
			old.n--;
		while (new.n > 0 && new.at[new.n - 1] > end)
			new.n--;
	}
	if (after != NULL)
		warn_of_silence(result, after, &new);
	drop_common(&old, &new);
	if (after != NULL)
		warn_of_collisions(result, &sides[1], after, &new, since, until, collisions);
	pair(changes, after ? after : before, &old, &new);
	return true;
}

static int
compare_changes(const void *a, const void *b)
{
	const Change *x = a;
	const Change *y = b;
	TimestampTz at_x = Min(x->was, x->becomes);
	TimestampTz at_y = Min(y->was, y->becomes);

	if (at_x != at_y)
		return at_x < at_y ? -1 : 1;
	if (x->schedule->schedule_id != y->schedule->schedule_id)
		return x->schedule->schedule_id < y->schedule->schedule_id ? -1 : 1;
	return 0;
}

static void
put_changes(ReturnSetInfo *result, Changes *changes, int schedules, TimestampTz until, int n)
{
	static const char *const kinds[] = {"added", "removed", "moved"};
	int64 told[lengthof(kinds)] = {0};
	int64 added = 0;
	int64 removed = 0;
	int64 moved = 0;

	qsort(changes->list, changes->n, sizeof(Change), compare_changes);
	for (int64 i = 0; i < changes->n; i++)
	{
		if (changes->list[i].was == DT_NOEND)
			added++;
		else if (changes->list[i].becomes == DT_NOEND)
			removed++;
		else
			moved++;
	}
	put(result, "count", NULL, DT_NOEND, until,
		psprintf("%d schedule%s changed: %lld starts added, %lld removed, %lld moved", schedules,
				 schedules == 1 ? "" : "s", (long long) added, (long long) removed, (long long) moved));
	/* So many of each: a holiday that goes is not to be hidden by all that moves. */
	for (int64 i = 0; i < changes->n; i++)
	{
		const Change *change = &changes->list[i];
		int kind = change->was == DT_NOEND ? 0 : change->becomes == DT_NOEND ? 1 : 2;

		if (told[kind]++ < n)
			put(result, kinds[kind], change->schedule, change->was, change->becomes, NULL);
	}
}

/* compare_starts(since, until, n): count, warnings and the first n changes of starts between the two, of the caller's tenants */
Datum
jobgrid_compare_starts(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	JgPreviewSide sides[2];
	Load before = {.side = &sides[0]};
	Changes changes = {.room = 256, .budget = STARTS_ALL};
	TimestampTz since;
	TimestampTz until;
	int collisions = COLLISIONS_MOST;
	int schedules = 0;
	int b = 0;
	int a = 0;

	jg_arg_require(fcinfo, 0, "since");
	jg_arg_require(fcinfo, 1, "until");
	jg_arg_require(fcinfo, 2, "n");
	since = PG_GETARG_TIMESTAMPTZ(0);
	until = PG_GETARG_TIMESTAMPTZ(1);
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	before.tenants = jg_visible_tenants(&before.all);
	if (before.all)
		before.tenants = jg_array_int4(NULL, 0);
	jg_sql_before(load, &before);
	jg_preview_load(&sides[1], before.tenants, before.all);
	changes.list = palloc(changes.room * sizeof(Change));
	while (b < sides[0].n || a < sides[1].n)
	{
		int64 next_old = b < sides[0].n ? sides[0].schedules[b].schedule_id : PG_INT64_MAX;
		int64 next_new = a < sides[1].n ? sides[1].schedules[a].schedule_id : PG_INT64_MAX;
		const JgPreviewSchedule *old = next_old <= next_new ? &sides[0].schedules[b++] : NULL;
		const JgPreviewSchedule *new = next_new <= next_old ? &sides[1].schedules[a++] : NULL;

		CHECK_FOR_INTERRUPTS();
		schedules += compare(result, &changes, sides, old, new, since, until, &collisions);
	}
	put_changes(result, &changes, schedules, until, Max(PG_GETARG_INT32(2), 0));
	SPI_finish();
	return (Datum) 0;
}
