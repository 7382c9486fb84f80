/*
 * boot.h - which run of the machine this is: process numbers and clock_now_us() mean nothing in another one.
 */
#ifndef JOBGRID_KEEPER_BOOT_H
#define JOBGRID_KEEPER_BOOT_H

#include <stdint.h>

#include "err.h"

/* Tests put their own in its place. */
extern int (*boot_id_read)(uint8_t id[16], Err *e);

#endif
