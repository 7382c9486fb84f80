/*
 * keeper_agent.h - a test program as the agent of the real keeper.
 *
 * The keeper starts it as jobgrid-agent, from a folder with both; it talks over descriptor 3, starts jobs and sees what
 * becomes of them.  Started plainly, the same program makes the folder and runs the keeper.
 */
#ifndef JOBGRID_KEEPER_AGENT_H
#define JOBGRID_KEEPER_AGENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "buf.h"
#include "clock.h"
#include "message.h"
#include "specblock.h"

#define PATIENCE_US INT64_C(60000000)

/* What has been heard of an attempt. */
typedef struct Seen
{
	AttemptKey key;
	bool started;
	bool ended;
	MsgStarted start;
	MsgEnded end;
	MsgUsage usage; /* the last one */
	int usages;
	char text[MSG_MAX_TEXT + 1]; /* of its end */
	int fds[2];
	Buf out[2];
} Seen;

extern bool synced;
extern bool told_to_drain;
extern bool told_to_quit;
extern bool closed;      /* the keeper is gone, or does not talk to us any more */
extern int64_t next_run; /* the number the next attempt gets */
extern char welcome_text[MSG_MAX_TEXT + 1];

Seen *seen_of(const AttemptKey *key);
void send_raw(const void *bytes, size_t len, const int *fd);
void send_msg(MsgType type, const void *payload, const int *fd);

/* Waits for the keeper for a moment, and reads what jobs print so that none waits for us. */
void turn(void);

/* Waits until the condition holds; gives up after a time far beyond what it can take. */
#define until(condition)                                             \
	do                                                               \
	{                                                                \
		int64_t deadline = clock_now_us() + PATIENCE_US;             \
                                                                     \
		while (!(condition) && !closed && clock_now_us() < deadline) \
			turn();                                                  \
	} while (0)

typedef struct Wish
{
	const char *command; /* for /bin/sh -c */
	const char *program; /* instead */
	const char *argument;
	const char *directory;
	const char *run_as;
	int64_t timeout_ms;
	int64_t grace_ms;
	size_t parameters; /* bytes of them */
	SpecNumbers numbers;
} Wish;

AttemptKey start_wish(const Wish *wish);
AttemptKey start_command(const char *command);
Seen *wait_started(AttemptKey key);
Seen *wait_ended(AttemptKey key); /* and its output read to the end */
void report(AttemptKey key);
void forget_all(void); /* what was seen of attempts that have ended; what points there is void */
void order(AttemptKey key, int32_t what, int64_t request, int32_t ordinal, int32_t signo, int64_t grace_ms);

bool ended_as(const Seen *s, MsgEvent event, int exit_code, int signo);
bool printed(const Seen *s, int stream, const char *text);
bool pid_is_gone(pid_t pid); /* zombies count as gone */
bool is_gone(const Seen *s); /* the process whose id a job printed */

/* ---- the other side: a folder with the programs, and the keeper in it ---- */

/* keeper: the program, or NULL for the one built beside this test. */
void copy_programs(const char *folder, const char *keeper);

/*
 * Starts it with the work directory in the folder and that descriptor as its, and its agent's, standard input; -1: ours.
 * arguments end with NULL.
 */
extern void (*before_keeper)(void); /* in its process, if set */
pid_t start_keeper(const char *folder, const char *const *arguments, int input);
int run_keeper(const char *folder, const char *const *arguments); /* to its end; gives its status */

#endif
