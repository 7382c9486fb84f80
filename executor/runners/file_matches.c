/*
 * file_matches.c - which files are there, and since when they have not changed.
 *
 * Pure: it is told what a look has found and what time it is.  A file's own
 * times are compared with each other only, because the clock that wrote them
 * may be another machine's.
 */
#include "file_matches.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"

FileMatch
file_match(const char *name, const struct stat *st)
{
	return (FileMatch){.name = mem_strdup(name),
					   .device = st->st_dev,
					   .inode = st->st_ino,
					   .size = st->st_size,
					   .modified = st->st_mtim};
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const FileMatch *) a)->name, ((const FileMatch *) b)->name);
}

static bool
same_file(const FileMatch *a, const FileMatch *b)
{
	return a->device == b->device && a->inode == b->inode;
}

static bool
same_content(const FileMatch *a, const FileMatch *b)
{
	return a->size == b->size && a->modified.tv_sec == b->modified.tv_sec && a->modified.tv_nsec == b->modified.tv_nsec;
}

/* now: the same name as before; carries over what is known about the file. */
static void
compare(const FileMatch *before, FileMatch *now, FileTell tell, void *arg)
{
	if (!same_file(before, now))
	{
		tell(FILE_REPLACED, now, arg);
		return;
	}
	now->changed = before->changed;
	if (same_content(before, now))
	{
		now->since = before->since;
		return;
	}
	if (!now->changed)
		tell(FILE_CHANGED, now, arg);
	now->changed = true;
}

/* Walks the old and the new list, both in the order of names, side by side. */
static void
compare_all(const FileMatches *matches, FileMatch *found, size_t count, FileTell tell, void *arg)
{
	size_t old = 0;
	size_t new = 0;

	while (old < matches->count || new < count)
	{
		int order = old == matches->count ? 1 : new == count ? -1 : by_name(&matches->files[old], &found[new]);

		if (order < 0)
			tell(FILE_VANISHED, &matches->files[old++], arg);
		else if (order > 0)
			tell(FILE_APPEARED, &found[new ++], arg);
		else
			compare(&matches->files[old++], &found[new ++], tell, arg);
	}
}

void
file_matches_update(FileMatches *matches, FileMatch *found, size_t count, int64_t now, FileTell tell, void *arg)
{
	FileMatches after = {.looked = true, .count = count, .empty_since = now};

	if (matches->looked && matches->count == 0)
		after.empty_since = matches->empty_since;
	if (count > 0)
	{
		after.files = mem_alloc(count * sizeof(*found));
		memcpy(after.files, found, count * sizeof(*found));
		qsort(after.files, count, sizeof(*found), by_name);
	}
	for (size_t i = 0; i < count; i++)
		after.files[i].since = now;
	compare_all(matches, after.files, count, tell, arg);
	file_matches_free(matches);
	*matches = after;
}

bool
file_match_complete(const FileMatch *match, const FileWanted *wanted, int64_t now)
{
	return match->size >= wanted->min_size && now - match->since >= wanted->stable_us;
}

bool
file_matches_done(const FileMatches *matches, const FileWanted *wanted, int64_t now)
{
	if (wanted->gone)
		return matches->looked && matches->count == 0 && now - matches->empty_since >= wanted->stable_us;
	for (size_t i = 0; i < matches->count; i++)
		if (file_match_complete(&matches->files[i], wanted, now))
			return true;
	return false;
}

int64_t
file_matches_due(const FileMatches *matches, const FileWanted *wanted)
{
	int64_t due = INT64_MAX;

	if (wanted->gone)
		return matches->looked && matches->count == 0 ? matches->empty_since + wanted->stable_us : INT64_MAX;
	for (size_t i = 0; i < matches->count; i++)
	{
		const FileMatch *match = &matches->files[i];

		if (match->size >= wanted->min_size && match->since + wanted->stable_us < due)
			due = match->since + wanted->stable_us;
	}
	return due;
}

void
file_matches_free(FileMatches *matches)
{
	for (size_t i = 0; i < matches->count; i++)
		free(matches->files[i].name);
	free(matches->files);
	*matches = (FileMatches){0};
}
