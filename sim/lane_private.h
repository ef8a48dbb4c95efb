/* lane_private.h: what lane.c (events) and lane_snapshot.c (save and restore) share. */
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
};

bool lane_count_free(struct lane *lane); /* the free spans anew, by a walk */

#endif
