/*
 * limit.c - what the controllers of control groups hold a job to.
 */
#include "limit.h"

#include <errno.h>
#include <string.h>

#include "cgroupfs.h"
#include "hierarchy.h"
#include "log.h"

static const Enforcement limits[] = {ENFORCE_CPU, ENFORCE_MEMORY, ENFORCE_PROCESSES, ENFORCE_IO};

static const LimitFile *
files_of(const Hierarchy *h)
{
	return h->unified ? limit_v2_files : limit_v1_files;
}

/* Where the files of a limit are; all controllers of one limit are in one hierarchy. */
static const Hierarchy *
hierarchy_for(Enforcement limit)
{
	for (const LimitFile *f = limit_v2_files; f->file != NULL; f++)
	{
		if (f->limit == limit)
			return hierarchy_of(f->controller);
	}
	return NULL;
}

static int
write_file(const Hierarchy *h, const char *group, const LimitFile *file, const SpecNumbers *numbers)
{
	char text[LIMIT_TEXT];

	file->format(numbers, text);
	if (cgroupfs_write(h->dir, group, file->file, text) == 0 || (file->capped && errno == EINVAL))
		return 0;
	return -1;
}

bool
limit_wanted(const SpecNumbers *numbers)
{
	return numbers->cpu_milli > 0 || numbers->cpu_weight > 0 || numbers->memory > 0 || numbers->processes > 0 ||
		   numbers->io_weight > 0;
}

static bool
probe_one(const Hierarchy *h, const char *group, Enforcement limit)
{
	const SpecNumbers none = {0};
	const char *lacks = NULL;
	bool either = false;

	for (const LimitFile *f = files_of(h); f->file != NULL; f++)
	{
		if (f->limit != limit)
			continue;
		if (write_file(h, group, f, &none) == 0)
			either = either || f->need == LIMIT_EITHER;
		else if (f->need != LIMIT_EXTRA)
			lacks = f->file;
	}
	if (lacks == NULL || either)
		return true;
	log_info("control group \"%s/%s\" has no file \"%s\" that can be written", h->path, group, lacks);
	return false;
}

unsigned
limit_probe(const char *group)
{
	unsigned set = 0;

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
	{
		const Hierarchy *h = hierarchy_for(limits[i]);

		if (h != NULL && probe_one(h, group, limits[i]))
			set |= ENFORCE_BIT(limits[i]);
	}
	return set;
}

static int
apply_one(const Hierarchy *h, const char *group, Enforcement limit, const SpecNumbers *numbers, Err *e)
{
	for (const LimitFile *f = files_of(h); f->file != NULL; f++)
	{
		if (f->limit != limit || write_file(h, group, f, numbers) == 0 || f->need == LIMIT_EXTRA)
			continue;
		if (f->need == LIMIT_NEEDED || errno != ENOENT)
			return err_set(e, errno, "could not write \"%s/%s/%s\"", h->path, group, f->file);
	}
	return 0;
}

int
limit_apply(const char *group, const SpecNumbers *numbers, unsigned set, Err *e)
{
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
	{
		if ((set & ENFORCE_BIT(limits[i])) != 0 &&
			apply_one(hierarchy_for(limits[i]), group, limits[i], numbers, e) < 0)
			return -1;
	}
	return 0;
}
