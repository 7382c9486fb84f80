/* Workflows that hang. */
#ifndef JG_HUNG_H
#define JG_HUNG_H

/* A part of the scheduler's round: looks now and then for those of which no step runs, nor can start by itself. */
extern void jg_hung_look(void);

#endif
