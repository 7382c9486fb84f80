/*
 * heartbeat.c - how this executor is, told to the database.
 */
#include "heartbeat.h"

#include <inttypes.h>
#include <stdio.h>

#include "load.h"
#include "pgbinary.h"

static const char *
format_load(char text[32], double value)
{
	if (value < 0)
		return NULL;
	snprintf(text, 32, "%.4f", value);
	return text;
}

void
heartbeat_send(PgConn *conn, int64_t free_slots, const char *problem, PgAnswerCallback callback)
{
	char slots[32];
	char text[3][32];
	PgParameter parameters[] = {{.type = PG_INT4, .value = slots},
								{.type = PG_FLOAT4},
								{.type = PG_FLOAT4},
								{.type = PG_FLOAT4},
								{.type = PG_TEXT, .value = problem}};
	Load load;

	load_measure(&load);
	snprintf(slots, sizeof(slots), "%" PRId64, free_slots);
	parameters[1].value = format_load(text[0], load.cpu);
	parameters[2].value = format_load(text[1], load.memory);
	parameters[3].value = format_load(text[2], load.load);
	pgconn_call(conn, "select jobgrid_engine.heartbeat($1, $2, $3, $4, $5) as orders", 5, parameters, callback, NULL);
}
