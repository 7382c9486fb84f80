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
	{LIFE_SETUP, LIFE_EXEC_OK, LIFE_RUNNING, ACT_ANNOUNCE},
	{LIFE_SETUP, LIFE_EXEC_FAILED, LIFE_KILLING, ACT_NOTE_SETUP},
	{LIFE_SETUP, LIFE_TIMEOUT, LIFE_KILLING, ACT_KILL_TIMEOUT},
	{LIFE_SETUP, LIFE_CANCEL, LIFE_KILLING, ACT_KILL_CANCEL},
	{LIFE_SETUP, LIFE_KILL, LIFE_KILLING, ACT_KILL},
	{LIFE_RUNNING, LIFE_EXITED, LIFE_DRAINING, ACT_AWAIT_OUTPUT},
	{LIFE_RUNNING, LIFE_EXITED_LEAVING, LIFE_SWEEPING, ACT_LEAVE},
	{LIFE_RUNNING, LIFE_TIMEOUT, LIFE_STOPPING, ACT_TERMINATE_TIMEOUT},
	{LIFE_RUNNING, LIFE_CANCEL, LIFE_STOPPING, ACT_TERMINATE_CANCEL},
	{LIFE_RUNNING, LIFE_KILL, LIFE_KILLING, ACT_KILL},
	{LIFE_STOPPING, LIFE_EXITED, LIFE_DRAINING, ACT_AWAIT_OUTPUT},
	{LIFE_STOPPING, LIFE_EXITED_LEAVING, LIFE_DRAINING, ACT_AWAIT_OUTPUT},
	{LIFE_STOPPING, LIFE_KILL, LIFE_KILLING, ACT_KILL},
	{LIFE_STOPPING, LIFE_TIMER, LIFE_KILLING, ACT_KILL},
	{LIFE_KILLING, LIFE_EXITED, LIFE_SWEEPING, ACT_SWEEP},
	{LIFE_KILLING, LIFE_EXITED_LEAVING, LIFE_SWEEPING, ACT_SWEEP},
	{LIFE_KILLING, LIFE_KILL, LIFE_KILLING, ACT_KILL},
	{LIFE_KILLING, LIFE_TIMER, LIFE_KILLING, ACT_KILL},
	{LIFE_DRAINING, LIFE_OUTPUT_CLOSED, LIFE_SWEEPING, ACT_SWEEP},
	{LIFE_DRAINING, LIFE_KILL, LIFE_SWEEPING, ACT_SWEEP},
	{LIFE_DRAINING, LIFE_TIMER, LIFE_SWEEPING, ACT_SWEEP},
	{LIFE_SWEEPING, LIFE_OUTPUT_CLOSED, LIFE_SWEEPING, ACT_SWEEP},
	{LIFE_SWEEPING, LIFE_TIMER, LIFE_SWEEPING, ACT_SWEEP},
	{LIFE_SWEEPING, LIFE_EMPTY, LIFE_ENDED, ACT_FINISH},
	{LIFE_SWEEPING, LIFE_GIVE_UP, LIFE_ENDED, ACT_FINISH},
	{LIFE_ENDED, LIFE_REPORTED, LIFE_FORGOTTEN, ACT_FORGET},
};

/* Events that may come and mean nothing any more, by state; one letter an event, in the order of LifeEvent. */
static const char *const quiet[LIFE_STATES] = {
	/*                  oFxlcTCKtEgR: ok, Failed, exited, leaving, closed, Timeout, Cancel, Kill, timer, Empty, give up, Reported */
	[LIFE_SETUP] = "....c.......",   [LIFE_RUNNING] = "....c.......",   [LIFE_STOPPING] = "....cTC.....",
	[LIFE_KILLING] = "oF..cTC.....", [LIFE_DRAINING] = ".....TC.....",  [LIFE_SWEEPING] = "oF...TCK....",
	[LIFE_ENDED] = "....cTCK....",   [LIFE_FORGOTTEN] = "............",
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

/* Random events: a job finishes once at most, only after a sweep, and nothing is killed after that. */
static int
wrong_lives(unsigned seed)
{
	int wrong = 0;

	srand(seed);
	for (int life = 0; life < 20000; life++)
	{
		LifeState state = LIFE_SETUP;
		int finished = 0;
		bool swept = false;

		for (int i = 0; i < 40; i++)
		{
			LifeStep step = lifecycle_step(state, (LifeEvent) (rand() % LIFE_EVENTS));

			wrong += step.next < state; /* states are in the order of life */
			wrong += finished > 0 && step.action >= ACT_ANNOUNCE && step.action <= ACT_FINISH;
			wrong += step.action == ACT_FINISH && !swept;
			finished += step.action == ACT_FINISH;
			swept = swept || step.action == ACT_SWEEP || step.action == ACT_LEAVE;
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
