/*
 * fake_agent.h - a test program as the agent of the real keeper.
 *
 * Started plainly, such a program is the test: it copies the keeper into a fresh folder beside a copy of itself called
 * jobgrid-agent, and starts it.  Started by that name, it is the agent: it talks over descriptor 3 and prints TAP; what
 * an agent's death must not lose goes through a file.
 */
#ifndef JOBGRID_FAKE_AGENT_H
#define JOBGRID_FAKE_AGENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "buf.h"
#include "clock.h"
#include "message.h"

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
	char text[MSG_MAX_TEXT + 1]; /* of its end, or why it cannot be killed */
	int fds[2];
	Buf out[2];
} Seen;

typedef struct Heard
{
	MsgWelcome welcome;
	bool synced;
	bool drain;
	bool quit;
	bool stays; /* with quit */
	bool closed;
	char problem[MSG_MAX_TEXT + 1];
} Heard;

extern Heard heard;
extern Seen seen[1024];
extern size_t seen_count;

Seen *seen_of(const AttemptKey *key);
void send_raw(const void *bytes, size_t len, const int *fd);
void send_msg(MsgType type, const void *payload, const int *fd);
void turn(void); /* waits for the keeper a moment, and reads what jobs print so that none waits for us */

/* Waits until the condition holds; gives up after a time far beyond what it can take. */
#define until(condition)                                                   \
	do                                                                     \
	{                                                                      \
		int64_t deadline = clock_now_us() + PATIENCE_US;                   \
                                                                           \
		while (!(condition) && !heard.closed && clock_now_us() < deadline) \
			turn();                                                        \
	} while (0)

typedef struct Wish
{
	const char *command; /* for /bin/sh -c */
	const char *program; /* instead */
	const char *directory;
	const char *run_as;
	const char *name; /* default "tenant\njob" */
	int64_t timeout_ms;
	int64_t grace_ms;
	size_t parameters; /* bytes of them */
	uint32_t flags;
} Wish;

AttemptKey start_wish(const Wish *wish);
AttemptKey start_command(const char *command);
AttemptKey start_as(const AttemptKey *key, const Wish *wish); /* one that may have been asked for before */
Seen *wait_started(AttemptKey key);
Seen *wait_ended(AttemptKey key); /* and for all of its output */
void report(AttemptKey key);
void order(AttemptKey key, int32_t what, int64_t request, int32_t ordinal, int32_t signo, int64_t grace_ms);
void lease(int64_t until);

bool ended_as(const Seen *s, MsgEvent event, int exit_code, int signo);
bool printed(const Seen *s, int stream, const char *text);
bool process_is_gone(pid_t pid); /* zombies count as gone */
bool is_gone(const Seen *s);     /* the process whose id it printed */

/* What one agent leaves to the next, or to the test. */
typedef struct Memory
{
	int act;
	int round; /* agents in this act */
	int count;
	int failed;
	int64_t next_run;
	int64_t numbers[16];
	AttemptKey keys[16];
	uint8_t uuids[2][16];
} Memory;

extern Memory memory;

void memory_write(const char *folder);
void memory_read(const char *folder);

/* The count of tests goes along. */
#define remember(folder)            \
	do                              \
	{                               \
		memory.count = tap_count;   \
		memory.failed = tap_failed; \
		memory_write(folder);       \
	} while (0)

#define recall(folder)              \
	do                              \
	{                               \
		memory_read(folder);        \
		tap_count = memory.count;   \
		tap_failed = memory.failed; \
	} while (0)

/*
 * A fresh folder with both programs, in which we are nobody from now on: under root, jobs would be another user's.
 * helper: this program once more, root's and setuid; left out where we are not root. The caller frees.
 */
char *make_folder(const char *helper);
void renew_programs(const char *folder); /* new files in the places of the old */
void remove_folder(const char *folder);
pid_t start_keeper(const char *folder, char *const *arguments); /* beside the work directory; ends with NULL */

#endif
