/*
 * runner.h - what every runner starts with: its specification and settings.
 */
#ifndef JOBGRID_RUNNERS_RUNNER_H
#define JOBGRID_RUNNERS_RUNNER_H

#include <stdbool.h>
#include <stdint.h>
#include <sysexits.h>

#include "buf.h"
#include "err.h"
#include "json.h"

/* Exit codes besides those of sysexits.h; README.md has the table. */
#define RUNNER_EXIT_TERMINATED 143

typedef struct Runner
{
	Buf text;
	JsonDoc *doc;
	JsonNode settings;
	int node; /* jobsocket.h */
} Runner;

/* Reads JOBGRID_SPECIFICATION_FILE and finds the node. Settings that are not among names (NULL ends them) are refused. */
int runner_open(Runner *runner, const char *const *names, Err *e);
void runner_close(Runner *runner);

/* A setting as text: a string's content, a number as written. Absent or null: fallback; where that is NULL, refused. */
int runner_text(const Runner *runner, const char *name, const char *fallback, Buf *text, Err *e);
int runner_bool(const Runner *runner, const char *name, bool fallback, bool *value, Err *e);
int runner_int(const Runner *runner, const char *name, int64_t fallback, int64_t min, int64_t max, int64_t *value,
			   Err *e);
int runner_duration(const Runner *runner, const char *name, const char *fallback, int64_t min_ms, int64_t max_ms,
					int64_t *ms, Err *e);
int runner_bytes(const Runner *runner, const char *name, const char *fallback, int64_t max, int64_t *bytes, Err *e);

/* The setting itself; JSON_ABSENT also where it is null. */
JsonNode runner_setting(const Runner *runner, const char *name);

#endif
