/*
 * Attempts by key, against a plain array.
 */
#include "keymap.h"

#include <string.h>

#include "tap.h"

#define NODES 2000

int
main(void)
{
	static KeyNode nodes[NODES];
	static bool in[NODES];
	KeyMap map = {0};
	unsigned seed = tap_seed();
	size_t count = 0;
	int wrong = 0;
	AttemptKey none = {.run_id = 1, .attempt = 1, .fence = 1};

	srand(seed);
	ok(keymap_find(&map, &none) == NULL && keymap_next(&map, NULL) == NULL, "an empty map has nothing");
	/* Three attempts a run, so that runs collide with themselves. */
	for (int i = 0; i < NODES; i++)
		nodes[i].key = (AttemptKey){.run_id = i / 3 + 1, .attempt = i % 3 + 1, .fence = i};
	for (int i = 0; i < 50000; i++)
	{
		int n = rand() % NODES;

		if (in[n])
			keymap_remove(&map, &nodes[n]);
		else
			keymap_insert(&map, &nodes[n]);
		count += in[n] ? (size_t) -1 : 1;
		in[n] = !in[n];
		n = rand() % NODES;
		wrong += keymap_find(&map, &nodes[n].key) != (in[n] ? &nodes[n] : NULL);
		wrong += map.count != count;
	}
	ok(wrong == 0, "50,000 changes, seed %u", seed);
	for (KeyNode *node = keymap_next(&map, NULL); node != NULL; node = keymap_next(&map, node))
	{
		wrong += !in[node - nodes];
		in[node - nodes] = false;
		count--;
	}
	ok(wrong == 0 && count == 0, "a walk meets each once");
	keymap_free(&map);
	return done_testing();
}
