/* What the server says to a SQL job's session, kept as the run's output. */
#ifndef JG_SQLRUN_OUTPUT_H
#define JG_SQLRUN_OUTPUT_H

#include "sqlrun.h"

/* From now on, notices and errors of this process go into the segment; errors (not FATAL ones) into no log. */
extern void jg_sqlrun_output_begin(JgSqlSpec *spec);

/* Writes it as chunks of the attempt; what is written already stays. As the owner, with SPI connected. */
extern void jg_sqlrun_output_keep(int64 run_id, int32 attempt, const JgSqlSpec *spec);

#endif
