/*
 * log.h - the logger: one line a message on stderr.
 *
 * log_warn() and fatal() append errno's text, log_warnx() and fatalx() do not.
 * fatal_usage() is for what was asked for and cannot work: to try it again is useless.
 * Under systemd (stderr is the journal) lines begin with a priority "<N>".
 */
#ifndef JOBGRID_LOG_H
#define JOBGRID_LOG_H

#include <stdbool.h>

#define EXIT_USAGE 2

void log_init(const char *program, bool debug);
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warnx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void fatal(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
void fatal_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
void fatalx(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
