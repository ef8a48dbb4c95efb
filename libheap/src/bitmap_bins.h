/* bitmap_bins.h: where bitmap_fit keeps its free blocks, and the rules of placement: which bin, how many blocks are looked at, which end of
 * a block is cut, where a free block is listed. Each rule is a function of its own.
 *
 * A bin is a ring, first in, first out. Its head names the last block, whose `next` is the first; the first block's `previous` is the
 * place of the head, which no block has: so a block leaves its ring without anybody knowing the bin, and a head is one word. */
#ifndef HEAP_BITMAP_BINS_H
#define HEAP_BITMAP_BINS_H

#include "bitmap_map.h"

#define FIRST_BIN 2u
#define LAST_BIN 31u
#define FIRST_RANGE 16u
#define RANGES_FROM 128u /* bytes; below, a bin has one size */

/* ---- rules of placement ---- */

#define TOP_BELOW 96u /* requests below are cut from the top */

/* A bin of many sizes is half a power of two wide, or one power, or two: as wide as it takes for the last bin not to have two blocks at a
 * time. The heap's width is kept in the bins' word, where bins 0 and 1 would have their bits. */
#define WIDTH 3u
#define HALVES_BELOW (48u << 10)
#define POWERS_BELOW (8u << 20)

static inline uint32_t width_for(uint32_t bytes) { return bytes < HALVES_BELOW ? 0 : bytes < POWERS_BELOW ? 1 : 2; }

/* The bin of free blocks of `bytes`. */
static inline uint32_t bin_at(uint32_t width, uint32_t bytes)
{
    if (bytes < RANGES_FROM) {
        return bytes / GRANULE;
    }
    const uint32_t above = 31 - bits_highest(bytes), half = 46 - 2 * above + (bytes << above >> 30);
    const uint32_t bin = FIRST_RANGE + (half >> width);
#ifdef __ARM_FEATURE_SAT
    uint32_t cut;
    __asm__("usat %0, #5, %1" : "=r"(cut) : "r"(bin)); /* compilers compare */
    return cut;
#else
    return bin < LAST_BIN ? bin : LAST_BIN;
#endif
}

static inline uint32_t bin_of(struct view view, uint32_t bytes) { return bin_at(word(view, BINS) & WIDTH, bytes); }

static inline bool cut_from_top(uint32_t need) { return need < TOP_BELOW; }

/* A block that shrinks or grows within half a power of two, so within its bin, keeps its place in the ring. */
static inline bool keeps_place(uint32_t old, uint32_t bytes)
{
    return old >= RANGES_FROM && (old ^ bytes) << (31 - bits_highest(old | bytes)) >> 30 == 0;
}

/* ---- the lists ---- */

static inline heap_off head_at(uint32_t bin) { return 4 * bin; }

static inline uint32_t free_size(struct view view, heap_off block) { return word(view, block + SIZE); }
static inline uint32_t free_size_before(struct view view, heap_off block) { return word(view, block - FOOTER) - FOOTER_MARK; }

static inline void set_size(struct view view, heap_off block, uint32_t bytes)
{
    set_word(view, block + SIZE, bytes);
    set_word(view, block + bytes - FOOTER, bytes | FOOTER_MARK);
}

INLINE_IF_FAST void push(struct view view, heap_off block, uint32_t bytes)
{
    const heap_off head = head_at(bin_of(view, bytes)), last = word(view, head);
    heap_off next, prev;
    set_size(view, block, bytes);
    set_word(view, head, block);
    if (last != 0) {
        next = word(view, last + NEXT);
        prev = last;
        set_word(view, last + NEXT, block);
    } else {
        next = block;
        prev = head;
        set_word(view, BINS, word(view, BINS) | 1u << head / 4);
    }
    set_word(view, block + NEXT, next);
    set_word(view, block + PREV, prev);
    heap_note_free_added(view.heap, block, bytes);
}

/* `first`: it is known to be the first of its ring. */
INLINE_IF_FAST void pull(struct view view, heap_off block, bool first)
{
    const heap_off next = word(view, block + NEXT), prev = word(view, block + PREV);
    heap_note_free_removed(view.heap, block, word(view, block + SIZE));
    if (!first && prev >= CONTROL_BYTES) {
        const heap_off head = word(view, next + PREV);
        set_word(view, prev, next);
        set_word(view, head < CONTROL_BYTES ? head : next + PREV, prev); /* it was the last, or not */
    } else if (next != block) {
        set_word(view, word(view, prev), next);
        set_word(view, next + PREV, prev);
    } else {
        set_word(view, prev, 0);
        set_word(view, BINS, word(view, BINS) & ~(1u << prev / 4));
    }
}

/* The listed block `old` becomes `block`, which overlaps it. True: it kept its place, so that it is not of the least size. */
INLINE_IF_FAST bool replace(struct view view, heap_off old, heap_off block, uint32_t bytes, bool first)
{
    const uint32_t before = word(view, old + SIZE);
    if (old == block && keeps_place(before, bytes)) {
        heap_note_free_removed(view.heap, old, before);
        set_size(view, block, bytes);
        heap_note_free_added(view.heap, block, bytes);
        return true;
    }
    pull(view, old, first);
    push(view, block, bytes);
    return false;
}

/* ---- the choice ---- */

static ALWAYS_INLINE heap_off first_of(struct view view, uint32_t bin, uint32_t need)
{
    const heap_off block = word(view, word(view, head_at(bin)) + NEXT);
    (void)need;
    heap_note_step(view.heap, HEAP_STEP_BIN, head_at(bin), need);
    heap_note_step(view.heap, HEAP_STEP_VISIT, block, word(view, block + SIZE));
#if !HEAP_LAB
    if (block == 0) {
        __builtin_unreachable(); /* its bit says that the bin is not empty: nobody needs to ask again */
    }
#endif
    return block;
}

/* The first or second block of a bin that has any, whichever fits; 0: neither. */
static inline heap_off probe(struct view view, uint32_t bin, uint32_t need)
{
    const heap_off first = first_of(view, bin, need), second = word(view, first + NEXT);
    if (free_size(view, first) >= need) {
        return first;
    }
    if (second == first) {
        return 0;
    }
    heap_note_step(view.heap, HEAP_STEP_VISIT, second, free_size(view, second));
    return free_size(view, second) >= need ? second : 0;
}

/* The free block to use, or 0. */
INLINE_IF_FAST heap_off choose(struct view view, uint32_t need)
{
    const uint32_t bin = bin_of(view, need);
    uint32_t bins = word(view, BINS) >> bin;
    if (need >= RANGES_FROM) {
        const heap_off block = (bins & 1u) != 0 ? probe(view, bin, need) : 0;
        if (block != 0) {
            return block;
        }
        bins &= ~1u;
    }
    return bins == 0 ? 0 : first_of(view, bin + bits_lowest(bins), need);
}

#endif
