/* Reports about attempts that have no lease. */
#ifndef JG_LATE_H
#define JG_LATE_H

#include "postgres.h"

#include "report.h"

/*
 * The starts among the reports that are not current: attempts of unknown runs get their leases back; true where one did.
 * current[] becomes true for what stays unknown until its end is told, and for what has ended and is on record.
 */
extern bool jg_late_starts(int32 executor_id, const JgReport *reports, int n, bool *current);

/* The ends among those that are not current; current[] becomes true for those that held, now or before. */
extern void jg_late_ends(int32 executor_id, const JgReport *reports, int n, bool *current);

/*
 * Which of the reports that are not current now are about attempts that are still this executor's: what would have been
 * taken, had somebody not locked it.
 */
extern bool *jg_late_busy(int32 executor_id, const JgReport *reports, int n, bool *current);

#endif
