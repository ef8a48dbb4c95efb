/* jobs.h: independent jobs on all cores. */
#ifndef HEAPLAB_SIM_JOBS_H
#define HEAPLAB_SIM_JOBS_H

#include <stdbool.h>
#include <stddef.h>

/* Calls job(ctx, 0 … count-1), each once, from as many threads as this process has cores to run on; returns when all are done. Jobs must not share
 * what they write. `tick` (may be NULL) is called on the caller's thread about ten times a second with the jobs done so far. */
void jobs_run(size_t count, void (*job)(void *ctx, size_t index), void *ctx, void (*tick)(void *tick_ctx, size_t done), void *tick_ctx);

/* The same from at most `most_threads` threads; 0: as jobs_run. */
void jobs_run_on(size_t most_threads, size_t count, void (*job)(void *ctx, size_t index), void *ctx, void (*tick)(void *tick_ctx, size_t done),
                 void *tick_ctx);

/* The cores that this process may run on: fewer than the machine's under taskset, in a container, in a cluster's job. At least 1. */
size_t jobs_cores(void);

#endif
