/* churn.c: an allocation-heavy program, for the recorder's tests and for bench/record_slowdown.sh.
 * churn THREADS ROUNDS [BLOCKS]: every thread replaces a random one of BLOCKS (1000) blocks of 16 … 1023 bytes, ROUNDS times, and writes
 * its first bytes; the threads then swap their blocks, and each frees another's. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_THREADS 64
#define MAX_BLOCKS 65536

static void *blocks[MAX_THREADS][MAX_BLOCKS];
static long rounds, block_count = 1000;

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

static void *work(void *arg)
{
    void **mine = arg;
    uint32_t seed = (uint32_t)((uintptr_t)((void **)arg - blocks[0]) / MAX_BLOCKS) + 1;
    for (long i = 0; i < rounds; i++) {
        void **slot = &mine[next_random(&seed) % (uint32_t)block_count];
        free(*slot);
        size_t size = 16 + next_random(&seed) % 1008;
        *slot = malloc(size);
        if (*slot == NULL)
            return NULL;
        memset(*slot, 1, 16);
    }
    return mine;
}

static void *empty(void *arg)
{
    void **others = arg;
    for (long i = 0; i < block_count; i++)
        free(others[i]);
    return NULL;
}

static void run(void *(*function)(void *), int threads, int shift)
{
    pthread_t handles[MAX_THREADS];
    for (int i = 0; i < threads; i++)
        if (pthread_create(&handles[i], NULL, function, blocks[(i + shift) % threads]) != 0)
            abort();
    for (int i = 0; i < threads; i++)
        pthread_join(handles[i], NULL);
}

int main(int argc, char **argv)
{
    int threads = argc > 1 ? atoi(argv[1]) : 1;
    rounds = argc > 2 ? atol(argv[2]) : 1000;
    block_count = argc > 3 ? atol(argv[3]) : block_count;
    if (threads < 0 || threads > MAX_THREADS || rounds < 0 || block_count < 1 || block_count > MAX_BLOCKS)
        return 2;
    if (threads == 0) { /* the main thread alone: the single-threaded case */
        work(blocks[0]);
        empty(blocks[0]);
        return 0;
    }
    run(work, threads, 0);
    run(empty, threads, 1);
    return 0;
}
