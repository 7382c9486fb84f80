/*
 * The options every verb has.
 */
#ifndef JOBGRID_CLI_CONNECTION_OPTIONS_H
#define JOBGRID_CLI_CONNECTION_OPTIONS_H

#include "args.h"

extern const Option connection_options[];

#endif
