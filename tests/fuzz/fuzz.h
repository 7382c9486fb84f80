/*
 * fuzz.h - what a fuzz target is: a function that must stand any bytes, and examples to begin with.
 */
#ifndef JOBGRID_FUZZ_H
#define JOBGRID_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* Called with anything; a lie (a wrong answer, not only a crash) ends in abort(). */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Appends example number i and returns true, or returns false where there are no more. */
bool fuzz_example(unsigned i, Buf *out);

#endif
