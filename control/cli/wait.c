/*
 * Polls status() with a growing interval. A lost connection is no reason to give up: the run goes on while a server
 * restarts or another takes over, so it is opened again for a while. What "ended" means is the database's word: a run
 * that has finished_at.
 */
#include "wait.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "interrupt.h"
#include "mem.h"
#include "message.h"
#include "value.h"

#define SHORTEST_MS 100
#define LONGEST_MS 1000
#define GIVE_UP_US (60 * INT64_C(1000000))
#define FOLLOW_AGAIN_US (20 * INT64_C(1000000))
#define FOLLOW_SQL "select jobgrid.follow(run_id => $1::bigint, seconds => 30)"

#define POLL_SQL                                                                                   \
	"select run_id, job, state, reason, attempt, executor, exit_code, signal, run_time, message, " \
	"finished_at is not null as ended, started_at is not null as started from jobgrid.status(run_id => $1::bigint)"

static void
put_column(const Cli *cli, const PGresult *run, const char *column, const char *label)
{
	cleanup_free char *text = value_for_people(run, 0, PQfnumber(run, column), &cli->out, db_now(cli->db));

	if (*text)
		printf("%s%s", label, text);
}

static void
print_change(const Cli *cli, const PGresult *run)
{
	const char *state = db_value(run, 0, "state");

	put_column(cli, run, "run_id", "");
	put_column(cli, run, "job", " ");
	printf(" %s%s%s%s", terminal_colour(&cli->out, state), terminal_sign(&cli->out, state), state,
		   terminal_plain(&cli->out));
	put_column(cli, run, "reason", " ");
	if (strcmp(state, "failed") == 0)
		put_column(cli, run, "exit_code", " ");
	if (*db_value(run, 0, "started") == 't')
		put_column(cli, run, "executor", ", on ");
	if (*db_value(run, 0, "ended") == 't')
		put_column(cli, run, "run_time", ", took ");
	put_column(cli, run, "message", ": ");
	fputc('\n', stdout);
	fflush(stdout);
}

static void
say_change(const Cli *cli, const Wait *wait, const PGresult *run, char **last)
{
	cleanup_free char *now = NULL;
	const char *reason = db_value(run, 0, "reason");

	if (!wait->changes || !cli_talks_to_people(cli))
		return;
	now = mem_printf("%s %s %s", db_value(run, 0, "state"), reason ? reason : "", db_value(run, 0, "attempt"));
	if (*last && strcmp(*last, now) == 0)
		return;
	free(*last);
	*last = mem_strdup(now);
	print_change(cli, run);
}

/* Output comes at once only while somebody says that he looks on. */
static int
say_that_we_follow(Cli *cli, const Wait *wait, const PGresult *run, int64_t *next_us, Failure *failure)
{
	CLEAR_RESULT PGresult *answer = NULL;
	int64_t now_us = clock_now_us();

	/* Before the run is at work nobody hears it. */
	if (!wait->output || now_us < *next_us || strcmp(db_value(run, 0, "state"), "running") != 0)
		return 0;
	if (db_query(cli->db, FOLLOW_SQL, 1, &wait->run, &answer, failure) < 0)
	{
		if (db_is_lost(cli->db) || failure->code == EXIT_CODE_UNREACHABLE)
			return -1;
		/* On a standby, for one, nobody can be asked; then it comes a little later. */
		failure_clear(failure);
		*next_us = INT64_MAX;
		return 0;
	}
	*next_us = PQntuples(answer) > 0 && *PQgetvalue(answer, 0, 0) == 't' ? now_us + FOLLOW_AGAIN_US : 0;
	return 0;
}

/* 1: ended, 0: not yet */
static int
look(Cli *cli, const Wait *wait, WaitEnd *end, char **last, int64_t *follow_us, Failure *failure)
{
	CLEAR_RESULT PGresult *run = NULL;
	bool ended;

	if (db_query(cli->db, POLL_SQL, 1, &wait->run, &run, failure) < 0)
		return -1;
	if (PQntuples(run) == 0)
		return fail(failure, EXIT_CODE_NOT_FOUND, "run %s does not exist", wait->run);
	ended = *db_value(run, 0, "ended") == 't';
	/* Looked at first and drained second: an end is reported after its output, so nothing can be missed. */
	if (!ended)
		say_change(cli, wait, run, last);
	if (!ended && say_that_we_follow(cli, wait, run, follow_us, failure) < 0)
		return -1;
	if (wait->output && output_drain_to(cli, wait->output, (int) db_number(run, 0, "attempt", 0), failure) < 0)
		return -1;
	if (!ended)
		return 0;
	say_change(cli, wait, run, last);
	end->succeeded = strcmp(db_value(run, 0, "state"), "succeeded") == 0;
	end->exit_code = (int) db_number(run, 0, "exit_code", -1);
	end->signal = (int) db_number(run, 0, "signal", 0);
	return 1;
}

static int
reconnect(Cli *cli, const Wait *wait, int64_t lost_us, Failure *failure)
{
	if (clock_now_us() - lost_us > GIVE_UP_US)
	{
		fail_hint(failure, "Run %s goes on without this program; when the server is back: jobgrid get run %s",
				  wait->run, wait->run);
		return -1;
	}
	return db_reopen(cli->db, failure) < 0 ? 0 : 1;
}

static int
stopped(const Wait *wait, int64_t began_us, Failure *failure)
{
	if (interrupt_seen())
		fail(failure, EXIT_CODE_INTERRUPTED, "interrupted; run %s goes on", wait->run);
	else if (wait->timeout_ms && (clock_now_us() - began_us) / 1000 >= wait->timeout_ms)
		fail(failure, EXIT_CODE_TIMED_OUT, "run %s has not ended in time; it goes on", wait->run);
	else
		return 0;
	fail_hint(failure, "jobgrid logs %s -f follows it, jobgrid cancel %s ends it", wait->run, wait->run);
	return -1;
}

/* The last pause ends with the time allowed. */
static int
pause_within(const Wait *wait, int64_t began_us, int pause_ms)
{
	int64_t left_ms = wait->timeout_ms - (clock_now_us() - began_us) / 1000;

	if (wait->timeout_ms == 0 || left_ms > pause_ms)
		return pause_ms;
	return left_ms > 0 ? (int) left_ms + 1 : 0;
}

int
wait_for_end(Cli *cli, const Wait *wait, WaitEnd *end, Failure *failure)
{
	cleanup_free char *last = NULL;
	int64_t began_us = clock_now_us();
	int64_t lost_us = 0;
	int64_t follow_us = 0;
	int pause_ms = SHORTEST_MS;

	interrupt_watch();
	for (;;)
	{
		int ended = look(cli, wait, end, &last, &follow_us, failure);

		if (ended > 0)
			return 0;
		if (ended == 0)
			lost_us = 0;
		else if (!db_is_lost(cli->db) && failure->code != EXIT_CODE_UNREACHABLE)
			return -1;
		else
		{
			if (lost_us == 0)
			{
				lost_us = clock_now_us();
				message_info("connection lost, trying again");
			}
			if (reconnect(cli, wait, lost_us, failure) < 0)
				return -1;
			follow_us = 0; /* perhaps this one can be asked */
		}
		if (stopped(wait, began_us, failure) < 0)
			return -1;
		interrupt_sleep_ms(pause_within(wait, began_us, pause_ms));
		pause_ms = pause_ms * 3 / 2 < LONGEST_MS ? pause_ms * 3 / 2 : LONGEST_MS;
	}
}
