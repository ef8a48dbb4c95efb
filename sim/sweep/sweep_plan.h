/* sweep_plan.h: what a sweep is to run: traces x policies x parameters x sizes, from a small JSON file or from options.
 *
 * The file's members are described in docs/SWEEP.md. Reading is strict: unknown and double members, wrong types, unknown policies,
 * parameters and metrics, and patterns that no file fits are errors with file, line, member, what was found and what was expected. */
#ifndef HEAPLAB_SIM_SWEEP_PLAN_H
#define HEAPLAB_SIM_SWEEP_PLAN_H

#include "scores.h"
#include "spec.h"
#include "sweep_error.h"

enum sweep_size_kind {
    SWEEP_SIZE_BYTES,
    SWEEP_SIZE_TIMES,   /* "1.25x": times the trace's peak payload, rounded up to 8 bytes */
    SWEEP_SIZE_DEFAULT, /* "default": as of the other commands */
    SWEEP_SIZE_MIN      /* "min": the smallest heap that serves the trace */
};

struct sweep_size {
    enum sweep_size_kind kind;
    uint64_t bytes;
    double times;
    char text[32]; /* its one spelling: equal sizes are equal texts */
};

/* "64K", "65536", "1.25x", "default", "min". False if it is none of them or no heap can have that size. */
bool sweep_size_parse(const char *text, struct sweep_size *size);

/* The heap for a trace with this peak payload; 0 for "min"; UINT64_MAX where it is larger than any heap. */
uint64_t sweep_size_resolve(const struct sweep_size *size, uint64_t peak_payload_bytes);

#define SWEEP_SIZE_EXPECTED "64K, 65536, 1.25x (of the peak payload), min (the smallest heap) or default"

struct sweep_plan_trace {
    char *path; /* as results name it: relative to the plan's folder, where the plan says so */
    char *file; /* as it is opened */
};

struct sweep_plan {
    struct sweep_plan_trace *traces;
    struct spec *specs;
    struct sweep_size *sizes;
    size_t trace_count, spec_count, size_count;
    size_t metrics[SCORES_ROOM], metric_count; /* the columns of table and CSV; 0: the usual ones */
    bool min_heap, safe_heap, lenient;
    uint32_t arena_base; /* 0: the default */
};

/* Reads a plan file. False: *error says why. What was read must be freed either way. */
bool sweep_plan_read(struct sweep_plan *plan, const char *path, struct sweep_error *error);

/* The same by parts, for options. A path is added once, a policy's canonical text once, a size once. A folder (may be "") is put before a
 * relative path; if `patterns`, then * ? [ ] of a path that is no file's name stand for the files that fit, in the order of their names. */
bool sweep_plan_add_trace(struct sweep_plan *plan, const char *folder, const char *path, bool patterns, struct sweep_error *error);
bool sweep_plan_add_policies(struct sweep_plan *plan, const char *text, struct sweep_error *error);
bool sweep_plan_add_sizes(struct sweep_plan *plan, const char *text, struct sweep_error *error);   /* several by commas */
bool sweep_plan_add_metrics(struct sweep_plan *plan, const char *text, struct sweep_error *error); /* several by commas */

/* Fills in what was left out (sizes: "default"); false where traces or policies are missing. */
bool sweep_plan_complete(struct sweep_plan *plan, struct sweep_error *error);

void sweep_plan_free(struct sweep_plan *plan);

/* Is one of the policies a faithful replica? Then the traces are read with zero_keeps, as the other commands do. */
bool sweep_plan_any_faithful(const struct sweep_plan *plan);

#endif
