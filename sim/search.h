/* search.h: the smallest heap that serves a whole trace. */
#ifndef HEAPLAB_SIM_SEARCH_H
#define HEAPLAB_SIM_SEARCH_H

#include "lane.h"

struct search_result {
    bool found;
    bool platform;            /* not searched: the policy's blocks are the platform's (HEAP_NO_IMAGE), its heap grows as it likes */
    uint64_t min_heap_bytes;  /* arena + the policy's state block; every size down to 512 B below what bisection found was tried */
    uint64_t arena_bytes;     /* of that, the arena */
    uint64_t runs, events;    /* how much was tried */
};

/* True: serve every event of the trace in `arena_bytes`. *out_of_memory (of this process) may come out true. */
bool search_serves(const struct trace *trace, const struct lane_options *options, uint32_t arena_bytes, uint64_t *events, bool *out_of_memory);

/* Bisects on the 8-byte grid, then tries every size down to 512 B below the result and keeps the smallest that serves (policies are
 * not monotone: further down there may be lucky sizes still). False without memory.
 * O(runs x trace); about 80 runs, most of which end at their first failure. `stop` (may be NULL) is asked between runs. */
bool search_min_heap(const struct trace *trace, const struct lane_options *options, bool (*stop)(void *ctx), void *ctx,
                     struct search_result *result);

#endif
