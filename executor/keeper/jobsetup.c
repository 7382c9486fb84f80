/*
 * jobsetup.c - what a job needs besides its specification.
 *
 * Everything a node may refuse is refused here, with words for the job's owner.
 */
#include "jobsetup.h"

#include <stdlib.h>
#include <string.h>

#include "contain.h"
#include "mem.h"
#include "runner.h"

/*
 * Reads the profile, then becomes the program.  The profile is read in a function so that its "set --" does not touch
 * the program's arguments; path and arguments are never part of the text.
 */
static const char with_profile[] = "jobgrid_profile() { . \"$1\"; }; jobgrid_profile \"$1\"; "
								   "unset -f jobgrid_profile; shift; exec \"$@\"";

static int
build_argv(JobSetup *setup, const SpecBlock *spec, Err *e)
{
	const char *profile = setup->identity.profile;
	const char *before[] = {"/bin/sh", "-c", with_profile, "jobgrid", profile};
	size_t n = 0;
	size_t k = 0;

	if (spec->kind[0] != '\0' && runner_find(spec->kind, &setup->runner, e) < 0)
		return -1;
	while (spec->argv[n] != NULL)
		n++;
	setup->argv = mem_zalloc((sizeof(before) / sizeof(before[0]) + n + 2) * sizeof(char *));
	for (size_t i = 0; profile != NULL && i < sizeof(before) / sizeof(before[0]); i++)
		setup->argv[k++] = before[i];
	if (setup->runner != NULL)
		setup->argv[k++] = setup->runner;
	for (size_t i = 0; i < n; i++)
		setup->argv[k++] = spec->argv[i];
	return 0;
}

int
jobsetup_prepare(JobSetup *setup, const SpecBlock *spec, Err *e)
{
	memset(setup, 0, sizeof(*setup));
	if (identity_resolve(&setup->identity, spec->run_as, spec->tenant, spec->role, e) < 0 ||
		build_argv(setup, spec, e) < 0 ||
		confine_prepare(&setup->confine, &spec->numbers, &setup->identity, contain_enforced(), e) < 0)
		return -1;
	return secret_prepare(&setup->secrets, spec, &setup->identity, e);
}

void
jobsetup_free(JobSetup *setup)
{
	identity_free(&setup->identity);
	secret_free(&setup->secrets);
	free(setup->runner);
	free(setup->argv);
	setup->argv = NULL;
}
