/* Time zones that say something else than when the cursors were computed: another file, another jobgrid.time_zone. */
#include "scheduler.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "guc.h"
#include "sql.h"
#include "time/schedule.h"
#include "utils/builtins.h"
#include "worker_unit.h"
#include "zone_file.h"

#define LOOK_MS 30000

static TimestampTz look_at;

/*
 * Cursors of zones whose file says something else than when they were computed; and those that cannot fire, because what
 * stood in their way may be gone without any edit.
 */
static void
mark_changed_zones(void *arg)
{
	static JgSql errors_sql = {
		.text = "update jobgrid_engine.fire_cursor set edited = true where error is not null and next_at = 'infinity'"};
	static JgSql zones_sql = {.text = "select distinct zone, zone_stamp from jobgrid_engine.fire_cursor"
									  " where zone is not null and not edited"};
	static JgSql mark_sql = {
		.text = "update jobgrid_engine.fire_cursor set edited = true where zone = $1 and zone_stamp = $2",
		.nargs = 2,
		.types = {TEXTOID, INT8OID}};
	int n;
	char **zones;
	int64 *stamps;

	jg_sql(&errors_sql, NULL, NULL);
	n = (int) jg_sql(&zones_sql, NULL, NULL);
	zones = palloc(Max(n, 1) * sizeof(char *));
	stamps = palloc(Max(n, 1) * sizeof(int64));

	for (int i = 0; i < n; i++)
	{
		zones[i] = jg_sql_text(i, 1);
		stamps[i] = jg_sql_int64(i, 2);
	}
	for (int i = 0; i < n; i++)
	{
		int64 stamp = 0;
		Datum values[2] = {CStringGetTextDatum(zones[i]), Int64GetDatum(stamps[i])};

		if (jg_zone_load(zones[i], &stamp) == NULL || stamp != stamps[i])
			jg_sql(&mark_sql, values, NULL);
	}
}

/* Another setting is an edit of all that follow it: what they say from now on. A restart may have brought it. */
static void
rearm_followers(void *arg)
{
	static JgSql sql = {
		.text = "select jobgrid_engine.rearm(array(select c.schedule_id from jobgrid_engine.fire_cursor c"
				"  join jobgrid.schedule s on s.schedule_id = c.schedule_id"
				"  join jobgrid.job j on j.tenant = s.tenant and j.full_name = s.job"
				"  join jobgrid.tenant t on t.name = s.tenant left join jobgrid.calendar k on k.name = s.calendar"
				"  where c.zone <> coalesce(s.time_zone, j.time_zone, k.time_zone, t.time_zone, $1)"
				"   and strpos(s.schedule, c.zone) = 0))",
		.nargs = 1,
		.types = {TEXTOID}};
	Datum value = CStringGetTextDatum(jg_guc_time_zone);

	jg_sql(&sql, &value, NULL);
}

static void
follow_setting(void)
{
	static JgUnit unit = {.name = "following jobgrid.time_zone", .body = rearm_followers};
	static char zone[JG_ZONE_NAME];

	if (strncmp(zone, jg_guc_time_zone, sizeof(zone) - 1) == 0 || jg_unit_run(&unit, NULL) != JG_UNIT_DONE)
		return;
	strlcpy(zone, jg_guc_time_zone, sizeof(zone));
	look_at = 0; /* what could not fire may be able to now */
}

void
jg_scheduler_zones(void)
{
	static JgUnit unit = {.name = "looking for changed time zones", .body = mark_changed_zones};

	follow_setting();
	if (!jg_worker_is_due(look_at, LOOK_MS))
		return;
	look_at = TimestampTzPlusMilliseconds(jg_now(), LOOK_MS);
	jg_unit_run(&unit, NULL);
}
