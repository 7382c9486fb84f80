/* How many mistakes lie between two words, for "did you mean". Pure: no server inside. */
#ifndef JG_DISTANCE_H
#define JG_DISTANCE_H

#define JG_DISTANCE_LONGEST 128 /* bytes; longer words are as far apart */

/* Letters that have to be changed, added, left out, or exchanged with their neighbour; case is no mistake. */
extern int jg_distance(const char *a, const char *b);

#endif
