/*
 * runner_settings.h - the specification file of a runner.
 */
#ifndef JOBGRID_AGENT_RUNNER_SETTINGS_H
#define JOBGRID_AGENT_RUNNER_SETTINGS_H

#include "json.h"
#include "specblock.h"

int runner_settings_add(SpecBuilder *builder, const char *kind, const JsonDoc *doc, JsonNode root, const char *work_dir,
						const AttemptKey *key, Err *e);

#endif
