/* test_bitmap_fit_map.c: the map's code. Every tiling of a small arena by used and free blocks is laid out through the public calls and
 * read back by somebody who has only the bits; so is a large block at every place in its words between all kinds of neighbours.
 *
 * A tiling is laid out whatever the policy's rules of placement are: the whole arena is taken, shrunk in place to the first block, what
 * is left is taken as a whole again, and so on; at last the blocks that shall be free are freed. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <heap/heap.h>
#include <heap/policy.h>

#include "bitmap_fit_map.h"

enum { ARENA = 4096, BLOCKS = ARENA / 16, LARGE_ARENA = 1 << 20, LARGE_BLOCKS = LARGE_ARENA / 16 };

static _Alignas(4096) uint8_t memory[LARGE_ARENA], saved[ARENA];
static _Alignas(8) uint8_t state[256];

struct tile {
    uint32_t granules;
    bool used;
};

/* What a heap should be, and is. */
struct bench {
    struct heap heap;
    struct tile tiles[BLOCKS];
    struct map_block blocks[BLOCKS];
    uint32_t count;
};

static void open_heap(struct heap *heap, uint32_t bytes)
{
    const struct heap_config config = {.policy = heap_policy_find("bitmap_fit"), .state = state};
    if (heap_init(heap, &config, memory, bytes) != HEAP_OK) {
        ck_abort_msg("no heap in %" PRIu32 " bytes", bytes);
    }
}

/* The tiles in words, for whoever has to repeat it. */
static const char *tiling(const struct bench *bench)
{
    static char text[1024];
    size_t at = 0;
    for (uint32_t i = 0; i < bench->count && at + 16 < sizeof text; i++) {
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%" PRIu32 " ", bench->tiles[i].used ? "used " : "free ", bench->tiles[i].granules);
    }
    return text;
}

static void expect(const struct bench *bench, bool good, const char *what)
{
    if (!good) {
        ck_abort_msg("%s; arena %" PRIu32 " B, granules: %s", what, bench->heap.bytes, tiling(bench));
    }
}

/* The smallest arena whose blocks begin at the same granule of a word and have `granules` granules. */
static uint32_t arena_for(uint32_t granules)
{
    uint32_t bytes = MAP_CONTROL + granules * MAP_GRANULE;
    while (true) {
        const uint32_t first = (MAP_CONTROL + map_words(bytes) * 4 + 7) / 8 * 8;
        if (first + granules * MAP_GRANULE <= bytes) {
            return first + granules * MAP_GRANULE;
        }
        bytes += MAP_GRANULE;
    }
}

static void add_tile(struct bench *bench, uint32_t granules, bool used)
{
    bench->tiles[bench->count++] = (struct tile){granules, used};
}

/* A used block in front, so that the next begins at bit `place` of a word of the map. */
static void add_spacer(struct bench *bench, uint32_t granules_behind, uint32_t place)
{
    for (uint32_t granules = 2; granules < 2 + 2 * 32; granules++) {
        const uint32_t bytes = arena_for(granules + granules_behind);
        if (((bytes / MAP_GRANULE - granules_behind) + 1) % 32 == place) {
            add_tile(bench, granules, true);
            return;
        }
    }
    ck_abort_msg("no arena has a block at bit %" PRIu32, place);
}

static void lay_out(struct bench *bench)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < bench->count; i++) {
        left += bench->tiles[i].granules;
    }
    open_heap(&bench->heap, arena_for(left));
    heap_off off = map_first(&bench->heap, 0), first = off;
    for (uint32_t i = 0; i < bench->count; i++) {
        const uint32_t granules = bench->tiles[i].granules;
        uint8_t *block = heap_malloc(&bench->heap, left * MAP_GRANULE);
        expect(bench, block != NULL && heap_offset_of(&bench->heap, block) == off, "the only free block is not given as a whole");
        expect(bench, heap_realloc(&bench->heap, block, granules * MAP_GRANULE) == block, "a block does not shrink where it is");
        off += granules * MAP_GRANULE;
        left -= granules;
    }
    for (uint32_t i = 0; i < bench->count; i++) {
        expect(bench, bench->tiles[i].used || heap_free(&bench->heap, heap_pointer_at(&bench->heap, first)) == HEAP_OK, "a live block is refused");
        first += bench->tiles[i].granules * MAP_GRANULE;
    }
}

struct walked {
    const struct bench *bench;
    uint32_t next;
    bool same;
};

static bool compare_span(void *ctx, const struct heap_span *span)
{
    struct walked *walked = ctx;
    if (span->kind == HEAP_PAYLOAD || span->kind == HEAP_FREE) {
        const struct map_block *block = &walked->bench->blocks[walked->next++];
        walked->same = walked->same && block->off == span->off && block->bytes == span->size && block->used == (span->kind == HEAP_PAYLOAD);
    }
    return true;
}

/* The map read here, the policy's walk and its check say what the tiles say. */
static void expect_tiles(struct bench *bench)
{
    uint32_t count = 0;
    heap_off off = map_first(&bench->heap, 0);
    const char *wrong = map_tells(&bench->heap, 0, bench->blocks, BLOCKS, &count);
    expect(bench, wrong == NULL, wrong);
    expect(bench, count == bench->count, "the map has other blocks than there are");
    for (uint32_t i = 0; i < count; i++) {
        const struct map_block *block = &bench->blocks[i];
        expect(bench, block->off == off && block->bytes == bench->tiles[i].granules * MAP_GRANULE && block->used == bench->tiles[i].used,
               "the map has another block than there is");
        off += block->bytes;
    }
    struct walked walked = {bench, 0, true};
    expect(bench, heap_walk(&bench->heap, compare_span, &walked) == HEAP_OK && walked.same && walked.next == count, "the walk is another");
    expect(bench, heap_check(&bench->heap, NULL) == HEAP_OK, "the check finds damage");
}

/* Of all the arena's places only live blocks' starts are taken for such, and with their size. */
static void expect_pointers(struct bench *bench)
{
    uint32_t next = 0;
    for (heap_off off = 0; off < bench->heap.bytes; off += MAP_GRANULE) {
        const bool start = next < bench->count && bench->blocks[next].off == off;
        const size_t bytes = start && bench->blocks[next].used ? bench->blocks[next].bytes : 0;
        expect(bench, heap_usable_size(&bench->heap, heap_pointer_at(&bench->heap, off)) == bytes, "a size is wrong, or a bad pointer not told");
        next += start;
    }
}

/* The tiling without the used tile `index`: it and its free neighbours become one. */
static void merge_tile(struct bench *bench, uint32_t index)
{
    uint32_t from = index, until = index + 1, granules = 0;
    from -= index > 0 && !bench->tiles[index - 1].used;
    until += until < bench->count && !bench->tiles[until].used;
    for (uint32_t i = from; i < until; i++) {
        granules += bench->tiles[i].granules;
    }
    memmove(&bench->tiles[from + 1], &bench->tiles[until], (bench->count - until) * sizeof bench->tiles[0]);
    bench->tiles[from] = (struct tile){granules, false};
    bench->count -= until - from - 1;
}

/* Every used block but the spacer is freed, each from the same image: both neighbours' states are read from the map. */
static void expect_frees(struct bench *bench)
{
    static struct bench after;
    memcpy(saved, bench->heap.base, bench->heap.bytes);
    for (uint32_t i = 1; i < bench->count; i++) {
        if (bench->tiles[i].used) {
            after = *bench;
            expect(bench, heap_free(&after.heap, heap_pointer_at(&after.heap, bench->blocks[i].off)) == HEAP_OK, "a live block is refused");
            merge_tile(&after, i);
            expect_tiles(&after);
            expect_pointers(&after);
            memcpy(bench->heap.base, saved, bench->heap.bytes);
        }
    }
}

/* Every way to go on with `left` granules. */
static uint32_t try_all(struct bench *bench, uint32_t left)
{
    static struct bench copy;
    uint32_t tilings = 0;
    if (left == 0) {
        copy = *bench;
        lay_out(&copy);
        expect_tiles(&copy);
        expect_pointers(&copy);
        expect_frees(&copy);
        return 1;
    }
    for (uint32_t granules = 2; granules <= left; granules++) {
        for (uint32_t used = bench->tiles[bench->count - 1].used ? 0 : 1; used < 2 && granules + 1 != left; used++) {
            add_tile(bench, granules, used != 0);
            tilings += try_all(bench, left - granules);
            bench->count--;
        }
    }
    return tilings;
}

/* More granules: BITMAP_FIT_GRANULES in the environment; each costs 1.9 times as much. */
static uint32_t tiled_granules(void)
{
    const char *text = getenv("BITMAP_FIT_GRANULES");
    return text != NULL ? (uint32_t)strtoul(text, NULL, 0) : 13;
}

START_TEST(every_tiling_of_a_small_arena_reads_back_at_every_place_in_a_word)
{
    static struct bench bench;
    uint32_t tilings = 0;
    for (uint32_t granules = 2; granules <= tiled_granules(); granules++) {
        bench.count = 0;
        add_spacer(&bench, granules, (uint32_t)_i);
        tilings += try_all(&bench, granules);
    }
    if (_i == 0) {
        printf("every one of %" PRIu32 " tilings at each of 32 places\n", tilings);
    }
}
END_TEST

/* ---- large blocks ---- */

enum { LONGEST = 132 };

/* A block of `granules` at bit `place` of a word, behind `before` free granules (0: a used block), in front of `behind`. */
static void try_between(uint32_t place, uint32_t granules, uint32_t before, uint32_t behind, bool last)
{
    static struct bench bench;
    bench.count = 0;
    add_spacer(&bench, before + granules + behind + (last ? 0 : 2), (place + 32 - before % 32) % 32);
    if (before != 0) {
        add_tile(&bench, before, false);
    }
    add_tile(&bench, granules, true);
    if (behind != 0) {
        add_tile(&bench, behind, false);
    }
    if (!last) {
        add_tile(&bench, 2, true);
    }
    lay_out(&bench);
    expect_tiles(&bench);
    expect_pointers(&bench);
    expect_frees(&bench);
}

START_TEST(a_block_of_any_size_reads_back_at_any_place_between_any_neighbours)
{
    static const uint32_t kinds[] = {0, 2, 3, 4, 5}; /* free 4 and 5: an end of its own; more are like 5 */
    for (uint32_t granules = 2; granules <= LONGEST; granules++) {
        for (uint32_t kind = 0; kind < 25; kind++) {
            const bool near_limit = granules >= 60 && granules <= 100;
            if (near_limit || (granules + kind) % 5 == 0) {
                try_between((uint32_t)_i, granules, kinds[kind % 5], kinds[kind / 5], (granules + kind) % 2 == 0);
            }
        }
    }
}
END_TEST

/* Grows, shrinks: in each pair of sizes around those where the size is written into the map, and where it is not. */
START_TEST(a_size_in_the_map_comes_and_goes_with_its_block)
{
    static struct bench bench;
    for (uint32_t from = 50; from <= 104; from++) {
        for (uint32_t to = 50; to <= 104; to++) {
            bench.count = 0;
            add_spacer(&bench, 150, (uint32_t)_i);
            add_tile(&bench, from, true);
            add_tile(&bench, 150 - from, false);
            lay_out(&bench);
            const heap_off off = map_first(&bench.heap, 0) + bench.tiles[0].granules * MAP_GRANULE;
            uint8_t *block = heap_pointer_at(&bench.heap, off);
            expect(&bench, heap_realloc(&bench.heap, block, to * MAP_GRANULE) == block, "a block with room behind it moves");
            bench.tiles[1].granules = to;
            bench.tiles[2].granules = 150 - to;
            expect_tiles(&bench);
        }
    }
}
END_TEST

/* ---- random programs in a large arena ---- */

struct program {
    struct heap heap;
    uint32_t sizes[LARGE_ARENA / 8]; /* what was asked for at each granule; 0: nothing begins there */
    heap_off live[LARGE_BLOCKS];
    uint32_t count, random, seed;
};

static uint32_t draw(struct program *program, uint32_t below)
{
    program->random ^= program->random << 13;
    program->random ^= program->random >> 17;
    program->random ^= program->random << 5;
    return program->random % below;
}

static void note(struct program *program, const void *block, uint32_t size)
{
    const heap_off off = heap_offset_of(&program->heap, block);
    program->sizes[off / MAP_GRANULE] = size;
    program->live[program->count++] = off;
}

static heap_off forget(struct program *program)
{
    const uint32_t index = draw(program, program->count);
    const heap_off off = program->live[index];
    program->live[index] = program->live[--program->count];
    program->sizes[off / MAP_GRANULE] = 0;
    return off;
}

static void act(struct program *program, uint32_t most)
{
    const uint32_t size = 1 + draw(program, 1u << draw(program, most)), way = draw(program, 8);
    if (way < 4 || program->count == 0) {
        void *block = way == 0 ? heap_aligned_alloc(&program->heap, 8u << draw(program, 10), size) : heap_malloc(&program->heap, size);
        if (block != NULL) {
            note(program, block, size);
        }
        return;
    }
    const heap_off off = program->live[draw(program, program->count)];
    void *block = heap_pointer_at(&program->heap, off);
    if (way < 7) {
        ck_assert_int_eq(heap_free(&program->heap, heap_pointer_at(&program->heap, forget(program))), HEAP_OK);
    } else if ((block = heap_realloc(&program->heap, block, size)) != NULL) {
        program->sizes[off / MAP_GRANULE] = 0;
        for (uint32_t i = 0; i < program->count; i++) {
            if (program->live[i] == off) {
                program->live[i] = heap_offset_of(&program->heap, block);
            }
        }
        program->sizes[heap_offset_of(&program->heap, block) / MAP_GRANULE] = size;
    }
}

static void expect_program(struct program *program)
{
    static struct map_block blocks[LARGE_BLOCKS];
    uint32_t count = 0, used = 0;
    const char *wrong = map_tells(&program->heap, 0, blocks, LARGE_BLOCKS, &count);
    for (uint32_t i = 0; i < count && wrong == NULL; i++) {
        const uint32_t size = program->sizes[blocks[i].off / MAP_GRANULE], need = size < 16 ? 16 : (size + 7) / 8 * 8;
        used += blocks[i].used;
        wrong = blocks[i].used != (size != 0) || (blocks[i].used && blocks[i].bytes - need >= 16) ? "the map and the live set differ" : NULL;
    }
    ck_assert_msg(wrong == NULL && used == program->count && heap_check(&program->heap, NULL) == HEAP_OK, "seed %" PRIu32 ": %s", program->seed,
                  wrong != NULL ? wrong : "the map and the live set differ, or the check finds damage");
}

START_TEST(the_map_of_a_large_arena_is_its_live_set)
{
    static struct program program;
    const uint32_t most = 6 + (uint32_t)_i * 3; /* sizes up to 2^most: small blocks alone, or a few that fill the arena */
    open_heap(&program.heap, LARGE_ARENA);
    program.random = program.seed = 2463534242u + (uint32_t)_i;
    for (uint32_t round = 0; round < 40; round++) {
        for (uint32_t i = 0; i < 500; i++) {
            act(&program, most);
        }
        expect_program(&program);
    }
    while (program.count != 0) {
        ck_assert_int_eq(heap_free(&program.heap, heap_pointer_at(&program.heap, forget(&program))), HEAP_OK);
    }
    expect_program(&program);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("map");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, every_tiling_of_a_small_arena_reads_back_at_every_place_in_a_word, 0, 32);
    tcase_add_loop_test(tests, a_block_of_any_size_reads_back_at_any_place_between_any_neighbours, 0, 32);
    tcase_add_loop_test(tests, a_size_in_the_map_comes_and_goes_with_its_block, 0, 32);
    tcase_add_loop_test(tests, the_map_of_a_large_arena_is_its_live_set, 0, 5);
    Suite *suite = suite_create("bitmap_fit's map");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
