/*
 * What submit, run and rerun share: how a new run is shown, waited for and followed.
 */
#ifndef JOBGRID_CLI_LAUNCH_H
#define JOBGRID_CLI_LAUNCH_H

#include "args.h"
#include "query.h"

#define SUBMIT_OPTIONS                                                                                                 \
	PARAMETER_OPTIONS, {"priority", 0, "WORD", "urgent, high, normal, low or another word of jobgrid.priority_level"}, \
		{"at", 0, "TIME", "not before this moment, in the zone that psql would use"},                                  \
		{"delay", 0, "INTERVAL", "not before this much time has passed"},                                              \
		{"business-date", 0, "DATE", "the day the run is for"},                                                        \
		{"key", 0, "TEXT", "idempotency key: the same key again gives back the same run"},                             \
		{"executor", 0, "NAME", "only on this executor"}, {"reason", 'r', "TEXT", "why, for the history"},             \
		{"tenant", 0, "NAME", "tenant of the job"},                                                                    \
	{                                                                                                                  \
		"quiet", 'q', NULL, "print the number of the run and nothing else"                                             \
	}

#define WAIT_OPTIONS                                                                                             \
	{"wait", 'w', NULL, "wait until the run has ended"},                                                         \
		{"timeout", 't', "INTERVAL", "wait no longer than this, then exit with 7"},                              \
		{"follow", 'f', NULL, "wait and print the output as it comes"},                                          \
	{                                                                                                            \
		"propagate-exit", 0, NULL, "wait and exit with the exit code of the run, 128 + signal if it died by one" \
	}

typedef struct Launch
{
	bool quiet;
	bool wait;
	bool follow;
	bool propagate;
	long timeout_ms;
} Launch;

/* What can be said of options and parameters without a database. */
extern int launch_check(const Cli *cli, const Args *args, Failure *failure);

/* Reads the options; before anything is submitted, so that a mistake in them starts nothing. */
extern int launch_read(Cli *cli, const Args *args, Launch *launch, Failure *failure);

/* submit() by what args say. */
extern int launch_submit(Cli *cli, const Args *args, PGresult **submitted, Failure *failure);
extern int launch_rerun(Cli *cli, const Args *args, PGresult **submitted, Failure *failure);

/* Shows the new run, or waits for it; returns the exit code. */
extern int launch_finish(Cli *cli, const Launch *launch, PGresult *submitted, Failure *failure);

#endif
