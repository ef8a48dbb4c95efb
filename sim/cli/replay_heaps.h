/* replay_heaps.h: the run of a trace's heaps (replay_heaps.c), and what becomes of it (replay_heaps_output.c). */
#ifndef HEAPLAB_CLI_REPLAY_HEAPS_H
#define HEAPLAB_CLI_REPLAY_HEAPS_H

#include "heaps.h"
#include "replay.h"
#include "report.h"
#include "vector_queue.h"

/* How one heap is run. */
struct heap_plan {
    const char *name;
    char name_text[REPORT_NAME];
    struct spec spec;    /* with its size */
    char note[128];      /* how that came about; "": as asked */
    bool used;           /* false: no event is for it */
};

/* The run. */
struct heaps_run {
    struct replay *replay;
    struct trace_reader *reader;
    struct heap_plan *plans; /* by heap */
    uint32_t count;
    struct heaps *heaps;
    uint64_t events;
    double seconds;
};

/* The streams beside the run. */
struct heaps_outputs {
    struct cli_output offsets, events;
    struct vector_queue *entries; /* by heap */
    uint32_t *order;              /* whose entry comes next: order[first … count) */
    size_t first, order_count, order_room;
    uint64_t written;
    bool has_offsets, has_events;
};

bool heaps_outputs_open(struct heaps_outputs *outputs, const struct heaps_run *run); /* false after printing why */
bool heaps_outputs_put(struct heaps_outputs *outputs, const struct heaps_run *run, const struct trace_event *event, const struct lane_result *result);
bool heaps_outputs_close(struct heaps_outputs *outputs, const struct heaps_run *run, bool keep); /* false after printing why */

/* Prints it as it was asked for; the exit code. */
int heaps_print(const struct heaps_run *run);

#endif
