/*
 * file_matches.h - which files are there, and since when they have not changed.
 */
#ifndef JOBGRID_RUNNERS_FILE_MATCHES_H
#define JOBGRID_RUNNERS_FILE_MATCHES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

typedef struct FileMatch
{
	char *name; /* owned */
	dev_t device;
	ino_t inode;
	int64_t size;
	struct timespec modified;
	int64_t since; /* seen like this, without a change */
	bool changed;  /* at least once, as this file */
} FileMatch;

typedef enum FileChange
{
	FILE_APPEARED,
	FILE_CHANGED, /* the first time; later changes are not told */
	FILE_REPLACED,
	FILE_VANISHED
} FileChange;

typedef void (*FileTell)(FileChange change, const FileMatch *match, void *arg);

/* Zeroed: nothing has been looked at. */
typedef struct FileMatches
{
	FileMatch *files; /* by name */
	size_t count;
	bool looked;
	int64_t empty_since; /* valid where there is none */
} FileMatches;

typedef struct FileWanted
{
	bool gone;
	int64_t min_size;
	int64_t stable_us;
} FileWanted;

FileMatch file_match(const char *name, const struct stat *st);

/* Takes what one look has found (each name once, in any order) and tells what is new about it. */
void file_matches_update(FileMatches *matches, FileMatch *found, size_t count, int64_t now, FileTell tell, void *arg);

/* What is awaited is there. */
bool file_matches_done(const FileMatches *matches, const FileWanted *wanted, int64_t now);
bool file_match_complete(const FileMatch *match, const FileWanted *wanted, int64_t now);

/* When it will be, if nothing changes; INT64_MAX: not by waiting alone. */
int64_t file_matches_due(const FileMatches *matches, const FileWanted *wanted);

void file_matches_free(FileMatches *matches);

#endif
