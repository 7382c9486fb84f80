/* Order of JSON numbers, exact whatever their length. Pure: no server inside. */
#ifndef JG_PARAMETERS_NUMBER_H
#define JG_PARAMETERS_NUMBER_H

#include <stddef.h>

/* < 0, 0 or > 0. Both texts are numbers as JSON writes them. */
extern int jg_number_compare(const char *a, size_t a_length, const char *b, size_t b_length);

#endif
