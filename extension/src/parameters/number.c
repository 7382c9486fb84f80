/*
 * Order of JSON numbers.
 *
 * A limit of money is compared digit by digit: as a double, 0.1 is not 0.1, and 2^53 + 1 is 2^53. An exponent is never
 * carried out, so that a few bytes cannot ask for a gigabyte of zeros.
 */
#include "number.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define MOST_EXPONENT INT64_C(1000000000000)

/* 0.d1d2d3… times ten to the power of magnitude. */
typedef struct Number
{
	bool negative;
	bool zero;
	int64_t magnitude;
	const char *digits; /* the first one is not 0; a point may be among them */
	const char *end;
} Number;

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int64_t
read_exponent(const char *p, const char *end)
{
	bool negative = p < end && *p == '-';
	int64_t value = 0;

	for (p += p < end && (*p == '-' || *p == '+'); p < end && is_digit(*p); p++)
		if (value < MOST_EXPONENT)
			value = value * 10 + (*p - '0');
	return negative ? -value : value;
}

static Number
read_number(const char *text, size_t length)
{
	const char *end = text + length;
	const char *p = text;
	Number number = {.zero = true};
	bool fraction = false;

	number.negative = length > 0 && *p == '-';
	for (p += number.negative; p < end && (is_digit(*p) || *p == '.'); p++)
	{
		if (*p == '.')
		{
			fraction = true;
			continue;
		}
		if (number.zero && *p != '0')
		{
			number.zero = false;
			number.digits = p;
		}
		if (number.zero)
			number.magnitude -= fraction;
		else
			number.magnitude += !fraction;
	}
	number.end = p;
	if (p < end)
		number.magnitude += read_exponent(p + 1, end);
	return number;
}

/* The digit at *p, which goes on to the next one; zeros without end behind the last. */
static int
next_digit(const char **p, const char *end)
{
	if (*p < end && **p == '.')
		(*p)++;
	return *p < end ? *(*p)++ - '0' : 0;
}

static int
compare_absolute(const Number *a, const Number *b)
{
	const char *p = a->digits;
	const char *q = b->digits;

	if (a->magnitude != b->magnitude)
		return a->magnitude < b->magnitude ? -1 : 1;
	while (p < a->end || q < b->end)
	{
		int difference = next_digit(&p, a->end) - next_digit(&q, b->end);

		if (difference != 0)
			return difference;
	}
	return 0;
}

int
jg_number_compare(const char *a_text, size_t a_length, const char *b_text, size_t b_length)
{
	Number a = read_number(a_text, a_length);
	Number b = read_number(b_text, b_length);
	int a_sign = a.zero ? 0 : a.negative ? -1 : 1;
	int b_sign = b.zero ? 0 : b.negative ? -1 : 1;

	if (a_sign != b_sign)
		return a_sign - b_sign;
	if (a_sign == 0)
		return 0;
	return a_sign * compare_absolute(&a, &b);
}
