/* trace_support.h: little traces made in memory for tests: by hand, and at random from a seed. */
#ifndef HEAPLAB_TESTS_TRACE_SUPPORT_H
#define HEAPLAB_TESTS_TRACE_SUPPORT_H

#include <stdint.h>
#include <stdlib.h>

#include "trace.h"

static inline uint32_t support_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

static inline void support_put(struct trace *trace, uint8_t op, uint64_t id, uint64_t size, uint64_t align)
{
    const struct trace_event event = {.op = op, .id = id, .size = size, .count = 1, .align = align, .t = trace_count(trace),
                                      .site = TRACE_NO_SITE, .name = op == TRACE_MARK ? "phase" : NULL};
    if (trace_append(trace, &event) != 0) {
        abort();
    }
}

/* `count` events over at most `most_live` live ids, sizes 0 … most_bytes (skewed to small ones), all operations. */
static inline struct trace *support_random_trace(uint64_t seed, uint32_t count, uint32_t most_live, uint32_t most_bytes)
{
    struct trace *trace = trace_new("random");
    uint64_t *live = calloc(most_live, sizeof *live), next = 1;
    uint32_t live_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t dice = support_random(&seed) % 100;
        const uint32_t bytes = support_random(&seed) % (support_random(&seed) % 8 == 0 ? most_bytes + 1 : most_bytes / 16 + 2);
        const uint32_t pick = live_count == 0 ? 0 : support_random(&seed) % live_count;
        if (dice < 1) {
            support_put(trace, TRACE_MARK, 0, 0, 0);
        } else if (live_count == 0 || (dice < 50 && live_count < most_live)) {
            const uint64_t align = dice % 10 == 0 ? UINT64_C(8) << (support_random(&seed) % 4) : 0;
            support_put(trace, dice < 8 ? TRACE_CALLOC : TRACE_ALLOC, next, bytes, align);
            live[live_count++] = next++;
        } else if (dice < 65 && bytes != 0) {
            support_put(trace, TRACE_REALLOC, live[pick], bytes, 0);
        } else {
            support_put(trace, TRACE_FREE, live[pick], 0, 0);
            live[pick] = live[--live_count];
        }
    }
    free(live);
    return trace;
}

#endif
