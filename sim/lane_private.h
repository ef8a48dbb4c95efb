/* lane_private.h: what lane.c (events), lane_look.c (questions) and lane_snapshot.c (save and restore) share. */
#ifndef HEAPLAB_SIM_LANE_PRIVATE_H
#define HEAPLAB_SIM_LANE_PRIVATE_H

#include "cover.h"
#include "free_spans.h"
#include "lane.h"

struct lane {
    struct lane_options options;
    struct heap heap;
    struct heap_observer observer;
    lane_step_fn watch;          /* NULL: nobody wants the steps */
    void *watch_ctx;
    uint8_t *zones;              /* NULL: nobody wants to know what changed; a byte for 2^zone_shift bytes of the heap */
    uint32_t zone_shift;
    uint8_t *memory;             /* state block, then each region, in one piece */
    size_t memory_bytes;
    size_t region_at[LANE_MAX_REGIONS + 1]; /* where in `memory` */
    struct lane_block *blocks;   /* by slot */
    uint32_t block_room;
    uint32_t *owners;            /* slot + 1 by payload offset / 4 */
    struct free_spans spans;
    struct cover cover;
    struct metrics_now now;
    struct metrics_run run;
    bool out_of_memory;          /* of this process, while a walk went on */
    uint64_t number;             /* of the event that is run */
    bool waits;                  /* threads wait: `waiting` has them */
    struct lane_waiting *waiting; /* NULL: none ever did; the lanes of one run have one together */
    uint32_t heap_index;         /* among these; 0: alone */
    bool wait_fifo;              /* the order of its wait list (waiters.h) */
    uint32_t wait_limit;         /* the largest request that can be waited for; 0: none */
    int32_t *priorities;         /* by thread */
    uint32_t priority_count;
    lane_late_fn late;           /* NULL: nobody wants them */
    void *late_ctx;
};

bool lane_count_free(struct lane *lane); /* the free spans anew, by a walk */

/* One event's call, with the books and the metrics; where nobody waits yet, also the beginning of a wait. False without memory. */
bool lane_run_event(struct lane *lane, const struct trace_event *event, uint64_t number, struct lane_result *result);

/* What would have been a waiting alloc's failure. */
void lane_fail_event(struct lane *lane, const struct trace_event *event, uint64_t number, struct lane_result *result);
void lane_measure(struct lane *lane, uint32_t steps); /* after each call */

bool lane_add_slots(struct lane *lane, uint32_t slot); /* as far as `slot`; false without memory */

static inline bool lane_reserve_slot(struct lane *lane, uint32_t slot)
{
    return !RARE(slot >= lane->block_room) || lane_add_slots(lane, slot);
}

void lane_touch(struct lane *lane, heap_off off, uint32_t bytes); /* marks the zones of these bytes; only where somebody watches */
static inline void lane_touch_all(struct lane *lane)
{
    if (lane->zones != NULL) {
        lane_touch(lane, 0, lane->options.heap_bytes);
    }
}

/* ---- lane_waiting.c ---- */

struct lane_waiting;

bool lane_begin_wait(struct lane *lane, const struct trace_event *event);             /* the trace's last event, which was LANE_WAITS */
bool lane_apply_waiting(struct lane *lane, const struct trace_event *event, struct lane_result *result); /* lane->waits */
bool lane_copy_waiting(struct lane_waiting **to, const struct lane_waiting *from);     /* of a lane alone; NULL: as good as empty */
bool lane_anybody_waits(const struct lane_waiting *waiting);
size_t lane_waiting_bytes(const struct lane_waiting *waiting);
void lane_end_waiting(struct lane_waiting *waiting);

#endif
