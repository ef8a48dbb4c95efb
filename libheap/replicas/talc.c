/* talc.c: Talc, a Rust allocator with tags behind its blocks and bins of gaps.
 *
 *     a heap:    | base tag | chunk | gap | chunk | chunk | gap |       the first heap's first chunk is the array of 64 bins
 *     a chunk:   | payload | t, where it is not here | slack | tag: base, flags |
 *     a gap:     | next | link | size | … | size |                      link: the address of the word that points here
 *     control, outside the arena: two words of bits, one a bin; the array's address; the span that is claimed when memory runs out
 *
 * Memory is claimed as one or more heaps, which never merge. A tag is its chunk's base address, with flag 1 (allocated) and flag 2 (a gap
 * follows); the first word behind the payload is the tag, or holds the tag's address. Gaps never touch. A request takes the first gap
 * that fits in the lowest bin that has one, at its low end; remainders of three words or more become gaps, smaller ones stay inside.
 * Bins are last in, first out. Realloc shrinks in place always, grows in place where the gap above suffices, and moves else.
 *
 * heap_resize_region is extend where the wanted span contains the heap's (as rounded to words), also where it is the same; truncate
 * where it lies within; the region then says what the original returns, 0 bytes where the heap is gone. Truncating a heap to its own
 * span does nothing in the original, and need not be asked for.
 *
 * Time: free, shrink and growing in place O(1); alloc O(gaps in the bins searched). Overhead: a word a block, at least 12 bytes;
 * 264 bytes of the arena, 4 a further heap. Source: talc 4.4.3, with ErrOnOom and ClaimOnOom. */
#include "../src/talc.h"

HEAP_POLICY_PROTOTYPES(talc);

/* ---- memory ---- */

static struct talc_span spare_span(const struct heap *heap)
{
    const struct talc_control *control = talc_control_of(heap);
    return (struct talc_span){bits_up(control->spare, RUST_WORD), bits_down(control->spare_end, RUST_WORD)};
}

/* The gap that the spare span will be: walks show it, so that a heap looks the same before it is claimed as after. */
static struct talc_span prospect(const struct heap *heap)
{
    const struct talc_span spare = spare_span(heap);
    const uint32_t gap = talc_first_gap(heap, spare);
    return gap == 0 || gap > spare.end || spare.end - gap < TALC_LEAST ? (struct talc_span){0, 0} : (struct talc_span){gap, spare.end};
}

static void note_prospect(struct heap *heap, bool there)
{
#if HEAP_LAB
    const struct talc_span gap = prospect(heap);
    if (gap.end != 0 && there) {
        nominal_note_free_added(heap, gap.start, gap.end - gap.start);
    } else if (gap.end != 0) {
        nominal_note_free_removed(heap, gap.start, gap.end - gap.start);
    }
#else
    (void)heap, (void)there;
#endif
}

/* ClaimOnOom. A span that cannot be claimed is kept. */
static bool claim_spare(struct heap *heap)
{
    struct talc_control *control = talc_control_of(heap);
    note_prospect(heap, false);
    if (!talc_claim(heap, spare_span(heap))) {
        return false;
    }
    control->spare = control->spare_end = 0;
    return true;
}

int heap_talc_init(struct heap *heap)
{
    struct talc_control *control = talc_control_of(heap);
    const struct heap_region *region = &heap->regions[0];
    rust_set_alignment(heap);
    const bool enough = talc_span_bytes(talc_managed(region)) >= TALC_FIRST_CLAIM;
    if (!enough && !heap_faithful(heap)) {
        return HEAP_E_TOO_SMALL;
    }
    if (heap_param_or(heap, 0, TALC_OOM_ERROR) == TALC_OOM_CLAIM) {
        control->spare = region->address;
        control->spare_end = region->address + region->bytes;
    } else {
        (void)talc_claim(heap, talc_managed(region));
    }
    return HEAP_OK;
}

int heap_talc_add_region(struct heap *heap, uint32_t index)
{
    const struct talc_span span = talc_managed(&heap->regions[index]);
    if (talc_first_gap(heap, span) == 0) {
        return HEAP_E_TOO_SMALL;
    }
    note_prospect(heap, false);
    (void)talc_claim(heap, span);
    note_prospect(heap, true);
    return HEAP_OK;
}

/* ---- the policy's functions ---- */

/* A request: what its gap must have, and where its payload goes. */
struct request {
    uint32_t size, align, need, payload;
};

static bool fits(const struct heap *heap, uint32_t gap, struct request *request)
{
    const uint32_t bytes = talc_gap_bytes(heap, gap), end = gap + bytes;
    request->payload = bits_up(gap, request->align);
    if (bytes < request->need) {
        return false;
    }
    return request->align <= RUST_WORD ||
           (request->payload >= gap && request->payload < end && request->size + RUST_WORD <= end - request->payload);
}

/* The first gap that fits; 0: none. */
static uint32_t find_gap(struct heap *heap, struct request *request)
{
    for (uint32_t bin = talc_filled_bin(heap, talc_bin_of(request->need)); bin < TALC_BINS; bin = talc_filled_bin(heap, bin + 1)) {
        nominal_note_step(heap, HEAP_STEP_BIN, talc_bin_at(heap, bin), request->need);
        for (uint32_t gap = nominal_u32(heap, talc_bin_at(heap, bin)); gap != 0; gap = talc_gap_next(heap, gap)) {
            nominal_note_step(heap, HEAP_STEP_VISIT, gap, talc_gap_bytes(heap, gap));
            if (fits(heap, gap, request)) {
                return gap;
            }
        }
    }
    return 0;
}

static void carve(struct heap *heap, uint32_t gap, const struct request *request)
{
    const uint32_t end = talc_unlink_gap(heap, gap), payload = request->payload;
    const uint32_t cut = payload < end - TALC_LEAST ? payload : end - TALC_LEAST;
    uint32_t base = gap;
    if (cut - gap >= TALC_LEAST) {
        nominal_note_step(heap, HEAP_STEP_SPLIT, gap, cut - gap);
        talc_register_gap(heap, gap, cut);
        base = cut;
    } else {
        talc_note_no_gap_above(heap, gap - RUST_WORD);
    }
    const uint32_t behind = talc_behind_payload(payload, request->size);
    uint32_t tag_at = talc_larger(base + 2 * RUST_WORD, behind);
    if (end - (tag_at + RUST_WORD) >= TALC_LEAST) {
        nominal_note_step(heap, HEAP_STEP_SPLIT, tag_at + RUST_WORD, end - (tag_at + RUST_WORD));
        talc_register_gap(heap, tag_at + RUST_WORD, end);
        talc_set_tag(heap, tag_at, base, TALC_ALLOCATED | TALC_GAP_ABOVE);
    } else {
        tag_at = end - RUST_WORD;
        talc_set_tag(heap, tag_at, base, TALC_ALLOCATED);
    }
    talc_point_to_tag(heap, behind, tag_at);
}

heap_off heap_talc_alloc(struct heap *heap, uint32_t size, uint32_t align)
{
    if (!rust_layout_exists(size, align)) {
        return HEAP_NONE;
    }
    struct request request = {size, rust_align(heap, align), size <= 2 * RUST_WORD ? TALC_LEAST : bits_up(size + RUST_WORD, RUST_WORD), 0};
    uint32_t gap = find_gap(heap, &request);
    while (gap == 0 && claim_spare(heap)) {
        gap = find_gap(heap, &request);
    }
    if (gap == 0) {
        return HEAP_NONE;
    }
    carve(heap, gap, &request);
    return nominal_off(heap, request.payload);
}

/* [start, end), which ends with a tag, is free: joined with the gap above where the tag says that there is one, it becomes a gap. The
 * tag goes, so that a second free of its block is told. */
static void release(struct heap *heap, uint32_t start, uint32_t end)
{
    const uint32_t tag_at = end - RUST_WORD;
    if (talc_has_gap_above(heap, tag_at)) {
        nominal_note_step(heap, HEAP_STEP_MERGE, end, talc_gap_bytes(heap, end));
        end = talc_unlink_gap(heap, end);
    }
    nominal_set_u32(heap, tag_at, 0);
    talc_register_gap(heap, start, end);
}

int heap_talc_free(struct heap *heap, heap_off off, struct heap_layout layout)
{
    struct talc_chunk chunk = {0, 0};
    const int error = !rust_layout_given(heap, layout) ? HEAP_E_LAYOUT : talc_find_chunk(heap, nominal_of(heap, off), layout.size, &chunk);
    if (error != HEAP_OK) {
        return error;
    }
    const uint32_t start = talc_gap_below(heap, chunk.base);
    if (start != chunk.base) {
        nominal_note_step(heap, HEAP_STEP_MERGE, start, chunk.base - start);
        (void)talc_unlink_gap(heap, start);
    } else {
        talc_note_gap_above(heap, chunk.base - RUST_WORD);
    }
    release(heap, start, chunk.tag_at + RUST_WORD);
    return HEAP_OK;
}

static bool grow(struct heap *heap, struct talc_chunk chunk, uint32_t behind, uint32_t wanted)
{
    if (wanted == behind) {
        return true;
    }
    if (wanted <= chunk.tag_at) {
        talc_point_to_tag(heap, wanted, chunk.tag_at);
        return true;
    }
    const uint32_t gap = chunk.tag_at + RUST_WORD;
    if (!talc_has_gap_above(heap, chunk.tag_at) || wanted > chunk.tag_at + talc_gap_bytes(heap, gap)) {
        return false;
    }
    const uint32_t end = talc_unlink_gap(heap, gap), last = end - RUST_WORD;
    nominal_set_u32(heap, chunk.tag_at, 0); /* as in release */
    if (last - wanted >= TALC_LEAST) {
        talc_register_gap(heap, wanted + RUST_WORD, end);
        talc_set_tag(heap, wanted, chunk.base, TALC_ALLOCATED | TALC_GAP_ABOVE);
    } else {
        talc_set_tag(heap, last, chunk.base, TALC_ALLOCATED);
        talc_point_to_tag(heap, wanted, last);
    }
    return true;
}

static void shrink(struct heap *heap, struct talc_chunk chunk, uint32_t wanted)
{
    uint32_t tag_at = talc_larger(chunk.base + 2 * RUST_WORD, wanted);
    if (chunk.tag_at - tag_at >= TALC_LEAST) {
        release(heap, tag_at + RUST_WORD, chunk.tag_at + RUST_WORD);
        talc_set_tag(heap, tag_at, chunk.base, TALC_ALLOCATED | TALC_GAP_ABOVE);
    } else {
        tag_at = chunk.tag_at;
    }
    talc_point_to_tag(heap, wanted, tag_at);
}

heap_off heap_talc_realloc(struct heap *heap, heap_off off, struct heap_layout old, uint32_t size)
{
    const uint32_t payload = nominal_of(heap, off);
    struct talc_chunk chunk = {0, 0};
    heap->error = !rust_layout_given(heap, old) ? HEAP_E_LAYOUT : talc_find_chunk(heap, payload, old.size, &chunk);
    if (heap->error != HEAP_OK || !rust_layout_exists(size, old.align != 0 ? old.align : RUST_ALIGN)) {
        return HEAP_NONE;
    }
    if (size != 0 && size == old.size) {
        return off;
    }
    if (size != 0 && size < old.size) {
        shrink(heap, chunk, talc_behind_payload(payload, size));
        return off;
    }
    const bool nameable = size != 0 && size < UINT32_MAX - RUST_WORD - payload; /* its end */
    if (nameable && grow(heap, chunk, talc_behind_payload(payload, old.size), talc_behind_payload(payload, size))) {
        return off;
    }
    return rust_realloc_by_moving(heap, off, old, size, heap_talc_alloc, heap_talc_free);
}

uint32_t heap_talc_usable(const struct heap *heap, heap_off off)
{
    (void)heap, (void)off;
    return 0; /* the way to the tag begins behind the payload, which only the owner knows */
}

/* ---- extend and truncate ---- */

static struct talc_span extend(struct heap *heap, struct talc_span old, struct talc_span wanted)
{
    struct talc_span result = wanted;
    const uint32_t last = talc_gap_below(heap, old.end);
    if (last != old.end) {
        (void)talc_unlink_gap(heap, last);
        talc_register_gap(heap, last, wanted.end);
    } else if (wanted.end - old.end >= TALC_LEAST) {
        talc_register_gap(heap, old.end, wanted.end);
        talc_note_gap_above(heap, old.end - RUST_WORD);
    } else {
        result.end = old.end;
    }
    if (talc_has_gap_above(heap, old.start)) {
        const uint32_t end = talc_unlink_gap(heap, old.start + RUST_WORD);
        talc_register_gap(heap, wanted.start + RUST_WORD, end);
        talc_set_tag(heap, wanted.start, 0, TALC_ALLOCATED | TALC_GAP_ABOVE);
    } else if (old.start - wanted.start >= TALC_LEAST) {
        talc_register_gap(heap, wanted.start + RUST_WORD, old.start + RUST_WORD);
        talc_set_tag(heap, wanted.start, 0, TALC_ALLOCATED | TALC_GAP_ABOVE);
    } else {
        result.start = old.start;
    }
    return result;
}

/* get_allocated_span: what cannot be cut off; empty where all is free. */
static struct talc_span allocated_span(const struct heap *heap, struct talc_span span)
{
    struct talc_span allocated = {span.start, talc_gap_below(heap, span.end)};
    if (talc_has_gap_above(heap, span.start)) {
        allocated.start += talc_gap_bytes(heap, span.start + RUST_WORD);
    }
    return allocated;
}

static struct talc_span truncate(struct heap *heap, struct talc_span old, struct talc_span wanted)
{
    struct talc_span result = wanted;
    if (talc_span_bytes(wanted) < TALC_LATER_CLAIM) {
        (void)talc_unlink_gap(heap, old.start + RUST_WORD);
        return (struct talc_span){old.start, old.start};
    }
    if (wanted.end < old.end) {
        const uint32_t gap = talc_gap_below(heap, old.end);
        (void)talc_unlink_gap(heap, gap);
        if (wanted.end - gap >= TALC_LEAST) {
            talc_register_gap(heap, gap, wanted.end);
        } else {
            result.end = gap;
            talc_note_no_gap_above(heap, gap - RUST_WORD);
        }
    }
    if (wanted.start > old.start) {
        const uint32_t end = talc_unlink_gap(heap, old.start + RUST_WORD);
        if (end - (wanted.start + RUST_WORD) >= TALC_LEAST) {
            talc_register_gap(heap, wanted.start + RUST_WORD, end);
            talc_set_tag(heap, wanted.start, 0, TALC_ALLOCATED | TALC_GAP_ABOVE);
        } else {
            result.start = end - RUST_WORD;
            talc_set_tag(heap, result.start, 0, TALC_ALLOCATED);
        }
    }
    return result;
}

/* Region 0 may not be claimed: not yet, or it was too small to be the first. */
static bool is_claimed(const struct heap *heap, uint32_t index)
{
    const struct talc_control *control = talc_control_of(heap);
    if (control->bins == 0 || index != 0) {
        return control->bins != 0;
    }
    return heap_param_or(heap, 0, TALC_OOM_ERROR) == TALC_OOM_CLAIM ? control->spare_end == 0
                                                           : nominal_region(heap, control->bins, 0) == &heap->regions[0];
}

static int resize(struct heap *heap, uint32_t index, const struct heap_region *before)
{
    struct heap_region *region = &heap->regions[index];
    const struct heap_region asked = *region;
    const struct talc_span old = talc_managed(before), wanted = talc_managed(region);
    struct talc_span result = old;
    *region = *before; /* what it loses is needed yet */
    arena_number_regions(heap);
    if (!is_claimed(heap, index) || talc_span_bytes(old) < TALC_LATER_CLAIM) {
        return HEAP_E_UNSUPPORTED;
    }
    if (wanted.start <= old.start && wanted.end >= old.end) {
        *region = asked;
        arena_number_regions(heap);
        result = extend(heap, old, wanted);
    } else if (wanted.start >= old.start && wanted.end <= old.end) {
        const struct talc_span kept = allocated_span(heap, old);
        if (talc_span_bytes(kept) != 0 && (wanted.start > kept.start || wanted.end < kept.end)) {
            return HEAP_E_ARGUMENT; /* the original panics */
        }
        result = truncate(heap, old, wanted);
    } else {
        return HEAP_E_UNSUPPORTED;
    }
    region->base += result.start - region->address; /* never below it */
    region->address = result.start;
    region->bytes = talc_span_bytes(result);
    return HEAP_OK;
}

/* ---- inspection ---- */

static bool is_gap_of(const struct heap *heap, uint32_t gap, uint32_t bin)
{
    return talc_is_gap(heap, gap) && talc_bin_of(talc_gap_bytes(heap, gap)) == bin;
}

static bool collect(const struct heap *heap, uint32_t above, struct nominal_batch *batch)
{
    uint32_t most = heap->bytes / TALC_LEAST;
    batch->above = above;
    batch->count = 0;
    for (uint32_t bin = 0; bin < TALC_BINS; bin++) {
        for (uint32_t gap = nominal_u32(heap, talc_bin_at(heap, bin)); gap != 0; gap = talc_gap_next(heap, gap)) {
            if (!is_gap_of(heap, gap, bin) || most-- == 0) {
                return false;
            }
            nominal_batch_add(batch, gap, talc_gap_bytes(heap, gap));
        }
    }
    return true;
}

static bool holds_bins(const struct heap *heap, struct talc_span span)
{
    const uint32_t bins = talc_control_of(heap)->bins;
    return bins > span.start && bins < span.end && span.end - bins >= TALC_BINS_BYTES + RUST_WORD && (bins & (RUST_WORD - 1)) == 0;
}

static int walk_claimed(const struct heap *heap, const struct heap_region *region, heap_span_fn visit, void *ctx)
{
    const struct talc_span span = talc_managed(region);
    const uint32_t shift = region->first - region->address, bins = talc_control_of(heap)->bins;
    uint32_t from = span.start + RUST_WORD;
    if (!arena_emit(visit, ctx, region->first, span.start - region->address, HEAP_RESERVED) ||
        !arena_emit(visit, ctx, span.start + shift, RUST_WORD, HEAP_CONTROL)) {
        return RUST_STOPPED;
    }
    if (holds_bins(heap, span)) {
        const int error = rust_walk_gaps(heap, region, from, bins, collect, visit, ctx);
        if (error != HEAP_OK) {
            return error;
        }
        from = bins + TALC_BINS_BYTES + RUST_WORD;
        if (!arena_emit(visit, ctx, bins + shift, TALC_BINS_BYTES + RUST_WORD, HEAP_CONTROL)) {
            return RUST_STOPPED;
        }
    }
    const int error = rust_walk_gaps(heap, region, from, span.end, collect, visit, ctx);
    if (error != HEAP_OK) {
        return error;
    }
    const uint32_t end = region->address + region->bytes;
    return arena_emit(visit, ctx, span.end + shift, end - span.end, HEAP_RESERVED) ? HEAP_OK : RUST_STOPPED;
}

static int walk_unclaimed(const struct heap *heap, const struct heap_region *region, heap_span_fn visit, void *ctx)
{
    const struct talc_span gap = prospect(heap);
    const uint32_t shift = region->first - region->address, end = region->address + region->bytes;
    if (gap.end == 0) {
        return arena_emit(visit, ctx, region->first, region->bytes, HEAP_RESERVED) ? HEAP_OK : RUST_STOPPED;
    }
    const bool all = arena_emit(visit, ctx, region->first, gap.start - region->address, HEAP_RESERVED) &&
                     arena_emit(visit, ctx, gap.start + shift, gap.end - gap.start, HEAP_FREE) &&
                     arena_emit(visit, ctx, gap.end + shift, end - gap.end, HEAP_RESERVED);
    return all ? HEAP_OK : RUST_STOPPED;
}

/* Is the array of bins where a claim can have put it? */
static bool is_framed(const struct heap *heap)
{
    const uint32_t bins = talc_control_of(heap)->bins;
    const struct heap_region *region = bins == 0 ? NULL : nominal_region(heap, bins, 0);
    return bins == 0 || (region != NULL && holds_bins(heap, talc_managed(region)));
}

static int walk(const struct heap *heap, heap_span_fn visit, void *ctx)
{
    int error = is_framed(heap) ? HEAP_OK : HEAP_E_CORRUPT;
    for (uint32_t i = 0; i < heap->region_count && error == HEAP_OK; i++) {
        const struct heap_region *region = &heap->regions[i];
        if (region->bytes != 0) {
            error = is_claimed(heap, i) ? walk_claimed(heap, region, visit, ctx) : walk_unclaimed(heap, region, visit, ctx);
        }
    }
    return error == RUST_STOPPED ? HEAP_OK : error;
}

/* Each gap is linked from both sides, its sizes agree, and the word below it is a tag that knows of it. *bytes: of all gaps. */
static int check_bins(const struct heap *heap, uint32_t *bytes, heap_off *where)
{
    uint32_t most = heap->bytes / TALC_LEAST;
    for (uint32_t bin = 0; bin < TALC_BINS; bin++) {
        uint32_t link = talc_bin_at(heap, bin);
        const bool available = (talc_control_of(heap)->available[bin / 32] >> bin % 32 & 1u) != 0;
        *where = nominal_off(heap, link);
        if (available != (nominal_u32(heap, link) != 0)) {
            return HEAP_E_CORRUPT;
        }
        for (uint32_t gap = nominal_u32(heap, link); gap != 0; link = gap, gap = talc_gap_next(heap, gap)) {
            if (!is_gap_of(heap, gap, bin) || most-- == 0 || !nominal_holds(heap, gap - RUST_WORD, RUST_WORD)) {
                return HEAP_E_CORRUPT;
            }
            *where = nominal_off(heap, gap);
            if (talc_gap_link(heap, gap) != link || (nominal_u32(heap, gap - RUST_WORD) & TALC_FLAGS) != TALC_FLAGS) {
                return HEAP_E_CORRUPT;
            }
            *bytes += talc_gap_bytes(heap, gap);
        }
    }
    return HEAP_OK;
}

struct tour {
    const struct heap *heap;
    heap_off where;
    uint32_t free_bytes;
    bool sound;
};

/* Backwards from tag to tag over the chunks of [start, end). The last one's tag knows whether a gap follows, no other says so. */
static bool are_chunks(const struct heap *heap, uint32_t start, uint32_t end)
{
    const uint32_t bins = talc_control_of(heap)->bins;
    const bool gap_follows = end != talc_managed(nominal_region(heap, start, 0)).end && end != bins;
    for (uint32_t at = end; at > start;) {
        const uint32_t tag_at = at - RUST_WORD, tag = nominal_u32(heap, tag_at), base = tag & ~TALC_FLAGS;
        if ((tag & TALC_ALLOCATED) == 0 || ((tag & TALC_GAP_ABOVE) != 0) != (gap_follows && at == end)) {
            return false;
        }
        if (base == bins - RUST_WORD && start == bins + TALC_BINS_BYTES + RUST_WORD) {
            return true; /* the array's own chunk, whose tag moved up to the end of a small heap */
        }
        if (base < start || base > tag_at || tag_at - base < 2 * RUST_WORD) {
            return false;
        }
        at = base;
    }
    return true;
}

static bool check_span(void *ctx, const struct heap_span *span)
{
    struct tour *tour = ctx;
    tour->free_bytes += span->kind == HEAP_FREE ? span->size : 0;
    if (span->kind == HEAP_PAYLOAD) {
        const uint32_t start = nominal_of(tour->heap, span->off);
        tour->where = span->off;
        tour->sound = are_chunks(tour->heap, start, start + span->size);
    }
    return tour->sound;
}

/* Is this a tag of a chunk at `base`, and a gap above if it says so? */
static bool is_tag(const struct heap *heap, uint32_t at, uint32_t base)
{
    return (nominal_u32(heap, at) & ~TALC_GAP_ABOVE) == (base | TALC_ALLOCATED) &&
           (!talc_has_gap_above(heap, at) || talc_is_gap(heap, at + RUST_WORD));
}

/* The tags that no chunk of a caller's has: each heap's base tag, and the array's, which may have moved up by less than a gap. */
static int check_frames(const struct heap *heap, heap_off *where)
{
    for (uint32_t i = 0; i < heap->region_count; i++) {
        const struct heap_region *region = &heap->regions[i];
        const struct talc_span span = talc_managed(region);
        *where = region->first;
        if (region->bytes == 0 || !is_claimed(heap, i)) {
            continue;
        }
        bool framed = is_tag(heap, span.start, 0);
        if (holds_bins(heap, span)) {
            const uint32_t bins = talc_control_of(heap)->bins;
            uint32_t at = bins + TALC_BINS_BYTES;
            while (at < span.end - RUST_WORD && at < bins + TALC_BINS_BYTES + TALC_LEAST - RUST_WORD && !is_tag(heap, at, bins - RUST_WORD)) {
                at += RUST_WORD;
            }
            framed = framed && is_tag(heap, at, bins - RUST_WORD);
        }
        if (!framed) {
            return HEAP_E_CORRUPT;
        }
    }
    return HEAP_OK;
}

static bool is_spare(const struct heap *heap)
{
    const struct talc_control *control = talc_control_of(heap);
    const struct heap_region *region = &heap->regions[0];
    return (control->spare == 0 && control->spare_end == 0) ||
           (heap_param_or(heap, 0, TALC_OOM_ERROR) == TALC_OOM_CLAIM && control->spare == region->address &&
            control->spare_end == region->address + region->bytes);
}

static int check(const struct heap *heap, heap_off *where)
{
    const struct talc_control *control = talc_control_of(heap);
    struct tour tour = {heap, 0, 0, true};
    uint32_t gaps = 0;
    *where = 0;
    if (!is_framed(heap) || !is_spare(heap) || (control->bins == 0 && (control->available[0] | control->available[1]) != 0)) {
        return HEAP_E_CORRUPT;
    }
    int error = check_frames(heap, where);
    if (error == HEAP_OK && control->bins != 0) {
        error = check_bins(heap, &gaps, where);
    }
    if (error != HEAP_OK) {
        return error;
    }
    const struct talc_span coming = prospect(heap);
    error = walk(heap, check_span, &tour);
    *where = tour.where;
    return error == HEAP_OK && tour.sound && tour.free_bytes == gaps + (coming.end - coming.start) ? HEAP_OK : HEAP_E_CORRUPT;
}

static struct heap_extent extent(const struct heap *heap, heap_off off, struct heap_layout layout)
{
    struct talc_chunk chunk = {0, 0};
    const uint32_t payload = nominal_of(heap, off);
    if (!rust_layout_given(heap, layout) || talc_find_chunk(heap, payload, layout.size, &chunk) != HEAP_OK) {
        return (struct heap_extent){off, 0, 0};
    }
    return (struct heap_extent){off - (payload - chunk.base), chunk.tag_at + RUST_WORD - chunk.base, RUST_WORD};
}

/* In this gap. A search begins in a bin at or below that of any gap that fits, so that it finds the gap. */
static uint32_t largest_in(struct talc_span gap)
{
    const uint32_t payload = bits_up(gap.start, RUST_ALIGN);
    return payload < gap.end ? gap.end - payload - RUST_WORD : 0;
}

static uint32_t largest_request(const struct heap *heap)
{
    const struct talc_span coming = prospect(heap);
    uint32_t largest = coming.end == 0 ? 0 : largest_in(coming);
    for (uint32_t bin = talc_filled_bin(heap, 0); bin < TALC_BINS; bin = talc_filled_bin(heap, bin + 1)) {
        for (uint32_t gap = nominal_u32(heap, talc_bin_at(heap, bin)); gap != 0; gap = talc_gap_next(heap, gap)) {
            largest = talc_larger(largest, largest_in((struct talc_span){gap, gap + talc_gap_bytes(heap, gap)}));
        }
    }
    return rust_largest(heap, largest);
}

static const struct heap_param params[] = {
    {.key = "oom", .help = "error: the arena is claimed at once; claim: by the first request that finds nothing", .standard = TALC_OOM_ERROR,
     .min = TALC_OOM_ERROR, .max = TALC_OOM_CLAIM, .choices = "error|claim"},
    {.key = NULL},
};

static const struct heap_replica replica = {
    .of = "talc", .version = "4.4.3", .keys = "talc talc-claimonoom",
    .fidelity = "placements identical to the compiled original on 110,416 events of 11 traces and 1,111 steps of scripts (claim, extend, truncate)",
};

const struct heap_policy_inspect heap_talc_inspect = {
    .traits = HEAP_FREES | HEAP_COALESCES | HEAP_ALIGNS | HEAP_FINDS_DOUBLE_FREE | HEAP_NEEDS_LAYOUT | HEAP_SIZED_FREE | HEAP_RESTORES,
    .walk = walk, .check = check, .extent = extent, .largest_request = largest_request,
    .params = params,
    .idea = "64 bins of gaps, first fit within them, a tag behind each block",
    .overhead = "a word a block, at least 12 B; 264 B of the arena, 4 B a further heap; 20 B outside",
    .bounds = "free O(1); alloc O(gaps in the bins searched); realloc O(1) in place, else both",
    .source = "Rust crate talc 4.4.3",
    .space_bound = HEAP_BOUND_UNKNOWN, .smallest_block = TALC_LEAST,
    .picture = "| payload | slack | tag 4 |",
    HEAP_INSPECT_WORDS("| next 4 | link 4 | size 4 | … | size 4 |", "tag: allocated 0, gap follows 1")
    .resize = resize, .replica = &replica,
};

HEAP_POLICY_TABLE(talc, HEAP_ID('T', 'A', 'L', 'C'), sizeof(struct talc_control));
