/*
 * Entry of the library: settings, shared memory, workers, callbacks.
 *
 * Works only when preloaded. In a binary upgrade it defines nothing, so that no worker meets a half-made catalogue.
 */
#include "postgres.h"

#include "bell.h"
#include "change_setting.h"
#include "fmgr.h"
#include "guc.h"
#include "miscadmin.h"
#include "refusal.h"
#include "shmem.h"
#include "sqlrun.h"
#include "worker.h"

PG_MODULE_MAGIC;

void _PG_init(void);

void
_PG_init(void)
{
	if (!process_shared_preload_libraries_in_progress || IsBinaryUpgrade)
		return;
	jg_guc_init();
	jg_sqlrun_guc_init();
	jg_change_guc_init();
	jg_shmem_init();
	jg_bell_init();
	jg_refusal_init();
	jg_workers_register();
}
