/* bench_workload.c: the made program (bench_internal.h): a stream of allocations and frees out of a seed. */
#include "bench_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { YOUNG = 64 };

const char bench_workload_header[] =
    "{\"format\":\"heaplab-trace\",\"version\":1,\"meta\":{\"name\":\"made workload\",\"time_unit\":\"us\"},\"sites\":[\"a\",\"b\",\"c\",\"d\"]}\n";

struct live {
    uint64_t id;
    uint32_t bytes;
};

struct bench_workload {
    struct live *live; /* the youngest last, more or less: a dead one's place is taken by the last */
    size_t count, room;
    uint64_t bytes, target, next_id, t, seed;
    uint32_t doublings; /* the largest size is 16 << this */
};

static uint64_t next_random(struct bench_workload *workload)
{
    workload->seed = workload->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return workload->seed >> 33;
}

struct bench_workload *bench_workload_new(uint32_t heap_bytes)
{
    struct bench_workload *workload = calloc(1, sizeof *workload);
    if (workload != NULL) {
        *workload = (struct bench_workload){.target = heap_bytes / 10 * UINT64_C(7), .next_id = 1, .seed = 7, .doublings = 1};
        while (workload->doublings < 10 && (UINT64_C(16) << (workload->doublings + 1)) <= heap_bytes / 512) {
            workload->doublings++;
        }
    }
    return workload;
}

void bench_workload_free(struct bench_workload *workload)
{
    if (workload != NULL) {
        free(workload->live);
        free(workload);
    }
}

static bool make_alloc(struct bench_workload *workload, struct trace_event *event)
{
    if (workload->count == workload->room) {
        const size_t room = workload->room * 2 + 1024;
        struct live *live = realloc(workload->live, room * sizeof *live);
        if (live == NULL) {
            return false;
        }
        workload->live = live;
        workload->room = room;
    }
    const uint64_t base = UINT64_C(16) << next_random(workload) % workload->doublings;
    const struct live block = {workload->next_id++, (uint32_t)(base + next_random(workload) % base)};
    workload->live[workload->count++] = block;
    workload->bytes += block.bytes;
    *event = trace_event_make(TRACE_ALLOC, block.id, block.bytes);
    event->site = (uint32_t)(block.bytes % 4);
    return true;
}

static void make_free(struct bench_workload *workload, struct trace_event *event)
{
    const size_t young = workload->count < YOUNG ? workload->count : YOUNG;
    const bool dies_young = next_random(workload) % 4 != 0;
    const uint64_t dice = next_random(workload);
    struct live *block = &workload->live[dies_young ? workload->count - 1 - dice % young : dice % workload->count];
    *event = trace_event_make(TRACE_FREE, block->id, 0);
    workload->bytes -= block->bytes;
    *block = workload->live[--workload->count];
}

bool bench_workload_next(struct bench_workload *workload, struct trace_event *event)
{
    const bool grows = workload->count == 0 || next_random(workload) % 8 < (workload->bytes < workload->target ? 5 : 3);
    if (!grows) {
        make_free(workload, event);
    } else if (!make_alloc(workload, event)) {
        return false;
    }
    event->t = workload->t += next_random(workload) % 7;
    return true;
}

size_t bench_workload_line(const struct trace_event *event, char *line)
{
    static const char freed[] = "{\"op\":\"free\",\"id\":%" PRIu64 ",\"t\":%" PRIu64 "}\n";
    static const char allocated[] = "{\"op\":\"alloc\",\"id\":%" PRIu64 ",\"size\":%" PRIu64 ",\"t\":%" PRIu64 ",\"site\":%" PRIu32 "}\n";
    const int length = event->op == TRACE_FREE ? snprintf(line, 128, freed, event->id, event->t)
                                               : snprintf(line, 128, allocated, event->id, event->size, event->t, event->site);
    return (size_t)length;
}

struct trace *bench_workload_trace(uint64_t events, uint32_t heap_bytes)
{
    struct bench_workload *workload = bench_workload_new(heap_bytes);
    struct trace_header *header = trace_header_new("made workload", NULL, NULL, "us", 0);
    bool ok = workload != NULL && header != NULL;
    for (char site[] = "a"; site[0] <= 'd'; site[0]++) {
        ok = ok && trace_header_add_site(header, site) != TRACE_NO_SITE;
    }
    struct trace *trace = ok ? trace_new_like(header) : NULL;
    ok = trace != NULL;
    for (uint64_t i = 0; i < events && ok; i++) {
        struct trace_event event;
        ok = bench_workload_next(workload, &event) && trace_append(trace, &event) == 0;
    }
    if (!ok) {
        trace_free(trace);
        trace = NULL;
    }
    trace_header_free(header);
    bench_workload_free(workload);
    return trace;
}
