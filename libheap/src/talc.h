/* talc.h: what Talc keeps in its memory and beside it: gaps in bins, and tags behind chunks. replicas/talc.c draws them. */
#ifndef HEAP_TALC_H
#define HEAP_TALC_H

#include "rust.h"

#define TALC_BINS 64u
#define TALC_BINS_BYTES (TALC_BINS * RUST_WORD)
#define TALC_LEAST (3 * RUST_WORD) /* of a chunk, of a gap */
#define TALC_ALLOCATED 1u
#define TALC_GAP_ABOVE 2u
#define TALC_FLAGS (TALC_ALLOCATED | TALC_GAP_ABOVE)

#define TALC_FIRST_CLAIM (2 * RUST_WORD + TALC_BINS_BYTES) /* base tag, array, its tag */
#define TALC_LATER_CLAIM (RUST_WORD + TALC_LEAST)

enum { TALC_OOM_ERROR = 1, TALC_OOM_CLAIM };

struct talc_control {
    uint32_t available[2]; /* bit b: bin b is not empty */
    uint32_t bins;         /* the array's address; 0: nothing claimed yet */
    uint32_t spare, spare_end; /* to be claimed when memory runs out; the same: nothing */
};

struct talc_span {
    uint32_t start, end;
};

static inline struct talc_control *talc_control_of(const struct heap *heap) { return (struct talc_control *)(void *)heap->state; }
static inline uint32_t talc_span_bytes(struct talc_span span) { return span.end > span.start ? span.end - span.start : 0; }
static inline uint32_t talc_larger(uint32_t a, uint32_t b) { return a > b ? a : b; }

/* ---- gaps and bins ---- */

static inline uint32_t talc_bin_of(uint32_t bytes)
{
    if (bytes < 64) {
        return (bytes - TALC_LEAST) / 4;
    }
    if (bytes < 128) {
        return 13 + bytes / 8 - 8;
    }
    const uint32_t power = bits_highest(bytes), bin = 21 + 2 * (power - 7) + (bytes >> (power - 1)) - 2;
    return bin < TALC_BINS - 1 ? bin : TALC_BINS - 1;
}

static inline uint32_t talc_bin_at(const struct heap *heap, uint32_t bin) { return talc_control_of(heap)->bins + bin * RUST_WORD; }
static inline uint32_t talc_gap_next(const struct heap *heap, uint32_t gap) { return nominal_u32(heap, gap); }
static inline uint32_t talc_gap_link(const struct heap *heap, uint32_t gap) { return nominal_u32(heap, gap + RUST_WORD); }
static inline uint32_t talc_gap_bytes(const struct heap *heap, uint32_t gap) { return nominal_u32(heap, gap + 2 * RUST_WORD); }

static inline void talc_register_gap(struct heap *heap, uint32_t gap, uint32_t end)
{
    const uint32_t bin = talc_bin_of(end - gap), head = talc_bin_at(heap, bin), next = nominal_u32(heap, head);
    nominal_set_u32(heap, gap, next);
    nominal_set_u32(heap, gap + RUST_WORD, head);
    nominal_set_u32(heap, gap + 2 * RUST_WORD, end - gap);
    nominal_set_u32(heap, end - RUST_WORD, end - gap);
    nominal_set_u32(heap, head, gap);
    if (next != 0) {
        nominal_set_u32(heap, next + RUST_WORD, gap);
    }
    talc_control_of(heap)->available[bin / 32] |= 1u << bin % 32;
    nominal_note_free_added(heap, gap, end - gap);
}

/* Takes the gap out of its bin; its end. */
static inline uint32_t talc_unlink_gap(struct heap *heap, uint32_t gap)
{
    const uint32_t bytes = talc_gap_bytes(heap, gap), bin = talc_bin_of(bytes), next = talc_gap_next(heap, gap), link = talc_gap_link(heap, gap);
    nominal_set_u32(heap, link, next);
    if (next != 0) {
        nominal_set_u32(heap, next + RUST_WORD, link);
    }
    if (nominal_u32(heap, talc_bin_at(heap, bin)) == 0) {
        talc_control_of(heap)->available[bin / 32] &= ~(1u << bin % 32);
    }
    nominal_note_free_removed(heap, gap, bytes);
    return gap + bytes;
}

/* Is a gap here, by both its sizes and by both its neighbours in the bin? */
static inline bool talc_is_gap(const struct heap *heap, uint32_t gap)
{
    if ((gap & (RUST_WORD - 1)) != 0 || !nominal_holds(heap, gap, TALC_LEAST)) {
        return false;
    }
    const uint32_t bytes = talc_gap_bytes(heap, gap), next = talc_gap_next(heap, gap), link = talc_gap_link(heap, gap);
    if (bytes < TALC_LEAST || ((bytes | next | link) & (RUST_WORD - 1)) != 0 || !nominal_holds(heap, gap, bytes)) {
        return false;
    }
    const bool linked = nominal_holds(heap, link, RUST_WORD) && nominal_u32(heap, link) == gap;
    const bool followed = next == 0 || (nominal_holds(heap, next, TALC_LEAST) && talc_gap_link(heap, next) == gap);
    return linked && followed && nominal_u32(heap, gap + bytes - RUST_WORD) == bytes;
}

/* The first bin from `bin` on that is not empty; TALC_BINS: none. */
static inline uint32_t talc_filled_bin(const struct heap *heap, uint32_t bin)
{
    for (; bin < TALC_BINS; bin = (bin / 32 + 1) * 32) {
        const uint32_t bits = talc_control_of(heap)->available[bin / 32] & UINT32_MAX << bin % 32;
        if (bits != 0) {
            return bin / 32 * 32 + bits_lowest(bits);
        }
    }
    return TALC_BINS;
}

/* ---- tags ---- */

static inline void talc_set_tag(struct heap *heap, uint32_t at, uint32_t base, uint32_t flags) { nominal_set_u32(heap, at, base | flags); }
static inline bool talc_has_gap_above(const struct heap *heap, uint32_t tag_at) { return (nominal_u32(heap, tag_at) & TALC_GAP_ABOVE) != 0; }

static inline void talc_note_gap_above(struct heap *heap, uint32_t tag_at)
{
    nominal_set_u32(heap, tag_at, nominal_u32(heap, tag_at) | TALC_GAP_ABOVE);
}

static inline void talc_note_no_gap_above(struct heap *heap, uint32_t tag_at)
{
    nominal_set_u32(heap, tag_at, nominal_u32(heap, tag_at) & ~TALC_GAP_ABOVE);
}

/* The start of the gap that ends at `end`, or `end` where a tag does. */
static inline uint32_t talc_gap_below(const struct heap *heap, uint32_t end)
{
    const uint32_t word = nominal_u32(heap, end - RUST_WORD);
    return (word & TALC_ALLOCATED) != 0 ? end : end - word;
}

/* Behind the payload: the tag at `tag_at`, or the way to it. */
static inline void talc_point_to_tag(struct heap *heap, uint32_t behind, uint32_t tag_at)
{
    if (behind != tag_at) {
        nominal_set_u32(heap, behind, tag_at);
    }
}

static inline uint32_t talc_behind_payload(uint32_t payload, uint32_t size) { return bits_up(payload + size, RUST_WORD); }

struct talc_chunk {
    uint32_t base, tag_at;
};

/* Are the gaps sound that lie beside the chunk? A free will take them out of their bins. */
static inline bool talc_has_sound_neighbours(const struct heap *heap, struct talc_chunk chunk)
{
    const uint32_t below = talc_gap_below(heap, chunk.base);
    const bool sound = below == chunk.base || (talc_is_gap(heap, below) && talc_gap_bytes(heap, below) == chunk.base - below);
    return sound && (!talc_has_gap_above(heap, chunk.tag_at) || talc_is_gap(heap, chunk.tag_at + RUST_WORD));
}

/* The live chunk of this payload, as far as its tag can tell. Its base is at most three words below the payload (alloc). */
static inline int talc_find_chunk(const struct heap *heap, uint32_t payload, uint32_t size, struct talc_chunk *chunk)
{
    const struct heap_region *region = nominal_region(heap, payload, 0);
    const uint32_t low = bits_up(region->address, RUST_WORD), high = bits_down(region->address + region->bytes, RUST_WORD);
    const uint32_t behind = talc_behind_payload(payload, size);
    if (talc_control_of(heap)->bins == 0 || behind < payload || behind < low || behind >= high) {
        return HEAP_E_NOT_LIVE;
    }
    chunk->tag_at = talc_larger(nominal_u32(heap, behind), behind);
    if (chunk->tag_at >= high || (chunk->tag_at & (RUST_WORD - 1)) != 0) {
        return HEAP_E_NOT_LIVE;
    }
    const uint32_t tag = nominal_u32(heap, chunk->tag_at);
    chunk->base = tag & ~TALC_FLAGS;
    const bool live = (tag & TALC_ALLOCATED) != 0 && chunk->base > low && chunk->base <= payload && payload - chunk->base <= TALC_LEAST &&
                      chunk->tag_at - chunk->base >= 2 * RUST_WORD;
    if (!live) {
        return HEAP_E_NOT_LIVE;
    }
    return heap_checked(heap) && !talc_has_sound_neighbours(heap, *chunk) ? HEAP_E_CORRUPT : HEAP_OK;
}

/* ---- heaps ---- */

static inline struct talc_span talc_managed(const struct heap_region *region)
{
    return (struct talc_span){bits_up(region->address, RUST_WORD), bits_down(region->address + region->bytes, RUST_WORD)};
}

/* Where the gap of a span to be claimed would begin. Its end or more: there is none; 0: the span cannot be claimed. */
static inline uint32_t talc_first_gap(const struct heap *heap, struct talc_span span)
{
    const bool first = talc_control_of(heap)->bins == 0;
    if (talc_span_bytes(span) < (first ? TALC_FIRST_CLAIM : TALC_LATER_CLAIM)) {
        return 0;
    }
    return span.start + (first ? TALC_FIRST_CLAIM : RUST_WORD);
}

static inline bool talc_claim(struct heap *heap, struct talc_span span)
{
    struct talc_control *control = talc_control_of(heap);
    const uint32_t gap = talc_first_gap(heap, span);
    if (gap == 0) {
        return false;
    }
    if (control->bins != 0) {
        talc_set_tag(heap, span.start, 0, TALC_ALLOCATED | TALC_GAP_ABOVE);
        talc_register_gap(heap, gap, span.end);
        return true;
    }
    talc_set_tag(heap, span.start, 0, TALC_ALLOCATED);
    control->bins = span.start + RUST_WORD;
    memset(nominal_at(heap, control->bins), 0, TALC_BINS_BYTES);
    if (span.end - gap >= TALC_LEAST) {
        talc_set_tag(heap, gap - RUST_WORD, span.start, TALC_ALLOCATED | TALC_GAP_ABOVE);
        talc_register_gap(heap, gap, span.end);
    } else {
        talc_set_tag(heap, span.end - RUST_WORD, span.start, TALC_ALLOCATED);
    }
    return true;
}

#endif
