/* rtthread_mempool.c: RT-Thread's memory pool: blocks of one size in a list, the block freed last given out first.
 *
 *     | word | payload (block bytes) | word | payload | word | payload | … | too little for another |      the one region
 *       a free block's word: the next free block, 0 for none; a taken one's: the pool
 *
 * A block begins with its word, which is not rounded to the alignment: with align = 8 every second payload is only 4-aligned.
 * At first the list rises. The original's alloc knows no size: whatever fits into a block takes one, size 0 too, and an alignment
 * is not asked for. There is no realloc: allocate, copy, free, which needs a second block. Threads can wait for a block; `order`
 * says who is served first, the thread that came last (4.1) or first (5.x). Waiting is the session's (sim), not the heap's.
 *
 * Control: 52 bytes outside the pool, mostly the kernel object and the list of waiting threads; here the list's head and the
 * number of free blocks. Words hold nominal addresses; the pool is the region's address plus 1, which no block has.
 * Time: O(1), set-up O(blocks). Overhead: 4 bytes a block, and what a request leaves of it.
 * Source: RT-Thread 4.1.1 (rtthread-nano 44d75c7), mempool.c; 5.x by its differences. */
#include "../src/nominal.h"

HEAP_POLICY_PROTOTYPES(rtthread_mempool);

#define WORD 4u
#define BLOCK_DEFAULT 64u
#define BLOCK_MAX (1u << 24)
#define CONTROL_BYTES 52u

enum { PARAM_BLOCK, PARAM_ALIGN };

struct __attribute__((may_alias)) mempool {
    uint32_t head, free_blocks;
};
_Static_assert(sizeof(struct mempool) <= CONTROL_BYTES, "in the place of the original's");

static struct mempool *mempool_of(const struct heap *heap) { return (struct mempool *)(void *)heap->state; }
static uint32_t alignment_of(const struct heap *heap) { return heap_param_or(heap, PARAM_ALIGN, 4); }
static uint32_t payload_bytes(const struct heap *heap) { return bits_up(heap_param_or(heap, PARAM_BLOCK, BLOCK_DEFAULT), alignment_of(heap)); }
static uint32_t stride(const struct heap *heap) { return payload_bytes(heap) + WORD; }
static uint32_t start_of(const struct heap *heap) { return heap->regions[0].address; }
static uint32_t taken_word(const struct heap *heap) { return start_of(heap) + 1; }

static uint32_t block_count(const struct heap *heap) { return bits_down(heap->regions[0].bytes, alignment_of(heap)) / stride(heap); }

/* A faithful pool starts where it was told to, at an odd address too. */
static uint32_t word_of(const struct heap *heap, uint32_t block)
{
    uint32_t word = 0;
    if (!heap_faithful(heap)) {
        return nominal_u32(heap, block);
    }
    memcpy(&word, nominal_at(heap, block), sizeof word);
    return word;
}

static void set_word(struct heap *heap, uint32_t block, uint32_t word)
{
    if (!heap_faithful(heap)) {
        nominal_set_u32(heap, block, word);
    } else {
        memcpy(nominal_at(heap, block), &word, sizeof word);
    }
}

static bool begins_block(const struct heap *heap, uint32_t address)
{
    const uint32_t within = address - start_of(heap);
    return within / stride(heap) < block_count(heap) && within % stride(heap) == 0;
}

/* HEAP_OK where a taken block's payload begins there. */
static int live(const struct heap *heap, heap_off off)
{
    const uint32_t block = nominal_of(heap, off) - WORD;
    if (!heap_checked(heap)) {
        return HEAP_OK;
    }
    if (off < WORD || !begins_block(heap, block)) {
        return HEAP_E_NOT_LIVE;
    }
    const uint32_t word = word_of(heap, block);
    return word == taken_word(heap) ? HEAP_OK : word == 0 || begins_block(heap, word) ? HEAP_E_NOT_LIVE : HEAP_E_CORRUPT;
}

static void push(struct heap *heap, uint32_t block)
{
    struct mempool *mempool = mempool_of(heap);
    set_word(heap, block, mempool->head);
    mempool->head = block;
    mempool->free_blocks++;
    nominal_note_free_added(heap, block, stride(heap));
}

/* ---- the policy's functions ---- */

int heap_rtthread_mempool_init(struct heap *heap)
{
    heap->alignment = heap->natural = bits_lowest_power(start_of(heap) | WORD);
    const uint32_t blocks = block_count(heap);
    for (uint32_t i = blocks; i-- != 0;) {
        push(heap, start_of(heap) + i * stride(heap));
    }
    return blocks != 0 || heap_faithful(heap) ? HEAP_OK : HEAP_E_TOO_SMALL;
}

int heap_rtthread_mempool_add_region(struct heap *heap, uint32_t index)
{
    (void)heap, (void)index;
    return HEAP_E_UNSUPPORTED;
}

heap_off heap_rtthread_mempool_alloc(struct heap *heap, uint32_t size, uint32_t align)
{
    struct mempool *mempool = mempool_of(heap);
    const uint32_t block = mempool->head, payload = block + WORD;
    if (block == 0 || size > payload_bytes(heap) || (!heap_faithful(heap) && (payload & (align - 1)) != 0)) {
        return HEAP_NONE;
    }
    nominal_note_step(heap, HEAP_STEP_VISIT, block, stride(heap));
    nominal_note_free_removed(heap, block, stride(heap));
    mempool->head = word_of(heap, block);
    mempool->free_blocks--;
    set_word(heap, block, taken_word(heap));
    return nominal_off(heap, payload);
}

int heap_rtthread_mempool_free(struct heap *heap, heap_off off, struct heap_layout layout)
{
    const int error = live(heap, off);
    (void)layout;
    if (error == HEAP_OK) {
        push(heap, nominal_of(heap, off) - WORD);
    }
    return error;
}

heap_off heap_rtthread_mempool_realloc(struct heap *heap, heap_off off, struct heap_layout old, uint32_t size)
{
    heap->error = live(heap, off);
    return heap->error != HEAP_OK ? HEAP_NONE
                                  : nominal_realloc_by_moving(heap, off, old, payload_bytes(heap), size, heap_rtthread_mempool_alloc,
                                                              heap_rtthread_mempool_free);
}

uint32_t heap_rtthread_mempool_usable(const struct heap *heap, heap_off off)
{
    return live(heap, off) == HEAP_OK ? payload_bytes(heap) : 0;
}

/* ---- inspection ---- */

static int walk(const struct heap *heap, heap_span_fn visit, void *ctx)
{
    const uint32_t end = block_count(heap) * stride(heap);
    for (heap_off off = 0; off != end; off += stride(heap)) {
        const bool taken = word_of(heap, nominal_of(heap, off)) == taken_word(heap);
        const bool wanted = !taken ? arena_emit(visit, ctx, off, stride(heap), HEAP_FREE)
                                   : arena_emit(visit, ctx, off, WORD, HEAP_HEADER) &&
                                         arena_emit(visit, ctx, off + WORD, payload_bytes(heap), HEAP_PAYLOAD);
        if (!wanted) {
            return HEAP_OK;
        }
    }
    (void)arena_emit(visit, ctx, end, heap->bytes - end, HEAP_RESERVED);
    return HEAP_OK;
}

/* Every block is taken or in the list, which is as long as it says. */
static int check(const struct heap *heap, heap_off *where)
{
    uint32_t expected = 0;
    for (uint32_t i = 0; i < block_count(heap); i++) {
        const uint32_t block = start_of(heap) + i * stride(heap), word = word_of(heap, block);
        *where = i * stride(heap);
        if (word != taken_word(heap) && word != 0 && !begins_block(heap, word)) {
            return HEAP_E_CORRUPT;
        }
        expected += word != taken_word(heap);
    }
    *where = 0;
    if (mempool_of(heap)->free_blocks != expected) {
        return HEAP_E_CORRUPT;
    }
    for (uint32_t block = mempool_of(heap)->head; block != 0; block = word_of(heap, block)) {
        if (expected-- == 0 || !begins_block(heap, block) || word_of(heap, block) == taken_word(heap)) {
            return HEAP_E_CORRUPT;
        }
        *where = nominal_off(heap, block);
    }
    return expected == 0 ? HEAP_OK : HEAP_E_CORRUPT;
}

static struct heap_extent extent(const struct heap *heap, heap_off off, struct heap_layout layout)
{
    (void)layout;
    return (struct heap_extent){off - WORD, stride(heap), 0};
}

static uint32_t largest_request(const struct heap *heap)
{
    return mempool_of(heap)->head == 0 ? 0 : payload_bytes(heap);
}

static void statistics(const struct heap *heap, heap_statistic_fn emit, void *ctx)
{
    const struct heap_statistic numbers[] = {{"block_total_count", "blocks", HEAP_NONE, block_count(heap)},
                                             {"block_free_count", "free_blocks", HEAP_NONE, mempool_of(heap)->free_blocks},
                                             {"block_size", "block_size", HEAP_NONE, payload_bytes(heap)},
                                             {"sizeof (struct rt_mempool)", "control_bytes", HEAP_NONE, CONTROL_BYTES}};
    for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++) {
        emit(ctx, &numbers[k]);
    }
}

static const struct heap_param params[] = {
    {.key = "block", .help = "bytes a block, rounded up to align", .standard = BLOCK_DEFAULT, .min = 1, .max = BLOCK_MAX},
    {.key = "align", .help = "RT_ALIGN_SIZE: 4 (nano) or 8 (5.x)", .standard = 4, .min = 4, .max = 8, .power_of_two = true},
    {.key = "order", .help = "who is served first of the threads that wait: the last (4.1) or the first (5.x)", .standard = 1, .min = 1,
     .max = 2, .choices = "lifo|fifo"},
    {.key = NULL},
};

static const char *const defects[] = {
    "payloads are only 4-aligned, with align=8 every second one; an alignment that is asked for is ignored",
    "the thread that waits longest is served last (4.1: order=lifo), whatever the priorities",
    NULL,
};

static const struct heap_replica replica = {
    .of = "RT-Thread mempool", .version = "4.1.1 (rtthread-nano 44d75c7); 5.x by reading",
    .keys = "rtthread-mempool",
    .fidelity = "placements and statistics identical to the compiled original on 27,554 events of 13 traces and 436 log entries of waiting threads",
    .defects = defects,
};

const struct heap_policy_inspect heap_rtthread_mempool_inspect = {
    .traits = HEAP_FREES | HEAP_FINDS_DOUBLE_FREE | HEAP_FINDS_INTERIOR | HEAP_FIXED_SIZE | HEAP_RESTORES | HEAP_WAITS,
    .walk = walk, .check = check, .extent = extent, .largest_request = largest_request,
    .params = params,
    .idea = "blocks of one size in a list; threads can wait for one",
    .overhead = "a whole block a request and 4 B; 52 B of control outside the pool",
    .bounds = "malloc, free and realloc O(1); no external fragmentation",
    .source = "RT-Thread, mempool.c",
    .picture = "| pool or next free 4 | payload |",
    .statistics = statistics,
    .replica = &replica,
};

HEAP_POLICY_TABLE(rtthread_mempool, HEAP_ID('R', 'T', 'M', 'P'), CONTROL_BYTES);
