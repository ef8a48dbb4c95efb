/* wait_counts.h: how often and how long each thread has waited for each heap's blocks. */
#ifndef HEAPLAB_SIM_WAIT_COUNTS_H
#define HEAPLAB_SIM_WAIT_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

struct wait_count {
    uint32_t heap, thread;
    uint64_t waits, served, timed_out; /* those that are neither served nor timed out wait still */
    uint64_t longest_ticks, ticks;     /* of those that ended, in the trace's time unit */
};

struct wait_counts {
    struct wait_count *items; /* by heap, then by thread */
    uint32_t count, room;
};

/* A wait begins. O(log entries), the first of a thread O(entries). False without memory: nothing has changed. */
bool wait_counts_begin(struct wait_counts *counts, uint32_t heap, uint32_t thread);

/* One that began has ended, after `ticks`. */
void wait_counts_end(struct wait_counts *counts, uint32_t heap, uint32_t thread, bool served, uint64_t ticks);

/* The entries of one heap; *count: how many. */
const struct wait_count *wait_counts_of(const struct wait_counts *counts, uint32_t heap, uint32_t *count);

bool wait_counts_copy(struct wait_counts *to, const struct wait_counts *from); /* false without memory */
void wait_counts_end_all(struct wait_counts *counts);                          /* frees the array */

#endif
