/* layout.h: a heap at one moment as spans that cover every byte, with what the trace knows of each block. */
#ifndef HEAPLAB_SIM_LAYOUT_H
#define HEAPLAB_SIM_LAYOUT_H

#include "lane.h"

#define LAYOUT_NO_OWNER UINT32_MAX

struct layout {
    struct heap_span *spans; /* in address order, covering the arena; payload split from slack; owner = slot, or LAYOUT_NO_OWNER */
    size_t count, room;
    int error;               /* HEAP_E_CORRUPT where the walk lost its way: the spans up to there hold */
};

/* Fills `layout` (all zero, or filled before) anew. False without memory. O(spans + slots). */
bool layout_read(struct layout *layout, struct lane *lane);
/* The same for a picture of what changed: only spans with a byte in a zone that is set (lane_watch_zones) have their parts told; of the
 * others nothing is. `holes` counts the free blocks of the whole heap. With track_owners only. O(walk + spans told). */
struct layout_holes { uint32_t count, largest_off, largest_bytes; };
bool layout_read_zones(struct layout *layout, struct lane *lane, const uint8_t *zones, uint32_t shift, struct layout_holes *holes);
void layout_end(struct layout *layout);

#endif
