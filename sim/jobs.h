/* jobs.h: independent jobs on all cores. */
#ifndef HEAPLAB_SIM_JOBS_H
#define HEAPLAB_SIM_JOBS_H

#include <stdbool.h>
#include <stddef.h>

/* Calls job(ctx, 0 … count-1), each once, from as many threads as there are cores; returns when all are done. Jobs must not share
 * what they write. `tick` (may be NULL) is called on the caller's thread about ten times a second with the jobs done so far. */
void jobs_run(size_t count, void (*job)(void *ctx, size_t index), void *ctx, void (*tick)(void *tick_ctx, size_t done), void *tick_ctx);

#endif
