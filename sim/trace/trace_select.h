/* trace_select.h: a part of a trace as a trace of its own: stands between the decoder and everybody who reads events.
 *
 * Before the range it keeps books of the live blocks (by the decoder's slots, so without a table of ids); at its first event it hands
 * these out as allocs, then a mark, then the range. Slots are given anew by the rule of trace_ids.h: a reader of the written selection
 * gives the same. Memory grows with the live ids only. Internal to sim/trace.
 */
#ifndef HEAPLAB_SIM_TRACE_SELECT_H
#define HEAPLAB_SIM_TRACE_SELECT_H

#include "trace.h"

struct trace_select;

/* NULL without memory. */
struct trace_select *trace_select_new(const struct trace_selection *selection);
void trace_select_free(struct trace_select *select); /* NULL is allowed */

/* Whether anything is selected at all; NULL: no. */
bool trace_selection_any(const struct trace_selection *selection);

/* The header is known: finds the heap that was asked for. 0 or the error, told to the reader. */
int trace_select_heap(struct trace_reader *reader);

/* As trace_reader_next, where reader->select is there. */
int trace_select_next(struct trace_reader *reader, struct trace_event *event);

const struct trace_selected *trace_select_told(const struct trace_select *select);

/* The name of a MARK bound: `*bytes` bytes of its text. */
const char *trace_bound_mark(const struct trace_bound *bound, size_t *bytes);

/* 1234567 as 1,234,567. Returns `text`. */
char *trace_count_text(char text[32], uint64_t count);

/* Appends `name` to the text at `at`, printable and cut to `most` bytes of whole characters. Returns the new length. */
size_t trace_name_text(char *text, size_t size, size_t at, const char *name, size_t most);

#endif
