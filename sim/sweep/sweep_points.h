/* sweep_points.h: the points of a sweep: one for each trace x policy x size, in that order; and the line that says which sweep a file of
 * results belongs to.
 *
 * A point's key is a 64-bit hash (FNV-1a) of what its result depends on: the trace's content, the policy's canonical text, the heap's
 * size in bytes (or "min"), and the options. Names of files and times do not count, so a point has the same key on every machine. Sizes that
 * come to the same bytes on a trace are one point, and so are traces of the same content. */
#ifndef HEAPLAB_SIM_SWEEP_POINTS_H
#define HEAPLAB_SIM_SWEEP_POINTS_H

#include <stdio.h>

#include "sweep_plan.h"
#include "trace.h"

#define SWEEP_VERSION 1

struct sweep_trace {
    char *path;    /* as results name it */
    uint64_t hash; /* sweep_hash_trace */
    uint64_t events, peak_payload_bytes;
};

struct sweep_point {
    uint64_t key, group; /* group: the same for all sizes of a trace and policy */
    uint32_t trace, policy, size; /* indices */
    uint32_t heap_bytes;          /* 0: "min" */
};

struct sweep_points {
    struct sweep_trace *traces;
    char (*policies)[SPEC_TEXT];
    struct sweep_size *sizes;
    size_t trace_count, policy_count, size_count;
    bool min_heap, safe_heap, lenient;
    uint32_t arena_base;
    char *program; /* name and version: other versions may give other results */

    struct sweep_point *items;
    size_t count;
    uint32_t *table; /* hash table of keys: index + 1 */
    size_t table_mask;
};

/* The content of a trace, as far as a run can depend on it: the same in every encoding. O(events). */
uint64_t sweep_hash_trace(const struct trace *trace);

/* Takes the axes of a plan; the caller then fills in traces[].hash, events, peak_payload_bytes and calls sweep_points_make. */
bool sweep_points_of_plan(struct sweep_points *points, const struct sweep_plan *plan, const char *program, struct sweep_error *error);
bool sweep_points_make(struct sweep_points *points, struct sweep_error *error);

/* The first line of a results file; malloc'ed, ends with a newline; NULL without memory. */
char *sweep_points_header(const struct sweep_points *points);

/* The points again, from such a line. `path` is for messages. */
bool sweep_points_of_header(struct sweep_points *points, const char *line, const char *path, struct sweep_error *error);

/* "sizes: found …, expected …": the first member in which two such lines differ. */
void sweep_header_difference(const char *found, const char *expected, char *text, size_t size);

#define SWEEP_NO_POINT SIZE_MAX
size_t sweep_point_find(const struct sweep_points *points, uint64_t key); /* its index, or SWEEP_NO_POINT; O(1) */

/* Is the point part of shard `shard` (1 … shards)? By its key; where smallest heaps are looked for, by trace and policy, so that no two shards
 * do the same search. */
bool sweep_point_in_shard(const struct sweep_points *points, size_t index, uint32_t shard, uint32_t shards);

/* Are there smallest heaps to be looked for, for this point or, as members of every point, for all? */
bool sweep_searches(const struct sweep_points *points);

void sweep_points_free(struct sweep_points *points);

/* ---- lines ---- */

/* Writes text as a JSON string. */
void sweep_put_string(FILE *to, const char *text);

/* Ends a line whose text is complete but for the closing brace: appends its CRC-32, brace and newline. Returns the longer text
 * (realloc'ed), or NULL, and the text is gone. */
char *sweep_line_seal(char *line);

/* Is this a whole line (with its newline) whose CRC-32 fits? */
bool sweep_line_is_sound(const char *line, size_t length);

#endif
