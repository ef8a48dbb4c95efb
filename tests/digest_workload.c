/* digest_workload.c: prints what a fixed workload leaves behind, a line a policy and alignment. Built for 64 and for 32 bits, it must
 * print the same: nothing in a heap depends on the size of a pointer. Also runs the conformance tests, as a program without a framework. */
#include <inttypes.h>
#include <stdio.h>

#include "conformance/conformance.h"
#include "conformance/workload.h"

static _Alignas(4096) unsigned char memory[1u << 18];

static void say(void *ctx, const char *test, const char *expectation, uint32_t line)
{
    fprintf(stderr, "%s: %s: expected %s (line %" PRIu32 ")\n", (const char *)ctx, test, expectation, line);
}

int main(void)
{
    static const uint32_t sizes[] = {4096, 16384, 24576};
    int failed = 0;
    for (size_t p = 0; p < heap_policy_count; p++) {
        const struct heap_policy *policy = heap_policies[p];
        for (uint32_t alignment = 4; alignment <= 16; alignment *= 2) {
            if (alignment == 4 && (policy->inspect->traits & HEAP_ALIGNS_4) == 0) {
                continue;
            }
            for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
                const struct workload_result r = workload_run(policy, alignment, memory, sizes[s], 2463534242u, 20000);
                printf("%-20s align %2" PRIu32 "  %5" PRIu32 " B  digest %08" PRIx32 "  %" PRIu32 " allocations, %" PRIu32 " failures\n",
                       policy->name, alignment, sizes[s], r.digest, r.allocations, r.failures);
                failed += r.error != HEAP_OK;
            }
            char name[32];
            (void)snprintf(name, sizeof name, "%.20s/%" PRIu32, policy->name, alignment);
            const struct conformance subject = {policy, alignment, memory, 16384, say, name};
            failed += conformance_run(&subject) != 0;
        }
    }
    return failed != 0;
}
