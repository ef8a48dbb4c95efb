/* reduce.h: the smallest trace that still shows what a large one shows.
 *
 * Delta debugging (Zeller and Hildebrandt, IEEE TSE 28(2), 2002) with units that suit traces: the whole life of an allocation, from its
 * alloc over its reallocs to its free, so that whatever is left out, the rest is a trace; then single reallocs and frees (a block that is
 * never freed is legal); then neighbours that are never freed joined into one; then sizes and members. In turns, until nothing more can
 * go. The result is 1-minimal: leave out any one life, or any one realloc or free, and the condition no longer holds. Smaller traces that
 * no single step reaches may exist.
 *
 * Candidates run on all cores, and the first that holds in their order is taken: the result does not depend on how many cores there are. */
#ifndef HEAPLAB_SIM_REDUCE_H
#define HEAPLAB_SIM_REDUCE_H

#include "assertions.h"
#include "lane.h"
#include "trace.h"

enum reduce_condition {
    REDUCE_FAILURE,    /* some request gets NULL for want of memory */
    REDUCE_DIVERGENCE, /* `other` places some block elsewhere, or fails where the first does not */
    REDUCE_SCORES      /* the scores after the last event fulfil all of `assertions` (none of the search's: assertions_need_search) */
};

/* What is known while it goes on. */
struct reduce_state {
    uint64_t events, lives; /* that are left */
    uint64_t runs;
};

struct reduce_options {
    enum reduce_condition condition;
    struct lane_options lane, other;
    bool other_follows;      /* shrink_heap: the other's heap is always as large as the first's */
    const struct assertion_list *assertions;
    bool fragmented;         /* REDUCE_FAILURE: only of a request that asks for no more than is free, in smaller holes */
    bool shrink_heap;        /* also the heap (not several regions) */
    bool keep_sizes;         /* sizes stay as they are, and nothing is joined */
    const char *note;        /* the result's meta.note; may be NULL */
    uint64_t most_runs;      /* end after so many; 0: when it is minimal */
    bool (*go_on)(void *ctx, const struct reduce_state *state); /* asked now and then; false ends it with what there is. May be NULL */
    void *ctx;
};

struct reduce_result {
    bool holds;              /* on the whole trace; if not, nothing was done, and `values` says what was found */
    bool minimal;            /* false: ended before by most_runs or go_on */
    bool out_of_memory;
    uint64_t events_before, events_after, lives_before, lives_after; /* lives: allocations, failed attempts, free(NULL) */
    uint64_t runs, events_run;
    uint64_t first_event;    /* in the whole trace: the event, from 1, at which the condition first held; 0 for scores */
    uint32_t heap_bytes, other_bytes; /* the result's heaps */
    double values[SCORES_ROOM];       /* REDUCE_SCORES: of the whole trace */
    struct trace *trace;     /* the result, ids from 1 in order; NULL where it does not hold. trace_free it */
};

/* Reduces `trace`. False where the policy refuses the heap (*error is HEAP_E_*) or this process has no memory (HEAP_OK, out_of_memory).
 * About two runs a unit that stays, each as long as what is left; memory about 100 bytes an event. */
bool reduce_trace(const struct trace *trace, const struct reduce_options *options, struct reduce_result *result, int *error);

/* Does the condition hold on the trace as it is? For a result that was written and read again. One run. */
bool reduce_holds(const struct trace *trace, const struct reduce_options *options);

#endif
