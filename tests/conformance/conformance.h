/* conformance.h: what every policy must do, as plain C that runs on a host and on a board alike: no libc but string.h, no
 * allocation, under 3 KiB of stack, 8 KiB of memory or more. */
#ifndef CONFORMANCE_H
#define CONFORMANCE_H

#include <heap/heap.h>
#include <heap/policy.h>

#define CONFORMANCE_MIN_BYTES 8192u
#define CONFORMANCE_ALIGNMENTS 3u

struct conformance {
    const struct heap_policy *policy;
    uint32_t alignment; /* 4, 8 or 16; 0 for a policy that has its own */
    void *memory;       /* any content; overwritten */
    size_t bytes;       /* what conformance_bytes says, or more */
    /* Called for every expectation that does not hold: the test's name, what should have held, where. NULL: only counted. */
    void (*failed)(void *ctx, const char *test, const char *expectation, uint32_t line);
    void *ctx;
};

/* What heap_config.alignment can be for this policy: several, or 0 alone where the policy has its own. How many. */
uint32_t conformance_alignments(const struct heap_policy *policy, uint32_t alignments[CONFORMANCE_ALIGNMENTS]);

/* The least of CONFORMANCE_MIN_BYTES x 2^n, up to `most`, in half of which the policy serves a score of small blocks: some hand out
 * pages or zones, or keep tables in the arena. 0: not in `most`. `memory` is overwritten. */
size_t conformance_bytes(const struct heap_policy *policy, uint32_t alignment, void *memory, size_t most);

/* Runs every test; how many expectations failed. O(tests x bytes). */
uint32_t conformance_run(const struct conformance *subject);

/* How many tests there are, to be reported beside the failures. */
uint32_t conformance_test_count(void);

#endif
