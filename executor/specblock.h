/*
 * specblock.h - what a job is to the keeper: strings and bytes, no JSON.
 *
 * The agent writes a block, the keeper reads it from a sealed memfd.
 */
#ifndef JOBGRID_SPECBLOCK_H
#define JOBGRID_SPECBLOCK_H

#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "message.h"

#define SPEC_MAX_BYTES (8 * 1024 * 1024)
#define SPEC_MAX_STRINGS 65536

typedef struct SpecBlock
{
	char **argv;            /* NULL-terminated, at least one */
	char **env;             /* NULL-terminated "NAME=value" */
	const char *directory;  /* "" = the user's home */
	const char *run_as;     /* "" = the node's job user */
	const char *parameters; /* content of parameters.json */
	size_t parameters_len;
	const char *command; /* content of the file "command", or NULL */
	size_t command_len;
	char *memory; /* all of the above points into it */
} SpecBlock;

/* Builder: the strings of argv and env one by one, each NUL-terminated. */
typedef struct SpecBuilder
{
	Buf argv;
	Buf env;
	uint32_t argc;
	uint32_t envc;
	Buf directory;
	Buf run_as;
	Buf parameters;
	Buf command;
} SpecBuilder;

void spec_add_argument(SpecBuilder *builder, const char *text, size_t len);
void spec_add_variable(SpecBuilder *builder, const char *name, const char *value, size_t len);
void spec_builder_free(SpecBuilder *builder);
void spec_encode(const SpecBuilder *builder, Buf *out);

int spec_decode(const char *bytes, size_t len, SpecBlock *spec, Err *e);
void spec_free(SpecBlock *spec);

/* The block in a sealed memfd. Returns the descriptor. */
int spec_to_memfd(const Buf *block, Err *e);
int spec_from_memfd(int fd, SpecBlock *spec, Err *e);

/* <work_dir>/runs/<run>.<attempt>.<fence>[/file]; the caller frees. */
char *run_directory_path(const char *work_dir, const AttemptKey *key, const char *file);

#define cleanup_spec __attribute__((cleanup(spec_free)))
#define cleanup_spec_builder __attribute__((cleanup(spec_builder_free)))

#endif
