/* fit.h: everything that first, next, best and worst fit have in common: tagged blocks and one doubly linked free list in
 * address order. A policy adds only its choice.
 *
 * Control (8 bytes at the arena's start): head of the list; rover, where next fit goes on. Costs: a free block is found by the
 * policy's search, O(free blocks); free is O(1) beside a free neighbour and else walks the list for its place; merging is
 * immediate. Address order is what keeps low addresses dense (Wilson et al., "Dynamic storage allocation", 1995).
 */
#ifndef HEAP_FIT_H
#define HEAP_FIT_H

#include "tagged_ops.h"

#define FIT_HEAD 0u
#define FIT_ROVER 4u
#define FIT_CONTROL_BYTES 8u

/* The free block to use for `need` bytes at `align`, or HEAP_NONE. */
typedef heap_off (*fit_choice)(struct heap *heap, uint32_t need, uint32_t align);

static inline bool fit_serves(struct heap *heap, heap_off block, uint32_t need, uint32_t align)
{
    heap_note_step(heap, HEAP_STEP_VISIT, block, tag_size(heap, block));
    return tag_lead(block, tag_size(heap, block), need, align) != HEAP_NONE;
}

heap_off fit_take(struct heap *heap, heap_off block, uint32_t need, uint32_t align); /* cuts the request out; its payload */

static inline heap_off fit_alloc(struct heap *heap, uint32_t size, uint32_t align, fit_choice choose)
{
    const uint32_t need = tag_need(heap, size);
    const heap_off block = choose(heap, need, align);
    return block == HEAP_NONE ? HEAP_NONE : fit_take(heap, block, need, align);
}

int fit_init(struct heap *heap);
int fit_add_region(struct heap *heap, uint32_t index);
int fit_free(struct heap *heap, heap_off off);
uint32_t fit_largest_request(const struct heap *heap);
int fit_walk(const struct heap *heap, heap_span_fn visit, void *ctx);
int fit_check(const struct heap *heap, heap_off *where);

#if HEAP_LAB
enum heap_bins_kind fit_bins(const struct heap *heap, const struct heap_bins_visitor *visitor);
#endif

heap_off fit_realloc(struct heap *heap, heap_off off, struct heap_layout old, uint32_t size,
                     heap_off (*alloc)(struct heap *, uint32_t, uint32_t), int (*release)(struct heap *, heap_off, struct heap_layout));

#define FIT_TRAITS (HEAP_FREES | HEAP_COALESCES | HEAP_ALIGNS | HEAP_FINDS_DOUBLE_FREE | HEAP_RESTORES | HEAP_ALIGNS_4)
#define FIT_OVERHEAD "4 B a block, rounded up to the alignment, at least 16 B; 12 B a heap"

/* The functions of a fit policy that are the same for all four. */
#define FIT_POLICY(NAME, CHOOSE)                                                                                              \
    int heap_##NAME##_init(struct heap *heap) { return fit_init(heap); }                                                      \
    int heap_##NAME##_add_region(struct heap *heap, uint32_t index) { return fit_add_region(heap, index); }                   \
    heap_off heap_##NAME##_alloc(struct heap *heap, uint32_t size, uint32_t align) { return fit_alloc(heap, size, align, CHOOSE); } \
    int heap_##NAME##_free(struct heap *heap, heap_off off, struct heap_layout layout) { (void)layout; return fit_free(heap, off); } \
    heap_off heap_##NAME##_realloc(struct heap *heap, heap_off off, struct heap_layout old, uint32_t size)                    \
    {                                                                                                                         \
        return fit_realloc(heap, off, old, size, heap_##NAME##_alloc, heap_##NAME##_free);                                    \
    }                                                                                                                         \
    uint32_t heap_##NAME##_usable(const struct heap *heap, heap_off off) { return tagged_usable(heap, off); }

#endif
