/* run.h: a whole trace in memory on one policy and one heap, from the first event to the last: what comparing, sweeping, reducing and
 * telling runs apart have in common. (A trace that streams by is replayed event by event: lane_apply.) */
#ifndef HEAPLAB_SIM_RUN_H
#define HEAPLAB_SIM_RUN_H

#include "lane.h"

struct run_watch {
    bool (*event)(void *ctx, struct lane *lane, uint64_t index, const struct trace_event *event, const struct lane_result *result); /* after each; false ends the run there */
    void *ctx;
};

/* The lane after the last event (lane_close it), or NULL: *error is HEAP_E_* where the policy refuses the heap, HEAP_OK where this process
 * has no memory. `watch` may be NULL. O(events) of the policy's calls. Thread-safe: runs share only the trace, which they read. */
struct lane *run_trace(const struct trace *trace, const struct lane_options *options, const struct run_watch *watch, int *error);

#endif
