/* bitmap_fit.c: blocks without headers. One bit for every 8 bytes says where blocks begin and end; one word says which sizes are free.
 *
 *     control | bins | 0 | last of bin 2 | … | last of bin 31 |      at offset 0; bins: bit c: bin c is not empty; bits 0, 1: width
 *     map     | a bit for every 8 bytes of the region | … |          in region 0 behind the control, in others at their start
 *     free    | next | previous | size | … | size + 1 |              previous of a bin's first block: where the bin's last is named
 *
 * Sizes are multiples of the heap's alignment, 16 bytes or more; a granule is 8 bytes. The map's code for a block of k granules:
 *
 *     used   1 0 0 … 0        free   k = 2: 1 1    k = 3: 1 1 1    k >= 4: 1 1 0 … 0 1
 *
 * Why one bit suffices. Two free blocks never touch; behind the last block stands the code of a used one, which is not there. Then, for
 * a used block of granules g … x - 1:
 *   - bit g - 1 is 1 exactly if the block before is free: a free block ends with 1, a used one, of two granules or more, with 0;
 *   - the next 1 behind bit g is bit x, which tells its size; bit x + 1 is 1 exactly if the block behind is free;
 *   - bits g, g + 1 are 1 0. Where else are they? Not in a used block, whose other bits are 0. In a free block a 1 is followed by 0 in
 *     its second granule only (k >= 4): its last 1 is followed by the next block's first. There bit g - 1 is 1 too, so that the
 *     granule before is a free block's in either case: its last, which ends with size + 1, or its first, which ends with a link. Sizes
 *     and links are multiples of 4: bit 0 of the word before g tells which.
 *   A free block's size lies in its third and last word.
 * A run of cells (parameter cells=on: requests of up to 8 bytes take 8) is a used block with more ones: src/bitmap_cells.h has its code.
 *
 * Large used blocks. A window of the map begins with bit g - 1 and is read as the word where that bit lies and the next one. If a used
 * block covers all of the third word, and a granule behind (so k >= 65), that word holds 1 1 1 1 1 1 in its low bits and k above them;
 * so a size is never looked for in more than three words. No other word begins with six ones: a row of them is the end of a free
 * block, three at most, and the 1 of the used block that follows, whose second bit is 0; or the beginning of a free block; or a run's
 * five. No window that frees a small block reaches the block's own third word. A pointer whose window's first word begins with six ones
 * points into a large block (or the bit itself lies in the second word, where the six ones are no 1 0): it is refused. The granule
 * behind keeps a block that begins where that word ends from being taken for one.
 *
 * So every pointer to where no used block begins is found, whatever the owners of blocks have written, as long as they keep to
 * their blocks: what is known of a block is kept apart from its payload.
 *
 * The map's code is src/bitmap_map.h, the lists and the rules of placement are src/bitmap_bins.h.
 *
 * Bins. 2 … 15: one size each, 16 … 120 bytes. 16 … 31: half a power of two each, the last one 24 KiB and up; in heaps of 48 KiB and up a
 * power of two each, the last one 4 MiB and up; of 8 MiB and up two powers each, to the end (a region that joins can move the heap's blocks
 * to wider bins). They are rings, first in, first out. Of the request's own bin, if it has many sizes, the first two blocks are looked
 * at, then the first of the lowest higher bin is taken. Small requests are cut from a block's top, others from its bottom, so that small
 * blocks gather behind large ones.
 *
 * Why two looks suffice. Any block of a higher bin serves, so a request that fails has all free blocks in its own bin or below:
 *   - the last bin hides none: it never has two blocks, which with the control would be more than the heap (or it has no sizes);
 *   - a request that fails is larger than all free blocks if its bin has one size, and else larger than any's 2/3, 1/2 or 1/4, by width;
 *   - so a larger heap always helps. Where live blocks have M bytes in all, there are M / 16 at most, and free ones, which lie between
 *     them, one more a region. A request of n bytes fails only if the heap without control and maps has less than
 *     M + (M / 16 + regions) * 4 n bytes, whatever came before. Aligned ones: n + alignment + 8.
 *
 * Time: malloc, free and realloc O(1) (but for copying): malloc looks at two blocks of its bin and one more (aligned: twice) and changes
 * two rings; free changes three. Overhead: none a block, rounded up to 8, at least 16; for the heap 136 bytes and 1/64 of the arena. A
 * request has 2^29 - 16 bytes at most. docs/BITMAP_FIT.md has the figures, and what else was tried. */
#include "../src/bitmap_bins.h"
#include "../src/bitmap_cells.h"
#include "../src/bitmap_inspect.h"

HEAP_POLICY_PROTOTYPES(bitmap_fit);

enum { CELLS_PARAM, CELLS_OFF = 1, CELLS_ON, CELLS_STANDARD = CELLS_OFF };

/* Are pointers told apart? In a heap with cells they have to be. */
#define tells(heap) (heap_checked(heap) || (HEAP_BITMAP_FIT_CELLS && arena_u32(heap, CELLS) != NO_CELLS))

/* ---- cutting ---- */

/* A listed block becomes used as a whole. */
INLINE_IF_FAST void take_whole(struct view view, heap_off block, uint32_t bytes, bool first)
{
    pull(view, block, first);
    if (!FOR_SIZE && bytes < NEAR_BYTES) {
        map_flip(view, block, SECOND | BEFORE << bytes / GRANULE); /* of the least block these are one bit */
        return;
    }
    map_flip(view, block, SECOND);
    if (bytes != MIN_BLOCK) {
        map_flip(view, block + bytes, BEFORE);
    }
}

/* A used block's bytes, or those behind one that do not belong to a block, become a free one; a used block follows. `flips`: of SECOND
 * and perhaps START. */
static void make_free(struct view view, heap_off block, uint32_t bytes, uint32_t flips)
{
    map_flip(view, block, flips);
    if (bytes != MIN_BLOCK) {
        map_flip(view, block + bytes, BEFORE);
    }
    push(view, block, bytes);
}

/* A used block without a coded size keeps `need` of its `bytes`, more if the rest is too small to be a block; its size is coded. */
static void settle(struct view view, heap_off block, uint32_t bytes, uint32_t need)
{
    if (bytes - need >= MIN_BLOCK) {
        heap_note_step(view.heap, HEAP_STEP_SPLIT, block + need, bytes - need);
        make_free(view, block + need, bytes - need, START | SECOND);
        bytes = need;
    }
    code_size(view, block, bytes, true);
}

/* Cuts `need` bytes out of a listed block that has them behind the first `lead` (none, or a block), where a payload is aligned. */
static ALWAYS_INLINE heap_off take(struct view view, heap_off block, uint32_t need, uint32_t lead, uint32_t align, bool first)
{
    const uint32_t bytes = free_size(view, block), rest = bytes - need;
    if (rest >= MIN_BLOCK && cut_from_top(need) && ((!FOR_SIZE && align == GRANULE) || ((block + rest) & (align - 1)) == 0)) {
        heap_note_step(view.heap, HEAP_STEP_SPLIT, block, rest);
        const bool kept = replace(view, block, block, rest, first);
        map_flip(view, block + rest, (!kept && rest == MIN_BLOCK ? START : BEFORE | START) | BEFORE << need / GRANULE);
        return block + rest;
    }
    if (!FOR_SIZE && lead == 0) {
        if (rest < MIN_BLOCK) {
            take_whole(view, block, bytes, first);
            code_size(view, block, bytes, true);
            return block;
        }
        heap_note_step(view.heap, HEAP_STEP_SPLIT, block + need, rest);
        (void)replace(view, block, block + need, rest, first);
        map_flip(view, block, SECOND);
        map_flip(view, block + need, rest == MIN_BLOCK ? START : START | SECOND);
        code_size(view, block, need, true);
        return block;
    }
    take_whole(view, block, bytes, first);
    if (lead != 0) {
        heap_note_step(view.heap, HEAP_STEP_SPLIT, block, lead);
        map_flip(view, block + lead, START);
        make_free(view, block, lead, SECOND);
    }
    settle(view, block + lead, bytes - lead, need);
    return block + lead;
}

/* ---- merging ---- */

static inline uint32_t bytes_behind(struct view view, heap_off after) { return is_free(map_bits(view, after)) ? free_size(view, after) : 0; }

/* The free block at `after` joins the used one before it. */
INLINE_IF_FAST void join(struct view view, heap_off after, uint32_t bytes)
{
    heap_note_step(view.heap, HEAP_STEP_MERGE, after, bytes);
    take_whole(view, after, bytes, false);
    map_flip(view, after, START);
}

/* Frees a live block of any size. */
static NOT_INLINE void release_any(struct view view, heap_off off)
{
    const uint32_t used = used_bytes(view, off), behind = bytes_behind(view, off + used), bytes = used + behind;
    code_size(view, off, used, false);
    if (behind != 0) {
        join(view, off + used, behind);
    }
    map_flip(view, off + bytes, BEFORE);
    if ((map_bits(view, off) & BEFORE) == 0) {
        if (bytes != MIN_BLOCK) {
            map_flip(view, off, SECOND);
        }
        push(view, off, bytes);
        return;
    }
    const uint32_t before = free_size_before(view, off);
    heap_note_step(view.heap, HEAP_STEP_MERGE, off, used);
    map_flip(view, off, before == MIN_BLOCK ? START : BEFORE | START);
    replace(view, off - before, off - before, before + bytes, false);
}

/* Frees a live block: one window shows a small one and both its neighbours' states; one change of it writes all that follows. `merges`:
 * with the free block before it, of `before` bytes. */
static ALWAYS_INLINE void release(struct view view, heap_off off, struct window window, bool merges, uint32_t before)
{
    const uint32_t ends = window_ends(window);
    if (ends == 0) {
        release_any(view, off);
        return;
    }
    const uint32_t granules = 2 + bits_lowest(ends);
    uint32_t bytes = granules * GRANULE, flips = BEFORE << granules;
    if ((window_bits(window) >> granules & SECOND) != 0) {
        const heap_off after = off + bytes;
        const uint32_t behind = free_size(view, after);
        heap_note_step(view.heap, HEAP_STEP_MERGE, after, behind);
        pull(view, after, false);
        flips = (behind == MIN_BLOCK ? START : START | SECOND) << granules;
        bytes += behind;
    }
    if (merges) {
        heap_note_step(view.heap, HEAP_STEP_MERGE, off, granules * GRANULE);
        window_flip(window, flips | (before == MIN_BLOCK ? START : BEFORE | START));
        (void)replace(view, off - before, off - before, before + bytes, false);
        return;
    }
    window_flip(window, flips | SECOND);
    push(view, off, bytes);
}

/* ---- regions ---- */

/* The parameter: whether small requests will have cells. */
static uint32_t cells_at_first(const struct heap *heap)
{
    return HEAP_BITMAP_FIT_CELLS && heap_param_or(heap, CELLS_PARAM, CELLS_STANDARD) == CELLS_ON ? 0 : NO_CELLS;
}

static int lay_region(struct heap *heap, uint32_t index)
{
    const struct heap_region *region = &heap->regions[index];
    if (region->bytes < CONTROL_BYTES + MIN_BLOCK && index == 0) {
        return HEAP_E_TOO_SMALL;
    }
    const struct view view = view_region(heap, region);
    const heap_off first = first_block(heap, region), end = end_of(region);
    if (first > end || end - first < MIN_BLOCK) {
        return HEAP_E_TOO_SMALL;
    }
    memset(at(view, region->first), 0, map_end(heap, region) - region->first);
    if (index == 0) {
        set_word(view, BINS, width_for(heap->bytes));
        set_word(view, CELLS, cells_at_first(heap));
    }
    map_flip(view, end, START); /* the end mark */
    make_free(view, first, end - first, START | SECOND);
    return HEAP_OK;
}

#if HEAP_MAX_REGIONS > 1
/* The heap has grown: the blocks of bins of many sizes go to wider ones, which come no later. */
static void widen_bins(struct heap *heap)
{
    const struct view view = view_of(heap, 0);
    set_word(view, BINS, (word(view, BINS) & ~WIDTH) | width_for(heap->bytes));
    for (uint32_t bin = FIRST_RANGE; bin <= LAST_BIN; bin++) {
        const heap_off last = word(view, head_at(bin));
        heap_off block = last != 0 ? word(view, last + NEXT) : 0;
        for (bool more = last != 0; more;) {
            const heap_off next = word(view, block + NEXT);
            more = block != last;
            pull(view, block, true);
            push(view, block, free_size(view, block));
            block = next;
        }
    }
}
#endif

int heap_bitmap_fit_init(struct heap *heap)
{
    if (!HEAP_BITMAP_FIT_CELLS && heap_param_or(heap, CELLS_PARAM, CELLS_OFF) == CELLS_ON) {
        return HEAP_E_ARGUMENT;
    }
    return heap->alignment < GRANULE ? HEAP_E_ALIGNMENT : lay_region(heap, 0);
}

int heap_bitmap_fit_add_region(struct heap *heap, uint32_t index)
{
#if HEAP_MAX_REGIONS > 1
    const int error = lay_region(heap, index);
    if (error == HEAP_OK && (arena_u32(heap, BINS) & WIDTH) != width_for(heap->bytes)) {
        widen_bins(heap);
    }
    return error;
#else
    (void)heap, (void)index;
    return HEAP_E_REGIONS;
#endif
}

/* ---- the policy's functions ---- */

static inline uint32_t need_for(uint32_t size, uint32_t alignment)
{
    return size <= MIN_BLOCK ? MIN_BLOCK : bits_up(size, alignment);
}

/* Bytes in front of the first place in a free block where a payload of that alignment can lie: none, or a block's. */
static ALWAYS_INLINE uint32_t lead_of(heap_off block, uint32_t align)
{
    const uint32_t lead = !FOR_SIZE && align == GRANULE ? 0 : (0u - block) & (align - 1);
    return lead == GRANULE ? GRANULE + align : lead;
}

#if HEAP_BITMAP_FIT_CELLS
#define ONCE_IF_SMALL INLINE_IF_FAST /* two call it */
#else
#define ONCE_IF_SMALL static ALWAYS_INLINE
#endif

/* A place in the block that a request without alignment would get, or else in one that is large enough wherever it lies. */
ONCE_IF_SMALL heap_off alloc(struct heap *heap, uint32_t need, uint32_t align)
{
    const struct view view = view_of(heap, 0);
    heap_off block = 0;
    uint32_t lead = 0, room = need;
    do {
        block = choose(view, room);
        if (block == 0) {
            return HEAP_NONE;
        }
        lead = lead_of(block, align);
        room = need + align + GRANULE;
    } while (lead > free_size(view, block) - need);
    const bool first = !FOR_SIZE && align == GRANULE && need < RANGES_FROM; /* else it may be the second of its ring */
    const heap_off taken = take(view_change(view, block), block, need, lead, align, first);
    if (taken == HEAP_NONE) {
        __builtin_unreachable(); /* so that nobody asks again */
    }
    return taken;
}

/* All but what is small and needs no alignment. */
INLINE_IF_SMALL heap_off alloc_any(struct heap *heap, uint32_t size, uint32_t align)
{
    return size > MOST_BYTES ? HEAP_NONE : alloc(heap, need_for(size, heap->alignment), align);
}

#if HEAP_BITMAP_FIT_CELLS
/* A cell, or a block as long as cells are not worth a run, or there is no room for one. */
static NOT_INLINE heap_off alloc_small(struct heap *heap)
{
    const struct view view = view_of(heap, 0);
    const uint32_t cells = word(view, CELLS);
    if (cells >= CONTROL_BYTES) {
        return cell_take(view, cells);
    }
    heap_off off = HEAP_NONE;
    for (uint32_t bytes = cells == OPENS && heap->bytes <= RUNS_UP_TO ? RUN_BYTES : MIN_BLOCK;; bytes = MIN_BLOCK) {
        off = alloc_any(heap, bytes, GRANULE);
        if (off != HEAP_NONE && bytes == RUN_BYTES) {
            run_open(view_of(heap, off), off);
            return off;
        }
        if (off != HEAP_NONE || bytes == MIN_BLOCK) {
            break;
        }
    }
    if (off != HEAP_NONE && cells < OPENS) {
        set_word(view, CELLS, cells + 8);
    }
    return off;
}

/* Where no used block begins: a cell. */
static NOT_INLINE int free_small(struct heap *heap, heap_off off)
{
    const struct view view = view_of(heap, off);
    const heap_off run = run_of(view, off), emptied = run != 0 ? cell_give(view, run, off) : 0;
    if (emptied != 0) {
        release_any(view, emptied);
    }
    return run != 0 ? HEAP_OK : HEAP_E_NOT_LIVE;
}

static bool is_cell(const struct heap *heap, heap_off off) { return run_of(view_of(heap, off), off) != 0; }
#else
#define alloc_small(heap) HEAP_NONE
#define free_small(heap, off) HEAP_E_NOT_LIVE
#define is_cell(heap, off) false
#endif

PUBLIC_INLINE_IF_FAST heap_off heap_bitmap_fit_alloc(struct heap *heap, uint32_t size, uint32_t align)
{
    if (HEAP_BITMAP_FIT_CELLS && size <= GRANULE && align == GRANULE) {
        return alloc_small(heap);
    }
    if (!FOR_SIZE && size <= RANGES_FROM - GRANULE && align == GRANULE) {
        return alloc(heap, need_for(size, GRANULE), GRANULE);
    }
    return alloc_any(heap, size, align);
}

/* The way for speed: the tests of is_live are also those of where to go. */
static ALWAYS_INLINE int free_fast(struct heap *heap, struct view view, heap_off off)
{
    const struct window window = window_at(view, off);
    const uint32_t state = window_bits(window) & (BEFORE | START | SECOND);
    const bool live = !tells(heap) || !is_special(view, off, window);
    if (state == START || (!tells(heap) && (state & BEFORE) == 0)) {
        if (!live) {
            return free_small(heap, off);
        }
        release(view, off, window, false, 0);
        return HEAP_OK;
    }
    if (tells(heap) && (state != (BEFORE | START) || !live || (word(view, off - FOOTER) & FOOTER_MARK) == 0)) {
        return free_small(heap, off);
    }
    release(view, off, window, true, free_size_before(view, off));
    return HEAP_OK;
}

PUBLIC_INLINE_IF_FAST int heap_bitmap_fit_free(struct heap *heap, heap_off off, struct heap_layout layout)
{
    const struct view view = view_of(heap, off);
    (void)layout;
    if (!FOR_SIZE) {
        return free_fast(heap, view, off);
    }
    if (tells(heap) && !is_live(view, off)) {
        return free_small(heap, off);
    }
    release_any(view, off);
    return HEAP_OK;
}

/* Grows or shrinks where it is, or down into the free block before it: where it then begins, or HEAP_NONE with nothing changed. */
static heap_off resize(struct view view, heap_off off, uint32_t need, uint32_t align)
{
    const uint32_t bytes = used_bytes(view, off), behind = bytes_behind(view, off + bytes);
    uint32_t all = bytes + behind;
    heap_off block = off;
    if (bytes - need < MIN_BLOCK && (behind == 0 || need == bytes)) {
        return off;
    }
    if (need > all) {
        const uint32_t before = (map_bits(view, off) & BEFORE) != 0 ? free_size_before(view, off) : 0;
        block -= before;
        all += before;
        if (need > all || (align != 0 && (block & (align - 1)) != 0)) {
            return HEAP_NONE;
        }
    }
    code_size(view, off, bytes, false);
    if (behind != 0) {
        join(view, off + bytes, behind);
    }
    if (block != off) {
        heap_note_step(view.heap, HEAP_STEP_MERGE, block, off - block);
        take_whole(view, block, off - block, false);
        map_flip(view, off, START);
        memmove(at(view, block), at(view, off), bytes);
    }
    settle(view, block, all, need);
    return block;
}

#if FOR_SIZE
#define move_alloc heap_bitmap_fit_alloc
#define move_free heap_bitmap_fit_free
#else
/* Called: a realloc that moves is long as it is, and what is always inlined has no address for a compiler that does not look through it. */
static NOT_INLINE heap_off move_alloc(struct heap *heap, uint32_t size, uint32_t align) { return heap_bitmap_fit_alloc(heap, size, align); }
static NOT_INLINE int move_free(struct heap *heap, heap_off off, struct heap_layout layout) { return heap_bitmap_fit_free(heap, off, layout); }
#endif

heap_off heap_bitmap_fit_realloc(struct heap *heap, heap_off off, struct heap_layout old, uint32_t size)
{
    const struct view view = view_of(heap, off);
    heap_off resized = HEAP_NONE;
    uint32_t capacity = GRANULE;
    if (tells(heap) && !is_live(view, off)) {
        if (!is_cell(heap, off)) {
            heap->error = HEAP_E_NOT_LIVE;
            return HEAP_NONE;
        }
        resized = size <= GRANULE ? off : HEAP_NONE;
    } else {
        resized = size > MOST_BYTES ? HEAP_NONE : resize(view, off, need_for(size, heap->alignment), old.align);
        capacity = resized != HEAP_NONE ? 0 : used_bytes(view, off);
    }
    return resized != HEAP_NONE ? resized
                                : arena_realloc_by_moving(heap, off, old, capacity, size, move_alloc, move_free);
}

uint32_t heap_bitmap_fit_usable(const struct heap *heap, heap_off off)
{
    const struct view view = view_of(heap, off);
    return !tells(heap) || is_live(view, off) ? used_bytes(view, off) : is_cell(heap, off) ? GRANULE : 0;
}

static const struct heap_param params[] = {
    {.key = "cells", .help = "8 B for requests of up to 8 B, not 16", .standard = CELLS_STANDARD, .min = CELLS_OFF, .max = CELLS_ON,
     .choices = "off|on"},
    {.key = NULL},
};

const struct heap_policy_inspect heap_bitmap_fit_inspect = {
    .traits = HEAP_FREES | HEAP_COALESCES | HEAP_ALIGNS | HEAP_FINDS_DOUBLE_FREE | HEAP_FINDS_INTERIOR | HEAP_RESTORES,
    .walk = walk, .check = check, .extent = extent, .largest_request = largest_request,
    .params = params,
    .idea = "no headers: a bit for every 8 bytes; a few lists of free blocks",
    .overhead = "rounding up to 8 B, at least 16 B; 136 B a heap and 1/64 of the arena",
    .bounds = "malloc, free and realloc O(1) (but for copying)",
    .source = "Heaplab's own",
    .picture = "| payload |",
    HEAP_INSPECT_WORDS("| next 4 | previous 4 | size 4 | … | size 4 |", NULL)
    HEAP_INSPECT_BINS(bins)
    HEAP_INSPECT_MAP(tell_map)
};

HEAP_POLICY_TABLE(bitmap_fit, HEAP_ID('B', 'M', 'F', 'T'), 0);
