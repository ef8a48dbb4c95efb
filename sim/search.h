/* search.h: the smallest heap that serves a whole trace. */
#ifndef HEAPLAB_SIM_SEARCH_H
#define HEAPLAB_SIM_SEARCH_H

#include "lane.h"

struct search_result {
    bool found;
    bool platform;            /* not searched: the policy's blocks are the platform's (HEAP_NO_IMAGE), its heap grows as it likes */
    uint64_t min_heap_bytes;  /* arena + the policy's state block; every size down to 512 B below what bisection found was tried */
    uint64_t arena_bytes;     /* of that, the arena */
    uint64_t safe_heap_bytes; /* search_safe_heap: every larger heap that was tried serves too; 0: not searched for, or the largest that there can be fails */
    uint64_t safe_arena_bytes;
    uint64_t largest_failing_bytes; /* the largest arena above the smallest heap that was tried and fails; 0: none does */
    uint32_t samples, samples_failing; /* arenas tried above the smallest heap, and how many of them fail */
    uint64_t runs, events;    /* how much was tried */
};

/* True: serve every event of the trace in `arena_bytes`. *out_of_memory (of this process) may come out true. */
bool search_serves(const struct trace *trace, const struct lane_options *options, uint32_t arena_bytes, uint64_t *events, bool *out_of_memory);

/* Bisects on the 8-byte grid, then tries every size down to 512 B below the result and keeps the smallest that serves (policies are
 * not monotone: further down there may be lucky sizes still). False without memory.
 * O(runs x trace); about 80 runs, most of which end at their first failure. `stop` (may be NULL) is asked between runs. */
bool search_min_heap(const struct trace *trace, const struct lane_options *options, bool (*stop)(void *ctx), void *ctx,
                     struct search_result *result);

#define SEARCH_SAMPLES 64 /* as many as is usual */

/* Is the smallest heap safe to round up? Tries `samples` arenas (at least 8, at most 4,096) above it: a quarter of them the very next on
 * the 8-byte grid, the others at growing distances up to twice its size, and while the last one fails, larger ones by a quarter each;
 * then bisects between the largest that fails and the next that serves, and goes up until a quarter as many next sizes serve in a row.
 * Where nothing was found, nothing is done. On all cores if `parallel`. False without memory. O(samples x trace). */
bool search_safe_heap(const struct trace *trace, const struct lane_options *options, uint32_t samples, bool parallel, struct search_result *result);

#endif
