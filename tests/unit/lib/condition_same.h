/* Whether two conditions are the same, member for member. */
#ifndef JOBGRID_CONDITION_SAME_H
#define JOBGRID_CONDITION_SAME_H

#include "../../../extension/src/conditions/condition.h"

bool condition_same(const JgCondition *a, const JgCondition *b);

#endif
