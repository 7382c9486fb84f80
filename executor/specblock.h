/*
 * specblock.h - what a job is to the keeper: strings, numbers and bytes, no JSON.
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

typedef enum SpecField
{
	/* lists of strings */
	SPEC_ARGV,
	SPEC_ENV,
	SPEC_SECRETS,
	/* one string each */
	SPEC_DIRECTORY,
	SPEC_RUN_AS,
	SPEC_TENANT,
	SPEC_ROLE,
	SPEC_KIND,
	SPEC_OUTPUT_FILE,
	SPEC_ERROR_FILE,
	/* contents of files */
	SPEC_PARAMETERS,
	SPEC_COMMAND,
	SPEC_SETTINGS,
	SPEC_CHECKPOINT,
	SPEC_FIELDS
} SpecField;

#define SPEC_LISTS 3 /* the first fields */

/* Flags of SpecNumbers. */
#define SPEC_MERGED 1u        /* stdout and stderr are one stream */
#define SPEC_APPEND 2u        /* output files are appended to */
#define SPEC_LEAVE_RUNNING 4u /* what it leaves behind lives on */
#define SPEC_NO_NETWORK 8u
#define SPEC_FLAGS 15u

/* Limits of a job; 0: none. */
typedef struct SpecNumbers
{
	int64_t cpu_milli; /* thousandths of a core */
	int64_t cpu_weight;
	int64_t io_weight;
	int64_t memory; /* bytes */
	int64_t processes;
	int64_t open_files;
	int64_t file_size; /* bytes */
	uint32_t flags;
	uint32_t reserved; /* 0 */
} SpecNumbers;

typedef struct SpecFile
{
	const char *bytes; /* NULL: there is none */
	size_t len;
} SpecFile;

typedef struct SpecBlock
{
	char **argv;           /* NULL-terminated; empty where kind is given */
	char **env;            /* NULL-terminated "NAME=value" */
	char **secrets;        /* NULL-terminated "VARIABLE=NAME": the variable gets the path of that secret */
	const char *directory; /* "" = the user's home */
	const char *run_as;    /* "" = the node's job user */
	const char *tenant;
	const char *role;        /* database role of the job's team, "" = none */
	const char *kind;        /* runner, "" = argv is the program */
	const char *output_file; /* "" = captured */
	const char *error_file;
	SpecFile parameters;
	SpecFile command;    /* too long for an argument */
	SpecFile settings;   /* a runner's specification */
	SpecFile checkpoint; /* of an earlier attempt */
	SpecNumbers numbers;
	char *memory; /* all of the above points into it */
} SpecBlock;

/* What is put in is terminated by the builder; a zeroed one is empty. */
typedef struct SpecBuilder
{
	Buf fields[SPEC_FIELDS];
	uint32_t counts[SPEC_LISTS];
	SpecNumbers numbers;
} SpecBuilder;

/* An element of a list, or the whole of a string or file. */
void spec_add(SpecBuilder *builder, SpecField field, const char *bytes, size_t len);
void spec_add_variable(SpecBuilder *builder, const char *name, const char *value, size_t len);
void spec_builder_free(SpecBuilder *builder);
void spec_encode(const SpecBuilder *builder, Buf *out);

int spec_decode(const char *bytes, size_t len, SpecBlock *spec, Err *e);
void spec_free(SpecBlock *spec);

/* The block in a sealed memfd. Returns the descriptor. */
int spec_to_memfd(const Buf *block, Err *e);
int spec_from_memfd(int fd, SpecBlock *spec, Err *e);

/* In the work directory: what a run without parameters reads, "{}". */
#define NO_PARAMETERS_FILE "no_parameters.json"

/* <work_dir>/runs/<run>.<attempt>.<fence>[/file]; the caller frees. */
char *run_directory_path(const char *work_dir, const AttemptKey *key, const char *file);

#define cleanup_spec __attribute__((cleanup(spec_free)))
#define cleanup_spec_builder __attribute__((cleanup(spec_builder_free)))

#endif
