/* fit.c: the address-ordered free list of the fits: splitting, merging, resizing. */
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

static void list_remove(struct heap *heap, heap_off block)
{
    const heap_off next = tag_link_next(heap, block);
    heap_note_free_removed(heap, block, tag_size(heap, block));
    join(heap, tag_link_prev(heap, block), next);
    move_rover(heap, block, next);
}

/* A free block of `bytes` at `block` takes the place of `old` in the list. Reads the old links before it writes anything. */
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

static void list_insert(struct heap *heap, heap_off prev, heap_off block, uint32_t bytes)
{
    const heap_off next = prev == HEAP_NONE ? list_head(heap) : tag_link_next(heap, prev);
    tag_make_free(heap, block, bytes);
    join(heap, prev, block);
    join(heap, block, next);
    heap_note_free_added(heap, block, bytes);
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

/* Frees a block that is marked used, merging it with its free neighbours. */
static void release(struct heap *heap, heap_off block)
{
    const uint32_t bytes = tag_size(heap, block);
    const heap_off after = block + bytes;
    const bool merge_after = !tag_is_used(heap, after);
    if (tag_prev_is_free(heap, block)) {
        const heap_off before = tag_prev(heap, block);
        uint32_t all = tag_size(heap, before) + bytes;
        arena_set_u32(heap, block, bytes); /* no longer used, wherever a stale pointer looks */
        heap_note_step(heap, HEAP_STEP_MERGE, block, bytes);
        if (merge_after) {
            all += tag_size(heap, after);
            move_rover(heap, after, before);
            list_remove(heap, after);
        }
        list_replace(heap, before, before, all);
    } else if (merge_after) {
        heap_note_step(heap, HEAP_STEP_MERGE, after, tag_size(heap, after));
        list_replace(heap, after, block, bytes + tag_size(heap, after));
    } else {
        list_insert(heap, list_before(heap, block), block, bytes);
    }
}

/* ---- the policy's functions ---- */

int fit_init(struct heap *heap)
{
    heap_off block = HEAP_NONE;
    const int error = tagged_lay_region(heap, 0, FIT_CONTROL_BYTES, &block);
    if (error == HEAP_OK) {
        arena_set_u32(heap, FIT_HEAD, HEAP_NONE);
        arena_set_u32(heap, FIT_ROVER, HEAP_NONE);
        release(heap, block);
    }
    return error;
}

int fit_add_region(struct heap *heap, uint32_t index)
{
    heap_off block = HEAP_NONE;
    const int error = tagged_lay_region(heap, index, FIT_CONTROL_BYTES, &block);
    if (error == HEAP_OK) {
        release(heap, block);
    }
    return error;
}

heap_off fit_take(struct heap *heap, heap_off block, uint32_t need, uint32_t align)
{
    const uint32_t bytes = tag_size(heap, block), lead = tag_lead(block, bytes, need, align);
    const heap_off taken = block + lead;
    const uint32_t rest = bytes - lead - need;
    const uint32_t used = rest >= TAG_MIN_BLOCK ? need : bytes - lead;
    if (lead != 0) {
        list_replace(heap, block, block, lead); /* sets the flag in what was inside: overwritten by the next line's tags */
        tag_make_used(heap, taken, used, TAG_PREV_FREE);
        if (used == need && rest != 0) {
            list_insert(heap, block, taken + need, rest);
        }
    } else if (used == need && rest != 0) {
        heap_note_step(heap, HEAP_STEP_SPLIT, taken + need, rest);
        list_replace(heap, block, taken + need, rest);
        arena_set_u32(heap, taken, need | TAG_USED);
    } else {
        list_remove(heap, block);
        tag_make_used(heap, taken, used, 0);
    }
    return tag_payload(taken);
}

int fit_free(struct heap *heap, heap_off off)
{
    if (heap_checked(heap)) {
        const int error = tagged_live(heap, off);
        if (error != HEAP_OK) {
            return error;
        }
    }
    release(heap, tag_block(off));
    return HEAP_OK;
}

/* Cuts a used block to `need` bytes and frees the tail, if there is enough of it to be a block or a free one behind to join. */
static void trim(struct heap *heap, heap_off block, uint32_t need)
{
    const uint32_t tag = arena_u32(heap, block), bytes = tag & ~TAG_FLAGS, rest = bytes - need;
    if (rest >= TAG_MIN_BLOCK || (rest != 0 && !tag_is_used(heap, block + bytes))) {
        arena_set_u32(heap, block, need | (tag & TAG_FLAGS));
        arena_set_u32(heap, block + need, rest | TAG_USED);
        release(heap, block + need);
    }
}

int fit_resize(struct heap *heap, heap_off off, uint32_t size)
{
    const int error = heap_checked(heap) ? tagged_live(heap, off) : HEAP_OK;
    if (error != HEAP_OK) {
        return error;
    }
    const heap_off block = tag_block(off);
    const uint32_t bytes = tag_size(heap, block), need = tag_need(heap, size);
    if (need <= bytes) {
        trim(heap, block, need);
        return HEAP_OK;
    }
    const heap_off after = block + bytes;
    if (tag_is_used(heap, after) || tag_size(heap, after) < need - bytes) {
        return HEAP_E_NO_MEMORY;
    }
    const uint32_t all = bytes + tag_size(heap, after), prev_free = arena_u32(heap, block) & TAG_PREV_FREE;
    if (all - need >= TAG_MIN_BLOCK) {
        list_replace(heap, after, block + need, all - need);
        arena_set_u32(heap, block, need | TAG_USED | prev_free);
    } else {
        list_remove(heap, after);
        tag_make_used(heap, block, all, prev_free);
    }
    return HEAP_OK;
}

heap_off fit_slide(struct heap *heap, heap_off off, uint32_t size, uint32_t align)
{
    const heap_off block = tag_block(off);
    if (!tag_prev_is_free(heap, block)) {
        return HEAP_NONE;
    }
    const heap_off before = tag_prev(heap, block), after = block + tag_size(heap, block);
    const uint32_t old = tag_size(heap, block) - TAG_BYTES, need = tag_need(heap, size);
    const uint32_t behind = tag_is_used(heap, after) ? 0 : tag_size(heap, after);
    const uint32_t all = block - before + tag_size(heap, block) + behind;
    if (all < need || (tag_payload(before) & (align - 1)) != 0) {
        return HEAP_NONE;
    }
    if (behind != 0) {
        list_remove(heap, after);
    }
    list_remove(heap, before);
    arena_move(heap, tag_payload(before), off, old < size ? old : size);
    tag_make_used(heap, before, all, 0);
    trim(heap, before, need);
    return tag_payload(before);
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
    return tagged_walk(heap, FIT_CONTROL_BYTES, visit, ctx);
}

int fit_check(const struct heap *heap, heap_off *where)
{
    uint32_t expected = 0;
    const int error = tagged_check(heap, FIT_CONTROL_BYTES, &expected, where);
    if (error != HEAP_OK) {
        return error;
    }
    const heap_off rover = arena_u32(heap, FIT_ROVER);
    bool rover_seen = rover == HEAP_NONE;
    heap_off prev = HEAP_NONE;
    for (heap_off block = list_head(heap); block != HEAP_NONE; prev = block, block = tag_link_next(heap, block)) {
        *where = block;
        if (expected-- == 0 || block >= heap->bytes || (block & 3u) != 0 || (prev != HEAP_NONE && block <= prev) ||
            tag_is_used(heap, block) || tag_link_prev(heap, block) != prev) {
            return HEAP_E_CORRUPT;
        }
        rover_seen = rover_seen || block == rover;
    }
    *where = expected != 0 ? FIT_HEAD : FIT_ROVER;
    return expected == 0 && rover_seen ? HEAP_OK : HEAP_E_CORRUPT;
}
