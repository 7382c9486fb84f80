/*
 * options.c - the keeper's command line.  Every flag is a setting of settings.c.
 */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef JOBGRID_VERSION
#define JOBGRID_VERSION "unknown"
#endif

static const char help[] =
	"jobgrid-executor runs Jobgrid's attempts on this node.\n"
	"\n"
	"Usage:\n"
	"  jobgrid-executor [OPTION]...\n"
	"\n"
	"Options:\n"
	"  --name=NAME              name of this executor (default: the host's name)\n"
	"  --database=CONNINFO      connection string or URI (default: PG* environment)\n"
	"  --slots=N                jobs at a time (default: 5)\n"
	"  --pool=NAME              pool it belongs to (default: \"default\")\n"
	"  --site=NAME              site it stands at\n"
	"  --capabilities=LIST      what it can do, comma-separated\n"
	"  --queue=NAME             serve this queue only\n"
	"  --cpus=N                 cores it offers to jobs that need some (default: those it may use)\n"
	"  --memory=SIZE            memory it offers to jobs that need some (default: the machine's)\n"
	"  --tokens=LIST            tokens it offers, such as gpu=2,licence_x=1\n"
	"  --work-dir=DIRECTORY     place for journal, lock and parameter files (default: /var/lib/jobgrid)\n"
	"  --job-user=NAME          user that jobs run as; required as root\n"
	"  --job-home=DIRECTORY     the job user's HOME, where its jobs start unless they name a directory\n"
	"  --agent-user=NAME        user that talks to the database (default: the job user)\n"
	"  --node-map=FILE          who may run as whom, as root (default: /etc/jobgrid/node.map, where it is there)\n"
	"  --runners-dir=DIRECTORY  programs for kinds of jobs (default: \"runners\" beside this program, or of its\n"
	"                           installation: ../lib/jobgrid/runners)\n"
	"  --drain-timeout=TIME     how long SIGTERM waits for jobs before it cancels them (default: 60 s)\n"
	"  --output-limit=SIZE      output kept of an attempt (default: 16 MB)\n"
	"  --config=FILE            settings as \"key = value\", keys as above with underscores\n"
	"  --debug                  say more\n"
	"  --version                show the version, then exit\n"
	"  --help                   show this help, then exit\n"
	"\n"
	"A flag wins over the environment (JOBGRID_EXECUTOR_NAME, JOBGRID_DATABASE, JOBGRID_SLOTS, ...),\n"
	"the environment over the file.\n";

enum
{
	OPTION_SETTING,
	OPTION_CONFIG,
	OPTION_DEBUG,
	OPTION_VERSION,
	OPTION_HELP
};

static const struct option options[] = {{"name", required_argument, NULL, OPTION_SETTING},
										{"database", required_argument, NULL, OPTION_SETTING},
										{"slots", required_argument, NULL, OPTION_SETTING},
										{"pool", required_argument, NULL, OPTION_SETTING},
										{"site", required_argument, NULL, OPTION_SETTING},
										{"capabilities", required_argument, NULL, OPTION_SETTING},
										{"queue", required_argument, NULL, OPTION_SETTING},
										{"cpus", required_argument, NULL, OPTION_SETTING},
										{"memory", required_argument, NULL, OPTION_SETTING},
										{"tokens", required_argument, NULL, OPTION_SETTING},
										{"work-dir", required_argument, NULL, OPTION_SETTING},
										{"job-user", required_argument, NULL, OPTION_SETTING},
										{"job-home", required_argument, NULL, OPTION_SETTING},
										{"agent-user", required_argument, NULL, OPTION_SETTING},
										{"node-map", required_argument, NULL, OPTION_SETTING},
										{"runners-dir", required_argument, NULL, OPTION_SETTING},
										{"drain-timeout", required_argument, NULL, OPTION_SETTING},
										{"output-limit", required_argument, NULL, OPTION_SETTING},
										{"config", required_argument, NULL, OPTION_CONFIG},
										{"debug", no_argument, NULL, OPTION_DEBUG},
										{"version", no_argument, NULL, OPTION_VERSION},
										{"help", no_argument, NULL, OPTION_HELP},
										{NULL, 0, NULL, 0}};

static int
set_flag(ConfigItem *items, const char *flag, const char *value, Err *e)
{
	char key[32];
	size_t i;

	for (i = 0; i < sizeof(key) - 1 && flag[i] != '\0'; i++)
		key[i] = flag[i] == '-' ? '_' : flag[i];
	key[i] = '\0';
	return config_set(items, key, value, CONFIG_FLAG, e);
}

static int
refuse(int found, char **argv, Err *e)
{
	const char *word = argv[optind - 1];

	if (found == ':')
		return err_set(e, 0, "option \"%s\" needs a value (jobgrid-executor --help)", word);
	if (optopt == 0)
		return err_set(e, 0, "option \"%s\" is unknown or ambiguous (jobgrid-executor --help)", word);
	if (strncmp(word, "--", 2) != 0)
		return err_set(e, 0, "option \"-%c\" is unknown (jobgrid-executor --help)", optopt);
	return err_set(e, 0, "option \"%s\" takes no value (jobgrid-executor --help)", word);
}

static void __attribute__((noreturn)) print_and_exit(const char *text)
{
	fputs(text, stdout);
	exit(fflush(stdout) == 0 ? 0 : 1);
}

int
options_load(int argc, char **argv, ConfigItem *items, Err *e)
{
	const char *file = NULL;
	int index = 0;
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":", options, &index)) != -1)
	{
		if (c == OPTION_HELP)
			print_and_exit(help);
		else if (c == OPTION_VERSION)
			print_and_exit("jobgrid-executor (Jobgrid) " JOBGRID_VERSION "\n");
		else if (c == OPTION_CONFIG)
			file = optarg;
		else if (c == OPTION_DEBUG)
			config_set(items, "debug", "on", CONFIG_FLAG, e);
		else if (c != OPTION_SETTING)
			return refuse(c, argv, e);
		else if (set_flag(items, options[index].name, optarg, e) < 0)
			return -1;
	}
	if (optind < argc)
		return err_set(e, 0, "unexpected argument \"%s\" (jobgrid-executor --help)", argv[optind]);
	config_load_environment(items);
	return file != NULL ? config_load_file(items, file, e) : 0;
}
