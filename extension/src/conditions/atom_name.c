/*
 * Names of jobs, values and instances in conditions.
 *
 * A name is taken as it is written, and whether there is such a job is not asked here; only what cannot be one is refused,
 * so that a slip of the pen is found when the condition is written and not when a job waits for ever.
 */
#include "atom_name.h"

#include <string.h>

#include "keyword.h"
#include "mem.h"

#define PART_BYTES 128
#define NAME_BYTES 1024

/* What a name is, and what its parts are. */
typedef struct Naming
{
	const char *what;
	char separator; /* 0: it has one part */
	int part_bytes;
	const char *limits;
} Naming;

#define LIMITS "A name has 1 to 128 bytes, a full name such as workflow/step at most 1024."

static const Naming of_job = {"the name of a job", '/', PART_BYTES, LIMITS};
static const Naming of_value = {"the name of a value", '/', PART_BYTES, LIMITS};
static const Naming of_instance = {"the name of an instance", '\0', PART_BYTES, LIMITS};
static const Naming of_path = {"a path such as rows.count", '.', NAME_BYTES,
							   "A path is keys with dots between, and has at most 1024 bytes."};

void
jg_atom_unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; from++)
	{
		if (from[0] == '\\' && (from[1] == ':' || from[1] == '\\'))
			from++;
		*to++ = *from;
	}
	*to = '\0';
}

/* What is wrong with one part of a name, NULL: nothing. */
static const char *
part_problem(const char *part, int length, int most)
{
	if (length == 0)
		return "has an empty part";
	if (length > most)
		return "is longer than a name can be";
	if (part[0] == ' ' || part[length - 1] == ' ')
		return "has a blank where a name begins or ends";
	for (int i = 0; i < length; i++)
		if ((unsigned char) part[i] < 0x20 || part[i] == 0x7f)
			return "has a control character";
	return NULL;
}

static const char *
problem(const char *name, const Naming *naming)
{
	const char *wrong = NULL;

	if (name[0] == '\0')
		return "is empty";
	if (strlen(name) > NAME_BYTES)
		return "is longer than a name can be";
	while (wrong == NULL)
	{
		const char *end = strchr(name, naming->separator);

		if (end == NULL)
			end = name + strlen(name);
		wrong = part_problem(name, (int) (end - name), naming->part_bytes);
		if (*end == '\0')
			break;
		name = end + 1;
	}
	return wrong;
}

static bool
refuse_name(JgConditionReader *reader, const char *what)
{
	const JgToken *token = &reader->token;

	jg_reading_refuse(reader, what);
	if (token->kind == JG_TOKEN_CLOSE || token->kind == JG_TOKEN_END)
		return jg_reading_hint(reader, "It stands in the brackets, such as %s(load).",
							   jg_keyword_word(JG_ATOM_SUCCEEDED, reader->spelling));
	if (token->kind == JG_TOKEN_TEXT)
		return jg_reading_mend(reader, token->at, token->length, "\"%.*s\"", token->length - 2,
							   reader->text + token->at + 1);
	return jg_reading_hint(reader, "Names with other signs than letters, digits, . _ - / and the like stand in double "
								   "quotes: \"my job\".");
}

static bool
read_one(JgConditionReader *reader, const Naming *naming, char **name)
{
	const JgToken token = reader->token;
	const char *wrong;

	if (token.kind != JG_TOKEN_WORD && token.kind != JG_TOKEN_QUOTED)
		return refuse_name(reader, naming->what);
	*name = jg_token_content(reader->text, &token);
	if (reader->spelling == JG_AUTOSYS)
		jg_atom_unescape(*name);
	wrong = problem(*name, naming);
	if (wrong == NULL)
	{
		jg_reading_advance(reader);
		return true;
	}
	jg_reading_fail(reader, token.at, token.length, "%s", wrong);
	return jg_reading_hint(reader, "%s", naming->limits);
}

bool
jg_atom_read_name(JgConditionReader *reader, JgAtom *atom)
{
	bool is_value = atom->kind == JG_ATOM_VALUE;

	if (!read_one(reader, is_value ? &of_value : &of_job, &atom->name))
		return false;
	if (reader->token.kind != JG_TOKEN_CARET)
		return true;
	if (is_value)
	{
		jg_reading_fail(reader, reader->token.at, 1, "is not possible here: a value has no instance");
		return jg_reading_hint(reader, "A name with this sign stands in double quotes.");
	}
	jg_reading_advance(reader);
	return read_one(reader, &of_instance, &atom->instance);
}

bool
jg_atom_read_path(JgConditionReader *reader, JgAtom *atom)
{
	return read_one(reader, &of_path, &atom->path);
}

/* A name of several words: they go on to the bracket, and nothing but words lies between. */
static bool
mend_blanks(JgConditionReader *reader)
{
	JgToken last = reader->token;
	JgToken next = jg_reading_peek(reader);
	int from = reader->end;

	while (next.kind == JG_TOKEN_WORD && next.at < reader->end + JG_MEND_BYTES)
	{
		last = next;
		next = jg_token_next(reader->text, next.at + next.length);
	}
	if (next.kind != JG_TOKEN_CLOSE || last.kind != JG_TOKEN_WORD)
		return false;
	/* Back to the beginning of the name. */
	while (from > 0 && strchr("(, \t\n\r\"^", reader->text[from - 1]) == NULL)
		from--;
	if (from == 0 || strchr("\"^", reader->text[from - 1]) != NULL)
		return false;
	jg_reading_mend(reader, from, last.at + last.length - from, "\"%.*s\"", last.at + last.length - from,
					reader->text + from);
	return true;
}

bool
jg_atom_close(JgConditionReader *reader, JgAtomKind kind)
{
	const JgToken *token = &reader->token;
	const JgToken next = jg_reading_peek(reader);
	bool joined = jg_reading_is(reader, "and") || jg_reading_is(reader, "or");

	if (token->kind == JG_TOKEN_CLOSE)
	{
		jg_reading_advance(reader);
		return true;
	}
	jg_reading_refuse(reader, "a closing bracket");
	if (token->kind == JG_TOKEN_UNCLOSED || token->kind == JG_TOKEN_ALIEN)
		return false;
	if (joined && kind < JG_ATOM_EXITCODE && jg_token_next(reader->text, next.at + next.length).kind == JG_TOKEN_CLOSE)
		jg_reading_mend(reader, reader->end, next.at - reader->end, ") %.*s %s(", token->length,
						reader->text + token->at, jg_keyword_word(kind, reader->spelling));
	if (token->kind == JG_TOKEN_WORD && !joined && mend_blanks(reader))
		return jg_reading_hint(reader, "A name with blanks stands in double quotes.");
	if (token->kind == JG_TOKEN_END || token->kind == JG_TOKEN_WORD || token->kind == JG_TOKEN_AND ||
		token->kind == JG_TOKEN_OR)
		jg_reading_mend(reader, reader->end, 0, ")");
	return jg_reading_hint(reader, "Write %s(job).", jg_keyword_word(kind, reader->spelling));
}

void
jg_atom_put_name(Buf *out, const char *name, JgSpelling spelling)
{
	bool word = jg_token_is_word(name);
	cleanup_buf Buf escaped = {0};

	if (spelling == JG_NATIVE)
	{
		if (word)
			buf_puts(out, name);
		else
			jg_token_put_quoted(out, name, '"');
		return;
	}
	for (; *name != '\0'; name++)
	{
		if (*name == '\\' || (*name == ':' && word))
			buf_putc(&escaped, '\\');
		buf_putc(&escaped, *name);
	}
	if (word)
		buf_puts(out, buf_text(&escaped));
	else
		jg_token_put_quoted(out, buf_text(&escaped), '"');
}
