/* heap_call.h: a call of libheap as data, so that one place can make it and count its instructions. heap_call_counted.c counts them
 * on a board under the emulator; heap_call_plain.c just calls. */
#ifndef HEAP_CALL_H
#define HEAP_CALL_H

#include <heap/heap.h>

enum heap_call_op { HEAP_CALL_MALLOC, HEAP_CALL_CALLOC, HEAP_CALL_ALIGNED, HEAP_CALL_REALLOC, HEAP_CALL_FREE };

struct heap_call {
    enum heap_call_op op;
    void *pointer;              /* realloc, free; the result of the others */
    struct heap_layout layout;  /* of `pointer` as its owner knows it */
    size_t size;
    uint32_t align;             /* HEAP_CALL_ALIGNED */
    int error;                  /* result of free */
    uint32_t instructions;      /* 0 where they are not counted */
};

void heap_call_make(struct heap *heap, struct heap_call *call);

extern const bool heap_call_counts;

/* Count the policy's own functions alone: what is asked of heap.c before, and its counters, is left out. For figures beside those of
 * allocators that have no such layer. */
extern bool heap_call_bare;

#endif
