/* record_blocks.c: see record_blocks.h. At most half of the slots are taken. */
#include "record_blocks.h"

#include <stdlib.h>

static size_t home(const struct record_blocks *blocks, uint64_t ptr)
{
    return (size_t)(ptr * UINT64_C(0x9e3779b97f4a7c15) >> 20) & blocks->mask;
}

static void place(struct record_blocks *blocks, struct record_block block)
{
    size_t at = home(blocks, block.ptr);
    while (blocks->slots[at].ptr != 0) {
        at = (at + 1) & blocks->mask;
    }
    blocks->slots[at] = block;
}

static bool double_slots(struct record_blocks *blocks)
{
    struct record_blocks bigger = {.mask = blocks->slots == NULL ? 1023 : blocks->mask * 2 + 1, .count = blocks->count};
    bigger.slots = calloc(bigger.mask + 1, sizeof *bigger.slots);
    if (bigger.slots == NULL) {
        return false;
    }
    for (size_t i = 0; blocks->slots != NULL && i <= blocks->mask; i++) {
        if (blocks->slots[i].ptr != 0) {
            place(&bigger, blocks->slots[i]);
        }
    }
    free(blocks->slots);
    *blocks = bigger;
    return true;
}

bool record_blocks_put(struct record_blocks *blocks, struct record_block block)
{
    if ((blocks->slots == NULL || blocks->count > blocks->mask / 2) && !double_slots(blocks)) {
        return false;
    }
    place(blocks, block);
    blocks->count++;
    return true;
}

bool record_blocks_take(struct record_blocks *blocks, uint64_t ptr, struct record_block *block)
{
    if (blocks->slots == NULL) {
        return false;
    }
    size_t at = home(blocks, ptr);
    while (blocks->slots[at].ptr != ptr) {
        if (blocks->slots[at].ptr == 0) {
            return false;
        }
        at = (at + 1) & blocks->mask;
    }
    *block = blocks->slots[at];
    blocks->slots[at].ptr = 0;
    blocks->count--;
    /* Close the gap: a later block of the run moves up unless its home lies behind the gap. */
    size_t gap = at;
    for (at = (at + 1) & blocks->mask; blocks->slots[at].ptr != 0; at = (at + 1) & blocks->mask) {
        size_t from_home = (at - home(blocks, blocks->slots[at].ptr)) & blocks->mask;
        if (from_home < ((at - gap) & blocks->mask)) {
            continue;
        }
        blocks->slots[gap] = blocks->slots[at];
        blocks->slots[at].ptr = 0;
        gap = at;
    }
    return true;
}

void record_blocks_free(struct record_blocks *blocks)
{
    free(blocks->slots);
    *blocks = (struct record_blocks){0};
}
