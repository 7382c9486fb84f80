/*
 * launch.c - from a specification to a process in its place, with its files.
 */
#include "launch.h"

#include <sys/wait.h>

#include "confine.h"
#include "rundir.h"

static int
start_process(const AttemptKey *key, const Identity *identity, const SpecBlock *spec, Contain *contain,
			  Spawned *spawned, Err *e)
{
	Confine confine;
	GroupDoor door;
	int result;

	if (confine_prepare(&confine, &spec->numbers, identity, contain_enforced(), e) < 0 ||
		contain_take(contain, key, &spec->numbers, &door, e) < 0)
		return -1;
	result = spawn(spec, identity, &door, &confine, spawned, e);
	group_door_close(&door);
	if (spawned->pid > 0)
		contain_begin(contain, spawned->pid);
	if (result < 0)
		launch_undo(key, contain);
	return result;
}

int
launch(const AttemptKey *key, int specification, const Identity *identity, SpecBlock *spec, Contain *contain,
	   Spawned *spawned, Err *e)
{
	*spawned = (Spawned){.pid = 0, .pidfd = -1, .setup = -1, .output = {-1, -1}};
	if (spec_from_memfd(specification, spec, e) < 0)
		return -1;
	if (spec->kind[0] != '\0')
		return err_set(e, 0, "this node has no program for jobs of kind \"%s\"", spec->kind);
	if (identity_permits(identity, spec->run_as, e) < 0 || rundir_create(key, spec, identity, e) < 0)
		return -1;
	if (start_process(key, identity, spec, contain, spawned, e) == 0)
		return 0;
	rundir_remove(key);
	return -1;
}

void
launch_undo(const AttemptKey *key, Contain *contain)
{
	if (contain->leader != 0)
	{
		contain_kill(contain);
		waitpid(contain->leader, NULL, 0);
	}
	contain_end(contain);
	rundir_remove(key);
}
