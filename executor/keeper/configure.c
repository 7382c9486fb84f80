/*
 * configure.c - what the keeper runs with: settings, users, the agent's program.
 *
 * A program that takes another's place reads everything anew.  What does not check
 * must not end the jobs: then the settings hold that the program before has run with.
 */
#include "configure.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "mem.h"
#include "options.h"

/* Next to this program, wherever that was installed; jobgrid-executor-asan has jobgrid-agent-asan. */
static int
find_agent(Configuration *c, Err *e)
{
	static const char mine[] = "jobgrid-executor";
	static const char deleted[] = " (deleted)"; /* so the kernel calls a file that was replaced meanwhile */
	char self[4096];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *name;

	if (len <= 0)
		return err_set(e, errno, "could not find this program's own file");
	self[len] = '\0';
	name = strstr(self, deleted);
	if (name != NULL && strcmp(name, deleted) == 0)
		*name = '\0';
	name = strrchr(self, '/') + 1;
	if (strncmp(name, mine, strlen(mine)) != 0)
		return err_set(e, 0, "this program must be called \"%s\", not \"%s\"", mine, name);
	free(c->agent_program);
	c->agent_program = mem_printf("%.*sjobgrid-agent%s", (int) (name - self), self, name + strlen(mine));
	return 0;
}

static int
choose_identities(Configuration *c, Err *e)
{
	const Settings *s = &c->settings;
	const char *agent_user = s->agent_user != NULL ? s->agent_user : s->job_user;

	identity_free(&c->job_identity);
	identity_free(&c->agent_identity);
	if (geteuid() == 0 && s->job_user == NULL)
		return err_set(e, 0, "as root, setting \"job_user\" is required: jobs never run as root");
	if (s->job_user != NULL ? identity_lookup(&c->job_identity, s->job_user, e) < 0
							: identity_self(&c->job_identity, e) < 0)
		return err_wrap(e, "job user");
	if (s->job_home != NULL)
		identity_set_home(&c->job_identity, s->job_home);
	if (agent_user != NULL ? identity_lookup(&c->agent_identity, agent_user, e) < 0
						   : identity_self(&c->agent_identity, e) < 0)
		return err_wrap(e, "agent user");
	return 0;
}

int
configure_node(Configuration *c, Err *e)
{
	return find_agent(c, e) < 0 ? -1 : choose_identities(c, e);
}

/* The name and the place of what is running here cannot change under it. */
static int
check_fixed(const Configuration *c, State before, Err *e)
{
	State rest = before;
	uint32_t tag = 0;
	State field;

	while (state_next(&rest, &tag, &field, e) > 0)
	{
		cleanup_free char *text = mem_strndup(field.bytes, tag == STATE_SETTING ? field.len : 0);

		if ((strncmp(text, "name=", 5) == 0 && strcmp(text + 5, c->settings.name) != 0) ||
			(strncmp(text, "work_dir=", 9) == 0 && strcmp(text + 9, c->settings.work_dir) != 0))
			return err_set(e, 0, "setting \"%.*s\" can only change while the executor is stopped",
						   (int) strcspn(text, "="), text);
	}
	return 0;
}

/* Those that the program before has run with. One that is not known any more is passed over. */
static int
take_old_settings(Configuration *c, State before, Err *e)
{
	State rest = before;
	uint32_t tag = 0;
	State field;

	config_free(settings_table());
	while (state_next(&rest, &tag, &field, e) > 0)
	{
		cleanup_free char *text = mem_strndup(field.bytes, tag == STATE_SETTING ? field.len : 0);
		char *value = strchr(text, '=');

		if (value == NULL)
			continue;
		*value++ = '\0';
		config_set(settings_table(), text, value, CONFIG_FLAG, e);
	}
	return settings_check(settings_table(), &c->settings, e) < 0 ? -1 : configure_node(c, e);
}

int
configure(Configuration *c, int argc, char **argv, Err *e)
{
	return options_load(argc, argv, settings_table(), e) < 0 ? -1 : settings_check(settings_table(), &c->settings, e);
}

int
configure_again(Configuration *c, int argc, char **argv, State before, Err *e)
{
	if (configure(c, argc, argv, e) == 0 && check_fixed(c, before, e) == 0 && configure_node(c, e) == 0)
		return 0;
	log_warnx("%s; the settings from before hold", e->message);
	return take_old_settings(c, before, e);
}

void
configure_save(const Configuration *c, Buf *out)
{
	const char *fixed[][2] = {{"name", c->settings.name}, {"work_dir", c->settings.work_dir}};

	for (const ConfigItem *item = settings_table(); item->key != NULL; item++)
	{
		cleanup_free char *text = item->value != NULL ? mem_printf("%s=%s", item->key, item->value) : NULL;

		if (text != NULL)
			state_put_text(out, STATE_SETTING, text);
	}
	/* Also where they are defaults. */
	for (size_t i = 0; i < 2; i++)
	{
		cleanup_free char *text = mem_printf("%s=%s", fixed[i][0], fixed[i][1]);

		state_put_text(out, STATE_SETTING, text);
	}
}

void
configure_free(Configuration *c)
{
	identity_free(&c->job_identity);
	identity_free(&c->agent_identity);
	free(c->agent_program);
	config_free(settings_table());
}
