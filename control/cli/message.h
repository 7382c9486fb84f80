/*
 * What is said to the person on stderr; stdout carries answers only.
 */
#ifndef JOBGRID_CLI_MESSAGE_H
#define JOBGRID_CLI_MESSAGE_H

#include "failure.h"

extern void message_failure(const Failure *failure);

/* severity as the server calls it; null parts are left out */
extern void message_notice(const char *severity, const char *message, const char *detail, const char *hint);
extern void message_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
extern void message_hint(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
