/*
 * As whom jobs run under a root keeper: without a node map, with one, with one that is broken, changed or not to be
 * trusted.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mem.h"
#include "node_keeper.h"
#include "tap.h"

#define MAP                                                           \
	"# who may be whom\n"                                             \
	"user jobs class=strict tenants=*\n"                              \
	"user alice class=strict tenants=rates,equities roles=desk,eod\n" \
	"user bob class=legacy tenants=*   # old scripts\n"               \
	"user service class=strict tenants=*\n"                           \
	"user toor class=strict tenants=*\n"                              \
	"user agent class=strict tenants=*\n"                             \
	"user ghost class=legacy tenants=*\n"

/* real, effective, saved and file system ids, then all groups */
#define WHO "grep -E '^(Uid|Gid|Groups):' /proc/self/status | tr -s '\\t ' ' '"

static void
runs_as(const Wish *wish, const char *who, const char *what)
{
	Wish asked = *wish;

	asked.command = WHO;
	ok(printed(node_run(&asked), 0, who), "%s", what);
}

static void
refused(const Wish *wish, const char *reason)
{
	Wish asked = *wish;

	asked.command = "true";
	ok(node_refuses(&asked, reason), "refused: %s", reason);
}

#define JOBS "Uid: 3002 3002 3002 3002\nGid: 3002 3002 3002 3002\nGroups: 3002 \n"
#define ALICE "Uid: 3003 3003 3003 3003\nGid: 3100 3100 3100 3100\nGroups: 3100 3200 \n"

static void
test_no_map(void)
{
	node_start(NULL);
	runs_as(&(Wish){.tenant = "any"}, JOBS, "without a map: the job user, all four ids, its groups and no others");
	runs_as(&(Wish){.run_as = "jobs"}, JOBS, "also by its name");
	refused(&(Wish){.run_as = "alice"}, "this node runs jobs as \"jobs\" only, not as \"alice\"");
	refused(&(Wish){.run_as = "root"}, "this node runs jobs as \"jobs\" only, not as \"root\"");
	ok(node_logged("no node map"), "and the log says that there is none");
	ok(node_stop() == 0, "the keeper leaves cleanly");
}

static void
test_map(void)
{
	runs_as(&(Wish){.run_as = "alice", .tenant = "rates", .role = "eod"}, ALICE, "a mapped user");
	runs_as(&(Wish){.tenant = "rates"}, JOBS, "no run_as: the job user's line");
	refused(&(Wish){.run_as = "alice", .tenant = "credit", .role = "eod"},
			"does not let tenant \"credit\" run jobs as user \"alice\"");
	refused(&(Wish){.run_as = "alice", .tenant = "rates", .role = "intern"},
			"does not let role \"intern\" run jobs as user \"alice\"");
	refused(&(Wish){.run_as = "alice", .tenant = "rates"}, "does not let role \"\" run jobs");
	refused(&(Wish){.run_as = "nobody", .tenant = "rates"}, "user \"nobody\" is not in this node's map");
	refused(&(Wish){.run_as = "root"}, "user \"root\" is not in this node's map");
	refused(&(Wish){.run_as = "alice:", .tenant = "rates", .role = "eod"}, "is not in this node's map");
	refused(&(Wish){.run_as = "toor"}, "user \"toor\" is root");
	refused(&(Wish){.run_as = "service"}, "uid 500, below this node's minimum of 1000");
	refused(&(Wish){.run_as = "ghost"}, "user \"ghost\" does not exist");
	refused(&(Wish){.run_as = "agent"}, "user \"agent\" is the agent's");
}

static void
at_home(const Wish *wish, const char *home, const char *what)
{
	cleanup_free char *expected = mem_printf("%s\n%s\n", home, home);
	Wish asked = *wish;

	asked.command = "pwd; echo $HOME";
	ok(printed(node_run(&asked), 0, expected), "%s", what);
}

static void
test_homes(void)
{
	at_home(&(Wish){.tenant = "rates"}, "/var/tmp", "the job user is at home where the setting says");
	at_home(&(Wish){.run_as = "jobs"}, "/var/tmp", "also by its name");
	at_home(&(Wish){.run_as = "alice", .tenant = "rates", .role = "eod"}, node_path("home/alice"),
			"others in their own home");
}

static void
test_changes(void)
{
	const Wish alice = {.run_as = "alice", .tenant = "credit"};
	AttemptKey running = start_command("read x; exec sleep 1000");

	wait_started(running);
	refused(&alice, "does not let tenant \"credit\"");
	node_write("node.map", 0644, "user alice class=strict tenants=credit\n");
	runs_as(&alice, ALICE, "a changed map is in force for the next job");
	refused(&(Wish){.tenant = "rates"}, "user \"jobs\" is not in this node's map");
	node_write("node.map", 0644, "user alice class=strict tenants=*\nuid_min 4000\n");
	refused(&alice, "uid 3003, below this node's minimum of 4000");
	node_write("other.map", 0644,
			   "user alice class=strict tenants=credit\nuid_min 100\nuser service class=strict tenants=*\n");
	rename(node_path("other.map"), node_path("node.map"));
	runs_as(&(Wish){.run_as = "service"}, "Uid: 500 500 500 500\nGid: 500 500 500 500\nGroups: 500 \n",
			"renamed into place, with another minimum");
	/* The same size in the same tick: only the content differs. */
	for (int i = 0; i < 20; i++)
	{
		node_write("node.map", 0644,
				   i % 2 ? "user alice class=strict tenants=credit\n" : "user alice class=strict tenants=debits\n");
		if (i % 2
				? node_run(&(Wish){.run_as = "alice", .tenant = "credit", .command = "true"})->end.event != EVENT_EXITED
				: node_run(&(Wish){.run_as = "alice", .tenant = "credit", .command = "true"})->end.event !=
					  EVENT_SETUP_FAILED)
		{
			ok(false, "change %d was seen", i);
			break;
		}
	}
	order(running, ORDER_KILL, 0, 0, 0, 0);
	ok(ended_as(wait_ended(running), EVENT_SIGNALLED, -1, SIGKILL), "what ran was left alone");
	report(running);
}

/* Whatever is wrong with the map, nobody becomes anybody, and when it is mended somebody does. */
static void
distrusts(const char *command, const char *undo, const char *reason)
{
	cleanup_free char *spoil = mem_printf("cd '%s' && %s", node_folder, command);
	cleanup_free char *mend = mem_printf("cd '%s' && %s", node_folder, undo);

	if (system(spoil) != 0)
		exit(1);
	ok(node_gives_back(&(Wish){.command = "true", .run_as = "bob"}, reason), "given back: %s", reason);
	ok(node_gives_back(&(Wish){.command = "true"}, reason), "and no other user is there either");
	ok(strstr(heard.problem, reason) != NULL, "which is the executor's problem: %s", heard.problem);
	if (system(mend) != 0)
		exit(1);
	until(heard.problem[0] == '\0');
	runs_as(&(Wish){.tenant = "x"}, JOBS, "mended");
}

static void
test_distrust(void)
{
	node_write("node.map", 0644, MAP);
	distrusts("chmod 664 node.map", "chmod 644 node.map", "others may write");
	distrusts("chmod 646 node.map", "chmod 644 node.map", "others may write");
	distrusts("chown alice node.map", "chown root node.map", "belongs to another user");
	distrusts("mv node.map real && ln -s real node.map", "mv real node.map", "could not open");
	/* Long after the map was read it looks as it did; the way to it does not. */
	sleep(2);
	distrusts("chmod 777 .", "chmod 755 .", "others may write directory");
	sleep(2);
	distrusts("chown alice .", "chown root .", "belongs to another user");
	distrusts("mv node.map real && mkfifo node.map", "mv real node.map", "not a regular file");
	distrusts("cp node.map real && echo 'user carol class=strict tenant=x' >> node.map", "mv real node.map",
			  "line 9: \"tenant=x\" means nothing for a user");
	distrusts("mv node.map real", "mv real node.map", "No such file or directory");
	ok(node_logged("no job can start until it is mended"), "the log says so loudly");
}

/* The pipes were made by root. */
static void
test_output_by_name(void)
{
	const Seen *s =
		node_run(&(Wish){.command = "echo here >/dev/stdout; echo there >/dev/stderr", .run_as = "bob", .tenant = "x"});

	ok(printed(s, 0, "here\n") && printed(s, 1, "there\n"), "a job can open its output by name");
}

/* D12: what never was the program's fault is told apart, with its own words. */
static void
test_setup(void)
{
	ok(node_refuses(&(Wish){.program = "/nothing/here", .run_as = "bob"},
					"could not execute \"/nothing/here\": No such"),
	   "a missing program");
	ok(node_refuses(&(Wish){.program = "/etc/passwd", .run_as = "bob"},
					"could not execute \"/etc/passwd\": Permission"),
	   "one that is not executable");
	node_write("private", 0700, "#!/bin/sh\n");
	ok(node_refuses(&(Wish){.program = node_path("private"), .run_as = "bob"}, "Permission denied"),
	   "one that only root could execute");
	ok(node_refuses(&(Wish){.command = "true", .directory = "/nothing/here"}, "directory \"/nothing/here\": No such"),
	   "a missing directory");
	ok(node_refuses(&(Wish){.command = "true", .directory = "/root"}, "directory \"/root\": Permission"),
	   "a directory that only root may enter");
	ok(node_refuses(&(Wish){.command = "true", .run_as = "ghost"}, "user \"ghost\" does not exist"), "a missing user");
}

/* Runs the keeper to its end, which comes at once. */
static bool
does_not_start(const char *flag, const char *reason)
{
	cleanup_free char *command =
		mem_printf("timeout 60 '%s/jobgrid-executor' --name=x --job-user=jobs '%s' >'%s/refusal' 2>&1; test $? = 1 && "
				   "grep -qF '%s' '%s/refusal' || { cat '%s/refusal'; false; }",
				   node_folder, flag, node_folder, reason, node_folder, node_folder);

	return system(command) == 0;
}

/* Who shares the agent's user could speak for it, and the map would bind nobody. */
static void
test_agents_user(const char *map)
{
	node_write("node.map", 0644, MAP);
	node_start((const char *const[]){map, "--agent-user=jobs", NULL});
	ok(node_logged("no job without a user of its own can start: user \"jobs\" is the agent's"), "the log warns");
	refused(&(Wish){.tenant = "x"}, "user \"jobs\" is the agent's");
	runs_as(&(Wish){.run_as = "agent"}, "Uid: 3001 3001 3001 3001\nGid: 3001 3001 3001 3001\nGroups: 3001 \n",
			"who is not the agent's user is like everybody");
	ok(node_stop() == 0, "the keeper leaves cleanly");
}

int
main(void)
{
	cleanup_free char *flag = NULL;

	node_enter();
	flag = mem_printf("--node-map=%s/node.map", node_folder);
	test_no_map();
	node_start((const char *const[]){flag, "--job-home=/var/tmp", NULL});
	ok(strstr(heard.problem, "No such file or directory") != NULL, "no map where one should be is a problem");
	ok(node_gives_back(&(Wish){.command = "true"}, "No such file or directory"), "and nothing starts");
	node_write("node.map", 0644, MAP);
	until(heard.problem[0] == '\0');
	test_map();
	test_homes();
	test_setup();
	test_output_by_name();
	test_changes();
	test_distrust();
	ok(node_stop() == 0, "the keeper leaves cleanly");
	test_agents_user(flag);
	ok(does_not_start("--work-dir=/tmp/jobgrid-work", "in /tmp, where jobs cannot see it"),
	   "a work directory in /tmp is refused");
	node_leave();
	return done_testing();
}
