/*
 * Lists of exit codes such as 0,4,8-11, and the rule by which they make a success.
 *
 * The text itself is scanned each time: a list is short and is asked for once a run.
 */
#include "codes.h"

#include <stddef.h>

#define CODE_MAX 2147483647L

static const char *
skip_blanks(const char *p)
{
	while (*p == ' ')
		p++;
	return p;
}

/* Reads digits into *code; NULL where there are none or too many. */
static const char *
scan_code(const char *p, long *code)
{
	long value = 0;

	if (*p < '0' || *p > '9')
		return NULL;
	for (; *p >= '0' && *p <= '9'; p++)
	{
		value = value * 10 + (*p - '0');
		if (value > CODE_MAX)
			return NULL;
	}
	*code = value;
	return p;
}

/* Reads one code or range; *error says what is wrong where it returns NULL. */
static const char *
scan_range(const char *p, long *low, long *high, const char **error)
{
	p = scan_code(skip_blanks(p), low);
	if (p == NULL)
	{
		*error = "a list of exit codes is numbers and ranges with commas between, such as 0,4,8-11";
		return NULL;
	}
	*high = *low;
	p = skip_blanks(p);
	if (*p == '-')
	{
		p = scan_code(skip_blanks(p + 1), high);
		if (p == NULL)
		{
			*error = "a range of exit codes needs a number behind the dash, such as 8-11";
			return NULL;
		}
		if (*high < *low)
		{
			*error = "a range of exit codes goes from the smaller to the larger";
			return NULL;
		}
		p = skip_blanks(p);
	}
	return p;
}

const char *
jg_codes_error(const char *codes)
{
	const char *error = NULL;
	long low;
	long high;

	for (const char *p = codes;; p++)
	{
		p = scan_range(p, &low, &high, &error);
		if (p == NULL || *p == '\0')
			return error;
		if (*p != ',')
			return "exit codes in a list have commas between them";
	}
}

bool
jg_codes_contain(const char *codes, int code)
{
	const char *error;
	long low;
	long high;

	for (const char *p = codes;; p++)
	{
		p = scan_range(p, &low, &high, &error);
		if (p == NULL)
			return false;
		if (code >= low && code <= high)
			return true;
		if (*p != ',')
			return false;
	}
}

bool
jg_codes_success(const char *success_codes, const char *fail_codes, int code)
{
	if (fail_codes != NULL)
		return !jg_codes_contain(fail_codes, code);
	if (success_codes != NULL)
		return jg_codes_contain(success_codes, code);
	return code == 0;
}
