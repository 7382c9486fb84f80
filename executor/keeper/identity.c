/*
 * identity.c - as whom a job runs.
 *
 * Without a node map there is one user for jobs, and nothing that comes from the database can name another. With one,
 * its lines alone decide, also about the job user. Nothing can name root.
 */
#include "identity.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "mem.h"
#include "nodemap_file.h"

/* User databases may be remote, and a lookup holds up everything. */
#define CACHE_US INT64_C(60000000)

typedef struct Cached
{
	Identity identity;
	int64_t until;
} Cached;

static struct
{
	const Identity *job_user;
	const Identity *agent_user;
	Cached *cache;
	size_t count;
	unsigned map_version;
	unsigned judged_version;
} known;

static void
fill(Identity *identity, const struct passwd *pw)
{
	memset(identity, 0, sizeof(*identity));
	identity->uid = pw->pw_uid;
	identity->gid = pw->pw_gid;
	identity->name = mem_strdup(pw->pw_name);
	identity->home = mem_strdup(pw->pw_dir != NULL && pw->pw_dir[0] == '/' ? pw->pw_dir : "/");
	identity->shell = mem_strdup(pw->pw_shell != NULL && pw->pw_shell[0] == '/' ? pw->pw_shell : "/bin/sh");
}

static void
load_groups(Identity *identity)
{
	int count = 16;

	for (;;)
	{
		int have = count;

		identity->groups = mem_resize(identity->groups, (size_t) have, sizeof(gid_t));
		if (getgrouplist(identity->name, identity->gid, identity->groups, &count) >= 0)
			break;
		count = count > have ? count : have * 2;
	}
	identity->group_count = count;
}

int
identity_lookup(Identity *identity, const char *user, Err *e)
{
	const struct passwd *pw;

	errno = 0;
	pw = getpwnam(user);
	if (pw == NULL)
		return err_set(e, errno, "user \"%s\" does not exist", user);
	if (geteuid() != 0 && pw->pw_uid != geteuid())
		return err_set(e, 0, "user \"%s\" is not the executor's user, and the executor is not root", user);
	if (pw->pw_uid == 0)
		return err_set(e, 0, "user \"%s\" is root, and nothing of ours runs as root", user);
	/* To setresuid() and setresgid() these mean "stay what you are". */
	if (pw->pw_uid == (uid_t) -1 || pw->pw_gid == (gid_t) -1)
		return err_set(e, 0, "user \"%s\" has no usable uid and gid", user);
	fill(identity, pw);
	identity->change = geteuid() == 0;
	if (identity->change)
		load_groups(identity);
	return 0;
}

int
identity_self(Identity *identity, Err *e)
{
	const struct passwd *pw;
	struct passwd nameless = {.pw_uid = geteuid(), .pw_gid = getegid(), .pw_dir = "/", .pw_shell = "/bin/sh"};
	cleanup_free char *number = mem_printf("%ld", (long) geteuid());

	errno = 0;
	pw = getpwuid(geteuid());
	if (pw == NULL && errno != 0)
		return err_set(e, errno, "could not look up the executor's user");
	nameless.pw_name = number;
	fill(identity, pw != NULL ? pw : &nameless);
	return 0;
}

void
identity_set_home(Identity *identity, const char *home)
{
	free(identity->home);
	identity->home = mem_strdup(home);
}

void
identity_init(const Identity *job_user, const Identity *agent_user)
{
	known.job_user = job_user;
	known.agent_user = agent_user;
}

static void
copy(Identity *to, const Identity *from)
{
	*to = *from;
	to->name = mem_strdup(from->name);
	to->home = mem_strdup(from->home);
	to->shell = mem_strdup(from->shell);
	to->groups = mem_resize(NULL, (size_t) from->group_count, sizeof(gid_t));
	if (from->group_count > 0)
		memcpy(to->groups, from->groups, (size_t) from->group_count * sizeof(gid_t));
	to->profile = from->profile != NULL ? mem_strdup(from->profile) : NULL;
}

/* A new map is also how an administrator says that users have changed. */
static void
forget_old(void)
{
	int64_t now = clock_now_us();
	bool all = known.map_version != nodemap_file_version();

	known.map_version = nodemap_file_version();
	for (size_t i = known.count; i-- > 0;)
	{
		if (!all && known.cache[i].until > now)
			continue;
		identity_free(&known.cache[i].identity);
		known.cache[i] = known.cache[--known.count];
	}
}

/* A copy of what is known of the user. */
static int
find_user(Identity *identity, const char *user, Err *e)
{
	forget_old();
	for (size_t i = 0; i < known.count; i++)
	{
		if (strcmp(known.cache[i].identity.name, user) == 0)
		{
			copy(identity, &known.cache[i].identity);
			return 0;
		}
	}
	if (identity_lookup(identity, user, e) < 0)
		return -1;
	/* Where case does not count, the database may call him otherwise than the map. */
	free(identity->name);
	identity->name = mem_strdup(user);
	if (strcmp(user, known.job_user->name) == 0)
		identity_set_home(identity, known.job_user->home);
	known.cache = mem_resize(known.cache, known.count + 1, sizeof(Cached));
	known.cache[known.count].until = clock_now_us() + CACHE_US;
	copy(&known.cache[known.count++].identity, identity);
	return 0;
}

static int
check_uid(const Identity *identity, const NodeMap *map, Err *e)
{
	if ((int64_t) identity->uid < map->uid_min)
		return err_set(e, 0, "user \"%s\" has uid %ld, below this node's minimum of %ld", identity->name,
					   (long) identity->uid, (long) map->uid_min);
	/* Whoever can look into the agent can ask us for any user of the map, also where it is the job user. */
	if (identity->uid == known.agent_user->uid)
		return err_set(e, 0, "user \"%s\" is the agent's, and jobs could speak for it: agent_user must be another",
					   identity->name);
	return 0;
}

static bool
has_line(const NodeMap *map, const char *user)
{
	for (size_t i = 0; i < map->user_count; i++)
	{
		if (strcmp(map->users[i].name, user) == 0)
			return true;
	}
	return false;
}

/* Most jobs name no user. That none of them could start here should not be found out by the first of them. */
static void
judge_job_user(const NodeMap *map)
{
	Err e;

	if (known.judged_version == nodemap_file_version())
		return;
	known.judged_version = nodemap_file_version();
	if (!has_line(map, known.job_user->name))
		err_set(&e, 0, "user \"%s\" is not in this node's map", known.job_user->name);
	else if (check_uid(known.job_user, map, &e) == 0)
		return;
	log_warnx("no job without a user of its own can start: %s", e.message);
}

void
identity_review(void)
{
	const NodeMap *map;
	Err e;

	if (nodemap_file_current(&map, &e) == 0 && map != NULL)
		judge_job_user(map);
}

static int
resolve_by_map(Identity *identity, const NodeMap *map, const char *user, const char *tenant, const char *role, Err *e)
{
	const MapUser *line = nodemap_user(map, user, tenant, role, e);

	judge_job_user(map);
	if (line == NULL || find_user(identity, user, e) < 0)
		return -1;
	if (check_uid(identity, map, e) < 0)
	{
		identity_free(identity);
		return -1;
	}
	identity->trust = line->trust;
	identity->profile = line->profile != NULL ? mem_strdup(line->profile) : NULL;
	return 0;
}

int
identity_resolve(Identity *identity, const char *run_as, const char *tenant, const char *role, Err *e)
{
	const char *user = run_as[0] != '\0' ? run_as : known.job_user->name;
	const NodeMap *map = NULL;

	memset(identity, 0, sizeof(*identity));
	if (geteuid() == 0 && nodemap_file_current(&map, e) < 0)
		return -1;
	if (map != NULL)
		return resolve_by_map(identity, map, user, tenant, role, e);
	if (strcmp(user, known.job_user->name) != 0)
		return err_set(e, 0, "this node runs jobs as \"%s\" only, not as \"%s\"", known.job_user->name, user);
	copy(identity, known.job_user);
	return 0;
}

void
identity_free(Identity *identity)
{
	free(identity->name);
	free(identity->home);
	free(identity->shell);
	free(identity->groups);
	free(identity->profile);
	memset(identity, 0, sizeof(*identity));
}
