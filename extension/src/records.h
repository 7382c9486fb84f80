/* Arrays of composite values, as the functions of the executor protocol take them. */
#ifndef JG_RECORDS_H
#define JG_RECORDS_H

#include "postgres.h"

#include "utils/array.h"

/* Makes an item of one element's columns, in the order of its type; raises where they are no good. */
typedef void (*JgRecordReader)(const Datum *values, const bool *nulls, void *item);

/*
 * The elements as items of `size` bytes, in the current memory context. `what` names one in messages. A null element,
 * or more than max of them, is an error.
 */
extern void *jg_records(ArrayType *array, const char *what, int max, Size size, JgRecordReader reader, int *n);

#endif
