/*
 * A condition: what must hold before a job may start. Pure: no server inside; memory is taken through ../common/mem.h.
 *
 * One language with two spellings. Native: and, or, not bind as in SQL, an atom without a lookback is about the same
 * business date. AutoSys: & and | have one precedence and are read from left to right, an atom without a lookback is about
 * the last end, whenever that was.
 */
#ifndef JG_CONDITION_H
#define JG_CONDITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JG_CONDITION_BYTES (1024 * 1024) /* longest text */
#define JG_CONDITION_DEPTH 200           /* of parentheses */

typedef enum JgSpelling
{
	JG_NATIVE,
	JG_AUTOSYS
} JgSpelling;

typedef enum JgAtomKind
{
	JG_ATOM_SUCCEEDED,
	JG_ATOM_FAILED,
	JG_ATOM_ENDED,
	JG_ATOM_TERMINATED,
	JG_ATOM_NOTRUNNING,
	JG_ATOM_SKIPPED,
	JG_ATOM_EXITCODE,
	JG_ATOM_RESULT,
	JG_ATOM_VALUE
} JgAtomKind;

typedef enum JgCompare
{
	JG_EQUAL,
	JG_NOT_EQUAL,
	JG_LESS,
	JG_LESS_EQUAL,
	JG_GREATER,
	JG_GREATER_EQUAL
} JgCompare;

typedef enum JgLookback
{
	JG_SAME_DATE, /* native's default: an end of the same business date */
	JG_ANY_TIME,  /* AutoSys' default: the last end, whenever */
	JG_FOREVER,   /* the same, but said: AutoSys' 9999 */
	JG_WITHIN,    /* the last end, if it is not older than `minutes` */
	JG_SINCE_OWN  /* the last end, if it is not before the last end of the job that has the condition: AutoSys' 0 */
} JgLookback;

typedef struct JgAtom
{
	JgAtomKind kind;
	JgCompare compare;   /* exitcode, result, value */
	JgLookback lookback; /* of value and, but for AutoSys' n(job, 30.00), of notrunning: JG_ANY_TIME */
	int32_t minutes;     /* of JG_WITHIN: up to 9998 hours 59 minutes */
	int32_t number;      /* of exitcode */
	char *name;          /* of a job or a value */
	char *instance;      /* of AutoSys, after ^; NULL = this one */
	char *path;          /* of result: keys with dots between; NULL = the whole */
	char *value;         /* of result and value: what it is compared with */
} JgAtom;

typedef enum JgConditionOp
{
	JG_OP_ATOM, /* n: which atom */
	JG_OP_NOT,
	JG_OP_AND,    /* n operands */
	JG_OP_OR,     /* n operands */
	JG_OP_ATLEAST /* n operands, of which `least` */
} JgConditionOp;

/*
 * Operators follow their operands. An AND has no AND among its operands, an OR no OR; nothing is the NOT of a NOT, and a NOT
 * is nowhere above a notrunning.
 */
typedef struct JgConditionStep
{
	JgConditionOp op;
	int32_t n;
	int32_t least;
} JgConditionStep;

typedef struct JgCondition
{
	int natoms; /* each different from the others */
	JgAtom *atoms;
	int nsteps;
	JgConditionStep *steps;
	int depth; /* operands that wait at most: the stack of an evaluation */
} JgCondition;

typedef struct JgConditionError
{
	int position;      /* of the byte that is wrong, from 0 */
	int length;        /* of what is wrong, in bytes */
	char message[300]; /* names what is wrong and its position in letters, from 1 */
	char hint[600];    /* may be empty */
} JgConditionError;

/* What is known: an atom about a run that has not ended may become either. */
typedef enum JgTruth
{
	JG_FALSE,
	JG_TRUE,
	JG_OPEN
} JgTruth;

/* NULL: error says why; its texts are valid UTF-8 where the text is. */
extern JgCondition *jg_condition_parse(const char *text, JgSpelling spelling, JgConditionError *error);
extern void jg_condition_free(JgCondition *condition);

/* truths[i] is the atom's; false beats open in an AND, true in an OR. */
extern JgTruth jg_condition_eval(const JgCondition *condition, const JgTruth *truths);

/*
 * Whether the condition is nothing but so many of its atoms, each counted once: all of them (and), one (or), k (k of).
 * Then *least says how many must be true.
 */
extern bool jg_condition_counts(const JgCondition *condition, int *least);

/*
 * The canonical text, to be freed with mem_free(): what means the same up to the order of operands is not looked for, but
 * reading it again gives the same condition, and its text is itself. NULL: the spelling has no words for it, and *why
 * (to be freed) says for what.
 */
extern char *jg_condition_text(const JgCondition *condition, JgSpelling spelling, char **why);
extern char *jg_atom_text(const JgAtom *atom, JgSpelling spelling, char **why);

/* The text around the error with a caret below it: two lines, at most 100 letters each. To be freed. */
extern char *jg_condition_caret(const char *text, const JgConditionError *error);

#endif
