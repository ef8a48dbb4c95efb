/* vector_queue.c: see vector_queue.h. */
#include "vector_queue.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

int64_t vector_entry(const struct lane *lane, const struct lane_result *result)
{
    switch (result->outcome) {
    case LANE_SERVED: return (int64_t)lane_report_offset(lane, result->off);
    case LANE_FAILED:
    case LANE_NULL: return VECTOR_FAILED;
    default: return VECTOR_NOTHING;
    }
}

const char *vector_entry_text(int64_t entry, char *buffer, size_t size)
{
    if (entry == VECTOR_NOTHING) {
        snprintf(buffer, size, "null");
    } else {
        snprintf(buffer, size, "%" PRId64, entry);
    }
    return buffer;
}

/* ---- entries that come late ---- */

/* Not known yet; and what they are if they never come. */
#define OPEN_FAILED (INT64_MIN + 1)
#define OPEN_NOTHING (INT64_MIN + 2)

static void take_late(void *ctx, uint64_t number, const struct trace_event *event, const struct lane_result *result, const struct lane_block *block)
{
    struct vector_queue *queue = ctx;
    (void)event, (void)block;
    queue->entries[queue->first + (size_t)(number - queue->number)] = vector_entry(queue->lane, result);
}

void vector_queue_open(struct vector_queue *queue, struct lane *lane)
{
    queue->lane = lane;
    queue->number = 1;
    lane_watch_late(lane, take_late, queue);
}

bool vector_queue_add(struct vector_queue *queue, const struct trace_event *event, const struct lane_result *result)
{
    if (queue->first == queue->count) {
        queue->first = queue->count = 0;
    }
    if (queue->count == queue->room) {
        const size_t room = queue->room * 2 + 64;
        int64_t *entries = realloc(queue->entries, room * sizeof *entries);
        if (entries == NULL) {
            return false;
        }
        queue->entries = entries;
        queue->room = room;
    }
    const int64_t open = event->op == TRACE_FREE ? OPEN_NOTHING : OPEN_FAILED;
    queue->entries[queue->count++] = result->outcome == LANE_WAITS ? open : vector_entry(queue->lane, result);
    return true;
}

bool vector_queue_next(struct vector_queue *queue, bool ended, int64_t *entry)
{
    if (queue->first == queue->count) {
        return false;
    }
    const int64_t next = queue->entries[queue->first];
    const bool open = next == OPEN_FAILED || next == OPEN_NOTHING;
    if (open && !ended) {
        return false;
    }
    *entry = !open ? next : next == OPEN_FAILED ? VECTOR_FAILED : VECTOR_NOTHING;
    queue->first++;
    queue->number++;
    return true;
}

void vector_queue_close(struct vector_queue *queue)
{
    free(queue->entries);
}
