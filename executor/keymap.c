/*
 * keymap.c - attempts by key.
 */
#include "keymap.h"

#include <stdint.h>
#include <stdlib.h>

#include "mem.h"

static size_t
bucket_of(const KeyMap *map, const AttemptKey *key)
{
	uint64_t h = (uint64_t) key->run_id * UINT64_C(0x9e3779b97f4a7c15);

	return (size_t) (h >> 32) & (map->bucket_count - 1);
}

KeyNode *
keymap_find(const KeyMap *map, const AttemptKey *key)
{
	KeyNode *node;

	if (map->count == 0)
		return NULL;
	node = map->buckets[bucket_of(map, key)];
	while (node != NULL && !attempt_key_equal(&node->key, key))
		node = node->next;
	return node;
}

static void
link_node(KeyMap *map, KeyNode *node)
{
	size_t bucket = bucket_of(map, &node->key);

	node->next = map->buckets[bucket];
	map->buckets[bucket] = node;
}

static void
grow(KeyMap *map)
{
	KeyNode **old = map->buckets;
	size_t old_count = map->bucket_count;

	map->bucket_count = old_count > 0 ? old_count * 2 : 64;
	map->buckets = mem_zalloc(map->bucket_count * sizeof(KeyNode *));
	for (size_t i = 0; i < old_count; i++)
	{
		KeyNode *node = old[i];

		while (node != NULL)
		{
			KeyNode *next = node->next;

			link_node(map, node);
			node = next;
		}
	}
	free(old);
}

void
keymap_insert(KeyMap *map, KeyNode *node)
{
	if (map->count >= map->bucket_count)
		grow(map);
	link_node(map, node);
	map->count++;
}

void
keymap_remove(KeyMap *map, KeyNode *node)
{
	KeyNode **place = &map->buckets[bucket_of(map, &node->key)];

	while (*place != node)
		place = &(*place)->next;
	*place = node->next;
	node->next = NULL;
	map->count--;
}

KeyNode *
keymap_next(const KeyMap *map, const KeyNode *node)
{
	size_t bucket = 0;

	if (node != NULL)
	{
		if (node->next != NULL)
			return node->next;
		bucket = bucket_of(map, &node->key) + 1;
	}
	for (; bucket < map->bucket_count; bucket++)
	{
		if (map->buckets[bucket] != NULL)
			return map->buckets[bucket];
	}
	return NULL;
}

void
keymap_free(KeyMap *map)
{
	free(map->buckets);
	map->buckets = NULL;
	map->bucket_count = map->count = 0;
}
