/* pool.c: blocks of one size; anything that is free serves any request that fits at all, so nothing ever fragments.
 *
 *     | cell 0 | cell 1 | cell 2 | … | cell n-1 | used bits | … | head | block | n |        region 0
 *     | cell 0 | … | cell n-1 | used bits | …                             … | n |        every other
 *                 a free cell: | next | … |
 *
 * Free cells are a list, last freed first out; one bit a cell says whether it is used, so that every bad pointer is told exactly.
 * The control lies behind the cells, so that the cells of region 0 are aligned as their size allows: a request aligned to more than
 * the heap's alignment is served if the cell at the list's head happens to be.
 *
 * Time: O(1); set-up O(cells). Overhead: one bit a cell, 12 bytes a heap, 4 a further region; a request pays for a whole cell.
 * Source: Knuth, TAOCP 1, 2.2.3 (the list of available nodes). */
#include "../src/arena.h"

HEAP_POLICY_PROTOTYPES(pool);

#define BLOCK_DEFAULT 64u
#define BLOCK_MAX (1u << 24)

/* Words at a region's end, by their distance from it. */
#define COUNT 4u
#define BLOCK 8u  /* region 0 only, as is the head */
#define HEAD 12u

static heap_off end_of(const struct heap *heap, uint32_t index) { return heap->regions[index].first + heap->regions[index].bytes; }
static uint32_t tail_bytes(uint32_t index) { return index == 0 ? HEAD : COUNT; }
static uint32_t block_bytes(const struct heap *heap) { return arena_u32(heap, end_of(heap, 0) - BLOCK); }
static heap_off list_head(const struct heap *heap) { return arena_u32(heap, end_of(heap, 0) - HEAD); }
static void set_list_head(struct heap *heap, heap_off to) { arena_set_u32(heap, end_of(heap, 0) - HEAD, to); }
static uint32_t bitmap_bytes(uint32_t cells) { return (cells + 31) / 32 * 4; }

/* Where a cell's used bit lies. */
struct bit {
    heap_off word;
    uint32_t mask;
};

/* The bit of the cell that begins at `off`; mask 0 if none begins there. */
static struct bit bit_of(const struct heap *heap, heap_off off)
{
    const struct heap_region *region = arena_region(heap, off);
    const uint32_t block = block_bytes(heap), count = arena_u32(heap, region->first + region->bytes - COUNT);
    const uint32_t within = off - region->first, cell = within / block;
    const struct bit bit = {region->first + count * block + cell / 32 * 4, 1u << cell % 32};
    const struct bit none = {region->first, 0};
    return cell < count && cell * block == within ? bit : none;
}

static bool is_used(const struct heap *heap, struct bit bit)
{
    return (arena_u32(heap, bit.word) & bit.mask) != 0;
}

/* Cells that fit into a region beside their bits and the tail: n·block + 4·ceil(n / 32) + tail <= bytes. */
static uint32_t cells_in(uint32_t bytes, uint32_t block, uint32_t tail)
{
    const uint32_t per_eight = 8 * block + 1, rest = bytes > tail ? bytes - tail : 0;
    uint32_t cells = rest / per_eight * 8 + rest % per_eight * 8 / per_eight;
    while (cells != 0 && cells * block + bitmap_bytes(cells) > rest) {
        cells--;
    }
    return cells;
}

static int lay_region(struct heap *heap, uint32_t index, uint32_t block)
{
    const struct heap_region *region = &heap->regions[index];
    const uint32_t cells = cells_in(region->bytes, block, tail_bytes(index));
    if (cells == 0) {
        return HEAP_E_TOO_SMALL;
    }
    arena_set_u32(heap, end_of(heap, index) - COUNT, cells);
    if (index == 0) {
        arena_set_u32(heap, end_of(heap, 0) - BLOCK, block);
        set_list_head(heap, HEAP_NONE);
    }
    memset(arena_at(heap, region->first + cells * block), 0, bitmap_bytes(cells));
    for (uint32_t cell = cells; cell-- > 0;) {
        const heap_off off = region->first + cell * block;
        arena_set_u32(heap, off, list_head(heap));
        set_list_head(heap, off);
        heap_note_free_added(heap, off, block);
    }
    return HEAP_OK;
}

/* ---- the policy's functions ---- */

int heap_pool_init(struct heap *heap)
{
    const uint32_t wanted = heap_param_or(heap, 0, BLOCK_DEFAULT);
    return wanted > BLOCK_MAX ? HEAP_E_ARGUMENT : lay_region(heap, 0, bits_up(wanted, heap->alignment));
}

int heap_pool_add_region(struct heap *heap, uint32_t index)
{
    return lay_region(heap, index, block_bytes(heap));
}

heap_off heap_pool_alloc(struct heap *heap, uint32_t size, uint32_t align)
{
    const heap_off off = list_head(heap);
    if (off == HEAP_NONE || size > block_bytes(heap) || (off & (align - 1)) != 0) {
        return HEAP_NONE;
    }
    const struct bit bit = bit_of(heap, off);
    heap_note_step(heap, HEAP_STEP_VISIT, off, block_bytes(heap));
    heap_note_free_removed(heap, off, block_bytes(heap));
    set_list_head(heap, arena_u32(heap, off));
    arena_set_u32(heap, bit.word, arena_u32(heap, bit.word) | bit.mask);
    return off;
}

int heap_pool_free(struct heap *heap, heap_off off, struct heap_layout layout)
{
    const struct bit bit = bit_of(heap, off);
    (void)layout;
    if (heap_checked(heap) && !is_used(heap, bit)) {
        return HEAP_E_NOT_LIVE;
    }
    arena_set_u32(heap, bit.word, arena_u32(heap, bit.word) & ~bit.mask);
    arena_set_u32(heap, off, list_head(heap));
    set_list_head(heap, off);
    heap_note_free_added(heap, off, block_bytes(heap));
    return HEAP_OK;
}

heap_off heap_pool_realloc(struct heap *heap, heap_off off, struct heap_layout old, uint32_t size)
{
    (void)old;
    if (heap_checked(heap) && !is_used(heap, bit_of(heap, off))) {
        heap->error = HEAP_E_NOT_LIVE;
        return HEAP_NONE;
    }
    return size <= block_bytes(heap) ? off : HEAP_NONE;
}

uint32_t heap_pool_usable(const struct heap *heap, heap_off off)
{
    return heap_checked(heap) && !is_used(heap, bit_of(heap, off)) ? 0 : block_bytes(heap);
}

/* ---- inspection ---- */

static uint32_t configured_block(const struct heap *heap)
{
    return bits_up(heap_param_or(heap, 0, BLOCK_DEFAULT), heap->alignment);
}

static int walk(const struct heap *heap, heap_span_fn visit, void *ctx)
{
    const uint32_t block = configured_block(heap);
    for (uint32_t i = 0; i < heap->region_count; i++) {
        const heap_off first = heap->regions[i].first, end = end_of(heap, i), tail = end - tail_bytes(i);
        const uint32_t cells = arena_u32(heap, end - COUNT);
        if (block != block_bytes(heap) || cells != cells_in(heap->regions[i].bytes, block, tail_bytes(i))) {
            return HEAP_E_CORRUPT;
        }
        const heap_off bits = first + cells * block, gap = bits + bitmap_bytes(cells);
        for (heap_off off = first; off != bits; off += block) {
            if (!arena_emit(visit, ctx, off, block, is_used(heap, bit_of(heap, off)) ? HEAP_PAYLOAD : HEAP_FREE)) {
                return HEAP_OK;
            }
        }
        if (!arena_emit(visit, ctx, bits, gap - bits, HEAP_CONTROL) || !arena_emit(visit, ctx, gap, tail - gap, HEAP_RESERVED) ||
            !arena_emit(visit, ctx, tail, end - tail, HEAP_CONTROL)) {
            return HEAP_OK;
        }
    }
    return HEAP_OK;
}

/* One region: its count, and no bit behind the last cell's. *free_cells grows by the clear ones. */
static int check_region(const struct heap *heap, uint32_t index, uint32_t *free_cells, heap_off *where)
{
    const uint32_t block = block_bytes(heap), cells = arena_u32(heap, end_of(heap, index) - COUNT);
    *where = end_of(heap, index) - COUNT;
    if (cells != cells_in(heap->regions[index].bytes, block, tail_bytes(index))) {
        return HEAP_E_CORRUPT;
    }
    const heap_off bits = heap->regions[index].first + cells * block;
    for (uint32_t cell = 0; cell < bitmap_bytes(cells) * 8; cell++) {
        const bool used = (arena_u32(heap, bits + cell / 32 * 4) >> cell % 32 & 1u) != 0;
        *where = bits + cell / 32 * 4;
        if (cell >= cells && used) {
            return HEAP_E_CORRUPT;
        }
        *free_cells += cell < cells && !used;
    }
    return HEAP_OK;
}

static int check(const struct heap *heap, heap_off *where)
{
    uint32_t expected = 0;
    *where = end_of(heap, 0) - BLOCK;
    if (block_bytes(heap) != configured_block(heap)) {
        return HEAP_E_CORRUPT;
    }
    for (uint32_t i = 0; i < heap->region_count; i++) {
        const int error = check_region(heap, i, &expected, where);
        if (error != HEAP_OK) {
            return error;
        }
    }
    *where = end_of(heap, 0) - HEAD;
    for (heap_off off = list_head(heap); off != HEAP_NONE; *where = off, off = arena_u32(heap, off)) {
        if (expected-- == 0 || off >= heap->bytes) {
            return HEAP_E_CORRUPT;
        }
        const struct bit bit = bit_of(heap, off);
        if (bit.mask == 0 || is_used(heap, bit)) {
            return HEAP_E_CORRUPT;
        }
    }
    return expected == 0 ? HEAP_OK : HEAP_E_CORRUPT;
}

static struct heap_extent extent(const struct heap *heap, heap_off off, struct heap_layout layout)
{
    (void)layout;
    return (struct heap_extent){off, block_bytes(heap), 0};
}

static uint32_t largest_request(const struct heap *heap)
{
    return list_head(heap) == HEAP_NONE ? 0 : block_bytes(heap);
}

#if HEAP_LAB
/* For pictures: a region is a slab; its free cells' list runs through all of them. */
static enum heap_bins_kind bins(const struct heap *heap, const struct heap_bins_visitor *visitor)
{
    const uint32_t block = block_bytes(heap);
    uint32_t left = block != 0 ? heap->bytes / block : 0;
    const struct heap_bin bin = {0, 0, block, block, list_head(heap) != HEAP_NONE};
    bool more = left != 0;
    for (uint32_t i = 0; i < heap->region_count && more; i++) {
        const struct heap_region *region = &heap->regions[i];
        const uint32_t cells = arena_u32(heap, end_of(heap, i) - COUNT);
        uint32_t used = 0;
        more = cells <= region->bytes / block;
        for (uint32_t cell = 0; cell < cells && more; cell++) {
            used += is_used(heap, bit_of(heap, region->first + cell * block));
        }
        more = more && visitor->slab(visitor->ctx, region->first, cells * block, block, cells, used);
    }
    more = more && visitor->bin(visitor->ctx, &bin);
    for (heap_off cell = list_head(heap); more && left != 0 && cell != HEAP_NONE && bit_of(heap, cell).mask != 0; left--) {
        more = visitor->block(visitor->ctx, cell, block);
        cell = arena_u32(heap, cell);
    }
    return HEAP_BINS_SLABS;
}
#endif

static const struct heap_param params[] = {
    {.key = "block", .help = "bytes a cell, rounded up to the alignment", .standard = BLOCK_DEFAULT, .min = 1, .max = BLOCK_MAX},
    {.key = NULL},
};

const struct heap_policy_inspect heap_pool_inspect = {
    .traits = HEAP_FREES | HEAP_FINDS_DOUBLE_FREE | HEAP_FINDS_INTERIOR | HEAP_FIXED_SIZE | HEAP_RESTORES | HEAP_ALIGNS_4,
    .walk = walk, .check = check, .extent = extent, .largest_request = largest_request,
    .params = params,
    .idea = "cells of one size in a free list",
    .overhead = "a whole cell a request; one bit a cell, 12 B a heap",
    .bounds = "malloc, free and realloc O(1); no external fragmentation",
    .source = "Knuth, TAOCP 1, 2.2.3",
    .picture = "| payload, one size for all |",
    HEAP_INSPECT_BINS(bins)
};

HEAP_POLICY_TABLE(pool, HEAP_ID('P', 'O', 'O', 'L'), 0);
