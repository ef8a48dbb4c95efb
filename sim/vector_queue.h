/* vector_queue.h: where a run places its blocks, event by event, as placement vectors have it (what `replay --offsets` writes, `verify` and
 * `diff` compare, and `reduce` watches). */
#ifndef HEAPLAB_SIM_VECTOR_QUEUE_H
#define HEAPLAB_SIM_VECTOR_QUEUE_H

#include "lane.h"

/* An entry: an offset, -1 where the event failed, VECTOR_NOTHING (null) where it placed nothing. */
#define VECTOR_FAILED INT64_C(-1)
#define VECTOR_NOTHING INT64_MIN
int64_t vector_entry(const struct lane *lane, const struct lane_result *result);
const char *vector_entry_text(int64_t entry, char *buffer, size_t size); /* as JSON; returns buffer */

/* The entries in the order of the events, though those of threads that wait are known later: what the first unknown one holds up. */
struct vector_queue {
    const struct lane *lane;
    int64_t *entries;
    size_t first, count, room; /* entries[first … count) wait */
    uint64_t number;           /* of the event of entries[first], from 1 */
};

void vector_queue_open(struct vector_queue *queue, struct lane *lane); /* all zero before; the lane tells it what came late */
bool vector_queue_add(struct vector_queue *queue, const struct trace_event *event, const struct lane_result *result); /* false without memory */

/* The next entry, once it is known. `ended`: nothing more will come: who still waits has got nothing. */
bool vector_queue_next(struct vector_queue *queue, bool ended, int64_t *entry);
void vector_queue_close(struct vector_queue *queue);

#endif
