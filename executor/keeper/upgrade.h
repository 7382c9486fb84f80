/*
 * upgrade.h - how this program gives its place to a new one, in the same process.
 *
 *	IDLE --SIGHUP--> TRYING --the new one can go on--> RETIRING --the agent has left--> READY --> exec
 *	  ^                 |                                  |                              |
 *	  +-----------------+--- it cannot, or shutdown -------+------- exec failed ----------+
 */
#ifndef JOBGRID_KEEPER_UPGRADE_H
#define JOBGRID_KEEPER_UPGRADE_H

#include <stdbool.h>

#include "loop.h"
#include "state.h"

typedef struct UpgradeContext
{
	Loop *loop;
	char **argv;
	void (*save)(Buf *out);
	void (*keep_open)(bool keep); /* what the new program needs */
} UpgradeContext;

/* Before anything else: remembers where this program is. */
void upgrade_init(void);
const char *upgrade_program(void);

/* What an earlier program in this process has handed over: 1, or 0 where there was none. */
int upgrade_inherit(Buf *state, Err *e);
bool upgrade_is_trial(void); /* only to say whether it could be taken */

void upgrade_want(const UpgradeContext *context);

/* Goes on with it at the end of a turn, when nothing is half done. Does not return where it succeeds. */
void upgrade_turn(void);

/* It must not happen any more. True: what is to be done instead is called when the agent is back. */
bool upgrade_abandon(void (*instead)(void));

#endif
