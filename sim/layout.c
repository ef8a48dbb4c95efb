/* layout.c: heap walk -> spans with owners. */
#include "layout.h"

#include <stdlib.h>
#include <string.h>

#define AHEAD 32 /* blocks: so long before one is needed it is fetched */
#define FARTHEST_PAYLOAD (HEAP_MAX_ALIGN + 64u) /* behind the end of its header */

struct placed {
    heap_off off; /* payload */
    uint32_t slot;
};

struct reading {
    struct layout *layout;
    struct lane *lane;
    const struct lane_block *blocks; /* by slot */
    uint32_t found;               /* the block that next_block told last, or TRACE_NO_SLOT: its header and its payload ask for it in turn */
    bool out_of_memory;
    struct placed *memory, *placed; /* layout_read only: the live blocks by payload; those before `next` lie behind the walk */
    uintptr_t base;               /* of the arena */
    size_t placed_count, next;
    const uint8_t *zones;  /* layout_read_zones only */
    uint32_t zone_shift;
    struct layout_holes *holes;
};

static bool grow(struct reading *reading)
{
    struct layout *layout = reading->layout;
    const size_t room = layout->room * 2 + 256;
    struct heap_span *spans = realloc(layout->spans, room * sizeof *spans);
    if (spans == NULL) {
        reading->out_of_memory = true;
        return false;
    }
    layout->spans = spans;
    layout->room = room;
    return true;
}

/* Member by member: a span that was just written in parts and is then copied as a whole costs a processor more than all else here. */
static inline bool put(struct reading *reading, heap_off off, uint32_t size, uint32_t requested, uint32_t slot, enum heap_span_kind kind)
{
    struct layout *layout = reading->layout;
    if (layout->count == layout->room && !grow(reading)) {
        return false;
    }
    struct heap_span *span = &layout->spans[layout->count++];
    span->off = off;
    span->size = size;
    span->requested = requested;
    span->owner = slot;
    span->kind = (uint8_t)kind;
    return true;
}

static inline bool put_part(struct reading *reading, heap_off off, heap_off end, uint32_t slot, enum heap_span_kind kind)
{
    return end == off || put(reading, off, end - off, kind == HEAP_PAYLOAD ? end - off : 0, slot, kind);
}

/* One block's part of a payload span, from its first byte there: what lies before the payload, what was asked for, the rest, and the
 * policy's own bytes at the block's end. */
static bool put_block(struct reading *reading, heap_off off, heap_off end, uint32_t slot)
{
    const struct lane_block *block = &reading->blocks[slot];
    const heap_off behind = block->block_off + block->block_bytes - block->trailer, trailer = block->trailer != 0 && behind < end ? behind : end;
    const heap_off slack = block->requested < trailer - block->off ? block->off + block->requested : trailer;
    return put_part(reading, off, block->off, slot, HEAP_HEADER) && put_part(reading, block->off, slack, slot, HEAP_PAYLOAD) &&
           put_part(reading, slack, trailer, slot, HEAP_SLACK) && put_part(reading, trailer, end, slot, HEAP_HEADER);
}

/* The block with the first payload in [from, end), or TRACE_NO_SLOT. */
static uint32_t next_block(struct reading *reading, heap_off from, heap_off end)
{
    if (reading->placed == NULL) {
        const bool told = reading->found != TRACE_NO_SLOT && reading->blocks[reading->found].off >= from;
        if (!told) { /* the walk goes upwards: what was told last is still the first unless it lies behind */
            reading->found = lane_slot_from(reading->lane, from, end);
        }
        return reading->found != TRACE_NO_SLOT && reading->blocks[reading->found].off < end ? reading->found : TRACE_NO_SLOT;
    }
    while (reading->next < reading->placed_count && reading->placed[reading->next].off < from) {
        reading->next++;
        if (reading->next + AHEAD < reading->placed_count) {
            const struct placed *ahead = &reading->placed[reading->next + AHEAD];
            __builtin_prefetch(&reading->blocks[ahead->slot]);
            __builtin_prefetch((const void *)(reading->base + ahead->off)); /* its header, for the walk */
        }
    }
    return reading->next < reading->placed_count && reading->placed[reading->next].off < end ? reading->placed[reading->next].slot : TRACE_NO_SLOT;
}

/* What lies in front of a block's payload is its header, whatever the walk takes it for. */
static bool put_front(struct reading *reading, heap_off off, uint32_t size, uint32_t requested, enum heap_span_kind kind)
{
    const uint32_t slot = next_block(reading, off + 1, off + size + FARTHEST_PAYLOAD);
    const struct lane_block *block = slot == TRACE_NO_SLOT ? NULL : &reading->blocks[slot];
    if (block != NULL && block->block_off <= off && off + size <= block->off) {
        return put(reading, off, size, requested, slot, HEAP_HEADER);
    }
    return put(reading, off, size, requested, LAYOUT_NO_OWNER, kind);
}

static void count_hole(struct layout_holes *holes, const struct heap_span *span)
{
    holes->count++;
    if (span->size > holes->largest_bytes) {
        holes->largest_bytes = span->size;
        holes->largest_off = span->off;
    }
}

static inline bool touched(const struct reading *reading, heap_off off, uint32_t size)
{
    const uint32_t first = off >> reading->zone_shift, last = (off + size - 1) >> reading->zone_shift;
    return reading->zones[first] != 0 || (last != first && memchr(reading->zones + first, 1, (size_t)(last - first) + 1) != NULL);
}

/* A policy without block boundaries (bump, header-less replicas) reports what it has handed out as one span, headers and all: cut it at
 * the trace's blocks. What belongs to none of them any more is neither free nor used: reserved. */
static bool visit(void *ctx, const struct heap_span *span)
{
    struct reading *reading = ctx;
    const enum heap_span_kind kind = (enum heap_span_kind)span->kind;
    if (kind == HEAP_HEADER || kind == HEAP_RESERVED) {
        return put_front(reading, span->off, span->size, span->requested, kind);
    }
    if (kind != HEAP_PAYLOAD) {
        return put(reading, span->off, span->size, span->requested, LAYOUT_NO_OWNER, kind);
    }
    const heap_off end = span->off + span->size;
    heap_off off = span->off, from = off;
    while (off < end) {
        const uint32_t slot = next_block(reading, from, end);
        if (slot == TRACE_NO_SLOT) {
            return put_front(reading, off, end - off, 0, HEAP_RESERVED);
        }
        const struct lane_block *block = &reading->blocks[slot];
        const heap_off first = block->block_off > off ? block->block_off : off;
        const heap_off behind = block->block_off + block->block_bytes, last = behind < block->off ? block->off : behind < end ? behind : end;
        if (!put_part(reading, off, first, LAYOUT_NO_OWNER, HEAP_RESERVED) || !put_block(reading, first, last, slot)) {
            return false;
        }
        off = last;
        from = last > block->off ? last : block->off + 1;
    }
    return true;
}

/* A walk in which most spans are passed over. */
static bool visit_touched(void *ctx, const struct heap_span *span)
{
    const struct reading *reading = ctx;
    if (span->kind == HEAP_FREE) {
        count_hole(reading->holes, span);
    }
    return span->size == 0 || !touched(reading, span->off, span->size) || visit(ctx, span);
}

#define DIGIT 11u /* bits; three make up an offset, which is below 2^31, and a list of so few counts stays in the nearest memory */

static void sort_by_digit(const struct placed *from, struct placed *to, size_t count, unsigned shift)
{
    size_t starts[1u << DIGIT] = {0}, sum = 0;
    const uint32_t mask = (1u << DIGIT) - 1;
    for (size_t i = 0; i < count; i++) {
        starts[from[i].off >> shift & mask]++;
    }
    for (size_t digit = 0; digit <= mask; digit++) {
        const size_t n = starts[digit];
        starts[digit] = sum;
        sum += n;
    }
    for (size_t i = 0; i < count; i++) {
        to[starts[from[i].off >> shift & mask]++] = from[i];
    }
}

/* The live blocks in order of address. Sorting them is sooner done than asking the lane for each: its answers lie all over memory,
 * and only who knows the next blocks can fetch them early. */
static bool sort_blocks(struct reading *reading)
{
    const uint32_t count = lane_slot_count(reading->lane);
    struct placed *placed = malloc(((size_t)count + 1) * 2 * sizeof *placed), *spare = placed + count + 1;
    size_t n = 0;
    if (placed == NULL) {
        return false;
    }
    for (uint32_t slot = 0; slot < count; slot++) {
        if (reading->blocks[slot].state == LANE_LIVE) {
            placed[n++] = (struct placed){reading->blocks[slot].off, slot};
        }
    }
    sort_by_digit(placed, spare, n, 0);
    sort_by_digit(spare, placed, n, DIGIT);
    sort_by_digit(placed, spare, n, 2 * DIGIT);
    reading->memory = placed;
    reading->placed = spare;
    reading->placed_count = n;
    return true;
}

bool layout_read(struct layout *layout, struct lane *lane)
{
    struct reading reading = {.layout = layout, .lane = lane, .blocks = lane_block(lane, 0), .found = TRACE_NO_SLOT,
                              .base = (uintptr_t)lane_heap(lane)->base};
    layout->count = 0;
    if (!sort_blocks(&reading)) {
        return false;
    }
    layout->error = heap_walk(lane_heap(lane), visit, &reading);
    free(reading.memory);
    return !reading.out_of_memory;
}

bool layout_read_zones(struct layout *layout, struct lane *lane, const uint8_t *zones, uint32_t shift, struct layout_holes *holes)
{
    struct reading reading = {.layout = layout, .lane = lane, .blocks = lane_block(lane, 0), .found = TRACE_NO_SLOT,
                              .zones = zones, .zone_shift = shift, .holes = holes};
    *holes = (struct layout_holes){0, 0, 0};
    layout->count = 0;
    layout->error = heap_walk(lane_heap(lane), visit_touched, &reading);
    return !reading.out_of_memory;
}

void layout_end(struct layout *layout)
{
    free(layout->spans);
    memset(layout, 0, sizeof *layout);
}
