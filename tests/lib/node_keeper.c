/*
 * node_keeper.c - the real keeper as root, on a node of a test's own making.
 */
#include "node_keeper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mem.h"

char node_folder[64] = "/var/tmp/jobgrid-node-XXXXXX";
pid_t node_keeper;
pid_t node_agent;
void (*node_before)(void);

static int listener = -1;
static int relay = -1; /* to the agent; it leaves when this is closed */
static int channel = -1;

static void __attribute__((noreturn, format(printf, 1, 2))) bail_out(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("Bail out! ");
	vprintf(fmt, ap);
	printf(": %s\n", strerror(errno));
	va_end(ap);
	exit(1);
}

static void
run_command(const char *command)
{
	if (system(command) != 0)
		bail_out("%s", command);
}

const char *
node_path(const char *name)
{
	static char paths[8][256];
	static unsigned next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", node_folder, name);
	return path;
}

void
node_write(const char *name, mode_t mode, const char *text)
{
	cleanup_fclose FILE *f = fopen(node_path(name), "we");

	if (f == NULL || fputs(text, f) < 0 || fflush(f) != 0 || fchmod(fileno(f), mode) < 0)
		bail_out("%s", name);
}

const char *
node_name(void)
{
	return strrchr(node_folder, '-') + 1;
}

/* ---- the agent ---- */

static struct sockaddr_un
socket_address(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	return address;
}

/* Hands descriptor 3 to the test and waits until that is done with it. */
static void __attribute__((noreturn)) be_agent(void)
{
	const struct sockaddr_un address = socket_address(getenv("JOBGRID_TEST_SOCKET"));
	char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8))) = {0};
	char byte = 0;
	struct iovec iov = {.iov_base = &byte, .iov_len = 1};
	struct msghdr hdr = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int three = 3;

	CMSG_FIRSTHDR(&hdr)->cmsg_level = SOL_SOCKET;
	CMSG_FIRSTHDR(&hdr)->cmsg_type = SCM_RIGHTS;
	CMSG_FIRSTHDR(&hdr)->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&hdr)), &three, sizeof(int));
	if (fd < 0 || connect(fd, (const struct sockaddr *) &address, sizeof(address)) < 0 || sendmsg(fd, &hdr, 0) != 1)
		_exit(1);
	close(3);
	_exit(read(fd, &byte, 1) == 0 ? 0 : 1);
}

/* It comes, or its keeper dies before. */
static void
await_agent(void)
{
	struct pollfd fd = {.fd = listener, .events = POLLIN};
	siginfo_t dead = {.si_pid = 0};

	while (poll(&fd, 1, 100) == 0 && dead.si_pid == 0)
	{
		if (waitid(P_PID, (id_t) node_keeper, &dead, WEXITED | WNOHANG | WNOWAIT) < 0)
			break;
	}
	if (fd.revents == 0)
	{
		errno = ECHILD;
		bail_out("the keeper left before its agent came; the log says: %s", node_log());
	}
}

static void
accept_agent(void)
{
	char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8)));
	char byte;
	struct iovec iov = {.iov_base = &byte, .iov_len = 1};
	struct msghdr hdr = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	struct ucred peer;
	socklen_t len = sizeof(peer);

	await_agent();
	relay = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (relay < 0 || recvmsg(relay, &hdr, MSG_CMSG_CLOEXEC) != 1 || CMSG_FIRSTHDR(&hdr) == NULL ||
		getsockopt(relay, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		bail_out("the agent did not come; the log says: %s", node_log());
	memcpy(&channel, CMSG_DATA(CMSG_FIRSTHDR(&hdr)), sizeof(int));
	node_agent = peer.pid;
	use_channel(channel);
}

/* ---- the node ---- */

static void
append_users(void)
{
	static const char passwd[] = "agent:x:3001:3001::/nonexistent:/bin/sh\n"
								 "jobs:x:3002:3002::%s/home/jobs:/bin/sh\n"
								 "alice:x:3003:3100::%s/home/alice:/bin/sh\n"
								 "bob:x:3004:3100::%s/home/bob:/bin/sh\n"
								 "service:x:500:500::/nonexistent:/bin/sh\n"
								 "toor:x:0:0::/nonexistent:/bin/sh\n";
	cleanup_free char *copy =
		mem_printf("cp /etc/passwd /etc/group %s && cd %s && mkdir -m 755 home && for u in jobs alice bob; do"
				   " mkdir -m 755 home/$u; done && chown 3002:3002 home/jobs && chown 3003:3100 home/alice &&"
				   " chown 3004:3100 home/bob",
				   node_folder, node_folder);
	FILE *f;

	run_command(copy);
	f = fopen(node_path("passwd"), "ae");
	if (f == NULL || fprintf(f, passwd, node_folder, node_folder, node_folder) < 0 || fclose(f) != 0)
		bail_out("passwd");
	f = fopen(node_path("group"), "ae");
	if (f == NULL || fputs("agent:x:3001:\njobs:x:3002:\nteam:x:3100:\nextra:x:3200:alice\n", f) < 0 || fclose(f) != 0)
		bail_out("group");
	if (mount(node_path("passwd"), "/etc/passwd", NULL, MS_BIND, NULL) < 0 ||
		mount(node_path("group"), "/etc/group", NULL, MS_BIND, NULL) < 0)
		bail_out("mount");
}

/* Both programs into the folder: others must be able to run them, wherever they were built. */
static void
copy_programs(void)
{
	char self[4096];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	cleanup_free char *command = NULL;
	cleanup_free char *built = NULL;

	if (len <= 0)
		bail_out("/proc/self/exe");
	self[len] = '\0';
	built = mem_strndup(self, (size_t) (strrchr(self, '/') - self));
	command = mem_printf("cp '%s/keeper/jobgrid-executor' '%s' && cp '%s' '%s/jobgrid-agent'", built, node_folder, self,
						 node_folder);
	run_command(command);
}

void
node_enter(void)
{
	struct sockaddr_un address;

	if (strstr(program_invocation_name, "jobgrid-agent") != NULL && getenv("JOBGRID_TEST_SOCKET") != NULL)
		be_agent();
	if (geteuid() != 0)
	{
		printf("1..0 # skip must be run as root\n");
		exit(0);
	}
	umask(022);
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		bail_out("mount namespace");
	if (access("/etc/jobgrid", F_OK) == 0 && mount("tmpfs", "/etc/jobgrid", "tmpfs", 0, "mode=755") < 0)
		bail_out("/etc/jobgrid");
	if (mkdtemp(node_folder) == NULL || chmod(node_folder, 0755) < 0 || mkdir(node_path("runners"), 0755) < 0)
		bail_out("%s", node_folder);
	append_users();
	copy_programs();
	address = socket_address(node_path("socket"));
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || bind(listener, (const struct sockaddr *) &address, sizeof(address)) < 0 ||
		chmod(address.sun_path, 0777) < 0 || listen(listener, 1) < 0)
		bail_out("socket");
}

static void __attribute__((noreturn)) exec_keeper(const char *const *flags)
{
	const struct rlimit any = {RLIM_INFINITY, RLIM_INFINITY};
	const char *argv[24] = {"jobgrid-executor", mem_printf("--name=%s", node_name()), "--slots=64",
							"--drain-timeout=1s", mem_printf("--work-dir=%s/work", node_folder)};
	size_t n = 5;
	int log = open(node_path("log"), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);

	if (node_before != NULL)
		node_before();
	if (geteuid() == 0)
	{
		argv[n++] = "--job-user=jobs";
		argv[n++] = "--agent-user=agent";
	}
	while (flags != NULL && *flags != NULL && n < 23)
		argv[n++] = *flags++;
	/* A keeper that is stuck must not keep the test for ever. */
	alarm(300);
	setenv("JOBGRID_TEST_SOCKET", node_path("socket"), 1);
	setenv("JOBGRID_TEST_CANARY", "canary-of-the-keeper", 1);
	setenv("ASAN_OPTIONS", "disable_coredump=0", 1);
	setrlimit(RLIMIT_CORE, &any);
	if (log >= 0 && dup2(log, 2) >= 0)
		execv(node_path("jobgrid-executor"), (char **) argv);
	_exit(127);
}

void
node_start(const char *const *flags)
{
	fflush(stdout);
	node_keeper = fork();
	if (node_keeper == 0)
		exec_keeper(flags);
	if (node_keeper < 0)
		bail_out("fork");
	accept_agent();
	until(heard.synced);
}

bool
node_offers(const char *word)
{
	return strstr(heard.offer, word) != NULL;
}

static void
dismiss_agent(void)
{
	close(relay);
	close(channel);
}

int
node_stop(void)
{
	int status = -1;

	kill(node_keeper, SIGTERM);
	until(heard.quit);
	dismiss_agent();
	waitpid(node_keeper, &status, 0);
	if (status != 0)
		printf("# the log says: %s\n", node_log());
	return status;
}

void
node_replace(void)
{
	kill(node_keeper, SIGHUP);
	until(heard.quit);
	dismiss_agent();
	accept_agent();
	until(heard.synced);
}

void
node_kill(void)
{
	kill(node_keeper, SIGKILL);
	waitpid(node_keeper, NULL, 0);
	dismiss_agent();
}

char *
node_log(void)
{
	cleanup_fclose FILE *f = fopen(node_path("log"), "re");
	Buf text = {0};
	char line[4096];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		buf_puts(&text, line);
	buf_putc(&text, '\0');
	return text.data;
}

bool
node_logged(const char *text)
{
	cleanup_free char *log = node_log();
	bool good = strstr(log, text) != NULL;

	if (!good)
		printf("# the log says: %s\n", log);
	return good;
}

long
node_count_children(void)
{
	cleanup_free char *path = mem_printf("/proc/%d/task/%d/children", (int) node_keeper, (int) node_keeper);
	cleanup_fclose FILE *f = fopen(path, "re");
	long count = 0;
	int child;

	while (f != NULL && fscanf(f, "%d", &child) == 1)
		count++;
	return count;
}

long
node_count_descriptors(void)
{
	cleanup_free char *path = mem_printf("/proc/%d/fd", (int) node_keeper);
	DIR *dir = opendir(path);
	long count = 0;

	while (dir != NULL && readdir(dir) != NULL)
		count++;
	if (dir != NULL)
		closedir(dir);
	return count;
}

const Seen *
node_run(const Wish *wish)
{
	AttemptKey key = start_wish(wish);
	const Seen *s = wait_ended(key);

	report(key);
	return s;
}

static bool
ends_unstarted(const Wish *wish, MsgEvent event, const char *reason)
{
	const Seen *s = node_run(wish);
	bool good = ended_as(s, event, -1, 0) && !s->started && strstr(s->text, reason) != NULL;

	if (!good)
		printf("# \"%s\"\n", s->text);
	return good;
}

bool
node_refuses(const Wish *wish, const char *reason)
{
	return ends_unstarted(wish, EVENT_SETUP_FAILED, reason);
}

bool
node_gives_back(const Wish *wish, const char *reason)
{
	return ends_unstarted(wish, EVENT_RETURNED, reason);
}

void
node_leave(void)
{
	cleanup_free char *command = mem_printf("umount /etc/passwd /etc/group && rm -r '%s'", node_folder);

	run_command(command);
}
