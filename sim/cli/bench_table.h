/* bench_table.h: what was measured, printed: for people, as Markdown, as JSON. */
#ifndef HEAPLAB_BENCH_TABLE_H
#define HEAPLAB_BENCH_TABLE_H

#include "bench.h"

enum bench_style { BENCH_TEXT, BENCH_MARKDOWN, BENCH_JSON };

struct bench_table {
    const struct bench_machine *machine;
    const struct bench_plan *plan;
    const struct bench_report *report;
    const char *again; /* options that a command needs which repeats a figure: "" or " -p tlsf …" */
};

/* Returns the exit code. */
int bench_table_print(const struct bench_table *table, enum bench_style style);

#endif
