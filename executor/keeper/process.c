/*
 * process.c - what /proc says of a process.
 */
#include "process.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mem.h"

/* An environment is as large as its owner likes. */
#define MAX_BYTES (4 * 1024 * 1024)

static int
read_proc(const char *path, Buf *out)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	char piece[4096];
	ssize_t n;

	if (fd < 0)
		return -1;
	while ((n = read(fd, piece, sizeof(piece))) > 0 && out->len < MAX_BYTES)
		buf_append(out, piece, (size_t) n);
	return n < 0 ? -1 : 0;
}

int
process_facts(pid_t pid, ProcessFacts *facts)
{
	cleanup_free char *path = mem_printf("/proc/%d/stat", (int) pid);
	cleanup_buf Buf stat = {0};
	long tick = sysconf(_SC_CLK_TCK);
	const char *after;
	int session;
	unsigned long long used[4];
	unsigned long long started;
	long threads;
	long pages;

	if (read_proc(path, &stat) < 0 || stat.len == 0)
		return -1;
	/* The name may hold anything, parentheses too: fields count from the last one. */
	after = strrchr(stat.data, ')');
	if (after == NULL || sscanf(after + 1,
								" %*c %*d %*d %d %*d %*d %*u %*u %*u %*u %*u %llu %llu %llu %llu %*d %*d %ld %*d %llu"
								" %*u %ld",
								&session, &used[0], &used[1], &used[2], &used[3], &threads, &started, &pages) != 8)
		return -1;
	facts->session = session;
	facts->started_at = (int64_t) (started * 1000000ULL / (unsigned long long) tick);
	facts->cpu_us = (int64_t) ((used[0] + used[1] + used[2] + used[3]) * 1000000ULL / (unsigned long long) tick);
	facts->threads = threads;
	facts->rss_kb = pages * (sysconf(_SC_PAGESIZE) / 1024);
	return 0;
}

int
process_environ(pid_t pid, Buf *out)
{
	cleanup_free char *path = mem_printf("/proc/%d/environ", (int) pid);

	return read_proc(path, out);
}

int
process_children(pid_t pid, ProcessVisitor visit, void *arg)
{
	cleanup_free char *path = mem_printf("/proc/%d/task/%d/children", (int) pid, (int) pid);
	cleanup_buf Buf children = {0};
	const char *p;
	char *end;

	if (read_proc(path, &children) < 0)
		return -1;
	for (p = buf_text(&children);; p = end)
	{
		pid_t child = (pid_t) strtol(p, &end, 10);

		if (end == p)
			return 0;
		visit(child, arg);
	}
}

int64_t
process_threads_of(uid_t uid)
{
	DIR *dir = opendir("/proc");
	const struct dirent *entry;
	int64_t threads = 0;

	if (dir == NULL)
		return 0;
	while ((entry = readdir(dir)) != NULL)
	{
		pid_t pid = (pid_t) strtol(entry->d_name, NULL, 10);
		ProcessFacts facts;
		struct stat st;

		if (pid > 0 && fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 && st.st_uid == uid &&
			process_facts(pid, &facts) == 0)
			threads += facts.threads;
	}
	closedir(dir);
	return threads;
}
