/* short_ways.h: malloc and free where speed counts and nothing is unusual: no lock, alignment 8, a request or a pointer that the policy
 * serves at once. All else goes the long way through heap.c, from its beginning: what failed has changed nothing. One comparison tells:
 * heap.c keeps two numbers in the handle that are 0 where only the long way is right. Not in the lab, which would see both attempts. */
#ifndef HEAP_SHORT_WAYS_H
#define HEAP_SHORT_WAYS_H

#include "arena.h"

#define HEAP_SHORT_ALIGN 8u
#if !HEAP_LAB && !HEAP_COUNT_BYTES && !defined(__OPTIMIZE_SIZE__)
#define HEAP_SHORT_WAYS 1
#else
#define HEAP_SHORT_WAYS 0
#endif

#if HEAP_SHORT_WAYS
#define HEAP_FLATTEN __attribute__((flatten)) /* the policy's function is part of the call */
#else
#define HEAP_FLATTEN
#endif

/* In heap.c: the whole of each call. */
void *heap_long_malloc(struct heap *heap, size_t size);
int heap_long_free(struct heap *heap, void *pointer, struct heap_layout layout);

static inline __attribute__((always_inline)) void *heap_short_malloc(struct heap *heap, size_t size,
                                                                     heap_off (*alloc)(struct heap *, uint32_t, uint32_t))
{
#if HEAP_SHORT_WAYS
    if (size - 1 < heap->short_bytes) {
        const heap_off found = alloc(heap, (uint32_t)size, HEAP_SHORT_ALIGN);
        if (found != HEAP_NONE) {
            heap->counters.allocations++;
            return arena_at(heap, found);
        }
    }
#else
    (void)alloc;
#endif
    void *served = heap_long_malloc(heap, size);
    __asm__("" : "+r"(served)); /* not a jump there: the short way would have to leave the stack as it was */
    return served;
}

static inline __attribute__((always_inline)) int heap_short_free(struct heap *heap, void *pointer, struct heap_layout layout,
                                                                 int (*release)(struct heap *, heap_off, struct heap_layout))
{
#if HEAP_SHORT_WAYS
    const uintptr_t within = (uintptr_t)pointer - (uintptr_t)heap->base;
    const uintptr_t units = within >> 3 | within << (sizeof within * 8 - 3); /* a misaligned one is far outside */
    if (units < heap->short_units && release(heap, (heap_off)within, layout) == HEAP_OK) {
        heap->counters.frees++;
        return HEAP_OK;
    }
#else
    (void)release;
#endif
    int error = heap_long_free(heap, pointer, layout);
    __asm__("" : "+r"(error)); /* not a jump there: the short way would have to leave the stack as it was */
    return error;
}

#endif
