/* conformance.h: what every policy must do, as plain C that runs on a host and on a board alike: no libc but string.h, no
 * allocation, under 3 KiB of stack, 8 KiB of memory or more. */
#ifndef CONFORMANCE_H
#define CONFORMANCE_H

#include <heap/heap.h>
#include <heap/policy.h>

#define CONFORMANCE_MIN_BYTES 8192u

struct conformance {
    const struct heap_policy *policy;
    uint32_t alignment; /* 4, 8 or 16 */
    void *memory;       /* any content; overwritten */
    size_t bytes;       /* at least CONFORMANCE_MIN_BYTES */
    /* Called for every expectation that does not hold: the test's name, what should have held, where. NULL: only counted. */
    void (*failed)(void *ctx, const char *test, const char *expectation, uint32_t line);
    void *ctx;
};

/* Runs every test; how many expectations failed. O(tests x bytes). */
uint32_t conformance_run(const struct conformance *subject);

/* How many tests there are, to be reported beside the failures. */
uint32_t conformance_test_count(void);

#endif
