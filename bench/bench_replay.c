/* bench_replay.c: events a second of a replay, for every policy, beside glibc's malloc and free in a loop over the same events.
 *
 * usage: bench_replay [--json] TRACE [HEAP_BYTES]
 *
 * Three columns, best of ROUNDS rounds taken in turn, so that a machine whose speed drifts treats all alike:
 *   bare     the heap's calls alone, over events decoded beforehand
 *   metered  lane_apply with all metrics: what `heaplab replay` does behind its reader
 *   ratio    metered / bare; and bare / glibc
 *
 * Both loops run the same policy: replicas faithful, as a replay has them. --json: an object a policy, null where it refuses the heap. */
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
    const struct heap_config config = {.policy = policy, .state = state, .faithful = policy->inspect->replica != NULL};
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
            *layout = (struct heap_layout){(uint32_t)(event->size * event->count), heap.natural};
            break;
        default:
            *pointer = event->align != 0 ? heap_aligned_alloc(&heap, event->align, event->size) : heap_malloc(&heap, event->size);
            *layout = (struct heap_layout){(uint32_t)event->size, event->align != 0 ? (uint32_t)event->align : heap.natural};
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
    trace_free(trace);
    return true;
}

enum { MOST_NAME = 24 };

struct figures {
    double glibc, bare[MOST_POLICIES], metered[MOST_POLICIES]; /* seconds; 0: the policy refuses this heap */
    uint64_t failures[MOST_POLICIES];
    size_t policies;
};

static void measure(struct bench *bench, struct figures *figures)
{
    void *memory = aligned_alloc(4096, (bench->heap_bytes + 4095u) / 4096u * 4096u), *state = aligned_alloc(4096, 65536);
    struct lane *lanes[MOST_POLICIES];
    for (size_t i = 0; i < figures->policies; i++) {
        const struct lane_options options = {.policy = heap_policies[i], .heap_bytes = bench->heap_bytes};
        int error = HEAP_OK;
        lanes[i] = lane_open(&options, &error);
    }
    for (int round = 0; round < ROUNDS; round++) {
        keep_best(&figures->glibc, run_glibc(bench));
        for (size_t i = 0; i < figures->policies; i++) {
            keep_best(&figures->bare[i], run_bare(bench, heap_policies[i], memory, state));
            keep_best(&figures->metered[i], run_metered(bench, lanes[i], &figures->failures[i]));
        }
    }
    for (size_t i = 0; i < figures->policies; i++) {
        lane_close(lanes[i]);
    }
    free(memory);
    free(state);
}

static void print_table(const struct bench *bench, const struct figures *figures, const char *path)
{
    const double million = (double)bench->count / 1e6;
    printf("%s: %" PRIu64 " events, heap %" PRIu32 " B, best of %d rounds\n\n", path, bench->count, bench->heap_bytes, ROUNDS);
    printf("%-*s %14s %14s %10s %12s %9s\n", MOST_NAME, "policy", "bare M ev/s", "metered M ev/s", "metered/", "bare/glibc", "failures");
    printf("%-*s %14s %14s %10s %12s\n", MOST_NAME, "", "", "", "bare time", "time");
    printf("%-*s %14.1f %14s %10s %12.2f\n", MOST_NAME, "glibc malloc", million / figures->glibc, "", "", 1.0);
    for (size_t i = 0; i < figures->policies; i++) {
        const double bare = figures->bare[i], metered = figures->metered[i];
        if (bare == 0 || metered == 0) {
            printf("%-*s refuses this heap\n", MOST_NAME, heap_policies[i]->name);
            continue;
        }
        printf("%-*s %14.1f %14.1f %10.2f %12.2f %9" PRIu64 "\n", MOST_NAME, heap_policies[i]->name, million / bare, million / metered,
               metered / bare, bare / figures->glibc, figures->failures[i]);
    }
}

static void print_json(const struct bench *bench, const struct figures *figures)
{
    const double count = (double)bench->count;
    puts("[");
    for (size_t i = 0; i < figures->policies; i++) {
        const double bare = figures->bare[i], metered = figures->metered[i];
        printf("  {\"policy\": \"%s\", \"events\": %" PRIu64 ", \"heap_bytes\": %" PRIu32 ", ", heap_policies[i]->name, bench->count,
               bench->heap_bytes);
        if (bare == 0 || metered == 0) {
            printf("\"bare_events_per_second\": null, \"metered_events_per_second\": null, \"ratio\": null, \"failures\": null");
        } else {
            printf("\"bare_events_per_second\": %.0f, \"metered_events_per_second\": %.0f, \"ratio\": %.3f, \"failures\": %" PRIu64,
                   count / bare, count / metered, metered / bare, figures->failures[i]);
        }
        printf(", \"glibc_events_per_second\": %.0f}%s\n", count / figures->glibc, i + 1 < figures->policies ? "," : "");
    }
    puts("]");
}

int main(int argc, char **argv)
{
    struct bench bench = {0};
    struct figures figures = {.policies = heap_policy_count < MOST_POLICIES ? heap_policy_count : MOST_POLICIES};
    const bool json = argc > 1 && strcmp(argv[1], "--json") == 0;
    const int first = json ? 2 : 1;
    if (argc <= first || argc > first + 2) {
        fprintf(stderr, "usage: bench_replay [--json] TRACE [HEAP_BYTES]\n");
        return 2;
    }
    if (!prepare(&bench, argv[first], argc > first + 1 ? argv[first + 1] : NULL)) {
        return 3;
    }
    measure(&bench, &figures);
    if (json) {
        print_json(&bench, &figures);
    } else {
        print_table(&bench, &figures, argv[first]);
    }
    return 0;
}
