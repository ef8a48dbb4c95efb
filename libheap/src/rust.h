/* rust.h: what Rust's GlobalAlloc does around its allocators, for their replicas: the Layout's limit and the default realloc. */
#ifndef HEAP_RUST_H
#define HEAP_RUST_H

#include "nominal.h"

/* Where nothing else is asked for; a Layout may ask for less. */
#define RUST_ALIGN 8u
#define RUST_WORD 4u

static inline void rust_set_alignment(struct heap *heap)
{
    heap->natural = RUST_ALIGN;
    heap->alignment = RUST_WORD;
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

/* ---- walks over memory whose free blocks alone are known, from lists in any order ---- */

#define RUST_STOPPED 1 /* the visitor wants no more */

/* Fills the batch with the free blocks from `above` on; false where a list is damaged. */
typedef bool (*rust_collect_fn)(const struct heap *heap, uint32_t above, struct nominal_batch *batch);

/* The spans of [from, to), which lies in `region`: free blocks, and payload between them. */
static inline int rust_walk_gaps(const struct heap *heap, const struct heap_region *region, uint32_t from, uint32_t to, rust_collect_fn collect,
                                 heap_span_fn visit, void *ctx)
{
    const uint32_t shift = region->first - region->address; /* nominal address to offset */
    struct nominal_batch batch;
    bool more = true;
    while (more) {
        if (!collect(heap, from, &batch)) {
            return HEAP_E_CORRUPT;
        }
        more = batch.count == NOMINAL_BATCH;
        for (uint32_t i = 0; i < batch.count && batch.blocks[i].address < to; i++) {
            const uint32_t block = batch.blocks[i].address, bytes = batch.blocks[i].bytes;
            if (block < from || bytes > to - block) {
                return HEAP_E_CORRUPT;
            }
            if (!arena_emit(visit, ctx, from + shift, block - from, HEAP_PAYLOAD) || !arena_emit(visit, ctx, block + shift, bytes, HEAP_FREE)) {
                return RUST_STOPPED;
            }
            from = block + bytes;
        }
        more = more && batch.blocks[NOMINAL_BATCH - 1].address < to;
    }
    return arena_emit(visit, ctx, from + shift, to - from, HEAP_PAYLOAD) ? HEAP_OK : RUST_STOPPED;
}

/* The spans of a region of which [from, to) is managed. */
static inline int rust_walk(const struct heap *heap, const struct heap_region *region, uint32_t from, uint32_t to, rust_collect_fn collect,
                            heap_span_fn visit, void *ctx)
{
    const uint32_t shift = region->first - region->address, end = region->address + region->bytes;
    if (from >= to) {
        return arena_emit(visit, ctx, region->first, region->bytes, HEAP_RESERVED) ? HEAP_OK : RUST_STOPPED;
    }
    if (!arena_emit(visit, ctx, region->first, from - region->address, HEAP_RESERVED)) {
        return RUST_STOPPED;
    }
    const int error = rust_walk_gaps(heap, region, from, to, collect, visit, ctx);
    if (error != HEAP_OK) {
        return error;
    }
    return arena_emit(visit, ctx, to + shift, end - to, HEAP_RESERVED) ? HEAP_OK : RUST_STOPPED;
}

#endif
