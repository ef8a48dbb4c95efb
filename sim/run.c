/* run.c: see run.h. */
#include "run.h"

struct lane *run_trace(const struct trace *trace, const struct lane_options *options, const struct run_watch *watch, int *error)
{
    struct lane *lane = lane_open(options, error);
    if (lane == NULL) {
        return NULL;
    }
    const uint64_t count = trace_count(trace);
    bool ok = lane_take_threads(lane, trace_header_of(trace)), wanted = true;
    for (uint64_t i = 0; i < count && ok && wanted; i++) {
        struct trace_event event;
        struct lane_result result;
        trace_get(trace, i, &event);
        ok = lane_apply(lane, &event, &result);
        wanted = !ok || watch == NULL || watch->event(watch->ctx, lane, i, &event, &result);
    }
    ok = ok && (!wanted || lane_finish(lane));
    if (!ok) {
        lane_close(lane);
        *error = HEAP_OK;
        return NULL;
    }
    return lane;
}
