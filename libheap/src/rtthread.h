/* rtthread.h: what the heaps of RT-Thread share: rt_malloc_align's blocks, which lie inside plain ones.
 *
 *     | plain block: … | p | payload …        p, the plain block's payload, is kept in the word below the aligned payload
 *     ^ p                  ^ r = up(p + 4, align)
 *
 * The plain block is the one of a request for up(size, 4) + align bytes. RT-Thread gives such a payload back by rt_free_align and
 * nothing else. Here free and realloc tell it by the block's layout, an alignment above the natural one; where the owner does not
 * say the layout, by what lies below r: no plain block begins at r, and the word names a live one around it. Without the layout
 * the gap between p and r cannot be told from payload: such a heap has HEAP_NEEDS_LAYOUT.
 *
 * A heap hands in its plain operations, which speak nominal addresses, 0 for none; all is inlined. `natural` is the largest alignment
 * that plain blocks serve (RT_ALIGN_SIZE): what asks for more is wrapped. */
#ifndef HEAP_RTTHREAD_H
#define HEAP_RTTHREAD_H

#include "nominal.h"

struct rt_plain {
    uint32_t (*alloc)(struct heap *heap, uint32_t size);                     /* a payload's address, or 0 */
    uint32_t (*realloc)(struct heap *heap, uint32_t payload, uint32_t size); /* of a live one; 0 with HEAP_RELEASED where it freed it */
    void (*release)(struct heap *heap, uint32_t payload);                    /* of a live one */
    uint32_t (*capacity)(const struct heap *heap, uint32_t payload);         /* of any address in the heap; 0: no live block begins there */
};

static inline uint32_t rt_aligned_place(uint32_t plain, uint32_t align) { return bits_up(plain + 4, align); }

/* The plain payload that the word below `payload` names, if that holds it as an aligned one; else 0. align 0: not known. */
static inline uint32_t rt_plain_below(const struct heap *heap, const struct rt_plain *ops, uint32_t payload, uint32_t align, uint32_t natural)
{
    const uint32_t largest = bits_lowest_power(payload), place = align != 0 ? align : largest;
    if (place <= natural || place > largest || !nominal_holds(heap, payload - 4, 4)) {
        return 0;
    }
    const uint32_t plain = nominal_u32(heap, payload - 4);
    const bool named = (plain & 3u) == 0 && rt_aligned_place(plain, place) == payload && nominal_holds(heap, plain, 0);
    return named && payload - plain <= ops->capacity(heap, plain) ? plain : 0;
}

/* The plain payload that `payload` is or lies in; 0 where neither can be. `natural`: what is not above it is served plainly. */
static inline uint32_t rt_plain_of(const struct heap *heap, const struct rt_plain *ops, uint32_t payload, uint32_t align, uint32_t natural)
{
    const bool plain_first = align <= natural;
    if (plain_first && ops->capacity(heap, payload) != 0) {
        return payload;
    }
    const uint32_t plain = plain_first && align != 0 ? 0 : rt_plain_below(heap, ops, payload, align, natural);
    return plain != 0 || plain_first ? plain : ops->capacity(heap, payload) != 0 ? payload : 0;
}

/* rt_malloc, or rt_malloc_align where more than the natural alignment is asked for. The sum wraps as the original's does. Where it
 * wrapped so far that the payload would begin beyond its block, the original writes p into another's memory: refused. */
static inline uint32_t rt_alloc(struct heap *heap, const struct rt_plain *ops, uint32_t size, uint32_t align, uint32_t natural)
{
    if (align <= natural) {
        return ops->alloc(heap, size);
    }
    const uint32_t plain = ops->alloc(heap, bits_up(size, 4) + align);
    if (plain == 0) {
        return 0;
    }
    const uint32_t payload = rt_aligned_place(plain, align);
    if (payload - plain > ops->capacity(heap, plain) || !nominal_holds(heap, payload, 1)) {
        ops->release(heap, plain);
        return 0;
    }
    nominal_set_u32(heap, payload - 4, plain);
    return payload;
}

/* Aligned as old.align says; allocate, copy, free, in this order; 0: the old block stays. `plain` is what `payload` is or lies in. */
static inline uint32_t rt_realloc_by_moving(struct heap *heap, const struct rt_plain *ops, uint32_t payload, uint32_t plain,
                                            struct heap_layout old, uint32_t size, uint32_t natural)
{
    const uint32_t capacity = ops->capacity(heap, plain) - (payload - plain);
    const uint32_t moved = old.align <= heap->arena_align ? rt_alloc(heap, ops, size, old.align, natural) : 0;
    if (moved != 0) {
        const uint32_t to = rt_plain_of(heap, ops, moved, old.align, natural);
        const uint32_t room = ops->capacity(heap, to) - (moved - to); /* less than size where that wrapped */
        const uint32_t kept = old.size != 0 && old.size < capacity ? old.size : capacity, wanted = size < room ? size : room;
        memcpy(nominal_at(heap, moved), nominal_at(heap, payload), kept < wanted ? kept : wanted);
        ops->release(heap, plain);
    }
    return moved;
}

/* ---- the policies' functions, by offset ---- */

static inline heap_off rt_policy_alloc(struct heap *heap, const struct rt_plain *ops, uint32_t size, uint32_t align, uint32_t natural)
{
    const uint32_t payload = rt_alloc(heap, ops, size, align, natural);
    return payload == 0 ? HEAP_NONE : nominal_off(heap, payload);
}

static inline int rt_policy_free(struct heap *heap, const struct rt_plain *ops, heap_off off, struct heap_layout layout, uint32_t natural)
{
    const uint32_t plain = rt_plain_of(heap, ops, nominal_of(heap, off), layout.align, natural);
    if (plain == 0) {
        return HEAP_E_NOT_LIVE;
    }
    ops->release(heap, plain);
    return HEAP_OK;
}

/* A plain block stays plain, whatever its layout says, where the original knows no better. */
static inline heap_off rt_policy_realloc(struct heap *heap, const struct rt_plain *ops, heap_off off, struct heap_layout old,
                                         uint32_t size, uint32_t natural)
{
    const uint32_t payload = nominal_of(heap, off), plain = rt_plain_of(heap, ops, payload, old.align, natural);
    if (plain == 0) {
        heap->error = HEAP_E_NOT_LIVE;
        return HEAP_NONE;
    }
    const bool wrapped = plain != payload || (old.align > natural && !heap_faithful(heap));
    const uint32_t moved = wrapped ? rt_realloc_by_moving(heap, ops, payload, plain, old, size, natural) : ops->realloc(heap, plain, size);
    return moved == 0 ? HEAP_NONE : nominal_off(heap, moved);
}

static inline uint32_t rt_policy_usable(const struct heap *heap, const struct rt_plain *ops, heap_off off, uint32_t natural)
{
    const uint32_t payload = nominal_of(heap, off), plain = rt_plain_of(heap, ops, payload, 0, natural);
    return plain == 0 ? 0 : ops->capacity(heap, plain) - (payload - plain);
}

#endif
