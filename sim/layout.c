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

static bool visit(void *ctx, const struct heap_span *span)
{
    struct reading *reading = ctx;
    struct heap_span out = *span;
    out.owner = LAYOUT_NO_OWNER;
    if (span->kind != HEAP_PAYLOAD) {
        return put(reading, out);
    }
    const uint32_t slot = lane_slot_at(reading->lane, span->off);
    if (slot == TRACE_NO_SLOT) {
        return put(reading, out); /* granted, but not known to the trace */
    }
    const uint32_t requested = lane_block(reading->lane, slot)->requested;
    struct layout *layout = reading->layout;
    if (layout->count != 0 && layout->spans[layout->count - 1].kind == HEAP_HEADER) {
        layout->spans[layout->count - 1].owner = slot;
    }
    out.owner = slot;
    out.requested = requested < span->size ? requested : span->size;
    out.size = out.requested;
    const struct heap_span slack = {span->off + out.size, span->size - out.size, 0, slot, HEAP_SLACK};
    return put(reading, out) && (slack.size == 0 || put(reading, slack));
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
