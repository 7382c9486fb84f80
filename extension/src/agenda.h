/* Which schedule fires next: moments in order, in the memory of one process. */
#ifndef JG_AGENDA_H
#define JG_AGENDA_H

#include "postgres.h"

#include "utils/timestamp.h"

typedef struct JgAgendaEntry
{
	TimestampTz moment;
	int32 id;
} JgAgendaEntry;

/* Zeroed at first; the entries are in TopMemoryContext. */
typedef struct JgAgenda
{
	JgAgendaEntry *entries; /* a heap: none is later than its children, 2i + 1 and 2i + 2 */
	int n;
	int capacity;
} JgAgenda;

/* An id may be there more than once: what it stands for is looked up when its turn comes. */
extern void jg_agenda_add(JgAgenda *agenda, TimestampTz moment, int32 id);

/* The earliest entry, taken out, if its moment is not later than `until`. */
extern bool jg_agenda_take(JgAgenda *agenda, TimestampTz until, JgAgendaEntry *entry);

#endif
