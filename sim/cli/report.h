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
    const struct trace_header *header;  /* also who waited, by name; NULL: not said */
    const char *heap;           /* the name of one of the trace's heaps that were run together; NULL: it ran alone */
    uint32_t alone;             /* which of the trace's heaps, where it ran alone */
};

cJSON *report_json(const struct report *report); /* for cli_print_json */

/* Every score under its name: those of the search only if `searched`. */
void report_add_scores(cJSON *object, const double values[SCORES_ROOM], bool searched);
void report_print(const struct report *report, FILE *to);

/* The threads that waited for these runs' blocks, one object or line for each of a heap's: nothing where none did. */
void report_add_waits(cJSON *list, const struct report *report);
void report_print_waits(const struct report *reports, size_t count, FILE *to);

/* Names for reports; `buffer` (REPORT_NAME bytes) is used where the trace names nothing. */
#define REPORT_NAME 32
const char *report_heap_name(const struct trace_header *header, uint32_t heap, char buffer[REPORT_NAME]);

/* Columns of a table: the characters of UTF-8 text; two spaces, the text, and spaces up to `width` characters. */
int report_columns(const char *text);
void report_print_padded(FILE *to, const char *text, int width);

/* Says on standard error which conditions do not hold for `label`, and what was found: CLI_DIFFERS, or CLI_DONE where all hold. */
int report_check(const struct assertion_list *conditions, const char *label, const double values[SCORES_ROOM]);

#endif
