/* lane_snapshot.c: a lane at one moment. The heap itself is its memory, because it holds no pointers; the rest is the books. Memory
 * and books of blocks are kept as pages that snapshots share (pages.h). */
#include <stdlib.h>
#include <string.h>

#include "lane_private.h"
#include "pages.h"

/* Free blocks of one size. */
struct span_count {
    uint32_t bytes, count;
};

struct lane_snapshot {
    struct pages memory, blocks;
    size_t *held;               /* the counter of those who share */
    size_t own;                 /* bytes of it that are not pages */
    struct span_count *spans;   /* NULL: to be counted by a walk */
    uint32_t span_count, span_room;
    struct heap_counters counters;
    uint64_t steps;
    struct cover cover;
    struct metrics_now now;
    struct metrics_run run;
    struct lane_waiting *waiting; /* NULL: nobody waited */
};

/* ---- the free blocks' sizes: quicker than a walk through a large heap ---- */

static bool take_span(void *ctx, uint32_t bytes, uint32_t count)
{
    struct lane_snapshot *snapshot = ctx;
    if (snapshot->span_count == snapshot->span_room) {
        const uint32_t room = snapshot->span_room * 2 + 64;
        struct span_count *spans = realloc(snapshot->spans, room * sizeof *spans);
        if (spans == NULL) {
            snapshot->span_count = 0;
            return false;
        }
        snapshot->spans = spans;
        snapshot->span_room = room;
    }
    snapshot->spans[snapshot->span_count++] = (struct span_count){bytes, count};
    return true;
}

/* Without memory there is no list, and where the histogram does not tell every size (free_spans.h: odd ones) it would not be exact. */
static void save_spans(struct lane_snapshot *snapshot, const struct lane *lane)
{
    free_spans_each(&lane->spans, take_span, snapshot);
    uint64_t bytes = 0, squares = 0;
    for (uint32_t i = 0; i < snapshot->span_count; i++) {
        const struct span_count *span = &snapshot->spans[i];
        bytes += (uint64_t)span->bytes * span->count;
        squares += (uint64_t)span->bytes * span->bytes * span->count;
    }
    if (bytes != lane->now.free_bytes || squares != lane->now.free_squares) {
        free(snapshot->spans);
        snapshot->spans = NULL;
        snapshot->span_count = snapshot->span_room = 0;
    }
}

static bool restore_spans(struct lane *lane, const struct lane_snapshot *snapshot)
{
    if (snapshot->spans == NULL) {
        return lane_count_free(lane);
    }
    free_spans_clear(&lane->spans);
    for (uint32_t i = 0; i < snapshot->span_count; i++) {
        for (uint32_t n = snapshot->spans[i].count; n != 0; n--) {
            free_spans_add(&lane->spans, snapshot->spans[i].bytes);
        }
    }
    return true;
}

/* ---- snapshots ---- */

struct lane_snapshot *lane_save(const struct lane *lane, const struct lane_snapshot *like, size_t *held)
{
    struct lane_snapshot *snapshot = lane_has_image(lane) ? calloc(1, sizeof *snapshot) : NULL;
    if (snapshot == NULL) {
        return NULL;
    }
    snapshot->held = held;
    if (!pages_save(&snapshot->memory, lane->memory, lane->memory_bytes, like == NULL ? NULL : &like->memory, held) ||
        !pages_save(&snapshot->blocks, lane->blocks, lane->block_room * sizeof *lane->blocks, like == NULL ? NULL : &like->blocks, held) ||
        !cover_copy(&snapshot->cover, &lane->cover) || !lane_copy_waiting(&snapshot->waiting, lane->waiting)) {
        lane_snapshot_free(snapshot);
        return NULL;
    }
    if (!lane->options.unmeasured) {
        save_spans(snapshot, lane);
    }
    snapshot->counters = lane->heap.counters;
    snapshot->steps = lane->heap.steps;
    snapshot->now = lane->now;
    snapshot->run = lane->run;
    snapshot->own = sizeof *snapshot + snapshot->cover.room * sizeof *snapshot->cover.gaps + snapshot->span_room * sizeof *snapshot->spans +
                    lane_waiting_bytes(snapshot->waiting);
    *held += snapshot->own;
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
    lane_touch_all(lane);
    set_owners(lane, false);
    pages_restore(&snapshot->memory, lane->memory, lane->memory_bytes);
    pages_restore(&snapshot->blocks, lane->blocks, lane->block_room * sizeof *lane->blocks);
    set_owners(lane, true);
    lane->heap.counters = snapshot->counters;
    lane->heap.steps = snapshot->steps;
    lane->now = snapshot->now;
    lane->run = snapshot->run;
    return lane->options.unmeasured || restore_spans(lane, snapshot);
}

size_t lane_snapshot_bytes(const struct lane_snapshot *snapshot)
{
    return snapshot->own + pages_alone(&snapshot->memory) + pages_alone(&snapshot->blocks);
}

void lane_snapshot_free(struct lane_snapshot *snapshot)
{
    if (snapshot != NULL) {
        pages_end(&snapshot->memory, snapshot->held);
        pages_end(&snapshot->blocks, snapshot->held);
        *snapshot->held -= snapshot->own;
        free(snapshot->spans);
        cover_end(&snapshot->cover);
        lane_end_waiting(snapshot->waiting);
        free(snapshot);
    }
}
