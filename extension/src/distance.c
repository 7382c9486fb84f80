/*
 * How many mistakes lie between two words.
 *
 * Bytes are counted, not letters: a word with a wrong letter beyond ASCII is a little farther away.
 */
#include "distance.h"

#include <string.h>

#include "time/ascii.h"

static bool
same(char a, char b)
{
	return jg_ascii_upper(a) == jg_ascii_upper(b);
}

int
jg_distance(const char *a, const char *b)
{
	int rows[3][JG_DISTANCE_LONGEST + 1];
	size_t na = strlen(a);
	size_t nb = strlen(b);

	if (na > JG_DISTANCE_LONGEST || nb > JG_DISTANCE_LONGEST)
		return JG_DISTANCE_LONGEST;
	for (int j = 0; j <= (int) nb; j++)
		rows[0][j] = j;
	for (int i = 1; i <= (int) na; i++)
	{
		int *row = rows[i % 3];
		const int *above = rows[(i + 2) % 3];
		const int *above_that = rows[(i + 1) % 3];

		row[0] = i;
		for (int j = 1; j <= (int) nb; j++)
		{
			int least = above[j - 1] + !same(a[i - 1], b[j - 1]);

			if (above[j] + 1 < least)
				least = above[j] + 1;
			if (row[j - 1] + 1 < least)
				least = row[j - 1] + 1;
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]) && above_that[j - 2] + 1 < least)
				least = above_that[j - 2] + 1;
			row[j] = least;
		}
	}
	return rows[na % 3][nb];
}
