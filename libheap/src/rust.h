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

/* The alignment that counts: to each of these allocators less than a word is a word. */
static inline uint32_t rust_align(const struct heap *heap, uint32_t align)
{
    return align > heap->alignment ? align : heap->alignment;
}

/* Rust always hands the Layout back; a call from C may come without. */
static inline bool rust_layout_given(const struct heap *heap, struct heap_layout layout)
{
    return layout.size != 0 || heap_faithful(heap);
}

/* The largest size that can be asked for where `bytes` could be served. */
static inline uint32_t rust_largest(const struct heap *heap, uint32_t bytes)
{
    const uint32_t most = heap_faithful(heap) ? (UINT32_C(1) << 31) - RUST_ALIGN : heap->bytes - 1;
    return bytes < most ? bytes : most;
}

/* GlobalAlloc's default, of a block that is live. A program never asks for size 0 but frees; so does this. */
static inline heap_off rust_realloc_by_moving(struct heap *heap, heap_off off, struct heap_layout old, uint32_t size,
                                              heap_off (*alloc)(struct heap *, uint32_t, uint32_t),
                                              int (*release)(struct heap *, heap_off, struct heap_layout))
{
    if (size == 0) {
        const int error = release(heap, off, old);
        heap->error = error == HEAP_OK ? HEAP_RELEASED : error;
        return HEAP_NONE;
    }
    return nominal_realloc_by_moving(heap, off, old, old.size, size, alloc, release);
}

#endif
