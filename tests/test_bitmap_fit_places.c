/* test_bitmap_fit_places.c: where blocks lie and what is in them. realloc between all kinds of neighbours, down into the block before
 * too; alignments up to 4096; several regions, and one that joins when memory runs out; gigabytes. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <heap/heap.h>
#include <heap/policy.h>

#include "bitmap_fit_map.h"

enum { ARENA = 64 << 10, BLOCKS = ARENA / 16, REGIONS = 4 };

static _Alignas(4096) uint8_t memory[REGIONS][ARENA], before[ARENA];
static _Alignas(8) uint8_t state[256];

static void open_heap(struct heap *heap, uint32_t alignment, void *at, uint32_t bytes)
{
    const struct heap_config config = {.policy = heap_policy_find("bitmap_fit"), .state = state, .alignment = alignment};
    ck_assert_int_eq(heap_init(heap, &config, at, bytes), HEAP_OK);
}

static void fill(uint8_t *block, uint32_t bytes, uint32_t seed)
{
    for (uint32_t i = 0; i < bytes; i++) {
        block[i] = (uint8_t)(seed + i * 7 + i / 256);
    }
}

static bool is_filled(const uint8_t *block, uint32_t bytes, uint32_t seed)
{
    for (uint32_t i = 0; i < bytes; i++) {
        if (block[i] != (uint8_t)(seed + i * 7 + i / 256)) {
            return false;
        }
    }
    return true;
}

/* The region's map tells `count` blocks. */
static void expect_sound(struct heap *heap, uint32_t region)
{
    static struct map_block blocks[BLOCKS];
    uint32_t count = 0;
    const char *wrong = map_tells(heap, region, blocks, BLOCKS, &count);
    if (wrong != NULL || heap_check(heap, NULL) != HEAP_OK) {
        ck_abort_msg("region %" PRIu32 ": %s", region, wrong != NULL ? wrong : "the check finds damage");
    }
}

/* ---- realloc ---- */

static uint8_t *largest(struct heap *heap) { return heap_malloc(heap, heap->policy->inspect->largest_request(heap)); }

/* Sizes in granules: `front` free, `own` used, `back` free, then a used block to the end: nothing else is free. */
static uint8_t *between(struct heap *heap, uint32_t front, uint32_t own, uint32_t back)
{
    const uint32_t sizes[3] = {front, own, back};
    uint8_t *blocks[3] = {NULL, NULL, NULL};
    for (uint32_t i = 0; i < 3; i++) {
        if (sizes[i] != 0) {
            blocks[i] = largest(heap);
            ck_assert_ptr_eq(heap_realloc(heap, blocks[i], sizes[i] * MAP_GRANULE), blocks[i]);
        }
    }
    uint8_t *rest = largest(heap);
    fill(rest, (uint32_t)heap_usable_size(heap, rest), 99);
    ck_assert_int_eq(heap_free(heap, blocks[0]), HEAP_OK);
    ck_assert_int_eq(heap_free(heap, blocks[2]), HEAP_OK);
    fill(blocks[1], own * MAP_GRANULE, 1);
    return blocks[1];
}

static void try_realloc(uint32_t front, uint32_t own, uint32_t back, uint32_t to)
{
    struct heap heap;
    open_heap(&heap, 8, memory[0], 4096);
    uint8_t *block = between(&heap, front, own, back), *rest = block + (own + back) * MAP_GRANULE;
    const uint32_t rest_bytes = (uint32_t)heap_usable_size(&heap, rest);
    memcpy(before, memory[0], 4096);
    uint8_t *moved = heap_realloc(&heap, block, to * MAP_GRANULE);
    const bool fits = to <= front + own + back;
    const bool stays = moved == block || (moved != NULL && moved == block - front * MAP_GRANULE) || (moved != NULL && to <= front);
    const uint32_t kept = (to < own ? to : own) * MAP_GRANULE;
    const char *wrong = fits != (moved != NULL)                                       ? "a size that there is room for fails, or another does not"
                        : fits && !stays                                              ? "the block goes where nothing was free"
                        : fits && !is_filled(moved, kept, 1)                          ? "content was lost"
                        : !is_filled(rest, rest_bytes, 99)                            ? "a neighbour's content was lost"
                        : to <= own + back && moved != block                          ? "a block moves that has room where it is"
                        : !fits && memcmp(before, memory[0], 4096) != 0               ? "a failed realloc changed the image"
                        : fits && heap_usable_size(&heap, moved) < to * MAP_GRANULE   ? "the block is too small"
                        : fits && heap_usable_size(&heap, moved) >= (to + 2) * MAP_GRANULE ? "the rest was not given back"
                                                                                      : NULL;
    if (wrong != NULL) {
        ck_abort_msg("%s: free %" PRIu32 ", used %" PRIu32 ", free %" PRIu32 " granules, to %" PRIu32, wrong, front, own, back, to);
    }
    expect_sound(&heap, 0);
}

START_TEST(realloc_takes_its_neighbours_and_keeps_its_content)
{
    static const uint32_t gaps[] = {0, 2, 3, 4, 5, 9, 40, 90}, own[] = {2, 3, 4, 7, 29, 30, 31, 62, 63, 64, 65, 66, 94, 95, 96, 130};
    for (uint32_t o = 0; o < sizeof own / sizeof own[0]; o++) {
        for (uint32_t i = 0; i < 64; i++) {
            const uint32_t front = gaps[i % 8], back = gaps[i / 8], all = front + own[o] + back;
            for (uint32_t to = 2; to <= all + 2; to += 1 + (to > 6 && to + 6 < all ? (i * 5 + to) % 9 : 0)) {
                try_realloc(front, own[o], back, to);
            }
        }
    }
}
END_TEST

/* An alignment asked for at first is kept, also where the block before begins at a lesser one. */
START_TEST(realloc_keeps_alignment_and_content)
{
    struct heap heap;
    uint8_t *live[24] = {NULL};
    struct heap_layout layouts[24];
    uint32_t random = 2463534242u;
    open_heap(&heap, 8, memory[0], ARENA);
    for (uint32_t step = 0; step < 20000; step++) {
        random = random * 1664525u + 1013904223u;
        const uint32_t i = (random >> 8) % 24, size = 1 + (random >> 13) % (step % 3 == 0 ? 3000 : 300), align = 8u << (random >> 28) % 8;
        if (live[i] == NULL) {
            layouts[i] = (struct heap_layout){size, align};
            live[i] = heap_aligned_alloc(&heap, align, size);
            fill(live[i], live[i] != NULL ? size : 0, i);
        } else if (step % 4 == 0) {
            ck_assert_int_eq(heap_free_sized(&heap, live[i], layouts[i]), HEAP_OK);
            live[i] = NULL;
        } else {
            uint8_t *moved = heap_realloc_sized(&heap, live[i], layouts[i], size);
            if (moved != NULL) {
                if (!is_filled(moved, size < layouts[i].size ? size : layouts[i].size, i) || (uintptr_t)moved % layouts[i].align != 0) {
                    ck_abort_msg("step %" PRIu32 ": content or alignment was lost", step);
                }
                live[i] = moved;
                layouts[i].size = size;
                fill(moved, size, i);
            }
        }
        if (step % 16 == 0) {
            expect_sound(&heap, 0);
        }
    }
}
END_TEST

/* ---- alignment ---- */

START_TEST(every_alignment_at_every_place)
{
    for (uint32_t align = 8; align <= 4096; align *= 2) {
        for (uint32_t granules = 2; granules < 600; granules += align < 64 ? 1 : 7) { /* the block in front of the aligned one */
            struct heap heap;
            open_heap(&heap, granules % 2 == 0 ? 16 : 8, memory[0], 16384);
            const uint32_t least = heap.alignment, size = 1 + granules * 5 % 700;
            memcpy(before, memory[0], map_first(&heap, 0));
            uint8_t *front = largest(&heap);
            front = heap_realloc(&heap, front, granules * MAP_GRANULE);
            uint8_t *block = heap_aligned_alloc(&heap, align, size);
            ck_assert_ptr_nonnull(block);
            ck_assert_uint_eq((uintptr_t)block % (align > least ? align : least), 0);
            ck_assert_uint_ge(heap_usable_size(&heap, block), size);
            ck_assert_uint_lt(heap_usable_size(&heap, block), (size < 16 ? 16 : size) + least + 16);
            expect_sound(&heap, 0);
            ck_assert_int_eq(heap_free(&heap, granules % 3 == 0 ? front : block), HEAP_OK);
            ck_assert_int_eq(heap_free(&heap, granules % 3 == 0 ? block : front), HEAP_OK);
            expect_sound(&heap, 0);
            ck_assert_int_eq(memcmp(before, memory[0], map_first(&heap, 0)), 0); /* the bins and the map of the empty heap */
        }
    }
}
END_TEST

/* ---- regions ---- */

/* A heap that grows has wider bins: its free blocks of all sizes go there. */
START_TEST(free_blocks_keep_serving_when_the_heap_grows)
{
    struct heap heap;
    uint8_t *live[40], *again;
    open_heap(&heap, 8, memory[0], 40 << 10);
    for (uint32_t i = 0; i < 40; i++) {
        live[i] = heap_malloc(&heap, i % 2 == 0 ? 16 + i * i * 2 : 16);
    }
    for (uint32_t i = 0; i < 40; i += 2) {
        ck_assert_int_eq(heap_free(&heap, live[i]), HEAP_OK);
    }
    expect_sound(&heap, 0);
    ck_assert_int_eq(heap_add_region(&heap, memory[1], 20 << 10), HEAP_OK);
    expect_sound(&heap, 0);
    expect_sound(&heap, 1);
    for (uint32_t i = 0; i < 40; i += 2) {
        ck_assert_ptr_nonnull(again = heap_malloc(&heap, 16 + i * i * 2));
        ck_assert_int_eq(heap_free(&heap, again), HEAP_OK);
    }
    for (uint32_t i = 1; i < 40; i += 2) {
        ck_assert_int_eq(heap_free(&heap, live[i]), HEAP_OK);
    }
    expect_sound(&heap, 0);
}
END_TEST

struct helper {
    uint32_t asked, added, bytes;
};

static bool add_memory(void *ctx, struct heap *heap, struct heap_layout request)
{
    struct helper *helper = ctx;
    (void)request;
    helper->asked++;
    if (helper->added + 1 == REGIONS) {
        return false;
    }
    return heap_add_region(heap, memory[++helper->added], helper->bytes) == HEAP_OK;
}

START_TEST(regions_join_when_memory_runs_out)
{
    struct helper helper = {0, 0, 0};
    struct heap heap;
    uint8_t *live[2000];
    uint32_t count = 0;
    helper.bytes = 1024u << _i;
    open_heap(&heap, 8, memory[0], 512);
    heap.hooks.ctx = &helper;
    heap.hooks.out_of_memory = add_memory;
    for (uint8_t *block = NULL; count < 2000 && (block = heap_malloc(&heap, 20 + count % 7 * 40)) != NULL; count++) {
        live[count] = block;
        fill(block, 20 + count % 7 * 40, count);
    }
    ck_assert_uint_eq(heap.region_count, REGIONS);
    for (uint32_t region = 0; region < REGIONS; region++) {
        expect_sound(&heap, region);
    }
    for (uint32_t third = 0; third < 3; third++) { /* holes in every region */
        for (uint32_t i = third; i < count; i += 3) {
            ck_assert(is_filled(live[i], 20 + i % 7 * 40, i));
            ck_assert_int_eq(heap_free(&heap, live[i]), HEAP_OK);
            if (i % 32 == 0) {
                expect_sound(&heap, i / 32 % REGIONS);
            }
        }
    }
    for (uint32_t region = 0; region < REGIONS; region++) { /* each one free block again */
        static struct map_block blocks[BLOCKS];
        uint32_t blocks_now = 0;
        ck_assert_ptr_null(map_tells(&heap, region, blocks, BLOCKS, &blocks_now));
        ck_assert(blocks_now == 1 && !blocks[0].used);
    }
}
END_TEST

/* A region is taken from the size on where its map and one block have room, and used to its last granule, with nothing beside it touched. */
START_TEST(the_smallest_regions_are_used_to_their_ends)
{
    for (uint32_t bytes = 0; bytes <= 640; bytes++) {
        const uint32_t place = bytes % 16;
        struct heap heap;
        open_heap(&heap, 8, memory[0], 512);
        memset(memory[1], 0xA5, 4096);
        while (heap_malloc(&heap, 16) != NULL) {
        }
        const int error = heap_add_region(&heap, memory[1] + 64 + place, bytes);
        ck_assert_int_eq(error, heap.region_count == 2 ? HEAP_OK : HEAP_E_TOO_SMALL);
        ck_assert_int_eq(error == HEAP_OK, bytes >= 8 + 16 + (place % 8 == 0 ? 0 : 8 - place % 8));
        uint32_t blocks = 0;
        for (uint8_t *block = NULL; error == HEAP_OK && (block = heap_malloc(&heap, 16)) != NULL; blocks++) {
            ck_assert(block >= memory[1] + 64 + place && block + 16 <= memory[1] + 64 + place + bytes);
            memset(block, 0xFF, 16);
        }
        if (error == HEAP_OK) {
            ck_assert_uint_eq(blocks, (heap.regions[1].bytes - map_first(&heap, 1)) / 16);
            expect_sound(&heap, 1);
        }
        for (uint32_t i = 0; i < 1024; i++) {
            ck_assert(memory[1][i] == 0xA5 || (i >= 64 + place && i < 64 + place + bytes));
        }
    }
}
END_TEST

/* ---- gigabytes ---- */

/* The address space is reserved, and hardly any of it touched. The check would look at every granule: the map is read instead. */
START_TEST(three_gigabytes_serve_blocks_below_half_of_one)
{
    const uint32_t limit = (1u << 29) - 15, bytes = 3u << 30;
    uint8_t *arena = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), *blocks[5];
    if (arena == MAP_FAILED) {
        return; /* a machine with less */
    }
    struct heap heap;
    struct map_block spans[16];
    uint32_t count = 0;
    open_heap(&heap, 8, arena, bytes);
    ck_assert_ptr_null(heap_malloc(&heap, limit));
    ck_assert_ptr_null(heap_aligned_alloc(&heap, 4096, limit));
    ck_assert_uint_eq(heap.policy->inspect->largest_request(&heap), limit - 1);
    for (uint32_t i = 0; i < 5; i++) {
        blocks[i] = heap_malloc(&heap, limit - 1);
        ck_assert_uint_eq(heap_usable_size(&heap, blocks[i]), limit - 1);
        blocks[i][0] = blocks[i][limit - 2] = (uint8_t)(i + 1);
    }
    ck_assert_ptr_null(heap_realloc(&heap, blocks[4], limit));
    ck_assert_ptr_null(heap_realloc(&heap, blocks[0], (size_t)bytes + 1));
    ck_assert_ptr_null(map_tells(&heap, 0, spans, 16, &count));
    ck_assert_uint_eq(count, 6);
    ck_assert_int_eq(heap_free(&heap, blocks[0]), HEAP_OK);
    ck_assert_int_eq(heap_free(&heap, blocks[4]), HEAP_OK);
    ck_assert_int_eq(heap_free(&heap, blocks[2]), HEAP_OK);
    ck_assert_int_eq(heap_free(&heap, blocks[2]), HEAP_E_NOT_LIVE);
    ck_assert_ptr_null(map_tells(&heap, 0, spans, 16, &count));
    ck_assert_uint_eq(count, 5);
    ck_assert(blocks[3][0] == 4 && blocks[3][limit - 2] == 4);
    ck_assert_ptr_eq(heap_realloc(&heap, blocks[3], 100), blocks[3]);
    ck_assert_int_eq(heap_free(&heap, blocks[1]), HEAP_OK);
    ck_assert_int_eq(heap_free(&heap, blocks[3]), HEAP_OK);
    ck_assert_ptr_null(map_tells(&heap, 0, spans, 16, &count));
    ck_assert_uint_eq(count, 1);
    (void)munmap(arena, bytes);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("places");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, realloc_takes_its_neighbours_and_keeps_its_content);
    tcase_add_test(tests, realloc_keeps_alignment_and_content);
    tcase_add_test(tests, every_alignment_at_every_place);
    tcase_add_test(tests, free_blocks_keep_serving_when_the_heap_grows);
    tcase_add_loop_test(tests, regions_join_when_memory_runs_out, 0, 5);
    tcase_add_test(tests, the_smallest_regions_are_used_to_their_ends);
    tcase_add_test(tests, three_gigabytes_serve_blocks_below_half_of_one);
    Suite *suite = suite_create("bitmap_fit's places");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
