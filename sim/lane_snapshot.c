/* lane_snapshot.c: a lane at one moment. The heap itself is one memcpy, because it holds no pointers; the rest is the books. */
#include <stdlib.h>
#include <string.h>

#include "lane_private.h"

struct lane_snapshot {
    uint8_t *memory;
    struct lane_block *blocks;
    uint32_t block_room;
    size_t memory_bytes;
    struct heap_counters counters;
    uint64_t steps;
    struct cover cover;
    struct metrics_now now;
    struct metrics_run run;
    struct lane_waiting *waiting; /* NULL: nobody waited */
};

struct lane_snapshot *lane_save(const struct lane *lane)
{
    struct lane_snapshot *snapshot = lane_has_image(lane) ? calloc(1, sizeof *snapshot) : NULL;
    if (snapshot == NULL) {
        return NULL;
    }
    snapshot->memory = malloc(lane->memory_bytes);
    snapshot->blocks = malloc(lane->block_room * sizeof *snapshot->blocks);
    if (snapshot->memory == NULL || snapshot->blocks == NULL || !cover_copy(&snapshot->cover, &lane->cover) ||
        !lane_copy_waiting(&snapshot->waiting, lane->waiting)) {
        lane_snapshot_free(snapshot);
        return NULL;
    }
    memcpy(snapshot->memory, lane->memory, lane->memory_bytes);
    memcpy(snapshot->blocks, lane->blocks, lane->block_room * sizeof *snapshot->blocks);
    snapshot->block_room = lane->block_room;
    snapshot->memory_bytes = lane->memory_bytes;
    snapshot->counters = lane->heap.counters;
    snapshot->steps = lane->heap.steps;
    snapshot->now = lane->now;
    snapshot->run = lane->run;
    return snapshot;
}

static void set_owners(struct lane *lane, bool present)
{
    for (uint32_t slot = 0; lane->owners != NULL && slot < lane->block_room; slot++) {
        if (lane->blocks[slot].state == LANE_LIVE) {
            lane->owners[lane->blocks[slot].off / 4] = present ? slot + 1 : 0;
        }
    }
}

bool lane_restore(struct lane *lane, const struct lane_snapshot *snapshot)
{
    if (!cover_copy(&lane->cover, &snapshot->cover) || !lane_copy_waiting(&lane->waiting, snapshot->waiting)) {
        return false;
    }
    lane->waits = lane_anybody_waits(lane->waiting);
    set_owners(lane, false);
    memcpy(lane->memory, snapshot->memory, lane->memory_bytes);
    memset(lane->blocks, 0, lane->block_room * sizeof *lane->blocks);
    memcpy(lane->blocks, snapshot->blocks, snapshot->block_room * sizeof *lane->blocks);
    set_owners(lane, true);
    lane->heap.counters = snapshot->counters;
    lane->heap.steps = snapshot->steps;
    lane->now = snapshot->now;
    lane->run = snapshot->run;
    return lane->options.unmeasured || lane_count_free(lane);
}

size_t lane_snapshot_bytes(const struct lane_snapshot *snapshot)
{
    return sizeof *snapshot + snapshot->memory_bytes + snapshot->block_room * sizeof *snapshot->blocks + lane_waiting_bytes(snapshot->waiting);
}

void lane_snapshot_free(struct lane_snapshot *snapshot)
{
    if (snapshot != NULL) {
        free(snapshot->memory);
        free(snapshot->blocks);
        cover_end(&snapshot->cover);
        lane_end_waiting(snapshot->waiting);
        free(snapshot);
    }
}
