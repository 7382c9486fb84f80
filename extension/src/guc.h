/* Settings. */
#ifndef JG_GUC_H
#define JG_GUC_H

#include <stdbool.h>

extern char *jg_guc_database;
extern bool jg_guc_wakeups;
extern int jg_guc_mode;
extern int jg_guc_score; /* JgScoreProfile */
extern int jg_guc_sql_workers;
extern int jg_guc_max_executors;
extern char *jg_guc_cluster_token_file;
extern int jg_guc_lease;           /* ms */
extern int jg_guc_heartbeat;       /* ms */
extern int jg_guc_grace;           /* ms */
extern int jg_guc_poll_interval;   /* ms */
extern int jg_guc_wakeup_interval; /* ms between two wake-ups of one executor */
extern int jg_guc_partition_rows;  /* smallest range of run ids a partition covers */
extern int jg_guc_clock;
extern char *jg_guc_time_zone; /* the last of those that a schedule may have */

#define JG_MODE_NORMAL 0
#define JG_MODE_SHADOW 1

#define JG_CLOCK_SYSTEM 0
#define JG_CLOCK_VIRTUAL 1

extern void jg_guc_init(void);

#endif
