/* bench_seek.c: how long a jump to any position of a long run takes, and what the keyframes for it cost: a made workload of many
 * events (bench_internal.h) on heaps of 1 MiB and 64 MiB, tlsf, all metrics, the session's default budget; jumps to uniformly random
 * positions, forward and backward. The peer is to run the events from the start, as one would without keyframes: half of them on average. */
#include "bench_internal.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "session.h"

enum { SEEKS = 500, QUICK_SEEKS = 50, MOST_ROUNDS = 3, GOAL_EVENTS = 10000000 };

struct figures {
    double whole_seconds, bare_seconds; /* the run that makes the keyframes, and the same run without */
    double p50_ms, p99_ms;
    struct session_keyframes keyframes;
};

static bool run_without_keyframes(const struct trace *trace, const struct lane_options *options, double *seconds)
{
    int error = HEAP_OK;
    struct lane *lane = lane_open(options, &error);
    bool ok = lane != NULL;
    const double start = bench_seconds();
    for (uint64_t i = 0; i < trace_count(trace) && ok; i++) {
        struct trace_event event;
        struct lane_result result;
        trace_get(trace, i, &event);
        ok = lane_apply(lane, &event, &result);
    }
    *seconds = bench_seconds() - start;
    lane_close(lane);
    return ok;
}

static int compare_doubles(const void *a, const void *b)
{
    const double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

/* The same jumps in every round, and the best time of each. */
static bool seek_around(const struct bench_plan *plan, struct session *session, struct figures *figures)
{
    double milliseconds[SEEKS];
    const int seeks = plan->quick ? QUICK_SEEKS : SEEKS;
    for (uint32_t round = 0; round < plan->rounds && round < MOST_ROUNDS; round++) {
        uint64_t seed = 5;
        for (int i = 0; i < seeks; i++) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            const uint64_t target = (seed >> 20) % (session_length(session) + 1);
            const double start = bench_seconds();
            if (!session_seek(session, target)) {
                return false;
            }
            const double took = (bench_seconds() - start) * 1e3;
            milliseconds[i] = round == 0 ? took : fmin(milliseconds[i], took);
        }
    }
    qsort(milliseconds, (size_t)seeks, sizeof milliseconds[0], compare_doubles);
    figures->p50_ms = milliseconds[seeks / 2];
    figures->p99_ms = milliseconds[seeks * 99 / 100];
    return true;
}

static void add_rows(const struct bench_plan *plan, const struct bench_group *group, struct bench_report *report, uint32_t heap_bytes,
                     const struct figures *figures)
{
    char heap[32];
    (void)spec_format_bytes(heap_bytes, heap, sizeof heap);
    struct bench_row *row = bench_add(report, group, "ms", "seek, %s heap, 99th percentile", heap);
    row->value = figures->p99_ms;
    row->goal_kind = heap_bytes <= 64u << 20 ? BENCH_AT_MOST : BENCH_NO_GOAL;
    row->goal = heap_bytes <= 1u << 20 ? 16 : 100;
    bench_peer(row, figures->bare_seconds * 1e3 / 2, "half of the run again");
    if (plan->seek_events != GOAL_EVENTS) {
        bench_note(row, "%" PRIu64 " events; the goal is one for 10 million", plan->seek_events);
    }
    row = bench_add(report, group, "ms", "seek, %s heap, median", heap);
    row->value = figures->p50_ms;
    bench_peer(row, figures->bare_seconds * 1e3 / 2, "half of the run again");
    row = bench_add(report, group, "MiB", "keyframes, %s heap", heap);
    row->value = (double)figures->keyframes.bytes / 1048576;
    row->goal_kind = BENCH_AT_MOST;
    row->goal = (double)figures->keyframes.budget / 1048576;
    bench_peer(row, (double)figures->keyframes.whole_bytes / 1048576, "as whole copies");
    row = bench_add(report, group, "s", "the run that makes them, %s heap", heap);
    row->value = figures->whole_seconds;
    bench_peer(row, figures->bare_seconds, "without keyframes");
}

static bool measure(const struct bench_plan *plan, const struct bench_group *group, struct bench_report *report, uint32_t heap_bytes)
{
    const struct lane_options options = {.policy = heap_policy_find("tlsf"), .heap_bytes = heap_bytes};
    struct figures figures = {0};
    int error = HEAP_OK;
    bench_tell(plan, "seeking in %" PRIu32 " KiB: making %" PRIu64 " events", heap_bytes >> 10, plan->seek_events);
    struct trace *trace = bench_workload_trace(plan->seek_events, heap_bytes);
    struct session *session = trace == NULL ? NULL : session_open(trace, 0);
    bool ok = session != NULL && session_add_lane(session, &options, &error) == 0;
    bench_tell(plan, "seeking in %" PRIu32 " KiB: running", heap_bytes >> 10);
    ok = ok && run_without_keyframes(trace, &options, &figures.bare_seconds);
    if (ok) {
        const double start = bench_seconds();
        ok = session_seek(session, UINT64_MAX);
        figures.whole_seconds = bench_seconds() - start;
        bench_tell(plan, "seeking in %" PRIu32 " KiB: jumping", heap_bytes >> 10);
        figures.keyframes = session_keyframes(session);
        ok = ok && seek_around(plan, session, &figures);
    }
    if (ok) {
        add_rows(plan, group, report, heap_bytes, &figures);
    }
    session_close(session);
    trace_free(trace);
    return ok;
}

void bench_run_seek(const struct bench_plan *plan, const struct bench_group *group, struct bench_report *report)
{
    static const uint32_t usual[] = {1u << 20, 64u << 20};
    const size_t count = plan->heap_bytes != 0 ? 1 : sizeof usual / sizeof usual[0];
    for (size_t i = 0; i < count; i++) {
        const uint32_t heap_bytes = plan->heap_bytes != 0 ? plan->heap_bytes : usual[i];
        if (!measure(plan, group, report, heap_bytes)) {
            bench_note(bench_add(report, group, "ms", "seek, %" PRIu32 " B heap", heap_bytes), "no memory, or too small a heap");
        }
    }
}
