/* Hints of the SQL interface, as they are typed here. */
#ifndef JOBGRID_CLI_HINT_H
#define JOBGRID_CLI_HINT_H

/* The commands that do what the statements do, "; " between them; the statements where there is no such command. */
char *hint_as_commands(const char *sql);

#endif
