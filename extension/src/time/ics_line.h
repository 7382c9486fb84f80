/* Lines of an iCalendar file, unfolded as they are read: nothing is copied. Pure: no server inside. */
#ifndef JG_ICS_LINE_H
#define JG_ICS_LINE_H

#include <stdbool.h>
#include <stddef.h>

#define JG_ICS_NAME 24 /* with its end; names that matter are shorter */

/* Bytes of a file that may be folded: a line end with a blank behind it is none of them. */
typedef struct JgIcsText
{
	const char *at;
	const char *end;
} JgIcsText;

typedef struct JgIcsLine
{
	char name[JG_ICS_NAME]; /* in upper case, without parameters */
	JgIcsText value;
	int number; /* where it begins, from 1 */
} JgIcsLine;

/* What of a file is still to be read. */
typedef struct JgIcsLines
{
	const char *at;
	const char *end;
	int number; /* of the line that ended last */
} JgIcsLines;

typedef enum JgIcsRead
{
	JG_ICS_LINE,
	JG_ICS_NO_LINE, /* the end */
	JG_ICS_BAD_LINE /* it has no name or no value; its number is set */
} JgIcsRead;

/* The next line that is not empty. */
extern JgIcsRead jg_ics_line(JgIcsLines *lines, JgIcsLine *line);

/* Takes the next byte; -1 = no more. */
extern int jg_ics_byte(JgIcsText *text);

/* Takes the next byte if it is this one. */
extern bool jg_ics_take(JgIcsText *text, char byte);

/* Takes letters, digits and "-"; the word is in upper case, and cut if there is no room for all of it. */
extern void jg_ics_word(JgIcsText *text, char *word, size_t size);

/* Takes 1 to most digits. */
extern bool jg_ics_number(JgIcsText *text, int most, int *number);

#endif
