/*
 * scene.c - the keeper as root with this program as its agent, on a node as it is or with less to be seen of it.
 */
#include "scene.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "enforce.h"
#include "keeper_agent.h"
#include "log.h"
#include "mem.h"

#define NOBODY 65534
#define MAX_MOUNTS 32

/* ---- what is mounted ---- */

typedef struct Mounts
{
	char *points[MAX_MOUNTS];
	bool unified[MAX_MOUNTS];
	size_t count;
} Mounts;

static void
read_mounts(Mounts *mounts)
{
	cleanup_fclose FILE *f = fopen("/proc/self/mounts", "re");
	char point[1024];
	char type[64];

	mounts->count = 0;
	while (f != NULL && fscanf(f, "%*s %1023s %63s %*[^\n]", point, type) == 2)
	{
		if (strncmp(type, "cgroup", 6) != 0 || mounts->count == MAX_MOUNTS)
			continue;
		mounts->unified[mounts->count] = strcmp(type, "cgroup2") == 0;
		mounts->points[mounts->count++] = mem_strdup(point);
	}
}

static void
free_mounts(Mounts *mounts)
{
	for (size_t i = 0; i < mounts->count; i++)
		free(mounts->points[i]);
}

typedef enum Hide
{
	HIDE_NOTHING = 0,
	HIDE_V1 = 1,
	HIDE_V2 = 2,
	HIDE_ALL = HIDE_V1 | HIDE_V2
} Hide;

/* For this process and its children. */
static void
hide_groups(const Mounts *mounts, Hide what)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		fatal("could not have a mount namespace");
	for (size_t i = mounts->count; i-- > 0;)
	{
		if ((what & (mounts->unified[i] ? HIDE_V2 : HIDE_V1)) != 0 && umount2(mounts->points[i], MNT_DETACH) < 0)
			fatal("could not unmount \"%s\"", mounts->points[i]);
	}
}

static int
count_mounts(const Mounts *mounts, bool unified)
{
	int count = 0;

	for (size_t i = 0; i < mounts->count; i++)
		count += mounts->unified[i] == unified;
	return count;
}

/* The counters of TAP live in the program, and are its child's for a while. */
static void
play_apart(void (*play)(const char *name), const char *name, Hide what, int *count, int *failed)
{
	int *shared = mmap(NULL, 2 * sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
	{
		Mounts mounts;

		read_mounts(&mounts);
		hide_groups(&mounts, what);
		free_mounts(&mounts);
		play(name);
		fflush(stdout);
		shared[0] = *count;
		shared[1] = *failed;
		_exit(0);
	}
	waitpid(pid, &status, 0);
	if (status != 0)
		fatalx("scene \"%s\" was broken off (%d)", name, status);
	*count = shared[0];
	*failed = shared[1];
	munmap(shared, 2 * sizeof(int));
}

bool
scene_run_all(void (*play)(const char *name), int *count, int *failed)
{
	static const struct
	{
		const char *name;
		Hide hide;
		bool hybrid; /* only where both versions are mounted */
	} scenes[] = {{SCENE_AS_IT_IS, HIDE_NOTHING, false},
				  {"version 1 alone", HIDE_V2, true},
				  {"version 2 alone", HIDE_V1, true},
				  {"no control groups", HIDE_ALL, false}};
	Mounts mounts;
	bool hybrid;

	if (geteuid() != 0)
	{
		printf("1..0 # SKIP needs root\n");
		return false;
	}
	read_mounts(&mounts);
	hybrid = count_mounts(&mounts, true) > 0 && count_mounts(&mounts, false) > 0;
	free_mounts(&mounts);
	for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
	{
		if (!scenes[i].hybrid || hybrid)
			play_apart(play, scenes[i].name, scenes[i].hide, count, failed);
		else
			printf("ok %d # skip %s: this node does not have both versions\n", ++*count, scenes[i].name);
	}
	return true;
}

/* ---- folders ---- */

char *
scene_folder(void)
{
	char *folder = mem_strdup("/tmp/jobgrid-scene-XXXXXX");
	cleanup_free char *notes = NULL;

	if (mkdtemp(folder) == NULL || chmod(folder, 0711) < 0)
		fatal("could not make a folder");
	notes = mem_printf("%s/notes", folder);
	if (mkdir(notes, 0755) < 0 || chown(notes, NOBODY, NOBODY) < 0)
		fatal("could not make a folder");
	copy_programs(folder, getenv("JOBGRID_EXECUTOR"));
	return folder;
}

void
scene_remove(char *folder)
{
	cleanup_free char *command = mem_printf("rm -rf '%s'", folder);

	if (system(command) != 0)
		fatalx("could not remove \"%s\"", folder);
	free(folder);
}

void
scene_save_count(const char *folder, int count, int failed)
{
	cleanup_free char *path = mem_printf("%s/notes/count", folder);
	cleanup_fclose FILE *f = fopen(path, "we");

	if (f == NULL || fprintf(f, "%d %d\n", count, failed) < 0 ||
		(geteuid() == 0 && fchown(fileno(f), NOBODY, NOBODY) < 0))
		fatal("could not write \"%s\"", path);
}

void
scene_load_count(const char *folder, int *count, int *failed)
{
	cleanup_free char *path = mem_printf("%s/notes/count", folder);
	cleanup_fclose FILE *f = fopen(path, "re");

	if (f != NULL && fscanf(f, "%d %d", count, failed) != 2)
		fatalx("\"%s\" is broken", path);
}

/* ---- two sides ---- */

static void
serve_one(Scene *scene, SceneServe serve)
{
	char request[256];
	ssize_t n = recv(scene->socket, request, sizeof(request) - 1, MSG_DONTWAIT);
	long answer;

	if (n <= 0)
		return;
	request[n] = '\0';
	answer = serve(scene, request);
	if (send(scene->socket, &answer, sizeof(answer), MSG_NOSIGNAL) < 0)
		return;
}

int
scene_play(Scene *scene, const char *act, const char *const *arguments, SceneServe serve)
{
	int pair[2];
	int status = -1;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		fatal("could not make a socket pair");
	setenv("JOBGRID_SCENE_ACT", act, 1);
	scene->socket = pair[0];
	scene->keeper = start_keeper(scene->folder, arguments, pair[1]);
	close(pair[1]);
	while (waitpid(scene->keeper, &status, WNOHANG) == 0)
	{
		serve_one(scene, serve);
		usleep(2000);
	}
	close(scene->socket);
	return status;
}

const char *
scene_act(void)
{
	return getenv("JOBGRID_SCENE_ACT");
}

long
scene_ask(const char *request)
{
	long answer = -1;

	if (send(0, request, strlen(request), MSG_NOSIGNAL) < 0 || recv(0, &answer, sizeof(answer), 0) != sizeof(answer))
		fatal("nobody answers \"%s\"", request);
	return answer;
}

/* ---- control groups ---- */

static long
words_of(const char *list, const char *separators)
{
	static const struct
	{
		const char *controller;
		Enforcement what;
	} words[] = {{"cpu", ENFORCE_CPU}, {"memory", ENFORCE_MEMORY}, {"pids", ENFORCE_PROCESSES}};
	cleanup_free char *copy = mem_strdup(list);
	char *save = NULL;
	long set = 0;

	for (char *word = strtok_r(copy, separators, &save); word != NULL; word = strtok_r(NULL, separators, &save))
	{
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			set |= strcmp(word, words[i].controller) == 0 ? (long) ENFORCE_BIT(words[i].what) : 0;
	}
	return set;
}

/* In version 2 it depends on who else is in this process' group, unless that is the root. */
static long
words_of_unified(const char *point)
{
	cleanup_free char *file = mem_printf("%s/cgroup.controllers", point);
	cleanup_fclose FILE *self = fopen("/proc/self/cgroup", "re");
	cleanup_fclose FILE *controllers = fopen(file, "re");
	char line[256];
	bool at_root = false;

	while (self != NULL && fgets(line, sizeof(line), self) != NULL)
		at_root = at_root || strcmp(line, "0::/\n") == 0;
	if (!at_root || controllers == NULL)
		return -1;
	return fgets(line, sizeof(line), controllers) != NULL ? words_of(line, " \n") : 0;
}

long
scene_words(void)
{
	cleanup_fclose FILE *f = fopen("/proc/self/mounts", "re");
	char point[1024];
	char type[64];
	char options[1024];
	long set = ENFORCE_BIT(ENFORCE_NETWORK);

	while (f != NULL && fscanf(f, "%*s %1023s %63s %1023s %*[^\n]", point, type, options) == 3)
	{
		long more = 0;

		if (strcmp(type, "cgroup2") == 0)
			more = ENFORCE_BIT(ENFORCE_CONTAIN) | words_of_unified(point);
		else if (strcmp(type, "cgroup") == 0)
			more = words_of(options, ",");
		if (more < 0)
			return -1;
		set |= more;
		if ((more & (long) ENFORCE_BIT(ENFORCE_PROCESSES)) != 0)
			set |= ENFORCE_BIT(ENFORCE_CONTAIN);
	}
	return set;
}

static struct
{
	const char *name;
	SceneVisitor visit;
	void *arg;
	size_t count;
} search;

static int
see_directory(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	size_t len = strlen(path);
	size_t name = strlen(search.name);

	(void) st;
	(void) ftw;
	if (type != FTW_D || len < name || strcmp(path + len - name, search.name) != 0 || path[len - name - 1] != '/')
		return 0;
	search.count++;
	if (search.visit != NULL)
		search.visit(path, search.arg);
	return 0;
}

size_t
scene_groups(const char *name, SceneVisitor visit, void *arg)
{
	Mounts mounts;

	search.name = name;
	search.visit = visit;
	search.arg = arg;
	search.count = 0;
	read_mounts(&mounts);
	for (size_t i = 0; i < mounts.count; i++)
		nftw(mounts.points[i], see_directory, 16, FTW_PHYS | FTW_MOUNT);
	free_mounts(&mounts);
	return search.count;
}

typedef struct Reading
{
	const char *file;
	long value;
} Reading;

static void
read_number(const char *path, void *arg)
{
	Reading *reading = arg;
	cleanup_free char *file = mem_printf("%s/%s", path, reading->file);
	cleanup_fclose FILE *f = fopen(file, "re");
	char text[64] = "";

	if (f == NULL || fgets(text, sizeof(text), f) == NULL)
		return;
	reading->value = strncmp(text, "max", 3) == 0 ? -2 : strtol(text, NULL, 10);
}

long
scene_number(const char *name, const char *file)
{
	cleanup_free char *group = mem_printf("%s/%s", SCENE_GROUP, name);
	Reading reading = {.file = file, .value = -1};

	scene_groups(group, read_number, &reading);
	return reading.value;
}

static void
count_members(const char *path, void *arg)
{
	cleanup_free char *file = mem_printf("%s/cgroup.procs", path);
	cleanup_fclose FILE *f = fopen(file, "re");
	long count = 0;
	int pid;

	while (f != NULL && fscanf(f, "%d", &pid) == 1)
		count++;
	if (count > *(long *) arg)
		*(long *) arg = count;
}

long
scene_members(const char *name)
{
	cleanup_free char *group = mem_printf("%s/%s", SCENE_GROUP, name);
	long count = 0;

	scene_groups(group, count_members, &count);
	return count;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

typedef struct List
{
	char **paths;
	size_t count;
} List;

static void
list_beside(const char *path, void *arg)
{
	cleanup_free char *command = mem_printf("find '%s/..' -mindepth 1 -maxdepth 1 -type d ! -name 'jobgrid-*'", path);
	FILE *f = popen(command, "re");
	List *list = arg;
	char line[1024];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
	{
		list->paths = mem_resize(list->paths, list->count + 1, sizeof(char *));
		list->paths[list->count++] = mem_strdup(line);
	}
	if (f != NULL)
		pclose(f);
}

char *
scene_neighbours(void)
{
	List list = {0};
	Buf text = {0};

	scene_groups(SCENE_GROUP, list_beside, &list);
	if (list.count > 0)
		qsort(list.paths, list.count, sizeof(char *), compare);
	for (size_t i = 0; i < list.count; i++)
	{
		buf_puts(&text, list.paths[i]);
		free(list.paths[i]);
	}
	free(list.paths);
	buf_putc(&text, '\n');
	return text.data;
}
