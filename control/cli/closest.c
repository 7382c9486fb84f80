/*
 * A misspelt word of the command line is answered with the one that was probably meant: two letters wrong at most, and
 * not all of them.
 */
#include "closest.h"

#include <string.h>

#define LONGEST 32
#define MOST_STEPS 2

/* Insertions, deletions and replacements that turn one short word into the other. */
static int
distance(const char *from, const char *into)
{
	int row[LONGEST + 1];
	int width = (int) strlen(into);

	for (int i = 0; i <= width; i++)
		row[i] = i;
	for (int i = 1; from[i - 1]; i++)
	{
		int corner = row[0];

		row[0] = i;
		for (int j = 1; j <= width; j++)
		{
			int above = row[j];
			int best = corner + (from[i - 1] != into[j - 1]);

			if (above + 1 < best)
				best = above + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			corner = above;
		}
	}
	return row[width];
}

void
closest_consider(Closest *closest, const char *word)
{
	int steps;

	if (strlen(closest->wanted) > LONGEST || strlen(word) > LONGEST)
		return;
	steps = distance(closest->wanted, word);
	if (steps <= MOST_STEPS && steps < (int) strlen(word) && (!closest->word || steps < closest->steps))
	{
		closest->word = word;
		closest->steps = steps;
	}
}
