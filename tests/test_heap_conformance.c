/* The conformance tests for every registered policy, at every payload alignment, on heaps of several sizes. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "conformance/conformance.h"

static const size_t sizes[] = {CONFORMANCE_MIN_BYTES, 32768, 100000}; /* where the policy is content with the least */
static _Alignas(4096) unsigned char memory[1u << 22];

struct label {
    const struct heap_policy *policy;
    uint32_t alignment;
    size_t bytes;
};

static void say(void *ctx, const char *test, const char *expectation, uint32_t line)
{
    const struct label *label = ctx;
    fprintf(stderr, "%s, alignment %" PRIu32 ", %zu bytes: %s: expected %s (line %" PRIu32 ")\n", label->policy->name, label->alignment,
            label->bytes, test, expectation, line);
}

static void run(const struct heap_policy *policy, uint32_t alignment, size_t bytes, size_t skew)
{
    struct label label = {policy, alignment, bytes};
    const struct conformance subject = {policy, alignment, memory + skew, bytes, say, &label};
    ck_assert_msg(conformance_run(&subject) == 0, "%s at alignment %" PRIu32 " on %zu bytes", policy->name, alignment, bytes);
}

START_TEST(policy_conforms)
{
    const struct heap_policy *policy = heap_policies[(size_t)_i / CONFORMANCE_ALIGNMENTS];
    uint32_t alignments[CONFORMANCE_ALIGNMENTS];
    const uint32_t way = (uint32_t)_i % CONFORMANCE_ALIGNMENTS;
    if (way >= conformance_alignments(policy, alignments)) {
        return;
    }
    const size_t least = conformance_bytes(policy, alignments[way], memory, sizeof memory / 2);
    ck_assert_msg(least != 0, "%s does nothing in %zu bytes", policy->name, sizeof memory / 2);
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        if (least <= sizes[s] || s == 0) {
            run(policy, alignments[way], least <= sizes[s] ? sizes[s] : least, 0);
        }
    }
    run(policy, alignments[way], least, 16); /* memory whose own alignment is low */
}
END_TEST

START_TEST(registry_finds_policies)
{
    for (size_t p = 0; p < heap_policy_count; p++) {
        const struct heap_policy *policy = heap_policies[p];
        ck_assert_ptr_eq(heap_policy_find(policy->name), policy);
        ck_assert_ptr_eq(heap_policy_by_id(policy->id), policy);
        ck_assert_ptr_nonnull(policy->inspect->idea);
        ck_assert_ptr_nonnull(policy->inspect->overhead);
        ck_assert_ptr_nonnull(policy->inspect->bounds);
        ck_assert_ptr_nonnull(policy->inspect->source);
    }
    ck_assert_ptr_null(heap_policy_find("no_such_policy"));
    ck_assert_ptr_null(heap_policy_by_id(0));
}
END_TEST

/* The harness must see what it is there to see: a realloc that loses the last byte. */
static heap_off forgetful_realloc(struct heap *heap, heap_off off, struct heap_layout old, uint32_t size)
{
    const heap_off moved = heap_policy_find("first_fit")->realloc(heap, off, old, size);
    if (moved != HEAP_NONE && old.size != 0 && size >= old.size) {
        *((unsigned char *)heap_pointer_at(heap, moved) + old.size - 1) ^= 1u;
    }
    return moved;
}

static void count(void *ctx, const char *test, const char *expectation, uint32_t line)
{
    (void)test, (void)expectation, (void)line;
    ++*(uint32_t *)ctx;
}

START_TEST(broken_policy_is_caught)
{
    struct heap_policy broken = *heap_policy_find("first_fit");
    uint32_t said = 0;
    broken.realloc = forgetful_realloc;
    const struct conformance subject = {&broken, 8, memory, CONFORMANCE_MIN_BYTES, count, &said};
    const uint32_t failures = conformance_run(&subject);
    ck_assert_uint_gt(failures, 0);
    ck_assert_uint_eq(failures, said);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("heap_conformance");
    TCase *cases = tcase_create("policies");
    tcase_set_timeout(cases, 120);
    tcase_add_loop_test(cases, policy_conforms, 0, (int)(heap_policy_count * CONFORMANCE_ALIGNMENTS));
    tcase_add_test(cases, registry_finds_policies);
    tcase_add_test(cases, broken_policy_is_caught);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
