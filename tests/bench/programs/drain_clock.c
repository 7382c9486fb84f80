/*
 * How long from letting work go to the end of the last of it: sends GO, then asks DONE every 20 ms until it is true.
 * Prints seconds. Usage: drain_clock LIMIT_S GO DONE (PG* variables say where)
 *
 * DONE must be cheap: it runs beside what is measured. The clock starts before GO is sent.
 */
#include "session.h"

int
main(int argc, char **argv)
{
	PGconn *session;
	int64_t began;
	int64_t limit;

	if (argc != 4)
		stop_with("usage", "drain_clock LIMIT_S GO DONE");
	limit = count_from(argv[1]) * INT64_C(1000000000);
	session = session_open();

	began = now_ns();
	session_run(session, argv[2]);
	while (!session_ask(session, argv[3]))
	{
		if (now_ns() - began > limit)
			stop_with("not drained", "time is over");
		sleep_ns(20000000);
	}
	printf("%.4f\n", (double) (now_ns() - began) / 1e9);
	PQfinish(session);
	return 0;
}
