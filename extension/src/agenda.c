/*
 * Which schedule fires next.
 *
 * In memory, because an index over moments that move on with every fire fills up with what a long transaction keeps from
 * being cleaned. The rows of fire_cursor are the truth; whoever takes an entry looks at its row.
 */
#include "agenda.h"

#include "utils/memutils.h"

#define FIRST_CAPACITY 256

void
jg_agenda_add(JgAgenda *agenda, TimestampTz moment, int32 id)
{
	int at = agenda->n;

	if (agenda->entries == NULL)
	{
		agenda->entries = MemoryContextAlloc(TopMemoryContext, FIRST_CAPACITY * sizeof(JgAgendaEntry));
		agenda->capacity = FIRST_CAPACITY;
	}
	else if (agenda->n == agenda->capacity)
	{
		agenda->entries = repalloc_huge(agenda->entries, 2 * (Size) agenda->capacity * sizeof(JgAgendaEntry));
		agenda->capacity *= 2;
	}
	agenda->n++;
	for (int parent = (at - 1) / 2; at > 0 && agenda->entries[parent].moment > moment; parent = (at - 1) / 2)
	{
		agenda->entries[at] = agenda->entries[parent];
		at = parent;
	}
	agenda->entries[at] = (JgAgendaEntry){moment, id};
}

bool
jg_agenda_take(JgAgenda *agenda, TimestampTz until, JgAgendaEntry *entry)
{
	JgAgendaEntry last;
	int at = 0;

	if (agenda->n == 0 || agenda->entries[0].moment > until)
		return false;
	*entry = agenda->entries[0];
	last = agenda->entries[--agenda->n];
	for (int child = 1; child < agenda->n; child = 2 * at + 1)
	{
		if (child + 1 < agenda->n && agenda->entries[child + 1].moment < agenda->entries[child].moment)
			child++;
		if (agenda->entries[child].moment >= last.moment)
			break;
		agenda->entries[at] = agenda->entries[child];
		at = child;
	}
	agenda->entries[at] = last;
	return true;
}
