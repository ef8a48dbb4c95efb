/* source_job.h: reading a trace and running it, start to end, as one piece of work that any thread can do.
 *
 * A job touches nothing but itself and, to change a run, the trace that it was given, which nobody changes. `cancel`, `done`, `all`,
 * `stage`, `part` and `finished` are all that two threads may use at once.
 */
#ifndef HEAPLAB_VIZ_SOURCE_JOB_H
#define HEAPLAB_VIZ_SOURCE_JOB_H

#include <pthread.h>
#include <stdatomic.h>

#include "source_run.h"

#define JOB_LANES SESSION_MAX_LANES

enum job_stage { JOB_READS, JOB_RUNS };

struct job {
    /* what is wanted */
    char *path;                       /* to read; NULL: `trace` stands */
    struct trace_selection selection; /* its texts are the caller's */
    struct lane_options lanes[JOB_LANES]; /* heap_bytes 0: the default for the trace's peak */
    int lane_count;
    bool any_policy;                  /* nobody asked for one: a heap that the trace calls a pool is one */
    bool in_parts;                    /* a load: what was read so far is run and handed out, now and then */
    const struct job *whole;          /* of such a part: the load; NULL: none */
    uint64_t next_part;               /* events that the next part has at least */

    /* between the threads */
    atomic_bool cancel, finished;
    atomic_int stage;
    atomic_uint_fast64_t done, all;
    _Atomic(struct job *) part;       /* the last one that is done; who takes it owns it */
    pthread_t thread;
    bool threaded;  /* started as a thread; the owner's */
    bool dismissed; /* its result is not wanted any more; the owner's */

    /* what came of it; the owner's once it has finished */
    bool ok, cancelled;               /* cancelled: a what-if that was stopped; its run is gone */
    struct trace *trace;
    bool owns_trace;
    struct session *session;
    struct source_run runs[JOB_LANES];
    uint32_t divergence[JOB_LANES];
    bool stopped;                     /* a load that was stopped: less than all is there */
    int exit_code;                    /* 0, 2, 3, 4 */
    char title[160], detail[400], banner[200];
    struct model_heap heaps[MODEL_HEAPS]; /* of a trace that has several, none of which was chosen */
    uint32_t heap_count, heap_more;
};

struct job *job_new(const char *path, const struct trace_selection *selection, const struct lane_options *lanes, int lane_count);
void job_run(struct job *job);   /* does it all */
bool job_start(struct job *job); /* the same on a thread; false: none could be had */
void job_join(struct job *job);  /* waits for the thread */
void job_free(struct job *job);  /* with the trace (if it is its own), the session and the runs; NULL is allowed */

/* As job_free, at once, whether it has finished or not: it is told to stop, and where it waits for a pipe it is left to itself. */
void job_abandon(struct job *job);

#endif
