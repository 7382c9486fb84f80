/*
 * options.h - the keeper's command line.
 */
#ifndef JOBGRID_KEEPER_OPTIONS_H
#define JOBGRID_KEEPER_OPTIONS_H

#include "config.h"

/* Fills the table from flags, environment and file; answers --help and --version itself, and exits. */
int options_load(int argc, char **argv, ConfigItem *items, Err *e);

#endif
