/* Which days fit a schedule, and which seconds of such a day. Pure: no server inside. */
#ifndef JG_SCHEDULE_MATCH_H
#define JG_SCHEDULE_MATCH_H

#include "schedule.h"
#include "workdays.h"

/* The schedule is bound: no field is hashed. */
extern bool jg_schedule_on(const JgSchedule *schedule, const JgWorkdays *workdays, int32_t day);

/* No later day fits. */
extern int32_t jg_schedule_last_day(const JgSchedule *schedule);

/* The first second of the day, from that one on; -1: there is none. */
extern int32_t jg_schedule_time(const JgSchedule *schedule, int32_t from);

#endif
