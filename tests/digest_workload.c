/* digest_workload.c: prints what a fixed workload leaves behind, a line a policy and alignment. Built for 64 and for 32 bits, it must
 * print the same: nothing in a heap depends on the size of a pointer. Also runs the conformance tests, as a program without a framework. */
#include <inttypes.h>
#include <stdio.h>

#include "conformance/conformance.h"
#include "conformance/workload.h"

static _Alignas(4096) unsigned char memory[1u << 22];

static void say(void *ctx, const char *test, const char *expectation, uint32_t line)
{
    fprintf(stderr, "%s: %s: expected %s (line %" PRIu32 ")\n", (const char *)ctx, test, expectation, line);
}

/* How many runs failed. */
static int run(const struct heap_policy *policy, uint32_t alignment)
{
    uint32_t heaps[WORKLOAD_HEAPS];
    const uint32_t count = workload_heaps(policy, alignment, memory, sizeof memory, heaps);
    int failed = count == 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct workload_result r = workload_run(policy, alignment, memory, heaps[i], 2463534242u, 20000);
        printf("%-24s align %2" PRIu32 "  %7" PRIu32 " B  digest %08" PRIx32 "  %" PRIu32 " allocations, %" PRIu32 " failures\n",
               policy->name, alignment, heaps[i], r.digest, r.allocations, r.failures);
        failed += r.error != HEAP_OK;
    }
    char name[40];
    (void)snprintf(name, sizeof name, "%.28s/%" PRIu32, policy->name, alignment);
    const size_t least = conformance_bytes(policy, alignment, memory, sizeof memory);
    const struct conformance subject = {policy, alignment, memory, least > 16384 ? least : 16384, say, name};
    return failed + (conformance_run(&subject) != 0);
}

int main(void)
{
    int failed = 0;
    for (size_t p = 0; p < heap_policy_count; p++) {
        const struct heap_policy *policy = heap_policies[p];
        uint32_t alignments[CONFORMANCE_ALIGNMENTS];
        const uint32_t ways = (policy->inspect->traits & HEAP_NO_IMAGE) != 0 ? 0 : conformance_alignments(policy, alignments);
        for (uint32_t a = 0; a < ways; a++) {
            failed += run(policy, alignments[a]);
        }
    }
    return failed != 0;
}
