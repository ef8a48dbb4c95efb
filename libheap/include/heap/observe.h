/* observe.h: what the simulator hears of a policy at work. On a board (HEAP_LAB 0) all of it compiles to nothing. */
#ifndef HEAP_OBSERVE_H
#define HEAP_OBSERVE_H

#include "heap.h"

enum heap_step {
    HEAP_STEP_VISIT, /* a free block (or a list's place) was looked at; counted in heap->steps */
    HEAP_STEP_BIN,   /* a bin or a size class was chosen */
    HEAP_STEP_SPLIT, /* a block was cut: the part at `off` stays free */
    HEAP_STEP_MERGE  /* a free block took in its neighbour at `off` */
};

struct heap_observer {
    void *ctx;
    void (*step)(void *ctx, enum heap_step step, heap_off off, uint32_t bytes); /* NULL: not wanted */
    void (*free_added)(void *ctx, heap_off off, uint32_t bytes);               /* a free block came to be: whole block, header included */
    void (*free_removed)(void *ctx, heap_off off, uint32_t bytes);             /* it is no longer one, as it was announced */
};

#if HEAP_LAB
static inline void heap_note_step(struct heap *heap, enum heap_step step, heap_off off, uint32_t bytes)
{
    if (step == HEAP_STEP_VISIT) {
        heap->steps++;
    }
    if (heap->observer != NULL && heap->observer->step != NULL) {
        heap->observer->step(heap->observer->ctx, step, off, bytes);
    }
}

static inline void heap_note_free_added(struct heap *heap, heap_off off, uint32_t bytes)
{
    if (heap->observer != NULL) {
        heap->observer->free_added(heap->observer->ctx, off, bytes);
    }
}

static inline void heap_note_free_removed(struct heap *heap, heap_off off, uint32_t bytes)
{
    if (heap->observer != NULL) {
        heap->observer->free_removed(heap->observer->ctx, off, bytes);
    }
}
#else
#define heap_note_step(heap, step, off, bytes) ((void)0)
#define heap_note_free_added(heap, off, bytes) ((void)0)
#define heap_note_free_removed(heap, off, bytes) ((void)0)
#endif

#endif
