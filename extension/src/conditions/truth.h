/* What the end of a run makes of an atom: the one table of state and reason. Pure: no server inside. */
#ifndef JG_TRUTH_H
#define JG_TRUTH_H

#include "../state.h"
#include "condition.h"

/* Letters of the columns `kind`, `source` and `lookback` of job_edge and pending_on. */
#define JG_KIND_AFTER 'a'      /* a job that is named in after, no atom of a text */
#define JG_KIND_AFTER_SOME 'A' /* the same, where not all of them are needed */
extern char jg_kind_letter(JgAtomKind kind);
extern char jg_lookback_letter(JgLookback lookback);
extern char jg_compare_letter(JgCompare compare);
extern bool jg_compare_parse(char letter, JgCompare *compare);

/* How a run ended. */
typedef struct JgEnding
{
	JgState state; /* a final one */
	const char *reason;
	bool has_exit;
	int32_t exit_code;
	bool failure_ignored; /* its job's when_failed */
} JgEnding;

typedef enum JgEndTruth
{
	JG_END_FALSE,
	JG_END_TRUE,
	JG_END_PASSED /* true, but only because nothing was to be done: see JG_KIND_AFTER in truth.c */
} JgEndTruth;

/* compare and number are of exitcode. Values, results and notrunning are not about an end: JG_END_FALSE. */
extern JgEndTruth jg_end_truth(char kind, bool autosys, const JgEnding *ending, JgCompare compare, int32_t number);

extern bool jg_compare_numbers(int64_t a, JgCompare compare, int64_t b);

/* As numbers where both are integers, else byte by byte. */
extern bool jg_compare_texts(const char *a, JgCompare compare, const char *b);

#endif
