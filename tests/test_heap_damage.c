/* Every single bit of what a policy keeps in the arena is flipped, one at a time: heap_check and heap_walk must come back whatever
 * they read, and heap_check must find nearly all of it. Also the observer's account of free blocks, and the checks' level. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <heap/heap.h>
#include <heap/observe.h>
#include <heap/policy.h>

#include "policy_support.h"

enum { ARENA = 1024, SPANS_MOST = 16384, FLIPPED_MOST = 4096 };

static _Alignas(4096) unsigned char memory[SUPPORT_MOST], second[2 * ARENA], state[SUPPORT_STATE_BYTES];

/* 1 KiB, or what the policy needs. */
static uint32_t arena_of(const struct heap_policy *policy)
{
    const uint32_t arena = support_arena(policy, memory, state, ARENA, sizeof memory);
    ck_assert_msg(arena != 0, "%s does nothing in %zu bytes", policy->name, sizeof memory);
    return arena;
}

static void add_second(struct heap *heap)
{
    const int error = heap_add_region(heap, second, sizeof second);
    ck_assert_msg(error == HEAP_OK || error == HEAP_E_UNSUPPORTED || error == HEAP_E_TOO_SMALL, "%s: %s", heap->policy->name,
                  heap_error_text(error));
}

struct map {
    struct heap_span spans[SPANS_MOST];
    uint32_t count;
};

static bool keep(void *ctx, const struct heap_span *span)
{
    struct map *map = ctx;
    ck_assert_uint_lt(map->count, SPANS_MOST);
    map->spans[map->count++] = *span;
    return true;
}

static bool pass(void *ctx, const struct heap_span *span)
{
    (void)ctx, (void)span;
    return true;
}

static void open_used(struct heap *heap, const struct heap_policy *policy)
{
    const struct heap_config config = {.policy = policy, .state = state};
    void *blocks[24];
    const uint32_t arena = arena_of(policy);
    memset(memory, 0, arena);
    memset(second, 0, sizeof second);
    ck_assert_int_eq(heap_init(heap, &config, memory, arena), HEAP_OK);
    add_second(heap);
    for (size_t i = 0; i < 24; i++) {
        blocks[i] = heap_malloc(heap, 8 + i % 5 * 12);
    }
    for (size_t i = 0; i < 24; i += 3) {
        ck_assert_int_eq(heap_free_sized(heap, blocks[i], support_layout(heap, 8 + i % 5 * 12)), HEAP_OK);
    }
}

struct tally {
    uint32_t flips, found;
};

static void flip_bytes(struct heap *heap, unsigned char *bytes, uint32_t count, struct tally *tally)
{
    count = count < FLIPPED_MOST ? count : FLIPPED_MOST; /* a long table: its beginning */
    for (uint32_t bit = 0; bit < count * 8; bit++) {
        const unsigned char mask = (unsigned char)(1u << bit % 8);
        bytes[bit / 8] ^= mask;
        heap_off where = 0;
        tally->flips++;
        tally->found += heap_check(heap, &where) == HEAP_E_CORRUPT;
        (void)heap_walk(heap, pass, NULL);
        bytes[bit / 8] ^= mask;
    }
}

static void flip_all(struct heap *heap, heap_off from, uint32_t bytes, struct tally *tally)
{
    flip_bytes(heap, heap_pointer_at(heap, from), bytes, tally);
}

/* Memory that was never in use may hold no links. */
static bool holds_something(const struct heap *heap, const struct heap_span *span)
{
    static const unsigned char nothing[8];
    return memcmp(heap_pointer_at(heap, span->off), nothing, span->size < 8 ? span->size : 8) != 0;
}

START_TEST(single_bit_flips_are_survived_and_found)
{
    const struct heap_policy *policy = heap_policies[_i];
    struct heap heap;
    static struct map map;
    struct tally control = {0, 0}, header = {0, 0}, links = {0, 0}, apart = {0, 0};
    if (support_has(policy, HEAP_NO_IMAGE)) {
        return; /* nothing of its own to damage */
    }
    open_used(&heap, policy);
    map.count = 0;
    ck_assert_int_eq(heap_walk(&heap, keep, &map), HEAP_OK);
    for (uint32_t i = 0; i < map.count; i++) {
        const struct heap_span *span = &map.spans[i];
        if (span->kind == HEAP_CONTROL) {
            flip_all(&heap, span->off, span->size, &control);
        } else if (span->kind == HEAP_HEADER) {
            flip_all(&heap, span->off, span->size, &header);
        } else if (span->kind == HEAP_FREE && (policy->inspect->traits & HEAP_FREES) != 0 && holds_something(&heap, span)) {
            flip_all(&heap, span->off, 4, &links);
        }
    }
    flip_bytes(&heap, heap.state, policy->state_bytes, &apart); /* with the original's statistics, which can be anything */
    ck_assert_int_eq(heap_check(&heap, NULL), HEAP_OK);
    printf("%-22s control %" PRIu32 " of %" PRIu32 ", headers %" PRIu32 " of %" PRIu32 ", links %" PRIu32 " of %" PRIu32 ", apart %" PRIu32
           " of %" PRIu32 " found\n", policy->name, control.found, control.flips, header.found, header.flips, links.found, links.flips,
           apart.found, apart.flips);
    ck_assert_uint_ge(header.found * 100, header.flips * 99); /* a size that swallows whole neighbours looks right */
    ck_assert_uint_ge(links.found * 100, links.flips * (support_has(policy, HEAP_NEEDS_LAYOUT) ? 95u : 100u)); /* no headers: any place may be free */
}
END_TEST

/* ---- what the observer hears ---- */

struct account {
    uint64_t bytes;
    uint32_t blocks, steps;
    bool negative;
};

static void added(void *ctx, heap_off off, uint32_t bytes)
{
    struct account *account = ctx;
    (void)off;
    account->bytes += bytes;
    account->blocks++;
}

static void removed(void *ctx, heap_off off, uint32_t bytes)
{
    struct account *account = ctx;
    (void)off;
    account->negative = account->negative || account->blocks == 0 || account->bytes < bytes;
    account->bytes -= bytes;
    account->blocks--;
}

static void stepped(void *ctx, enum heap_step step, heap_off off, uint32_t bytes)
{
    (void)step, (void)off, (void)bytes;
    ((struct account *)ctx)->steps++;
}

static bool count_free(void *ctx, const struct heap_span *span)
{
    struct account *account = ctx;
    account->bytes += span->kind == HEAP_FREE ? span->size : 0;
    account->blocks += span->kind == HEAP_FREE;
    return true;
}

START_TEST(observer_hears_of_every_free_block)
{
    const struct heap_policy *policy = heap_policies[_i];
    const struct heap_config config = {.policy = policy, .state = state};
    struct heap heap;
    struct account heard = {0, 0, 0, false};
    const struct heap_observer observer = {&heard, stepped, added, removed};
    void *blocks[40] = {NULL};
    size_t sizes[40] = {0};
    uint32_t random = 7;
    ck_assert_int_eq(heap_init(&heap, &config, memory, arena_of(policy)), HEAP_OK);
    ck_assert_int_eq(heap_walk(&heap, count_free, &heard), HEAP_OK);
    heap.observer = &observer;
    for (int i = 0; i < 3000; i++) {
        random = random * 1664525u + 1013904223u;
        void **block = &blocks[random >> 16 & 31u];
        size_t *held = &sizes[random >> 16 & 31u];
        const size_t size = 1 + (random >> 8) % 60;
        if (i == 1500) {
            add_second(&heap);
        } else if (*block == NULL) {
            *block = random >> 31 != 0 ? heap_aligned_alloc(&heap, heap.natural, size) : heap_malloc(&heap, size);
            *held = size;
        } else if (random >> 30 == 0) {
            void *moved = heap_realloc_sized(&heap, *block, support_layout(&heap, *held), size);
            *block = moved != NULL ? moved : *block;
            *held = moved != NULL ? size : *held;
        } else {
            ck_assert_int_eq(heap_free_sized(&heap, *block, support_layout(&heap, *held)), HEAP_OK);
            *block = NULL;
        }
        struct account seen = {0, 0, 0, false};
        ck_assert_int_eq(heap_walk(&heap, count_free, &seen), HEAP_OK);
        ck_assert_msg(!heard.negative && seen.bytes == heard.bytes && seen.blocks == heard.blocks, "%s: heard of %u blocks, there are %u",
                      policy->name, heard.blocks, seen.blocks);
    }
    ck_assert(heap.steps > 0 || support_has(policy, HEAP_NO_IMAGE));
    ck_assert_uint_eq(heard.steps > 0, heap.steps > 0);
}
END_TEST

/* The detectors' own test: switched off, what they find goes unseen. */
START_TEST(checks_can_be_switched_off)
{
    const struct heap_policy *policy = heap_policies[_i];
    if (!support_has(policy, HEAP_FINDS_DOUBLE_FREE)) {
        return;
    }
    const uint32_t arena = arena_of(policy);
    for (uint32_t checks = HEAP_CHECKS_NONE; checks <= HEAP_CHECKS_BASIC; checks++) {
        const struct heap_config config = {.policy = policy, .checks = checks, .state = state};
        struct heap heap;
        memset(memory, 0, arena);
        ck_assert_int_eq(heap_init(&heap, &config, memory, arena), HEAP_OK);
        void *block = heap_malloc(&heap, 40);
        ck_assert_ptr_nonnull(heap_malloc(&heap, 40));
        ck_assert_int_eq(heap_free_sized(&heap, block, support_layout(&heap, 40)), HEAP_OK);
        const size_t usable = heap_usable_size(&heap, block);
        ck_assert(checks == HEAP_CHECKS_BASIC ? usable == 0 : usable != 0 || policy->inspect->replica != NULL);
        unsigned char outside[16] = {0};
        ck_assert_int_eq(heap_free(&heap, outside), HEAP_E_FOREIGN);
    }
}
END_TEST

/* What a damaged boundary tag makes of a live block: found before it does harm. */
START_TEST(damaged_neighbour_is_found_by_free)
{
    const struct heap_policy *policy = heap_policies[_i];
    if (!support_has(policy, HEAP_COALESCES | HEAP_FREES | HEAP_ALIGNS_4) || policy->inspect->replica != NULL) {
        return; /* not the tags of src/tagged.h */
    }
    struct heap heap;
    const struct heap_config config = {.policy = policy, .state = state};
    ck_assert_int_eq(heap_init(&heap, &config, memory, ARENA), HEAP_OK);
    unsigned char *first = heap_malloc(&heap, 40), *block = heap_malloc(&heap, 40);
    ck_assert_ptr_nonnull(heap_malloc(&heap, 40));
    ck_assert_int_eq(heap_free(&heap, first), HEAP_OK);
    block[-8] ^= 0x40; /* the free neighbour's size, as a write after free would leave it */
    const uint32_t digest = heap_digest(&heap);
    ck_assert_int_eq(heap_free(&heap, block), HEAP_E_CORRUPT);
    ck_assert_ptr_null(heap_realloc(&heap, block, 100));
    ck_assert_int_eq(heap_last_error(&heap), HEAP_E_CORRUPT);
    ck_assert_uint_eq(heap_digest(&heap), digest);
    ck_assert_int_eq(heap_check(&heap, NULL), HEAP_E_CORRUPT);
}
END_TEST

START_TEST(bad_parameters_are_refused)
{
    static const struct {
        const char *policy;
        uint32_t value;
    } bad[] = {{"tlsf", 3}, {"tlsf", 2}, {"tlsf", 12}, {"tlsf", 64}, {"pool", (1u << 24) + 1}, {"pool", UINT32_MAX}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct heap_config config = {.policy = heap_policy_find(bad[i].policy), .params = {bad[i].value}};
        struct heap heap;
        ck_assert_int_eq(heap_init(&heap, &config, memory, ARENA), HEAP_E_ARGUMENT);
    }
    for (uint32_t sl = 4; sl <= 32; sl *= 2) {
        const struct heap_config config = {.policy = heap_policy_find("tlsf"), .params = {sl}};
        struct heap heap;
        ck_assert_int_eq(heap_init(&heap, &config, second, sizeof second), HEAP_OK);
        ck_assert_ptr_nonnull(heap_malloc(&heap, 500));
        ck_assert_int_eq(heap_check(&heap, NULL), HEAP_OK);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("heap_damage");
    TCase *cases = tcase_create("damage");
    tcase_set_timeout(cases, 120);
    tcase_add_loop_test(cases, single_bit_flips_are_survived_and_found, 0, (int)heap_policy_count);
    tcase_add_loop_test(cases, observer_hears_of_every_free_block, 0, (int)heap_policy_count);
    tcase_add_loop_test(cases, checks_can_be_switched_off, 0, (int)heap_policy_count);
    tcase_add_loop_test(cases, damaged_neighbour_is_found_by_free, 0, (int)heap_policy_count);
    tcase_add_test(cases, bad_parameters_are_refused);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
