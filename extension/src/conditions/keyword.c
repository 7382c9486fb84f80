/*
 * Words that begin what a condition asks: those that are read, those that are written, and those that others write.
 */
#include "keyword.h"

#include <string.h>

#include "../distance.h"
#include "../time/ascii.h"

#define LONGEST 24 /* bytes of a word that may have been meant as one of ours */

typedef struct Word
{
	const char *word;
	JgAtomKind kind;
} Word;

static const Word words[] = {
	{"succeeded", JG_ATOM_SUCCEEDED},
	{"success", JG_ATOM_SUCCEEDED},
	{"s", JG_ATOM_SUCCEEDED},
	{"failed", JG_ATOM_FAILED},
	{"failure", JG_ATOM_FAILED},
	{"f", JG_ATOM_FAILED},
	{"ended", JG_ATOM_ENDED},
	{"done", JG_ATOM_ENDED},
	{"d", JG_ATOM_ENDED},
	{"terminated", JG_ATOM_TERMINATED},
	{"t", JG_ATOM_TERMINATED},
	{"notrunning", JG_ATOM_NOTRUNNING},
	{"n", JG_ATOM_NOTRUNNING},
	{"not_running", JG_ATOM_NOTRUNNING},
	{"skipped", JG_ATOM_SKIPPED},
	{"exitcode", JG_ATOM_EXITCODE},
	{"e", JG_ATOM_EXITCODE},
	{"exit_code", JG_ATOM_EXITCODE},
	{"result", JG_ATOM_RESULT},
	{"value", JG_ATOM_VALUE},
	{"v", JG_ATOM_VALUE},
};

/* Of other schedulers; not read, because nobody should have to know them. */
static const Word foreign[] = {
	{"ok", JG_ATOM_SUCCEEDED},        {"successful", JG_ATOM_SUCCEEDED}, {"completed", JG_ATOM_ENDED},
	{"complete", JG_ATOM_ENDED},      {"finished", JG_ATOM_ENDED},       {"after", JG_ATOM_SUCCEEDED},
	{"afterok", JG_ATOM_SUCCEEDED},   {"afterany", JG_ATOM_ENDED},       {"afternotok", JG_ATOM_FAILED},
	{"error", JG_ATOM_FAILED},        {"killed", JG_ATOM_TERMINATED},    {"cancelled", JG_ATOM_TERMINATED},
	{"canceled", JG_ATOM_TERMINATED}, {"aborted", JG_ATOM_TERMINATED},   {"rc", JG_ATOM_EXITCODE},
	{"exit", JG_ATOM_EXITCODE},       {"returncode", JG_ATOM_EXITCODE},  {"return_code", JG_ATOM_EXITCODE},
	{"output", JG_ATOM_RESULT},       {"global", JG_ATOM_VALUE},         {"variable", JG_ATOM_VALUE},
};

/* By kind */
static const struct
{
	const char *native;
	const char *autosys;
	const char *letter;
} names[] = {
	{"succeeded", "success", "s"},     {"failed", "failure", "f"},        {"ended", "done", "d"},
	{"terminated", "terminated", "t"}, {"notrunning", "notrunning", "n"}, {"skipped", "skipped", NULL},
	{"exitcode", "exitcode", "e"},     {"result", "result", NULL},        {"value", "value", "v"},
};

bool
jg_keyword_is(const char *bytes, int length, const char *word)
{
	if ((int) strlen(word) != length)
		return false;
	for (int i = 0; i < length; i++)
		if (jg_ascii_upper(bytes[i]) != jg_ascii_upper(word[i]))
			return false;
	return true;
}

static bool
find(const Word *list, int n, const char *word, int length, JgAtomKind *kind)
{
	for (int i = 0; i < n; i++)
		if (jg_keyword_is(word, length, list[i].word))
		{
			*kind = list[i].kind;
			return true;
		}
	return false;
}

bool
jg_keyword_find(const char *word, int length, JgAtomKind *kind)
{
	return find(words, sizeof(words) / sizeof(words[0]), word, length, kind);
}

/* How far apart two words are that may be the same; a large number for those that are not. */
static int
mistakes(const char *given, int length, const char *word)
{
	int most = length / 3 > 1 ? length / 3 : 1;
	int n = jg_distance(given, word);

	return n <= most && n < (int) strlen(word) - 1 ? n : JG_DISTANCE_LONGEST;
}

bool
jg_keyword_guess(const char *word, int length, JgAtomKind *kind)
{
	char given[LONGEST + 1];
	int least = JG_DISTANCE_LONGEST;

	if (length > LONGEST)
		return false;
	memcpy(given, word, (size_t) length);
	given[length] = '\0';
	if (find(foreign, sizeof(foreign) / sizeof(foreign[0]), word, length, kind))
		return true;
	for (int i = 0; i < (int) (sizeof(words) / sizeof(words[0])); i++)
	{
		int n = mistakes(given, length, words[i].word);

		if (n < least)
		{
			least = n;
			*kind = words[i].kind;
		}
	}
	return least < JG_DISTANCE_LONGEST;
}

const char *
jg_keyword_near(const char *bytes, int length, const char *const *list)
{
	char given[LONGEST + 1];

	if (length > LONGEST)
		return NULL;
	memcpy(given, bytes, (size_t) length);
	given[length] = '\0';
	for (; *list != NULL; list++)
		if (mistakes(given, length, *list) < JG_DISTANCE_LONGEST)
			return *list;
	return NULL;
}

const char *
jg_keyword_word(JgAtomKind kind, JgSpelling spelling)
{
	return spelling == JG_NATIVE ? names[kind].native : names[kind].autosys;
}

const char *
jg_keyword_letter(JgAtomKind kind)
{
	return names[kind].letter;
}
