/* worst_fit.c: the largest free block, the lowest of equals: what remains stays useful, for a while.
 *
 * Block, list and merging: fit.h and tagged.h. Here is the choice alone.
 *
 *     | used |  200  | used |   64    | used |     48      |      malloc(40) cuts the 200
 *
 * Time: malloc visits every free block; free as in first fit.
 * Overhead: 4 bytes a block (tagged.h). Eats the large holes first: here for classrooms, where the argument for it deserves an experiment.
 * Source: folklore; compared in Johnstone and Wilson, ISMM 1998. */
#include "../src/fit.h"

HEAP_POLICY_PROTOTYPES(worst_fit);

static heap_off choose(struct heap *heap, uint32_t need, uint32_t align)
{
    heap_off worst = HEAP_NONE;
    uint32_t worst_bytes = 0;
    for (heap_off block = arena_u32(heap, FIT_HEAD); block != HEAP_NONE; block = tag_link_next(heap, block)) {
        if (fit_serves(heap, block, need, align) && tag_size(heap, block) > worst_bytes) {
            worst = block;
            worst_bytes = tag_size(heap, block);
        }
    }
    return worst;
}

FIT_POLICY(worst_fit, choose)

const struct heap_policy_inspect heap_worst_fit_inspect = {
    .traits = FIT_TRAITS,
    .walk = fit_walk, .check = fit_check, .extent = tagged_extent, .largest_request = fit_largest_request,
    .idea = "the largest free block",
    .overhead = FIT_OVERHEAD,
    .bounds = "malloc and free O(free blocks)",
    .source = "folklore; compared in Johnstone and Wilson, ISMM 1998",
    .picture = TAG_PICTURE,
    TAG_INSPECT_WORDS
    HEAP_INSPECT_BINS(fit_bins)
};

HEAP_POLICY_TABLE(worst_fit, HEAP_ID('W', 'F', 'I', 'T'), 0);
