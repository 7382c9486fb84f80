/*
 * How long from sending a submit's COMMIT to the first instruction of the process that it asked for. Prints one sample
 * a line, in milliseconds. Usage: start_probe SAMPLES FIFO SUBMIT IDLE (PG* variables say where)
 *
 * SUBMIT is the statement that submits the job which runs child with FIFO; IDLE asks whether nothing is under way any
 * more: the next sample must not find the end of the last one still being reported.
 */
#include "arrival.h"
#include "session.h"

static void
wait_until_idle(PGconn *session, const char *idle)
{
	int64_t limit = now_ns() + 30 * INT64_C(1000000000);

	while (!session_ask(session, idle))
	{
		if (now_ns() > limit)
			stop_with("not idle", "the last run did not end within 30 s");
		sleep_ns(5000000);
	}
}

static int64_t
sample(PGconn *session, int arrivals)
{
	int64_t began;
	int64_t started;
	PGresult *result;

	session_run(session, "begin");
	session_check(session, PQexecPrepared(session, "submit", 0, NULL, NULL, NULL, 0));
	began = now_ns();
	if (!PQsendQuery(session, "commit"))
		stop_with("could not send", PQerrorMessage(session));
	started = arrival_wait(arrivals);
	while ((result = PQgetResult(session)) != NULL)
		session_check(session, result);
	return started - began;
}

int
main(int argc, char **argv)
{
	PGconn *session;
	int samples;
	int arrivals;
	uint32_t seed = 1;

	if (argc != 5)
		stop_with("usage", "start_probe SAMPLES FIFO SUBMIT IDLE");
	samples = count_from(argv[1]);
	arrivals = arrival_open(argv[2]);
	session = session_open();
	session_check(session, PQprepare(session, "submit", argv[3], 0, NULL));

	for (int i = 0; i < samples; i++)
	{
		wait_until_idle(session, argv[4]);
		sleep_between_samples(&seed);
		printf("%.4f\n", (double) sample(session, arrivals) / 1e6);
	}
	PQfinish(session);
	return 0;
}
