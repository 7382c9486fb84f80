/*
 * order.h - what is to be done to a running attempt, as the database says it.
 */
#ifndef JOBGRID_AGENT_ORDER_H
#define JOBGRID_AGENT_ORDER_H

#include "err.h"
#include "message.h"

/* Fills in what is to be done. */
int order_read(const char *detail, MsgOrder *order, Err *e);

#endif
