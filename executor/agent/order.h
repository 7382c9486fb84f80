/*
 * order.h - what is to be done to a running attempt, as the database says it.
 */
#ifndef JOBGRID_AGENT_ORDER_H
#define JOBGRID_AGENT_ORDER_H

#include "buf.h"
#include "err.h"
#include "message.h"

/*
 * Fills in what is to be done by the keeper; order 0: somebody follows the output for so long, or else the job is to be
 * told the message.
 */
int order_read(const char *detail, MsgOrder *order, Buf *message, int64_t *follow_us, Err *e);

#endif
