/* reduce_private.h: what is shared between the search (reduce.c) and the running of one candidate (reduce_run.c). */
#ifndef HEAPLAB_SIM_REDUCE_PRIVATE_H
#define HEAPLAB_SIM_REDUCE_PRIVATE_H

#include "reduce.h"

struct reduce_event {
    struct trace_event event; /* its slot is given anew in every run */
    uint32_t life;            /* 0 … lives - 1, in order of their first events */
    bool first;               /* of its life: goes only with all of it */
};

/* What is left. */
struct reduction {
    const struct reduce_options *options;
    const struct trace_header *header;
    struct reduce_event *events;
    uint64_t count;
    uint32_t lives;
    bool timed, threads;      /* times and threads matter still */
    uint32_t heap_bytes, other_bytes;
};

/* A candidate: what is left, changed in one way. */
enum reduce_kind {
    EDIT_NONE,
    EDIT_TAIL,   /* without the events from `from` on */
    EDIT_LIVES,  /* without the lives [from, to) */
    EDIT_EVENTS, /* without those of the events [from, to) that are not their life's first */
    EDIT_JOIN,   /* the lives [from, to), which are one alloc each, as one alloc of `bytes` in the place of the first */
    EDIT_ONE,    /* of the events [from, to): sizes to 1; halved; rounded down to 8 */
    EDIT_HALVE,
    EDIT_ROUND,
    EDIT_ALIGN,  /* of the events [from, to): no alignment; calloc and realloc of nothing to alloc; no wait */
    EDIT_PLAIN,
    EDIT_WAIT,
    EDIT_TIME,   /* the event's index for its time */
    EDIT_THREADS, /* everything on one thread */
    EDIT_HEAP    /* on a heap of `from` bytes */
};

struct reduce_edit {
    enum reduce_kind kind;
    uint64_t from, to;
    uint64_t bytes;
};

enum reduce_effect { EFFECT_NONE, EFFECT_CHANGED, EFFECT_DROPPED };

/* The event `index` as the edit has it. */
enum reduce_effect reduce_edit_event(const struct reduce_edit *edit, const struct reduce_event *old, uint64_t index, struct trace_event *new);

struct reduce_outcome {
    bool holds, out_of_memory;
    int error;           /* HEAP_E_*: a policy refuses its heap */
    uint64_t events;     /* that were run */
    uint64_t held_at;    /* events of what is left, before the edit, after which it first held (its end, for scores) */
    double *values;      /* of the caller, SCORES_ROOM of them, or NULL */
};

/* Runs a candidate. `values` may be set before. Thread-safe: what is left is only read. */
void reduce_run(const struct reduction *left, const struct reduce_edit *edit, struct reduce_outcome *outcome);

#endif
