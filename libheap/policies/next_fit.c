/* next_fit.c: the first free block that is large enough from where the last search ended, around the end once.
 *
 * Block, list and merging: fit.h and tagged.h. Here is the choice alone.
 *
 *     | used |  64  | used |   64    | used |     200      |      the rover stands at the second 64: malloc(40) takes that
 *                          ^ rover
 *
 * Time: malloc O(free blocks), evenly spread; free as in first fit.
 * Overhead: 4 bytes a block (tagged.h). Spreads small blocks over the whole heap, so it fragments more than first fit.
 * Source: Knuth, TAOCP 1, 2.5, exercise 6 (the roving pointer). */
#include "../src/fit.h"

HEAP_POLICY_PROTOTYPES(next_fit);

static heap_off choose(struct heap *heap, uint32_t need, uint32_t align)
{
    const heap_off rover = arena_u32(heap, FIT_ROVER);
    heap_off block = rover;
    while (block != HEAP_NONE && !fit_serves(heap, block, need, align)) {
        block = tag_link_next(heap, block);
    }
    if (block == HEAP_NONE) {
        block = arena_u32(heap, FIT_HEAD);
        while (block != rover && !fit_serves(heap, block, need, align)) {
            block = tag_link_next(heap, block);
        }
        if (block == rover) {
            return HEAP_NONE; /* once around (or an empty list: both HEAP_NONE) */
        }
    }
    arena_set_u32(heap, FIT_ROVER, block); /* fit_take moves it on to what remains */
    return block;
}

FIT_POLICY(next_fit, choose)

const struct heap_policy_inspect heap_next_fit_inspect = {
    .traits = FIT_TRAITS,
    .walk = fit_walk, .check = fit_check, .extent = tagged_extent, .largest_request = fit_largest_request,
    .idea = "the first large enough block behind the last one that was chosen",
    .overhead = FIT_OVERHEAD,
    .bounds = "malloc and free O(free blocks)",
    .source = "Knuth, TAOCP 1, 2.5, exercise 6 (the roving pointer)",
    .picture = TAG_PICTURE,
    TAG_INSPECT_WORDS
    HEAP_INSPECT_BINS(fit_bins)
};

HEAP_POLICY_TABLE(next_fit, HEAP_ID('N', 'F', 'I', 'T'), 0);
