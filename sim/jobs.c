/* jobs.c: see jobs.h. Threads take the next index from a counter, so long and short jobs even out. */
#include "jobs.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#define MOST_THREADS 64

struct jobs {
    size_t count;
    void (*job)(void *ctx, size_t index);
    void *ctx;
    atomic_size_t next, done;
};

static void *work(void *argument)
{
    struct jobs *jobs = argument;
    for (size_t index = 0; (index = atomic_fetch_add(&jobs->next, 1)) < jobs->count;) {
        jobs->job(jobs->ctx, index);
        atomic_fetch_add(&jobs->done, 1);
    }
    return NULL;
}

void jobs_run(size_t count, void (*job)(void *ctx, size_t index), void *ctx, void (*tick)(void *tick_ctx, size_t done), void *tick_ctx)
{
    struct jobs jobs = {.count = count, .job = job, .ctx = ctx};
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t threads = cores < 1 ? 1 : cores > MOST_THREADS ? MOST_THREADS : (size_t)cores, started = 0;
    pthread_t ids[MOST_THREADS];
    threads = threads < count ? threads : count;
    while (started < threads && pthread_create(&ids[started], NULL, work, &jobs) == 0) {
        started++;
    }
    if (started == 0) {
        (void)work(&jobs); /* no threads to be had: here, then */
    }
    while (tick != NULL && atomic_load(&jobs.done) < count) {
        const struct timespec pause = {0, 100000000};
        tick(tick_ctx, atomic_load(&jobs.done));
        nanosleep(&pause, NULL);
    }
    for (size_t i = 0; i < started; i++) {
        pthread_join(ids[i], NULL);
    }
}
