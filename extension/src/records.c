/*
 * Arrays of composite values, as the functions of the executor protocol take them.
 *
 * What the columns mean is the caller's business; here is only how they are found.
 */
#include "records.h"

#include "access/htup_details.h"
#include "errors.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

static void
deform(HeapTupleHeader header, TupleDesc desc, Datum *values, bool *nulls)
{
	HeapTupleData tuple = {.t_len = HeapTupleHeaderGetDatumLength(header), .t_data = header};

	ItemPointerSetInvalid(&tuple.t_self);
	heap_deform_tuple(&tuple, desc, values, nulls);
}

void *
jg_records(ArrayType *array, const char *what, int max, Size size, JgRecordReader reader, int *n)
{
	TupleDesc desc = lookup_rowtype_tupdesc_copy(ARR_ELEMTYPE(array), -1);
	Datum *values = palloc(desc->natts * sizeof(Datum));
	bool *nulls = palloc(desc->natts * sizeof(bool));
	Datum *elements;
	bool *missing;
	char *items;
	int16 length;
	bool by_value;
	char alignment;

	get_typlenbyvalalign(ARR_ELEMTYPE(array), &length, &by_value, &alignment);
	deconstruct_array(array, ARR_ELEMTYPE(array), length, by_value, alignment, &elements, &missing, n);
	if (*n > max)
		ereport(ERROR, (errcode(ERRCODE_JG_LIMIT), errmsg("a call takes no more than %d of type %s", max, what)));
	items = palloc0(Max(*n, 1) * size);
	for (int i = 0; i < *n; i++)
	{
		if (missing[i])
			ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("a %s must not be null", what)));
		deform(DatumGetHeapTupleHeader(elements[i]), desc, values, nulls);
		reader(values, nulls, items + i * size);
	}
	return items;
}
