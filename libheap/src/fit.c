/* fit.c: the address-ordered free list of the fits, and its check. */
#include "fit.h"

static heap_off list_head(const struct heap *heap) { return arena_u32(heap, FIT_HEAD); }

/* Makes `to` follow `from`; HEAP_NONE stands for the list's ends. */
static void join(struct heap *heap, heap_off from, heap_off to)
{
    if (from == HEAP_NONE) {
        arena_set_u32(heap, FIT_HEAD, to);
    } else {
        tag_set_link_next(heap, from, to);
    }
    if (to != HEAP_NONE) {
        tag_set_link_prev(heap, to, from);
    }
}

static void move_rover(struct heap *heap, heap_off from, heap_off to)
{
    if (arena_u32(heap, FIT_ROVER) == from) {
        arena_set_u32(heap, FIT_ROVER, to);
    }
}

/* The last free block below `block`, or HEAP_NONE. */
static heap_off list_before(struct heap *heap, heap_off block)
{
    heap_off prev = HEAP_NONE;
    for (heap_off next = list_head(heap); next < block; next = tag_link_next(heap, next)) {
        heap_note_step(heap, HEAP_STEP_VISIT, next, tag_size(heap, next));
        prev = next;
    }
    return prev;
}

static void list_insert(struct heap *heap, heap_off block, uint32_t bytes, heap_off before)
{
    const heap_off prev = before != HEAP_NONE ? before : list_before(heap, block);
    const heap_off next = prev == HEAP_NONE ? list_head(heap) : tag_link_next(heap, prev);
    tag_make_free(heap, block, bytes);
    join(heap, prev, block);
    join(heap, block, next);
    heap_note_free_added(heap, block, bytes);
}

static void list_remove(struct heap *heap, heap_off block)
{
    const heap_off next = tag_link_next(heap, block);
    heap_note_free_removed(heap, block, tag_size(heap, block));
    join(heap, tag_link_prev(heap, block), next);
    move_rover(heap, block, next);
}

/* Reads the old links before it writes anything: the two blocks may overlap. */
static void list_replace(struct heap *heap, heap_off old, heap_off block, uint32_t bytes)
{
    const heap_off next = tag_link_next(heap, old), prev = tag_link_prev(heap, old);
    heap_note_free_removed(heap, old, tag_size(heap, old));
    tag_make_free(heap, block, bytes);
    join(heap, prev, block);
    join(heap, block, next);
    move_rover(heap, old, block);
    heap_note_free_added(heap, block, bytes);
}

static const struct tagged_lists lists = {list_insert, list_remove, list_replace};

/* ---- the policy's functions ---- */

static uint32_t control_bytes(const struct heap *heap, uint32_t index)
{
    (void)heap;
    return index == 0 ? FIT_CONTROL_BYTES : 0;
}

int fit_init(struct heap *heap)
{
    heap_off block = HEAP_NONE;
    const int error = tagged_lay_region(heap, 0, FIT_CONTROL_BYTES, &block);
    if (error == HEAP_OK) {
        arena_set_u32(heap, FIT_HEAD, HEAP_NONE);
        arena_set_u32(heap, FIT_ROVER, HEAP_NONE);
        tagged_release(heap, &lists, block);
    }
    return error;
}

int fit_add_region(struct heap *heap, uint32_t index)
{
    heap_off block = HEAP_NONE;
    const int error = tagged_lay_region(heap, index, 0, &block);
    if (error == HEAP_OK) {
        tagged_release(heap, &lists, block);
    }
    return error;
}

heap_off fit_take(struct heap *heap, heap_off block, uint32_t need, uint32_t align)
{
    return tagged_take(heap, &lists, block, need, align);
}

int fit_free(struct heap *heap, heap_off off)
{
    return tagged_free(heap, &lists, off);
}

heap_off fit_realloc(struct heap *heap, heap_off off, struct heap_layout old, uint32_t size,
                     heap_off (*alloc)(struct heap *, uint32_t, uint32_t), int (*release)(struct heap *, heap_off, struct heap_layout))
{
    return tagged_realloc(heap, &lists, off, old, size, alloc, release);
}

/* ---- inspection ---- */

uint32_t fit_largest_request(const struct heap *heap)
{
    uint32_t largest = TAG_BYTES;
    for (heap_off block = list_head(heap); block != HEAP_NONE; block = tag_link_next(heap, block)) {
        const uint32_t bytes = tag_size(heap, block);
        largest = bytes > largest ? bytes : largest;
    }
    return largest - TAG_BYTES;
}

int fit_walk(const struct heap *heap, heap_span_fn visit, void *ctx)
{
    return tagged_walk(heap, control_bytes, visit, ctx);
}

int fit_check(const struct heap *heap, heap_off *where)
{
    uint32_t expected = 0;
    const int error = tagged_check(heap, control_bytes, &expected, where);
    if (error != HEAP_OK) {
        return error;
    }
    const heap_off rover = arena_u32(heap, FIT_ROVER);
    bool rover_seen = rover == HEAP_NONE;
    heap_off prev = HEAP_NONE;
    for (heap_off block = list_head(heap); block != HEAP_NONE; prev = block, block = tag_link_next(heap, block)) {
        *where = block;
        if (expected-- == 0 || !tag_may_be_block(heap, block) || (prev != HEAP_NONE && block <= prev) || tag_is_used(heap, block) ||
            tag_link_prev(heap, block) != prev) {
            return HEAP_E_CORRUPT;
        }
        rover_seen = rover_seen || block == rover;
    }
    *where = expected != 0 ? FIT_HEAD : FIT_ROVER;
    return expected == 0 && rover_seen ? HEAP_OK : HEAP_E_CORRUPT;
}

#if HEAP_LAB
/* ---- for pictures ---- */

enum heap_bins_kind fit_bins(const struct heap *heap, const struct heap_bins_visitor *visitor)
{
    const heap_off head = list_head(heap);
    const struct heap_bin bin = {0, 0, TAG_MIN_BLOCK, heap->bytes, head != HEAP_NONE};
    uint32_t left = heap->bytes / TAG_MIN_BLOCK;
    bool more = visitor->bin(visitor->ctx, &bin);
    for (heap_off block = head; more && left != 0 && tag_may_be_block(heap, block); block = tag_link_next(heap, block)) {
        more = visitor->block(visitor->ctx, block, tag_size(heap, block));
        left--;
    }
    return HEAP_BINS_LIST;
}
#endif
