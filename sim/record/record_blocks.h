/* record_blocks.h: the live blocks of a recording by address. Open addressing, linear probing, deletion by shifting back: O(1) expected. */
#ifndef HEAPLAB_SIM_RECORD_BLOCKS_H
#define HEAPLAB_SIM_RECORD_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct record_block { uint64_t ptr, id, size; }; /* ptr is never 0 */

struct record_blocks {
    struct record_block *slots;
    size_t mask, count; /* slots - 1, a power of two; 0, 0 and NULL: empty */
};

/* The address must not be in the table. False without memory. */
bool record_blocks_put(struct record_blocks *blocks, struct record_block block);

/* Removes the block at `ptr` into *block; false if there is none. */
bool record_blocks_take(struct record_blocks *blocks, uint64_t ptr, struct record_block *block);

void record_blocks_free(struct record_blocks *blocks);

#endif
