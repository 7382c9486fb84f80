/*
 * Runners: which are offered, which are not and why, and that one gets what it is to do.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mem.h"
#include "node_keeper.h"
#include "tap.h"

#define WORKS "#!/bin/sh\n[ \"$1\" != --probe ] || exit 0\n"

static void
make_runners(void)
{
	cleanup_free char *more =
		mem_printf("cd '%s/runners' && chown alice anothers && ln -s greet link && mkdir folder", node_folder);

	node_write("runners/greet", 0755,
			   WORKS "echo \"$#\" \"$(id -un)\" \"$JOBGRID_RUN_ID\"\ncat \"$JOBGRID_SPECIFICATION_FILE\"\n");
	node_write("runners/secretive", 0755, WORKS "cat \"$JOBGRID_SECRET_TOKEN\"\n");
	node_write("runners/toolless", 0755, "#!/bin/sh\necho 'no such tool: frobnicate'; echo second line; exit 1\n");
	node_write("runners/mute", 0755, "#!/bin/sh\nexit 4\n");
	node_write("runners/crashing", 0755, "#!/bin/sh\nkill -SEGV $$\n");
	node_write("runners/hanging", 0755, "#!/bin/sh\nsleep 600 & wait\n");
	node_write("runners/broken", 0755, "#!/no/such/interpreter\n");
	node_write("runners/rootonly", 0755, "#!/bin/sh\n[ \"$(id -u)\" = 0 ]\n");
	node_write("runners/plain", 0644, WORKS);
	node_write("runners/writable", 0775, WORKS);
	node_write("runners/anothers", 0755, WORKS);
	node_write("runners/shell", 0755, WORKS);
	node_write("runners/Upper", 0755, WORKS);
	node_write("runners/dotted.sh", 0755, WORKS);
	node_write("outside", 0755, WORKS "echo outside\n");
	if (system(more) != 0)
		exit(1);
}

static void
test_offer(void)
{
	/* The keeper's own children: other tests on this machine have a user 3002 too. */
	cleanup_free char *left = mem_printf("ps -o euid=,stat= --ppid %d | grep -q '^ *3002 *[^Z ]'", (int) node_keeper);

	ok(strncmp(heard.offer, "shell,noop,greet,secretive\n", 27) == 0, "what works is offered");
	ok(node_logged("runner \"toolless\" does not work here: no such tool: frobnicate\n"),
	   "what does not is in the log with its line");
	ok(node_logged("runner \"mute\" does not work here: \"--probe\" ended with status 4\n"), "or with its status");
	ok(node_logged("runner \"crashing\" does not work here: \"--probe\" ended with signal 11\n"), "or its signal");
	ok(node_logged("runner \"hanging\" does not work here: it did not answer \"--probe\" within 5 s\n"),
	   "or its silence");
	ok(node_logged("runner \"broken\" does not work here: it could not be executed\n"),
	   "or that it cannot be executed");
	ok(node_logged("runner \"rootonly\" does not work here"), "it is asked as the job user");
	ok(node_logged("runner \"plain\" is not used: ") && node_logged("is not executable\n"), "not executable");
	ok(node_logged("runner \"writable\" is not used: others may write"), "writable by others");
	ok(node_logged("runner \"anothers\" is not used: \"") && node_logged("belongs to another user\n"),
	   "somebody else's");
	ok(node_logged("runner \"link\" is not used") && node_logged("runner \"folder\" is not used"), "no regular file");
	ok(node_logged("runner \"shell\" is not used: the kind has no runner\n"), "a built-in kind is not replaced");
	ok(system(left) != 0, "nothing of the trials is left");
}

static void
test_running(void)
{
	Wish wish = {.kind = "greet", .settings = "{\"kind\":\"greet\",\"settings\":{}}", .tenant = "t"};
	cleanup_free char *work = mem_printf("%s/work", node_folder);
	const AttemptKey next = {.run_id = next_run, .attempt = 1, .fence = next_run + 1000};
	cleanup_free char *path = run_directory_path(work, &next, "specification.json");
	cleanup_free char *variable = mem_printf("JOBGRID_SPECIFICATION_FILE=%s", path);
	cleanup_free char *expected = mem_printf("0 jobs %d\n{\"kind\":\"greet\",\"settings\":{}}", (int) next_run);

	wish.variables = (const char *const[]){variable, NULL};
	ok(printed(node_run(&wish), 0, expected), "a runner has no arguments, the job's user, and its specification");
	wish = (Wish){.kind = "secretive",
				  .settings = "{}",
				  .tenant = "t",
				  .secrets = (const char *const[]){"JOBGRID_SECRET_TOKEN=token", NULL}};
	ok(printed(node_run(&wish), 0, "value"), "and its secrets");
}

static void
refuses(const char *kind, const char *reason)
{
	const Wish wish = {.kind = kind, .settings = "{}", .tenant = "t"};

	ok(node_refuses(&wish, reason), "kind \"%s\": %s", kind, reason);
}

static void
test_refusals(void)
{
	cleanup_free char *work = mem_printf("cd '%s/runners' && chmod 757 greet", node_folder);

	refuses("../outside", "this node has no program for jobs of kind \"../outside\"");
	refuses("/bin/true", "no program");
	refuses("toolless", "no program");
	refuses("writable", "no program");
	refuses("shell", "no program");
	node_write("runners/late", 0755, WORKS);
	refuses("late", "no program");
	if (system(work) != 0)
		exit(1);
	refuses("greet", "runner \"greet\": others may write");
	unlink(node_path("runners/greet"));
	refuses("greet", "runner \"greet\": could not open");
}

int
main(void)
{
	cleanup_free char *map_flag = NULL;
	cleanup_free char *runners_flag = NULL;
	cleanup_free char *map = NULL;

	node_enter();
	map_flag = mem_printf("--node-map=%s/node.map", node_folder);
	runners_flag = mem_printf("--runners-dir=%s/runners", node_folder);
	map = mem_printf("user jobs class=strict tenants=*\nsecret token users=jobs file=%s/value\n", node_folder);
	node_write("node.map", 0644, map);
	node_write("value", 0400, "value");
	make_runners();
	node_start((const char *const[]){map_flag, runners_flag, NULL});
	test_offer();
	test_running();
	test_refusals();
	ok(node_stop() == 0, "the keeper leaves cleanly");
	/* Beside the program is where they are looked for, too. */
	node_start((const char *const[]){map_flag, NULL});
	ok(strncmp(heard.offer, "shell,noop,late,secretive\n", 26) == 0, "found beside the program, at the next start");
	ok(node_stop() == 0, "the keeper leaves cleanly");
	node_leave();
	return done_testing();
}
