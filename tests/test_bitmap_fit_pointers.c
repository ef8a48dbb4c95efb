/* test_bitmap_fit_pointers.c: pointers that nobody may free, and damage.
 *
 * After every step of random programs, every place of the arena is freed, reallocated and asked for its size: where no live block
 * begins (never one, not any more, swallowed by a neighbour, in the map, in a large block's own map words) it is refused and nothing
 * changes. Owners write what could deceive: codes, sizes, footers, links. Then every single bit of what the policy keeps is flipped. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <heap/heap.h>
#include <heap/policy.h>

#include "bitmap_fit_map.h"

enum { ARENA = 4096, ADDED = 512, REGIONS = 3, ALL = ARENA + (REGIONS - 1) * ADDED, BLOCKS = ALL / 16 };

/* Regions apart from each other, each with strangers' memory around it. */
static _Alignas(4096) uint8_t memory[REGIONS][ARENA + 64];
static _Alignas(8) uint8_t state[256];

struct subject {
    struct heap heap;
    bool cells;
    uint32_t runs; /* seen */
    uint32_t bytes[ALL / 8]; /* asked for, of the block that begins at each granule; 0: none does */
    uint32_t random;
};

static uint32_t draw(struct subject *subject, uint32_t below)
{
    subject->random ^= subject->random << 13;
    subject->random ^= subject->random >> 17;
    subject->random ^= subject->random << 5;
    return subject->random % below;
}

static void open_subject(struct subject *subject, bool cells, uint32_t arena, uint32_t regions, uint32_t seed)
{
    const struct heap_policy *policy = heap_policy_find("bitmap_fit");
    const struct heap_config config = {.policy = policy, .params = {cells ? 2 : 1}, .state = state, .checks = HEAP_CHECKS_BASIC};
    memset(subject, 0, sizeof *subject);
    subject->cells = cells;
    memset(memory, 0x5A, sizeof memory);
    subject->random = 2463534242u + seed * 7919u;
    ck_assert_int_eq(heap_init(&subject->heap, &config, memory[0], arena), HEAP_OK);
    for (uint32_t i = 1; i < regions; i++) {
        ck_assert_int_eq(heap_add_region(&subject->heap, memory[i], ADDED), HEAP_OK);
    }
}

/* What could be taken for something: a free block's words, a map full of starts, a size with the mark of a large block. */
static void deceive(struct subject *subject, uint32_t *words, uint32_t count)
{
    static const uint32_t lies[] = {0xFFFFFFFFu, 0, 1, 31, 17, 16, 0x55555555u, 0xAAAAAAAAu};
    const uint32_t way = draw(subject, 12);
    for (uint32_t i = 0; i < count; i++) {
        words[i] = way < 8     ? lies[way]
                   : way == 8  ? count * 4
                   : way == 9  ? (count / 2) << 6 | 63u
                   : way == 10 ? count * 4 + 1
                               : draw(subject, UINT32_MAX);
    }
}

static heap_off pick(struct subject *subject)
{
    const uint32_t granules = subject->heap.bytes / MAP_GRANULE, from = draw(subject, granules);
    for (uint32_t i = 0; i < granules; i++) {
        if (subject->bytes[(from + i) % granules] != 0) {
            return (from + i) % granules * MAP_GRANULE;
        }
    }
    return HEAP_NONE;
}

static void now_live(struct subject *subject, uint32_t *block, uint32_t size)
{
    subject->bytes[heap_offset_of(&subject->heap, block) / MAP_GRANULE] = size;
    deceive(subject, block, (uint32_t)heap_usable_size(&subject->heap, block) / 4);
}

static void act(struct subject *subject, uint32_t most)
{
    const bool small = subject->cells && draw(subject, 3) != 0;
    const uint32_t size = 1 + draw(subject, small ? 8 : draw(subject, 4) == 0 ? most : 64), way = draw(subject, small ? 7 : 9);
    const heap_off off = pick(subject);
    if (way < 4 || off == HEAP_NONE) {
        void *block = way == 0 ? heap_aligned_alloc(&subject->heap, 8u << draw(subject, 6), size) : heap_malloc(&subject->heap, size);
        if (block != NULL) {
            now_live(subject, block, size);
        }
        return;
    }
    void *block = heap_pointer_at(&subject->heap, off);
    if (way < 7) {
        ck_assert_int_eq(heap_free(&subject->heap, block), HEAP_OK);
        subject->bytes[off / MAP_GRANULE] = 0;
    } else if ((block = heap_realloc(&subject->heap, block, size)) != NULL) {
        subject->bytes[off / MAP_GRANULE] = 0;
        now_live(subject, block, size);
    }
}

/* NULL: refused as it should be, by all that take a pointer. */
static const char *refusal(struct heap *heap, void *pointer, int error)
{
    return heap_free(heap, pointer) != error                                          ? "free takes a pointer that it should refuse"
           : heap_realloc(heap, pointer, 8) != NULL || heap_last_error(heap) != error ? "realloc takes a pointer that it should refuse"
           : heap_usable_size(heap, pointer) != 0                                     ? "a pointer that is none has a size"
                                                                                      : NULL;
}

static void expect_refusals(struct subject *subject, uint32_t round)
{
    static uint8_t before[REGIONS][sizeof memory[0]];
    const char *wrong = NULL;
    heap_off off = 0;
    memcpy(before, memory, sizeof memory);
    for (; off < subject->heap.bytes && wrong == NULL; off += MAP_GRANULE) {
        uint8_t *pointer = heap_pointer_at(&subject->heap, off);
        if (subject->bytes[off / MAP_GRANULE] == 0) {
            wrong = refusal(&subject->heap, pointer, HEAP_E_NOT_LIVE);
        } else if (heap_usable_size(&subject->heap, pointer) < subject->bytes[off / MAP_GRANULE]) {
            wrong = "a live block is smaller than was asked for";
        }
        const uint32_t odd = 1 + off / MAP_GRANULE % 7;
        wrong = wrong != NULL ? wrong : refusal(&subject->heap, pointer + odd, HEAP_E_MISALIGNED);
    }
    for (uint32_t i = 0; i < subject->heap.region_count && wrong == NULL; i++) { /* what lies around is nobody's */
        const struct heap_region *region = &subject->heap.regions[i];
        wrong = refusal(&subject->heap, region->base + region->bytes, HEAP_E_FOREIGN);
        wrong = wrong != NULL ? wrong : refusal(&subject->heap, state, HEAP_E_FOREIGN);
    }
    if (wrong == NULL && memcmp(before, memory, sizeof memory) != 0) {
        wrong = "a refused call changed something";
    }
    if (wrong != NULL) {
        ck_abort_msg("%s; seed %d, step %" PRIu32 ", offset %" PRIu32, wrong, (int)subject->random, round, off);
    }
}

/* The live set is what each region's map says. */
static void expect_map(struct subject *subject)
{
    static struct map_block blocks[BLOCKS];
    for (uint32_t region = 0; region < subject->heap.region_count; region++) {
        uint32_t count = 0;
        const char *wrong = map_tells(&subject->heap, region, blocks, BLOCKS, &count);
        for (uint32_t i = 0; i < count && wrong == NULL; i++) {
            uint32_t live = 0;
            for (uint32_t cell = 0; cell < (blocks[i].run ? 10u : 1u); cell++) {
                live += subject->bytes[blocks[i].off / MAP_GRANULE + cell] != 0;
            }
            subject->runs += blocks[i].run;
            wrong = blocks[i].used == (live != 0) ? NULL : "the map and the live set differ";
        }
        if (wrong != NULL) {
            ck_abort_msg("region %" PRIu32 ": %s", region, wrong);
        }
    }
    if (heap_check(&subject->heap, NULL) != HEAP_OK) {
        ck_abort_msg("the check finds damage");
    }
}

START_TEST(only_live_blocks_starts_are_taken_whatever_owners_write)
{
    static struct subject subject;
    const uint32_t regions = _i % 3 == 2 ? REGIONS : 1;
    const uint32_t arena = _i % 3 == 1 ? ARENA : 1024, most = _i % 3 == 1 ? 1100 : 300; /* 520 bytes and up: sizes in the map */
    open_subject(&subject, _i >= 12, arena, regions, (uint32_t)_i);
    for (uint32_t round = 0; round < (arena == ARENA ? 500 : 1500); round++) {
        act(&subject, most);
        expect_refusals(&subject, round);
        expect_map(&subject);
    }
    ck_assert(subject.runs != 0 || !subject.cells);
}
END_TEST

/* Until the same start is handed out: the memory may be part of any other live block meanwhile, at any distance from its start. */
START_TEST(a_freed_start_is_refused_inside_every_block_that_takes_its_memory)
{
    static struct subject subject;
    for (uint32_t size = 16; size <= 2400; size += 8) {
        open_subject(&subject, size % 16 == 0, ARENA, 1, size);
        uint8_t *first = heap_malloc(&subject.heap, heap_policy_find("bitmap_fit")->inspect->largest_request(&subject.heap));
        ck_assert_ptr_nonnull(first);
        ck_assert_ptr_eq(heap_realloc(&subject.heap, first, size), first);
        uint8_t *second = heap_malloc(&subject.heap, heap_policy_find("bitmap_fit")->inspect->largest_request(&subject.heap));
        ck_assert_ptr_eq(second, first + size);
        ck_assert_int_eq(heap_free(&subject.heap, second), HEAP_OK);
        ck_assert_int_eq(heap_free(&subject.heap, second), HEAP_E_NOT_LIVE);
        for (uint32_t grown = size + 16; grown <= size + 704; grown += 8) { /* the start wanders through the grown block's map words */
            ck_assert(heap_realloc(&subject.heap, first, grown) == first);
            deceive(&subject, (uint32_t *)(void *)first, grown / 4);
            if (refusal(&subject.heap, second, HEAP_E_NOT_LIVE) != NULL) {
                ck_abort_msg("a freed start is taken inside a block of %" PRIu32 " bytes that begins %" PRIu32 " before it", grown, size);
            }
        }
        ck_assert_int_eq(heap_free(&subject.heap, first), HEAP_OK);
        ck_assert_int_eq(heap_free(&subject.heap, first), HEAP_E_NOT_LIVE);
        ck_assert_int_eq(heap_free(&subject.heap, second), HEAP_E_NOT_LIVE);
        size += size > 600 ? 40 : 0;
    }
}
END_TEST

/* ---- damage ---- */

struct tally {
    uint32_t flips, found;
};

/* Does the flipped bit of the map still leave a code, with the same free blocks? Only a boundary between used blocks does: it tells
 * nothing but itself, and there is no second copy of it. */
static bool moves_a_used_boundary(const struct subject *subject, const struct map_block *before, uint32_t count)
{
    static struct map_block after[BLOCKS];
    const char *wrong = NULL;
    const uint32_t now = map_read(&subject->heap, 0, after, BLOCKS, &wrong);
    uint32_t i = 0, j = 0, free_before = 0, free_now = 0;
    for (; i < count; i++) {
        free_before += before[i].used ? 0 : before[i].off ^ before[i].bytes << 12;
    }
    for (; j < now; j++) {
        free_now += after[j].used ? 0 : after[j].off ^ after[j].bytes << 12;
    }
    return wrong == NULL && map_marks(&subject->heap, 0, after, now) == NULL && free_before == free_now && now != count;
}

static void flip(struct subject *subject, uint32_t off, uint32_t bytes, const struct map_block *blocks, uint32_t count, struct tally *tally)
{
    const bool in_map = blocks != NULL;
    for (uint32_t bit = 0; bit < bytes * 8; bit++) {
        uint8_t *byte = subject->heap.base + off + bit / 8;
        const uint8_t was = *byte;
        *byte = (uint8_t)(was ^ 1u << bit % 8);
        const bool found = heap_check(&subject->heap, NULL) == HEAP_E_CORRUPT;
        tally->flips++;
        tally->found += found;
        if (found == (in_map && moves_a_used_boundary(subject, blocks, count))) {
            ck_abort_msg("bit %" PRIu32 " of the byte at %" PRIu32 " flipped: %s", bit % 8, off + bit / 8, found ? "said to be damage" : "not found");
        }
        *byte = was;
    }
}

/* Every bit of the bins, of the free blocks' words, and of the map, but for used blocks' boundaries. */
START_TEST(every_flipped_bit_is_found_but_a_boundary_of_used_blocks)
{
    static struct subject subject;
    static struct map_block blocks[BLOCKS];
    struct tally control = {0, 0}, map = {0, 0}, words = {0, 0};
    for (uint32_t seed = 0; seed < 12; seed++) {
        uint32_t count = 0;
        open_subject(&subject, false, seed % 2 == 0 ? 1024 : 2048, 1, seed);
        for (uint32_t i = 0; i < 200; i++) {
            act(&subject, seed % 2 == 0 ? 200 : 900);
        }
        const char *wrong = map_tells(&subject.heap, 0, blocks, BLOCKS, &count);
        ck_assert_msg(wrong == NULL, "%s", wrong);
        flip(&subject, 0, MAP_CONTROL, NULL, 0, &control);
        flip(&subject, MAP_CONTROL, map_words(subject.heap.bytes) * 4, blocks, count, &map);
        for (uint32_t i = 0; i < count; i++) {
            if (!blocks[i].used) {
                flip(&subject, blocks[i].off, 12, NULL, 0, &words);
                flip(&subject, blocks[i].off + blocks[i].bytes - 4, 4, NULL, 0, &words);
            }
        }
    }
    printf("flipped bits found: control %" PRIu32 " of %" PRIu32 ", free blocks' words %" PRIu32 " of %" PRIu32 ", map %" PRIu32 " of %" PRIu32 "\n",
           control.found, control.flips, words.found, words.flips, map.found, map.flips);
}
END_TEST

static bool pass(void *ctx, const struct heap_span *span) { return (void)ctx, span->size != 0; }

/* In memory of its own, where a sanitizer sees every byte read beside it; payload is zero, so that no end is found there by luck. */
START_TEST(check_and_walk_come_back_from_any_damage)
{
    static struct subject subject;
    const struct heap_config config = {.policy = heap_policy_find("bitmap_fit"), .state = state};
    const uint32_t bytes = _i % 4 == 0 ? 2048 : 512;
    uint8_t *arena = aligned_alloc(4096, 4096), *last = arena + 4096 - bytes, *whole = malloc(bytes);
    memset(last, 0, bytes);
    ck_assert_int_eq(heap_init(&subject.heap, &config, last, bytes), HEAP_OK);
    void *blocks[32];
    for (uint32_t i = 0; i < 32; i++) {
        blocks[i] = heap_calloc(&subject.heap, 1, bytes / 40 + i);
    }
    for (uint32_t i = 0; i < 32 && _i < 10; i += 1 + (uint32_t)_i % 5) {
        ck_assert_int_eq(heap_free(&subject.heap, blocks[i]), HEAP_OK);
    }
    while (_i >= 10 && heap_calloc(&subject.heap, 1, 16 + 100 * (uint32_t)(_i % 3)) != NULL) { /* nothing is free: no end of a block behind the map */
    }
    memcpy(whole, last, bytes);
    subject.random = 88172645u + (uint32_t)_i;
    for (uint32_t round = 0; round < 4000; round++) {
        memcpy(last, whole, bytes);
        for (uint32_t i = 0; i <= round % 8; i++) {
            const uint32_t from = round % 2 == 0 ? MAP_CONTROL : 0, until = round % 2 == 0 ? map_first(&subject.heap, 0) : bytes;
            last[from + draw(&subject, until - from)] = (uint8_t)(round % 3 == 0 ? 0 : draw(&subject, 256));
        }
        (void)heap_check(&subject.heap, NULL);
        (void)heap_walk(&subject.heap, pass, NULL);
    }
    free(whole);
    free(arena);
}
END_TEST

/* One used block, all of its bytes 0, and the mark behind it gone: nothing in the arena says where it ends. */
START_TEST(check_and_walk_come_back_without_an_end)
{
    const struct heap_config config = {.policy = heap_policy_find("bitmap_fit"), .state = state};
    for (uint32_t bytes = 256; bytes <= 2048; bytes += 8) {
        struct heap heap;
        uint8_t *arena = aligned_alloc(4096, 4096), *last = arena + 4096 - bytes;
        memset(last, 0, bytes);
        ck_assert_int_eq(heap_init(&heap, &config, last, bytes), HEAP_OK);
        void *block = heap_calloc(&heap, 1, heap.policy->inspect->largest_request(&heap));
        ck_assert_ptr_nonnull(block);
        last[MAP_CONTROL + (bytes / MAP_GRANULE + 1) / 8] = 0;
        ck_assert_int_eq(heap_check(&heap, NULL), HEAP_E_CORRUPT);
        ck_assert_int_eq(heap_walk(&heap, pass, NULL), HEAP_E_CORRUPT);
        free(arena);
    }
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("pointers");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, only_live_blocks_starts_are_taken_whatever_owners_write, 0, 30);
    tcase_add_test(tests, a_freed_start_is_refused_inside_every_block_that_takes_its_memory);
    tcase_add_test(tests, every_flipped_bit_is_found_but_a_boundary_of_used_blocks);
    tcase_add_loop_test(tests, check_and_walk_come_back_from_any_damage, 0, 16);
    tcase_add_test(tests, check_and_walk_come_back_without_an_end);
    Suite *suite = suite_create("bitmap_fit's pointers");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
