/* compare_table.h: the comparison of one trace's policies, as a table for people, CSV, Markdown and JSON, and its verdict in words. */
#ifndef HEAPLAB_CLI_COMPARE_TABLE_H
#define HEAPLAB_CLI_COMPARE_TABLE_H

#include <cjson/cJSON.h>

#include "scores.h"
#include "search.h"
#include "spec.h"

/* One cell of policies x traces. */
struct compare_pair {
    const char *path;
    const struct trace *trace;
    const struct spec *spec;
    uint32_t heap_bytes;
    struct search_result search;
    struct lane *lane; /* after the run; NULL: the policy refuses this heap, and `error` says why */
    int error;
    bool out_of_memory;
    double values[SCORES_ROOM];
};

enum compare_style { COMPARE_TEXT, COMPARE_JSON, COMPARE_CSV, COMPARE_MARKDOWN };

struct compare_columns {
    size_t scores[SCORES_ROOM]; /* indexes */
    size_t count;
};

/* The columns that are shown where none are chosen; every score, those first. */
void compare_columns_usual(struct compare_columns *columns);
void compare_columns_all(struct compare_columns *columns);

/* Adds "NAME,NAME…" or "all"; false, and `why` says what is wrong. */
bool compare_columns_parse(struct compare_columns *columns, const char *text, char *why, size_t why_size);

/* Sorts: what has no value comes last; equal ones by the smallest heap, then by name. */
void compare_sort(struct compare_pair *pairs, size_t count, size_t score, bool descending);

void compare_print_text(const struct compare_pair *pairs, size_t count, const struct compare_columns *columns, int width);
void compare_print_markdown(const struct compare_pair *pairs, size_t count, const struct compare_columns *columns);
void compare_print_csv_header(const struct compare_columns *columns);
void compare_print_csv(const struct compare_pair *pairs, size_t count, const struct compare_columns *columns);
void compare_add_json(cJSON *list, const struct compare_pair *pairs, size_t count);

/* Who needs the least, who does so in bounded time, and what that is against `baseline` (a policy's text, or NULL). */
void compare_print_verdict(const struct compare_pair *pairs, size_t count, const char *baseline);

#endif
