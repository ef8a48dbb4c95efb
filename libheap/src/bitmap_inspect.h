/* bitmap_inspect.h: bitmap_fit's walk, its check, and what it tells pictures. The map is read as damage may have left it: nothing outside
 * the arena is touched, and nothing takes longer than the arena has room for. */
#ifndef HEAP_BITMAP_INSPECT_H
#define HEAP_BITMAP_INSPECT_H

#include "bitmap_bins.h"
#include "bitmap_cells.h"

/* ---- regions ---- */

static heap_off end_of(const struct heap_region *region) { return region->first + region->bytes; }

/* As far as the window at the end mark reaches: what windows write back must be nobody else's. */
static uint32_t map_bytes(const struct heap_region *region) { return ((region->bytes >> 8) + 2) * 4; }

static heap_off map_end(const struct heap *heap, const struct heap_region *region)
{
    return map_start(view_region(heap, region)) + map_bytes(region);
}

static heap_off first_block(const struct heap *heap, const struct heap_region *region)
{
    return bits_up(map_end(heap, region), heap->alignment);
}

/* ---- blocks ---- */

/* Bit `index` of the map. */
static bool map_bit(struct view view, uint32_t index) { return (word(view, map_start(view) + index / 32 * 4) >> index % 32 & 1u) != 0; }

/* The index of the bit of the granule at `off`; bit 0 belongs to none. */
static uint32_t bit_of(struct view view, heap_off off) { return (off - region_start(view)) / GRANULE + 1; }

/* The size of a used block: a run has ones in its third granule to its seventh. */
static uint32_t block_bytes(struct view view, heap_off block, uint32_t bits, heap_off end)
{
    if (!is_run(bits)) {
        return used_bytes(view, block);
    }
    return end - block < RUN_BYTES ? 0 : RUN_BYTES + (map_bit(view, bit_of(view, block + RUN_BYTES)) ? 0 : GRANULE);
}

/* The block at `block` as the map and its own words tell it; false: it cannot be one. The region's blocks end at `end`. */
static bool read_block(struct view view, heap_off block, heap_off end, uint32_t *bytes, bool *used)
{
    if (end - block < MIN_BLOCK) {
        return false; /* its words would lie outside */
    }
    const struct window window = window_at(view, block);
    const uint32_t bits = window_bits(window);
    *used = is_used(bits);
    *bytes = *used ? block_bytes(view, block, bits, end) : free_size(view, block);
    return (bits & START) != 0 && *bytes >= MIN_BLOCK && *bytes % GRANULE == 0 && *bytes <= end - block &&
           map_bit(view, bit_of(view, block + *bytes));
}

static int walk(const struct heap *heap, heap_span_fn visit, void *ctx)
{
    for (uint32_t i = 0; i < heap->region_count; i++) {
        const struct heap_region *region = &heap->regions[i];
        const struct view view = view_region(heap, region);
        const heap_off own = map_end(heap, region), first = first_block(heap, region), end = end_of(region);
        if (!map_bit(view, bit_of(view, end))) {
            return HEAP_E_CORRUPT; /* sizes are looked for up to there */
        }
        if (!arena_emit(visit, ctx, region->first, own - region->first, HEAP_CONTROL) ||
            !arena_emit(visit, ctx, own, first - own, HEAP_RESERVED)) {
            return HEAP_OK;
        }
        uint32_t bytes = 0;
        bool used = false;
        for (heap_off block = first; block != end; block += bytes) {
            if (!read_block(view, block, end, &bytes, &used)) {
                return HEAP_E_CORRUPT;
            }
            const bool run = is_run(map_bits(view, block));
            if (!(run ? run_emit(view, block, bytes, visit, ctx) : arena_emit(visit, ctx, block, bytes, used ? HEAP_PAYLOAD : HEAP_FREE))) {
                return HEAP_OK;
            }
        }
    }
    return HEAP_OK;
}

/* The bits of a block, all of them: its code, or its size in the map, and zeros. */
static bool code_is_right(struct view view, heap_off block, uint32_t bytes, bool used)
{
    const uint32_t shift = map_shift(view, block), granules = bytes / GRANULE;
    const bool large = used && is_large(shift, granules), run = is_run(map_bits(view, block));
    for (uint32_t i = 0; i < granules; i++) {
        const uint32_t bit = shift + 1 + i; /* from the window's first word on */
        const bool ends = !used && (i == 1 || i == granules - 1), row = run && i >= 2 && i < 7;
        const bool coded = large && bit >= 64 && bit < 96 && ((granules << CODE_SHIFT | CODE_MARK) >> (bit - 64) & 1u) != 0;
        if (map_bit(view, bit_of(view, block) + i) != (i == 0 || ends || row || coded)) {
            return false;
        }
    }
    return true;
}

static bool map_is_clear(struct view view, uint32_t from, uint32_t until)
{
    while (from != until && !map_bit(view, from)) {
        from++;
    }
    return from == until;
}

/* One region: blocks tile it, each with its code; sizes agree; no two free ones touch; nothing is marked beside them. */
static int check_region(const struct heap *heap, const struct heap_region *region, uint32_t *free_blocks, uint32_t *runs, heap_off *where)
{
    const struct view view = view_region(heap, region);
    const heap_off first = first_block(heap, region), end = end_of(region);
    bool before_used = true, used = false;
    uint32_t bytes = 0;
    *where = map_start(view);
    if (!map_is_clear(view, 0, bit_of(view, first)) || !map_bit(view, bit_of(view, end)) ||
        !map_is_clear(view, bit_of(view, end) + 1, map_bytes(region) * 8)) {
        return HEAP_E_CORRUPT;
    }
    for (heap_off block = first; *where = block, block != end; block += bytes) {
        if (!read_block(view, block, end, &bytes, &used) || (bytes & (heap->alignment - 1)) != 0 || !(used || before_used) ||
            !code_is_right(view, block, bytes, used) || (!used && free_size_before(view, block + bytes) != bytes)) {
            return HEAP_E_CORRUPT;
        }
        if (is_run(map_bits(view, block))) {
            if (!run_is_right(view, block)) {
                return HEAP_E_CORRUPT;
            }
            *runs += word(view, block + RUN_NEXT) != 0;
        }
        *free_blocks += !used;
        before_used = used;
    }
    return HEAP_OK;
}

static bool is_listable(const struct heap *heap, heap_off block, uint32_t bin)
{
    if (block >= heap->bytes || block % GRANULE != 0) {
        return false;
    }
    const struct heap_region *region = arena_region(heap, block);
    const struct view view = view_of(heap, block);
    return block >= first_block(heap, region) && is_free(window_bits(window_at(view, block))) && end_of(region) - block >= MIN_BLOCK &&
           bin_of(view, free_size(view, block)) == bin;
}

static int check_bin(const struct heap *heap, uint32_t bin, uint32_t *expected, heap_off *where)
{
    const heap_off last = arena_u32(heap, head_at(bin));
    heap_off prev = last, block = 0;
    *where = head_at(bin);
    if ((arena_u32(heap, BINS) >> bin & 1u) != (last != 0) || (last != 0 && !is_listable(heap, last, bin))) {
        return HEAP_E_CORRUPT;
    }
    for (bool first = true; last != 0 && block != last; first = false, prev = block) {
        block = arena_u32(heap, prev + NEXT);
        *where = block;
        if (*expected == 0 || !is_listable(heap, block, bin) || arena_u32(heap, block + PREV) != (first ? head_at(bin) : prev)) {
            return HEAP_E_CORRUPT;
        }
        --*expected;
    }
    return HEAP_OK;
}

/* The list has `expected` runs, those with a free cell. */
static int check_runs(const struct heap *heap, uint32_t expected, heap_off *where)
{
    heap_off prev = 0, run = arena_u32(heap, CELLS);
    *where = CELLS;
    if (run < CONTROL_BYTES) {
        return expected == 0 && ((run % 8 == 0 && run <= OPENS) || run == NO_CELLS) ? HEAP_OK : HEAP_E_CORRUPT;
    }
    for (; run != 0; prev = run, run = run_link(arena_u32(heap, run + RUN_NEXT))) {
        if (expected == 0 || run >= heap->bytes || run % GRANULE != 0) {
            return HEAP_E_CORRUPT;
        }
        const struct view view = view_of(heap, run);
        if (run < first_block(heap, arena_region(heap, run)) || !is_run(map_bits(view, run)) || word(view, run + RUN_NEXT) == 0 ||
            run_link(word(view, run + RUN_PREV)) != prev) {
            return HEAP_E_CORRUPT;
        }
        *where = run;
        expected--;
    }
    return expected == 0 ? HEAP_OK : HEAP_E_CORRUPT;
}

static int check(const struct heap *heap, heap_off *where)
{
    uint32_t expected = 0, runs = 0;
    for (uint32_t i = 0; i < heap->region_count; i++) {
        const int error = check_region(heap, &heap->regions[i], &expected, &runs, where);
        if (error != HEAP_OK) {
            return error;
        }
    }
    *where = BINS;
    if ((arena_u32(heap, BINS) & WIDTH) != width_for(heap->bytes)) {
        return HEAP_E_CORRUPT;
    }
    for (uint32_t bin = FIRST_BIN; bin <= LAST_BIN; bin++) {
        const int error = check_bin(heap, bin, &expected, where);
        if (error != HEAP_OK) {
            return error;
        }
    }
    *where = BINS;
    return expected == 0 ? check_runs(heap, runs, where) : HEAP_E_CORRUPT;
}

static struct heap_extent extent(const struct heap *heap, heap_off off, struct heap_layout layout)
{
    const struct view view = view_of(heap, off);
    (void)layout;
    return (struct heap_extent){off, is_live(view, off) ? used_bytes(view, off) : GRANULE, 0};
}

/* Everything below the highest bin is served from it; in it, only the first two blocks count. */
static uint32_t largest_request(const struct heap *heap)
{
    const uint32_t bins = arena_u32(heap, BINS) & ~WIDTH;
    if (bins == 0) {
        return arena_u32(heap, CELLS) >= CONTROL_BYTES ? GRANULE : 0;
    }
    const heap_off last = arena_u32(heap, head_at(bits_highest(bins))), first = arena_u32(heap, last + NEXT);
    const uint32_t one = arena_u32(heap, first + SIZE), other = arena_u32(heap, arena_u32(heap, first + NEXT) + SIZE);
    const uint32_t largest = one > other ? one : other;
    return largest < MOST_BYTES ? largest : MOST_BYTES;
}

#if HEAP_LAB
/* ---- for pictures ---- */

/* The least size of a bin: the inverse of bin_at. 2^32 and up: it is never used. */
static uint64_t least_of(uint32_t width, uint32_t bin)
{
    const uint32_t halves = (bin - FIRST_RANGE) << width;
    return bin < FIRST_RANGE ? bin * GRANULE : (uint64_t)(2 + halves % 2) << (6 + halves / 2);
}

static enum heap_bins_kind bins(const struct heap *heap, const struct heap_bins_visitor *visitor)
{
    const uint32_t map = arena_u32(heap, BINS), width = map & WIDTH;
    uint32_t left = heap->bytes / MIN_BLOCK;
    bool more = true;
    for (uint32_t index = FIRST_BIN; index <= LAST_BIN && more && least_of(width, index) <= heap->bytes; index++) {
        const bool exact = index < FIRST_RANGE;
        const uint64_t next = index == LAST_BIN ? UINT64_MAX : least_of(width, index + 1);
        const uint32_t column = exact ? index - FIRST_BIN : width == 0 ? index % 2 : 0, range = index - FIRST_RANGE;
        const struct heap_bin bin = {exact ? 0 : 1 + (width == 0 ? range / 2 : range), column, (uint32_t)least_of(width, index),
                                     next > heap->bytes ? heap->bytes : (uint32_t)next - 1, (map >> index & 1u) != 0};
        more = visitor->bin(visitor->ctx, &bin);
        const heap_off last = arena_u32(heap, head_at(index));
        for (heap_off block = last; more && last != 0 && left != 0; left--) {
            block = arena_u32(heap, block + NEXT);
            more = is_listable(heap, block, index) && visitor->block(visitor->ctx, block, arena_u32(heap, block + SIZE));
            if (block == last) {
                break;
            }
        }
    }
    return HEAP_BINS_CLASSES;
}

static void tell_map(const struct heap *heap, const struct heap_region *region, struct heap_map *map)
{
    const struct view view = view_region(heap, region);
    *map = (struct heap_map){.off = map_start(view), .granule = GRANULE, .first = bit_of(view, region->first), .used = "1 0 … 0",
                             .free = "1 1 0 … 0 1", .size_word = LARGE_BITS / 32 - 1, .size_shift = CODE_SHIFT};
}
#endif

#endif
