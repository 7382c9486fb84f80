/* Values of an iCalendar file: dates, durations, texts. Pure: no server inside. */
#ifndef JG_ICS_VALUE_H
#define JG_ICS_VALUE_H

#include <stdint.h>

#include "ics_line.h"

/* Takes 20261225, or 20261225T180000 with or without Z, as seconds since 1970 by the clock that it is written for. */
extern bool jg_ics_date(JgIcsText *text, int64_t *moment);

/* Reads P1D, P1W, PT24H and the like, not below zero. */
extern bool jg_ics_duration(JgIcsText text, int64_t *seconds);

/*
 * Reads a text, with its escapes, as UTF-8 that ends in a NUL; cut between characters if there is no room for all. False:
 * it is no UTF-8, or has a control character.
 */
extern bool jg_ics_text(JgIcsText text, char *label, size_t size);

/* The day of a moment. */
extern int32_t jg_ics_day(int64_t moment);

#endif
