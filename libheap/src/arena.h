/* arena.h: how a policy reads and writes its arena: by offset, in fixed widths, little-endian.
 *
 * The word type may alias anything (the arena is raw memory); offsets of u32 accesses are multiples of 4, so that
 * ARMv6-M, which faults on others, runs the same code. With one region an access is one addition; with several, offsets beyond
 * the first region cost a search of the region table. */
#ifndef HEAP_ARENA_H
#define HEAP_ARENA_H

#include <string.h>

#include <heap/heap.h>
#include <heap/observe.h>
#include <heap/policy.h>

#include "bits.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the image is little-endian");

typedef uint32_t __attribute__((may_alias)) arena_word;

#if HEAP_MAX_REGIONS > 1
uint8_t *arena_at_far(const struct heap *heap, heap_off off);
heap_off arena_offset_far(const struct heap *heap, const void *pointer);
#endif

/* Packs the regions' offsets anew after one has changed: for a resize at work, whose policy still needs what the region will lose. */
void arena_number_regions(struct heap *heap);

/* off < heap->bytes */
static inline uint8_t *arena_at(const struct heap *heap, heap_off off)
{
#if HEAP_MAX_REGIONS > 1
    if (off >= heap->regions[0].bytes) {
        return arena_at_far(heap, off);
    }
#endif
    return heap->base + off;
}

/* HEAP_NONE for a pointer outside. */
static inline heap_off arena_offset_of(const struct heap *heap, const void *pointer)
{
    const uintptr_t within = (uintptr_t)pointer - (uintptr_t)heap->base;
#if HEAP_MAX_REGIONS > 1
    return within < heap->regions[0].bytes ? (heap_off)within : arena_offset_far(heap, pointer);
#else
    return within < heap->bytes ? (heap_off)within : HEAP_NONE;
#endif
}

static inline uint32_t arena_u32(const struct heap *heap, heap_off off) { return *(const arena_word *)(const void *)arena_at(heap, off); }
static inline void arena_set_u32(struct heap *heap, heap_off off, uint32_t value) { *(arena_word *)(void *)arena_at(heap, off) = value; }
static inline uint8_t arena_u8(const struct heap *heap, heap_off off) { return *arena_at(heap, off); }
static inline void arena_set_u8(struct heap *heap, heap_off off, uint8_t value) { *arena_at(heap, off) = value; }

/* Both ranges lie in one region each; they may overlap. */
static inline void arena_move(struct heap *heap, heap_off to, heap_off from, uint32_t bytes)
{
    memmove(arena_at(heap, to), arena_at(heap, from), bytes);
}

/* The region that `off` lies in. */
static inline const struct heap_region *arena_region(const struct heap *heap, heap_off off)
{
    const struct heap_region *region = heap->regions;
    while (off - region->first >= region->bytes) {
        region++;
    }
    return region;
}

/* The rule for a realloc that cannot stay: allocate, copy, free, in this order; on failure the old block stays. `capacity` is the
 * old payload's. Inlined, so that a one-policy build calls directly. */
static inline heap_off arena_realloc_by_moving(struct heap *heap, heap_off off, struct heap_layout old, uint32_t capacity, uint32_t size,
                                               heap_off (*alloc)(struct heap *, uint32_t, uint32_t),
                                               int (*release)(struct heap *, heap_off, struct heap_layout))
{
    if (old.align > heap->arena_align) {
        return HEAP_NONE; /* a region that came later vouches for less: nowhere else is it sure to be aligned */
    }
    heap_off moved = alloc(heap, size, old.align > heap->alignment ? old.align : heap->alignment);
    if (moved != HEAP_NONE) {
        uint32_t kept = old.size != 0 && old.size < capacity ? old.size : capacity;
        memcpy(arena_at(heap, moved), arena_at(heap, off), kept < size ? kept : size);
        (void)release(heap, off, old);
    }
    return moved;
}

/* Emits a span of a walk; empty ones are left out. Returns false when the visitor wants no more. */
static inline bool arena_emit(heap_span_fn visit, void *ctx, heap_off off, uint32_t bytes, enum heap_span_kind kind)
{
    const struct heap_span span = {off, bytes, 0, 0, (uint8_t)kind};
    return bytes == 0 || visit(ctx, &span);
}

#ifdef HEAP_ONE_POLICY
#include "short_ways.h" /* for HEAP_POLICY_TABLE */
#endif

#endif
