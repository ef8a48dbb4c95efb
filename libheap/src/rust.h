/* rust.h: what Rust's GlobalAlloc does around its allocators, for their replicas: the Layout's limit and the default realloc. */
#ifndef HEAP_RUST_H
#define HEAP_RUST_H

#include "nominal.h"

/* Where nothing else is asked for; a faithful replica may be asked for less. */
#define RUST_ALIGN 8u
#define RUST_WORD 4u

static inline void rust_set_alignment(struct heap *heap)
{
    heap->natural = RUST_ALIGN;
    heap->alignment = heap_faithful(heap) ? RUST_WORD : RUST_ALIGN;
}

/* A Layout of this size and alignment can be built (its size rounded up to the alignment is at most isize::MAX); none other reaches
 * an allocator. align is a power of two. */
static inline bool rust_layout_exists(uint32_t size, uint32_t align)
{
    return size <= (UINT32_C(1) << 31) - align;
}

#endif
