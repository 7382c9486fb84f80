/* Tells who may, where an edit of a config table is refused. */
#ifndef JG_REFUSAL_H
#define JG_REFUSAL_H

extern void jg_refusal_init(void); /* from _PG_init */

#endif
