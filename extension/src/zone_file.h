/* Time zones by name, from the files that the server reads too. */
#ifndef JG_ZONE_FILE_H
#define JG_ZONE_FILE_H

#include "postgres.h"

#include "time/zone.h"

/*
 * The zone of that name, whatever its case; NULL: there is none, or its file cannot be used. The file is looked at again
 * each time, so that all processes agree after an update of it; what was returned before stays as it is. The stamp says
 * what the file said.
 */
extern const JgZone *jg_zone_load(const char *name, int64 *stamp);

#endif
