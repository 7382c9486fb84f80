/*
 * Jobs or runs by what they have in common: which they are is said first, and how many there are is wanted then.
 */
#ifndef JOBGRID_CLI_BULK_H
#define JOBGRID_CLI_BULK_H

#include "args.h"
#include "query.h"

#define BULK_FILTERS                                                                                 \
	{"application", 0, "NAME", "jobs of this application"}, {"tag", 0, "TAG", "jobs with this tag"}, \
	{                                                                                                \
		"workflow", 0, "JOB", "the steps of this workflow, all levels"                               \
	}

#define BULK_OPTIONS                                                 \
	{"dry-run", 0, NULL, "say which these are, and do nothing"},     \
	{                                                                \
		"expect", 0, "N", "do it, if there are so many as this says" \
	}

/*
 * A moment in the user's zone, while the session itself is in UTC; a time of day is the next one. Both are parameters.
 */
#define BULK_MOMENT(moment, zone)                                                                                \
	"case when " moment "::text is not null and set_config('TimeZone', " zone ", true) is not null then "        \
	"case when " moment "::text ~ '^[0-9]{1,2}:[0-9]{2}$' then (current_date + (" moment "::text)::time + "      \
	"case when (" moment "::text)::time <= localtime then interval '1 day' else interval '0' end)::timestamptz " \
	"else (" moment "::text)::timestamptz end end"

/* Whether a filter is given. */
extern bool bulk_is_meant(const Args *args);

/* Either a dry run or a number, and both only with a filter. */
extern int bulk_check(const Args *args, Failure *failure);

/* Acts on what the filters among the options mean, with the verb in SQL's words; returns the exit code. */
extern int bulk_act(Cli *cli, const char *verb, const Args *args, Failure *failure);

#endif
