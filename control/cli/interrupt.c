/*
 * The only signal handler. It sets a flag and nothing else. Around the sleep SIGINT is let in by ppoll() alone, so that
 * one that comes just before is not slept over.
 */
#include "interrupt.h"

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

static volatile sig_atomic_t seen;

static void
note(int signal_number)
{
	(void) signal_number;
	seen = 1;
}

void
interrupt_watch(void)
{
	struct sigaction action = {.sa_handler = note, .sa_flags = (int) SA_RESETHAND};

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
}

bool
interrupt_seen(void)
{
	return seen != 0;
}

void
interrupt_sleep_ms(int milliseconds)
{
	struct timespec pause = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
	sigset_t blocked;
	sigset_t before;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGINT);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	if (!seen)
		ppoll(NULL, 0, &pause, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
}
