/*
 * The table of transitions, all 121 cells, against a copy written by hand: whoever changes the table changes it twice,
 * and docs/architecture.md with it.
 */
#include "../../extension/src/state.h"

#include <string.h>

#include "tap.h"

/* Rows from, columns to, in the order of the states; '.' nobody, E engine, O operator, B both. */
static const char *const expected[JG_NSTATES] = {
	"BBE.EEEBBBB", /* waiting */
	"B.....EOOBB", /* held */
	"BB.EEEEOBBB", /* queued */
	"E.E.EEEEEE.", /* starting */
	"E....EEEEEE", /* running */
	"BO....EOBBB", /* blocked */
	"B...EE.BBBO", /* unknown */
	"....E...OOO", /* succeeded */
	"....E..O.OO", /* failed */
	"....E..OO.O", /* cancelled */
	"....E..OOO.", /* skipped */
};

static int
actors(char cell)
{
	return cell == 'E' ? JG_ENGINE : cell == 'O' ? JG_OPERATOR : cell == 'B' ? JG_ENGINE | JG_OPERATOR : 0;
}

int
main(void)
{
	for (int from = 0; from < JG_NSTATES; from++)
	{
		for (int to = 0; to < JG_NSTATES; to++)
		{
			int want = actors(expected[from][to]);

			ok(jg_transition_actors((JgState) from, (JgState) to) == want &&
				   jg_transition_allowed((JgState) from, (JgState) to, JG_ENGINE) == ((want & JG_ENGINE) != 0) &&
				   jg_transition_allowed((JgState) from, (JgState) to, JG_OPERATOR) == ((want & JG_OPERATOR) != 0),
			   "%s to %s", jg_state_name((JgState) from), jg_state_name((JgState) to));
		}
	}
	for (int i = 0; i < JG_NSTATES; i++)
	{
		JgState state;

		ok(jg_state_parse(jg_state_name((JgState) i), &state) && state == (JgState) i, "the name of %s",
		   jg_state_name((JgState) i));
		ok(jg_state_is_final((JgState) i) == (i >= 7), "whether %s is final", jg_state_name((JgState) i));
	}
	JgState state;

	ok(!jg_state_parse("live", &state) && !jg_state_parse("", &state), "other words are no states");
	return done_testing();
}
