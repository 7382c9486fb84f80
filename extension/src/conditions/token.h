/* A condition's text in tokens. Pure: no server inside. */
#ifndef JG_CONDITIONS_TOKEN_H
#define JG_CONDITIONS_TOKEN_H

#include <stdbool.h>

#include "buf.h"

typedef enum JgTokenKind
{
	JG_TOKEN_END,
	JG_TOKEN_WORD,   /* of the bytes that a name may have without quotes */
	JG_TOKEN_QUOTED, /* "a name" */
	JG_TOKEN_TEXT,   /* 'a text' */
	JG_TOKEN_OPEN,
	JG_TOKEN_CLOSE,
	JG_TOKEN_COMMA,
	JG_TOKEN_CARET,
	JG_TOKEN_AND,      /* & */
	JG_TOKEN_OR,       /* | */
	JG_TOKEN_COMPARE,  /* any row of < > = ! */
	JG_TOKEN_UNCLOSED, /* a quote without its end: all that is left of the text */
	JG_TOKEN_ALIEN     /* one letter that stands nowhere: a typographic quote, a strange blank, a control character */
} JgTokenKind;

typedef struct JgToken
{
	JgTokenKind kind;
	int at; /* bytes */
	int length;
} JgToken;

/* The token at `from`, or behind the blanks there. */
extern JgToken jg_token_next(const char *text, int from);

/* What a word says, or what is between quotes, to be freed with mem_free(). */
extern char *jg_token_content(const char *text, const JgToken *token);

/* Whether a name is one word, and needs no quotes. */
extern bool jg_token_is_word(const char *name);

/* Appends the text between quotes, each quote in it doubled. */
extern void jg_token_put_quoted(Buf *out, const char *text, char quote);

/* The quote that somebody's word processor made of " or ' at that place; 0: there is none. */
extern char jg_token_typographic(const char *text);

#endif
