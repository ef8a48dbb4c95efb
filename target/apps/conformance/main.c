/* main.c of conformance: the framework-free tests of every policy, and the digests of a seeded workload, on this machine. Prints
 * "failed POLICY ALIGN TEST LINE EXPECTATION" for what does not hold, "workload POLICY ALIGN BYTES DIGEST" to be compared with another
 * machine's, and at the end "conformance TESTS FAILED". Exits 1 if anything failed. */
#include <conformance.h>
#include <workload.h>

#include "port.h"
#include "print.h"

#define CONFORMANCE_BYTES 16384u
#define MOST_BYTES (4u << 20)
#define WORKLOAD_SEED 2463534242u
#define WORKLOAD_OPERATIONS 20000u

static void print_heap(const char *what, const struct heap_policy *policy, uint32_t alignment)
{
    print_text(what);
    print_text(policy->name);
    print_text(" ");
    print_unsigned(alignment);
}

static void say(void *ctx, const char *test, const char *expectation, uint32_t line)
{
    const struct conformance *subject = ctx;
    print_heap("failed ", subject->policy, subject->alignment);
    print_text(" ");
    print_text(test);
    print_text(" ");
    print_unsigned(line);
    print_text(" ");
    print_text(expectation);
    print_line();
}

/* How many of the workload's runs ended in an error. */
static uint32_t run_workloads(const struct heap_policy *policy, uint32_t alignment, uint8_t *memory)
{
    uint32_t heaps[WORKLOAD_HEAPS];
    const uint32_t count = workload_heaps(policy, alignment, memory, MOST_BYTES, heaps);
    uint32_t failed = count == 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct workload_result result = workload_run(policy, alignment, memory, heaps[i], WORKLOAD_SEED, WORKLOAD_OPERATIONS);
        print_heap("workload ", policy, alignment);
        print_text(" ");
        print_unsigned(heaps[i]);
        print_text(" ");
        print_hex(result.digest);
        print_line();
        failed += result.error != HEAP_OK;
    }
    return failed;
}

int main(void)
{
    const struct port_memory memory = port_heap_memory();
    uint32_t failed = 0, tests = 0;
    for (size_t p = 0; p < heap_policy_count; p++) {
        const struct heap_policy *policy = heap_policies[p];
        uint32_t alignments[CONFORMANCE_ALIGNMENTS];
        const uint32_t ways = conformance_alignments(policy, alignments);
        if ((policy->inspect->traits & HEAP_NO_IMAGE) != 0) {
            continue; /* the platform's own heap, which can be set up once */
        }
        for (uint32_t a = 0; a < ways; a++) {
            const size_t least = conformance_bytes(policy, alignments[a], memory.base, MOST_BYTES);
            struct conformance subject = {policy, alignments[a], memory.base, least > CONFORMANCE_BYTES ? least : CONFORMANCE_BYTES, say, NULL};
            subject.ctx = &subject;
            failed += conformance_run(&subject) + run_workloads(policy, alignments[a], memory.base);
            tests += conformance_test_count();
        }
    }
    print_text("conformance ");
    print_unsigned(tests);
    print_text(" ");
    print_unsigned(failed);
    print_line();
    return failed == 0 ? 0 : 1;
}
