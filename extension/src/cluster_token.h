/* The token file: says, from outside the data directory, which cluster this is. */
#ifndef JG_CLUSTER_TOKEN_H
#define JG_CLUSTER_TOKEN_H

#include "postgres.h"

#define JG_TOKEN_LENGTH 32		/* 128 bits in hex */

/* The token, palloc'd; NULL where the setting is empty or the file is not there. Raises if it cannot be read. */
extern char *jg_token_read(void);

/* Writes a new token where there is no file yet, durably; returns what the file says then. NULL: no setting. */
extern char *jg_token_create(void);

#endif
