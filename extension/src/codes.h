/* Lists of exit codes such as 0,4,8-11. Pure: no server inside. */
#ifndef JG_CODES_H
#define JG_CODES_H

#include <stdbool.h>

/* NULL where the list is well-formed, else what is wrong with it. */
extern const char *jg_codes_error(const char *codes);

/* Whether the list names the code; a malformed list names none. */
extern bool jg_codes_contain(const char *codes, int code);

/* The rule of AutoSys: fail_codes decide alone, else success_codes, else 0. Lists may be NULL. */
extern bool jg_codes_success(const char *success_codes, const char *fail_codes, int code);

#endif
