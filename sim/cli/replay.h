/* replay.h: what the replay of one heap (cmd_replay.c) and that of all of a trace's heaps (replay_heaps.c) share. */
#ifndef HEAPLAB_CLI_REPLAY_H
#define HEAPLAB_CLI_REPLAY_H

#include "assertions.h"
#include "cli.h"

#define REPLAY_MOST_OVERRIDES 64

/* "--heap NAME=POLICY@SIZE" */
struct replay_override {
    char name[128];          /* or an index */
    uint32_t heap;           /* which that is in the trace */
    const char *text;        /* as written */
    struct spec_list specs;  /* one, or none: as without */
    uint32_t heap_bytes;     /* 0: as without */
};

struct replay {
    const char *path, *offsets_path, *events_path;
    struct spec_list specs;
    struct assertion_list conditions;
    uint32_t heap_bytes;
    struct lane_region regions[LANE_MAX_REGIONS];
    uint32_t region_count;
    uint32_t arena_base;
    bool digest_only, json, strict, native;
    bool as_recorded;        /* neither policy nor size nor address was given: a pool is a pool, also alone */
    bool once;               /* the trace cannot be read twice */
    struct cli_input input;
    struct replay_override *overrides; /* by heap */
    uint32_t override_count;
};

/* Takes "NAME=POLICY[@SIZE]": -1: go on; else the exit code. */
int replay_take_override(struct replay *replay, const char *text);
void replay_end_overrides(struct replay *replay);

/* Every heap of the trace on its own. `reader`: at its first event, with its whole header, or NULL: opens the trace itself. It is closed. */
int replay_heaps(struct replay *replay, struct trace_reader *reader);

/* ---- replay_outputs.c ---- */

/* The CSV of --events. `heap`: the last column; NULL: there is none. A mark of several heaps has no numbers (`lane` NULL). */
void replay_events_begin(FILE *file, bool heaps);
void replay_events_put(FILE *file, uint64_t number, const struct lane *lane, const struct trace_event *event, const struct lane_result *result,
                       const char *heap);

/* What is said of the run beside its result: anomalies, what an import lost, which part was read. */
void replay_print_notes(const struct replay *replay, struct trace_reader *reader, bool complete);

double replay_seconds_now(void);

#endif
