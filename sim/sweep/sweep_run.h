/* sweep_run.h: runs the points of a sweep on all cores and appends their results to a log.
 *
 * First every trace is read once (its content makes the points' keys, its peak payload makes sizes). The traces stay in memory, shared and only
 * read, as long as they fit the budget together; else they are run in groups that do, each read again for its group.
 * A result depends on its point alone: no time, no machine's name, no order. */
#ifndef HEAPLAB_SIM_SWEEP_RUN_H
#define HEAPLAB_SIM_SWEEP_RUN_H

#include <stdatomic.h>

#include "sweep_log.h"

#define SWEEP_BUDGET_BYTES (UINT64_C(1) << 30) /* of traces in memory, unless told otherwise */

struct sweep_progress {
    size_t done, all;    /* points of this run */
    double seconds_left; /* by the events to come and each policy's own speed so far; negative: not known yet */
    double points_per_second;
    const char *trace, *policy; /* the last that was begun; NULL: traces are being read, and done and all count them */
};

struct sweep_options {
    const char *program;       /* name and version, for the head line */
    uint64_t budget_bytes;     /* 0: SWEEP_BUDGET_BYTES */
    size_t threads;            /* 0: all cores */
    uint32_t shard, shards;    /* 0, 0: all */
    void (*tick)(void *ctx, const struct sweep_progress *progress);                /* on the caller's thread, about ten times a second; may be NULL */
    void (*loaded)(void *ctx, const char *path, const struct trace *trace);        /* once a trace, one at a time, from any thread; may be NULL */
    void *ctx;
};

struct sweep {
    const struct sweep_plan *plan;
    struct sweep_options options;
    struct sweep_points points;
    struct trace **traces; /* by the plan's; NULL: not in memory */
    atomic_bool stop;      /* set it (also in a signal handler) to end sweep_run after the points that are being run */
};

/* Reads the traces and makes the points. False: *error. The plan must outlive the sweep. */
bool sweep_open(struct sweep *sweep, const struct sweep_plan *plan, const struct sweep_options *options, struct sweep_error *error);

/* How many points there are for this run: those of the shard; and, with a log, those of them that are not in it yet. */
size_t sweep_count(const struct sweep *sweep, const struct sweep_log *log);

/* Runs what is not in the log yet. False: *error, and the log has what was done until then. True too where it was stopped. */
bool sweep_run(struct sweep *sweep, struct sweep_log *log, struct sweep_error *error);

void sweep_close(struct sweep *sweep);

#endif
