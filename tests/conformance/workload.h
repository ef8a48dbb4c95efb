/* workload.h: a seeded run of operations whose digest is the same on every machine; for hosts of both word sizes and boards. */
#ifndef CONFORMANCE_WORKLOAD_H
#define CONFORMANCE_WORKLOAD_H

#include <heap/heap.h>
#include <heap/policy.h>

#define WORKLOAD_HEAPS 3u

struct workload_result {
    uint32_t digest, allocations, frees, reallocations, failures;
    int error; /* of heap_init or heap_check; 0 = all well */
};

/* The heaps to run it on: 4096, 16384 and 24576 bytes, or as many times more as the policy needs; how many of them are not above `most`. */
uint32_t workload_heaps(const struct heap_policy *policy, uint32_t alignment, void *memory, uint32_t most, uint32_t heaps[WORKLOAD_HEAPS]);

/* Runs `operations` over a heap in `memory`, which is zeroed first and must be aligned to 64. No libc but string.h; 1 KiB of stack. */
struct workload_result workload_run(const struct heap_policy *policy, uint32_t alignment, void *memory, uint32_t bytes, uint32_t seed,
                                    uint32_t operations);

#endif
