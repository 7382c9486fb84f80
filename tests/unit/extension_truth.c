/*
 * What an end makes of an atom: the table of docs/conditions.md, each row and column of it in both spellings, against a copy
 * written by hand. Whoever changes the table changes it three times.
 */
#include "../../extension/src/conditions/truth.h"

#include "tap.h"

/* In the order of the columns: after, succeeded, failed, terminated, ended, skipped. */
static const char kinds[] = "asftek";
static const char *const names[] = {"after", "succeeded", "failed", "terminated", "ended", "skipped"};

typedef struct Row
{
	JgState state;
	const char *reason;
	const char *native; /* a letter a column: t true, p passed over, '.' false */
	const char *autosys;
} Row;

static const Row table[] = {
	{JG_SUCCEEDED, NULL, "tt..t.", "tt..t."},
	{JG_SUCCEEDED, "operator", "tt..t.", "tt..t."},
	{JG_FAILED, "timeout", "..ttt.", "...tt."},
	{JG_FAILED, "killed", "..ttt.", "...tt."},
	{JG_FAILED, "terminator", "..ttt.", "...tt."},
	{JG_FAILED, NULL, "..t.t.", "..t.t."},
	{JG_FAILED, "exit_code", "..t.t.", "..t.t."},
	{JG_FAILED, "signal", "..t.t.", "..t.t."},
	{JG_FAILED, "sql_error", "..t.t.", "..t.t."},
	{JG_FAILED, "oom_killed", "..t.t.", "..t.t."},
	{JG_FAILED, "setup_failed", "..t.t.", "..t.t."},
	{JG_FAILED, "lost", "..t.t.", "..t.t."},
	{JG_FAILED, "member_failed", "..t.t.", "..t.t."},
	{JG_FAILED, "operator", "..t.t.", "..t.t."},
	{JG_CANCELLED, NULL, "...tt.", "...tt."},
	{JG_CANCELLED, "operator", "...tt.", "...tt."},
	{JG_CANCELLED, "drained", "...tt.", "...tt."},
	{JG_CANCELLED, "timeout", "...tt.", "...tt."},
	{JG_SKIPPED, "branch_not_taken", "p...tt", "p....t"},
	{JG_SKIPPED, "upstream_failed", "....tt", ".....t"},
	{JG_SKIPPED, "workflow_stopped", "....tt", ".....t"},
	{JG_SKIPPED, "skip_if", "t...tt", "t....t"},
	{JG_SKIPPED, "disabled", "t...tt", "t....t"},
	{JG_SKIPPED, "operator", "t...tt", "t....t"},
	{JG_SKIPPED, "run_window", "t...tt", "t....t"},
	{JG_SKIPPED, NULL, "t...tt", "t....t"},
};

static JgEndTruth
cell(char letter)
{
	return letter == '.' ? JG_END_FALSE : letter == 'p' ? JG_END_PASSED : JG_END_TRUE;
}

static const char *
words(const Row *row)
{
	static char text[100];

	snprintf(text, sizeof(text), "%s %s", jg_state_name(row->state),
			 row->reason == NULL ? "without a reason" : row->reason);
	return text;
}

static void
check_row(const Row *row)
{
	JgEnding ending = {.state = row->state, .reason = row->reason};
	JgEndTruth some = row->native[0] == 't' ? JG_END_TRUE : JG_END_FALSE;

	ok(jg_end_truth(JG_KIND_AFTER_SOME, false, &ending, JG_EQUAL, 0) == some, "%s: after, of which not all are needed",
	   words(row));
	for (int i = 0; kinds[i] != '\0'; i++)
	{
		ok(jg_end_truth(kinds[i], false, &ending, JG_EQUAL, 0) == cell(row->native[i]), "%s: %s", words(row), names[i]);
		ok(jg_end_truth(kinds[i], true, &ending, JG_EQUAL, 0) == cell(row->autosys[i]), "%s: %s, AutoSys", words(row),
		   names[i]);
	}
}

/* An ignored failure is one for everything but after; and nothing but a failure is ignored. */
static void
check_ignored(const Row *row)
{
	JgEnding ending = {.state = row->state, .reason = row->reason, .failure_ignored = true};
	bool good = jg_end_truth('a', false, &ending, JG_EQUAL, 0) ==
				(row->state == JG_FAILED ? JG_END_TRUE : cell(row->native[0]));

	good = good && (jg_end_truth(JG_KIND_AFTER_SOME, false, &ending, JG_EQUAL, 0) == JG_END_TRUE) ==
					   (row->state == JG_FAILED || row->native[0] == 't');

	for (int i = 1; kinds[i] != '\0'; i++)
		good = good && jg_end_truth(kinds[i], false, &ending, JG_EQUAL, 0) == cell(row->native[i]) &&
			   jg_end_truth(kinds[i], true, &ending, JG_EQUAL, 0) == cell(row->autosys[i]);
	ok(good, "%s, of a step whose failures are ignored", words(row));
}

/* Exit codes are compared whatever the state; without one nothing is true. */
static void
check_exit_codes(const Row *row)
{
	/* Of 3, compared with 2, 3 and 4: in the order of JgCompare. */
	static const char *const expected[] = {".t.", "t.t", "..t", ".tt", "t..", "tt."};
	bool good = true;
	bool none = true;

	for (int compare = JG_EQUAL; compare <= JG_GREATER_EQUAL; compare++)
	{
		for (int number = 2; number <= 4; number++)
		{
			JgEnding with = {.state = row->state, .reason = row->reason, .has_exit = true, .exit_code = 3};
			JgEnding without = {.state = row->state, .reason = row->reason};
			JgEndTruth want = cell(expected[compare][number - 2]);

			for (int autosys = 0; autosys < 2; autosys++)
			{
				good = good && jg_end_truth('x', autosys, &with, (JgCompare) compare, number) == want;
				none = none && jg_end_truth('x', autosys, &without, (JgCompare) compare, number) == JG_END_FALSE;
			}
		}
	}
	ok(good, "%s: its exit code is compared", words(row));
	ok(none, "%s: without an exit code no comparison is true", words(row));
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
	{
		check_row(&table[i]);
		check_ignored(&table[i]);
		check_exit_codes(&table[i]);
	}
	/* No run of a job that is taken out has an exit code; one that was bypassed has ended as if with 0. */
	static const Row flags[] = {{JG_SKIPPED, "taken_out", "tt..tt", "tt..tt"},
								{JG_SUCCEEDED, "bypassed", "tt..t.", "tt..t."}};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
	{
		JgEnding ending = {.state = flags[i].state, .reason = flags[i].reason};
		bool bypassed = flags[i].state == JG_SUCCEEDED;

		check_row(&flags[i]);
		check_ignored(&flags[i]);
		ok((jg_end_truth('x', true, &ending, JG_EQUAL, 0) == JG_END_TRUE) == bypassed, "%s: exit code 0",
		   words(&flags[i]));
		ok(jg_end_truth('x', true, &ending, JG_GREATER, 0) == JG_END_FALSE, "%s: and no other", words(&flags[i]));
		ok((jg_end_truth('n', true, &ending, JG_EQUAL, 0) == JG_END_TRUE) == !bypassed, "%s: notrunning",
		   words(&flags[i]));
		ok(jg_end_truth('r', false, &ending, JG_EQUAL, 0) == JG_END_FALSE, "%s: no result", words(&flags[i]));
	}
	for (const char *kind = "nrv"; *kind != '\0'; kind++)
	{
		JgEnding ending = {.state = JG_SUCCEEDED, .has_exit = true};

		ok(jg_end_truth(*kind, false, &ending, JG_EQUAL, 0) == JG_END_FALSE, "kind %c is not about an end", *kind);
	}
	return done_testing();
}
