/*
 * keymap.h - attempts by key: a hash table of nodes embedded in their owners.
 */
#ifndef JOBGRID_KEYMAP_H
#define JOBGRID_KEYMAP_H

#include <stddef.h>

#include "message.h"

typedef struct KeyNode
{
	AttemptKey key;
	struct KeyNode *next;
} KeyNode;

typedef struct KeyMap
{
	KeyNode **buckets;
	size_t bucket_count; /* a power of two, or 0 */
	size_t count;
} KeyMap;

KeyNode *keymap_find(const KeyMap *map, const AttemptKey *key);
void keymap_insert(KeyMap *map, KeyNode *node); /* the key must not be there */
void keymap_remove(KeyMap *map, KeyNode *node);

/* Walk: keymap_next(map, NULL) is the first. The node given may be removed after the next was taken. */
KeyNode *keymap_next(const KeyMap *map, const KeyNode *node);
void keymap_free(KeyMap *map);

#endif
