/* bump.c: a pointer that only rises: the cheapest allocator there is, for what lives as long as its heap.
 *
 *     | top | last | payload | payload | payload ……… |        rest         |        at every region's start: top, last
 *                                      ^ last        ^ top
 *
 * Blocks have no header, so nobody's size is known but the last block's: free gives the last block back and lets every other
 * rest until the heap is set up again (it returns 0: the caller did nothing wrong); realloc grows and shrinks the last block in
 * place and copies others, up to the top where the caller does not say how large they were. usable_size is 0 for a block that is
 * not the last. The gap in front of an aligned payload is lost.
 *
 * Time: O(1) a region. Overhead: nothing a block but the rounding to the alignment, 8 bytes a region. What finds bad pointers: all
 * above the top are refused; below it any aligned one looks right.
 * Source: folklore; FreeRTOS's heap_1 is one. */
#include "../src/arena.h"

HEAP_POLICY_PROTOTYPES(bump);

#define TOP 0u  /* where the free rest begins */
#define LAST 4u /* the last payload, or HEAP_NONE where it has been freed */
#define CONTROL_BYTES 8u

static heap_off first_payload(const struct heap *heap, const struct heap_region *region)
{
    return bits_up(region->first + CONTROL_BYTES, heap->alignment);
}

static heap_off limit(const struct heap *heap, const struct heap_region *region)
{
    return bits_down(region->first + region->bytes, heap->alignment);
}

static void set_top(struct heap *heap, const struct heap_region *region, heap_off top)
{
    const heap_off old = arena_u32(heap, region->first + TOP), end = limit(heap, region);
    if (old != top) {
        if (old != end) {
            heap_note_free_removed(heap, old, end - old);
        }
        arena_set_u32(heap, region->first + TOP, top);
        if (top != end) {
            heap_note_free_added(heap, top, end - top);
        }
    }
}

static int lay_region(struct heap *heap, const struct heap_region *region)
{
    const heap_off first = first_payload(heap, region), end = limit(heap, region);
    if (first >= end) {
        return HEAP_E_TOO_SMALL;
    }
    arena_set_u32(heap, region->first + TOP, first);
    arena_set_u32(heap, region->first + LAST, HEAP_NONE);
    heap_note_free_added(heap, first, end - first);
    return HEAP_OK;
}

/* HEAP_OK, or HEAP_E_NOT_LIVE for what cannot be a payload: control, or the free rest. */
static int live(const struct heap *heap, const struct heap_region *region, heap_off off)
{
    return off < first_payload(heap, region) || off >= arena_u32(heap, region->first + TOP) ? HEAP_E_NOT_LIVE : HEAP_OK;
}

static bool is_last(const struct heap *heap, const struct heap_region *region, heap_off off)
{
    return arena_u32(heap, region->first + LAST) == off;
}

/* ---- the policy's functions ---- */

int heap_bump_init(struct heap *heap)
{
    return lay_region(heap, &heap->regions[0]);
}

int heap_bump_add_region(struct heap *heap, uint32_t index)
{
    return lay_region(heap, &heap->regions[index]);
}

heap_off heap_bump_alloc(struct heap *heap, uint32_t size, uint32_t align)
{
    for (uint32_t i = 0; i < heap->region_count; i++) {
        const struct heap_region *region = &heap->regions[i];
        const heap_off off = bits_up(arena_u32(heap, region->first + TOP), align), end = limit(heap, region);
        heap_note_step(heap, HEAP_STEP_VISIT, off, end - off);
        if (off <= end && size <= end - off) {
            set_top(heap, region, bits_up(off + size, heap->alignment));
            arena_set_u32(heap, region->first + LAST, off);
            return off;
        }
    }
    return HEAP_NONE;
}

int heap_bump_free(struct heap *heap, heap_off off, struct heap_layout layout)
{
    const struct heap_region *region = arena_region(heap, off);
    const int error = heap_checked(heap) ? live(heap, region, off) : HEAP_OK;
    (void)layout;
    if (error == HEAP_OK && is_last(heap, region, off)) {
        arena_set_u32(heap, region->first + LAST, HEAP_NONE);
        set_top(heap, region, off);
    }
    return error;
}

heap_off heap_bump_realloc(struct heap *heap, heap_off off, struct heap_layout old, uint32_t size)
{
    const struct heap_region *region = arena_region(heap, off);
    const heap_off end = limit(heap, region);
    heap->error = heap_checked(heap) ? live(heap, region, off) : HEAP_OK;
    if (heap->error != HEAP_OK) {
        return HEAP_NONE;
    }
    if (is_last(heap, region, off) && size <= end - off) {
        set_top(heap, region, bits_up(off + size, heap->alignment));
        return off;
    }
    if (size <= old.size) {
        return off;
    }
    return arena_realloc_by_moving(heap, off, old, arena_u32(heap, region->first + TOP) - off, size, heap_bump_alloc, heap_bump_free);
}

uint32_t heap_bump_usable(const struct heap *heap, heap_off off)
{
    const struct heap_region *region = arena_region(heap, off);
    return is_last(heap, region, off) ? arena_u32(heap, region->first + TOP) - off : 0;
}

/* ---- inspection ---- */

/* Everything handed out is one payload, but that the last block is told apart. */
static int walk(const struct heap *heap, heap_span_fn visit, void *ctx)
{
    for (uint32_t i = 0; i < heap->region_count; i++) {
        const struct heap_region *region = &heap->regions[i];
        const heap_off first = first_payload(heap, region), end = limit(heap, region), control = region->first + CONTROL_BYTES;
        const heap_off top = arena_u32(heap, region->first + TOP), known = arena_u32(heap, region->first + LAST);
        const heap_off last = known == HEAP_NONE ? top : known;
        if (first > last || last > top || top > end) {
            return HEAP_E_CORRUPT;
        }
        if (!arena_emit(visit, ctx, region->first, CONTROL_BYTES, HEAP_CONTROL) ||
            !arena_emit(visit, ctx, control, first - control, HEAP_RESERVED) || !arena_emit(visit, ctx, first, last - first, HEAP_PAYLOAD) ||
            !arena_emit(visit, ctx, last, top - last, HEAP_PAYLOAD) || !arena_emit(visit, ctx, top, end - top, HEAP_FREE) ||
            !arena_emit(visit, ctx, end, region->first + region->bytes - end, HEAP_RESERVED)) {
            return HEAP_OK;
        }
    }
    return HEAP_OK;
}

static int check(const struct heap *heap, heap_off *where)
{
    for (uint32_t i = 0; i < heap->region_count; i++) {
        const struct heap_region *region = &heap->regions[i];
        const heap_off first = first_payload(heap, region), end = limit(heap, region);
        const heap_off top = arena_u32(heap, region->first + TOP), last = arena_u32(heap, region->first + LAST);
        const uint32_t mask = heap->alignment - 1;
        *where = region->first + TOP;
        if (top < first || top > end || (top & mask) != 0) {
            return HEAP_E_CORRUPT;
        }
        *where = region->first + LAST;
        if (last != HEAP_NONE && (last < first || last >= top || (last & mask) != 0)) {
            return HEAP_E_CORRUPT;
        }
    }
    return HEAP_OK;
}

/* Of a block that is not the last, the size is not known: 0. */
static struct heap_extent extent(const struct heap *heap, heap_off off, struct heap_layout layout)
{
    (void)layout;
    return (struct heap_extent){off, heap_bump_usable(heap, off), 0};
}

static uint32_t largest_request(const struct heap *heap)
{
    uint32_t largest = 0;
    for (uint32_t i = 0; i < heap->region_count; i++) {
        const uint32_t rest = limit(heap, &heap->regions[i]) - arena_u32(heap, heap->regions[i].first + TOP);
        largest = rest > largest ? rest : largest;
    }
    return largest;
}

const struct heap_policy_inspect heap_bump_inspect = {
    .traits = HEAP_ALIGNS | HEAP_NEEDS_LAYOUT | HEAP_COALESCES | HEAP_ALIGNS_4,
    .walk = walk, .check = check, .extent = extent, .largest_request = largest_request,
    .idea = "a pointer that only rises; only the last block can be given back",
    .overhead = "0 B a block but the rounding to the alignment; 8 B a region",
    .bounds = "malloc, free and realloc O(regions) (but for copying); freed space is lost, but the last block's",
    .source = "folklore",
    .picture = "| payload |",
};

HEAP_POLICY_TABLE(bump, HEAP_ID('B', 'U', 'M', 'P'), 0);
