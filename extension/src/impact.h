/* What becomes of steps and jobs if one of them ends. */
#ifndef JG_IMPACT_H
#define JG_IMPACT_H

#include "postgres.h"

#include "conditions/truth.h"
#include "utils/date.h"

typedef enum JgEffect
{
	JG_EFFECT_NONE,
	JG_EFFECT_WAITS,
	JG_EFFECT_STARTS,
	JG_EFFECT_SKIPPED,
	JG_EFFECT_ENDS /* a workflow of which nothing is left */
} JgEffect;

/* Something that a job waits for. */
typedef struct JgImpactAtom
{
	char kind;
	int upstream; /* -1: a value, or nothing that is looked at */
	bool inside;
	bool autosys;
	JgCompare compare;
	int32 number;
	char known; /* by its run that waits: t, f, o */
} JgImpactAtom;

typedef struct JgImpactNode
{
	int32 job_id;
	int parent; /* -1 = none */
	bool inside;
	bool workflow;
	bool begun;
	bool ended; /* it has, or would */
	bool told;  /* its end is part of the question, not of what is on record */
	JgEnding ending;
	bool has_run;
	bool stops; /* a workflow that starts nothing more when a step fails */
	bool stopping;
	int left;     /* of a workflow: steps without an end */
	int failures; /* of a workflow: steps whose failure counts */
	int needs;    /* atoms of after … */
	int needs_least;
	int least; /* of the others, where they are counted */
	char *text;
	bool autosys;
	int first; /* atoms */
	int natoms;
	JgEffect effect;
	int depth;        /* from the job that ends; -1: it has nothing to do with it */
	int missing_atom; /* -1: none */
} JgImpactNode;

typedef struct JgImpact
{
	int n;
	JgImpactNode *nodes; /* by job_id */
	JgImpactAtom *atoms;
} JgImpact;

/* impact_read.c: SPI must be connected. */
extern void jg_impact_read(int32 root_job, int64 root_run, DateADT day, JgImpact *impact);
extern int jg_impact_place(const JgImpact *impact, int32 job_id);

/* impact_judge.c: what a job that has not begun would do, as far as ends are known. Sets what becomes of it. */
extern void jg_impact_judge(const JgImpact *impact, JgImpactNode *node);

/* Whether its end is a failure of the workflow that it lies in. */
extern bool jg_impact_fails(const JgImpactNode *node);

#endif
