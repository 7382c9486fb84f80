/* The process that is the session of one SQL run. */
#ifndef JG_SQLWORKER_H
#define JG_SQLWORKER_H

#include "postgres.h"

#include "postmaster/bgworker.h"

/* Registers the worker of a reserved slot; false: the server has no place for another background worker. */
extern bool jg_sqlworker_register(int index, int64 run_id, BackgroundWorkerHandle **handle);

extern PGDLLEXPORT void jg_sqlworker_main(Datum arg);

#endif
