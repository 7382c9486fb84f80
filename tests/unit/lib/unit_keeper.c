/*
 * unit_keeper.c - the real keeper with a test program as its agent.
 */
#include "unit_keeper.h"

#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mem.h"

Memory memory;

/* ---- from agent to agent ---- */

void
memory_write(const char *folder)
{
	cleanup_free char *path = mem_printf("%s/memory", folder);
	cleanup_fclose FILE *f = fopen(path, "we");

	memory.next_run = next_run;
	if (f == NULL || fwrite(&memory, sizeof(memory), 1, f) != 1)
		abort();
}

void
memory_read(const char *folder)
{
	cleanup_free char *path = mem_printf("%s/memory", folder);
	cleanup_fclose FILE *f = fopen(path, "re");

	if (f == NULL)
		return;
	if (fread(&memory, sizeof(memory), 1, f) != 1)
		abort();
	next_run = memory.next_run;
}

/* ---- the keeper ---- */

static void
copy_file(const char *from, const char *folder, const char *name)
{
	/* Under another name first: a program that runs cannot be written to. */
	cleanup_free char *command =
		mem_printf("cp '%s' '%s/new' && mv '%s/new' '%s/%s'", from, folder, folder, folder, name);

	if (system(command) != 0)
		abort();
}

static char *
own_path(void)
{
	char self[4096];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (len <= 0)
		abort();
	return mem_strndup(self, (size_t) len);
}

char *
make_folder(void)
{
	cleanup_free char *self = own_path();
	cleanup_free char *keeper = mem_printf("%.*s/keeper/jobgrid-executor", (int) (strrchr(self, '/') - self), self);
	char *folder = mem_strdup("/tmp/jobgrid-keeper-XXXXXX");

	if (mkdtemp(folder) == NULL)
		abort();
	copy_file(keeper, folder, "jobgrid-executor");
	copy_file(self, folder, "jobgrid-agent");
	if (geteuid() != 0)
		return folder;
	if (chmod(folder, 0755) < 0 || chown(folder, 65534, 65534) < 0 || setgroups(0, NULL) < 0 || setgid(65534) < 0 ||
		setuid(65534) < 0)
		abort();
	return folder;
}

void
renew_programs(const char *folder)
{
	static const char *const names[] = {"jobgrid-executor", "jobgrid-agent"};

	for (int i = 0; i < 2; i++)
	{
		cleanup_free char *path = mem_printf("%s/%s", folder, names[i]);

		copy_file(path, folder, names[i]);
	}
}

pid_t
start_keeper(const char *folder, char *const *arguments)
{
	cleanup_free char *keeper = mem_printf("%s/jobgrid-executor", folder);
	cleanup_free char *work = mem_printf("--work-dir=%s", folder);
	char *argv[16] = {"jobgrid-executor", work};
	pid_t pid;

	for (int i = 0; i < 12 && arguments[i] != NULL; i++)
		argv[2 + i] = arguments[i];
	fflush(stdout);
	pid = fork();
	if (pid == 0)
	{
		alarm(300);
		setenv("SECRET", "x", 1);
		setenv("JOBGRID_TEST_FAULTS", folder, 1);
		signal(SIGUSR2, SIG_IGN); /* as nohup does with SIGHUP */
		execv(keeper, argv);
		_exit(127);
	}
	return pid;
}

void
remove_folder(const char *folder)
{
	cleanup_free char *command = mem_printf("rm -rf '%s'", folder);

	if (system(command) != 0)
		abort();
}
