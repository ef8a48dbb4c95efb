/* free_spans.h: the free blocks of a heap as a histogram of sizes, kept while they come and go: the exact largest at every moment
 * without a walk.
 *
 * One counter a size (in steps of 4 bytes) and a tree of 64-way bitmaps over them. Add and remove run twice and more at every event,
 * so they do the least: a size's bit stays when its last block goes, and is cleared when a search for the largest comes by. A largest
 * block that is cut or grown time and again needs no search while it stays larger than the others, which `second` tells. Add and
 * remove are O(1), but for a size's first bit O(log64 of the arena); the largest is O(1), but for a search O(log64 of the arena) and
 * as much again for each size that is gone, which an add has paid for. Memory: as large as the arena, touched only at the sizes that
 * occur. Sizes that are no multiple of 4 (of an arena's end that a policy does not round) are few at a time: a short table holds
 * them; what finds no place there is taken for a multiple of 4. */
#ifndef HEAPLAB_SIM_FREE_SPANS_H
#define HEAPLAB_SIM_FREE_SPANS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rare.h"

#define FREE_SPANS_LEVELS 6
#define FREE_SPANS_ODD 16

struct free_spans {
    uint32_t *counts;                    /* [size / 4] */
    uint64_t *bits[FREE_SPANS_LEVELS];   /* level 0: a bit a size that is here or was; above: a bit a word below */
    uint32_t levels, slots;
    uint32_t largest;                    /* unless it has gone: ask free_spans_largest */
    uint32_t second;                     /* no other size is above this */
    struct {
        uint32_t bytes, count;
    } odd[FREE_SPANS_ODD];               /* no multiples of 4, the largest first */
    uint32_t odd_sizes;                  /* entries of the table */
};

bool free_spans_init(struct free_spans *spans, uint32_t arena_bytes); /* false without memory */
void free_spans_clear(struct free_spans *spans);                     /* O(different sizes) */
void free_spans_end(struct free_spans *spans);

/* Calls visit(size, how many) from the largest size down; false stops. */
void free_spans_each(const struct free_spans *spans, bool (*visit)(void *ctx, uint32_t bytes, uint32_t count), void *ctx);

/* ---- the rarer halves of the functions below ---- */
void free_spans_mark(struct free_spans *spans, uint32_t slot);
bool free_spans_odd_add(struct free_spans *spans, uint32_t bytes);    /* false where the table is full */
bool free_spans_odd_remove(struct free_spans *spans, uint32_t bytes); /* false where the table does not hold it */
void free_spans_raise(struct free_spans *spans, uint32_t bytes);      /* `bytes`, just added, is above `second` */
uint32_t free_spans_find_largest(struct free_spans *spans);

/* False also where it is in the table, which is not looked through. */
static inline bool free_spans_has_largest(const struct free_spans *spans)
{
    return spans->largest % 4 == 0 && spans->counts[spans->largest / 4] != 0;
}

/* bytes <= the arena's */
static inline void free_spans_add(struct free_spans *spans, uint32_t bytes)
{
    const uint32_t slot = bytes / 4;
    if (!RARE(bytes % 4 != 0) || !free_spans_odd_add(spans, bytes)) {
        spans->counts[slot]++;
        if (RARE((spans->bits[0][slot / 64] >> slot % 64 & 1) == 0)) {
            free_spans_mark(spans, slot);
        }
    }
    if (RARE(bytes > spans->second)) {
        free_spans_raise(spans, bytes);
    }
}

/* As it was added. */
static inline void free_spans_remove(struct free_spans *spans, uint32_t bytes)
{
    if (!RARE(bytes % 4 != 0) || !free_spans_odd_remove(spans, bytes)) {
        spans->counts[bytes / 4]--;
    }
}

/* 0: there is none. */
static inline uint32_t free_spans_largest(struct free_spans *spans)
{
    return RARE(!free_spans_has_largest(spans)) ? free_spans_find_largest(spans) : spans->largest;
}

#endif
