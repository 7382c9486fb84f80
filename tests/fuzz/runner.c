/*
 * A runner's specification file: any bytes are settings that it can work with, or refused with words.
 */
#include "runners/runner.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "mem.h"
#include "runners/http_settings.h"

static void
read_settings(const Runner *runner)
{
	HttpSettings settings;
	Err e = {.message = ""};

	if (http_settings_read(&settings, runner, &e) == 0)
	{
		/* What is a URL is judged when it is taken apart. */
		if (settings.timeout_ms <= 0 || settings.max_body < 0 || settings.follow < 0)
			abort();
		http_settings_expect(&settings, 204);
	}
	else if (e.message[0] == '\0')
		abort();
	http_settings_free(&settings);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_close int fd = memfd_create("specification", MFD_CLOEXEC);
	cleanup_free char *path = mem_printf("/proc/self/fd/%d", fd);
	Runner runner = {.node = -1};
	Err e = {.message = ""};

	if (fd < 0 || write(fd, data, size) != (ssize_t) size || setenv("JOBGRID_SPECIFICATION_FILE", path, 1) < 0)
		abort();
	unsetenv("JOBGRID_JOB_FD");
	if (runner_open(&runner, http_setting_names, &e) == 0)
		read_settings(&runner);
	else if (e.message[0] == '\0')
		abort();
	runner_close(&runner);
	return 0;
}

bool
fuzz_example(unsigned i, Buf *out)
{
	static const char *const settings[] = {
		"{\"url\": \"https://risk.example/refresh\"}",
		"{\"url\": \"\"}",
		"{\"url\": \"http://[::1]:8080/\", \"method\": \"PUT\", \"body\": {\"a\": [1, 2.5, null]}}",
		"{\"url\": \"http://h/\", \"headers\": {\"Accept\": \"text/plain\", \"X-Key\": \"secret:key\"}, \"body\": \"\\u00e4\"}",
		"{\"url\": \"http://h/\", \"expect\": \"200-299,404\", \"timeout\": \"90 s\", \"max_body\": \"1 MB\", \"follow\": 3}",
	};

	if (i >= sizeof(settings) / sizeof(settings[0]))
		return false;
	buf_puts(
		out,
		"{\"kind\": \"http\", \"timeout_ms\": 60000, \"job\": \"j\", \"tenant\": \"t\", \"try\": 1, \"parameters\": {}, \"settings\": ");
	buf_puts(out, settings[i]);
	buf_puts(out, "}");
	return true;
}
