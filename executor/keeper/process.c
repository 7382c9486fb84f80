/*
 * process.c - what /proc says of a process.  It judges nothing and signals nobody.
 */
#include "process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mark.h"
#include "mem.h"

#define MAX_BYTES (4 * 1024 * 1024)
#define PIECE_BYTES 512 /* most lines of "stat" are shorter */

static int
read_file(const char *path, Buf *out)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	do
	{
		buf_reserve(out, PIECE_BYTES);
		n = read(fd, out->data + out->len, out->cap - out->len - 1);
		out->len += n > 0 ? (size_t) n : 0;
	} while (n > 0 && out->len < MAX_BYTES);
	out->data[out->len] = '\0';
	return n < 0 ? -1 : 0;
}

static int64_t
us_of_ticks(unsigned long long ticks)
{
	return (int64_t) (ticks * 1000000ULL / (unsigned long long) sysconf(_SC_CLK_TCK));
}

int
process_facts(pid_t pid, ProcessFacts *facts)
{
	cleanup_free char *path = mem_printf("/proc/%d/stat", (int) pid);
	cleanup_buf Buf stat = {0};
	const char *after;
	int parent;
	int group;
	int session;
	unsigned long long used[4];
	unsigned long long ticks;
	long threads;
	long pages;

	if (read_file(path, &stat) < 0 || stat.len == 0)
		return -1;
	/* The name may hold anything, parentheses too: fields count from the last one. */
	after = strrchr(stat.data, ')');
	if (after == NULL ||
		sscanf(after + 1,
			   " %*c %d %d %d %*d %*d %*u %*u %*u %*u %*u %llu %llu %llu %llu %*d %*d %ld %*d %llu"
			   " %*u %ld",
			   &parent, &group, &session, &used[0], &used[1], &used[2], &used[3], &threads, &ticks, &pages) != 10)
		return -1;
	*facts = (ProcessFacts){.parent = parent,
							.group = group,
							.session = session,
							.start_ticks = (int64_t) ticks,
							.cpu_us = us_of_ticks(used[0] + used[1] + used[2] + used[3]),
							.rss_kb = pages * (sysconf(_SC_PAGESIZE) / 1024),
							.threads = threads};
	return 0;
}

int
process_environ(pid_t pid, Buf *environ_bytes)
{
	cleanup_free char *path = mem_printf("/proc/%d/environ", (int) pid);

	return read_file(path, environ_bytes);
}

static bool
environ_has(const Buf *environ_bytes, const char *entry)
{
	size_t len = strlen(entry) + 1;

	for (size_t pos = 0; pos + len <= environ_bytes->len;)
	{
		if (memcmp(environ_bytes->data + pos, entry, len) == 0)
			return true;
		pos += strnlen(environ_bytes->data + pos, environ_bytes->len - pos) + 1;
	}
	return false;
}

bool
process_environ_is_of(const Buf *environ_bytes, const AttemptKey *key)
{
	cleanup_free char *run = mem_printf("JOBGRID_RUN_ID=%" PRId64, key->run_id);
	cleanup_free char *fence = mem_printf("JOBGRID_FENCE=%" PRId64, key->fence);

	return environ_has(environ_bytes, mark_variable()) && environ_has(environ_bytes, run) &&
		   environ_has(environ_bytes, fence);
}

/* The descriptor holds whoever has the number now, and only then it is looked who that is. */
int
process_open(pid_t pid, int64_t start_ticks)
{
	cleanup_close int fd = pidfd_open(pid, 0);
	ProcessFacts facts;
	int result;

	if (fd < 0 || process_facts(pid, &facts) < 0 || facts.start_ticks != start_ticks || process_has_ended(fd))
		return -1;
	result = fd;
	fd = -1;
	return result;
}

bool
process_has_ended(int pidfd)
{
	struct pollfd polled = {.fd = pidfd, .events = POLLIN};

	return poll(&polled, 1, 0) > 0;
}

int
process_children(pid_t pid, ProcessVisit visit, void *arg)
{
	cleanup_free char *path = mem_printf("/proc/%d/task/%d/children", (int) pid, (int) pid);
	cleanup_buf Buf children = {0};
	const char *p;
	char *end;

	if (read_file(path, &children) < 0)
		return -1;
	for (p = buf_text(&children);; p = end)
	{
		pid_t child = (pid_t) strtol(p, &end, 10);

		if (end == p)
			return 0;
		visit(child, arg);
	}
}

void
process_all(ProcessVisit visit, void *arg)
{
	DIR *dir = opendir("/proc");
	const struct dirent *entry;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL)
	{
		char *end;
		pid_t pid = (pid_t) strtol(entry->d_name, &end, 10);

		if (*end == '\0' && pid > 0)
			visit(pid, arg);
	}
	closedir(dir);
}

typedef struct Threads
{
	uid_t uid;
	int64_t count;
} Threads;

static void
count_threads(pid_t pid, void *arg)
{
	Threads *threads = arg;
	cleanup_free char *path = mem_printf("/proc/%d", (int) pid);
	ProcessFacts facts;
	struct stat st;

	if (stat(path, &st) == 0 && st.st_uid == threads->uid && process_facts(pid, &facts) == 0)
		threads->count += facts.threads;
}

int64_t
process_threads_of(uid_t uid)
{
	Threads threads = {.uid = uid};

	process_all(count_threads, &threads);
	return threads.count;
}
