/*
 * One thing that a condition asks, read and written.
 *
 * What a kind may have behind its bracket is the same in both spellings but for the lookback, which AutoSys puts inside.
 * A status word without a lookback is about the business date in native text, and about the last end in AutoSys'.
 */
#include "atom.h"

#include "atom_lookback.h"
#include "atom_name.h"
#include "comparison.h"
#include "keyword.h"
#include "lookback.h"

bool
jg_atom_read(JgConditionReader *reader, JgAtomKind kind, JgAtom *atom)
{
	bool native = reader->spelling == JG_NATIVE;

	*atom = (JgAtom){.kind = kind, .lookback = native && jg_lookback_fits(kind) ? JG_SAME_DATE : JG_ANY_TIME};
	jg_reading_advance(reader);
	jg_reading_advance(reader);
	if (!jg_atom_read_name(reader, atom))
		return false;
	if (reader->token.kind == JG_TOKEN_COMMA)
	{
		if (kind == JG_ATOM_RESULT)
		{
			jg_reading_advance(reader);
			if (!jg_atom_read_path(reader, atom))
				return false;
		}
		else if (native)
			return jg_atom_refuse_comma(reader, kind);
		else if (!jg_atom_read_autosys_lookback(reader, atom))
			return false;
	}
	if (!jg_atom_close(reader, kind))
		return false;
	if (kind >= JG_ATOM_EXITCODE && !jg_comparison_read(reader, atom))
		return false;
	return !native || jg_atom_read_native_lookback(reader, atom);
}

/* What the spelling has no words for, NULL: nothing. */
static const char *
unsayable(const JgAtom *atom, JgSpelling spelling)
{
	if (spelling == JG_NATIVE)
		return atom->kind == JG_ATOM_NOTRUNNING && atom->lookback != JG_ANY_TIME ? "notrunning() with a lookback"
																				 : NULL;
	if (atom->kind == JG_ATOM_SKIPPED)
		return "skipped()";
	if (atom->kind == JG_ATOM_RESULT)
		return "result()";
	return atom->lookback == JG_SAME_DATE ? "same business date" : NULL;
}

bool
jg_atom_put(const JgAtom *atom, JgSpelling spelling, Buf *out, char **why)
{
	const char *cannot = unsayable(atom, spelling);

	if (cannot != NULL)
	{
		Buf text = {0};

		buf_puts(&text, cannot);
		*why = text.data;
		return false;
	}
	buf_puts(out, spelling == JG_NATIVE ? jg_keyword_word(atom->kind, JG_NATIVE) : jg_keyword_letter(atom->kind));
	buf_putc(out, '(');
	jg_atom_put_name(out, atom->name, spelling);
	if (atom->instance != NULL)
	{
		buf_putc(out, '^');
		jg_atom_put_name(out, atom->instance, spelling);
	}
	if (atom->path != NULL)
	{
		buf_puts(out, ", ");
		jg_atom_put_name(out, atom->path, spelling);
	}
	if (spelling == JG_AUTOSYS)
		jg_lookback_put_autosys(out, atom);
	buf_putc(out, ')');
	if (atom->kind >= JG_ATOM_EXITCODE)
		jg_comparison_put(atom, spelling, out);
	if (spelling == JG_NATIVE)
		jg_lookback_put_words(out, atom);
	return true;
}

char *
jg_atom_text(const JgAtom *atom, JgSpelling spelling, char **why)
{
	Buf out = {0};

	*why = NULL;
	if (jg_atom_put(atom, spelling, &out, why))
		return out.data;
	buf_free(&out);
	return NULL;
}
