/* freertos.h: what the replicas of FreeRTOS's heaps share: kernel versions, the block's header, and the heap of heap_4 and heap_5.
 *
 *     | next | size | payload … |      size: of the whole block; bit 31: allocated, then next is 0
 *
 * Addresses are nominal ones. The blocks of a region lie in a row without gaps, so that the sizes lead from one to the next. */
#ifndef HEAP_FREERTOS_H
#define HEAP_FREERTOS_H

#include "nominal.h"

#define FREERTOS_NEXT 0u
#define FREERTOS_SIZE 4u
#define FREERTOS_HEADER 8u
#define FREERTOS_ALLOCATED (UINT32_C(1) << 31)
#define FREERTOS_ALIGN 8u       /* portBYTE_ALIGNMENT */
#define FREERTOS_KEPT 16u       /* a rest up to this stays with the block */
#define FREERTOS_SMALLEST 16u   /* the block of the smallest request */

/* ---- versions: those at which a placement changed; the parameter `version` of every one of these replicas ---- */

enum freertos_version {
    FREERTOS_9_0_0 = 1,
    FREERTOS_10_4_3,
    FREERTOS_10_4_6,
    FREERTOS_10_5_0,
    FREERTOS_10_6_0,
    FREERTOS_11_0_0
};
extern const struct heap_param freertos_params[];

#define FREERTOS_VERSION "V11.1.0+ (commit 4269c69)"

static inline uint32_t freertos_version(const struct heap *heap)
{
    return heap_param_or(heap, 0, FREERTOS_11_0_0);
}

/* What every init begins with: HEAP_OK, or HEAP_E_ARGUMENT for a version that does not exist. */
int freertos_begin(struct heap *heap);

/* The original ignores alignments, so that a faithful payload may lack it; otherwise the request is refused. */
static inline bool freertos_refuses(const struct heap *heap, uint32_t align)
{
    return align > FREERTOS_ALIGN && !heap_faithful(heap);
}

/* Where the blocks of heap_1 and heap_2 begin. Up to 10.4.5 memory that is aligned already loses 8 bytes there. */
static inline uint32_t freertos_base(const struct heap *heap)
{
    const uint32_t address = heap->regions[0].address;
    return freertos_version(heap) < FREERTOS_10_4_6 ? bits_down(address, FREERTOS_ALIGN) + FREERTOS_ALIGN : bits_up(address, FREERTOS_ALIGN);
}

/* What they call the heap's size: 8 bytes go, whether the base is rounded or not. */
static inline uint32_t freertos_bytes(const struct heap *heap)
{
    return heap->regions[0].bytes < 8 ? 0 : heap->regions[0].bytes - 8;
}

/* ---- blocks ---- */

static inline uint32_t freertos_next(const struct heap *heap, uint32_t block) { return nominal_u32(heap, block + FREERTOS_NEXT); }
static inline uint32_t freertos_word(const struct heap *heap, uint32_t block) { return nominal_u32(heap, block + FREERTOS_SIZE); }
static inline uint32_t freertos_size(const struct heap *heap, uint32_t block) { return freertos_word(heap, block) & ~FREERTOS_ALLOCATED; }

static inline void freertos_set(struct heap *heap, uint32_t block, uint32_t next, uint32_t word)
{
    nominal_set_u32(heap, block + FREERTOS_NEXT, next);
    nominal_set_u32(heap, block + FREERTOS_SIZE, word);
}

static inline void freertos_note_added(struct heap *heap, uint32_t block)
{
    nominal_note_free_added(heap, block, freertos_size(heap, block));
}

static inline void freertos_note_removed(struct heap *heap, uint32_t block)
{
    nominal_note_free_removed(heap, block, freertos_size(heap, block));
}

/* The block that a request needs, or 0 where there can be none. `pads`: a multiple of 8 gets 8 bytes more. */
static inline uint32_t freertos_wanted(uint32_t size, bool pads)
{
    const uint32_t gap = pads ? FREERTOS_ALIGN - size % FREERTOS_ALIGN : (0u - size) % FREERTOS_ALIGN;
    if (size == 0 || size > UINT32_MAX - FREERTOS_HEADER - gap) {
        return 0;
    }
    const uint32_t wanted = size + FREERTOS_HEADER + gap;
    return (wanted & FREERTOS_ALLOCATED) != 0 ? 0 : wanted;
}

/* The largest request that a block of this size serves. */
static inline uint32_t freertos_serves(uint32_t bytes, bool pads)
{
    return bytes < FREERTOS_SMALLEST ? 0 : bits_down(bytes, FREERTOS_ALIGN) - FREERTOS_HEADER - (pads ? 1 : 0);
}

/* Where the blocks of a region lie: from start to end, which is where its marker is, if it has one. Both 0: the region is too small
 * to have any. */
struct freertos_row {
    uint32_t start, end;
};

/* Can a block of the row begin here? Its size keeps to the row and to the alignment, and an allocated one is in no list. */
bool freertos_is_block(const struct heap *heap, struct freertos_row row, uint32_t block);

/* HEAP_OK if the block looks allocated and its neighbour like a block, else HEAP_E_NOT_LIVE or HEAP_E_CORRUPT. O(1). */
int freertos_find(const struct heap *heap, struct freertos_row row, uint32_t block);

/* The spans of one region, up to `marker` bytes behind the row included. False: the visitor wants no more, or *error. */
bool freertos_walk_region(const struct heap *heap, const struct heap_region *region, struct freertos_row row, uint32_t marker,
                          heap_span_fn visit, void *ctx, int *error);

struct heap_extent freertos_extent(const struct heap *heap, heap_off off, struct heap_layout layout);

/* ---- heap_4 and heap_5: one list of all free blocks in order of address, first fit, neighbours are merged ----
 *
 *     region 0:  | block | block | … | marker |     region 1:  | block | … | marker (END) |
 *
 * A marker is a header of size 0. The last one ends the list; those of the other regions (heap_5) are entries of it, which never
 * serve a request and are lost to the free block in front of them when it grows. */

/* The original's static variables. */
struct freertos_heap {
    uint32_t start_next, start_size; /* the list's START; size 0 */
    uint32_t end;
    uint32_t free_bytes, min_ever_free, allocs, frees;
};
_Static_assert(sizeof(struct freertos_heap) == 28, "as on a 32-bit machine");

static inline struct freertos_heap *freertos_heap(const struct heap *heap) { return (struct freertos_heap *)(void *)heap->state; }

int freertos_join(struct heap *heap, uint32_t index); /* a region joins, behind those that are there already */
heap_off freertos_alloc(struct heap *heap, uint32_t size, uint32_t align);
int freertos_free(struct heap *heap, heap_off off, struct heap_layout layout);
heap_off freertos_realloc(struct heap *heap, heap_off off, struct heap_layout old, uint32_t size);
uint32_t freertos_usable(const struct heap *heap, heap_off off);

int freertos_walk(const struct heap *heap, heap_span_fn visit, void *ctx);
int freertos_check(const struct heap *heap, heap_off *where);
uint32_t freertos_largest_request(const struct heap *heap);
void freertos_statistics(const struct heap *heap, bool begun, heap_statistic_fn emit, void *ctx); /* not begun: as before the set-up */

#endif
