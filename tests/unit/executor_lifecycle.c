/*
 * The life of a job, cell by cell: each cell of the table against what is written here a second time, in another form;
 * then what must hold whatever the order of events.
 */
#include "keeper/lifecycle.h"

#include "tap.h"

typedef struct Cell
{
	LifeState state;
	LifeEvent event;
	LifeState next;
	LifeAction action;
} Cell;

/* Every cell that changes something. */
static const Cell changes[] = {
	{LIFE_RECOVERED, LIFE_ADOPTED, LIFE_RUNNING, ACT_WATCH},
	{LIFE_RECOVERED, LIFE_ORPHANED, LIFE_SWEEPING, ACT_SWEEP},
	{LIFE_RECOVERED, LIFE_GONE, LIFE_ENDING, ACT_LOSE},
	{LIFE_RECOVERED, LIFE_RECORDED, LIFE_ENDED, ACT_NONE},
	{LIFE_RECOVERED, LIFE_NOT_SPAWNED, LIFE_ENDING, ACT_RETURN},
	{LIFE_STARTING, LIFE_RECORDED, LIFE_SETUP, ACT_SPAWN},
	{LIFE_STARTING, LIFE_REFUSED, LIFE_ENDING, ACT_RETURN},
	{LIFE_STARTING, LIFE_CANCEL, LIFE_ENDING, ACT_RETURN},
	{LIFE_STARTING, LIFE_KILL, LIFE_ENDING, ACT_RETURN},
	{LIFE_STARTING, LIFE_FENCE, LIFE_ENDING, ACT_RETURN},
	{LIFE_SETUP, LIFE_NOT_SPAWNED, LIFE_ENDING, ACT_CLOSE},
	{LIFE_SETUP, LIFE_EXEC_OK, LIFE_RUNNING, ACT_ANNOUNCE},
	{LIFE_SETUP, LIFE_EXEC_FAILED, LIFE_KILLING, ACT_NOTE_SETUP},
	{LIFE_SETUP, LIFE_TIMEOUT, LIFE_KILLING, ACT_KILL_TIMEOUT},
	{LIFE_SETUP, LIFE_CANCEL, LIFE_KILLING, ACT_KILL_CANCEL},
	{LIFE_SETUP, LIFE_KILL, LIFE_KILLING, ACT_KILL},
	{LIFE_SETUP, LIFE_FENCE, LIFE_KILLING, ACT_KILL_FENCED},
	{LIFE_RUNNING, LIFE_EXITED, LIFE_DRAINING, ACT_AWAIT_OUTPUT},
	{LIFE_RUNNING, LIFE_EXITED_LEAVING, LIFE_SWEEPING, ACT_LEAVE},
	{LIFE_RUNNING, LIFE_TIMEOUT, LIFE_STOPPING, ACT_TERMINATE_TIMEOUT},
	{LIFE_RUNNING, LIFE_CANCEL, LIFE_STOPPING, ACT_TERMINATE_CANCEL},
	{LIFE_RUNNING, LIFE_KILL, LIFE_KILLING, ACT_KILL},
	{LIFE_RUNNING, LIFE_FENCE, LIFE_KILLING, ACT_KILL_FENCED},
	{LIFE_STOPPING, LIFE_EXITED, LIFE_DRAINING, ACT_AWAIT_OUTPUT},
	{LIFE_STOPPING, LIFE_EXITED_LEAVING, LIFE_DRAINING, ACT_AWAIT_OUTPUT},
	{LIFE_STOPPING, LIFE_KILL, LIFE_KILLING, ACT_KILL},
	{LIFE_STOPPING, LIFE_FENCE, LIFE_KILLING, ACT_KILL},
	{LIFE_STOPPING, LIFE_TIMER, LIFE_KILLING, ACT_KILL},
	{LIFE_KILLING, LIFE_EXITED, LIFE_SWEEPING, ACT_SWEEP},
	{LIFE_KILLING, LIFE_EXITED_LEAVING, LIFE_SWEEPING, ACT_SWEEP},
	{LIFE_KILLING, LIFE_KILL, LIFE_KILLING, ACT_KILL},
	{LIFE_KILLING, LIFE_TIMER, LIFE_KILLING, ACT_KILL},
	{LIFE_KILLING, LIFE_STUCK, LIFE_UNKILLABLE, ACT_TELL_STUCK},
	{LIFE_DRAINING, LIFE_OUTPUT_CLOSED, LIFE_SWEEPING, ACT_SWEEP},
	{LIFE_DRAINING, LIFE_KILL, LIFE_SWEEPING, ACT_SWEEP},
	{LIFE_DRAINING, LIFE_FENCE, LIFE_SWEEPING, ACT_SWEEP},
	{LIFE_DRAINING, LIFE_TIMER, LIFE_SWEEPING, ACT_SWEEP},
	{LIFE_SWEEPING, LIFE_OUTPUT_CLOSED, LIFE_SWEEPING, ACT_SWEEP},
	{LIFE_SWEEPING, LIFE_TIMER, LIFE_SWEEPING, ACT_SWEEP},
	{LIFE_SWEEPING, LIFE_EMPTY, LIFE_ENDING, ACT_FINISH},
	{LIFE_SWEEPING, LIFE_GIVE_UP, LIFE_ENDING, ACT_FINISH},
	{LIFE_SWEEPING, LIFE_STUCK, LIFE_UNKILLABLE, ACT_TELL_STUCK},
	{LIFE_UNKILLABLE, LIFE_EXITED, LIFE_UNKILLABLE, ACT_LOOK_AGAIN},
	{LIFE_UNKILLABLE, LIFE_EXITED_LEAVING, LIFE_UNKILLABLE, ACT_LOOK_AGAIN},
	{LIFE_UNKILLABLE, LIFE_OUTPUT_CLOSED, LIFE_UNKILLABLE, ACT_LOOK_AGAIN},
	{LIFE_UNKILLABLE, LIFE_KILL, LIFE_UNKILLABLE, ACT_LOOK_AGAIN},
	{LIFE_UNKILLABLE, LIFE_TIMER, LIFE_UNKILLABLE, ACT_LOOK_AGAIN},
	{LIFE_UNKILLABLE, LIFE_EMPTY, LIFE_ENDING, ACT_FINISH},
	{LIFE_UNKILLABLE, LIFE_GIVE_UP, LIFE_ENDING, ACT_FINISH},
	{LIFE_ENDING, LIFE_RECORDED, LIFE_ENDED, ACT_TELL},
	{LIFE_ENDED, LIFE_REPORTED, LIFE_FORGOTTEN, ACT_FORGET},
};

/* Events that may come and mean nothing any more, by state; one letter an event, in the order of LifeEvent. */
static const char *const quiet[LIFE_STATES] = {
	/* Adopted, Orphaned, Gone, Recorded, refuSed, Not spawned, exec ok, exec Failed, exited, leaving,
	   Closed, Timeout, canceL, Kill, fencE, timer, empty, give up, stuck, reported */
	[LIFE_RECOVERED] = "....................",  [LIFE_STARTING] = "....................",
	[LIFE_SETUP] = "..........C.........",      [LIFE_RUNNING] = "..........C.........",
	[LIFE_STOPPING] = "..........CTL.......",   [LIFE_KILLING] = "......oF..CTL.E.....",
	[LIFE_DRAINING] = "...........TL.......",   [LIFE_SWEEPING] = "......oF...TLKE.....",
	[LIFE_UNKILLABLE] = "......oF...TL.E.....", [LIFE_ENDING] = "..........CTLKE.....",
	[LIFE_ENDED] = "..........CTLKE.....",      [LIFE_FORGOTTEN] = "....................",
};

static const Cell *
find_change(LifeState state, LifeEvent event)
{
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
	{
		if (changes[i].state == state && changes[i].event == event)
			return &changes[i];
	}
	return NULL;
}

static void
check_cell(LifeState state, LifeEvent event)
{
	LifeStep step = lifecycle_step(state, event);
	const Cell *change = find_change(state, event);
	bool good;

	if (change != NULL)
		good = step.next == change->next && step.action == change->action;
	else
		good = step.next == state && step.action == (quiet[state][event] != '.' ? ACT_NONE : ACT_IMPOSSIBLE);
	ok(good, "%s, %s", lifecycle_state_name(state), lifecycle_event_name(event));
}

/* From every state but the last there is a way to the end, and none back from it. */
static void
check_ways(void)
{
	bool ends[LIFE_STATES] = {[LIFE_FORGOTTEN] = true};

	for (int round = 0; round < LIFE_STATES; round++)
		for (int s = 0; s < LIFE_STATES; s++)
			for (int e = 0; e < LIFE_EVENTS; e++)
				ends[s] = ends[s] || ends[lifecycle_step((LifeState) s, (LifeEvent) e).next];
	for (int s = 0; s < LIFE_STATES; s++)
		ok(ends[s], "%s leads to the end", lifecycle_state_name((LifeState) s));
}

/* Random events: a job ends once at most, with a process only after a sweep, and nothing is done to it after that. */
static int
wrong_lives(unsigned seed)
{
	int wrong = 0;

	srand(seed);
	for (int life = 0; life < 20000; life++)
	{
		LifeState state = life % 4 == 0 ? LIFE_RECOVERED : LIFE_STARTING;
		int finished = 0;
		bool swept = false;

		for (int i = 0; i < 60; i++)
		{
			LifeStep step = lifecycle_step(state, (LifeEvent) (rand() % LIFE_EVENTS));

			wrong += step.next < state; /* states are in the order of life */
			/* Only what is known to have ended is told, once. */
			wrong += finished > 0 && step.action >= ACT_WATCH && step.action <= ACT_FINISH;
			wrong += step.action == ACT_FINISH && !swept;
			wrong += step.action == ACT_TELL && finished != 1;
			finished += step.action == ACT_FINISH || step.action == ACT_LOSE || step.action == ACT_RETURN ||
						step.action == ACT_CLOSE;
			swept = swept || step.action == ACT_SWEEP || step.action == ACT_LEAVE || step.action == ACT_TELL_STUCK;
			state = step.next;
		}
		wrong += finished > 1;
	}
	return wrong;
}

int
main(void)
{
	unsigned seed = tap_seed();

	for (int s = 0; s < LIFE_STATES; s++)
		for (int e = 0; e < LIFE_EVENTS; e++)
			check_cell((LifeState) s, (LifeEvent) e);
	check_ways();
	ok(wrong_lives(seed) == 0, "20,000 random lives, seed %u", seed);
	return done_testing();
}
