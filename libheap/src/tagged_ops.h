/* tagged_ops.h: what every policy on tagged blocks does alike: take, release, trim, resize, slide. How free blocks are listed is
 * the policy's: it passes its three list operations, as one constant table that the compiler folds into direct calls.
 *
 * Invariant between calls: every free block is in the policy's lists exactly once, with its tags and links written; two free
 * blocks never touch. Costs: a bounded number of list operations a call, no loop. */
#ifndef HEAP_TAGGED_OPS_H
#define HEAP_TAGGED_OPS_H

#include "tagged.h"

/* Each writes the free tags and notes the block's coming and going for the observer. */
struct tagged_lists {
    /* `block` becomes a free block; `before` is the free block next below it if that is known, else HEAP_NONE. */
    void (*insert)(struct heap *heap, heap_off block, uint32_t bytes, heap_off before);
    void (*remove)(struct heap *heap, heap_off block);
    /* A free block at `block`, which overlaps or touches the listed `old`, takes its place. */
    void (*replace)(struct heap *heap, heap_off old, heap_off block, uint32_t bytes);
};

/* Frees a block that is marked used, merging it with its free neighbours. */
static inline void tagged_release(struct heap *heap, const struct tagged_lists *lists, heap_off block)
{
    const uint32_t bytes = tag_size(heap, block);
    const heap_off after = block + bytes;
    const uint32_t behind = tag_is_used(heap, after) ? 0 : tag_size(heap, after);
    HEAP_ASSERT(tag_is_used(heap, block));
    HEAP_ASSERT(!tag_prev_is_free(heap, after));
    if (behind != 0) {
        heap_note_step(heap, HEAP_STEP_MERGE, after, behind);
    }
    if (tag_prev_is_free(heap, block)) {
        const heap_off before = tag_prev(heap, block);
        const uint32_t all = tag_size(heap, before) + bytes + behind;
        arena_set_u32(heap, block, bytes); /* no longer used, wherever a stale pointer looks */
        heap_note_step(heap, HEAP_STEP_MERGE, block, bytes);
        if (behind != 0) {
            lists->remove(heap, before);
            lists->replace(heap, after, before, all);
        } else {
            lists->replace(heap, before, before, all);
        }
    } else if (behind != 0) {
        lists->replace(heap, after, block, bytes + behind);
    } else {
        lists->insert(heap, block, bytes, HEAP_NONE);
    }
}

/* Cuts `need` bytes, whose payload is aligned to `align`, out of a free block that tag_lead says can hold them. Their payload. */
static inline heap_off tagged_take(struct heap *heap, const struct tagged_lists *lists, heap_off block, uint32_t need, uint32_t align)
{
    const uint32_t bytes = tag_size(heap, block), lead = tag_lead(block, bytes, need, align);
    const heap_off taken = block + lead;
    const uint32_t rest = bytes - lead - need;
    HEAP_ASSERT(!tag_is_used(heap, block) && lead != HEAP_NONE);
    const bool cut = rest >= TAG_MIN_BLOCK;
    if (cut) {
        heap_note_step(heap, HEAP_STEP_SPLIT, taken + need, rest);
    }
    if (lead != 0) {
        heap_note_step(heap, HEAP_STEP_SPLIT, block, lead);
        lists->replace(heap, block, block, lead); /* marks what begins at `taken`: overwritten by its own tag */
        tag_make_used(heap, taken, cut ? need : need + rest, TAG_PREV_FREE);
        if (cut) {
            lists->insert(heap, taken + need, rest, block);
        }
    } else if (cut) {
        lists->replace(heap, block, taken + need, rest);
        arena_set_u32(heap, taken, need | TAG_USED);
    } else {
        lists->remove(heap, block);
        tag_make_used(heap, taken, bytes, 0);
    }
    return tag_payload(taken);
}

static inline int tagged_free(struct heap *heap, const struct tagged_lists *lists, heap_off off)
{
    const int error = heap_checked(heap) ? tagged_live(heap, off) : HEAP_OK;
    if (error == HEAP_OK) {
        tagged_release(heap, lists, tag_block(off));
    }
    return error;
}

/* Cuts a used block to `need` bytes and frees the tail, if there is enough of it to be a block or a free one behind to join. */
static inline void tagged_trim(struct heap *heap, const struct tagged_lists *lists, heap_off block, uint32_t need)
{
    const uint32_t tag = arena_u32(heap, block), bytes = tag & ~TAG_FLAGS, rest = bytes - need;
    if (rest >= TAG_MIN_BLOCK || (rest != 0 && !tag_is_used(heap, block + bytes))) {
        arena_set_u32(heap, block, need | (tag & TAG_FLAGS));
        arena_set_u32(heap, block + need, rest | TAG_USED);
        tagged_release(heap, lists, block + need);
    }
}

/* Resizes in place: shrinks, or grows into the free right neighbour. HEAP_OK, HEAP_E_NO_MEMORY, or why the pointer is refused. */
static inline int tagged_resize(struct heap *heap, const struct tagged_lists *lists, heap_off off, uint32_t size)
{
    const int error = heap_checked(heap) ? tagged_live(heap, off) : HEAP_OK;
    if (error != HEAP_OK) {
        return error;
    }
    const heap_off block = tag_block(off), after = block + tag_size(heap, block);
    const uint32_t bytes = after - block, need = tag_need(heap, size);
    if (need <= bytes) {
        tagged_trim(heap, lists, block, need);
        return HEAP_OK;
    }
    if (tag_is_used(heap, after) || tag_size(heap, after) < need - bytes) {
        return HEAP_E_NO_MEMORY;
    }
    const uint32_t all = bytes + tag_size(heap, after), prev_free = arena_u32(heap, block) & TAG_PREV_FREE;
    if (all - need >= TAG_MIN_BLOCK) {
        lists->replace(heap, after, block + need, all - need);
        arena_set_u32(heap, block, need | TAG_USED | prev_free);
    } else {
        lists->remove(heap, after);
        tag_make_used(heap, block, all, prev_free);
    }
    return HEAP_OK;
}

/* The last resort: slides the payload down into its free left neighbour, if both (and a free right one) can hold it. */
static inline heap_off tagged_slide(struct heap *heap, const struct tagged_lists *lists, heap_off off, uint32_t size, uint32_t align)
{
    const heap_off block = tag_block(off);
    if (!tag_prev_is_free(heap, block)) {
        return HEAP_NONE;
    }
    const heap_off before = tag_prev(heap, block), after = block + tag_size(heap, block);
    const uint32_t old = tag_size(heap, block) - TAG_BYTES, need = tag_need(heap, size);
    const uint32_t behind = tag_is_used(heap, after) ? 0 : tag_size(heap, after);
    const uint32_t all = after - before + behind;
    if (all < need || (tag_payload(before) & (align - 1)) != 0) {
        return HEAP_NONE;
    }
    if (behind != 0) {
        lists->remove(heap, after);
    }
    lists->remove(heap, before);
    arena_set_u32(heap, block, old); /* no longer used, wherever a stale pointer looks */
    arena_move(heap, tag_payload(before), off, old < size ? old : size);
    tag_make_used(heap, before, all, 0);
    tagged_trim(heap, lists, before, need);
    return tag_payload(before);
}

/* The whole of a policy's realloc: in place, else elsewhere, else down. */
static inline heap_off tagged_realloc(struct heap *heap, const struct tagged_lists *lists, heap_off off, struct heap_layout old, uint32_t size,
                                      heap_off (*alloc)(struct heap *, uint32_t, uint32_t),
                                      int (*release)(struct heap *, heap_off, struct heap_layout))
{
    const int error = tagged_resize(heap, lists, off, size);
    if (error != HEAP_E_NO_MEMORY) {
        heap->error = error;
        return error == HEAP_OK ? off : HEAP_NONE;
    }
    const heap_off moved = arena_realloc_by_moving(heap, off, old, tag_size(heap, tag_block(off)) - TAG_BYTES, size, alloc, release);
    return moved != HEAP_NONE ? moved
                              : tagged_slide(heap, lists, off, size, old.align > heap->alignment ? old.align : heap->alignment);
}

#endif
