/*
 * How a job ended: what was ours goes before what the kernel did, that before what the job did; and of two measurements
 * the larger one counts.
 */
#include "keeper/outcome.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

static void
check(const char *what, Outcome outcome, MsgEvent event, int exit_code, int signo)
{
	MsgEnded ended = {.run_us = 5};

	outcome_fill(&outcome, &ended);
	ok(ended.event == (int32_t) event && ended.exit_code == exit_code && ended.signal == signo, "%s: event %d, %d, %d",
	   what, ended.event, ended.exit_code, ended.signal);
}

int
main(void)
{
	Account oom = {.oom_killed = true};
	Outcome used = {.seen = true,
					.exit_kind = CLD_EXITED,
					.exit_status = 0,
					.usage = {.ru_utime = {1, 5}, .ru_stime = {2, 6}, .ru_maxrss = 100},
					.account = {.cpu_us = 3000012, .rss_kb = 120}};
	MsgEnded ended = {.run_us = 5};
	char *text;

	check("exits", (Outcome){.seen = true, .exit_kind = CLD_EXITED, .exit_status = 3}, EVENT_EXITED, 3, 0);
	check("dies", (Outcome){.seen = true, .exit_kind = CLD_KILLED, .exit_status = SIGKILL}, EVENT_SIGNALLED, -1,
		  SIGKILL);
	check("dumps core", (Outcome){.seen = true, .exit_kind = CLD_DUMPED, .exit_status = SIGSEGV}, EVENT_SIGNALLED, -1,
		  SIGSEGV);
	check("out of memory", (Outcome){.seen = true, .exit_kind = CLD_KILLED, .exit_status = SIGKILL, .account = oom},
		  EVENT_OOM_KILLED, -1, SIGKILL);
	check("one of it was, and the rest makes do",
		  (Outcome){.seen = true, .exit_kind = CLD_EXITED, .exit_status = 0, .account = oom}, EVENT_OOM_KILLED, 0, 0);
	check("cancelled",
		  (Outcome){.cause = EVENT_CANCELLED, .seen = true, .exit_kind = CLD_KILLED, .exit_status = SIGTERM},
		  EVENT_CANCELLED, -1, SIGTERM);
	check("cancelled, then out of memory",
		  (Outcome){
			  .cause = EVENT_CANCELLED, .seen = true, .exit_kind = CLD_KILLED, .exit_status = SIGKILL, .account = oom},
		  EVENT_CANCELLED, -1, SIGKILL);
	check("cannot be set up",
		  (Outcome){.cause = EVENT_SETUP_FAILED, .seen = true, .exit_kind = CLD_EXITED, .exit_status = 127},
		  EVENT_SETUP_FAILED, -1, 0);

	check("adopted", (Outcome){.seen = false}, EVENT_LOST, -1, 0);
	check("adopted, out of memory", (Outcome){.seen = false, .account = oom}, EVENT_LOST, -1, 0);
	check("adopted, cancelled", (Outcome){.seen = false, .cause = EVENT_CANCELLED}, EVENT_CANCELLED, -1, 0);

	check("lost by its own word", (Outcome){.seen = true, .lost = true, .exit_kind = CLD_EXITED, .exit_status = 75},
		  EVENT_LOST, 75, 0);
	check("the same, then cancelled",
		  (Outcome){
			  .seen = true, .lost = true, .cause = EVENT_CANCELLED, .exit_kind = CLD_KILLED, .exit_status = SIGTERM},
		  EVENT_LOST, -1, SIGTERM);
	check("the same, then fenced",
		  (Outcome){.seen = true, .lost = true, .cause = EVENT_FENCED, .exit_kind = CLD_KILLED, .exit_status = SIGKILL},
		  EVENT_FENCED, -1, SIGKILL);

	outcome_fill(&used, &ended);
	ok(ended.cpu_us == 3000012 && ended.max_rss_kb == 120, "the group knows more");
	used.account = (Account){.cpu_us = -1, .rss_kb = 110};
	outcome_fill(&used, &ended);
	ok(ended.cpu_us == 3000011 && ended.max_rss_kb == 110, "no counters: rusage, and what was seen");
	used.account = (Account){.cpu_us = 0, .rss_kb = 0};
	outcome_fill(&used, &ended);
	ok(ended.cpu_us == 3000011 && ended.max_rss_kb == 100 && ended.run_us == 5, "never less than rusage");
	text = outcome_describe_oom(5);
	ok(strcmp(text, "killed for want of memory; its limit was 5 bytes") == 0, "who has a limit is told it");
	free(text);
	return done_testing();
}
