/* bench_replay.c: events a second of a replay, for every policy, beside glibc's malloc and free in a loop over the same events.
 *
 * usage: bench_replay TRACE [HEAP_BYTES]
 *
 * Three columns, best of ROUNDS rounds taken in turn, so that a machine whose speed drifts treats all alike:
 *   bare     the heap's calls alone, over events decoded beforehand
 *   metered  lane_apply with all metrics: what `heaplab replay` does behind its reader
 *   ratio    metered / bare; and bare / glibc */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lane.h"
#include "spec.h"

enum { ROUNDS = 5, MOST_POLICIES = 64 };

static double now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

struct bench {
    struct trace_event *events;
    uint64_t count;
    void **pointers; /* by slot */
    struct heap_layout *layouts;
    uint32_t slots, heap_bytes;
};

static double run_glibc(struct bench *bench)
{
    memset(bench->pointers, 0, bench->slots * sizeof *bench->pointers);
    const double start = now_seconds();
    for (uint64_t i = 0; i < bench->count; i++) {
        const struct trace_event *event = &bench->events[i];
        if (event->slot == TRACE_NO_SLOT) {
            continue;
        }
        void **pointer = &bench->pointers[event->slot];
        switch (event->op) {
        case TRACE_FREE: free(*pointer); *pointer = NULL; break;
        case TRACE_REALLOC: *pointer = realloc(*pointer, event->size); break;
        case TRACE_CALLOC: *pointer = calloc(event->count, event->size); break;
        default: *pointer = event->align > 16 ? aligned_alloc(event->align, (event->size + event->align - 1) / event->align * event->align) : malloc(event->size); break;
        }
    }
    const double seconds = now_seconds() - start;
    for (uint32_t slot = 0; slot < bench->slots; slot++) {
        free(bench->pointers[slot]);
    }
    return seconds;
}

static double run_bare(struct bench *bench, const struct heap_policy *policy, void *memory, void *state)
{
    struct heap heap;
    const struct heap_config config = {.policy = policy, .state = state};
    memset(bench->pointers, 0, bench->slots * sizeof *bench->pointers);
    if (heap_init(&heap, &config, memory, bench->heap_bytes) != HEAP_OK) {
        return 0;
    }
    const double start = now_seconds();
    for (uint64_t i = 0; i < bench->count; i++) {
        const struct trace_event *event = &bench->events[i];
        if (event->slot == TRACE_NO_SLOT) {
            continue;
        }
        void **pointer = &bench->pointers[event->slot];
        struct heap_layout *layout = &bench->layouts[event->slot];
        switch (event->op) {
        case TRACE_FREE: (void)heap_free_sized(&heap, *pointer, *layout); *pointer = NULL; break;
        case TRACE_REALLOC: {
            void *moved = heap_realloc_sized(&heap, *pointer, *layout, event->size);
            *pointer = moved != NULL ? moved : *pointer;
            layout->size = moved != NULL ? (uint32_t)event->size : layout->size;
            break;
        }
        case TRACE_CALLOC:
            *pointer = heap_calloc(&heap, event->count, event->size);
            *layout = (struct heap_layout){(uint32_t)(event->size * event->count), 0};
            break;
        default:
            *pointer = event->align != 0 ? heap_aligned_alloc(&heap, event->align, event->size) : heap_malloc(&heap, event->size);
            *layout = (struct heap_layout){(uint32_t)event->size, (uint32_t)event->align};
            break;
        }
    }
    return now_seconds() - start;
}

/* On a lane that is opened once and emptied before each round, as the bare heap's memory is: both know their pages. */
static double run_metered(struct bench *bench, struct lane *lane, uint64_t *failures)
{
    struct lane_result result;
    if (lane == NULL || lane_restart(lane) != HEAP_OK) {
        return 0;
    }
    const double start = now_seconds();
    for (uint64_t i = 0; i < bench->count; i++) {
        if (!lane_apply(lane, &bench->events[i], &result)) {
            break;
        }
    }
    const double seconds = now_seconds() - start;
    *failures = lane_run(lane)->failures;
    return seconds;
}

static void keep_best(double *best, double seconds)
{
    *best = *best == 0 || seconds < *best ? seconds : *best;
}

static bool prepare(struct bench *bench, const char *path, const char *heap_text)
{
    struct trace_error error;
    struct trace *trace = trace_load(path, NULL, NULL, NULL, &error);
    if (trace == NULL) {
        char text[1024];
        trace_error_format(&error, text, sizeof text);
        fprintf(stderr, "%s\n", text);
        return false;
    }
    bench->count = trace_count(trace);
    bench->slots = trace_slot_count(trace);
    bench->heap_bytes = heap_text != NULL ? (uint32_t)strtoul(heap_text, NULL, 0) : 2 * spec_default_heap(trace_peak_payload(trace));
    bench->events = malloc((bench->count + 1) * sizeof *bench->events);
    bench->pointers = calloc(bench->slots + 1u, sizeof *bench->pointers);
    bench->layouts = calloc(bench->slots + 1u, sizeof *bench->layouts);
    for (uint64_t i = 0; i < bench->count; i++) {
        trace_get(trace, i, &bench->events[i]);
    }
    printf("%s: %" PRIu64 " events, heap %" PRIu32 " B, best of %d rounds\n\n", path, bench->count, bench->heap_bytes, ROUNDS);
    trace_free(trace);
    return true;
}

int main(int argc, char **argv)
{
    struct bench bench = {0};
    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: bench_replay TRACE [HEAP_BYTES]\n");
        return 2;
    }
    if (!prepare(&bench, argv[1], argc > 2 ? argv[2] : NULL)) {
        return 3;
    }
    double glibc = 0, bare[MOST_POLICIES] = {0}, metered[MOST_POLICIES] = {0};
    uint64_t failures[MOST_POLICIES] = {0};
    const size_t policies = heap_policy_count < MOST_POLICIES ? heap_policy_count : MOST_POLICIES;
    void *memory = aligned_alloc(4096, (bench.heap_bytes + 4095u) / 4096u * 4096u), *state = aligned_alloc(4096, 65536);
    struct lane *lanes[MOST_POLICIES];
    for (size_t i = 0; i < policies; i++) {
        const struct lane_options options = {.policy = heap_policies[i], .heap_bytes = bench.heap_bytes};
        int error = HEAP_OK;
        lanes[i] = lane_open(&options, &error);
    }
    for (int round = 0; round < ROUNDS; round++) {
        keep_best(&glibc, run_glibc(&bench));
        for (size_t i = 0; i < policies; i++) {
            keep_best(&bare[i], run_bare(&bench, heap_policies[i], memory, state));
            keep_best(&metered[i], run_metered(&bench, lanes[i], &failures[i]));
        }
    }
    const double million = (double)bench.count / 1e6;
    printf("%-24s %14s %14s %10s %12s %9s\n", "policy", "bare M ev/s", "metered M ev/s", "metered/", "bare/glibc", "failures");
    printf("%-24s %14s %14s %10s %12s\n", "", "", "", "bare time", "time");
    printf("%-24s %14.1f %14s %10s %12.2f\n", "glibc malloc", million / glibc, "", "", 1.0);
    for (size_t i = 0; i < policies; i++) {
        if (bare[i] == 0) {
            printf("%-24s refuses this heap\n", heap_policies[i]->name);
            continue;
        }
        printf("%-24s %14.1f %14.1f %10.2f %12.2f %9" PRIu64 "\n", heap_policies[i]->name, million / bare[i], million / metered[i],
               metered[i] / bare[i], bare[i] / glibc, failures[i]);
        lane_close(lanes[i]);
    }
    return 0;
}
