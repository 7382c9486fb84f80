/*
 * scene.h - the keeper as root with this program as its agent, on a node as it is or with less to be seen of it.
 *
 * For programs with both sides in them (keeper_agent.h).  The side that runs the keeper is root and stays so; it serves
 * the agent, which is not, over its standard input.
 */
#ifndef JOBGRID_SCENE_H
#define JOBGRID_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define SCENE_EXECUTOR "scene"
#define SCENE_GROUP "jobgrid-scene"
#define SCENE_AS_IT_IS "the node as it is"

/*
 * Plays every scene that this node allows, each in a process and a mount namespace of its own: as it is, and with some
 * or all control groups hidden.  count and failed are the counters of TAP.  False: it is not for this user, and has
 * said so.
 */
bool scene_run_all(void (*play)(const char *name), int *count, int *failed);

/* A fresh folder with the programs (the keeper of JOBGRID_EXECUTOR, else the one built beside this test); in it "notes",
 * which is the job user's. */
char *scene_folder(void);
void scene_remove(char *folder);

typedef struct Scene
{
	char *folder;
	pid_t keeper;
	int socket;
} Scene;

/* What the agent asks of root: a word, and a number for an answer. */
typedef long (*SceneServe)(Scene *scene, const char *request);

/* Starts the keeper; act tells the agent what to play. Serves until the keeper has ended; gives its status. */
int scene_play(Scene *scene, const char *act, const char *const *arguments, SceneServe serve);

/* On the agent's side. */
const char *scene_act(void);
long scene_ask(const char *request);

/* TAP goes on on the other side. */
void scene_save_count(const char *folder, int count, int failed);
void scene_load_count(const char *folder, int *count, int *failed);

/* ---- control groups as they are ---- */

/* What the keeper should be able to enforce on what is in sight (enforce.h), but for I/O; -1: not to be told. */
long scene_words(void);

/* Calls it with the path of every group of that name, in every hierarchy; gives their number. */
typedef void (*SceneVisitor)(const char *path, void *arg);
size_t scene_groups(const char *name, SceneVisitor visit, void *arg);

/* The number in a file of the group name (below ours) in whichever hierarchy has it; -1: none has. "max" is -2. */
long scene_number(const char *name, const char *file);

/* All groups beside ours, as one text. */
char *scene_neighbours(void);

/* Processes in the group name below ours. */
long scene_members(const char *name);

#endif
