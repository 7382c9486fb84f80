/*
 * witness.c - a job that says what happened to it, in a ledger outside the database, and behaves as it is told.
 *
 *	witness LEDGER [VERB [ARGUMENT]]...
 *
 * Before the first verb it appends START to the ledger, after the last one, or before one that ends it, END; each is one
 * write, on the disk before anything else happens. A line is
 *
 *	START|END run attempt fence microseconds process END's exit code
 *
 * with the time since the machine was started. Verbs:
 *
 *	wait FILE     until it exists            exit N    with that code
 *	sleep MS                                 raise N   die by that signal
 *	flood BYTES   of lines                   line BYTES  one line, without an end
 *	noise BYTES   of every value             ignore    SIGTERM and SIGINT
 *	tree N        N times N processes that sleep for an hour, in sessions of their own, half of them without environment
 *	              and all with the ledger for a name
 *	holder        a process that keeps the output open for an hour
 *	zombies N     children that it never waits for
 *	hang          for ever
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static int ledger;
static char *ledger_path;

static void __attribute__((noreturn)) die(const char *what)
{
	perror(what);
	_exit(99);
}

static const char *
variable(const char *name)
{
	const char *value = getenv(name);

	return value != NULL ? value : "0";
}

static void
book(const char *what, int code)
{
	char line[256];
	struct timespec now;
	int len;

	clock_gettime(CLOCK_BOOTTIME, &now);
	len = snprintf(line, sizeof(line), "%s %s %s %s %jd %d %d\n", what, variable("JOBGRID_RUN_ID"),
				   variable("JOBGRID_ATTEMPT"), variable("JOBGRID_FENCE"),
				   (intmax_t) now.tv_sec * 1000000 + now.tv_nsec / 1000, (int) getpid(), code);
	if (len <= 0 || len >= (int) sizeof(line) || write(ledger, line, (size_t) len) != len || fdatasync(ledger) < 0)
		die("ledger");
}

static void
sleep_ms(long ms)
{
	struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

static void
wait_for_file(const char *path)
{
	while (access(path, F_OK) < 0)
		sleep_ms(20);
}

static void
print(const char *bytes, size_t len)
{
	while (len > 0)
	{
		ssize_t n = write(STDOUT_FILENO, bytes, len);

		if (n < 0 && errno != EINTR)
			die("stdout");
		if (n > 0)
		{
			bytes += n;
			len -= (size_t) n;
		}
	}
}

/* line_length 0: no line ever ends; 256 values: all bytes there are. */
static void
print_bytes(long long bytes, int line_length, int values)
{
	static char block[65536];

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = (char) (values == 256 ? i : 'a' + i % 26);
	for (size_t i = 0; line_length > 0 && i < sizeof(block); i += (size_t) line_length)
		block[i] = '\n';
	for (; bytes > 0; bytes -= (long long) sizeof(block))
		print(block, bytes < (long long) sizeof(block) ? (size_t) bytes : sizeof(block));
}

static pid_t
split(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	return pid;
}

/* What sleeps has let go of the output, so that nothing waits for it; it is to be found and killed all the same. */
static void __attribute__((noreturn)) sleep_unseen(int bare)
{
	char *const argv[] = {ledger_path, "3600", NULL};
	char *const none[] = {NULL};

	setsid();
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	if (bare)
		execve("/bin/sleep", argv, none);
	else
		execv("/bin/sleep", argv);
	_exit(99);
}

static void
grow_tree(int n)
{
	for (int i = 0; i < n; i++)
	{
		if (split() > 0)
			continue;
		setsid();
		for (int j = 0; j < n; j++)
		{
			if (split() == 0)
				sleep_unseen(j % 2);
		}
		_exit(0);
	}
}

static void
hold_output(void)
{
	if (split() > 0)
		return;
	setsid();
	sleep_ms(3600000);
	_exit(0);
}

static void
make_zombies(int n)
{
	while (n-- > 0)
	{
		if (split() == 0)
			_exit(0);
	}
}

static void __attribute__((noreturn)) leave(int code)
{
	book("END", code);
	_exit(code);
}

static void __attribute__((noreturn)) leave_by(int signo)
{
	const struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
	signal(signo, SIG_DFL);
	book("END", 128 + signo);
	raise(signo);
	die("a signal that kills nobody");
}

/* Gives back whether the verb took its argument. */
static int
obey(const char *verb, const char *argument)
{
	long long number = argument != NULL ? strtoll(argument, NULL, 10) : 0;

	if (strcmp(verb, "hang") == 0)
		for (;;)
			pause();
	if (strcmp(verb, "holder") == 0)
		return hold_output(), 0;
	if (strcmp(verb, "ignore") == 0)
	{
		signal(SIGTERM, SIG_IGN);
		signal(SIGINT, SIG_IGN);
		return 0;
	}
	if (strcmp(verb, "wait") == 0 && argument != NULL)
		wait_for_file(argument);
	else if (strcmp(verb, "sleep") == 0)
		sleep_ms((long) number);
	else if (strcmp(verb, "exit") == 0)
		leave((int) number);
	else if (strcmp(verb, "raise") == 0)
		leave_by((int) number);
	else if (strcmp(verb, "flood") == 0)
		print_bytes(number, 64, 26);
	else if (strcmp(verb, "line") == 0)
		print_bytes(number, 0, 26);
	else if (strcmp(verb, "noise") == 0)
		print_bytes(number, 0, 256);
	else if (strcmp(verb, "tree") == 0)
		grow_tree((int) number);
	else if (strcmp(verb, "zombies") == 0)
		make_zombies((int) number);
	else
	{
		fprintf(stderr, "witness: \"%s\" is no verb\n", verb);
		_exit(98);
	}
	return 1;
}

int
main(int argc, char **argv)
{
	if (argc < 2)
		return 98;
	ledger_path = argv[1];
	ledger = open(argv[1], O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (ledger < 0)
		die(argv[1]);
	book("START", 0);
	for (int i = 2; i < argc; i++)
		i += obey(argv[i], i + 1 < argc ? argv[i + 1] : NULL);
	leave(0);
}
