/*
 * log.c - the logger.  A message is one write(2), so that lines of processes
 * that share stderr do not mix; control characters cannot forge a line.
 */
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* syslog priorities, as systemd reads them */
enum
{
	PRIORITY_FATAL = 2,
	PRIORITY_WARNING = 4,
	PRIORITY_INFO = 6,
	PRIORITY_DEBUG = 7
};

static const char *log_program = "jobgrid";
static bool log_debugging = false;
static bool log_to_journal = false;

/* JOURNAL_STREAM is inherited by children with another stderr: compare the file. */
static bool
stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev;
	unsigned long long ino;
	struct stat st;

	if (stream == NULL || sscanf(stream, "%llu:%llu", &dev, &ino) != 2)
		return false;
	return fstat(STDERR_FILENO, &st) == 0 && st.st_dev == dev && st.st_ino == ino;
}

void
log_init(const char *program, bool debug)
{
	log_program = program;
	log_debugging = debug;
	log_to_journal = stderr_is_journal();
}

static void
log_emit(int priority, const char *label, int errnum, const char *fmt, va_list ap)
{
	char line[2048];
	size_t limit = sizeof(line) - 1; /* room for the newline */
	int used;
	size_t len;
	ssize_t written;

	if (log_to_journal)
		used = snprintf(line, limit, "<%d>%s", priority, label);
	else
		used = snprintf(line, limit, "%s[%d]: %s", log_program, (int) getpid(), label);
	len = (size_t) used;
	vsnprintf(line + len, limit - len, fmt, ap);
	len = strlen(line);
	if (errnum != 0)
	{
		snprintf(line + len, limit - len, ": %s", strerror(errnum));
		len = strlen(line);
	}
	for (size_t i = 0; i < len; i++)
	{
		if ((unsigned char) line[i] < 0x20 && line[i] != '\t')
			line[i] = ' ';
	}
	line[len++] = '\n';
	written = write(STDERR_FILENO, line, len);
	(void) written; /* nobody is left to tell */
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	if (!log_debugging)
		return;
	va_start(ap, fmt);
	log_emit(PRIORITY_DEBUG, "debug: ", 0, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_emit(PRIORITY_INFO, "", 0, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	int errnum = errno;
	va_list ap;

	va_start(ap, fmt);
	log_emit(PRIORITY_WARNING, "warning: ", errnum, fmt, ap);
	va_end(ap);
	errno = errnum;
}

void
log_warnx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_emit(PRIORITY_WARNING, "warning: ", 0, fmt, ap);
	va_end(ap);
}

void
fatal(const char *fmt, ...)
{
	int errnum = errno;
	va_list ap;

	va_start(ap, fmt);
	log_emit(PRIORITY_FATAL, "fatal: ", errnum, fmt, ap);
	va_end(ap);
	exit(1);
}

void
fatal_usage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_emit(PRIORITY_FATAL, "fatal: ", 0, fmt, ap);
	va_end(ap);
	exit(EXIT_USAGE);
}

void
fatalx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_emit(PRIORITY_FATAL, "fatal: ", 0, fmt, ap);
	va_end(ap);
	exit(1);
}
