/*
 * node_keeper.h - the real keeper as root, on a node of a test's own making.
 *
 * A test that calls node_enter() gets users of its own (in a mount namespace, so the machine has none of them), a folder,
 * and a keeper whose agent only passes on its socket: the test, which is root and sees everything, speaks for it.
 *
 *	agent    3001             the agent
 *	jobs     3002             the job user
 *	alice    3003, group 3100, also in 3200
 *	bob      3004, group 3100
 *	service   500
 *	toor        0
 */
#ifndef JOBGRID_TEST_NODE_KEEPER_H
#define JOBGRID_TEST_NODE_KEEPER_H

#include <sys/types.h>

#include "keeper_agent.h"

extern char node_folder[64];
extern pid_t node_keeper;
extern pid_t node_agent;

/* In the keeper's process before it becomes that: where it is set. It may become another user. */
extern void (*node_before)(void);

/* First in main(): does not return where the program was started as the agent, or where it is not root. */
void node_enter(void);

/* The executor's; no other test has it, so that they can run side by side. */
const char *node_name(void);

/* A file in the folder, root's. The name may have one directory that is there. */
void node_write(const char *name, mode_t mode, const char *text);
const char *node_path(const char *name); /* valid for a few calls */

/* flags: NULL-terminated, besides name, users, slots and folders. */
void node_start(const char *const *flags);

/* Has it said that it can do this? */
bool node_offers(const char *word);

/* Every job must have been reported. Returns the keeper's status. */
int node_stop(void);

/* Another program takes the keeper's place, at the administrator's word; what was seen is forgotten. */
void node_replace(void);

/* The keeper dies, and its agent leaves. */
void node_kill(void);

/* All that keeper and agent have logged since the start; the caller frees. */
char *node_log(void);
bool node_logged(const char *text);

/* The keeper's, zombies included. */
long node_count_children(void);
long node_count_descriptors(void);

/* Runs it to its end and reports it. */
const Seen *node_run(const Wish *wish);
bool node_refuses(const Wish *wish, const char *reason);
bool node_gives_back(const Wish *wish, const char *reason); /* to the queue */

void node_leave(void);

#endif
