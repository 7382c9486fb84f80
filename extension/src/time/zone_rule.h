/* The rule in a TZif file's footer: what the clocks do after all the changes that the file lists. Pure: see zone.h. */
#ifndef JG_ZONE_RULE_H
#define JG_ZONE_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zone.h"

typedef enum JgRuleDay
{
	JG_RULE_JULIAN,  /* Jn: 1 to 365, and 60 is the first of March in every year */
	JG_RULE_COUNTED, /* n: 0 to 365, and leap days count */
	JG_RULE_WEEKDAY  /* Mm.w.d: the week-th weekday d of a month, 5 is its last */
} JgRuleDay;

/* A change that comes every year. */
typedef struct JgRuleChange
{
	JgRuleDay kind;
	int month;
	int week;
	int day;
	int32_t time; /* since the day's midnight by the old offset; may be negative, or many hours */
	int32_t before;
	int32_t after;
} JgRuleChange;

typedef struct JgZoneRule
{
	bool fixed; /* one offset for ever: changes do not count */
	int32_t offset;
	JgRuleChange changes[2]; /* in the order in which they come in each year */
} JgZoneRule;

/*
 * Reads a POSIX TZ string with RFC 8536's hours. False: *why. Refused is also what no zone needs and programs disagree
 * on: a daylight saving time without the days it begins and ends, and changes that meet in some years only.
 */
extern bool jg_zone_rule_read(const uint8_t *text, size_t size, JgZoneRule *rule, const char **why);

/* As jg_zone_span(), as if the rule had always held. */
extern JgSpan jg_zone_rule_span(const JgZoneRule *rule, int64_t moment);

#endif
