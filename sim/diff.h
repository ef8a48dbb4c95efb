/* diff.h: what differs between two traces, and between two runs' placements.
 *
 * Traces are compared by what they ask of an allocator: operation, size, count, alignment, wait, `failed`, a mark's name, and which earlier
 * allocation a realloc or free means. Ids may be numbered otherwise, times, call sites, threads and heaps may be others: no difference. */
#ifndef HEAPLAB_SIM_DIFF_H
#define HEAPLAB_SIM_DIFF_H

#include "trace.h"

#define DIFF_NONE UINT64_MAX
#define DIFF_KEPT 64

/* A difference: an event of each that stand in the same place, or an event that only one of them has (the other is DIFF_NONE). */
struct diff_item {
    uint64_t a, b; /* indexes, from 0 */
};

struct diff_traces {
    uint64_t same, changed, only_a, only_b; /* events */
    uint64_t *partner; /* for each event of a: the event of b in its place (the same or changed, of one kind), or DIFF_NONE */
    struct diff_item kept[DIFF_KEPT]; /* the first differences */
    size_t kept_count;
};

/* Fills *diff (diff_traces_end frees what it holds). False without memory. Where the two part, the nearest place within 64 events of each
 * from which eight events agree is where they meet again; without one, eight events of each are passed over. O(events), and O(64^2) a difference. */
bool diff_traces(const struct trace *a, const struct trace *b, struct diff_traces *diff);
void diff_traces_end(struct diff_traces *diff);

#endif
