/* The text of a schedule in pieces, and what is wrong with it. For the files that read schedules. */
#ifndef JG_SCHEDULE_TEXT_H
#define JG_SCHEDULE_TEXT_H

#include "schedule.h"

#define JG_PIECES 512

/* Bytes without blanks between two blanks or commas; or one comma. */
typedef struct JgPiece
{
	uint16_t start;
	uint16_t length;
} JgPiece;

typedef struct JgReader
{
	const char *text;
	JgPiece pieces[JG_PIECES];
	int n;
	int at;
	JgSchedule *schedule;
	JgScheduleError *error; /* its message is empty until something is wrong */
	bool hints;             /* off while a hint is tried */

	/* What has been said already. */
	bool has_days;
	bool has_pace;
	bool has_times;
	bool has_window;
	bool every_hour; /* as the beginning of fields */
	bool has_months;
	bool has_period;
	bool has_zone;
	bool has_starting;
} JgReader;

/* A word and what it stands for. */
typedef struct JgWord
{
	const char *word;
	int value;
} JgWord;

/* Cuts the text into pieces; for cron, whose fields have commas inside, at blanks only. */
extern bool jg_reader_cut(JgReader *reader, const char *text, bool at_commas);

/* The piece at the reader's place, or so many behind it, is that word, whatever its case. */
extern bool jg_reader_is(const JgReader *reader, int ahead, const char *word);

/* The same, and goes behind it. */
extern bool jg_reader_take(JgReader *reader, const char *word);

/* Goes over commas and "and"; true if there was any. */
extern bool jg_reader_take_join(JgReader *reader);

/* Copies the piece in lower case; false if there is none or it is too long to be any word we know. */
extern bool jg_reader_word(const JgReader *reader, int ahead, char *word, size_t size);

/* Looks the piece up, as a word of the list (which ends with NULL); false: it is none of them. */
extern bool jg_reader_find(const JgReader *reader, int ahead, const JgWord *words, int *value);

/* Digits alone, no more than `most`. */
extern bool jg_reader_number(const JgReader *reader, int ahead, int most, int *number);

/*
 * Says that the piece at the reader's place is not `what` (such as "a day"), or that the text ends where one is needed.
 * The hint mends it with the closest of the words, lists of which end with NULL. Returns false.
 */
extern bool jg_reader_refuse(JgReader *reader, const char *what, const JgWord *const *lists);

/* Says what is wrong, about the piece `ahead`, or -1: about the text as a whole. Returns false. */
extern bool jg_reader_fail(JgReader *reader, int ahead, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Suggests the text with n pieces from `ahead` on replaced, if that would be read. For use after a failure. */
extern void jg_reader_suggest(JgReader *reader, int ahead, int n, const char *replacement);

/* How many bytes of a text are shown in a message: not all of a long one, and no part of a letter. */
extern int jg_text_shown(const char *text, size_t length);

/* Words known to more than one file. */
extern const JgWord jg_words_weekdays[];
extern const JgWord jg_words_months[];

#endif
