/* benchmark_trace.c: see benchmark_trace.h. */
#include "benchmark_trace.h"

#include <stdlib.h>

static uint32_t draw_number(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

static bool put(struct trace *trace, enum trace_op op, uint64_t id, uint64_t size)
{
    struct trace_event event = trace_event_make(op, id, size);
    return trace_append(trace, &event) == 0;
}

/* Fills the heap, then lets one block die and another come, at random places. */
static bool put_events(struct trace *trace, const struct benchmark_load *load, uint64_t *live)
{
    uint64_t state = 1, next = 1;
    bool ok = true;
    for (uint32_t i = 0; i < load->events && ok; i++) {
        bool fills = i < load->live;
        uint32_t which = fills ? i : draw_number(&state) % load->live;
        if (!fills && live[which] != 0 && (i - load->live) % 2 == 0) {
            ok = put(trace, TRACE_FREE, live[which], 0);
            live[which] = live[load->live - 1]; /* the hole moves to the end, where the next event fills it */
            live[load->live - 1] = 0;
        } else {
            live[fills ? i : load->live - 1] = next;
            ok = put(trace, TRACE_ALLOC, next++, load->least + draw_number(&state) % (load->most - load->least + 1));
        }
    }
    return ok;
}

struct trace *benchmark_trace(const struct benchmark_load *load)
{
    struct trace *trace = trace_new("benchmark");
    uint64_t *live = calloc(load->live, sizeof *live);
    bool ok = trace && live && put_events(trace, load, live);
    free(live);
    if (!ok) {
        trace_free(trace);
        return NULL;
    }
    return trace;
}

bool benchmark_trace_write(const struct trace *trace, const char *path)
{
    enum trace_encoding encoding;
    struct trace_error error;
    struct trace_event event;
    bool gzip, ok = trace_encoding_of_name(path, &encoding, &gzip);
    struct trace_writer *writer = ok ? trace_writer_open(path, encoding, gzip, trace_header_of(trace), &error) : NULL;
    if (!writer) {
        return false;
    }
    for (uint64_t i = 0; i < trace_count(trace) && ok; i++) {
        trace_get(trace, i, &event);
        ok = trace_writer_put(writer, &event) == 0;
    }
    return trace_writer_close(writer, &error) == 0 && ok;
}
