/* first_fit.c: the lowest free block that is large enough.
 *
 * Block, list and merging: fit.h and tagged.h. Here is the choice alone.
 *
 *     | used |  16  | used |   64    | used |     200      |      malloc(40) takes the 64
 *
 * Time: malloc O(free blocks), the short ones at low addresses first; free O(1) beside a free neighbour, else O(free blocks).
 * Overhead: 4 bytes a block (tagged.h). Fragmentation is bounded by Robson: M (1 + ceil(log2 n)).
 * Source: Knuth, TAOCP 1, 2.5, algorithm A; Robson, J. ACM 21, 1974. */
#include "../src/fit.h"

HEAP_POLICY_PROTOTYPES(first_fit);

static heap_off choose(struct heap *heap, uint32_t need, uint32_t align)
{
    heap_off block = arena_u32(heap, FIT_HEAD);
    while (block != HEAP_NONE && !fit_serves(heap, block, need, align)) {
        block = tag_link_next(heap, block);
    }
    return block;
}

FIT_POLICY(first_fit, choose)

const struct heap_policy_inspect heap_first_fit_inspect = {
    .traits = FIT_TRAITS,
    .walk = fit_walk, .check = fit_check, .extent = tagged_extent, .largest_request = fit_largest_request,
    .idea = "the lowest free block that is large enough",
    .overhead = FIT_OVERHEAD,
    .bounds = "malloc and free O(free blocks); space: Robson M (1 + ceil(log2 n))",
    .source = "Knuth, TAOCP 1, 2.5, algorithm A; Robson, J. ACM 21, 1974",
    .picture = TAG_PICTURE,
    TAG_INSPECT_WORDS
    HEAP_INSPECT_BINS(fit_bins)
    .space_bound = HEAP_BOUND_FIRST_FIT, .smallest_block = TAG_MIN_BLOCK,
};

HEAP_POLICY_TABLE(first_fit, HEAP_ID('F', 'F', 'I', 'T'), 0);
