/* jobs.c: see jobs.h. Threads take the next index from a counter, so long and short jobs even out. */
#include "jobs.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#define MOST_THREADS 1024

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

size_t jobs_cores(void)
{
    cpu_set_t mine;
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    if (sched_getaffinity(0, sizeof mine, &mine) == 0 && CPU_COUNT(&mine) > 0) {
        return (size_t)CPU_COUNT(&mine);
    }
    return online < 1 ? 1 : (size_t)online;
}

void jobs_run_on(size_t most_threads, size_t count, void (*job)(void *ctx, size_t index), void *ctx, void (*tick)(void *tick_ctx, size_t done),
                 void *tick_ctx)
{
    struct jobs jobs = {.count = count, .job = job, .ctx = ctx};
    size_t threads = most_threads != 0 ? most_threads : jobs_cores(), started = 0;
    pthread_t ids[MOST_THREADS];
    threads = threads < MOST_THREADS ? threads : MOST_THREADS;
    threads = threads < count ? threads : count;
    while (started < threads && pthread_create(&ids[started], NULL, work, &jobs) == 0) {
        started++;
    }
    if (started == 0) {
        (void)work(&jobs); /* no threads to be had: here, then */
    }
    struct timespec pause = {0, 1000000}; /* short at first, so that short work does not wait for its ticks */
    while (tick != NULL && atomic_load(&jobs.done) < count) {
        tick(tick_ctx, atomic_load(&jobs.done));
        nanosleep(&pause, NULL);
        pause.tv_nsec = pause.tv_nsec * 2 < 100000000 ? pause.tv_nsec * 2 : 100000000;
    }
    for (size_t i = 0; i < started; i++) {
        pthread_join(ids[i], NULL);
    }
}

void jobs_run(size_t count, void (*job)(void *ctx, size_t index), void *ctx, void (*tick)(void *tick_ctx, size_t done), void *tick_ctx)
{
    jobs_run_on(0, count, job, ctx, tick, tick_ctx);
}
