/* select_support.h: what the suites of selections share: bounds from text, and loading a part of a file. */
#ifndef HEAPLAB_SELECT_SUPPORT_H
#define HEAPLAB_SELECT_SUPPORT_H

#include "test_trace_support.h"

static inline struct trace *load_part(const char *path, const struct trace_selection *selection, struct trace_error *error)
{
    const struct trace_options options = {.selection = selection};
    return trace_load(path, &options, NULL, NULL, error);
}

static inline struct trace_selection bounds(const char *from, const char *to, const char *heap)
{
    struct trace_selection selection = {.heap = heap};
    char why[200];
    ck_assert(from == NULL || trace_bound_parse(&selection.from, from, why, sizeof why));
    ck_assert(to == NULL || trace_bound_parse(&selection.to, to, why, sizeof why));
    return selection;
}

#endif
