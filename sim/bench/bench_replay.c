/* bench_replay.c: nanoseconds an event of a replay: a policy's calls alone in a loop, the same with all metrics, and glibc's malloc.
 *
 *   bare     the heap's calls, over events decoded beforehand
 *   metered  lane_apply with all metrics: what `heaplab replay` does behind its reader
 *   glibc    malloc, free, realloc, calloc, aligned_alloc over the same events
 * Each on memory that it has used before, and each emptied before its turn, which is not timed. */
#include "bench_internal.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EVENTS = 200000, QUICK_EVENTS = 10000, STATE_BYTES = 65536, SMALL_HEAP = 1 << 20 };

/* A subject's events, decoded, and where each id's block lies. */
struct loop {
    struct trace_event *events;
    void **pointers; /* by slot */
    struct heap_layout *layouts;
    uint64_t count;
    uint32_t slots;
};

/* One policy on one heap. */
struct runner {
    struct loop *loop;
    struct lane_options options;
    struct lane *lane;
    void *memory, *state; /* of the bare loop */
    uint64_t failures;
};

static void close_loop(struct loop *loop)
{
    free(loop->events);
    free(loop->pointers);
    free(loop->layouts);
    *loop = (struct loop){0};
}

static bool open_loop(struct loop *loop, const struct trace *trace)
{
    *loop = (struct loop){.count = trace_count(trace), .slots = trace_slot_count(trace)};
    loop->events = malloc((loop->count + 1) * sizeof *loop->events);
    loop->pointers = calloc(loop->slots + 1u, sizeof *loop->pointers);
    loop->layouts = calloc(loop->slots + 1u, sizeof *loop->layouts);
    if (loop->events == NULL || loop->pointers == NULL || loop->layouts == NULL) {
        close_loop(loop);
        return false;
    }
    for (uint64_t i = 0; i < loop->count; i++) {
        trace_get(trace, i, &loop->events[i]);
    }
    return true;
}

/* ---- the loops ---- */

static void *allocate_of_glibc(const struct trace_event *event)
{
    if (event->align <= 16) {
        return malloc(event->size);
    }
    return aligned_alloc(event->align, (event->size + event->align - 1) / event->align * event->align);
}

static double pass_glibc(void *ctx)
{
    struct loop *loop = ctx;
    memset(loop->pointers, 0, loop->slots * sizeof *loop->pointers);
    const double start = bench_seconds();
    for (uint64_t i = 0; i < loop->count; i++) {
        const struct trace_event *event = &loop->events[i];
        if (event->slot == TRACE_NO_SLOT) {
            continue;
        }
        void **pointer = &loop->pointers[event->slot];
        switch (event->op) {
        case TRACE_FREE:
            free(*pointer);
            *pointer = NULL;
            break;
        case TRACE_REALLOC: *pointer = realloc(*pointer, event->size); break;
        case TRACE_CALLOC: *pointer = calloc(event->count, event->size); break;
        default: *pointer = allocate_of_glibc(event); break;
        }
    }
    const double seconds = bench_seconds() - start;
    for (uint32_t slot = 0; slot < loop->slots; slot++) {
        free(loop->pointers[slot]);
    }
    return seconds;
}

static void run_bare(struct loop *loop, struct heap *heap)
{
    for (uint64_t i = 0; i < loop->count; i++) {
        const struct trace_event *event = &loop->events[i];
        if (event->slot == TRACE_NO_SLOT) {
            continue;
        }
        void **pointer = &loop->pointers[event->slot];
        struct heap_layout *layout = &loop->layouts[event->slot];
        switch (event->op) {
        case TRACE_FREE:
            (void)heap_free_sized(heap, *pointer, *layout);
            *pointer = NULL;
            break;
        case TRACE_REALLOC: {
            void *moved = heap_realloc_sized(heap, *pointer, *layout, event->size);
            *pointer = moved != NULL ? moved : *pointer;
            layout->size = moved != NULL ? (uint32_t)event->size : layout->size;
            break;
        }
        case TRACE_CALLOC:
            *pointer = heap_calloc(heap, event->count, event->size);
            *layout = (struct heap_layout){(uint32_t)(event->size * event->count), heap->natural};
            break;
        default:
            *pointer = event->align != 0 ? heap_aligned_alloc(heap, event->align, event->size) : heap_malloc(heap, event->size);
            *layout = (struct heap_layout){(uint32_t)event->size, event->align != 0 ? (uint32_t)event->align : heap->natural};
            break;
        }
    }
}

static double pass_bare(void *ctx)
{
    struct runner *runner = ctx;
    struct loop *loop = runner->loop;
    struct heap heap;
    struct heap_config config = {.policy = runner->options.policy, .alignment = runner->options.alignment, .checks = runner->options.checks,
                                 .state = runner->state, .faithful = lane_is_faithful(&runner->options)};
    memcpy(config.params, runner->options.params, sizeof config.params);
    memset(loop->pointers, 0, loop->slots * sizeof *loop->pointers);
    memset(loop->layouts, 0, loop->slots * sizeof *loop->layouts);
    if (heap_init(&heap, &config, runner->memory, runner->options.heap_bytes) != HEAP_OK) {
        return NAN;
    }
    const double start = bench_seconds();
    run_bare(loop, &heap);
    const double seconds = bench_seconds() - start;
    if (runner->options.policy->inspect->end != NULL) {
        runner->options.policy->inspect->end(&heap);
    }
    return seconds;
}

static double pass_metered(void *ctx)
{
    struct runner *runner = ctx;
    struct lane_result result;
    bool ok = runner->lane != NULL && lane_restart(runner->lane) == HEAP_OK;
    const double start = bench_seconds();
    for (uint64_t i = 0; i < runner->loop->count && ok; i++) {
        ok = lane_apply(runner->lane, &runner->loop->events[i], &result);
    }
    const double seconds = bench_seconds() - start;
    runner->failures = ok ? lane_run(runner->lane)->failures : 0;
    return ok ? seconds : NAN;
}

/* ---- a policy on a heap ---- */

static void close_runner(struct runner *runner)
{
    lane_close(runner->lane);
    free(runner->memory);
    free(runner->state);
    *runner = (struct runner){0};
}

/* What cannot be had makes its passes fail. */
static void open_runner(struct runner *runner, struct loop *loop, const struct lane_options *options, uint32_t heap_bytes)
{
    int error = HEAP_OK;
    *runner = (struct runner){.loop = loop, .options = *options};
    runner->options.heap_bytes = heap_bytes;
    runner->lane = lane_open(&runner->options, &error);
    runner->memory = aligned_alloc(4096, ((size_t)heap_bytes + 4095) / 4096 * 4096);
    runner->state = aligned_alloc(4096, STATE_BYTES);
    if (runner->memory == NULL || runner->state == NULL) {
        lane_close(runner->lane);
        runner->lane = NULL;
    }
}

static double pass_bare_if_open(void *ctx)
{
    const struct runner *runner = ctx;
    return runner->lane == NULL ? NAN : pass_bare(ctx);
}

/* Of all subjects together. */
struct sums {
    double glibc, bare[SPEC_MAX], metered[SPEC_MAX];
    uint64_t failures[SPEC_MAX], events;
};

/* glibc, then each policy bare and metered, in turn. `heap_bytes` 0: twice what the commands would choose. */
static bool time_subject(const struct bench_plan *plan, const struct bench_subject *subject, const struct spec_list *specs, uint32_t heap_bytes,
                         struct sums *sums)
{
    struct loop loop;
    struct runner *runners = calloc(specs->count + 1, sizeof *runners);
    struct bench_turn *turns = calloc(2 * specs->count + 1, sizeof *turns);
    const bool ok = runners != NULL && turns != NULL && open_loop(&loop, subject->trace);
    if (ok) {
        const uint32_t usual = 2 * spec_default_heap(trace_peak_payload(subject->trace));
        char what[96];
        turns[0] = (struct bench_turn){.pass = pass_glibc, .ctx = &loop};
        for (size_t i = 0; i < specs->count; i++) {
            open_runner(&runners[i], &loop, &specs->items[i].options, heap_bytes != 0 ? heap_bytes : usual);
            turns[1 + 2 * i] = (struct bench_turn){.pass = pass_bare_if_open, .ctx = &runners[i]};
            turns[2 + 2 * i] = (struct bench_turn){.pass = pass_metered, .ctx = &runners[i]};
        }
        snprintf(what, sizeof what, "replaying %.60s", bench_subject_name(subject));
        bench_take_turns(plan, what, turns, 2 * specs->count + 1);
        sums->events += loop.count;
        sums->glibc += turns[0].best;
        for (size_t i = 0; i < specs->count; i++) {
            sums->bare[i] += turns[1 + 2 * i].best;
            sums->metered[i] += turns[2 + 2 * i].best;
            sums->failures[i] += runners[i].failures;
            close_runner(&runners[i]);
        }
        close_loop(&loop);
    }
    free(turns);
    free(runners);
    return ok;
}

/* ---- rows ---- */

static void note_failures(struct bench_row *row, const char *policy, uint64_t failures)
{
    if (isnan(row->value)) {
        bench_note(row, "%s refuses such a heap", policy);
    } else if (failures != 0) {
        bench_note(row, "%" PRIu64 " requests failed on %s: part of its time is the price of failing", failures, policy);
    }
}

static void add_rows(const struct bench_plan *plan, const struct bench_group *group, struct bench_report *report, const struct sums *sums)
{
    const double each = 1e9 / (double)sums->events;
    for (size_t i = 0; i < plan->specs->count; i++) {
        const char *policy = plan->specs->items[i].text;
        struct bench_row *row = bench_add(report, group, "ns/event", "%s, with all metrics", policy);
        row->value = sums->metered[i] * each;
        row->goal_kind = BENCH_RATIO_AT_MOST;
        row->goal = 1.5;
        bench_peer(row, sums->bare[i] * each, "its bare loop");
        note_failures(row, policy, sums->failures[i]);
    }
    for (size_t i = 0; i < plan->specs->count; i++) {
        const char *policy = plan->specs->items[i].text;
        struct bench_row *row = bench_add(report, group, "ns/event", "%s, bare loop", policy);
        row->value = sums->bare[i] * each;
        bench_peer(row, sums->glibc * each, "glibc malloc");
        note_failures(row, policy, sums->failures[i]);
    }
}

/* tlsf with metrics on 1 MiB, whatever the policies are: the figure has a goal. Subjects that do not fit are left out. */
static void add_small_heap(const struct bench_plan *plan, const struct bench_group *group, struct bench_report *report,
                           const struct bench_material *material)
{
    static struct spec_list tlsf;
    struct sums sums = {0};
    char why[256];
    size_t left_out = 0;
    bool ok = true;
    tlsf.count = 0;
    (void)spec_parse(&tlsf, "tlsf", why, sizeof why);
    for (size_t i = 0; i < material->count && ok; i++) {
        const bool fits = trace_peak_payload(material->subjects[i].trace) <= SMALL_HEAP / 10 * 8;
        left_out += !fits;
        ok = !fits || time_subject(plan, &material->subjects[i], &tlsf, SMALL_HEAP, &sums);
    }
    struct bench_row *row = bench_add(report, group, "M events/s", "tlsf, with all metrics, 1 MiB heap");
    row->value = !ok || sums.events == 0 ? NAN : (double)sums.events / sums.metered[0] / 1e6;
    row->goal_kind = BENCH_AT_LEAST;
    row->goal = 20;
    bench_peer(row, sums.events == 0 ? NAN : (double)sums.events / sums.glibc / 1e6, "glibc malloc");
    if (!ok) {
        bench_note(row, "out of memory");
    } else if (left_out != 0) {
        bench_note(row, "%zu of the traces left out: too large for 1 MiB", left_out);
    } else if (sums.failures[0] != 0) {
        bench_note(row, "%" PRIu64 " requests failed", sums.failures[0]);
    }
}

void bench_run_replay(const struct bench_plan *plan, const struct bench_group *group, struct bench_report *report)
{
    struct bench_material material;
    struct sums *sums = calloc(1, sizeof *sums);
    bool ok = bench_material_make(plan, EVENTS, QUICK_EVENTS, &material) && sums != NULL;
    for (size_t i = 0; i < material.count && ok; i++) {
        ok = time_subject(plan, &material.subjects[i], plan->specs, plan->heap_bytes, sums);
    }
    if (ok) {
        add_rows(plan, group, report, sums);
        add_small_heap(plan, group, report, &material);
    } else {
        bench_note(bench_add(report, group, "ns/event", "replay"), "out of memory");
    }
    free(sums);
    bench_material_free(&material);
}
