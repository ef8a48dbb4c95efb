/* bitmap_cells.h: bitmap_fit's runs of cells: requests of up to 8 bytes take a granule, not two.
 *
 *     run    | cell 0 | … | cell 4 | next, free | previous | cell 6 | … | cell 9 |      bit i of free: cell i is free
 *     map      1 0 1 1 1 1 1 0 0 0
 *
 * A run is a used block; five ones in a row are in no other block's bits (four: a free block's end and the block behind), except in a
 * large block's size. A cell's run is told by the map alone: its owners can write what they like. The last of the five is the granule
 * behind the header, whose last word is even: no used block begins there, by the rule that tells a free block's second granule.
 *
 * Runs with a free cell are in a list; malloc takes of its first. A run is opened when the list is empty and OPEN_AFTER small requests
 * have had blocks of their own since it became so; it is closed with its last cell. All O(1). Links are granules in 22 bits: a heap of more
 * than 32 MiB opens no run. */
#ifndef HEAP_BITMAP_CELLS_H
#define HEAP_BITMAP_CELLS_H

#include "bitmap_map.h"

/* The second control word: the first run with a free cell; or, below CONTROL_BYTES, 8 times the small requests since there was one. */
#define CELLS 4u
#define OPENS (8u * 7u)
#define NO_CELLS 127u

#define RUN_CELLS 10u
#define RUN_BYTES (RUN_CELLS * GRANULE)
#define RUN_HEADER 5u
#define RUN_NEXT (RUN_HEADER * GRANULE)
#define RUN_PREV (RUN_NEXT + 4u)
#define RUN_FREE ((1u << RUN_CELLS) - 1) /* in the word of `next` */
#define RUN_ALL (RUN_FREE & ~(1u << RUN_HEADER))
#define RUNS_UP_TO (32u << 20)

static inline bool is_run(uint32_t bits) { return is_used(bits) && (bits & RUN_BITS) == RUN_BITS; }
static inline heap_off run_link(uint32_t word) { return word >> 10 << 3; }

/* A used block of RUN_BYTES or more becomes a run, whose first cell is taken, and which is the list's only one. */
static inline void run_open(struct view view, heap_off run)
{
    set_word(view, run + RUN_NEXT, RUN_ALL & ~1u);
    set_word(view, run + RUN_PREV, 0);
    set_word(view, CELLS, run);
    map_flip(view, run, RUN_BITS);
}

/* A cell of the list's first run. */
static inline heap_off cell_take(struct view view, heap_off run)
{
    const uint32_t cells = word(view, run + RUN_NEXT), left = cells & (cells - 1);
    if ((left & RUN_FREE) != 0) {
        set_word(view, run + RUN_NEXT, left);
    } else {
        const heap_off next = run_link(left);
        set_word(view, run + RUN_NEXT, 0);
        set_word(view, CELLS, next);
        if (next != 0) {
            set_word(view, next + RUN_PREV, 0);
        }
    }
    return run + bits_lowest(cells) * GRANULE;
}

/* The run whose used cell begins at `off`, where no used block begins; 0: there is none. */
static inline heap_off run_of(struct view view, heap_off off)
{
    const uint32_t within = off - region_start(view), back = within < 8 * GRANULE ? within : 8 * GRANULE;
    uint32_t rows = map_bits(view, off - back);
    rows &= rows >> 1;
    rows &= rows >> 2;
    rows &= (rows >> 1) & ((16u << back / GRANULE) - 4);
    if (rows == 0) {
        return 0;
    }
    const heap_off run = off - back + bits_highest(rows) * GRANULE - 3 * GRANULE;
    if ((*map_word(view, run + 3 * GRANULE) & CODE_MARK) == CODE_MARK) {
        return 0; /* the row is a large block's size */
    }
    const uint32_t cell = (off - run) / GRANULE;
    return cell != RUN_HEADER && (word(view, run + RUN_NEXT) >> cell & 1u) == 0 ? run : 0;
}

/* Frees a cell. The run if it was the last of it: then it is an ordinary used block again; else 0. */
static inline heap_off cell_give(struct view view, heap_off run, heap_off off)
{
    const uint32_t before = word(view, run + RUN_NEXT), cells = before | 1u << (off - run) / GRANULE;
    if (before == 0) {
        const heap_off next = word(view, CELLS) < CONTROL_BYTES ? 0 : word(view, CELLS);
        set_word(view, run + RUN_NEXT, next << 7 | cells);
        set_word(view, CELLS, run);
        if (next != 0) {
            set_word(view, next + RUN_PREV, run << 7);
        }
        return 0;
    }
    set_word(view, run + RUN_NEXT, cells);
    if ((cells & RUN_FREE) != RUN_ALL) {
        return 0;
    }
    const heap_off next = run_link(cells), prev = run_link(word(view, run + RUN_PREV));
    if (next != 0) {
        set_word(view, next + RUN_PREV, prev << 7);
    }
    if (prev != 0) {
        set_word(view, prev + RUN_NEXT, (word(view, prev + RUN_NEXT) & RUN_FREE) | next << 7);
    } else {
        set_word(view, CELLS, next);
    }
    map_flip(view, run, RUN_BITS);
    return run;
}

/* ---- inspection ---- */

/* A run's header, its cells one by one, and what the block has behind them. */
static bool run_emit(struct view view, heap_off run, uint32_t bytes, heap_span_fn visit, void *ctx)
{
    const uint32_t cells = word(view, run + RUN_NEXT);
    bool more = true;
    for (uint32_t i = 0; i < RUN_CELLS && more; i++) {
        more = arena_emit(visit, ctx, run + i * GRANULE, GRANULE,
                          i == RUN_HEADER ? HEAP_CONTROL : (cells >> i & 1u) != 0 ? HEAP_RESERVED : HEAP_PAYLOAD);
    }
    return more && arena_emit(visit, ctx, run + RUN_BYTES, bytes - RUN_BYTES, HEAP_RESERVED);
}

/* Some cell is used, and a full run has no links. */
static bool run_is_right(struct view view, heap_off run)
{
    const uint32_t cells = word(view, run + RUN_NEXT), prev = word(view, run + RUN_PREV);
    return (cells & RUN_FREE & ~RUN_ALL) == 0 && (cells & RUN_FREE) != RUN_ALL && (prev & RUN_FREE) == 0 &&
           ((cells & RUN_FREE) != 0 || (cells | prev) == 0);
}

#endif
