/*
 * job_table.h - a job, and all of them; for the files job*.c alone.
 *
 *	job.c           what the agent and the keeper's other parts ask for
 *	job_start.c     from START to a process
 *	job_watch.c     from the world to events
 *	job_act.c       from actions to the world
 *	job_journal.c   what of it stands in the journal
 *	job_recover.c   what a keeper that died has left
 *	job_state.c     what is handed to the program that takes this one's place
 */
#ifndef JOBGRID_KEEPER_JOB_TABLE_H
#define JOBGRID_KEEPER_JOB_TABLE_H

#include <stdbool.h>
#include <sys/queue.h>

#include "contain.h"
#include "job.h"
#include "journal.h"
#include "keymap.h"
#include "lifecycle.h"
#include "specblock.h"
#include "state.h"

typedef struct Job
{
	KeyNode node;             /* first: the map gives nodes */
	TAILQ_ENTRY(Job) waiting; /* for the journal */
	bool waits;
	bool adopted; /* its process is not our child */
	LifeState state;
	char *name;     /* as the agent wants it back */
	uint32_t flags; /* JOURNAL_* */
	size_t claim;   /* its room in the journal; 0: it is not in there */
	SpecBlock spec; /* until it has become the job's program */
	Contain contain;
	char *place; /* of it, as the journal says; until it is settled */
	int pidfd;
	int setup;
	int output[2];
	int socket; /* what it tells and hears; read by the agent alone */
	int result; /* what it has told to be its result, for the next agent */
	bool lost;  /* it has told that nobody can know its outcome */
	int open_outputs;
	LoopWatch *pid_watch; /* NULL: the main process has ended, or there is none */
	LoopWatch *setup_watch;
	LoopWatch *output_watch[2];
	Timer deadline;     /* the job's own time */
	Timer phase;        /* grace, window, next sweep */
	Timer measure;      /* next look at what it uses */
	int64_t timeout_us; /* 0: none */
	int64_t grace_us;
	int64_t output_limit;
	int64_t memory_limit; /* 0: none */
	int64_t largest_kb;   /* its memory, as far as it was seen */
	int64_t started_at;
	int64_t kill_since;
	int64_t sweep_since;
	int64_t sweep_again; /* the pause before the next look */
	size_t left;         /* processes that the last sweep did not see the end of */
	MsgEvent cause;      /* ours, when we ended it; 0: its own */
	int exit_kind;       /* CLD_*, of the main process */
	int exit_status;
	MsgEnded ended;
	char *message;        /* with its end; at most MSG_MAX_TEXT bytes */
	int64_t last_request; /* of the last order carried out */
	int32_t last_ordinal;
	int32_t chunk;
	int64_t bytes;
} Job;

extern JobContext job_context;

/* How many jobs are in the states that are counted. */
typedef struct JobCounts
{
	size_t all;
	size_t running;  /* they hold a slot */
	size_t sweeping; /* an orphan that ends may be the last of them */
	size_t stuck;
} JobCounts;

extern JobCounts job_counts;

Job *job_add(const AttemptKey *key, const char *name, LifeState state);
Job *job_find(const AttemptKey *key);
Job *job_next(const Job *job); /* a walk, from NULL; the job given may be removed after the next was taken */
void job_remove(Job *job);
void job_event(Job *job, LifeEvent event); /* the job may be gone afterwards */

/* job_start.c */
void job_spawn(Job *job);

/* job_watch.c */
int job_watch(Job *job, Err *e);  /* its process */
void job_watch_outputs(Job *job); /* when that has ended */
void job_unwatch(Job *job);
void job_check_exit(Job *job);
void job_arm_phase(Job *job, int64_t delay_us);
void job_arm_deadline(Job *job);
void job_set_timers(Job *job, int64_t deadline, int64_t phase); /* due; 0: not set */
void job_close_fd(int *fd);

/* job_act.c */
void job_act(Job *job, LifeAction action);
void job_announce(const Job *job);
void job_tell_words(const Job *job);
void job_tell_end(const Job *job);
void job_tell_stuck(const Job *job);
void job_note(Job *job, MsgEvent event);     /* the end of one without a process */
void job_say(Job *job, const char *message); /* along with its end */

/* job_journal.c */
int job_journal_open(int directory, void (*found)(const JournalRecord *record, bool same_boot, void *arg), Err *e);
int job_journal_begin(Err *e);
bool job_journal_start(Job *job);
void job_journal_claim(Job *job); /* one that was read from it */
bool
job_journal_spawned(const Job *job); /* at once: the process waits for it, and the other processor for the process */
void job_journal_end(const Job *job);
void job_journal_forget(const Job *job);
void job_wait(Job *job); /* until what was put is in the journal */
void job_journal_save(Buf *out);
int job_journal_resume(State state, Err *e);
void job_journal_keep_open(bool keep);

#endif
