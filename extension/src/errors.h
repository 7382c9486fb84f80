/* SQLSTATEs of class JG; docs/errors.md says what each means to a user. */
#ifndef JG_ERRORS_H
#define JG_ERRORS_H

#include "postgres.h"

#define JG_ERRCODE(a, b, c) MAKE_SQLSTATE('J', 'G', a, b, c)

#define ERRCODE_JG_NOT_FOUND JG_ERRCODE('0', '0', '1')
#define ERRCODE_JG_WRONG_STATE JG_ERRCODE('0', '0', '2')
#define ERRCODE_JG_INVALID JG_ERRCODE('0', '0', '3')
#define ERRCODE_JG_NOT_ALLOWED JG_ERRCODE('0', '0', '4')
#define ERRCODE_JG_HELD JG_ERRCODE('0', '0', '6')
#define ERRCODE_JG_GUARDED JG_ERRCODE('0', '0', '7')
#define ERRCODE_JG_LIMIT JG_ERRCODE('0', '0', '8')
#define ERRCODE_JG_NOT_PRELOADED JG_ERRCODE('0', '0', '9')
#define ERRCODE_JG_PROTOCOL JG_ERRCODE('0', '1', '0')
#define ERRCODE_JG_FOREIGN_EXECUTOR JG_ERRCODE('0', '1', '1')
#define ERRCODE_JG_EXECUTOR_IN_USE JG_ERRCODE('0', '1', '2')
#define ERRCODE_JG_NO_EXECUTOR JG_ERRCODE('0', '1', '3')
#define ERRCODE_JG_NO_PARTITION JG_ERRCODE('0', '1', '4')
#define ERRCODE_JG_LATER_EPOCH JG_ERRCODE('0', '1', '5')

#endif
