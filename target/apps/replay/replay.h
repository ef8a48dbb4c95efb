/* replay.h: a trace's events as calls of libheap, with a table of the live blocks by slot. The rules are those of the simulator's
 * lanes (sim/lane.h), and board_digests holds both to the same image. Memory: 16 bytes a slot, given by the caller. */
#ifndef REPLAY_H
#define REPLAY_H

#include <trace.h>

#include "heap_call.h"
#include "histogram.h"

enum replay_state { REPLAY_DEAD, REPLAY_LIVE, REPLAY_HOLDS_NULL, REPLAY_LOST /* its allocation failed */ };

struct replay_slot {
    void *pointer;
    uint32_t size;
    uint16_t align; /* larger ones never succeed: HEAP_MAX_ALIGN is 4096 */
    uint8_t state;  /* enum replay_state */
};

enum replay_kind { REPLAY_MALLOC, REPLAY_FREE, REPLAY_REALLOC, REPLAY_KINDS }; /* calloc and aligned_alloc count as malloc */

struct replay {
    struct heap *heap;
    struct replay_slot *slots;
    uint32_t slot_count;
    uint64_t events;
    uint32_t failures, skipped, refused; /* requests that failed; events of lost ids; frees that the heap refused */
    uint32_t recorded_failures, recorded_failures_served;
    struct histogram *histograms; /* REPLAY_KINDS of them, or NULL */
};

/* One event. False: its slot is beyond the table. */
bool replay_event(struct replay *replay, const struct trace_event *event);

uint32_t replay_live_blocks(const struct replay *replay); /* O(slots) */

#endif
