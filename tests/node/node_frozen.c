/*
 * A job whose process waits for a disk that does not answer, which no signal ends: it is told to be unkillable, holds its
 * slot and nobody else, and ends when the disk comes back.  The disk is a file system in a file, frozen.
 */
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "mem.h"
#include "node_keeper.h"
#include "tap.h"

static bool
make_disk(void)
{
	cleanup_free char *command = mem_printf(
		"cd '%s' && mkdir disk && dd if=/dev/zero of=image bs=1M count=16 status=none && mkfs.ext4 -q image &&"
		" mount -o loop image disk && chown jobs disk",
		node_folder);

	return system(command) == 0;
}

static bool
freeze(int disk, bool on)
{
	return ioctl(disk, on ? FIFREEZE : FITHAW, 0) == 0;
}

int
main(void)
{
	cleanup_free char *unmount = NULL;
	AttemptKey stuck;
	AttemptKey other;
	int disk;

	node_enter();
	if (!make_disk())
	{
		printf("1..0 # SKIP no file system can be made in a file here\n");
		return 0;
	}
	unmount = mem_printf("umount '%s/disk'", node_folder);
	disk = open(node_path("disk"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	node_start((const char *const[]){"--slots=2", NULL});
	ok(freeze(disk, true), "a disk stands still");
	stuck = start_wish(&(Wish){.command = "echo $$; exec touch file", .directory = node_path("disk"), .grace_ms = 300});
	until(seen_of(&stuck)->out[0].len > 0);
	usleep(300000);
	order(stuck, ORDER_CANCEL, 1, 1, 0, 300);
	until(seen_of(&stuck)->stuck);
	ok(seen_of(&stuck)->stuck && strstr(seen_of(&stuck)->text, "cannot be killed") != NULL && !is_gone(seen_of(&stuck)),
	   "a job that waits for it does not die, and that is told: %s", seen_of(&stuck)->text);
	ok(!seen_of(&stuck)->ended, "as no end");
	ok(ended_as(node_run(&(Wish){.command = "exit 4", .grace_ms = 300}), EVENT_EXITED, 4, 0), "others run beside it");
	other = start_command("sleep 1000");
	wait_started(other);
	ok(ended_as(node_run(&(Wish){.command = "true", .grace_ms = 300}), EVENT_RETURNED, -1, 0), "but its slot is taken");
	order(other, ORDER_CANCEL, 1, 1, 0, 300);
	wait_ended(other);
	report(other);
	ok(freeze(disk, false), "the disk comes back");
	/* The first of what it was sent that ends a program like this one. */
	ok(ended_as(wait_ended(stuck), EVENT_CANCELLED, -1, SIGTERM) && is_gone(seen_of(&stuck)),
	   "and the job ends of what it was sent");
	report(stuck);
	ok(node_stop() == 0, "the keeper leaves cleanly");
	close(disk);
	ok(system(unmount) == 0, "and nothing holds the disk");
	node_leave();
	return done_testing();
}
