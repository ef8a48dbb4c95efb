/* test_bitmap_fit_bounds.c: no call takes more steps than a constant, whatever the heap's past and size.
 *
 * A step is a free block looked at or a list changed, as the policy tells its observer; and, so that nothing has to be taken on its
 * word, a basic block of its machine code: the policy is compiled once more with a call in each of them (heap_bitmap_fit.cmake). The worst
 * is looked for in every short program on a small arena, and in arenas up to 16 MiB by programs that are changed as long as
 * they get worse. The copying of realloc's content is not counted: it is one call of memcpy or memmove. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <heap/heap.h>
#include <heap/observe.h>
#include <heap/policy.h>

enum { ARENA_MOST = 16 << 20, GENES = 400, LIVE_MOST = GENES };
enum kind { MALLOC, ALIGNED, FREE, REALLOC, KINDS };

static const char *const kinds[KINDS] = {"malloc", "aligned", "free", "realloc"};

/* What is stated. Code: basic blocks as GCC 12 makes them at -O2, with the lab's regions and observer, of which a board has neither: the
 * worst that long searches found (171, 327, 117, 438) and a quarter more, for other compilers. */
struct cost {
    uint32_t visits, changes, code;
};
static const struct cost most[KINDS] = {{3, 2, 220}, {6, 3, 420}, {0, 3, 150}, {6, 6, 560}};

static _Alignas(4096) uint8_t memory[ARENA_MOST];
static _Alignas(8) uint8_t state[256];

/* ---- counting ---- */

static uint32_t code_run, changes_told;

void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void) { code_run++; }

static void changed(void *ctx, heap_off off, uint32_t bytes) { (void)ctx, (void)off, (void)bytes, changes_told++; }

static const struct heap_observer observer = {.free_added = changed, .free_removed = changed};

static void open_heap(struct heap *heap, uint32_t bytes)
{
    const struct heap_config config = {.policy = heap_policy_find("bitmap_fit"), .state = state, .checks = HEAP_CHECKS_BASIC};
    if (heap_init(heap, &config, memory, bytes) != HEAP_OK) {
        ck_abort_msg("no heap in %" PRIu32 " bytes", bytes);
    }
    heap->observer = &observer;
}

/* One call, its result, and what it took. The policy's functions directly: counters and hooks are not what is measured. */
static heap_off call(struct heap *heap, enum kind kind, heap_off off, struct heap_layout layout, struct cost *cost)
{
    const struct heap_policy *policy = heap->policy;
    const uint64_t before = heap->steps;
    heap_off result = 0;
    code_run = changes_told = 0;
    switch (kind) {
    case MALLOC: result = policy->alloc(heap, layout.size, heap->alignment); break;
    case ALIGNED: result = policy->alloc(heap, layout.size, layout.align); break;
    case FREE: result = policy->free(heap, off, (struct heap_layout){0, 0}) == HEAP_OK ? 0 : HEAP_NONE; break;
    default: result = policy->realloc(heap, off, (struct heap_layout){0, layout.align}, layout.size); break;
    }
    *cost = (struct cost){(uint32_t)(heap->steps - before), changes_told, code_run};
    return result;
}

static void worsen(struct cost *worst, struct cost cost)
{
    worst->visits = cost.visits > worst->visits ? cost.visits : worst->visits;
    worst->changes = cost.changes > worst->changes ? cost.changes : worst->changes;
    worst->code = cost.code > worst->code ? cost.code : worst->code;
}

#ifdef BITMAP_FIT_COUNTED
static bool is_counted(uint32_t code) { return code != 0; }
#else
static bool is_counted(uint32_t code) { return code == 0; } /* this compiler cannot */
#endif

static void expect_bounded(enum kind kind, struct cost cost, const char *where)
{
    if (cost.visits > most[kind].visits || cost.changes > most[kind].changes || cost.code > most[kind].code || !is_counted(cost.code)) {
        ck_abort_msg("%s: %s: %" PRIu32 " blocks looked at, %" PRIu32 " changes of lists, %" PRIu32 " basic blocks", where, kinds[kind], cost.visits,
                     cost.changes, cost.code);
    }
}

static void tell(const char *where, const struct cost worst[KINDS])
{
    printf("%-12s", where);
    for (uint32_t kind = 0; kind < KINDS; kind++) {
        printf("  %s %" PRIu32 "/%" PRIu32 "/%" PRIu32, kinds[kind], worst[kind].visits, worst[kind].changes, worst[kind].code);
    }
    printf("  (looked at/changed/basic blocks)\n");
    fflush(stdout);
}

/* ---- programs ---- */

/* A call in any heap: sizes are 2^(size / 8) and so many eighths, blocks are named by their place among the live ones. */
struct gene {
    uint8_t kind, size, align;
    uint16_t which;
};

struct run {
    struct heap heap;
    heap_off live[LIVE_MOST];
    uint32_t count;
    struct cost worst[KINDS];
    uint64_t sum; /* of all calls' basic blocks: the way to worse ones */
};

static uint32_t size_of(struct gene gene) { return ((8u + gene.size % 8) << (gene.size / 8)) / 8 + gene.which % 16; }

static void apply(struct run *run, struct gene gene, const char *where)
{
    const enum kind kind = gene.kind >= FREE && run->count == 0 ? MALLOC : (enum kind)gene.kind;
    const uint32_t index = run->count == 0 ? 0 : gene.which % run->count, size = size_of(gene);
    struct cost cost;
    if (kind < FREE && (run->count == LIVE_MOST || size >= run->heap.bytes)) {
        return;
    }
    const struct heap_layout layout = {size < run->heap.bytes ? size : 1, kind == MALLOC || kind == FREE || gene.align < 3 ? 0 : 1u << gene.align};
    const heap_off off = call(&run->heap, kind == ALIGNED && layout.align < 8 ? MALLOC : kind, run->live[index], layout, &cost);
    expect_bounded(kind, cost, where);
    worsen(&run->worst[kind], cost);
    run->sum += cost.code;
    if (kind == FREE) {
        run->live[index] = run->live[--run->count];
    } else if (off != HEAP_NONE) {
        run->live[kind == REALLOC ? index : run->count++] = off;
    }
}

/* ---- every short program ---- */

/* All that `depth` more calls can do; the image is put back after each. */
static void try_all(const struct run *from, uint32_t bytes, uint32_t depth, struct cost worst[KINDS])
{
    static const struct gene genes[] = {{MALLOC, 8 * 3, 0, 0}, {MALLOC, 8 * 5, 0, 8}, {MALLOC, 8 * 7, 0, 2}, {MALLOC, 8 * 9, 0, 0},
                                        {ALIGNED, 8 * 4, 6, 8},
                                        {FREE, 0, 0, 0}, {FREE, 0, 0, 1}, {FREE, 0, 0, 2}, {REALLOC, 8 * 6, 0, 0}, {REALLOC, 8 * 8, 5, 1}};
    uint8_t image[2048];
    memcpy(image, memory, bytes);
    for (size_t i = 0; i < sizeof genes / sizeof genes[0] && depth != 0; i++) {
        struct run run = *from;
        apply(&run, genes[i], "small arena");
        for (uint32_t kind = 0; kind < KINDS; kind++) {
            worsen(&worst[kind], run.worst[kind]);
        }
        try_all(&run, bytes, depth - 1, worst);
        memcpy(memory, image, bytes);
    }
}

START_TEST(every_short_program_on_a_small_arena_is_bounded)
{
    static struct run run;
    struct cost worst[KINDS] = {{0, 0, 0}};
    open_heap(&run.heap, 1024);
    try_all(&run, 1024, 5, worst);
    tell("1 KiB, all", worst);
}
END_TEST

/* ---- search ---- */

static uint32_t draw(uint32_t *random, uint32_t below)
{
    *random ^= *random << 13;
    *random ^= *random >> 17;
    *random ^= *random << 5;
    return *random % below;
}

/* Sizes up to a quarter of the arena: half of all calls of any size, half of one kind of program or another. */
static struct gene random_gene(uint32_t *random, uint32_t log_bytes)
{
    const uint32_t kind = draw(random, 8);
    return (struct gene){(uint8_t)(kind < 3 ? MALLOC : kind < 4 ? ALIGNED : kind < 7 ? FREE : REALLOC), (uint8_t)draw(random, 8 * (log_bytes - 2)),
                         (uint8_t)draw(random, 12), (uint16_t)draw(random, 65536)};
}

/* To begin with: random calls, or rows of blocks of one range of sizes between small ones, every other one freed: full bins. */
static void begin(struct gene genes[GENES], uint32_t *random, uint32_t log_bytes)
{
    const uint32_t size = 8 * (3 + draw(random, log_bytes - 8)), way = draw(random, 3);
    for (uint32_t i = 0; i < GENES; i++) {
        genes[i] = random_gene(random, log_bytes);
        if (way != 0 && i < GENES / 2) {
            genes[i].kind = MALLOC;
            genes[i].size = (uint8_t)(i % 2 == 0 ? size + draw(random, 4 * way) : 8);
        } else if (way != 0 && i < 3 * GENES / 4) {
            genes[i].kind = FREE;
        }
    }
}

static void mutate(struct gene genes[GENES], uint32_t *random, uint32_t log_bytes)
{
    for (uint32_t left = 1 + draw(random, 12); left != 0; left--) {
        const uint32_t at = draw(random, GENES);
        const struct gene fresh = random_gene(random, log_bytes);
        switch (draw(random, 4)) {
        case 0: genes[at] = fresh; break;
        case 1: genes[at].size = fresh.size; break;
        case 2: genes[at].which = fresh.which; break;
        default: genes[at] = genes[draw(random, GENES)]; break;
        }
    }
}

static void run_program(struct run *run, const struct gene genes[GENES], uint32_t bytes, const char *where)
{
    memset(run, 0, sizeof *run);
    open_heap(&run->heap, bytes);
    for (uint32_t i = 0; i < GENES; i++) {
        apply(run, genes[i], where);
    }
}

/* More is worse: the worst call of that kind; then all of them. */
static uint64_t badness(const struct run *run, enum kind kind)
{
    return ((uint64_t)run->worst[kind].visits * 8 + run->worst[kind].code) << 32 | (uint32_t)run->sum;
}

static void attack(enum kind kind, uint32_t log_bytes, uint32_t tries, struct cost worst[KINDS], const char *where)
{
    static struct run run;
    static struct gene best[GENES], next[GENES];
    uint32_t random = 2463534242u + kind * 977u + log_bytes;
    uint64_t worst_so_far = 0;
    for (uint32_t i = 0; i < tries; i++) {
        if (i % (tries / 4) == 0) {
            worst_so_far = 0;
            begin(next, &random, log_bytes);
        } else {
            memcpy(next, best, sizeof next);
            mutate(next, &random, log_bytes);
        }
        run_program(&run, next, 1u << log_bytes, where);
        for (uint32_t k = 0; k < KINDS; k++) {
            worsen(&worst[k], run.worst[k]);
        }
        if (badness(&run, kind) >= worst_so_far) {
            worst_so_far = badness(&run, kind);
            memcpy(best, next, sizeof best);
        }
    }
}

/* A longer search: BITMAP_FIT_TRIES in the environment. */
static uint32_t search_tries(void)
{
    const char *text = getenv("BITMAP_FIT_TRIES");
    return text != NULL ? (uint32_t)strtoul(text, NULL, 0) : 600;
}

START_TEST(no_searched_program_takes_more_in_any_arena)
{
    static const uint32_t logs[] = {12, 16, 20, 24};
    const uint32_t log_bytes = logs[_i];
    struct cost worst[KINDS] = {{0, 0, 0}};
    char where[32];
    (void)snprintf(where, sizeof where, "%" PRIu32 " KiB", (1u << log_bytes) / 1024);
    for (uint32_t kind = 0; kind < KINDS; kind++) {
        attack((enum kind)kind, log_bytes, search_tries(), worst, where);
    }
    tell(where, worst);
}
END_TEST

/* ---- full bins ---- */

/* `count` free blocks of 24 KiB and more in one bin; what would serve a request lies deepest, or nowhere. */
static struct cost deep_search(uint32_t bytes, uint32_t count, bool served)
{
    static heap_off live[LIVE_MOST];
    struct cost cost, worst = {0, 0, 0};
    struct heap heap;
    uint32_t random = 88172645u;
    open_heap(&heap, bytes);
    for (uint32_t i = 0; i < 2 * count; i++) {
        const uint32_t size = i % 2 != 0 ? 104 : i == 2 * count - 2 && served ? 31000 : 24576 + 8 * draw(&random, 600);
        live[i] = call(&heap, MALLOC, 0, (struct heap_layout){size, 0}, &cost);
        ck_assert_uint_ne(live[i], HEAP_NONE);
    }
    while (call(&heap, MALLOC, 0, (struct heap_layout){4096, 0}, &cost) != HEAP_NONE) { /* what is left behind all of them */
    }
    for (uint32_t i = 0; i < 2 * count; i += 2) {
        ck_assert_uint_ne(call(&heap, FREE, live[i], (struct heap_layout){0, 0}, &cost), HEAP_NONE);
        expect_bounded(FREE, cost, "deep bin");
    }
    for (uint32_t kind = 0; kind < 2; kind++) {
        (void)call(&heap, (enum kind)kind, 0, (struct heap_layout){30000, kind == 0 ? 0 : 4096}, &cost);
        expect_bounded((enum kind)kind, cost, "deep bin");
        worsen(&worst, cost);
    }
    ck_assert_int_eq(heap_check(&heap, NULL), HEAP_OK);
    return worst;
}

START_TEST(a_bin_takes_as_long_with_two_hundred_blocks_as_with_twelve)
{
    for (uint32_t served = 0; served < 2; served++) {
        const struct cost few = deep_search(1 << 20, 12, served != 0), many = deep_search(ARENA_MOST, LIVE_MOST / 2, served != 0);
        ck_assert_uint_eq(many.visits, few.visits);
        ck_assert_uint_eq(many.changes, few.changes);
        ck_assert_uint_eq(many.code, few.code);
    }
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("bounds");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, every_short_program_on_a_small_arena_is_bounded);
    tcase_add_loop_test(tests, no_searched_program_takes_more_in_any_arena, 0, 4);
    tcase_add_test(tests, a_bin_takes_as_long_with_two_hundred_blocks_as_with_twelve);
    Suite *suite = suite_create("bitmap_fit's bounds");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
