/*
 * offer.h - what this node can do, as the keeper said.
 */
#ifndef JOBGRID_AGENT_OFFER_H
#define JOBGRID_AGENT_OFFER_H

#include <stdbool.h>

/* text: "KINDS\nCAPABILITIES", as in MSG_WELCOME. */
void offer_init(const char *text);

/* Comma-separated lists. */
const char *offer_kinds(void);
const char *offer_capabilities(void);

bool offer_has_kind(const char *kind);

#endif
