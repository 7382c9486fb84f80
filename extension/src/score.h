/* How good a place an executor is for one more run, from 0 to 1. Pure: no server inside. */
#ifndef JG_SCORE_H
#define JG_SCORE_H

/* The settings of jobgrid.score. */
typedef enum JgScoreProfile
{
	JG_SCORE_BALANCED,
	JG_SCORE_RESPONSIVE,
	JG_NSCORES
} JgScoreProfile;

/* As measured; what is negative or no number is not known, and counts half. */
typedef struct JgMeasures
{
	double cpu;        /* used part of the cores */
	double memory;     /* used part of the memory */
	double load;       /* processes that want a core, for each core */
	double capability; /* 1: it can do what is asked and nothing else */
	double success;    /* part of its last ends that were successes */
	double response;   /* seconds from claim to start */
} JgMeasures;

extern double jg_score(JgScoreProfile profile, const JgMeasures *measures);

/* The part of capability: how much of what the executor can do is asked. */
extern double jg_score_capability(int asked, int offered);

#endif
