/* free_spans.h: the free blocks of a heap as a histogram of sizes, kept while they come and go: their number, bytes, sum of
 * squares and exact largest at every moment without a walk.
 *
 * One counter a size (in steps of 4 bytes) and a tree of 64-way bitmaps over them: add and remove cost O(1) but where a size
 * appears or disappears, O(log64 of the arena). Memory: as large as the arena, touched only at the sizes that occur. Sizes that are
 * no multiple of 4 (of an arena's end that a policy does not round) are few at a time: a short table holds them; what finds
 * no place there is taken for a multiple of 4. */
#ifndef HEAPLAB_SIM_FREE_SPANS_H
#define HEAPLAB_SIM_FREE_SPANS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FREE_SPANS_LEVELS 6
#define FREE_SPANS_ODD 16

struct free_spans {
    uint32_t *counts;                    /* [size / 4] */
    uint64_t *bits[FREE_SPANS_LEVELS];   /* level 0: a bit a size; above: a bit a word below */
    uint32_t levels, slots;
    uint64_t bytes, squares;             /* sum of the sizes, and of their squares (< 2^64 since their sum is < 2^32) */
    uint32_t count, largest;
    struct {
        uint32_t bytes, count;
    } odd[FREE_SPANS_ODD];               /* no multiples of 4, the largest first */
    uint32_t odd_sizes, odd_count;       /* entries of the table, blocks in it */
};

bool free_spans_init(struct free_spans *spans, uint32_t arena_bytes); /* false without memory */
void free_spans_clear(struct free_spans *spans);                     /* O(different sizes) */
void free_spans_add(struct free_spans *spans, uint32_t bytes);       /* bytes <= the arena's */
void free_spans_remove(struct free_spans *spans, uint32_t bytes);    /* as it was added */
void free_spans_end(struct free_spans *spans);

/* Calls visit(size, how many) from the largest size down; false stops. */
void free_spans_each(const struct free_spans *spans, bool (*visit)(void *ctx, uint32_t bytes, uint32_t count), void *ctx);

#endif
