/*
 * json_check.h - strict grammar check of a JSON text, before jsmn sees it.
 */
#ifndef JOBGRID_JSON_CHECK_H
#define JOBGRID_JSON_CHECK_H

#include "json.h"

/* Counts the tokens jsmn will make (keys count). < 0 when not JSON or over a cap. */
int json_check(const char *text, size_t len, const JsonCaps *caps, size_t *tokens, Err *e);

#endif
