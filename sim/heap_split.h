/* heap_split.h: one stream of events as a stream for each of the trace's heaps.
 *
 * An id belongs to the heap of its alloc, whatever later events of it say. Each heap gets slots of its own, as dense as the reader's are
 * over all heaps, so that what is indexed by slot is as large as the heap has live ids. Memory: 12 bytes for each of the reader's slots. */
#ifndef HEAPLAB_SIM_HEAP_SPLIT_H
#define HEAPLAB_SIM_HEAP_SPLIT_H

#include "trace.h"

struct heap_split {
    struct heap_split_place *places; /* by the reader's slot */
    struct heap_split_slots *heaps;
    uint32_t place_room, heap_count;
};

bool heap_split_open(struct heap_split *split, uint32_t heap_count); /* false without memory */
void heap_split_close(struct heap_split *split);

/* The next event: its `heap` and `slot` become those of the heap that it is for. Not for marks, which are for every heap. O(1) amortised.
 * False without memory. */
bool heap_split_next(struct heap_split *split, struct trace_event *event);

#endif
