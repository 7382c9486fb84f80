/*
 * err.h - the error object.
 *
 * A function that can fail returns < 0 and fills an Err where the facts are.
 * A caller adds context once with err_wrap(); the message is printed once, by
 * whoever decides what the failure means.  No allocation, so nothing to free.
 */
#ifndef JOBGRID_ERR_H
#define JOBGRID_ERR_H

typedef struct Err
{
	int errnum; /* errno of the cause, or 0 */
	char message[1024];
} Err;

/* Both return -1, so that "return err_set(...)" reads well. errnum != 0 appends its text. */
int err_set(Err *e, int errnum, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int err_wrap(Err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
