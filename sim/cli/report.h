/* report.h: a run as a score sheet for people and as JSON for programs; the members' names are docs/METRICS.md's. */
#ifndef HEAPLAB_CLI_REPORT_H
#define HEAPLAB_CLI_REPORT_H

#include <cjson/cJSON.h>

#include "assertions.h"
#include "lane.h"
#include "scores.h"
#include "spec.h"

struct report {
    const char *trace;          /* its file */
    const struct spec *spec;
    struct lane *lane;          /* after the run */
    uint32_t digest;
    uint64_t lower_bound_bytes; /* the trace's own peak payload, whether this heap could serve it or not */
    double seconds;             /* of the replay alone; 0 = not said */
    const char *heap_note;      /* how the heap's size came about; NULL = as asked */
    bool native;                /* also the policy's own statistics */
    const struct search_result *search; /* also the smallest heap; NULL: not searched for */
};

cJSON *report_json(const struct report *report); /* for cli_print_json */

/* Every score under its name: those of the search only if `searched`. */
void report_add_scores(cJSON *object, const double values[SCORES_ROOM], bool searched);
void report_print(const struct report *report, FILE *to);

/* Says on standard error which conditions do not hold for `label`, and what was found: CLI_DIFFERS, or CLI_DONE where all hold. */
int report_check(const struct assertion_list *conditions, const char *label, const double values[SCORES_ROOM]);

#endif
