/*
 * keeper_agent.h - the agent's side of the keeper's socket, for tests.
 *
 * A test says what a job is like (Wish), starts it, and waits for what the keeper says of it (Seen).
 */
#ifndef JOBGRID_TEST_KEEPER_AGENT_H
#define JOBGRID_TEST_KEEPER_AGENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "buf.h"
#include "clock.h"
#include "message.h"
#include "specblock.h"

#define PATIENCE_US INT64_C(60000000)

/* What this agent has heard of an attempt. */
typedef struct Seen
{
	AttemptKey key;
	bool known;
	bool started;
	bool stuck;
	bool ended;
	char name[MSG_MAX_TEXT + 1];
	MsgStarted start;
	MsgEnded end;
	MsgUsage usage; /* the last one */
	int usages;
	char text[MSG_MAX_TEXT + 1]; /* of its end, or why it cannot be killed */
	int fds[2];
	int socket;   /* its other end; -1: it has none */
	char *result; /* as an earlier agent has handed it on */
	char *lost;   /* likewise */
	Buf out[2];
} Seen;

typedef struct Wish
{
	const char *command;          /* for /bin/sh -c */
	const char *program;          /* instead */
	const char *const *arguments; /* NULL-terminated, or NULL */
	const char *const *variables; /* likewise, "NAME=value" */
	const char *const *secrets;   /* likewise, "VARIABLE=NAME" */
	const char *directory;
	const char *run_as;
	const char *tenant;
	const char *role;
	const char *kind; /* instead of a program */
	const char *settings;
	const char *output_file;
	const char *error_file;
	int64_t timeout_ms;
	int64_t grace_ms;
	size_t parameters; /* bytes of them */
	const char *name;  /* default "tenant\njob" */
	uint32_t flags;    /* START_* */
	SpecNumbers numbers;
} Wish;

/* And of itself. */
typedef struct Heard
{
	MsgWelcome welcome;
	char offer[MSG_MAX_TEXT + 1]; /* with it */
	bool synced;
	bool drain;
	bool quit;
	bool stays; /* with quit */
	bool closed;
	char problem[MSG_MAX_TEXT + 1];
} Heard;

extern Heard heard;
extern int64_t next_run;

/* The socket, where it is not descriptor 3; what was seen on another is forgotten. */
void use_channel(int fd);

void send_raw(const void *bytes, size_t len, const int *fd);
void send_msg(MsgType type, const void *payload, const int *fd);
void turn(void);
Seen *seen_of(const AttemptKey *key);
size_t seen_all(Seen **all); /* their number */
void forget_all(void);       /* what points there is void */

/* Waits until the condition holds; gives up after a time far beyond what it can take. */
#define until(condition)                                                   \
	do                                                                     \
	{                                                                      \
		int64_t deadline = clock_now_us() + PATIENCE_US;                   \
                                                                           \
		while (!(condition) && !heard.closed && clock_now_us() < deadline) \
			turn();                                                        \
	} while (0)

AttemptKey start_wish(const Wish *wish);
AttemptKey start_command(const char *command);
AttemptKey start_as(const AttemptKey *key, const Wish *wish); /* one that may have been asked for before */
Seen *wait_started(AttemptKey key);
Seen *wait_ended(AttemptKey key); /* and for all of its output */
void report(AttemptKey key);
void order(AttemptKey key, int32_t what, int64_t request, int32_t ordinal, int32_t signo, int64_t grace_ms);
void lease(int64_t until_us);

bool ended_as(const Seen *s, MsgEvent event, int exit_code, int signo);
bool printed(const Seen *s, int stream, const char *text);

/* The process whose id a job printed first has ended; a zombie counts as gone. */
bool is_gone(const Seen *s);
bool process_is_gone(pid_t pid);

#endif
