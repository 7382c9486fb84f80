/* Orders to executors: what they are asked to do with a running attempt. */
#ifndef JG_ORDER_H
#define JG_ORDER_H

#include "postgres.h"

/* Orders `what` of whoever has the lease of the run; detail (jsonb) goes along where there is one. SPI connected. */
extern void jg_order_send(int64 run_id, const char *what, Datum detail, bool no_detail);

/* Forgets all orders about the runs: nobody has them any more. */
extern void jg_orders_forget(const int64 *run_ids, int n);

/* A new process knows nothing of the orders its predecessor had: cancels are given to it again, the rest is gone. */
extern void jg_orders_repeat(int32 executor_id);

#endif
