/*
 * keeper_faults.c - a disk, a boot and a SIGKILL for the keeper under test, as files in $JOBGRID_TEST_FAULTS say.
 *
 * Linked into the keeper that the tests run, and nowhere else. It replaces what the journal writes with and what the boot
 * id is read with, and takes the place of kill():
 *
 *	fault.write  an errno: writes fail with it
 *	fault.sync   an errno: syncs do
 *	fault.die    N: the keeper dies instead of its Nth write from then on; N+: right after it
 *	fault.kill   SIGKILL does nothing, as with a process that waits for a disk
 *	boot         16 bytes: the boot id
 *	syncs        gets a byte for every sync
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "keeper/boot.h"
#include "keeper/journal.h"
#include "mem.h"

static const char *folder;
static int (*real_boot_id)(uint8_t id[16], Err *e);

static char *
fault(const char *name)
{
	cleanup_free char *path = mem_printf("%s/%s", folder, name);
	cleanup_fclose FILE *f = fopen(path, "re");
	char text[32] = "";

	return f != NULL && fgets(text, sizeof(text), f) != NULL ? mem_strdup(text) : NULL;
}

static void
write_fault(const char *name, int n, const char *rest)
{
	cleanup_free char *path = mem_printf("%s/%s", folder, name);
	cleanup_fclose FILE *f = fopen(path, "we");

	if (f == NULL || fprintf(f, "%d%s", n, rest) < 0)
		abort();
}

static ssize_t
faulty_write(int fd, const void *bytes, size_t len, off_t at)
{
	cleanup_free char *error = fault("fault.write");
	cleanup_free char *death = fault("fault.die");
	int left = death != NULL ? atoi(death) : 0;
	ssize_t n;

	if (error != NULL)
	{
		errno = atoi(error);
		return -1;
	}
	if (death != NULL && left == 1 && strchr(death, '+') == NULL)
		kill(getpid(), SIGKILL);
	n = pwrite(fd, bytes, len, at);
	if (death != NULL && left == 1)
		kill(getpid(), SIGKILL);
	if (left > 1)
		write_fault("fault.die", left - 1, strchr(death, '+') != NULL ? "+" : "");
	return n;
}

static int
faulty_sync(int fd)
{
	cleanup_free char *error = fault("fault.sync");
	cleanup_free char *path = mem_printf("%s/syncs", folder);
	cleanup_close int counter = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (write(counter, "s", 1) != 1)
		abort();
	if (error == NULL)
		return fdatasync(fd);
	errno = atoi(error);
	return -1;
}

int
kill(pid_t pid, int signo)
{
	cleanup_free char *path = mem_printf("%s/fault.kill", folder != NULL ? folder : "/nonexistent");

	return signo == SIGKILL && access(path, F_OK) == 0 ? 0 : (int) syscall(SYS_kill, pid, signo);
}

static int
faulty_boot_id(uint8_t id[16], Err *e)
{
	cleanup_free char *path = mem_printf("%s/boot", folder);
	cleanup_fclose FILE *f = fopen(path, "re");

	if (f == NULL)
		return real_boot_id(id, e);
	return fread(id, 16, 1, f) == 1 ? 0 : err_set(e, 0, "the test's boot id has not 16 bytes");
}

static void __attribute__((constructor)) install(void)
{
	folder = getenv("JOBGRID_TEST_FAULTS");
	if (folder == NULL)
		return;
	journal_io = (JournalIo){faulty_write, faulty_sync};
	real_boot_id = boot_id_read;
	boot_id_read = faulty_boot_id;
}
