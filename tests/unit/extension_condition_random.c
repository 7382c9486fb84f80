/*
 * Random conditions: what is read says what the tree says that it was written from, its canonical text is read as the same
 * condition, and so is the text in the other spelling.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../extension/src/conditions/condition.h"
#include "buf.h"
#include "lib/condition_same.h"
#include "mem.h"
#include "tap.h"

#define CONDITIONS 4000
#define ASSIGNMENTS 8
#define ATOMS 10
#define DEEPEST 6

/* Atoms are told apart by their names, j0 to j9. Those without a lookback are about now. */
static const char *const native_atoms[ATOMS] = {"succeeded(j0) at any time",
												"FAILED(j1) within '90 minutes'",
												"done ( j2 ) since my last end",
												"terminated(\"j3\"^PRD) within 'forever'",
												"exitcode(j4^\"I\") != 4 at any time",
												"value(j5) = 'it''s'",
												"notrunning(j6)",
												"succeeded(j7)",
												"result(j8, a.b) >= 5 within '2 days'",
												"skipped(j9) same business date"};
static const char *const autosys_atoms[ATOMS] = {
	"s(j0)",           "FAILURE(j1, 1:30)", "d ( j2,0 )", "t(\"j3\"^PRD, 9999)", "e(j4^I) <> 4",
	"v(j5) = 'it''s'", "notrunning(j6)",    "s(j7)",      "e(j8, 01.00) >= 5",   "f(j9)"};
#define NOT_RUNNING 6
#define ATOMS_OF_BOTH 7 /* the first ones can be said in both spellings */

typedef struct Node
{
	JgConditionOp op;
	int n; /* operands; of an atom: which */
	int least;
	struct Node *operands[4];
} Node;

static unsigned seed;

static int
below(int n)
{
	seed = seed * 1103515245u + 12345u;
	return (int) ((seed >> 16) % (unsigned) n);
}

static Node *
make(JgSpelling spelling, bool of_both, bool under_not, int depth)
{
	Node *node = mem_zalloc(sizeof(Node));
	int kind = depth >= DEEPEST ? 0 : below(8);

	if (kind < 3)
	{
		node->op = JG_OP_ATOM;
		node->n = below(of_both ? ATOMS_OF_BOTH : ATOMS);
		if (node->n == NOT_RUNNING && under_not)
			node->n = 0;
		return node;
	}
	node->op = kind == 7 && spelling == JG_NATIVE && !of_both   ? JG_OP_NOT
			   : kind == 6 && spelling == JG_NATIVE && !of_both ? JG_OP_ATLEAST
			   : kind % 2 == 0                                  ? JG_OP_AND
																: JG_OP_OR;
	node->n = node->op == JG_OP_NOT ? 1 : 2 + below(3);
	node->least = 1 + below(node->n);
	for (int i = 0; i < node->n; i++)
		node->operands[i] = make(spelling, of_both, under_not || node->op == JG_OP_NOT, depth + 1);
	return node;
}

static void
unmake(Node *node)
{
	for (int i = 0; i < node->n && node->op != JG_OP_ATOM; i++)
		unmake(node->operands[i]);
	mem_free(node);
}

static void write_node(const Node *node, JgSpelling spelling, Buf *out);

static void
write_list(const Node *node, JgSpelling spelling, const char *between, Buf *out)
{
	for (int i = 0; i < node->n; i++)
	{
		const Node *operand = node->operands[i];
		bool brackets = operand->op == JG_OP_AND || operand->op == JG_OP_OR || below(6) == 0;

		buf_puts(out, i > 0 ? between : "");
		/* Not always needed: and binds more than or, and what comes first does in AutoSys. */
		if (brackets && below(3) == 0 &&
			((spelling == JG_NATIVE && (operand->op != JG_OP_OR || node->op == JG_OP_ATLEAST)) ||
			 (spelling == JG_AUTOSYS && i == 0)))
			brackets = false;
		buf_puts(out, brackets ? "(" : "");
		write_node(operand, spelling, out);
		buf_puts(out, brackets ? ")" : "");
	}
}

static void
write_node(const Node *node, JgSpelling spelling, Buf *out)
{
	if (node->op == JG_OP_ATOM)
		buf_puts(out, spelling == JG_NATIVE ? native_atoms[node->n] : autosys_atoms[node->n]);
	else if (node->op == JG_OP_NOT)
	{
		buf_puts(out, "not (");
		write_node(node->operands[0], spelling, out);
		buf_putc(out, ')');
	}
	else if (node->op == JG_OP_ATLEAST)
	{
		buf_printf(out, "%d of (", node->least);
		write_list(node, spelling, " , ", out);
		buf_putc(out, ')');
	}
	else if (spelling == JG_NATIVE && below(3) == 0)
	{
		buf_puts(out, node->op == JG_OP_AND ? "all of (" : "Any OF(");
		write_list(&(Node){.op = JG_OP_ATLEAST,
						   .n = node->n,
						   .operands = {node->operands[0], node->operands[1], node->operands[2], node->operands[3]}},
				   spelling, ",", out);
		buf_putc(out, ')');
	}
	else if (spelling == JG_NATIVE)
		write_list(node, spelling, node->op == JG_OP_AND ? " and " : " or ", out);
	else
		write_list(node, spelling, node->op == JG_OP_AND ? "&" : " OR ", out);
}

/* As simple as can be: over the tree, and with both things that an open atom may turn out to be. */
static JgTruth
naive(const Node *node, const JgTruth *known)
{
	int n[3] = {0, 0, 0};
	int least = node->op == JG_OP_AND ? node->n : node->op == JG_OP_OR ? 1 : node->least;

	if (node->op == JG_OP_ATOM)
		return known[node->n];
	for (int i = 0; i < node->n; i++)
		n[naive(node->operands[i], known)]++;
	if (node->op == JG_OP_NOT)
		return n[JG_OPEN] > 0 ? JG_OPEN : n[JG_FALSE] > 0 ? JG_TRUE : JG_FALSE;
	if (n[JG_TRUE] >= least)
		return JG_TRUE;
	return n[JG_TRUE] + n[JG_OPEN] >= least ? JG_OPEN : JG_FALSE;
}

static bool
evaluates(const Node *tree, const JgCondition *condition)
{
	for (int i = 0; i < ASSIGNMENTS; i++)
	{
		JgTruth known[ATOMS];
		JgTruth truths[ATOMS];

		for (int atom = 0; atom < ATOMS; atom++)
			known[atom] = (JgTruth) below(3);
		for (int atom = 0; atom < condition->natoms; atom++)
			truths[atom] = known[atoi(condition->atoms[atom].name + 1)];
		if (naive(tree, known) != jg_condition_eval(condition, truths))
			return false;
	}
	return true;
}

/* Its text is read as the same condition, and its text is itself. */
static bool
reads_again(const JgCondition *condition, JgSpelling spelling, bool must)
{
	cleanup_free char *why = NULL;
	cleanup_free char *text = jg_condition_text(condition, spelling, &why);
	cleanup_free char *text_again = NULL;
	JgCondition *again;
	JgConditionError error;
	bool same;

	if (text == NULL)
		return !must && why != NULL;
	again = jg_condition_parse(text, spelling, &error);
	if (again == NULL)
		return false;
	text_again = jg_condition_text(again, spelling, &why);
	same = condition_same(condition, again) && text_again != NULL && strcmp(text, text_again) == 0;
	jg_condition_free(again);
	return same;
}

static bool
check_one(JgSpelling spelling, bool of_both)
{
	Node *tree = make(spelling, of_both, false, 0);
	cleanup_buf Buf text = {0};
	JgCondition *condition;
	JgConditionError error;
	bool good = false;

	write_node(tree, spelling, &text);
	condition = jg_condition_parse(buf_text(&text), spelling, &error);
	if (condition != NULL)
		good = condition->natoms <= ATOMS && evaluates(tree, condition) && reads_again(condition, JG_NATIVE, true) &&
			   reads_again(condition, JG_AUTOSYS, spelling == JG_AUTOSYS || of_both);
	if (!good)
		printf("# %s\n# %s\n", buf_text(&text), condition == NULL ? error.message : "read");
	jg_condition_free(condition);
	unmake(tree);
	return good;
}

static void
check(JgSpelling spelling, bool of_both, const char *what)
{
	int good = 0;

	for (int i = 0; i < CONDITIONS && good == i; i++)
		good += check_one(spelling, of_both);
	ok(good == CONDITIONS, "%d conditions %s", CONDITIONS, what);
}

int
main(void)
{
	seed = tap_seed();
	printf("# seed %u\n", seed);
	check(JG_NATIVE, false, "in native spelling");
	check(JG_NATIVE, true, "in native spelling that AutoSys can say");
	check(JG_AUTOSYS, false, "in AutoSys' spelling");
	return done_testing();
}
