/* test_replicas.c: what heap.c does for a replica. Faithful, calls and memory reach it as they are; guarded, what its original's defects
 * need is refused. A probe that records its arguments stands for the first, the replicas' known defects for both. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "policy_support.h"

static _Alignas(4096) uint8_t memory[1u << 18], second[16384];
static _Alignas(8) uint8_t state[SUPPORT_STATE_BYTES];

/* ---- the probe: serves every request near offset 16, and remembers ---- */

static struct {
    struct heap_region region;
    uint32_t size, align;
    struct heap_layout layout;
    int says; /* realloc's heap->error */
} seen;

static int probe_init(struct heap *heap)
{
    seen.region = heap->regions[0];
    heap->alignment = 8;
    heap->natural = 4;
    return HEAP_OK;
}

static int probe_add_region(struct heap *heap, uint32_t index)
{
    seen.region = heap->regions[index];
    return HEAP_OK;
}

static heap_off probe_alloc(struct heap *heap, uint32_t size, uint32_t align)
{
    seen.size = size;
    seen.align = align;
    return 16 - ((uint32_t)(uintptr_t)heap->base & 15u); /* aligned, wherever the memory begins */
}

static int probe_free(struct heap *heap, heap_off off, struct heap_layout layout)
{
    (void)heap, (void)off;
    seen.layout = layout;
    return HEAP_OK;
}

static heap_off probe_realloc(struct heap *heap, heap_off off, struct heap_layout old, uint32_t size)
{
    (void)off;
    seen.layout = old;
    seen.size = size;
    heap->error = seen.says;
    return HEAP_NONE;
}

static uint32_t probe_usable(const struct heap *heap, heap_off off)
{
    (void)heap, (void)off;
    return 8;
}

static const struct heap_replica nothing_real = {.of = "a probe", .version = "1", .keys = "probe"};
static const struct heap_policy_inspect probe_inspect = {.replica = &nothing_real};
static const struct heap_policy probe = {.name = "probe", .id = HEAP_ID('P', 'R', 'O', 'B'), .init = probe_init, .add_region = probe_add_region,
                                         .alloc = probe_alloc, .free = probe_free, .realloc = probe_realloc, .usable = probe_usable,
                                         .inspect = &probe_inspect};

static void open_probe(struct heap *heap, bool faithful, uint32_t skew)
{
    const struct heap_config config = {.policy = &probe, .state = state, .faithful = faithful};
    memset(&seen, 0, sizeof seen);
    ck_assert_int_eq(heap_init(heap, &config, memory + skew, 1001), HEAP_OK);
}

START_TEST(faithful_regions_are_as_they_were_given)
{
    struct heap heap;
    open_probe(&heap, true, 3);
    ck_assert_ptr_eq(seen.region.base, memory + 3);
    ck_assert_uint_eq(seen.region.bytes, 1001);
    ck_assert_uint_eq(seen.region.address, HEAP_NOMINAL_BASE + 3);
    ck_assert_int_eq(heap_add_region_at(&heap, second + 5, 77, 0x30000005u), HEAP_OK);
    ck_assert_uint_eq(seen.region.bytes, 77);
    ck_assert_uint_eq(seen.region.address, 0x30000005u);
    open_probe(&heap, false, 3);
    ck_assert_ptr_eq(seen.region.base, memory + 8);
    ck_assert_uint_eq(seen.region.bytes, 992); /* 1001 - 5, and then a multiple of 8 */
    ck_assert_uint_eq(seen.region.address, HEAP_NOMINAL_BASE + 8);
}
END_TEST

START_TEST(faithful_requests_arrive_raw)
{
    struct heap heap;
    open_probe(&heap, true, 0);
    ck_assert_ptr_nonnull(heap_malloc(&heap, 0));
    ck_assert(seen.size == 0 && seen.align == 4);
    ck_assert_ptr_nonnull(heap_malloc(&heap, UINT32_MAX));
    ck_assert_uint_eq(seen.size, UINT32_MAX);
    void *block = heap_aligned_alloc(&heap, 1, 5);
    ck_assert_ptr_nonnull(block);
    ck_assert(seen.size == 5 && seen.align == 1);
    ck_assert_ptr_nonnull(heap_aligned_alloc(&heap, 65536, 5));
    ck_assert_uint_eq(seen.align, 65536);
    ck_assert_ptr_null(heap_malloc(&heap, (size_t)UINT32_MAX + 1)); /* no 32-bit machine can name that; on one it is 0 */
    ck_assert_int_eq(heap_free_sized(&heap, block, (struct heap_layout){5, 1}), HEAP_OK);
    ck_assert(seen.layout.size == 5 && seen.layout.align == 1);
    ck_assert_ptr_null(heap_aligned_alloc(&heap, 3, 5));
    ck_assert_int_eq(heap_last_error(&heap), HEAP_E_ALIGNMENT);
}
END_TEST

START_TEST(guarded_requests_arrive_checked)
{
    struct heap heap;
    open_probe(&heap, false, 0);
    ck_assert_ptr_null(heap_malloc(&heap, 0));
    ck_assert_int_eq(heap_last_error(&heap), HEAP_OK);
    ck_assert_ptr_null(heap_malloc(&heap, 1000));
    ck_assert_int_eq(heap_last_error(&heap), HEAP_E_TOO_LARGE);
    ck_assert_uint_eq(seen.size, 0); /* it has not been asked */
    ck_assert_ptr_nonnull(heap_aligned_alloc(&heap, 1, 5));
    ck_assert(seen.size == 5 && seen.align == 8);
    ck_assert_ptr_null(heap_aligned_alloc(&heap, 65536, 5));
    ck_assert_uint_eq(seen.align, 8);
}
END_TEST

/* A realloc that gives the block back and returns NULL is a free, neither a failure nor a refusal; any other NULL is one. */
START_TEST(a_realloc_that_released_counts_as_a_free)
{
    struct heap heap;
    open_probe(&heap, true, 0);
    void *block = heap_malloc(&heap, 8);
    ck_assert_uint_eq(heap_get_counters(&heap).used_bytes, 8);
    seen.says = HEAP_RELEASED;
    ck_assert_ptr_null(heap_realloc_sized(&heap, block, (struct heap_layout){8, 4}, 0));
    ck_assert_int_eq(heap_last_error(&heap), HEAP_RELEASED);
    struct heap_counters counters = heap_get_counters(&heap);
    ck_assert(counters.frees == 1 && counters.failures == 0 && counters.refusals == 0 && counters.used_bytes == 0);
    block = heap_malloc(&heap, 8);
    seen.says = HEAP_OK;
    ck_assert_ptr_null(heap_realloc_sized(&heap, block, (struct heap_layout){8, 4}, 500));
    ck_assert_int_eq(heap_last_error(&heap), HEAP_E_NO_MEMORY);
    counters = heap_get_counters(&heap);
    ck_assert(counters.frees == 1 && counters.failures == 1 && counters.used_bytes == 8);
}
END_TEST

/* ---- nominal addresses ---- */

START_TEST(regions_that_overlap_by_address_are_refused)
{
    struct heap heap;
    const struct heap_config config = {.policy = heap_policy_find("first_fit"), .state = state, .address = 0x10000000u};
    ck_assert_int_eq(heap_init(&heap, &config, memory, 8192), HEAP_OK);
    ck_assert_uint_eq(heap.regions[0].address, 0x10000000u);
    ck_assert_int_eq(heap_add_region_at(&heap, second, 8192, 0x10001000u), HEAP_E_ARGUMENT);
    ck_assert_int_eq(heap_add_region_at(&heap, second, 8192, 0x0FFFF000u), HEAP_E_ARGUMENT);
    ck_assert_int_eq(heap_add_region_at(&heap, memory + 4096, 8192, 0x20000000u), HEAP_E_ARGUMENT);
    ck_assert_int_eq(heap_add_region_at(&heap, second, 8192, 0xFFFFF000u), HEAP_E_ARGUMENT);
    ck_assert_uint_eq(heap.region_count, 1);
    ck_assert_int_eq(heap_add_region_at(&heap, second, 8192, 0x0FFFE000u), HEAP_OK); /* side by side by name alone */
    ck_assert_int_eq(heap_check(&heap, NULL), HEAP_OK);
    ck_assert_ptr_null(heap_malloc(&heap, 9000));
    ck_assert_ptr_nonnull(heap_malloc(&heap, 8000));
    ck_assert_ptr_nonnull(heap_malloc(&heap, 8000));
}
END_TEST

/* The same calls over memory elsewhere, named alike, leave the same bytes. */
START_TEST(the_name_decides_and_not_the_place)
{
    const struct heap_policy *policy = heap_policies[_i];
    const uint32_t arena = support_arena(policy, memory, state, 4096, sizeof memory / 4);
    uint32_t digests[2];
    if (support_has(policy, HEAP_NO_IMAGE) || arena == 0) {
        return;
    }
    for (uint32_t i = 0; i < 2; i++) {
        struct heap heap;
        uint8_t *place = memory + i * 3 * arena;
        const struct heap_config config = {.policy = policy, .state = state, .address = 0x08004000u};
        memset(memory, 0, sizeof memory);
        memset(state, 0, sizeof state);
        ck_assert_int_eq(heap_init(&heap, &config, place, arena), HEAP_OK);
        for (uint32_t k = 0; k < 20; k++) {
            void *block = heap_malloc(&heap, 1 + k * 3);
            ck_assert(block == NULL || k % 3 != 0 || heap_free_sized(&heap, block, support_layout(&heap, 1 + k * 3)) == HEAP_OK);
        }
        digests[i] = heap_digest(&heap);
    }
    ck_assert_msg(digests[0] == digests[1], "%s looks at true addresses", policy->name);
}
END_TEST

/* ---- defects ---- */

/* What the original answers to a request that it gets wrong. */
static const struct defect {
    const char *policy;
    bool is_realloc;
    uint32_t size;
    bool gives; /* a block, as a success */
} defects[] = {
    {"rtthread_smem", false, UINT32_MAX, true},          {"rtthread_smem", false, UINT32_MAX - 2, true},   {"rtthread_smem", true, UINT32_MAX, false},
    {"rtthread_memheap", false, 0, true},                {"rtthread_memheap", false, UINT32_MAX - 1, true}, {"rtthread_memheap", true, UINT32_MAX, true},
    {"mattconte_tlsf", false, UINT32_MAX, true},         {"mattconte_tlsf", false, UINT32_MAX - 2, true},  {"mattconte_tlsf", true, UINT32_C(1) << 30, false},
    {"freertos_heap_4", false, UINT32_MAX, false},       {"rtthread_slab", false, UINT32_MAX, false},
};

static void *ask(struct heap *heap, const struct defect *defect, void *block)
{
    return defect->is_realloc ? heap_realloc_sized(heap, block, support_layout(heap, 100), defect->size) : heap_malloc(heap, defect->size);
}

START_TEST(a_defect_is_replicated_faithfully_and_refused_on_guard)
{
    const struct defect *defect = &defects[_i];
    const struct heap_policy *policy = heap_policy_find(defect->policy);
    const uint32_t arena = sizeof memory;
    ck_assert_msg(policy != NULL, "%s", defect->policy);
    for (int faithful = 0; faithful < 2; faithful++) {
        struct heap heap;
        const struct heap_config config = {.policy = policy, .state = state, .faithful = faithful != 0};
        memset(memory, 0, arena);
        ck_assert_int_eq(heap_init(&heap, &config, memory, arena), HEAP_OK);
        uint8_t *block = heap_malloc(&heap, 100);
        ck_assert_ptr_nonnull(block);
        ck_assert_ptr_nonnull(heap_malloc(&heap, 40));
        memset(block, 0x6B, 100);
        const uint32_t digest = heap_digest(&heap);
        const void *got = ask(&heap, defect, block);
        ck_assert_msg((got != NULL) == (faithful != 0 && defect->gives), "%s: size %u, faithful %d", policy->name, defect->size, faithful);
        ck_assert_int_eq(heap_check(&heap, NULL), HEAP_OK);
        if (faithful == 0) {
            ck_assert_int_eq(heap_last_error(&heap), defect->size == 0 ? HEAP_OK : HEAP_E_TOO_LARGE);
            ck_assert_uint_eq(heap_digest(&heap), digest);
            ck_assert_int_eq(heap_free_sized(&heap, block, support_layout(&heap, 100)), HEAP_OK);
        }
    }
}
END_TEST

/* A block of 12 bytes that was taken for 2^32 - 1 is cleared, and nothing behind it. */
START_TEST(calloc_of_a_size_that_wraps_clears_the_block_alone)
{
    const struct heap_config config = {.policy = heap_policy_find("rtthread_smem"), .state = state, .faithful = true};
    struct heap heap;
    ck_assert_int_eq(heap_init(&heap, &config, memory, sizeof memory), HEAP_OK);
    void *block = heap_malloc(&heap, 12);
    uint8_t *behind = heap_malloc(&heap, 12);
    ck_assert(block != NULL && behind != NULL);
    memset(block, 0x6B, 12);
    memset(behind, 0x6B, 12);
    ck_assert_int_eq(heap_free_sized(&heap, block, support_layout(&heap, 12)), HEAP_OK);
    const uint8_t *cleared = heap_calloc(&heap, 1, UINT32_MAX);
    ck_assert_ptr_eq(cleared, block);
    for (uint32_t i = 0; i < 12; i++) {
        ck_assert(cleared[i] == 0 && behind[i] == 0x6B);
    }
    ck_assert_int_eq(heap_check(&heap, NULL), HEAP_OK);
}
END_TEST

/* Any bytes whatever near 2^32, guarded, on every replica, with and without an alignment: nothing happens. */
START_TEST(sizes_that_wrap_change_nothing_on_guard)
{
    const struct heap_policy *policy = heap_policies[_i];
    const uint32_t arena = support_arena(policy, memory, state, 4096, sizeof memory);
    const struct heap_config config = {.policy = policy, .state = state};
    struct heap heap;
    if (policy->inspect->replica == NULL || arena == 0) {
        return;
    }
    ck_assert_int_eq(heap_init(&heap, &config, memory, arena), HEAP_OK);
    void *block = heap_malloc(&heap, 24);
    ck_assert_ptr_nonnull(block);
    const uint32_t digest = support_digest(&heap);
    for (uint32_t k = 0; k < 300; k++) {
        const uint32_t size = UINT32_MAX - k;
        ck_assert_ptr_null(heap_malloc(&heap, size));
        ck_assert_ptr_null(heap_aligned_alloc(&heap, 8u << k % 10, size));
        ck_assert_ptr_null(heap_realloc_sized(&heap, block, support_layout(&heap, 24), size));
        ck_assert_ptr_null(heap_calloc(&heap, 2, size / 2 + 1));
    }
    ck_assert_uint_eq(support_digest(&heap), digest);
    ck_assert(support_is_sound(&heap));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("replicas");
    TCase *tests = tcase_create("replicas");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, faithful_regions_are_as_they_were_given);
    tcase_add_test(tests, faithful_requests_arrive_raw);
    tcase_add_test(tests, guarded_requests_arrive_checked);
    tcase_add_test(tests, a_realloc_that_released_counts_as_a_free);
    tcase_add_test(tests, regions_that_overlap_by_address_are_refused);
    tcase_add_loop_test(tests, the_name_decides_and_not_the_place, 0, (int)heap_policy_count);
    tcase_add_loop_test(tests, a_defect_is_replicated_faithfully_and_refused_on_guard, 0, (int)(sizeof defects / sizeof defects[0]));
    tcase_add_test(tests, calloc_of_a_size_that_wraps_clears_the_block_alone);
    tcase_add_loop_test(tests, sizes_that_wrap_change_nothing_on_guard, 0, (int)heap_policy_count);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
