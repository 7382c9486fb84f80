/*
 * job_options.h - limits and output of a job, from the database's JSON.
 */
#ifndef JOBGRID_AGENT_JOB_OPTIONS_H
#define JOBGRID_AGENT_JOB_OPTIONS_H

#include "err.h"
#include "json.h"
#include "specification.h"

int job_options_read(Specification *spec, const JsonDoc *doc, JsonNode root, Err *e);

#endif
