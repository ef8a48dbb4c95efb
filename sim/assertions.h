/* assertions.h: conditions on a run's scores, as people write them: "external_fragmentation<0.3", "failures==0",
 * "peak_in_use_bytes<=64K". A bare name of a value that changes over the run means its maximum. */
#ifndef HEAPLAB_SIM_ASSERTIONS_H
#define HEAPLAB_SIM_ASSERTIONS_H

#include "scores.h"

enum assertion_op { ASSERT_LESS, ASSERT_LESS_EQUAL, ASSERT_GREATER, ASSERT_GREATER_EQUAL, ASSERT_EQUAL, ASSERT_NOT_EQUAL };

struct assertion {
    size_t score;         /* index into scores[] */
    enum assertion_op op;
    double value;
    char text[80];        /* as written */
};

#define ASSERTIONS_MAX 32

struct assertion_list {
    struct assertion items[ASSERTIONS_MAX];
    size_t count;
};

/* Adds the conditions of `text`, several by commas; NAME OP VALUE with < <= > >= = == !=, blanks allowed; VALUE a number, with K, M or G
 * (powers of 1024) for counts and bytes, or a percentage for ratios ("30%"). False, and `why` says what was found and expected. */
bool assertions_parse(struct assertion_list *list, const char *text, char *why, size_t why_size);

/* Does it hold? A value that the run does not have holds nothing but !=. Ratios are compared as they are printed: to four digits. */
bool assertion_holds(const struct assertion *assertion, const double values[SCORES_ROOM]);

/* Does one of them ask for a score of the search for the smallest heap? */
bool assertions_need_search(const struct assertion_list *list);

#endif
