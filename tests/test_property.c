/* Random operations against the live-set oracle, for every policy, alignment and a few heap sizes; a failure is shrunk, written as a
 * trace and named by a command that repeats it.
 *
 * HEAPLAB_SEED, HEAPLAB_POLICY: only that one. HEAPLAB_SEEDS: how many seeds (10). */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/conformance.h"
#include "property/property.h"

#define OPS 4000u

static struct property_op ops[OPS];
static const uint32_t heap_sizes[] = {2048, 8192, 65536};

static uint32_t number_from(const char *variable, uint32_t standard)
{
    const char *text = getenv(variable);
    return text == NULL ? standard : (uint32_t)strtoul(text, NULL, 0);
}

static void report(const struct property_case *subject, uint32_t seed, const char *what)
{
    char path[200];
    struct property_case shrunk = *subject;
    uint32_t at = 0;
    shrunk.ops = ops;
    shrunk.op_count = property_shrink(subject, ops, subject->op_count);
    shrunk.check_every = 1;
    const char *now = property_run(&shrunk, &at);
    (void)snprintf(path, sizeof path, "%s/property-%s-%" PRIu32 ".jsonl", HEAPLAB_BUILD_DIR, subject->policy->name, seed);
    const bool written = property_write_trace(path, "shrunk by test_property", ops, shrunk.op_count);
    ck_abort_msg("seed %" PRIu32 ", %s, alignment %" PRIu32 ", %" PRIu32 " B: %s; shrunk to %" PRIu32 " operations: %s; trace: %s\n"
                 "repeat: HEAPLAB_SEED=%" PRIu32 " HEAPLAB_POLICY=%s ./test_property",
                 seed, subject->policy->name, subject->alignment, subject->bytes, what, shrunk.op_count, now != NULL ? now : "gone",
                 written ? path : "not written", seed, subject->policy->name);
}

static void run_seed(const struct heap_policy *policy, uint32_t seed)
{
    uint32_t alignments[CONFORMANCE_ALIGNMENTS];
    const uint32_t ways = conformance_alignments(policy, alignments);
    for (uint32_t way = 0; way < ways; way++) {
        property_generate(seed, ops, OPS);
        const uint32_t bytes = property_heap(policy, alignments[way], heap_sizes[seed % 3]);
        const struct property_case subject = {policy, alignments[way], bytes, ops, OPS, 16, 1000};
        uint32_t at = 0;
        const char *what = property_run(&subject, &at);
        if (what != NULL) {
            report(&subject, seed, what);
        }
    }
}

START_TEST(random_operations_keep_every_property)
{
    const struct heap_policy *policy = heap_policies[_i];
    const char *only = getenv("HEAPLAB_POLICY");
    if (only != NULL && strcmp(only, policy->name) != 0) {
        return;
    }
    const uint32_t first = number_from("HEAPLAB_SEED", 1), seeds = getenv("HEAPLAB_SEED") != NULL ? 1 : number_from("HEAPLAB_SEEDS", 10);
    printf("%s: seeds %" PRIu32 " to %" PRIu32 "\n", policy->name, first, first + seeds - 1);
    for (uint32_t seed = first; seed < first + seeds; seed++) {
        run_seed(policy, seed);
    }
}
END_TEST

/* ---- the oracle and the shrinking, on policies that are broken on purpose ---- */

static const struct heap_policy *honest(void) { return heap_policy_find("best_fit"); }

static heap_off forgetful_realloc(struct heap *heap, heap_off off, struct heap_layout old, uint32_t size)
{
    const heap_off moved = honest()->realloc(heap, off, old, size);
    if (moved != HEAP_NONE && moved != off && old.size != 0 && size >= old.size) {
        *((unsigned char *)heap_pointer_at(heap, moved) + old.size - 1) ^= 1u;
    }
    return moved;
}

static heap_off stingy_alloc(struct heap *heap, uint32_t size, uint32_t align)
{
    return honest()->alloc(heap, size > 100 ? size - 20 : size, align);
}

static int leaky_free(struct heap *heap, heap_off off, struct heap_layout layout)
{
    return layout.size == 7 ? HEAP_OK : honest()->free(heap, off, layout);
}

/* How many operations are left of a failing run of this policy; 0 = nothing failed. */
static uint32_t shrunk_length(const struct heap_policy *broken)
{
    for (uint32_t seed = 1; seed <= 20; seed++) {
        property_generate(seed, ops, OPS);
        struct property_case subject = {broken, 8, 8192, ops, OPS, 16, 1000};
        uint32_t at = 0;
        if (property_run(&subject, &at) != NULL) {
            subject.op_count = property_shrink(&subject, ops, OPS);
            return property_run(&subject, &at) != NULL ? subject.op_count : 0;
        }
    }
    return 0;
}

START_TEST(broken_policies_are_caught_and_shrunk)
{
    struct heap_policy broken = *honest();
    broken.realloc = forgetful_realloc;
    const uint32_t forgetful = shrunk_length(&broken);
    broken = *honest();
    broken.alloc = stingy_alloc;
    const uint32_t stingy = shrunk_length(&broken);
    broken = *honest();
    broken.free = leaky_free;
    const uint32_t leaky = shrunk_length(&broken);
    printf("shrunk to %" PRIu32 ", %" PRIu32 " and %" PRIu32 " operations\n", forgetful, stingy, leaky);
    ck_assert(forgetful >= 2 && forgetful <= 4);
    ck_assert_uint_eq(stingy, 1);
    ck_assert_uint_eq(leaky, 2);
}
END_TEST

START_TEST(shrunk_trace_is_written)
{
    static const struct property_op few[] = {{0, 8, 1, PROPERTY_MALLOC}, {1, 16, 32, PROPERTY_ALIGNED}, {0, 40, 1, PROPERTY_REALLOC},
                                             {2, 5, 1, PROPERTY_CALLOC}, {1, 0, 1, PROPERTY_FREE},      {0, 0, 1, PROPERTY_REALLOC}};
    static const char expected[] = "{\"format\":\"heaplab-trace\",\"version\":1,\"meta\":{\"name\":\"few\"}}\n"
                                   "{\"op\":\"alloc\",\"id\":1,\"size\":8}\n"
                                   "{\"op\":\"alloc\",\"id\":2,\"size\":16,\"align\":32}\n"
                                   "{\"op\":\"realloc\",\"id\":1,\"size\":40}\n"
                                   "{\"op\":\"calloc\",\"id\":3,\"size\":5}\n"
                                   "{\"op\":\"free\",\"id\":2}\n"
                                   "{\"op\":\"realloc\",\"id\":1,\"size\":0}\n";
    const char *path = HEAPLAB_BUILD_DIR "/property-few.jsonl";
    char text[1000];
    ck_assert(property_write_trace(path, "few", few, 6));
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    const size_t bytes = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[bytes] = '\0';
    ck_assert_str_eq(text, expected);
    ck_assert(!property_write_trace("/nowhere/at/all.jsonl", "few", few, 6));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("property");
    TCase *cases = tcase_create("property");
    tcase_set_timeout(cases, 240);
    tcase_add_loop_test(cases, random_operations_keep_every_property, 0, (int)heap_policy_count);
    tcase_add_test(cases, broken_policies_are_caught_and_shrunk);
    tcase_add_test(cases, shrunk_trace_is_written);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
