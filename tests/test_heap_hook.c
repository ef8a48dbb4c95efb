/* test_heap_hook.c: the out-of-memory hook that asks for memory itself, and alignments that a later region does not vouch for. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <heap/heap.h>
#include <heap/policy.h>

#include "policy_support.h"

struct hook {
    int calls;
    uint8_t *more; /* a region to add, or NULL */
    size_t more_bytes;
};

static bool ask(void *ctx, struct heap *heap, struct heap_layout request)
{
    struct hook *hook = ctx;
    hook->calls++;
    ck_assert_ptr_null(heap_malloc(heap, request.size)); /* fails without asking again */
    ck_assert_int_eq(heap_last_error(heap), HEAP_E_NO_MEMORY);
    return hook->more != NULL && heap_add_region(heap, hook->more, hook->more_bytes) == HEAP_OK;
}

START_TEST(a_hook_that_requests_is_not_asked_again)
{
    static _Alignas(4096) uint8_t memory[2048], more[4096];
    struct hook hook = {0, NULL, 0};
    struct heap heap;
    const struct heap_config config = {.policy = heap_policy_find("best_fit"), .hooks = {.ctx = &hook, .out_of_memory = ask}};
    ck_assert_int_eq(heap_init(&heap, &config, memory, sizeof memory), HEAP_OK);
    ck_assert_ptr_nonnull(heap_malloc(&heap, 1000));
    ck_assert_ptr_null(heap_malloc(&heap, 1500));
    ck_assert_int_eq(hook.calls, 1);
    hook.more = more;
    hook.more_bytes = sizeof more;
    ck_assert_ptr_nonnull(heap_malloc(&heap, 1500));
    ck_assert_int_eq(hook.calls, 2);
    ck_assert_int_eq(heap_last_error(&heap), HEAP_OK);
}
END_TEST

START_TEST(a_block_keeps_the_alignment_that_a_later_region_lacks)
{
    static _Alignas(4096) uint8_t memory[8192], more[8192 + 8], state[SUPPORT_STATE_BYTES];
    struct heap heap;
    const struct heap_policy *policy = heap_policies[_i];
    const struct heap_config config = {.policy = policy, .state = state};
    if (!support_has(policy, HEAP_ALIGNS) || support_arena(policy, memory, state, sizeof memory, sizeof memory) == 0) {
        return; /* or not in so little memory */
    }
    ck_assert_int_eq(heap_init(&heap, &config, memory, sizeof memory), HEAP_OK);
    if (heap.arena_align < 256) {
        ck_abort_msg("the arena vouches for %u only", heap.arena_align);
    }
    uint8_t *block = heap_aligned_alloc(&heap, 256, 300);
    ck_assert_ptr_nonnull(block);
    if (heap_add_region(&heap, more + 8, 8192) != HEAP_OK) { /* a policy of one region */
        return;
    }
    ck_assert_uint_lt(heap.arena_align, 256);
    memset(block, 0x5A, 300);
    uint8_t *smaller = heap_realloc_sized(&heap, block, (struct heap_layout){300, 256}, 100);
    const struct heap_layout layout = {smaller == NULL ? 300 : 100, 256};
    if (policy->inspect->replica == NULL) {
        ck_assert_msg(smaller == block, "%s: shrinking in place needs no new place", policy->name);
        ck_assert_ptr_null(heap_realloc_sized(&heap, block, layout, 8100));
    }
    block = smaller != NULL ? smaller : block; /* a replica may move it, to a place that has the alignment */
    ck_assert_uint_eq((uintptr_t)block % 256, 0);
    ck_assert_uint_eq(block[99], 0x5A);
    ck_assert_ptr_null(heap_aligned_alloc(&heap, 256, 8));
    ck_assert_int_eq(heap_last_error(&heap), HEAP_E_ALIGNMENT);
    ck_assert_int_eq(heap_free_sized(&heap, block, layout), HEAP_OK);
    ck_assert_int_eq(heap_check(&heap, NULL), HEAP_OK);
}
END_TEST

START_TEST(no_policy_is_said)
{
    static uint8_t memory[1024];
    struct heap heap;
    ck_assert_int_eq(heap_init(&heap, NULL, memory, sizeof memory), HEAP_E_POLICY);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("heap hook");
    TCase *tests = tcase_create("heap hook");
    tcase_add_test(tests, a_hook_that_requests_is_not_asked_again);
    tcase_add_loop_test(tests, a_block_keeps_the_alignment_that_a_later_region_lacks, 0, (int)heap_policy_count);
    tcase_add_test(tests, no_policy_is_said);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
