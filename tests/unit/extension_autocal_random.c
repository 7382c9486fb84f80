/*
 * Extended calendars: random rules against a second evaluation, which counts and walks anew for each day.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../extension/src/time/autocal.h"
#include "../../extension/src/time/civil.h"
#include "tap.h"

#define MOST_DAYS 400

/* A random rule is kept as text and as a tree, of which these are the leaves. */
typedef enum LeafKind
{
	LEAF_DAILY,
	LEAF_WORKDAYS,
	LEAF_WEEKDAYS,
	LEAF_WORKD,
	LEAF_DDD,
	LEAF_DDD_NTH,
	LEAF_MNTHD,
	LEAF_MMM,
	LEAF_WEEK,
	LEAF_CWRK,
	LEAF_KINDS
} LeafKind;

typedef struct Tree
{
	char op; /* '&', '|', '!' or 0 for a leaf */
	LeafKind kind;
	bool back;
	int n;
	int value; /* weekday or month */
	int left;
	int right;
} Tree;

typedef struct Model
{
	Tree nodes[32];
	int nnodes;
	char text[600];
	char workday[8];
	const char *actions; /* non_workday, holiday */
	int adjust;
	bool to_work;
	int32_t base; /* days base … base + MOST_DAYS are known */
	bool holiday[MOST_DAYS];
	JgAutocalPeriod period;
} Model;

static const char *const ddd[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
static const char *const mmm[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};

static void
add_text(Model *m, const char *text)
{
	strncat(m->text, text, sizeof(m->text) - strlen(m->text) - 1);
}

static void
add_leaf(Model *m, Tree *t)
{
	char text[40];

	t->kind = (LeafKind) (random() % LEAF_KINDS);
	t->back = random() % 2 == 0;
	t->n = 1 + (int) (random() % 5);
	t->value = (int) (random() % (t->kind == LEAF_MMM ? 12 : 7));
	switch (t->kind)
	{
		case LEAF_DAILY:
			add_text(m, "DAILY");
			return;
		case LEAF_WORKDAYS:
			add_text(m, "WORKDAYS");
			return;
		case LEAF_WEEKDAYS:
			add_text(m, "WEEKDAYS");
			return;
		case LEAF_DDD:
			add_text(m, ddd[t->value]);
			return;
		case LEAF_MMM:
			add_text(m, mmm[t->value]);
			return;
		case LEAF_DDD_NTH:
			snprintf(text, sizeof(text), "%s%c%d", ddd[t->value], t->back ? 'm' : '#', t->n);
			break;
		default:
			t->n = 1 + (int) (random() % 31);
			snprintf(text, sizeof(text), "%s%c%02d",
					 t->kind == LEAF_WORKD   ? "WORKD"
					 : t->kind == LEAF_MNTHD ? "MNTHD"
					 : t->kind == LEAF_CWRK  ? "CWRK"
											 : "WEEK",
					 t->back ? 'M' : '#', t->n);
			break;
	}
	add_text(m, text);
}

/* Adds a tree and its text in full parentheses; returns its number. */
static int
add_tree(Model *m, int depth)
{
	int i = m->nnodes++;
	Tree t = {0};

	if (depth == 0 || random() % 3 == 0)
		add_leaf(m, &t);
	else
	{
		t.op = "&&|!"[random() % 4];
		add_text(m, t.op == '!' ? "NOT (" : "(");
		t.left = add_tree(m, depth - 1);
		if (t.op != '!')
		{
			add_text(m, t.op == '&' ? ") & {" : ") | {");
			t.right = add_tree(m, depth - 1);
		}
		add_text(m, t.op == '!' ? ")" : "}");
	}
	m->nodes[i] = t;
	return i;
}

static bool
model_holiday(const Model *m, int32_t day)
{
	return m->holiday[day - m->base];
}

static bool
model_workday(const Model *m, int32_t day)
{
	return m->workday[(jg_civil_weekday(day) + 6) % 7] == 'X' && !model_holiday(m, day);
}

/* How many workdays lie between the days, both included. */
static int
model_count(const Model *m, int32_t first, int32_t last)
{
	int n = 0;

	for (; first <= last; first++)
		n += model_workday(m, first);
	return n;
}

static bool
model_leaf(const Model *m, const Tree *t, int32_t day)
{
	JgDate date = jg_civil_date(day);
	int32_t first = day - date.day + 1;
	int32_t last = first + jg_civil_month_length(date.year, date.month) - 1;
	int32_t jan_1 = jg_civil_day(date.year, 1, 1);
	int32_t dec_31 = jg_civil_day(date.year, 12, 31);
	int weekday = jg_civil_weekday(day);

	switch (t->kind)
	{
		case LEAF_WORKDAYS:
			return model_workday(m, day);
		case LEAF_WEEKDAYS:
			return weekday >= 1 && weekday <= 5 && !model_holiday(m, day);
		case LEAF_WORKD:
			return model_workday(m, day) && (t->back ? model_count(m, day, last) : model_count(m, first, day)) == t->n;
		case LEAF_DDD:
			return weekday == t->value;
		case LEAF_DDD_NTH:
			/* The nth one lies in the nth seven days of the month. */
			return weekday == t->value && (t->back ? day > last - 7 * t->n && day <= last - 7 * (t->n - 1)
												   : date.day > 7 * (t->n - 1) && date.day <= 7 * t->n);
		case LEAF_MNTHD:
			return t->back ? day == last - t->n + 1 : date.day == t->n;
		case LEAF_MMM:
			return date.month == t->value + 1;
		case LEAF_WEEK:
			for (int week = 1; week <= 53; week++)
			{
				int32_t start = jan_1 + 7 * (week - 1);
				int weeks = 1 + (dec_31 - jan_1) / 7;

				if (day >= start && day <= start + 6)
					return (t->back ? weeks - week + 1 : week) == t->n;
			}
			return false;
		case LEAF_CWRK:
			return day >= m->period.start && day <= m->period.end && model_workday(m, day) &&
				   (t->back ? model_count(m, day, m->period.end) : model_count(m, m->period.start, day)) == t->n;
		default:
			return true;
	}
}

static bool
model_fits(const Model *m, int node, int32_t day)
{
	const Tree *t = &m->nodes[node];

	switch (t->op)
	{
		case '&':
			return model_fits(m, t->left, day) && model_fits(m, t->right, day);
		case '|':
			return model_fits(m, t->left, day) || model_fits(m, t->right, day);
		case '!':
			return !model_fits(m, t->left, day);
		default:
			return model_leaf(m, t, day);
	}
}

/* Where a candidate ends up; -1 = nowhere. */
static int32_t
model_settle(const Model *m, int32_t day)
{
	bool as_holiday = model_holiday(m, day) && m->actions[1] != ' ';
	char action = as_holiday ? m->actions[1] : m->actions[0];
	int step = action == 'P' ? -1 : 1;

	if (!as_holiday && m->actions[1] == 'O')
		return -1;
	if (!as_holiday && model_workday(m, day))
		return action == 'O' ? -1 : day;
	if (action == 'N' && (as_holiday || !m->to_work))
		return day + 1;
	if (action == 'O' || action == 'S')
		return day;
	while (!model_workday(m, day))
		day += step;
	return day;
}

static void
make_model(Model *m)
{
	static const char actions[][3] = {"S ", "W ", "N ", "P ", "O ", "SO", "OW", "WN", "NP", "PW", "SN", "OO", "WS"};

	memset(m, 0, sizeof(*m));
	m->base = jg_civil_day(2020, 1, 1) + (int) (random() % 4000);
	m->period.start = m->base + 150 + (int) (random() % 30);
	m->period.end = m->period.start + (int) (random() % 60);
	m->actions = actions[(size_t) random() % (sizeof(actions) / sizeof(actions[0]))];
	m->adjust = (int) (random() % 19) - 9;
	m->to_work = random() % 2 == 0;
	for (int i = 0; i < 7; i++)
		m->workday[i] = random() % 3 > 0 || i == 2 ? 'X' : '.';
	/* In runs, so that actions have something to walk over. */
	for (int run = 0; run < 6; run++)
		memset(m->holiday + 80 + random() % 200, true, 1 + (size_t) random() % 12);
	add_tree(m, 3);
}

/* A random range inside of what the model knows: from its rule, and from the model. */
static bool
check_model(const Model *m)
{
	int32_t since = m->base + 150 + (int32_t) (random() % 60);
	int32_t until = since + (int32_t) (random() % 60);
	char non_workday[2] = {m->actions[0], '\0'};
	char holiday[2] = {m->actions[1], '\0'};
	char adjust[8];
	const char *condition = m->text;
	JgAutocalSource source = {m->workday, non_workday, holiday, adjust, &condition, 1, {false, false, m->to_work}};
	uint64_t expected[JG_AUTOCAL_ROOM(0, MOST_DAYS)] = {0};
	uint64_t got[JG_AUTOCAL_ROOM(0, MOST_DAYS)];
	int32_t holidays[MOST_DAYS];
	JgAutocalDates dates = {holidays, 0, &m->period, 1};
	JgAutocal rule;
	JgAutocalError error;
	const char *why;

	snprintf(adjust, sizeof(adjust), "%+d", m->adjust);
	for (int i = 0; i < MOST_DAYS; i++)
		if (m->holiday[i])
			holidays[dates.nholidays++] = m->base + i;
	for (int32_t day = since - 100; day <= until + 100; day++)
	{
		int32_t to = model_fits(m, 0, day) ? model_settle(m, day) : -1;

		if (to >= 0 && to + m->adjust >= since && to + m->adjust <= until)
			expected[(to + m->adjust - since) / 64] |= UINT64_C(1) << (to + m->adjust - since) % 64;
	}
	return jg_autocal_parse(&source, &rule, &error) && jg_autocal_days(&rule, &dates, since, until, got, &why) &&
		   memcmp(expected, got, sizeof(got[0]) * (size_t) JG_AUTOCAL_ROOM(since, until)) == 0;
}

static void
check_random(void)
{
	unsigned seed = tap_seed();
	const char *size = getenv("JOBGRID_TEST_SIZE");
	int rounds = size != NULL && strcmp(size, "long") == 0 ? 400000 : 4000;
	int wrong = 0;

	srandom(seed);
	for (int i = 0; i < rounds; i++)
	{
		static Model m;

		make_model(&m);
		if (!check_model(&m) && wrong++ < 3)
			printf("# rule %d: %s, workday %s, actions \"%s\", adjust %d\n", i, m.text, m.workday, m.actions, m.adjust);
	}
	ok(wrong == 0, "%d random rules (seed %u): %d wrong", rounds, seed, wrong);
}

int
main(void)
{
	check_random();
	return done_testing();
}
