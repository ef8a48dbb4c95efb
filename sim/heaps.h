/* heaps.h: the heaps of one program, each on a lane of its own, fed from one stream of events.
 *
 * An id belongs to the heap of its alloc. A mark is every heap's. Numbers of events in a lane (its failures, its peak) count what that
 * lane was given, marks included: they are those of the trace that has this heap's events only. Ticks, priorities and the threads that
 * wait are common to all heaps: a thread that waits for a block of one does nothing in any other (waiters.h).
 *
 * Memory: that of the lanes, which have room for their own live ids, and 12 bytes for each live id. */
#ifndef HEAPLAB_SIM_HEAPS_H
#define HEAPLAB_SIM_HEAPS_H

#include "heap_split.h"
#include "lane.h"
#include "trace_peak.h"

/* ---- what each heap needs, before it is run ---- */

struct heaps_need {
    uint64_t events;        /* its own, without marks */
    struct trace_peak peak; /* of payload */
};

struct heaps_survey {
    struct heap_split split;
    struct heaps_need *needs; /* by heap */
    uint32_t count;
};

bool heaps_survey_open(struct heaps_survey *survey, uint32_t heap_count); /* false without memory */
bool heaps_survey_add(struct heaps_survey *survey, const struct trace_event *event); /* the next event; false without memory */
void heaps_survey_close(struct heaps_survey *survey);

/* Of a trace in memory. O(events). False without memory; close it then, too. */
bool heaps_survey_trace(struct heaps_survey *survey, const struct trace *trace);

uint32_t heaps_survey_used(const struct heaps_survey *survey); /* heaps with events */

/* Those with events: "default (5 events, peak 300 B), rx-pool (7 events, peak 328 B, a pool)"; what does not fit is left out. Returns text. */
char *heaps_survey_text(const struct heaps_survey *survey, const struct trace_header *header, char *text, size_t size);

bool heaps_is_pool(const struct trace_header *header, uint32_t heap); /* the header calls it one */

/* What names this heap in a selection (trace_selection.heap): its name, or, where that is another's or none, its index in `buffer`. */
const char *heaps_key(const struct trace_header *header, uint32_t heap, char buffer[16]);

/* The heap that `key` names: by its name, else by its index; UINT32_MAX: none. A trace without heaps has heap 0. */
uint32_t heaps_find(const struct trace_header *header, const char *key);

/* The smallest heap, in steps of 8 bytes, in which that policy of blocks of one size has `blocks` of them (policy, params and alignment
 * are looked at). 0: it refuses, *error is HEAP_E_*, or HEAP_OK where there is no memory. O(blocks · log blocks). */
uint32_t heaps_pool_bytes(const struct lane_options *options, uint32_t blocks, int *error);

/* ---- the run ---- */

struct heaps;

/* One lane for each heap; options[i] NULL: heap i has none, and its events are passed over. NULL on failure: *error as lane_open has it,
 * *failed is the heap that was refused. */
struct heaps *heaps_open(const struct trace_header *header, const struct lane_options *const options[], uint32_t count, uint32_t *failed,
                         int *error);
void heaps_close(struct heaps *heaps);

/* The next event; its `heap` and `slot` become those of the heap that it went to (a mark goes to all, and keeps them). *result as
 * lane_apply has it. False only when this process is out of memory. */
bool heaps_apply(struct heaps *heaps, struct trace_event *event, struct lane_result *result);
bool heaps_finish(struct heaps *heaps); /* as lane_finish */

uint32_t heaps_count(const struct heaps *heaps);
struct lane *heaps_lane(struct heaps *heaps, uint32_t heap);        /* NULL: it has none */
uint64_t heaps_peak_payload(const struct heaps *heaps, uint32_t heap); /* of the trace so far, if nothing had failed */

#endif
