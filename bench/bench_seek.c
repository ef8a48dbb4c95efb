/* bench_seek.c: how long a jump to any position of a long trace takes, what the keyframes for it cost in memory, and what making
 * them costs the pass that runs the trace once.
 *
 * usage: bench_seek [--json] [EVENTS] [HEAP_BYTES…]     (10000000 events; heaps of 1 MiB and 64 MiB)
 *
 * The trace is made in memory from a seed: sizes spread evenly over their logarithm, a live set of 70 % of the heap, three blocks
 * in four dying young and the others at random, so that in the end every page of the heap has been written to. tlsf, all metrics,
 * the session's default budget. Seeks go to uniformly random positions, forward and backward. Passes are told in processor time;
 * seeks as they are waited for, and their 99th percentile in processor time too, for machines that are busy with other things. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "session.h"

enum { SEEKS = 1000, MOST_HEAPS = 8, YOUNG = 64 };

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

/* ---- the trace ---- */

struct live {
    uint64_t id;
    uint32_t bytes;
};

struct generator {
    struct trace *trace;
    struct live *live; /* the youngest last, more or less: a dead one's place is taken by the last */
    size_t count, room;
    uint64_t bytes, next_id, seed;
    uint32_t most_doublings; /* the largest size is 16 << this */
};

static uint32_t random_size(struct generator *generator)
{
    const uint64_t base = UINT64_C(16) << next_random(&generator->seed) % generator->most_doublings;
    return (uint32_t)(base + next_random(&generator->seed) % base);
}

static bool put_alloc(struct generator *generator)
{
    if (generator->count == generator->room) {
        const size_t room = generator->room * 2 + 1024;
        struct live *live = realloc(generator->live, room * sizeof *live);
        if (live == NULL) {
            return false;
        }
        generator->live = live;
        generator->room = room;
    }
    const struct live block = {generator->next_id++, random_size(generator)};
    const struct trace_event event = trace_event_make(TRACE_ALLOC, block.id, block.bytes);
    generator->live[generator->count++] = block;
    generator->bytes += block.bytes;
    return trace_append(generator->trace, &event) == 0;
}

static bool put_free(struct generator *generator)
{
    const size_t young = generator->count < YOUNG ? generator->count : YOUNG;
    const bool dies_young = next_random(&generator->seed) % 4 != 0;
    const uint64_t dice = next_random(&generator->seed);
    struct live *block = &generator->live[dies_young ? generator->count - 1 - dice % young : dice % generator->count];
    const struct trace_event event = trace_event_make(TRACE_FREE, block->id, 0);
    generator->bytes -= block->bytes;
    *block = generator->live[--generator->count];
    return trace_append(generator->trace, &event) == 0;
}

/* The largest size is a 512th of the heap, 16 KiB at most: thousands of blocks live. NULL without memory. */
static struct trace *make_trace(uint64_t events, uint32_t heap_bytes)
{
    struct generator generator = {.trace = trace_new("seek"), .next_id = 1, .seed = 7, .most_doublings = 1};
    const uint64_t target = heap_bytes / 10 * 7;
    while (generator.most_doublings < 10 && (UINT64_C(16) << (generator.most_doublings + 1)) <= heap_bytes / 512) {
        generator.most_doublings++;
    }
    bool ok = generator.trace != NULL;
    for (uint64_t i = 0; i < events && ok; i++) {
        const bool grows = generator.count == 0 || next_random(&generator.seed) % 8 < (generator.bytes < target ? 5 : 3);
        ok = grows ? put_alloc(&generator) : put_free(&generator);
    }
    free(generator.live);
    if (!ok) {
        trace_free(generator.trace);
        return NULL;
    }
    return generator.trace;
}

/* ---- the measurement ---- */

struct figures {
    uint64_t events, live_blocks, failures;
    uint32_t heap_bytes;
    double bare_seconds, pass_seconds; /* the same run without keyframes, and with them */
    struct session_keyframes keyframes;
    double p50_ms, p99_ms, max_ms, p99_processor_ms;
};

static bool run_without_keyframes(const struct trace *trace, const struct lane_options *options, double *seconds)
{
    int error = HEAP_OK;
    struct lane *lane = lane_open(options, &error);
    bool ok = lane != NULL;
    const double start = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    for (uint64_t i = 0; i < trace_count(trace) && ok; i++) {
        struct trace_event event;
        struct lane_result result;
        trace_get(trace, i, &event);
        ok = lane_apply(lane, &event, &result);
    }
    *seconds = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - start;
    lane_close(lane);
    return ok;
}

static int compare_doubles(const void *a, const void *b)
{
    const double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

static bool seek_around(struct session *session, struct figures *figures)
{
    static double milliseconds[SEEKS], processor[SEEKS];
    uint64_t seed = 5;
    for (int i = 0; i < SEEKS; i++) {
        const uint64_t target = (next_random(&seed) << 31 | next_random(&seed)) % (figures->events + 1);
        const double start = seconds_of(CLOCK_MONOTONIC), processor_start = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
        if (!session_seek(session, target)) {
            return false;
        }
        milliseconds[i] = (seconds_of(CLOCK_MONOTONIC) - start) * 1e3;
        processor[i] = (seconds_of(CLOCK_PROCESS_CPUTIME_ID) - processor_start) * 1e3;
    }
    qsort(milliseconds, SEEKS, sizeof milliseconds[0], compare_doubles);
    qsort(processor, SEEKS, sizeof processor[0], compare_doubles);
    figures->p50_ms = milliseconds[SEEKS / 2];
    figures->p99_ms = milliseconds[SEEKS * 99 / 100];
    figures->max_ms = milliseconds[SEEKS - 1];
    figures->p99_processor_ms = processor[SEEKS * 99 / 100];
    return true;
}

static bool measure(uint64_t events, uint32_t heap_bytes, struct figures *figures)
{
    const struct lane_options options = {.policy = heap_policy_find("tlsf"), .heap_bytes = heap_bytes};
    struct trace *trace = make_trace(events, heap_bytes);
    struct session *session = trace == NULL ? NULL : session_open(trace, 0);
    int error = HEAP_OK;
    *figures = (struct figures){.events = events, .heap_bytes = heap_bytes};
    bool ok = session != NULL && session_add_lane(session, &options, &error) == 0 && run_without_keyframes(trace, &options, &figures->bare_seconds);
    if (ok) {
        const double start = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
        ok = session_seek(session, UINT64_MAX);
        figures->pass_seconds = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - start;
        figures->live_blocks = lane_now(session_lane(session, 0))->live_blocks;
        figures->failures = lane_metrics(session_lane(session, 0))->failures;
        figures->keyframes = session_keyframes(session);
        ok = ok && seek_around(session, figures);
    }
    session_close(session);
    trace_free(trace);
    return ok;
}

static void print_text(const struct figures *figures)
{
    const struct session_keyframes *keyframes = &figures->keyframes;
    printf("heap %" PRIu32 " B: %" PRIu64 " events, %" PRIu64 " blocks live at the end, %" PRIu64 " failures\n", figures->heap_bytes, figures->events,
           figures->live_blocks, figures->failures);
    printf("  keyframes       %12zu, every %" PRIu64 " events\n", keyframes->count, keyframes->interval);
    printf("  their memory    %12.1f MiB of %.0f; whole copies would be %.1f MiB\n", (double)keyframes->bytes / 1048576,
           (double)keyframes->budget / 1048576, (double)keyframes->whole_bytes / 1048576);
    printf("  pass            %12.2f s; %.2f s without keyframes (x %.2f)\n", figures->pass_seconds, figures->bare_seconds,
           figures->pass_seconds / figures->bare_seconds);
    printf("  seek            %12.2f ms p50, %.2f ms p99 (processor time %.2f), %.2f ms at most, of %d\n\n", figures->p50_ms, figures->p99_ms,
           figures->p99_processor_ms, figures->max_ms, SEEKS);
}

static void print_json(const struct figures *figures)
{
    const struct session_keyframes *keyframes = &figures->keyframes;
    printf("{\"heap_bytes\":%" PRIu32 ",\"events\":%" PRIu64 ",\"live_blocks\":%" PRIu64 ",\"failures\":%" PRIu64, figures->heap_bytes,
           figures->events, figures->live_blocks, figures->failures);
    printf(",\"keyframes\":%zu,\"interval\":%" PRIu64 ",\"keyframe_bytes\":%zu,\"whole_bytes\":%zu,\"budget_bytes\":%zu", keyframes->count,
           keyframes->interval, keyframes->bytes, keyframes->whole_bytes, keyframes->budget);
    printf(",\"pass_seconds\":%.6f,\"bare_seconds\":%.6f,\"seeks\":%d", figures->pass_seconds, figures->bare_seconds, SEEKS);
    printf(",\"p50_ms\":%.4f,\"p99_ms\":%.4f,\"max_ms\":%.4f,\"p99_processor_ms\":%.4f}\n", figures->p50_ms, figures->p99_ms, figures->max_ms,
           figures->p99_processor_ms);
}

/* A number above 0 and at most `most`; 0: it is none. */
static uint64_t parse_number(const char *text, uint64_t most)
{
    char *end = NULL;
    const uint64_t number = strtoull(text, &end, 0);
    return end != text && *end == 0 && text[0] != '-' && number <= most ? number : 0;
}

int main(int argc, char **argv)
{
    uint64_t events = 10000000;
    uint32_t heaps[MOST_HEAPS] = {1u << 20, 64u << 20}, heap_count = 0;
    const bool json = argc > 1 && strcmp(argv[1], "--json") == 0;
    bool usable = argc <= MOST_HEAPS + 2 + json;
    for (int i = 1 + json; i < argc && usable; i++) {
        const bool first = i == 1 + json;
        const uint64_t number = parse_number(argv[i], first ? UINT64_C(1) << 40 : UINT64_C(1) << 31);
        usable = number >= (first ? 1 : 65536);
        if (first) {
            events = number;
        } else {
            heaps[heap_count++] = (uint32_t)number;
        }
    }
    if (!usable) {
        fprintf(stderr, "usage: bench_seek [--json] [EVENTS] [HEAP_BYTES…]   (up to %d heaps from 64 KiB to 2 GiB)\n", MOST_HEAPS);
        return 2;
    }
    for (uint32_t i = 0; i < (heap_count != 0 ? heap_count : 2); i++) {
        struct figures figures;
        if (!measure(events, heaps[i], &figures)) {
            fprintf(stderr, "bench_seek: out of memory\n");
            return 4;
        }
        (json ? print_json : print_text)(&figures);
        fflush(stdout);
    }
    return 0;
}
