/* sweep_output.h: a sweep's results for people and other programs: a table, Markdown, CSV, JSON; and the scripts of --emit. */
#ifndef HEAPLAB_CLI_SWEEP_OUTPUT_H
#define HEAPLAB_CLI_SWEEP_OUTPUT_H

#include "sweep_log.h"

enum sweep_style { SWEEP_TEXT, SWEEP_MARKDOWN, SWEEP_JSON, SWEEP_NO_TABLE };

/* The results that are there, in the order of the points. `metrics`: the columns; count 0: the usual ones, and all of them for CSV. False:
 * a record cannot be read, or no memory. */
bool sweep_print(const struct sweep_results *results, enum sweep_style style, const size_t *metrics, size_t metric_count, FILE *to);
bool sweep_print_csv(const struct sweep_results *results, const size_t *metrics, size_t metric_count, FILE *to);

struct sweep_emit {
    const char *kind;    /* "slurm" or "parallel" */
    const char *plan;    /* its file */
    const char *output;  /* the merged file; NULL: results.jsonl */
    uint32_t shards;
    const size_t *metrics;
    size_t metric_count;
};

/* Prints the script to standard output; the command's exit code. */
int sweep_emit(const struct sweep_emit *emit);

#endif
