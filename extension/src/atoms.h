/* Atoms of pending runs: what each run waits for, as rows of pending_on. Only the scheduler calls this. */
#ifndef JG_ATOMS_H
#define JG_ATOMS_H

#include "postgres.h"

#include "utils/date.h"

/* Which atoms something is about: of this upstream job, in this scope (0: its last end), of this date (or 'infinity'). */
typedef struct JgAtomKey
{
	int32 upstream_id;
	int64 scope;
	DateADT business_date;
} JgAtomKey;

/*
 * Writes the atoms of pending runs that were not looked at yet (unmet is null), as they are now; what overlaps say stays.
 * scopes[i]: the scope of the workflow that run i is a step of, 0 = none.
 */
extern void jg_atoms_seed(const int64 *run_ids, const int64 *scopes, int n);

/* Locks the runs that wait for any of the keys; returns how many keys somebody else's lock keeps, and which. */
extern int jg_atoms_lock(const JgAtomKey *keys, int n, JgAtomKey **blocked);

/*
 * Looks at the atoms of the keys again and keeps the counts of their runs. The runs must be locked. Returns those about
 * which is to be decided anew.
 */
extern int64 *jg_atoms_renew(const JgAtomKey *keys, int n, int *nruns);

/* The same for all atoms of some runs: their age, a global value, or anything else may have changed. */
extern int64 *jg_atoms_renew_runs(const int64 *run_ids, int n, int *nruns);

/* What is to become of a pending run. */
typedef enum JgVerdict
{
	JG_WAITS,
	JG_GOES,
	JG_SKIPS,
	JG_BYPASSES /* succeeds without being executed */
} JgVerdict;

typedef struct JgDecision
{
	int64 run_id;
	JgVerdict verdict;
	const char *reason;  /* of an end, or of waiting */
	const char *message; /* of an end, may be NULL */
	int32 unmet;
} JgDecision;

/* Decides about locked pending runs by all their atoms; returns how many decisions, in order of run_id. */
extern int jg_decide(const int64 *run_ids, int n, JgDecision *decisions);

/*
 * Whether a text holds by the atoms of the run from `first` on, as many as it has, which goes to *natoms: a workflow's
 * succeeds_if or fails_if.
 */
extern bool jg_text_holds(int64 run_id, const char *text, bool autosys, int first, int *natoms);

/* The atoms of succeeds_if and fails_if of a workflow that begins. */
extern void jg_atoms_seed_workflow(int64 run_id, int32 job_id, int64 scope, DateADT business_date);

/* Locks those of the runs that are pending. Raises where somebody else has one: to be tried again. */
extern void jg_atoms_lock_runs(const int64 *run_ids, int n);

/* Whether a locked pending run is to be skipped: its job's skip_if, as things stand. */
extern bool jg_skip_if_holds(int64 run_id);

#endif
