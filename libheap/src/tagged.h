/* tagged.h: the block format that the fits and tlsf share: one word of header, boundary tags in free blocks only.
 *
 *   used  | size|flags | payload ………………………… |            size: the whole block, a multiple of the heap's alignment A
 *   free  | size|flags | next | prev | … | size |            flags: bit 0 this block is used, bit 1 the block before is free
 *           4            4      4          4
 *
 * Blocks lie at offsets b with b + 4 a multiple of A, side by side from a region's first block to its end mark, a header of
 * size 0 that counts as used. Two free blocks never touch. Overhead: 4 bytes a block, padding to A, blocks of at least 16 bytes.
 * Because only the neighbour of a free block needs its size, the footer costs used blocks nothing (Knuth, TAOCP 2.5, algorithm C,
 * with the tag moved as in Doug Lea's malloc).
 *
 * A freed header keeps its place with bit 0 cleared, even inside a merged block: a double free is found until that memory
 * is part of a live block again, whose owner may write what looks like a header. A pointer into a block's middle is found unless the four bytes before it look like a header that its
 * neighbour confirms.
 */
#ifndef HEAP_TAGGED_H
#define HEAP_TAGGED_H

#include "arena.h"

#define TAG_BYTES 4u
#define TAG_PICTURE "| size·flags 4 | payload |"
#define TAG_INSPECT_WORDS HEAP_INSPECT_WORDS("| size·flags 4 | next 4 | previous 4 | … | size 4 |", "size·: used 0, before free 1")
#define TAG_USED 1u
#define TAG_PREV_FREE 2u
#define TAG_FLAGS 3u
#define TAG_MIN_BLOCK 16u

static inline uint32_t tag_size(const struct heap *heap, heap_off block) { return arena_u32(heap, block) & ~TAG_FLAGS; }
static inline bool tag_is_used(const struct heap *heap, heap_off block) { return (arena_u32(heap, block) & TAG_USED) != 0; }
static inline bool tag_prev_is_free(const struct heap *heap, heap_off block) { return (arena_u32(heap, block) & TAG_PREV_FREE) != 0; }
static inline heap_off tag_prev(const struct heap *heap, heap_off block) { return block - arena_u32(heap, block - TAG_BYTES); }
static inline heap_off tag_payload(heap_off block) { return block + TAG_BYTES; }
static inline heap_off tag_block(heap_off payload) { return payload - TAG_BYTES; }

static inline heap_off tag_link_next(const struct heap *heap, heap_off block) { return arena_u32(heap, block + 4); }
static inline heap_off tag_link_prev(const struct heap *heap, heap_off block) { return arena_u32(heap, block + 8); }
static inline void tag_set_link_next(struct heap *heap, heap_off block, heap_off to) { arena_set_u32(heap, block + 4, to); }
static inline void tag_set_link_prev(struct heap *heap, heap_off block, heap_off to) { arena_set_u32(heap, block + 8, to); }

/* The block size for a request. size < heap->bytes, so nothing overflows. */
static inline uint32_t tag_need(const struct heap *heap, uint32_t size)
{
    const uint32_t need = bits_up(size + TAG_BYTES, heap->alignment);
    return need < TAG_MIN_BLOCK ? TAG_MIN_BLOCK : need;
}

/* Where in the free block the request would be cut out: bytes that stay free in front of it (0, or at least a minimum block),
 * or HEAP_NONE if it does not fit. align >= heap->alignment. */
static inline uint32_t tag_lead(heap_off block, uint32_t block_bytes, uint32_t need, uint32_t align)
{
    uint32_t lead = bits_up(block + TAG_BYTES, align) - TAG_BYTES - block;
    while (lead != 0 && lead < TAG_MIN_BLOCK) {
        lead += align;
    }
    return lead <= block_bytes && block_bytes - lead >= need ? lead : HEAP_NONE;
}

/* Writes the tags of a free block; the flag of its right neighbour too. The block before it is used. */
static inline void tag_make_free(struct heap *heap, heap_off block, uint32_t bytes)
{
    const heap_off after = block + bytes;
    arena_set_u32(heap, block, bytes);
    arena_set_u32(heap, after - TAG_BYTES, bytes);
    arena_set_u32(heap, after, arena_u32(heap, after) | TAG_PREV_FREE);
}

/* Writes the tag of a used block; `flags` says whether the block before is free. */
static inline void tag_make_used(struct heap *heap, heap_off block, uint32_t bytes, uint32_t prev_free)
{
    const heap_off after = block + bytes;
    arena_set_u32(heap, block, bytes | TAG_USED | prev_free);
    arena_set_u32(heap, after, arena_u32(heap, after) & ~TAG_PREV_FREE);
}

/* Lays an end mark and one used block over region `index` behind `control_bytes` of the policy's; *block = that block, to be
 * released. HEAP_E_TOO_SMALL where no block has room. */
int tagged_lay_region(struct heap *heap, uint32_t index, uint32_t control_bytes, heap_off *block);

/* Is `off` the payload of a live block? HEAP_OK, HEAP_E_NOT_LIVE, or HEAP_E_CORRUPT when its neighbours contradict it. O(1). */
int tagged_live(const struct heap *heap, heap_off off);

/* What the policy keeps at the start of region `index`. */
typedef uint32_t (*tagged_control)(const struct heap *heap, uint32_t index);

/* The inspect table's functions. */
int tagged_walk(const struct heap *heap, tagged_control control, heap_span_fn visit, void *ctx);
struct heap_extent tagged_extent(const struct heap *heap, heap_off off, struct heap_layout layout);

/* Every tag and neighbour; *free_blocks = how many free blocks there are, for comparison with the lists. */
int tagged_check(const struct heap *heap, tagged_control control, uint32_t *free_blocks, heap_off *where);

/* Could a block begin here? For checks: what a damaged link points to can then be read. */
static inline bool tag_may_be_block(const struct heap *heap, heap_off block)
{
    return block < heap->bytes - TAG_MIN_BLOCK && ((block + TAG_BYTES) & (heap->alignment - 1)) == 0;
}

static inline uint32_t tagged_usable(const struct heap *heap, heap_off off)
{
    return heap_checked(heap) && tagged_live(heap, off) != HEAP_OK ? 0 : tag_size(heap, tag_block(off)) - TAG_BYTES;
}

#endif
