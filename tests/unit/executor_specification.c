/*
 * From the database's JSON to what the keeper runs: parameters in arguments, environment and file, and everything that
 * must end as a failed set-up with a message instead of in a shell.
 */
#include "agent/specification.h"

#include <string.h>

#include "mem.h"
#include "tap.h"

static const AttemptKey key = {.run_id = 12, .attempt = 2, .fence = 34};

/* Reads, and decodes as the keeper would. */
static int
read_kind(const char *kind, const char *json, SpecBlock *spec, Err *e)
{
	cleanup_specification Specification read;
	cleanup_buf Buf block = {0};

	memset(spec, 0, sizeof(*spec));
	if (specification_read(&read, kind, json, "/w", &key, e) < 0)
		return -1;
	spec_encode(&read.builder, &block);
	return spec_decode(block.data, block.len, spec, e);
}

static int
read_spec(const char *json, SpecBlock *spec, Err *e)
{
	return read_kind("shell", json, spec, e);
}

static const char *
variable(const SpecBlock *spec, const char *name)
{
	for (char **v = spec->env; *v != NULL; v++)
	{
		if (strncmp(*v, name, strlen(name)) == 0 && (*v)[strlen(name)] == '=')
			return *v + strlen(name) + 1;
	}
	return "(none)";
}

static bool
argument_is(const char *argument, const char *parameters, const char *expected)
{
	cleanup_free char *json = mem_printf("{\"arguments\": [\"p\", \"%s\"], \"parameters\": %s}", argument, parameters);
	SpecBlock spec;
	Err e = {.message = ""};
	bool good = read_spec(json, &spec, &e) == 0 && spec.argv[1] != NULL && strcmp(spec.argv[1], expected) == 0;

	if (!good)
		printf("# %s\n", spec.argv != NULL && spec.argv[0] != NULL ? spec.argv[1] : e.message);
	spec_free(&spec);
	return good;
}

static bool
refused(const char *json, const char *message)
{
	SpecBlock spec;
	Err e = {.message = ""};
	bool good = read_spec(json, &spec, &e) < 0 && strstr(e.message, message) != NULL;

	if (!good)
		printf("# %s\n", e.message);
	spec_free(&spec);
	return good;
}

static void
check_arguments(void)
{
	const char *p =
		"{\"a\": \"x\", \"n\": 1.50, \"t\": true, \"z\": null, \"s\": \"$(id) ${a}\", \"l\": [1, {\"b\": 2}], \"\": \"empty\"}";

	ok(argument_is("-${a}-", p, "-x-"), "a string");
	ok(argument_is("${n}${t}[${z}]", p, "1.50true[]"), "number, boolean, null");
	ok(argument_is("${s}", p, "$(id) ${a}"), "what comes in is not looked at again");
	ok(argument_is("${l}", p, "[1, {\"b\": 2}]"), "an array is its JSON");
	ok(argument_is("$${a} $$ $a $", p, "${a} $$ $a $"), "dollars that mean nothing");
	ok(argument_is("$$${a}", p, "$${a}"), "an escape after a dollar");
	ok(argument_is("${}", p, "empty"), "the parameter with the empty name");
	ok(refused("{\"arguments\": [\"p\", \"${no}\"], \"parameters\": {}}", "\"no\""), "an unknown parameter");
	ok(refused("{\"arguments\": [\"p\", \"${no}\"]}", "\"no\""), "no parameters at all");
	ok(refused("{\"arguments\": [\"p\", \"${a\"], \"parameters\": {\"a\": 1}}", "without"), "no end");
	ok(refused("{\"arguments\": [\"p\", \"${a}\"], \"parameters\": {\"a\": \"x\\u0000y\"}}", "NUL"), "a NUL");
	ok(refused("{\"arguments\": [\"p\", 1]}", "string expected"), "a number among the arguments");
	ok(refused("{\"arguments\": []}", "arguments"), "no arguments");
	ok(refused("{\"arguments\": [\"\"]}", "empty"), "an empty program");
}

static void
check_environment(void)
{
	static const char *const empty[] = {"{\"command\": \"x\"}", "{\"command\": \"x\", \"parameters\": { }}"};
	SpecBlock spec;
	Err e = {.message = ""};

	ok(read_spec(
		   "{\"job\": \"j \\\"x\\\"\", \"tenant\": \"t\", \"command\": \"echo $JOBGRID_PARAM_A\", \"arguments\": null, \"try\": 3,"
		   " \"directory\": \"/d\", \"run_as\": \"u\", \"environment\": {\"A\": \"b=c\", \"PATH\": \"/p\"}, \"timeout_ms\": 5,"
		   " \"parameters\": {\"a\": \"$(id); `x`\", \"b-c\": 1, \"l\": [], \"nul\": \"a\\u0000\", \"_1\": false, \"1a\": 2},"
		   " \"business_date\": \"2026-11-20\", \"previous_business_date\": \"2026-11-19\", \"is_month_end\": false,"
		   " \"is_quarter_end\": true, \"something\": \"new\"}",
		   &spec, &e) == 0,
	   "a specification is read %s", e.message);
	if (spec.argv == NULL || spec.env == NULL)
		return;
	ok(strcmp(spec.argv[0], "/bin/sh") == 0 && strcmp(spec.argv[1], "-c") == 0 &&
		   strcmp(spec.argv[2], "echo $JOBGRID_PARAM_A") == 0 && spec.argv[3] == NULL,
	   "the command reaches the shell as it was written");
	ok(strcmp(variable(&spec, "JOBGRID_PARAM_A"), "$(id); `x`") == 0 &&
		   strcmp(variable(&spec, "JOBGRID_PARAM__1"), "false") == 0,
	   "parameters in the environment");
	ok(strcmp(variable(&spec, "JOBGRID_PARAM_L"), "(none)") == 0 &&
		   strcmp(variable(&spec, "JOBGRID_PARAM_NUL"), "(none)") == 0 &&
		   strcmp(variable(&spec, "JOBGRID_PARAM_1A"), "(none)") == 0,
	   "those that cannot be are in the file only");
	ok(strstr(spec.parameters.bytes, "\"nul\": \"a\\u0000\"") != NULL, "as they came");
	ok(strcmp(variable(&spec, "JOBGRID_RUN_ID"), "12") == 0 && strcmp(variable(&spec, "JOBGRID_ATTEMPT"), "2") == 0 &&
		   strcmp(variable(&spec, "JOBGRID_FENCE"), "34") == 0 && strcmp(variable(&spec, "JOBGRID_TRY"), "3") == 0 &&
		   strcmp(variable(&spec, "JOBGRID_JOB"), "j \"x\"") == 0 &&
		   strcmp(variable(&spec, "JOBGRID_TENANT"), "t") == 0 &&
		   strcmp(variable(&spec, "JOBGRID_BUSINESS_DATE"), "2026-11-20") == 0 &&
		   strcmp(variable(&spec, "JOBGRID_PREVIOUS_BUSINESS_DATE"), "2026-11-19") == 0 &&
		   strcmp(variable(&spec, "JOBGRID_IS_MONTH_END"), "false") == 0 &&
		   strcmp(variable(&spec, "JOBGRID_IS_QUARTER_END"), "true") == 0,
	   "who it is");
	ok(strcmp(variable(&spec, "JOBGRID_PARAMETERS_FILE"), "/w/runs/12.2.0000000000000022/parameters.json") == 0,
	   "and where its file is");
	ok(strcmp(variable(&spec, "A"), "b=c") == 0 && strcmp(spec.directory, "/d") == 0 && strcmp(spec.run_as, "u") == 0,
	   "environment, directory, user");
	spec_free(&spec);
	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++)
	{
		ok(read_spec(empty[i], &spec, &e) == 0 && spec.parameters.bytes == NULL &&
			   strcmp(variable(&spec, "JOBGRID_PARAMETERS_FILE"), "/w/no_parameters.json") == 0,
		   "without parameters it has the file of all");
		spec_free(&spec);
	}
	ok(read_spec("{\"arguments\": [\"${business_date}\", \"${is_month_end}\"], \"business_date\": \"2026-11-30\","
				 " \"is_month_end\": true, \"parameters\": {\"is_month_end\": \"mine\"}}",
				 &spec, &e) == 0 &&
		   strcmp(spec.argv[0], "2026-11-30") == 0 && strcmp(spec.argv[1], "mine") == 0,
	   "arguments name the business date; a parameter of that name goes first");
	spec_free(&spec);
	ok(refused("{\"command\": \"x\", \"environment\": {\"JOBGRID_FENCE\": \"1\"}}", "JOBGRID_FENCE"),
	   "our names are ours");
	ok(refused("{\"command\": \"x\", \"environment\": {\"A=B\": \"1\"}}", "A=B"), "a name that is none");
	ok(refused("{\"command\": \"x\", \"environment\": {\"\": \"1\"}}", "\"\""), "an empty name");
	ok(refused("{\"command\": \"x\", \"environment\": {\"A\": \"\\u0000\"}}", "A"), "a NUL in a value");
	ok(refused("{\"command\": \"x\", \"environment\": {\"A\": {}}}", "environment"), "an object as a value");
	ok(refused("{\"command\": \"x\", \"environment\": []}", "specification"), "an array as environment");
	ok(refused("{\"command\": \"x\\u0000y\"}", "NUL"), "a NUL in the command");
	ok(refused("{\"command\": \"x\", \"timeout_ms\": -1}", "timeout_ms"), "a negative time-out");
	ok(refused("{\"command\": \"x\", \"timeout_ms\": \"1\"}", "timeout_ms"), "a time-out that is text");
	ok(refused("{}", "neither"), "nothing to run");
	ok(refused("[]", "specification"), "no object");
	ok(refused("{\"command\": \"x\"", "JSON"), "no JSON");
}

/* Where nothing else can be looked at if it fails. */
static void
must(int result, const Err *e)
{
	if (result == 0)
		return;
	printf("Bail out! %s\n", e->message);
	exit(1);
}

static void
check_options(void)
{
	SpecBlock spec;
	Err e = {.message = ""};
	const SpecNumbers none = {0};

	must(read_spec(
			 "{\"command\": \"x\", \"tenant\": \"t\", \"role\": \"r\", \"output_file\": \"/o\", \"error_file\": \"/e\","
			 " \"append\": true, \"output\": \"merged\", \"network\": false, \"leave_running\": true, \"limits\":"
			 " {\"cpu_milli\": 1500, \"cpu_weight\": 50, \"io_weight\": 60, \"memory\": 4294967296, \"processes\": 7,"
			 " \"open_files\": 64, \"file_size\": 0}}",
			 &spec, &e),
		 &e);
	ok(spec.numbers.cpu_milli == 1500 && spec.numbers.cpu_weight == 50 && spec.numbers.io_weight == 60 &&
		   spec.numbers.memory == INT64_C(4294967296) && spec.numbers.processes == 7 && spec.numbers.open_files == 64 &&
		   spec.numbers.file_size == 0,
	   "limits are read");
	ok(spec.numbers.flags == SPEC_FLAGS, "and flags");
	ok(strcmp(spec.output_file, "/o") == 0 && strcmp(spec.error_file, "/e") == 0 && strcmp(spec.tenant, "t") == 0 &&
		   strcmp(spec.role, "r") == 0,
	   "files, tenant, role");
	spec_free(&spec);
	ok(read_spec("{\"command\": \"x\", \"network\": true, \"output\": \"separate\"}", &spec, &e) == 0 &&
		   memcmp(&spec.numbers, &none, sizeof(none)) == 0,
	   "what is as usual is no limit and no flag");
	spec_free(&spec);
	ok(refused("{\"command\": \"x\", \"limits\": []}", "limits"), "limits that are no object");
	ok(refused("{\"command\": \"x\", \"limits\": {\"memory\": -1}}", "memory"), "a negative limit");
	ok(refused("{\"command\": \"x\", \"limits\": {\"memory\": \"4 GB\"}}", "memory"), "a limit that is text");
	ok(refused("{\"command\": \"x\", \"output\": \"both\"}", "both"), "an unknown output");
	ok(refused("{\"command\": \"x\", \"append\": 1}", "append"), "a flag that is a number");
	ok(refused("{\"command\": \"x\", \"output_file\": \"/a\\u0000b\"}", "NUL"), "a NUL in a file's name");
}

static bool
runner_refused(const char *json, const char *message)
{
	SpecBlock spec;
	Err e = {.message = ""};
	bool good = read_kind("http", json, &spec, &e) < 0 && strstr(e.message, message) != NULL;

	if (!good)
		printf("# %s\n", e.message);
	spec_free(&spec);
	return good;
}

static bool
has_secret(const SpecBlock *spec, const char *pair)
{
	for (char **s = spec->secrets; *s != NULL; s++)
		if (strcmp(*s, pair) == 0)
			return true;
	return false;
}

static void
check_runner(void)
{
	SpecBlock spec;
	Err e = {.message = ""};
	char deep[300] = "{\"settings\": ";

	must(
		read_kind(
			"http",
			"{\"job\": \"j\", \"tenant\": \"t\", \"try\": 2, \"environment\": {\"PW\": \"secret:db-1\", \"P\": \"secret:\"},"
			" \"parameters\": {\"host\": \"h\\\"x\", \"evil\": \"secret:root\"}, \"settings\": {\"url\": \"http://${host}/\","
			" \"n\": [1, null, {\"a\\n\": true}], \"token\": \"secret:api.key\"}}",
			&spec, &e),
		&e);
	ok(strcmp(spec.kind, "http") == 0 && spec.argv[0] == NULL, "a runner's specification is read");
	ok(spec.settings.bytes != NULL &&
		   strncmp(spec.settings.bytes,
				   "{\"kind\":\"http\",\"settings\":{\"url\":\"http://h\\\"x/\",\"n\":[1,null,{\"a\\n\":true}],"
				   "\"token\":\"secret:api.key\"},\"job\":\"j\",\"tenant\":\"t\",\"try\":2,\"parameters\":{",
				   140) == 0,
	   "parameters are put into its settings: %.*s", (int) spec.settings.len, spec.settings.bytes);
	ok(has_secret(&spec, "PW=db-1") && has_secret(&spec, "JOBGRID_SECRET_API_KEY=api.key"),
	   "secrets of environment and settings are asked for");
	ok(spec.secrets[2] == NULL, "and no others");
	ok(strcmp(variable(&spec, "P"), "secret:") == 0, "without a name there is no secret");
	ok(strcmp(variable(&spec, "JOBGRID_SPECIFICATION_FILE"), "/w/runs/12.2.0000000000000022/specification.json") == 0,
	   "and where the specification is");
	spec_free(&spec);
	ok(read_spec("{\"command\": \"x\", \"secret_parameters\": [\"password\", 1], \"parameters\":"
				 " {\"password\": \"secret:db\", \"evil\": \"secret:root\", \"a\": \"secret:\"}}",
				 &spec, &e) == 0 &&
		   has_secret(&spec, "JOBGRID_PARAM_PASSWORD=db") && spec.secrets[1] == NULL &&
		   strcmp(variable(&spec, "JOBGRID_PARAM_PASSWORD"), "(none)") == 0 &&
		   strcmp(variable(&spec, "JOBGRID_PARAM_EVIL"), "secret:root") == 0,
	   "a parameter is a secret where the author says so");
	spec_free(&spec);
	ok(runner_refused("{\"settings\": {\"url\": \"${p}\"}, \"parameters\": {\"p\": \"secret:api\"}}", "secret"),
	   "a secret named by a parameter");
	ok(runner_refused("{\"settings\": {\"url\": \"${nothing}\"}}", "nothing"), "a parameter that is not there");
	ok(runner_refused("{\"settings\": {}, \"environment\": {\"LD_AUDIT\": \"/tmp/x.so\"}}", "LD_AUDIT"),
	   "a runner's code is not the job's choice");
	ok(runner_refused("{\"settings\": {}, \"environment\": {\"SSL_CERT_FILE\": \"secret:x\"}}", "SSL_CERT_FILE"),
	   "nor whom it trusts");
	for (int i = 0; i < 40; i++)
		strcat(deep, "[");
	for (int i = 0; i < 40; i++)
		strcat(deep, "]");
	strcat(deep, "}");
	ok(runner_refused(deep, "nested"), "settings nested too deep");
}

static void
check_sizes(void)
{
	cleanup_buf Buf json = {0};
	SpecBlock spec;
	Err e = {.message = ""};

	buf_puts(&json, "{\"parameters\": {\"big\": \"");
	for (int i = 0; i < 100001; i++)
		buf_putc(&json, 'x');
	buf_puts(&json, "\"}, \"command\": \"");
	for (int i = 0; i < 1048576; i++)
		buf_putc(&json, 'c');
	buf_puts(&json, "\"}");
	ok(read_spec(buf_text(&json), &spec, &e) == 0 && spec.command.len == 1048576 &&
		   strcmp(spec.argv[1], "/w/runs/12.2.0000000000000022/command") == 0,
	   "a command of 1 MB is a file %s", e.message);
	ok(strcmp(variable(&spec, "JOBGRID_PARAM_BIG"), "(none)") == 0 && spec.parameters.len > 100001,
	   "a long parameter is in the file only");
	spec_free(&spec);
}

int
main(void)
{
	check_arguments();
	check_environment();
	check_options();
	check_runner();
	check_sizes();
	return done_testing();
}
