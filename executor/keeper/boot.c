/*
 * boot.c - which run of the machine this is, as the kernel says it.
 */
#include "boot.h"

#include <errno.h>
#include <stdio.h>

#include "mem.h"

static int
read_kernels(uint8_t id[16], Err *e)
{
	static const char path[] = "/proc/sys/kernel/random/boot_id";
	cleanup_fclose FILE *f = fopen(path, "re");

	if (f == NULL)
		return err_set(e, errno, "could not open \"%s\"", path);
	for (int i = 0; i < 16; i++)
	{
		unsigned byte;

		if (fscanf(f, i == 4 || i == 6 || i == 8 || i == 10 ? "-%2x" : "%2x", &byte) != 1)
			return err_set(e, 0, "\"%s\" holds no boot id", path);
		id[i] = (uint8_t) byte;
	}
	return 0;
}

int (*boot_id_read)(uint8_t id[16], Err *e) = read_kernels;
