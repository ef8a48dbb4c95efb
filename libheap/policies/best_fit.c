/* best_fit.c: the smallest free block that is large enough, the lowest of equals.
 *
 * Block, list and merging: fit.h and tagged.h. Here is the choice alone.
 *
 *     | used |  200  | used |   64    | used |     48      |      malloc(40) takes the 48
 *
 * Time: malloc visits every free block unless one fits exactly; free as in first fit.
 * Overhead: 4 bytes a block (tagged.h). Worst case by Robson: M (n - 2), on real programs among the least wasteful.
 * Source: Knuth, TAOCP 1, 2.5; Robson, Computer Journal 20, 1977. */
#include "../src/fit.h"

HEAP_POLICY_PROTOTYPES(best_fit);

static heap_off choose(struct heap *heap, uint32_t need, uint32_t align)
{
    heap_off best = HEAP_NONE;
    uint32_t best_bytes = UINT32_MAX;
    for (heap_off block = arena_u32(heap, FIT_HEAD); block != HEAP_NONE && best_bytes != need; block = tag_link_next(heap, block)) {
        if (fit_serves(heap, block, need, align) && tag_size(heap, block) < best_bytes) {
            best = block;
            best_bytes = tag_size(heap, block);
        }
    }
    return best;
}

FIT_POLICY(best_fit, choose)

const struct heap_policy_inspect heap_best_fit_inspect = {
    .traits = FIT_TRAITS,
    .walk = fit_walk, .check = fit_check, .extent = tagged_extent, .largest_request = fit_largest_request,
    .idea = "the smallest free block that is large enough",
    .overhead = FIT_OVERHEAD,
    .bounds = "malloc and free O(free blocks); space: Robson M (n - 2)",
    .source = "Knuth, TAOCP 1, 2.5; Robson, Computer Journal 20, 1977",
    .picture = TAG_PICTURE,
    TAG_INSPECT_WORDS
    HEAP_INSPECT_BINS(fit_bins)
    .space_bound = HEAP_BOUND_BEST_FIT, .smallest_block = TAG_MIN_BLOCK,
};

HEAP_POLICY_TABLE(best_fit, HEAP_ID('B', 'F', 'I', 'T'), 0);
