/* lane.h: one policy on one heap, fed with a trace's events, measured while it goes.
 *
 * A lane owns the arena's memory. It turns an event into a call of libheap, keeps what the trace knows of each live block (by
 * slot), and keeps the metrics incrementally. It never looks at payload: an image after the same events is the same everywhere.
 *
 * What an event does: alloc, calloc, realloc, free are the heap calls of that name (realloc and free with the block's size and
 * alignment). A faithful replica (heap.h) gets sizes and alignments as the trace has them, 0 included; where it returns NULL the id
 * is lost, whatever the size, and a realloc that gives the block back loses it too. `failed` attempts are made and, if they succeed
 * here, freed at once; the old block of a failed realloc is not
 * touched. An event of an id whose allocation failed here is skipped. An id of size 0 holds NULL: its free is free(NULL), its
 * realloc allocates.
 *
 * Waiting (policies with HEAP_WAITS, or `waits`): an alloc whose event says `wait` and that finds no block makes its thread wait, by the rules of
 * waiters.h; ticks are the trace's `t`. What the thread does until it runs again is put off, and so is what others do to an id whose
 * alloc was put off; it is all made up for, in order, when the thread runs. Such events have the outcome LANE_WAITS; what came of
 * them is told by lane_watch_late. A tick ends when a later one comes, or with lane_finish. */
#ifndef HEAPLAB_SIM_LANE_H
#define HEAPLAB_SIM_LANE_H

#include <heap/heap.h>
#include <heap/observe.h>
#include <heap/policy.h>

#include "metrics.h"
#include "trace.h"
#include "wait_counts.h"

#define LANE_MAX_REGIONS 15

struct lane_region {
    uint32_t offset, bytes; /* the region's own offset, as reports name it */
};

struct lane_options {
    const struct heap_policy *policy;
    uint32_t params[HEAP_MAX_PARAMS];
    uint32_t heap_bytes;  /* the arena, without the image header and the policy's state block; at most 2 GiB */
    uint32_t alignment;   /* 0 = 8 */
    uint32_t checks;      /* HEAP_CHECKS_*; 0 = default */
    struct lane_region regions[LANE_MAX_REGIONS]; /* instead of heap_bytes */
    uint32_t region_count;
    uint32_t arena_base;  /* the nominal address that offsets count from; 0 = HEAP_NOMINAL_BASE */
    bool guarded;         /* a replica's calls are checked as on a board; else it is faithful */
    bool unmeasured;      /* no metrics but failures: for searches */
    bool waits;           /* threads wait for its blocks, whatever the policy's traits: a pool of blocks of one size */
    bool track_owners;    /* lane_block_at in O(1): for pictures; costs a word a granule */
};

/* A faithful replica: the id of a realloc to size 0 stays alive (trace_options.zero_keeps), because not every original frees then. */
bool lane_is_faithful(const struct lane_options *options);

enum lane_outcome {
    LANE_SERVED,   /* alloc, calloc, realloc: `off` is the payload */
    LANE_FAILED,   /* NULL for want of memory */
    LANE_NULL,     /* size 0: NULL, as it should be */
    LANE_FREED,    /* free, or realloc to size 0 */
    LANE_SKIPPED,  /* its id's allocation failed before */
    LANE_REFUSED,  /* the heap refused to free it */
    LANE_MARK,
    LANE_WAITS     /* its thread waits for a block: done later, or never */
};

struct lane_result {
    enum lane_outcome outcome;
    heap_off off;    /* HEAP_NONE where there is none */
    uint32_t steps;  /* blocks visited */
};

enum lane_block_state { LANE_DEAD, LANE_LIVE, LANE_HOLDS_NULL, LANE_LOST /* its allocation failed */ };

struct lane_block {
    heap_off off;            /* payload */
    uint32_t requested, align;
    heap_off block_off;      /* the whole block: header, payload, padding, trailer */
    uint32_t block_bytes;
    uint32_t trailer;        /* of these, the policy's own at the block's end */
    uint64_t born;           /* the event that gave it its id */
    uint8_t state;           /* enum lane_block_state */
    uint32_t late;           /* the lane's own: events of this id were put off */
};

struct lane;

/* NULL on failure: *error is HEAP_E_* (the policy refuses this heap or parameter) or HEAP_OK (no memory here). */
struct lane *lane_open(const struct lane_options *options, int *error);
void lane_close(struct lane *lane);
#define LANE_E_MEMORY 1
int lane_restart(struct lane *lane); /* empty heap, metrics from nothing; HEAP_OK, HEAP_E_*, or LANE_E_MEMORY (this process has none) */

/* The next event. False only when this process is out of memory. */
bool lane_apply(struct lane *lane, const struct trace_event *event, struct lane_result *result);

/* Nothing more will come: the last tick ends, and the threads that are ready run. False only when this process is out of memory. */
bool lane_finish(struct lane *lane);

/* The trace's threads, for their priorities (a smaller number is more urgent; 0 where nothing is said). False without memory. */
bool lane_take_threads(struct lane *lane, const struct trace_header *header);

/* Called, before lane_apply or lane_finish returns, for every event that was put off: its number (from 1), its result, and its block
 * (NULL: it has none). Until it is set to NULL. */
typedef void (*lane_late_fn)(void *ctx, uint64_t number, const struct trace_event *event, const struct lane_result *result,
                             const struct lane_block *block);
void lane_watch_late(struct lane *lane, lane_late_fn watch, void *ctx);

uint32_t lane_waiting(const struct lane *lane); /* threads that wait now */

/* What each thread that ever waited here has waited, in order of their numbers; *count: how many. Until the lane changes. */
const struct wait_count *lane_wait_counts(const struct lane *lane, uint32_t *count);

/* These lanes are heaps of one program (heaps.h): a thread that waits at one of them does nothing at any other. Right after they were
 * opened; none of them is saved, restored or restarted from then on. NULL among them: no lane. The array must live until lane_wait_apart,
 * which comes before lane_close. False without memory. */
bool lane_wait_together(struct lane *const *lanes, uint32_t count);
void lane_wait_apart(struct lane *const *lanes, uint32_t count);

const struct lane_options *lane_options_of(const struct lane *lane);
const struct metrics_now *lane_now(const struct lane *lane);
const struct metrics_run *lane_run(const struct lane *lane);
struct heap *lane_heap(struct lane *lane);
bool lane_has_image(const struct lane *lane); /* false: the platform keeps the blocks; the lane cannot be saved */
uint32_t lane_digest(const struct lane *lane); /* 0 without an image */

const struct lane_block *lane_block(const struct lane *lane, uint32_t slot); /* NULL for a slot never used */
uint32_t lane_slot_count(const struct lane *lane);
/* Whose payload begins there, or TRACE_NO_SLOT; O(1) with track_owners, else O(slots). Whose begins first in [from, end): O(1) a word, only
 * with track_owners. */
uint32_t lane_slot_at(const struct lane *lane, heap_off payload);
uint32_t lane_slot_from(const struct lane *lane, heap_off from, heap_off end);

/* The offset as reports name it: within the region's own offset; the packed one where there is one region. */
uint64_t lane_report_offset(const struct lane *lane, heap_off off);

/* Bytes in free blocks able to serve a request of `size` bytes (the policy's header and rounding are not added). */
uint64_t lane_useful_free(const struct lane *lane, uint64_t size);

uint32_t lane_largest_request(struct lane *lane); /* the largest that would succeed now; a walk where the policy knows no better */

/* Called at each visit, bin, split and merge until it is set to NULL; for the picture of a search. */
typedef void (*lane_step_fn)(void *ctx, enum heap_step step, heap_off off, uint32_t bytes);
void lane_watch_steps(struct lane *lane, lane_step_fn watch, void *ctx);

/* From now on zones[off >> shift] becomes 1 where a block or a hole comes, goes or changes, and everywhere where that cannot be told
 * (lane_restore, lane_restart): what was read of the other zones still holds. (heap_bytes >> shift) + 1 bytes, all set to 1 now; the caller
 * clears them. NULL: no more. */
void lane_watch_zones(struct lane *lane, uint8_t *zones, uint32_t shift);
const uint8_t *lane_zones(const struct lane *lane);

/* ---- snapshots: everything that lane_apply changes ---- */
struct lane_snapshot;

/* The lane as it is now; it shares with `like` (an earlier one of the same lane, or NULL) all that did not change since, and `like`
 * may be freed first. Adds the bytes that it does not share to *held, which must outlive it; lane_snapshot_free takes from *held
 * what nobody else shares. NULL without memory, or without an image. O(arena). */
struct lane_snapshot *lane_save(const struct lane *lane, const struct lane_snapshot *like, size_t *held);
bool lane_restore(struct lane *lane, const struct lane_snapshot *snapshot);    /* false without memory; O(arena) */
size_t lane_snapshot_bytes(const struct lane_snapshot *snapshot);              /* what it would hold if it shared nothing */
void lane_snapshot_free(struct lane_snapshot *snapshot);

#endif
