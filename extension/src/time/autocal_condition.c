/*
 * One condition of an extended calendar, added to the rule's program in postfix order.
 *
 * Operators wait on a stack until one comes that binds less strongly. Nothing recurses: the sizes of the stacks are the
 * only bound that a text meets.
 */
#include "autocal_condition.h"

#include <stdio.h>

#include "ascii.h"

/* Within one pair of parentheses at most three operators wait, one of each strength, and their "(". */
#define OPERATORS (4 * (JG_AUTOCAL_DEPTH + 1))

typedef enum TokenKind
{
	TOKEN_END,
	TOKEN_COMMA,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_NOT,
	TOKEN_AND,
	TOKEN_OR,
	TOKEN_WORD,
	TOKEN_OTHER
} TokenKind;

typedef struct Token
{
	TokenKind kind;
	const char *start;
	size_t length;
} Token;

typedef struct Parser
{
	const char *text;
	const char *at;
	JgAutocalReading reading;
	JgAutocal *rule;
	JgAutocalError *error;
	Token waiting[OPERATORS];
	int nwaiting;
	int depth;
	int height; /* of the stack of the program, where it stands */
} Parser;

static bool
fail(Parser *parser, const char *where, const char *message)
{
	parser->error->position = (int) (where - parser->text) + 1;
	if (message != parser->error->message)
		snprintf(parser->error->message, sizeof(parser->error->message), "%s", message);
	return false;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
is_word(char c)
{
	return (jg_ascii_upper(c) >= 'A' && jg_ascii_upper(c) <= 'Z') || (c >= '0' && c <= '9') || c == '#';
}

static TokenKind
word_kind(const char *word, size_t length)
{
	if (length == 3 && jg_ascii_same(word, "NOT", 3))
		return TOKEN_NOT;
	if (length == 3 && jg_ascii_same(word, "AND", 3))
		return TOKEN_AND;
	if (length == 2 && jg_ascii_same(word, "OR", 2))
		return TOKEN_OR;
	return TOKEN_WORD;
}

static Token
next_token(Parser *parser)
{
	static const struct
	{
		char sign;
		TokenKind kind;
	} signs[] = {{'\0', TOKEN_END},  {',', TOKEN_COMMA}, {'(', TOKEN_OPEN}, {'{', TOKEN_OPEN},
				 {')', TOKEN_CLOSE}, {'}', TOKEN_CLOSE}, {'&', TOKEN_AND},  {'|', TOKEN_OR}};
	Token token = {TOKEN_OTHER, NULL, 1};

	while (is_blank(*parser->at))
		parser->at++;
	token.start = parser->at;
	if (is_word(*token.start))
	{
		for (token.length = 0; is_word(token.start[token.length]);)
			token.length++;
		token.kind = word_kind(token.start, token.length);
	}
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (*token.start == signs[i].sign)
			token.kind = signs[i].kind;
	if (token.kind == TOKEN_END)
		token.length = 0;
	parser->at += token.length;
	return token;
}

static bool
emit(Parser *parser, JgAutocalNode node, const char *where)
{
	if (node.op == JG_AUTOCAL_LEAF)
		parser->height++;
	else if (node.op != JG_AUTOCAL_NOT)
		parser->height--;
	if (parser->rule->nnodes == JG_AUTOCAL_NODES)
		return fail(parser, where, "the conditions are too long");
	if (parser->height > JG_AUTOCAL_STACK)
		return fail(parser, where, "the condition is nested too deeply");
	parser->rule->nodes[parser->rule->nnodes++] = node;
	return true;
}

static bool
emit_operator(Parser *parser, TokenKind kind, const char *where)
{
	JgAutocalNode node = {.op = JG_AUTOCAL_NOT};

	if (kind == TOKEN_AND)
		node.op = JG_AUTOCAL_AND;
	else if (kind == TOKEN_OR)
		node.op = JG_AUTOCAL_OR;
	return emit(parser, node, where);
}

static int
strength(const Parser *parser, TokenKind kind)
{
	if (kind == TOKEN_NOT)
		return 3;
	if (kind == TOKEN_AND)
		return 2;
	if (kind == TOKEN_OR)
		return parser->reading.left_to_right ? 2 : 1;
	return 0;
}

/* Emits what waits, down to the nearest parenthesis, and binds at least as strongly. */
static bool
emit_waiting(Parser *parser, int at_least)
{
	while (parser->nwaiting > 0)
	{
		Token top = parser->waiting[parser->nwaiting - 1];

		if (top.kind == TOKEN_OPEN || strength(parser, top.kind) < at_least)
			return true;
		parser->nwaiting--;
		if (!emit_operator(parser, top.kind, top.start))
			return false;
	}
	return true;
}

static bool
push(Parser *parser, Token token)
{
	if (parser->nwaiting == OPERATORS || (token.kind == TOKEN_OPEN && parser->depth == JG_AUTOCAL_DEPTH))
		return fail(parser, token.start, "the condition is nested too deeply");
	parser->depth += token.kind == TOKEN_OPEN;
	parser->waiting[parser->nwaiting++] = token;
	return true;
}

static bool
read_keyword(Parser *parser, Token token)
{
	JgAutocalNode leaf;
	bool except;
	size_t offset;

	if (!jg_autocal_keyword(token.start, token.length, &leaf, &except, &offset, parser->error->message,
							sizeof(parser->error->message)))
		return fail(parser, token.start + offset, parser->error->message);
	if (leaf.unit >= JG_AUTOCAL_PERIOD_DAY)
		parser->rule->needs_cycle = true;
	return emit(parser, leaf, token.start) && (!except || emit_operator(parser, TOKEN_NOT, token.start));
}

/* Where a keyword is expected; *complete where it came. */
static bool
read_operand(Parser *parser, Token token, bool *complete)
{
	Token *top = parser->nwaiting > 0 ? &parser->waiting[parser->nwaiting - 1] : NULL;

	switch (token.kind)
	{
		case TOKEN_WORD:
			*complete = true;
			return read_keyword(parser, token);
		case TOKEN_NOT:
			/* Two of them are none: they need no room, however many there are. */
			if (top != NULL && top->kind == TOKEN_NOT)
			{
				parser->nwaiting--;
				return true;
			}
			return push(parser, token);
		case TOKEN_OPEN:
			return push(parser, token);
		default:
			return fail(parser, token.start, "expected a keyword, NOT or \"(\"");
	}
}

static bool
read_close(Parser *parser, Token token)
{
	const Token *open;
	char wanted;

	if (!emit_waiting(parser, 0))
		return false;
	if (parser->nwaiting == 0)
		return fail(parser, token.start, "expected \"&\", \"|\" or the end: no parenthesis is open");
	open = &parser->waiting[parser->nwaiting - 1];
	wanted = *open->start == '(' ? ')' : '}';
	if (*token.start != wanted)
		return fail(parser, token.start, wanted == ')' ? "expected \")\"" : "expected \"}\"");
	parser->nwaiting--;
	parser->depth--;
	return true;
}

/* The end of a condition; all but the first are combined with what stands before. */
static bool
end_condition(Parser *parser, Token token)
{
	if (!emit_waiting(parser, 0))
		return false;
	if (parser->nwaiting > 0)
		return fail(parser, token.start,
					*parser->waiting[parser->nwaiting - 1].start == '(' ? "expected \")\"" : "expected \"}\"");
	if (parser->height == 1)
		return true;
	return emit_operator(parser, parser->reading.all_conditions ? TOKEN_AND : TOKEN_OR, token.start);
}

/* Behind a keyword or a closed parenthesis; *complete is cleared where another keyword must come. */
static bool
read_operator(Parser *parser, Token token, bool *complete)
{
	switch (token.kind)
	{
		case TOKEN_AND:
		case TOKEN_OR:
			*complete = false;
			return emit_waiting(parser, strength(parser, token.kind)) && push(parser, token);
		case TOKEN_CLOSE:
			return read_close(parser, token);
		case TOKEN_COMMA:
			*complete = false;
			return end_condition(parser, token);
		case TOKEN_END:
			return end_condition(parser, token);
		default:
			return fail(parser, token.start, "expected \"&\", \"|\" or the end");
	}
}

static bool
parse_condition(Parser *parser)
{
	bool complete = false;

	for (;;)
	{
		Token token = next_token(parser);

		if (!(complete ? read_operator(parser, token, &complete) : read_operand(parser, token, &complete)))
			return false;
		if (token.kind == TOKEN_END)
			return true;
	}
}

bool
jg_autocal_condition(const char *text, const JgAutocalReading *reading, JgAutocal *rule, JgAutocalError *error)
{
	Parser parser = {.text = text, .at = text, .rule = rule, .error = error};

	parser.reading = *reading;
	parser.height = rule->nnodes > 0;
	if (next_token(&parser).kind == TOKEN_END)
		return true;
	parser.at = text;
	return parse_condition(&parser);
}
