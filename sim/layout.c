/* layout.c: heap walk -> spans with owners. */
#include "layout.h"

#include <stdlib.h>
#include <string.h>

struct reading {
    struct layout *layout;
    struct lane *lane;
    bool out_of_memory;
};

static bool put(struct reading *reading, struct heap_span span)
{
    struct layout *layout = reading->layout;
    if (layout->count == layout->room) {
        const size_t room = layout->room * 2 + 256;
        struct heap_span *spans = realloc(layout->spans, room * sizeof *spans);
        if (spans == NULL) {
            reading->out_of_memory = true;
            return false;
        }
        layout->spans = spans;
        layout->room = room;
    }
    layout->spans[layout->count++] = span;
    return true;
}

/* One block's part of a payload span: what was asked for, and the rest. */
static bool put_block(struct reading *reading, heap_off off, uint32_t capacity, uint32_t slot)
{
    struct layout *layout = reading->layout;
    const uint32_t requested = lane_block(reading->lane, slot)->requested;
    const uint32_t payload = requested < capacity ? requested : capacity;
    if (layout->count != 0 && layout->spans[layout->count - 1].kind == HEAP_HEADER) {
        layout->spans[layout->count - 1].owner = slot;
    }
    const struct heap_span used = {off, payload, payload, slot, HEAP_PAYLOAD};
    const struct heap_span slack = {off + payload, capacity - payload, 0, slot, HEAP_SLACK};
    return put(reading, used) && (slack.size == 0 || put(reading, slack));
}

/* A policy without block boundaries (bump) reports all that it has handed out as one span: cut it at the trace's blocks. What
 * belongs to none of them any more is neither free nor used: reserved. */
static bool visit(void *ctx, const struct heap_span *span)
{
    struct reading *reading = ctx;
    struct heap_span out = *span;
    out.owner = LAYOUT_NO_OWNER;
    if (span->kind != HEAP_PAYLOAD) {
        return put(reading, out);
    }
    const uint32_t step = lane_heap(reading->lane)->alignment, end = span->off + span->size;
    for (heap_off off = span->off; off < end;) {
        const uint32_t slot = lane_slot_at(reading->lane, off);
        heap_off next = off + step;
        if (slot != TRACE_NO_SLOT) {
            const struct lane_block *block = lane_block(reading->lane, slot);
            next = block->block_off + block->block_bytes;
            next = next <= end ? next : end;
            if (!put_block(reading, off, next - off, slot)) {
                return false;
            }
        } else {
            while (next < end && lane_slot_at(reading->lane, next) == TRACE_NO_SLOT) {
                next += step;
            }
            next = next <= end ? next : end;
            if (!put(reading, (struct heap_span){off, next - off, 0, LAYOUT_NO_OWNER, HEAP_RESERVED})) {
                return false;
            }
        }
        off = next;
    }
    return true;
}

bool layout_read(struct layout *layout, struct lane *lane)
{
    struct reading reading = {layout, lane, false};
    layout->count = 0;
    layout->error = heap_walk(lane_heap(lane), visit, &reading);
    return !reading.out_of_memory;
}

void layout_end(struct layout *layout)
{
    free(layout->spans);
    memset(layout, 0, sizeof *layout);
}
