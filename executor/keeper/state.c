/*
 * state.c - tagged fields: a tag, a length, so many bytes.
 */
#include "state.h"

#include <string.h>

#include "mem.h"

typedef struct FieldHeader
{
	uint32_t tag;
	uint32_t len;
} FieldHeader;

void
state_put(Buf *out, StateTag tag, const void *bytes, size_t len)
{
	const FieldHeader header = {.tag = tag, .len = (uint32_t) len};

	buf_append(out, &header, sizeof(header));
	buf_append(out, bytes, len);
}

void
state_put_text(Buf *out, StateTag tag, const char *text)
{
	state_put(out, tag, text, strlen(text));
}

void
state_put_int(Buf *out, StateTag tag, int64_t value)
{
	state_put(out, tag, &value, sizeof(value));
}

int
state_next(State *rest, uint32_t *tag, State *field, Err *e)
{
	FieldHeader header;

	if (rest->len == 0)
		return 0;
	if (rest->len < sizeof(header))
		return err_set(e, 0, "state is cut off");
	memcpy(&header, rest->bytes, sizeof(header));
	if (header.len > rest->len - sizeof(header))
		return err_set(e, 0, "state is cut off");
	*tag = header.tag;
	*field = (State){.bytes = rest->bytes + sizeof(header), .len = header.len};
	rest->bytes = field->bytes + field->len;
	rest->len -= sizeof(header) + header.len;
	return 1;
}

int
state_check(State state, Err *e)
{
	uint32_t tag;
	State field;
	int result;

	while ((result = state_next(&state, &tag, &field, e)) > 0)
		;
	return result;
}

bool
state_find(State state, StateTag tag, State *field)
{
	uint32_t found = 0;
	Err e;

	*field = (State){.bytes = ""};
	while (state_next(&state, &found, field, &e) > 0)
	{
		if (found == (uint32_t) tag)
			return true;
	}
	return false;
}

int64_t
state_value(State field)
{
	int64_t value = 0;

	memcpy(&value, field.bytes, field.len < sizeof(value) ? field.len : sizeof(value));
	return value;
}

int64_t
state_int(State state, StateTag tag, int64_t otherwise)
{
	State field;

	return state_find(state, tag, &field) ? state_value(field) : otherwise;
}

char *
state_text(State state, StateTag tag)
{
	State field;

	return state_find(state, tag, &field) ? mem_strndup(field.bytes, field.len) : mem_strdup("");
}

bool
state_bytes(State state, StateTag tag, void *bytes, size_t len)
{
	State field;

	if (!state_find(state, tag, &field) || field.len != len)
		return false;
	memcpy(bytes, field.bytes, len);
	return true;
}
