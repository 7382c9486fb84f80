/*
 * specification.h - from the database's JSON to what the keeper runs.
 */
#ifndef JOBGRID_AGENT_SPECIFICATION_H
#define JOBGRID_AGENT_SPECIFICATION_H

#include <stdbool.h>
#include <stdint.h>

#include "specblock.h"

typedef struct Specification
{
	SpecBuilder builder;
	char *name;         /* "TENANT\nJOB" */
	int64_t timeout_ms; /* 0: none */
	int64_t grace_ms;
	bool fenced;          /* another node may run it when its lease is over */
	int64_t output_limit; /* bytes kept; 0: the executor's own limit */
} Specification;

/*
 * kind "shell" is a command or a program; another one is a runner, which is told what to do by its settings.
 * < 0: it cannot be run, and e says why in words for its owner. Free it in either case.
 */
int specification_read(Specification *spec, const char *kind, const char *json, const char *work_dir,
					   const AttemptKey *key, Err *e);
void specification_free(Specification *spec);

/* What people who look for the output are to know; NULL: nothing. The caller frees it. */
char *specification_notes(const Specification *spec);

/* Appends text with every ${name} replaced by that parameter; $${ stands for ${. */
struct JsonDoc;
int specification_substitute(Buf *out, const char *text, size_t len, const struct JsonDoc *doc, int parameters, Err *e);

/* The variable will hold the path of the secret of that name. */
#define SECRET_PREFIX "secret:"
#define SECRET_PREFIX_LEN (sizeof(SECRET_PREFIX) - 1)
void specification_add_secret(SpecBuilder *builder, const char *variable, const char *secret);

#define cleanup_specification __attribute__((cleanup(specification_free)))

#endif
