/*
 * Signs and colours are for people, so they exist only on a terminal; a colour never says what the sign and the word
 * do not say too. NO_COLOR and TERM=dumb switch colours off.
 */
#include "terminal.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "text.h"

#define RED "\033[31m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define CYAN "\033[36m"
#define DIM "\033[2m"
#define PLAIN "\033[0m"

#define NARROWEST 40

static const struct
{
	const char *state;
	const char *sign;
	const char *ascii;
	const char *colour;
} states[] = {
	{"succeeded", "\xe2\x9c\x93 ", "+ ", GREEN},
	{"failed", "\xe2\x9c\x97 ", "x ", RED},
	{"running", "\xe2\x97\x8f ", "* ", CYAN},
	{"starting", "\xe2\x97\x8f ", "* ", CYAN},
	{"queued", "\xe2\x97\x8c ", "o ", DIM},
	{"waiting", "\xe2\x97\x8c ", "o ", DIM},
	{"held", "\xe2\x80\x96 ", "= ", YELLOW},
	{"blocked", "\xe2\x80\x96 ", "= ", YELLOW},
	{"unknown", "? ", "? ", RED},
	{"cancelled", "\xc2\xbb ", "> ", DIM},
	{"skipped", "\xc2\xbb ", "> ", DIM},
	{"ok", "\xe2\x9c\x93 ", "+ ", GREEN},
	{"not ok", "\xe2\x9c\x97 ", "x ", RED},
	{"over", "\xe2\x9c\x97 ", "x ", RED},
	{"online", "\xe2\x97\x8f ", "* ", GREEN},
	{"busy", "\xe2\x97\x8f ", "* ", GREEN},
	{"error", "\xe2\x9c\x97 ", "x ", RED},
	{"maintenance", "\xe2\x80\x96 ", "= ", YELLOW},
	{"draining", "\xe2\x80\x96 ", "= ", YELLOW},
	{"suspect", "? ", "? ", YELLOW},
	{"offline", "\xe2\x9c\x97 ", "x ", RED},
	{"open", "\xe2\x97\x8f ", "* ", GREEN},
	{"closed", "\xe2\x80\x96 ", "= ", YELLOW},
};

#define STATES (sizeof states / sizeof *states)

static int
width_of(int descriptor)
{
	const char *forced = getenv("COLUMNS");
	struct winsize size;
	int columns = 80;

	if (forced && strtol(forced, NULL, 10) > 0)
		columns = (int) strtol(forced, NULL, 10);
	else if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		columns = size.ws_col;
	return columns < NARROWEST ? NARROWEST : columns;
}

Terminal
terminal_describe(FILE *stream)
{
	Terminal terminal = {0};
	const char *type = getenv("TERM");
	const char *refused = getenv("NO_COLOR");

	terminal.present = isatty(fileno(stream)) == 1;
	terminal.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	terminal.colour = terminal.present && !(refused && *refused) && type && strcmp(type, "dumb") != 0;
	terminal.columns = width_of(fileno(stream));
	return terminal;
}

int
terminal_text_flags(const Terminal *terminal)
{
	return terminal->utf8 ? TEXT_UTF8 : 0;
}

static size_t
find_state(const char *state)
{
	size_t i = 0;

	while (i < STATES && strcmp(states[i].state, state) != 0)
		i++;
	return i;
}

const char *
terminal_sign(const Terminal *terminal, const char *state)
{
	size_t found = find_state(state);

	if (found == STATES || !terminal->present)
		return "";
	return terminal->utf8 ? states[found].sign : states[found].ascii;
}

const char *
terminal_colour(const Terminal *terminal, const char *state)
{
	size_t found = find_state(state);

	return found == STATES || !terminal->colour ? "" : states[found].colour;
}

const char *
terminal_dim(const Terminal *terminal)
{
	return terminal->colour ? DIM : "";
}

const char *
terminal_plain(const Terminal *terminal)
{
	return terminal->colour ? PLAIN : "";
}
