/* cover.h: which bytes of an arena no block has ever covered. The heap in use, H, is the arena minus the largest such gap:
 * policies place from both ends, so the highest address says nothing.
 *
 * A sorted array of gaps that only shrink. cover_block is O(1) below the first gap, O(log gaps) elsewhere when it covers nothing
 * new, O(gaps) otherwise. */
#ifndef HEAPLAB_SIM_COVER_H
#define HEAPLAB_SIM_COVER_H

#include <stdbool.h>
#include <stdint.h>

#include "rare.h"

struct cover_gap {
    uint32_t from, to; /* [from, to) */
};

struct cover {
    struct cover_gap *gaps;
    uint32_t count, room, largest; /* largest: bytes of the largest gap */
};

bool cover_add_gap(struct cover *cover, uint32_t from, uint32_t to); /* behind all others; false without memory */
bool cover_new(struct cover *cover, uint32_t from, uint32_t to);     /* cover_block, where it may cover something new */
bool cover_copy(struct cover *to, const struct cover *from);
void cover_end(struct cover *cover);

/* False without memory. Most blocks lie below all that was never covered. */
static inline bool cover_block(struct cover *cover, uint32_t from, uint32_t to)
{
    return cover->count == 0 || !RARE(to > cover->gaps[0].from) || cover_new(cover, from, to);
}

#endif
