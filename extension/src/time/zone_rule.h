/* The rule in the footer of a TZif file, for the time behind its last transition. Pure: no server inside. */
#ifndef JG_ZONE_RULE_H
#define JG_ZONE_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum JgRuleDay
{
	JG_RULE_JULIAN,      /* day 1 to 365 of the year, which has no 29 February */
	JG_RULE_DAY_OF_YEAR, /* day 0 to 365 */
	JG_RULE_WEEKDAY      /* of a month: the week-th, 5 is the last */
} JgRuleDay;

/* A moment of each year, by the clock on the wall before it. */
typedef struct JgRuleDate
{
	JgRuleDay kind;
	int16_t day; /* of the year, or the weekday from Sunday = 0 */
	int8_t month;
	int8_t week;
	int32_t time; /* seconds, also negative and of later days */
} JgRuleDate;

typedef struct JgZoneRule
{
	bool changes;     /* twice a year, else only the standard offset counts */
	int32_t standard; /* seconds east of UTC */
	int32_t other;    /* of the part of the year that begins at start and ends at end */
	JgRuleDate start;
	JgRuleDate end;
} JgZoneRule;

/* Reads a rule as POSIX writes it, with the extensions of RFC 8536; false: it is none. */
extern bool jg_zone_rule_read(const char *text, size_t length, JgZoneRule *rule);

/* The moments of that year at which `other` begins and ends; seconds since 1970 UTC. */
extern void jg_zone_rule_year(const JgZoneRule *rule, int year, int64_t *start, int64_t *end);

#endif
