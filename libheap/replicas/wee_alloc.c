/* wee_alloc.c: wee_alloc with its static-array back end as Rust's global allocator, on a 32-bit target.
 *
 *     used  | next·flags | before·marks | payload ………………………………… |    next: the cell behind; flags: bit 0 used, bit 1 none is there
 *     free  | next·flags | before·marks | link·merge | … |             before: the cell in front, or 0
 *             4            4              4                              link: next in the list; bit 0 "join me with it when you pass"
 *
 * Cells lie side by side in runs of pages of 4096 bytes, taken from the arena one behind the other and never given back; the arena's
 * last byte is never reached. A request looks along a list of free cells for the first that fits; *every cell that it passes is dropped
 * from the list for good* (free, but lost). A cell is cut at its high end. One list serves all requests; with alignments of 4 and less
 * (never the default) sizes up to 256 words have a list each, filled from cells of the main list that then are theirs for ever.
 * A freed cell is taken in by a free one in front of it; if the one behind is free, it is listed next to that for a later join.
 *
 * Control: 257 list heads, each with a lock word, and the pages' offset with another: static there, the state block here. The marks are
 * ours, in bits that the original leaves 0: a lost cell, and a cell that holds, or belongs to, a class.
 * A guarded heap refuses a request that cannot be served before the search, which so drops nothing, and has no use for classes.
 *
 * Time: malloc O(list), free O(1), realloc always moves. Overhead: 8 bytes a cell, and what gets lost.
 * Source: wee_alloc 0.4.5 (main, e7f33c2). */
#include "../src/rust.h"

HEAP_POLICY_PROTOTYPES(wee_alloc);

#define WORD RUST_WORD
#define PAGE 4096u
#define HEADER 8u
#define CLASSES 256u                 /* of 1 … 256 words */
#define LEAST_MAIN (2 * CLASSES * WORD) /* payload that a cut leaves in a cell of the main list */

#define USED 1u      /* flags, in word 0 */
#define LAST 2u
#define LOST 1u      /* marks, in word 1 */
#define CLASSED 2u
#define MERGE 1u     /* in the link */
#define LOW_BITS 3u

struct __attribute__((may_alias)) guarded_word {
    uint32_t lock, value; /* the lock stays 0 */
};

struct __attribute__((may_alias)) control {
    struct guarded_word heads[1 + CLASSES], taken; /* bytes in pages so far */
};

static struct control *control_of(const struct heap *heap) { return (struct control *)(void *)heap->state; }

/* The array of pages. The original's lies at a multiple of 4096; any multiple of a word will do. */
static uint32_t array_start(const struct heap *heap) { return bits_up(heap->regions[0].address, WORD); }

static uint32_t array_bytes(const struct heap *heap)
{
    const uint32_t skipped = array_start(heap) - heap->regions[0].address;
    return heap->bytes < skipped ? 0 : heap->bytes - skipped;
}

static uint32_t array_end(const struct heap *heap) { return array_start(heap) + control_of(heap)->taken.value; }

/* Bytes of pages that can still be taken. */
static uint32_t untaken(const struct heap *heap)
{
    const uint32_t bytes = array_bytes(heap);
    return bytes == 0 ? 0 : bits_down(bytes - 1, PAGE) - control_of(heap)->taken.value;
}

/* ---- cells, by address ---- */

static uint32_t end_of(const struct heap *heap, uint32_t cell) { return nominal_u32(heap, cell) & ~LOW_BITS; }
static bool is_used(const struct heap *heap, uint32_t cell) { return (nominal_u32(heap, cell) & USED) != 0; }
static bool is_last(const struct heap *heap, uint32_t cell) { return (nominal_u32(heap, cell) & LAST) != 0; }
static uint32_t before_of(const struct heap *heap, uint32_t cell) { return nominal_u32(heap, cell + 4) & ~LOW_BITS; }
static bool has_mark(const struct heap *heap, uint32_t cell, uint32_t mark) { return (nominal_u32(heap, cell + 4) & mark) != 0; }
static uint32_t link_of(const struct heap *heap, uint32_t cell) { return nominal_u32(heap, cell + HEADER) & ~LOW_BITS; }
static bool wants_merge(const struct heap *heap, uint32_t cell) { return (nominal_u32(heap, cell + HEADER) & MERGE) != 0; }

static void set_mark(struct heap *heap, uint32_t cell, uint32_t mark)
{
    nominal_set_u32(heap, cell + 4, nominal_u32(heap, cell + 4) | mark);
}

static void set_before(struct heap *heap, uint32_t cell, uint32_t before)
{
    nominal_set_u32(heap, cell + 4, before | (nominal_u32(heap, cell + 4) & LOW_BITS));
}

/* Does the free cell count as free, or was it dropped? */
static bool is_lost(const struct heap *heap, uint32_t cell) { return has_mark(heap, cell, LOST); }

static void note_free(struct heap *heap, uint32_t cell)
{
    nominal_note_free_added(heap, cell, end_of(heap, cell) - cell);
}

static void note_gone(struct heap *heap, uint32_t cell)
{
    nominal_note_free_removed(heap, cell, end_of(heap, cell) - cell);
}

/* A free cell over [cell, end), neighbours unknown. */
static void make_cell(struct heap *heap, uint32_t cell, uint32_t end, uint32_t marks)
{
    nominal_set_u32(heap, cell, end | LAST);
    nominal_set_u32(heap, cell + 4, marks);
    nominal_set_u32(heap, cell + HEADER, 0);
}

/* `cell` goes on to the end of its next neighbour, which is no longer one; both are free. */
static void absorb(struct heap *heap, uint32_t cell, uint32_t next)
{
    const uint32_t word = nominal_u32(heap, next);
    nominal_note_step(heap, HEAP_STEP_MERGE, next, end_of(heap, next) - next);
    nominal_set_u32(heap, cell, word);
    if ((word & LAST) == 0) {
        set_before(heap, word & ~LOW_BITS, cell);
    }
}

/* ---- the lists ---- */

/* What a request asks of its list: bytes, alignment, and the payload that a cut must leave. */
struct request {
    uint32_t bytes, align, least;
};

/* Where the request's payload would lie in a cell [cell, end), or 0: cut from its high end, or the whole cell's. */
static uint32_t place_in(uint32_t cell, uint32_t end, struct request request)
{
    const uint32_t payload = cell + HEADER;
    if (end - payload < request.bytes) {
        return 0;
    }
    const uint32_t cut = bits_down(end - request.bytes, request.align);
    if (cut >= payload && cut - payload >= HEADER + request.least) {
        return cut;
    }
    return payload % request.align == 0 ? payload : 0;
}

/* Takes the payload out of the list's first cell. */
static void take(struct heap *heap, struct guarded_word *head, uint32_t payload)
{
    const uint32_t cell = head->value, end = end_of(heap, cell), taken = payload - HEADER;
    note_gone(heap, cell);
    if (taken == cell) {
        head->value = link_of(heap, cell);
        nominal_set_u32(heap, cell, nominal_u32(heap, cell) | USED);
        return;
    }
    nominal_note_step(heap, HEAP_STEP_SPLIT, cell, taken - cell);
    nominal_set_u32(heap, taken, nominal_u32(heap, cell) | USED);
    nominal_set_u32(heap, taken + 4, cell | (nominal_u32(heap, cell + 4) & CLASSED));
    if (!is_last(heap, cell)) {
        set_before(heap, end, taken);
    }
    nominal_set_u32(heap, cell, taken);
    note_free(heap, cell);
}

/* The first cell's joins that are due: with the cell in front of it, which is the next in the list. */
static void join_first(struct heap *heap, struct guarded_word *head)
{
    while (wants_merge(heap, head->value)) {
        const uint32_t cell = head->value, before = before_of(heap, cell);
        nominal_set_u32(heap, cell + HEADER, link_of(heap, cell));
        note_gone(heap, cell);
        note_gone(heap, before);
        absorb(heap, before, cell);
        note_free(heap, before);
        head->value = before;
    }
}

/* First fit, with the original's leak. The payload, or 0: then the list is empty. */
static uint32_t first_fit(struct heap *heap, struct guarded_word *head, struct request request)
{
    while (head->value != 0) {
        join_first(heap, head);
        const uint32_t cell = head->value, payload = place_in(cell, end_of(heap, cell), request);
        nominal_note_step(heap, HEAP_STEP_VISIT, cell, end_of(heap, cell) - cell);
        if (payload != 0) {
            take(heap, head, payload);
            return payload;
        }
        note_gone(heap, cell);
        set_mark(heap, cell, LOST);
        head->value = link_of(heap, cell);
    }
    return 0;
}

static void push(struct heap *heap, struct guarded_word *head, uint32_t cell)
{
    nominal_set_u32(heap, cell + HEADER, head->value);
    head->value = cell;
    note_free(heap, cell);
}

/* ---- the main list ---- */

static struct guarded_word *main_list(const struct heap *heap) { return &control_of(heap)->heads[0]; }

/* Bytes of pages that a request takes when the list cannot serve it; 0: more than can be named. (The alignment's part is the original's:
 * a product of bytes and bytes.) */
static uint32_t refill_bytes(struct request request)
{
    const uint32_t unit = request.align + CLASSES * 2 * WORD;
    if (unit > UINT32_MAX / (2 * WORD) || request.bytes > UINT32_MAX / 2 + 1) {
        return 0;
    }
    const uint32_t bytes = unit * 2 * WORD > request.bytes ? unit * 2 * WORD : request.bytes;
    return bytes > UINT32_MAX - HEADER - PAGE ? 0 : bits_up(bytes + HEADER, PAGE);
}

/* One free cell of fresh pages at the list's head. */
static bool refill(struct heap *heap, struct request request)
{
    const uint32_t bytes = refill_bytes(request), left = untaken(heap), cell = array_end(heap);
    if (bytes == 0 || bytes > left) {
        return false;
    }
    nominal_note_free_removed(heap, cell, left);
    control_of(heap)->taken.value += bytes;
    if (bytes != left) {
        nominal_note_free_added(heap, cell + bytes, left - bytes);
    }
    make_cell(heap, cell, cell + bytes, 0);
    push(heap, main_list(heap), cell);
    return true;
}

/* Would the request be served? Without a change. */
static bool can_serve(const struct heap *heap, struct request request)
{
    for (uint32_t cell = main_list(heap)->value; cell != 0; cell = link_of(heap, cell)) {
        const uint32_t end = end_of(heap, cell);
        while (wants_merge(heap, cell)) {
            cell = link_of(heap, cell);
        }
        if (place_in(cell, end, request) != 0) {
            return true;
        }
    }
    const uint32_t bytes = refill_bytes(request), cell = array_end(heap);
    return bytes != 0 && bytes <= untaken(heap) && place_in(cell, cell + bytes, request) != 0;
}

static uint32_t alloc_main(struct heap *heap, uint32_t bytes, uint32_t align)
{
    const struct request request = {bytes, align, LEAST_MAIN};
    if (!heap_faithful(heap) && !can_serve(heap, request)) {
        return 0;
    }
    const uint32_t payload = first_fit(heap, main_list(heap), request);
    return payload != 0 || !refill(heap, request) ? payload : first_fit(heap, main_list(heap), request);
}

static void free_main(struct heap *heap, uint32_t cell)
{
    const uint32_t before = before_of(heap, cell), next = is_last(heap, cell) ? 0 : end_of(heap, cell);
    nominal_set_u32(heap, cell, nominal_u32(heap, cell) & ~USED);
    if (before != 0 && !is_used(heap, before)) {
        const bool lost = is_lost(heap, before);
        if (!lost) {
            note_gone(heap, before);
        }
        absorb(heap, before, cell);
        if (!lost) {
            note_free(heap, before);
        }
    } else if (next != 0 && !is_used(heap, next)) {
        nominal_set_u32(heap, cell + HEADER, nominal_u32(heap, next + HEADER) & ~MERGE);
        nominal_set_u32(heap, next + HEADER, cell | MERGE);
        if (is_lost(heap, next)) {
            set_mark(heap, cell, LOST);
        } else {
            note_free(heap, cell);
        }
    } else {
        push(heap, main_list(heap), cell);
    }
}

/* ---- the classes ---- */

static uint32_t words_of(uint32_t size) { return size / WORD + (size % WORD != 0); }

static bool has_class(const struct heap *heap, uint32_t size, uint32_t align)
{
    return align <= WORD && words_of(size) <= CLASSES && heap_faithful(heap);
}

/* One free cell in a cell of the main list. */
static bool refill_class(struct heap *heap, struct guarded_word *head, uint32_t words)
{
    const uint32_t least = 8192 / WORD, square = (words + 2) * (words + 2), bytes = WORD * (square > least ? square : least);
    const uint32_t area = alloc_main(heap, bytes, WORD);
    if (area == 0) {
        return false;
    }
    set_mark(heap, area - HEADER, CLASSED);
    make_cell(heap, area, area + bytes, CLASSED);
    push(heap, head, area);
    return true;
}

static uint32_t alloc_class(struct heap *heap, uint32_t words, uint32_t align)
{
    const struct request request = {words * WORD, align, words * WORD};
    struct guarded_word *head = &control_of(heap)->heads[words];
    const uint32_t payload = first_fit(heap, head, request);
    return payload != 0 || !refill_class(heap, head, words) ? payload : first_fit(heap, head, request);
}

/* ---- the policy's functions ---- */

int heap_wee_alloc_init(struct heap *heap)
{
    rust_set_alignment(heap);
    if (!heap_faithful(heap) && refill_bytes((struct request){1, heap->alignment, LEAST_MAIN}) > untaken(heap)) {
        return HEAP_E_TOO_SMALL;
    }
    return HEAP_OK;
}

int heap_wee_alloc_add_region(struct heap *heap, uint32_t index)
{
    (void)heap, (void)index;
    return HEAP_E_UNSUPPORTED;
}

/* Size 0: the original returns its alignment, as a number. */
heap_off heap_wee_alloc_alloc(struct heap *heap, uint32_t size, uint32_t align)
{
    if (size == 0 || !rust_layout_exists(size, align)) {
        return HEAP_NONE;
    }
    const uint32_t payload = has_class(heap, size, align) ? alloc_class(heap, words_of(size), align)
                                                          : alloc_main(heap, words_of(size) * WORD, rust_align(heap, align));
    return payload == 0 ? HEAP_NONE : nominal_off(heap, payload);
}

/* Do the neighbours know the cell? */
static bool before_agrees(const struct heap *heap, uint32_t cell)
{
    const uint32_t before = before_of(heap, cell);
    return before == 0 || (before >= array_start(heap) && before < cell && end_of(heap, before) == cell && !is_last(heap, before));
}

static bool next_agrees(const struct heap *heap, uint32_t cell)
{
    const uint32_t end = end_of(heap, cell), limit = array_end(heap);
    return end >= cell + HEADER + WORD && end <= limit && (is_last(heap, cell) || (end < limit && before_of(heap, end) == cell));
}

/* Does a cell's payload begin there? HEAP_OK, HEAP_E_NOT_LIVE, or HEAP_E_CORRUPT where only one neighbour says so. */
static int live(const struct heap *heap, uint32_t payload)
{
    const uint32_t cell = payload - HEADER;
    if (cell < array_start(heap) || cell >= array_end(heap) || cell % WORD != 0 || !is_used(heap, cell)) {
        return HEAP_E_NOT_LIVE;
    }
    const bool before = before_agrees(heap, cell), next = next_agrees(heap, cell);
    return before && next ? HEAP_OK : before == next ? HEAP_E_NOT_LIVE : HEAP_E_CORRUPT;
}

int heap_wee_alloc_free(struct heap *heap, heap_off off, struct heap_layout layout)
{
    const uint32_t payload = nominal_of(heap, off), cell = payload - HEADER;
    const int error = heap_checked(heap) ? live(heap, payload) : HEAP_OK;
    if (error != HEAP_OK) {
        return error;
    }
    if (!has_mark(heap, cell, CLASSED)) {
        free_main(heap, cell);
        return HEAP_OK;
    }
    const uint32_t words = words_of(layout.size);
    if (words == 0 || words > CLASSES) {
        return HEAP_E_LAYOUT;
    }
    nominal_set_u32(heap, cell, nominal_u32(heap, cell) & ~USED);
    push(heap, &control_of(heap)->heads[words], cell);
    return HEAP_OK;
}

static uint32_t capacity(const struct heap *heap, heap_off off)
{
    const uint32_t payload = nominal_of(heap, off);
    return end_of(heap, payload - HEADER) - payload;
}

heap_off heap_wee_alloc_realloc(struct heap *heap, heap_off off, struct heap_layout old, uint32_t size)
{
    heap->error = heap_checked(heap) ? live(heap, nominal_of(heap, off)) : HEAP_OK;
    if (heap->error != HEAP_OK) {
        return HEAP_NONE;
    }
    old.size = old.size != 0 ? old.size : capacity(heap, off);
    return rust_realloc_by_moving(heap, off, old, size, heap_wee_alloc_alloc, heap_wee_alloc_free);
}

uint32_t heap_wee_alloc_usable(const struct heap *heap, heap_off off)
{
    return heap_checked(heap) && live(heap, nominal_of(heap, off)) != HEAP_OK ? 0 : capacity(heap, off);
}

/* ---- inspection ---- */

/* Where a tour of all cells stands: in the main list's, or in an area of a class that fills one of them. */
struct tour {
    uint32_t cell, area; /* area: the cell that is one, or 0 */
};

static bool starts_area(const struct heap *heap, struct tour tour)
{
    return tour.area == 0 && is_used(heap, tour.cell) && has_mark(heap, tour.cell, CLASSED);
}

/* Can this cell be passed? */
static bool is_sound(const struct heap *heap, struct tour tour)
{
    const uint32_t limit = tour.area == 0 ? array_end(heap) : end_of(heap, tour.area);
    const uint32_t end = limit - tour.cell < HEADER + WORD ? 0 : end_of(heap, tour.cell);
    return end <= limit && end > tour.cell && end - tour.cell >= HEADER + WORD;
}

static bool ends_area(const struct heap *heap, struct tour tour) { return tour.area != 0 && is_last(heap, tour.cell); }

static struct tour next_cell(const struct heap *heap, struct tour tour)
{
    if (starts_area(heap, tour)) {
        return (struct tour){tour.cell + HEADER, tour.cell};
    }
    return ends_area(heap, tour) ? (struct tour){end_of(heap, tour.area), 0} : (struct tour){end_of(heap, tour.cell), tour.area};
}

static bool is_taken_sound(const struct heap *heap)
{
    const uint32_t taken = control_of(heap)->taken.value, bytes = array_bytes(heap);
    return control_of(heap)->taken.lock == 0 && taken % PAGE == 0 && taken <= (bytes == 0 ? 0 : bytes - 1);
}

static bool emit_cell(const struct heap *heap, struct tour tour, heap_span_fn visit, void *ctx)
{
    const heap_off off = nominal_off(heap, tour.cell);
    const uint32_t bytes = end_of(heap, tour.cell) - tour.cell;
    if (starts_area(heap, tour)) {
        return arena_emit(visit, ctx, off, HEADER, HEAP_CONTROL);
    }
    if (!is_used(heap, tour.cell)) {
        return arena_emit(visit, ctx, off, bytes, is_lost(heap, tour.cell) ? HEAP_RESERVED : HEAP_FREE);
    }
    return arena_emit(visit, ctx, off, HEADER, HEAP_HEADER) && arena_emit(visit, ctx, off + HEADER, bytes - HEADER, HEAP_PAYLOAD);
}

static int walk(const struct heap *heap, heap_span_fn visit, void *ctx)
{
    const uint32_t address = heap->regions[0].address, left = untaken(heap), end = array_end(heap);
    const uint32_t skipped = array_bytes(heap) == 0 ? heap->bytes : array_start(heap) - address;
    if (!is_taken_sound(heap)) {
        return HEAP_E_CORRUPT;
    }
    bool more = arena_emit(visit, ctx, 0, skipped, HEAP_RESERVED);
    for (struct tour tour = {array_start(heap), 0}; more && tour.cell != end; tour = next_cell(heap, tour)) {
        if (!is_sound(heap, tour)) {
            return HEAP_E_CORRUPT;
        }
        more = emit_cell(heap, tour, visit, ctx);
        if (more && ends_area(heap, tour)) {
            const uint32_t used = end_of(heap, tour.cell);
            more = arena_emit(visit, ctx, nominal_off(heap, used), end_of(heap, tour.area) - used, HEAP_RESERVED);
        }
    }
    if (more && skipped != heap->bytes && arena_emit(visit, ctx, end - address, left, HEAP_FREE)) {
        (void)arena_emit(visit, ctx, end - address + left, heap->bytes - (end - address) - left, HEAP_RESERVED);
    }
    return HEAP_OK;
}

/* Marks and flags that contradict each other or the cell's place; `before` is the cell in front, or 0. */
static bool is_wrong(const struct heap *heap, struct tour tour, uint32_t before)
{
    const bool used = is_used(heap, tour.cell), run_ends = (end_of(heap, tour.cell) - array_start(heap)) % PAGE == 0;
    return before_of(heap, tour.cell) != before || (used && is_lost(heap, tour.cell)) ||
           (tour.area != 0 && !has_mark(heap, tour.cell, CLASSED)) || (tour.area == 0 && !used && has_mark(heap, tour.cell, CLASSED)) ||
           (tour.area == 0 && is_last(heap, tour.cell) && !run_ends);
}

/* Every cell; *listed = how many must be in the lists. */
static int check_cells(const struct heap *heap, uint32_t *listed, heap_off *where)
{
    const uint32_t end = array_end(heap);
    uint32_t before = 0;
    bool last = true;
    for (struct tour tour = {array_start(heap), 0}; tour.cell != end; tour = next_cell(heap, tour)) {
        *where = nominal_off(heap, tour.cell);
        if (!is_sound(heap, tour) || is_wrong(heap, tour, before)) {
            return HEAP_E_CORRUPT;
        }
        *listed += !is_used(heap, tour.cell) && !is_lost(heap, tour.cell);
        const uint32_t outer = ends_area(heap, tour) ? tour.area : tour.cell;
        last = is_last(heap, outer);
        before = last || starts_area(heap, tour) ? 0 : outer;
    }
    return last ? HEAP_OK : HEAP_E_CORRUPT;
}

static bool can_be_listed(const struct heap *heap, uint32_t cell, uint32_t words)
{
    const uint32_t start = array_start(heap), limit = array_end(heap);
    if (cell < start || cell >= limit || limit - cell < HEADER + WORD || cell % WORD != 0 || is_used(heap, cell) || is_lost(heap, cell)) {
        return false;
    }
    if (words != 0) {
        return has_mark(heap, cell, CLASSED) && !wants_merge(heap, cell) && end_of(heap, cell) - cell >= HEADER + words * WORD;
    }
    return !has_mark(heap, cell, CLASSED) && (!wants_merge(heap, cell) || before_of(heap, cell) == link_of(heap, cell));
}

static int check(const struct heap *heap, heap_off *where)
{
    uint32_t listed = 0;
    *where = 0;
    const int error = is_taken_sound(heap) ? check_cells(heap, &listed, where) : HEAP_E_CORRUPT;
    for (uint32_t words = 0; words <= CLASSES && error == HEAP_OK; words++) {
        if (control_of(heap)->heads[words].lock != 0) {
            return HEAP_E_CORRUPT;
        }
        for (uint32_t cell = control_of(heap)->heads[words].value; cell != 0; cell = link_of(heap, cell)) {
            if (listed-- == 0 || !can_be_listed(heap, cell, words)) {
                return HEAP_E_CORRUPT;
            }
            *where = nominal_off(heap, cell);
        }
    }
    return error == HEAP_OK && listed != 0 ? HEAP_E_CORRUPT : error;
}

static struct heap_extent extent(const struct heap *heap, heap_off off, struct heap_layout layout)
{
    (void)layout;
    return (struct heap_extent){off - HEADER, HEADER + capacity(heap, off), 0};
}

/* The most that place_in would find room for. */
static uint32_t largest_in(uint32_t cell, uint32_t end, uint32_t align)
{
    const uint32_t payload = cell + HEADER, cut = payload % align == 0 ? payload : bits_up(payload + HEADER + LEAST_MAIN, align);
    return end > cut ? end - cut : 0;
}

static uint32_t largest_request(const struct heap *heap)
{
    const uint32_t align = heap->natural, left = untaken(heap), least = refill_bytes((struct request){1, align, LEAST_MAIN});
    uint32_t largest = left >= least ? largest_in(array_end(heap), array_end(heap) + left, align) : 0;
    for (uint32_t cell = main_list(heap)->value; cell != 0; cell = link_of(heap, cell)) {
        const uint32_t end = end_of(heap, cell);
        while (wants_merge(heap, cell)) {
            cell = link_of(heap, cell);
        }
        const uint32_t room = largest_in(cell, end, align);
        largest = room > largest ? room : largest;
    }
    return rust_largest(heap, largest);
}

static const char *const defects[] = {
    "the search drops every free cell that it passes: their memory is lost (issue 106)",
    "cells freed next to a lost one are lost too",
    "the static array's last page is never used",
    "a refill takes 16 KiB and more for the smallest request: a unit mistaken",
    "memory of a class never returns",
    NULL,
};

static const struct heap_replica replica = {
    .of = "wee_alloc, static array", .version = "0.4.5 (main e7f33c2)", .keys = "wee_alloc",
    .fidelity = "placements identical to the compiled original on 48,408 events of 11 traces",
    .defects = defects,
};

const struct heap_policy_inspect heap_wee_alloc_inspect = {
    .traits = HEAP_ALIGNS | HEAP_FINDS_DOUBLE_FREE,
    .walk = walk, .check = check, .extent = extent, .largest_request = largest_request,
    .idea = "first fit in a list that forgets what it passes; pages on demand; realloc always moves",
    .overhead = "8 B a cell, what gets lost, and the last page; 2064 B of state",
    .bounds = "malloc O(list), free O(1), realloc O(list) and copying",
    .source = "github.com/rustwasm/wee_alloc",
    .picture = "| next·flags 4 | before 4 | payload |",
    HEAP_INSPECT_WORDS("| next·flags 4 | before 4 | link 4 | … |",
                       "next·: used 0, none behind 1; before: lost 0, of a class 1; link: to be joined 0")
    .smallest_block = HEADER + WORD,
    .replica = &replica,
};

HEAP_POLICY_TABLE(wee_alloc, HEAP_ID('W', 'E', 'E', 'A'), sizeof(struct control));
