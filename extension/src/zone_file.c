/*
 * Time zones by name.
 *
 * The backend keeps the zones it has read for as long as it lives, so that after an update of the files two sessions may
 * disagree about next summer. Here a file is read again when it has changed; a zone that somebody may still be using is
 * never freed, which costs some kilobytes for each update of the files.
 */
#include "zone_file.h"

#include <dirent.h>
#include <sys/stat.h>

#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "time/schedule.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#define FILE_MOST (256 * 1024)
#define SYSTEM_ZONES "/usr/share/zoneinfo"

typedef struct KnownZone
{
	char name[JG_ZONE_NAME]; /* as it was asked for; the key */
	char path[MAXPGPATH];
	struct timespec changed;
	off_t size;
	ino_t inode;
	int64 stamp;
	const JgZone *zone;
} KnownZone;

static HTAB *known;

/* Appends the entry of the folder whose name is that part but for its case. */
static bool
append_entry(char *path, const char *part, size_t length)
{
	DIR *folder = AllocateDir(path);
	struct dirent *entry;
	bool found = false;

	if (folder == NULL)
		return false;
	while (!found && (entry = ReadDirExtended(folder, path, LOG)) != NULL)
	{
		if (strlen(entry->d_name) != length || pg_strncasecmp(entry->d_name, part, length) != 0)
			continue;
		found = strlen(path) + length + 2 <= MAXPGPATH;
		if (found)
		{
			strlcat(path, "/", MAXPGPATH);
			strlcat(path, entry->d_name, MAXPGPATH);
		}
	}
	FreeDir(folder);
	return found;
}

/* Letters, digits, _ + - and single slashes inside: nothing that leads out of the folder. */
static bool
is_zone_name(const char *name)
{
	size_t length = strlen(name);

	if (length == 0 || length >= JG_ZONE_NAME || name[0] == '/' || name[length - 1] == '/' || strstr(name, "//"))
		return false;
	return name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/")] == '\0';
}

static bool
is_file(const char *path)
{
	struct stat found;

	return stat(path, &found) == 0 && S_ISREG(found.st_mode);
}

/* The file of that name, or of that name but for its case, in a folder. */
static bool
find_in(const char *folder, const char *name, char *path)
{
	snprintf(path, MAXPGPATH, "%s/%s", folder, name);
	if (is_file(path))
		return true;
	strlcpy(path, folder, MAXPGPATH);
	for (const char *part = name;; part++)
	{
		size_t length = strcspn(part, "/");

		if (!append_entry(path, part, length))
			return false;
		part += length;
		if (*part == '\0')
			return is_file(path);
	}
}

/* The server's own files come first; most servers are built to use the system's. */
static bool
find_file(const char *name, char *path)
{
	char folder[MAXPGPATH];

	get_share_path(my_exec_path, folder);
	strlcat(folder, "/timezone", sizeof(folder));
	return find_in(folder, name, path) || find_in(SYSTEM_ZONES, name, path);
}

static const JgZone *
read_zone(const char *path, off_t size, int64 *stamp)
{
	uint8_t *bytes;
	size_t room = size > 0 && size <= FILE_MOST ? jg_zone_room((size_t) size) : 0;
	const JgZone *zone = NULL;
	const char *why = "it has no size that a zone's file has";
	void *place;
	FILE *file;

	if (room > 0 && (file = AllocateFile(path, PG_BINARY_R)) != NULL)
	{
		bytes = palloc((Size) size);
		why = "it cannot be read";
		if (fread(bytes, 1, (size_t) size, file) == (size_t) size)
		{
			place = MemoryContextAlloc(TopMemoryContext, room);
			zone = jg_zone_read(bytes, (size_t) size, place, &why);
			if (zone == NULL)
				pfree(place);
			*stamp = (int64) hash_bytes_extended(bytes, (int) size, 0);
		}
		FreeFile(file);
		pfree(bytes);
	}
	if (zone == NULL)
		ereport(LOG, (errmsg("jobgrid: time zone file \"%s\" cannot be used: %s", path, why)));
	return zone;
}

const JgZone *
jg_zone_load(const char *name, int64 *stamp)
{
	char key[JG_ZONE_NAME] = "";
	KnownZone *entry;
	struct stat now;
	bool found;

	if (!is_zone_name(name))
		return NULL;
	if (known == NULL)
	{
		HASHCTL control = {.keysize = JG_ZONE_NAME, .entrysize = sizeof(KnownZone), .hcxt = TopMemoryContext};

		known = hash_create("jobgrid zones", 64, &control, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	}
	strlcpy(key, name, sizeof(key));
	entry = hash_search(known, key, HASH_FIND, NULL);
	if (entry == NULL)
	{
		char path[MAXPGPATH];

		/* Only what exists is kept: names come from anybody. */
		if (!find_file(key, path))
			return NULL;
		entry = hash_search(known, key, HASH_ENTER, &found);
		strlcpy(entry->path, path, sizeof(entry->path));
		entry->zone = NULL;
		entry->size = -1;
	}
	if (stat(entry->path, &now) != 0)
		return NULL;
	if (now.st_size != entry->size || now.st_ino != entry->inode || now.st_mtim.tv_sec != entry->changed.tv_sec ||
		now.st_mtim.tv_nsec != entry->changed.tv_nsec)
	{
		entry->zone = read_zone(entry->path, now.st_size, &entry->stamp);
		entry->size = now.st_size;
		entry->inode = now.st_ino;
		entry->changed = now.st_mtim;
	}
	*stamp = entry->stamp;
	return entry->zone;
}
