/* The place where a condition is read, and what is wrong there. Pure: no server inside. */
#ifndef JG_CONDITIONS_READER_H
#define JG_CONDITIONS_READER_H

#include "condition.h"
#include "token.h"

#define JG_MEND_BYTES 300

/* A change of the text that would make it one that is read, or is read farther. */
typedef struct JgMend
{
	bool known;
	int at;
	int length; /* of the bytes that go */
	char with[JG_MEND_BYTES];
} JgMend;

typedef struct JgConditionReader
{
	const char *text;
	JgSpelling spelling;
	JgToken token; /* the next one */
	int end;       /* of the token before it */
	JgConditionError *error;
	JgMend mend;
} JgConditionReader;

extern void jg_reading_begin(JgConditionReader *reader, const char *text, JgSpelling spelling, JgConditionError *error);

/* False: the text as a whole is empty, too long or no text. */
extern bool jg_reading_check(JgConditionReader *reader);

extern void jg_reading_advance(JgConditionReader *reader);

/* The token behind the next one. */
extern JgToken jg_reading_peek(const JgConditionReader *reader);

/* Whether the next token is that word, whatever its case; or goes behind it if it is. */
extern bool jg_reading_is(const JgConditionReader *reader, const char *word);
extern bool jg_reading_take(JgConditionReader *reader, const char *word);
extern bool jg_reading_is_word(const JgConditionReader *reader, const JgToken *token, const char *word);

/*
 * What is wrong: the first that is said counts. All of these return false.
 *
 * fail() says `"what stands there" at position N` and then the format's text, of these bytes; say() the format's text
 * alone. refuse() says that the next token is not `what`, or what it is that can stand nowhere.
 */
extern bool jg_reading_fail(JgConditionReader *reader, int at, int length, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
extern bool jg_reading_say(JgConditionReader *reader, int at, int length, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
extern bool jg_reading_refuse(JgConditionReader *reader, const char *what);

/* After a failure: what to write instead. A mend becomes a hint if the text is read with it, and goes before others. */
extern bool jg_reading_hint(JgConditionReader *reader, const char *format, ...) __attribute__((format(printf, 2, 3)));
extern bool jg_reading_mend(JgConditionReader *reader, int at, int length, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The position of a byte in letters, from 1. */
extern int jg_reading_position(const char *text, int at);

/* How many of a text's bytes fit into `most` without a broken letter. */
extern int jg_reading_shown(const char *text, int length, int most);

#endif
