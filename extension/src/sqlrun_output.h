/* What the server says to a SQL job's session, kept as the run's output. */
#ifndef JG_SQLRUN_OUTPUT_H
#define JG_SQLRUN_OUTPUT_H

#include "sqlrun.h"

/* From now on, notices and errors of this process go into the segment. */
extern void jg_sqlrun_output_begin(JgSqlSpec *spec);

#endif
