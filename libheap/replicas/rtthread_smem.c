/* rtthread_smem.c: RT-Thread's small memory management, the default of its rt_malloc: first fit over one chain of all blocks.
 *
 *     | control 56 | block | block | … | block | sentinel |            in the arena; the chain links neighbours both ways
 *     | control, bit 0 = used | next | prev | payload … |              header H = up(12, align); next and prev are positions
 *
 * Positions count from the first header. There is no list of free blocks: a search goes over all blocks from the lowest free one on.
 * The low part of a split block is handed out, and a rest is split off where it can hold the smallest payload, H bytes. Free merges
 * with both neighbours. Realloc shrinks in place where that leaves more than 12 bytes behind a header; everything else moves,
 * a small shrink and a growth before a free neighbour too.
 *
 * Alignments above align: src/rtthread.h. Such a block is freed and sized best by its layout (heap_free_sized); an owner who forgets
 * it is understood too, but any other payload that holds its own address is then taken for one just behind that.
 *
 * Time: malloc O(blocks above the lowest free one), free and shrinking O(1). Overhead: H bytes a block, 56 + 2 H a heap. Bad pointers:
 * a header names its control, its used bit and both neighbours.
 * Source: RT-Thread 4.1.1, mem.c; by its behaviour. */
#include "../src/rtthread.h"

HEAP_POLICY_PROTOTYPES(rtthread_smem);

#define ALIGN_DEFAULT 4u /* RT_ALIGN_SIZE */
#define CONTROL_BYTES 56u
#define USED 1u

/* The control's words. The original's first 20 bytes name it. */
#define TOTAL 24u
#define IN_USE 28u
#define MAX_USED 32u
#define LOWEST_FREE 36u

/* A header's words. */
#define TAG 0u
#define NEXT 4u
#define PREV 8u

/* What a realloc in place must leave, whatever the alignment. */
#define SHRINK_REST 12u

/* ---- where things are ---- */

static uint32_t header_bytes(const struct heap *heap) { return bits_up(12, heap->alignment); }
static uint32_t least_payload(const struct heap *heap) { return bits_up(12, heap->alignment); }
static uint32_t control_at(const struct heap *heap) { return bits_up(heap->regions[0].address, heap->alignment); }
static uint32_t origin(const struct heap *heap) { return bits_up(control_at(heap) + CONTROL_BYTES, heap->alignment); }

/* Is there room for the control and two headers? Otherwise the original's set-up fails. */
static bool is_laid(const struct heap *heap)
{
    const uint32_t end = bits_down(heap->regions[0].address + heap->regions[0].bytes, heap->alignment), control = control_at(heap);
    return end > control && end - control >= CONTROL_BYTES + 2 * header_bytes(heap);
}

/* The positions' range, which is also the largest payload. */
static uint32_t room(const struct heap *heap)
{
    const uint32_t end = bits_down(heap->regions[0].address + heap->regions[0].bytes, heap->alignment);
    return end - origin(heap) - 2 * header_bytes(heap);
}

static uint32_t control_word(const struct heap *heap, uint32_t word) { return nominal_u32(heap, control_at(heap) + word); }
static void set_control_word(struct heap *heap, uint32_t word, uint32_t value) { nominal_set_u32(heap, control_at(heap) + word, value); }

static uint32_t header_word(const struct heap *heap, uint32_t pos, uint32_t word) { return nominal_u32(heap, origin(heap) + pos + word); }
static void set_header_word(struct heap *heap, uint32_t pos, uint32_t word, uint32_t value)
{
    nominal_set_u32(heap, origin(heap) + pos + word, value);
}

static void set_header(struct heap *heap, uint32_t pos, uint32_t used, uint32_t next, uint32_t prev)
{
    set_header_word(heap, pos, TAG, control_at(heap) | used);
    set_header_word(heap, pos, NEXT, next);
    set_header_word(heap, pos, PREV, prev);
}

static uint32_t next_of(const struct heap *heap, uint32_t pos) { return header_word(heap, pos, NEXT); }
static bool is_free(const struct heap *heap, uint32_t pos) { return (header_word(heap, pos, TAG) & USED) == 0; }
static uint32_t payload_bytes(const struct heap *heap, uint32_t pos) { return next_of(heap, pos) - pos - header_bytes(heap); }

/* The position of a payload's header. */
static uint32_t position_of(const struct heap *heap, uint32_t payload) { return payload - header_bytes(heap) - origin(heap); }

static void note_free_added(struct heap *heap, uint32_t pos)
{
    nominal_note_free_added(heap, origin(heap) + pos, next_of(heap, pos) - pos);
}

static void note_free_removed(struct heap *heap, uint32_t pos)
{
    nominal_note_free_removed(heap, origin(heap) + pos, next_of(heap, pos) - pos);
}

static void note_step(struct heap *heap, enum heap_step step, uint32_t pos)
{
    nominal_note_step(heap, step, origin(heap) + pos, next_of(heap, pos) - pos);
}

/* ---- the chain ---- */

static void lower_lowest_free(struct heap *heap, uint32_t pos)
{
    if (pos < control_word(heap, LOWEST_FREE)) {
        set_control_word(heap, LOWEST_FREE, pos);
    }
}

/* The free block `next`, which was announced, becomes the end of `pos`. */
static void absorb(struct heap *heap, uint32_t pos, uint32_t next)
{
    const uint32_t after = next_of(heap, next);
    note_step(heap, HEAP_STEP_MERGE, next);
    if (control_word(heap, LOWEST_FREE) == next) {
        set_control_word(heap, LOWEST_FREE, pos);
    }
    set_header_word(heap, pos, NEXT, after);
    set_header_word(heap, after, PREV, pos);
}

/* Lays a free block behind the first `bytes` of a block's payload; it is not yet announced. */
static uint32_t cut(struct heap *heap, uint32_t pos, uint32_t bytes)
{
    const uint32_t rest = pos + header_bytes(heap) + bytes, after = next_of(heap, pos);
    set_header(heap, rest, 0, after, pos);
    set_header_word(heap, pos, NEXT, rest);
    set_header_word(heap, after, PREV, rest);
    note_step(heap, HEAP_STEP_SPLIT, rest);
    return rest;
}

/* The next free block above `pos`, or the sentinel. */
static uint32_t free_above(struct heap *heap, uint32_t pos)
{
    const uint32_t first = origin(heap), sentinel = control_word(heap, TOTAL) + header_bytes(heap);
    pos = next_of(heap, pos);
    while (pos != sentinel && (nominal_u32(heap, first + pos + TAG) & USED) != 0) {
        const uint32_t next = nominal_u32(heap, first + pos + NEXT);
        nominal_note_step(heap, HEAP_STEP_VISIT, first + pos, next - pos);
        pos = next;
    }
    return pos;
}

/* Hands out a free block that is large enough. */
static uint32_t take(struct heap *heap, uint32_t pos, uint32_t size)
{
    note_free_removed(heap, pos);
    if (payload_bytes(heap, pos) >= size + header_bytes(heap) + least_payload(heap)) {
        const uint32_t rest = cut(heap, pos, size);
        note_free_added(heap, rest);
    }
    const uint32_t in_use = control_word(heap, IN_USE) + payload_bytes(heap, pos) + header_bytes(heap);
    set_control_word(heap, IN_USE, in_use);
    if (in_use > control_word(heap, MAX_USED)) {
        set_control_word(heap, MAX_USED, in_use);
    }
    set_header_word(heap, pos, TAG, control_at(heap) | USED);
    if (control_word(heap, LOWEST_FREE) == pos) {
        set_control_word(heap, LOWEST_FREE, free_above(heap, pos));
    }
    return origin(heap) + pos + header_bytes(heap);
}

/* ---- plain blocks ---- */

static uint32_t plain_alloc(struct heap *heap, uint32_t size)
{
    if (size == 0 || !is_laid(heap)) {
        return 0;
    }
    const uint32_t total = control_word(heap, TOTAL);
    size = bits_up(size, heap->alignment); /* wraps, as the original's does */
    size = size < least_payload(heap) ? least_payload(heap) : size;
    if (size > total) {
        return 0;
    }
    const uint32_t first = origin(heap), header = header_bytes(heap); /* known once: this loop is most of the time */
    for (uint32_t pos = control_word(heap, LOWEST_FREE), next = 0; pos + size <= total; pos = next) {
        next = nominal_u32(heap, first + pos + NEXT);
        nominal_note_step(heap, HEAP_STEP_VISIT, first + pos, next - pos);
        if ((nominal_u32(heap, first + pos + TAG) & USED) == 0 && next - pos - header >= size) {
            return take(heap, pos, size);
        }
    }
    return 0;
}

static void plain_release(struct heap *heap, uint32_t payload)
{
    uint32_t pos = position_of(heap, payload);
    const uint32_t next = next_of(heap, pos), prev = header_word(heap, pos, PREV);
    set_header_word(heap, pos, TAG, control_at(heap));
    lower_lowest_free(heap, pos);
    set_control_word(heap, IN_USE, control_word(heap, IN_USE) - (next - pos));
    if (is_free(heap, next)) {
        note_free_removed(heap, next);
        absorb(heap, pos, next);
    }
    if (pos != 0 && is_free(heap, prev)) {
        note_free_removed(heap, prev);
        absorb(heap, prev, pos);
        pos = prev;
    }
    note_free_added(heap, pos);
}

static void shrink(struct heap *heap, uint32_t pos, uint32_t size)
{
    const uint32_t next = next_of(heap, pos), gone = payload_bytes(heap, pos) - size, rest = cut(heap, pos, size);
    set_control_word(heap, IN_USE, control_word(heap, IN_USE) - gone);
    lower_lowest_free(heap, rest);
    if (is_free(heap, next)) {
        note_free_removed(heap, next);
        absorb(heap, rest, next);
    }
    note_free_added(heap, rest);
}

static uint32_t plain_realloc(struct heap *heap, uint32_t payload, uint32_t size)
{
    const uint32_t pos = position_of(heap, payload), capacity = payload_bytes(heap, pos);
    size = bits_up(size, heap->alignment); /* wraps, as the original's does */
    if (size > control_word(heap, TOTAL)) {
        return 0;
    }
    if (size == 0) {
        plain_release(heap, payload);
        heap->error = HEAP_RELEASED;
        return 0;
    }
    if (size == capacity) {
        return payload;
    }
    if (size + header_bytes(heap) + SHRINK_REST < capacity) {
        shrink(heap, pos, size);
        return payload;
    }
    const uint32_t moved = plain_alloc(heap, size);
    if (moved != 0) {
        memcpy(nominal_at(heap, moved), nominal_at(heap, payload), size < capacity ? size : capacity);
        plain_release(heap, payload);
    }
    return moved;
}

/* Is `pos` where a header can be, the sentinel's place included? */
static bool is_position(const struct heap *heap, uint32_t pos, uint32_t total)
{
    return pos <= total + header_bytes(heap) && (pos & (heap->alignment - 1)) == 0;
}

/* Does the header that would lie before `payload` name the control, and say used? */
static bool has_header(const struct heap *heap, uint32_t payload)
{
    if (!is_laid(heap) || payload - origin(heap) < header_bytes(heap)) {
        return false;
    }
    const uint32_t pos = position_of(heap, payload), total = room(heap);
    if (pos > total || !is_position(heap, pos, total)) {
        return false;
    }
    return (header_word(heap, pos, TAG) | (heap_checked(heap) ? 0 : USED)) == (control_at(heap) | USED);
}

/* And both neighbours must know it. */
static uint32_t plain_capacity(const struct heap *heap, uint32_t payload)
{
    if (!has_header(heap, payload)) {
        return 0;
    }
    const uint32_t pos = position_of(heap, payload), total = room(heap);
    const uint32_t next = next_of(heap, pos), prev = header_word(heap, pos, PREV);
    if (!is_position(heap, next, total) || next < pos + header_bytes(heap) || header_word(heap, next, PREV) != pos) {
        return 0;
    }
    const bool follows = pos == 0 || (is_position(heap, prev, total) && prev < pos && next_of(heap, prev) == pos);
    return follows ? payload_bytes(heap, pos) : 0;
}

static const struct rt_plain plain = {plain_alloc, plain_realloc, plain_release, plain_capacity};

/* Why no block is found at `off`. */
static int refusal_of(const struct heap *heap, heap_off off)
{
    return has_header(heap, nominal_of(heap, off)) ? HEAP_E_CORRUPT : HEAP_E_NOT_LIVE;
}

/* ---- the policy's functions ---- */

int heap_rtthread_smem_init(struct heap *heap)
{
    const uint32_t align = heap_param_or(heap, 0, ALIGN_DEFAULT);
    if (align != 4 && align != 8) {
        return HEAP_E_ARGUMENT;
    }
    heap->alignment = heap->natural = align;
    if (!is_laid(heap)) {
        return heap_faithful(heap) ? HEAP_OK : HEAP_E_TOO_SMALL;
    }
    const uint32_t total = room(heap), sentinel = total + header_bytes(heap);
    if (!heap_faithful(heap) && total < least_payload(heap)) {
        return HEAP_E_TOO_SMALL;
    }
    memset(nominal_at(heap, control_at(heap)), 0, CONTROL_BYTES);
    set_control_word(heap, TOTAL, total);
    set_header(heap, 0, 0, sentinel, 0);
    set_header(heap, sentinel, USED, sentinel, 0);
    note_free_added(heap, 0);
    return HEAP_OK;
}

int heap_rtthread_smem_add_region(struct heap *heap, uint32_t index)
{
    (void)heap, (void)index;
    return HEAP_E_UNSUPPORTED;
}

heap_off heap_rtthread_smem_alloc(struct heap *heap, uint32_t size, uint32_t align)
{
    return rt_policy_alloc(heap, &plain, size, align, heap->natural);
}

int heap_rtthread_smem_free(struct heap *heap, heap_off off, struct heap_layout layout)
{
    const int error = rt_policy_free(heap, &plain, off, layout, heap->natural);
    return error == HEAP_OK ? HEAP_OK : refusal_of(heap, off);
}

heap_off heap_rtthread_smem_realloc(struct heap *heap, heap_off off, struct heap_layout old, uint32_t size)
{
    const heap_off found = rt_policy_realloc(heap, &plain, off, old, size, heap->natural);
    if (heap->error == HEAP_E_NOT_LIVE) {
        heap->error = refusal_of(heap, off);
    }
    return found;
}

uint32_t heap_rtthread_smem_usable(const struct heap *heap, heap_off off)
{
    return rt_policy_usable(heap, &plain, off, heap->natural);
}

/* ---- inspection ---- */

/* Goes along the chain; false where it leads astray. */
static bool step_on(const struct heap *heap, uint32_t *pos)
{
    const uint32_t next = next_of(heap, *pos);
    const bool good = is_position(heap, next, room(heap)) && next >= *pos + header_bytes(heap);
    *pos = next;
    return good;
}

static bool emit(const struct heap *heap, heap_span_fn visit, void *ctx, uint32_t address, uint32_t bytes, enum heap_span_kind kind)
{
    return arena_emit(visit, ctx, address - heap->regions[0].address, bytes, kind);
}

static int walk(const struct heap *heap, heap_span_fn visit, void *ctx)
{
    const uint32_t start = heap->regions[0].address, header = header_bytes(heap), limit = start + heap->regions[0].bytes;
    if (!is_laid(heap)) {
        (void)emit(heap, visit, ctx, start, heap->regions[0].bytes, HEAP_RESERVED);
        return HEAP_OK;
    }
    const uint32_t sentinel = room(heap) + header, control = control_at(heap), end = origin(heap) + sentinel + header;
    if (!emit(heap, visit, ctx, start, control - start, HEAP_RESERVED) ||
        !emit(heap, visit, ctx, control, origin(heap) - control, HEAP_CONTROL)) {
        return HEAP_OK;
    }
    for (uint32_t pos = 0, next = 0; pos != sentinel; pos = next) {
        const uint32_t address = origin(heap) + pos;
        if (!step_on(heap, &next)) {
            return HEAP_E_CORRUPT;
        }
        const bool more = is_free(heap, pos) ? emit(heap, visit, ctx, address, next - pos, HEAP_FREE)
                                             : emit(heap, visit, ctx, address, header, HEAP_HEADER) &&
                                                   emit(heap, visit, ctx, address + header, next - pos - header, HEAP_PAYLOAD);
        if (!more) {
            return HEAP_OK;
        }
    }
    if (emit(heap, visit, ctx, origin(heap) + sentinel, header, HEAP_HEADER)) {
        (void)emit(heap, visit, ctx, end, limit - end, HEAP_RESERVED);
    }
    return HEAP_OK;
}

/* What the chain says; compared with the control, and reported. */
struct census {
    uint32_t in_use, free_blocks, free_payload, largest_free, lowest_free;
};

/* False where the chain is broken, at *pos. */
static bool count(const struct heap *heap, struct census *census, uint32_t *pos)
{
    const uint32_t header = header_bytes(heap), sentinel = room(heap) + header;
    uint32_t prev = 0;
    bool after_free = false;
    *census = (struct census){0, 0, 0, 0, sentinel};
    for (uint32_t next = 0; *pos = next, *pos != sentinel; prev = *pos) {
        const bool now_free = is_free(heap, *pos);
        if (header_word(heap, *pos, PREV) != prev || (header_word(heap, *pos, TAG) & ~USED) != control_at(heap) ||
            !step_on(heap, &next) || (now_free && after_free)) {
            return false;
        }
        const uint32_t payload = next - *pos - header;
        if (now_free) {
            census->lowest_free = census->free_blocks == 0 ? *pos : census->lowest_free;
            census->free_blocks++;
            census->free_payload += payload;
            census->largest_free = payload > census->largest_free ? payload : census->largest_free;
        } else {
            census->in_use += payload + header;
        }
        after_free = now_free;
    }
    return header_word(heap, sentinel, TAG) == (control_at(heap) | USED) && next_of(heap, sentinel) == sentinel &&
           header_word(heap, sentinel, PREV) == prev;
}

static int check(const struct heap *heap, heap_off *where)
{
    struct census census;
    uint32_t pos = 0;
    *where = 0;
    if (!is_laid(heap)) {
        return HEAP_OK;
    }
    if (!count(heap, &census, &pos)) {
        *where = nominal_off(heap, origin(heap) + pos);
        return HEAP_E_CORRUPT;
    }
    const uint32_t words[][2] = {{TOTAL, room(heap)}, {IN_USE, census.in_use}, {LOWEST_FREE, census.lowest_free}};
    for (uint32_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        *where = nominal_off(heap, control_at(heap) + words[i][0]);
        if (control_word(heap, words[i][0]) != words[i][1]) {
            return HEAP_E_CORRUPT;
        }
    }
    *where = nominal_off(heap, control_at(heap) + MAX_USED);
    return control_word(heap, MAX_USED) < census.in_use ? HEAP_E_CORRUPT : HEAP_OK;
}

static struct heap_extent extent(const struct heap *heap, heap_off off, struct heap_layout layout)
{
    const uint32_t payload = rt_plain_of(heap, &plain, nominal_of(heap, off), layout.align, heap->natural);
    if (payload == 0) {
        return (struct heap_extent){off, 0, 0};
    }
    return (struct heap_extent){nominal_off(heap, payload - header_bytes(heap)), header_bytes(heap) + plain_capacity(heap, payload), 0};
}

static uint32_t largest_request(const struct heap *heap)
{
    struct census census;
    uint32_t pos = 0;
    const bool counted = is_laid(heap) && count(heap, &census, &pos);
    return counted && census.largest_free >= least_payload(heap) ? census.largest_free : 0;
}

static void statistics(const struct heap *heap, heap_statistic_fn emit_one, void *ctx)
{
    struct census census = {0, 0, 0, 0, 0};
    uint32_t pos = 0;
    const bool laid = is_laid(heap) && count(heap, &census, &pos);
    const struct heap_statistic all[] = {
        {"total", "total", HEAP_NONE, laid ? control_word(heap, TOTAL) : 0},
        {"used", "used", HEAP_NONE, laid ? control_word(heap, IN_USE) : 0},
        {"max_used", "max_used", HEAP_NONE, laid ? control_word(heap, MAX_USED) : 0},
        {"free blocks", "free_blocks", HEAP_NONE, census.free_blocks},
        {"free payload", "free_payload", HEAP_NONE, census.free_payload},
        {"largest free", "largest_free", HEAP_NONE, census.largest_free},
        {"control bytes", "control_bytes", HEAP_NONE, CONTROL_BYTES},
    };
    for (uint32_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        emit_one(ctx, &all[i]);
    }
}

static const struct heap_param params[] = {
    {.key = "align", .help = "RT_ALIGN_SIZE: 4 as in the nano kernel's template, 8 as in the full kernel's configuration", .standard = ALIGN_DEFAULT,
     .min = 4, .max = 8, .power_of_two = true},
    {.key = NULL},
};

static const char *const defects[] = {
    "a request of 2^32 - align + 1 bytes or more wraps to 0: the smallest block is handed out as success",
    "a realloc to as much wraps to 0: the block is freed and NULL returned, its caller believes to own it still",
    "a realloc to slightly less (24 to 20) moves the block, and fails in a full heap",
    NULL,
};

static const struct heap_replica replica = {
    .of = "RT-Thread small mem", .version = "4.1.1 (rtthread-nano 44d75c741885), 32-bit, RT_NAME_MAX 8",
    .keys = "rtthread-smem rtthread-smem-a8",
    .fidelity = "identical to the compiled original in 55,108 of 55,108 placements and all final statistics",
    .defects = defects,
};

const struct heap_policy_inspect heap_rtthread_smem_inspect = {
    .traits = HEAP_FREES | HEAP_COALESCES | HEAP_ALIGNS | HEAP_FINDS_DOUBLE_FREE | HEAP_RESTORES | HEAP_ALIGNS_4 | HEAP_NEEDS_LAYOUT,
    .walk = walk, .check = check, .extent = extent, .largest_request = largest_request,
    .params = params,
    .idea = "address-ordered first fit over a chain of all blocks",
    .overhead = "12 B a block (16 with align=8); 80 B a heap (88)",
    .bounds = "malloc O(blocks above the lowest free one); free and shrinking O(1); other reallocs move",
    .source = "RT-Thread 4.1.1, mem.c",
    .space_bound = HEAP_BOUND_FIRST_FIT,
    .smallest_block = 24,
    .picture = "| control, used 4 | next 4 | prev 4 | payload |",
    HEAP_INSPECT_WORDS("| control, used 4 | next 4 | prev 4 | … |", "control: used 0")
    .statistics = statistics,
    .replica = &replica,
};

HEAP_POLICY_TABLE(rtthread_smem, HEAP_ID('R', 'T', 'S', 'M'), 0);
