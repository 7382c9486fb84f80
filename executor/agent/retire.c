/*
 * retire.c - how an agent makes room for the next one while the jobs run on.
 *
 * Whatever is lost with an agent is settled by the next one's hello, but for output that was read from a pipe and has not
 * been shipped, and what jobs have told. So no more is read, what was read is shipped, and the answer under way is taken.
 */
#include "retire.h"

#include "clock.h"
#include "control.h"
#include "hearing.h"
#include "log.h"
#include "output.h"

#define PATIENCE_US INT64_C(4000000)
#define LOOK_US INT64_C(5000)

static struct
{
	Loop *loop;
	size_t (*backlog)(void);
	int64_t until;
	Timer timer;
} retire;

static void
look(void *arg)
{
	bool late = clock_now_us() >= retire.until;

	(void) arg;
	if (late)
		log_warnx("output that could not be shipped in time is lost");
	if (late || (control_retired() && output_shipped() && hearing_shipped() && retire.backlog() == 0))
		loop_stop(retire.loop);
	else
		loop_timer_in(retire.loop, &retire.timer, LOOK_US, look, NULL);
}

void
retire_begin(Loop *loop, size_t (*backlog)(void))
{
	retire.loop = loop;
	retire.backlog = backlog;
	retire.until = clock_now_us() + PATIENCE_US;
	control_retire();
	output_retire();
	hearing_retire();
	look(NULL);
}
