/* bench_internal.h: what the groups share: rows, turns, made workloads, subjects as files. */
#ifndef HEAPLAB_SIM_BENCH_INTERNAL_H
#define HEAPLAB_SIM_BENCH_INTERNAL_H

#include "bench.h"

/* The groups; each adds its rows to the report. */
void bench_run_json(const struct bench_plan *plan, const struct bench_group *group, struct bench_report *report);
void bench_run_hlt(const struct bench_plan *plan, const struct bench_group *group, struct bench_report *report);
void bench_run_stream(const struct bench_plan *plan, const struct bench_group *group, struct bench_report *report);
void bench_run_replay(const struct bench_plan *plan, const struct bench_group *group, struct bench_report *report);
void bench_run_seek(const struct bench_plan *plan, const struct bench_group *group, struct bench_report *report);
void bench_run_questions(const struct bench_plan *plan, const struct bench_group *group, struct bench_report *report);
void bench_run_sweep(const struct bench_plan *plan, const struct bench_group *group, struct bench_report *report);
void bench_run_board(const struct bench_plan *plan, const struct bench_group *group, struct bench_report *report);

/* ---- rows ---- */

/* A new row without peer, goal and value. Never NULL: without memory one that is thrown away, and the report remembers. */
struct bench_row *bench_add(struct bench_report *report, const struct bench_group *group, const char *unit, const char *what, ...)
    __attribute__((format(printf, 4, 5)));
void bench_peer(struct bench_row *row, double value, const char *name, ...) __attribute__((format(printf, 3, 4)));
void bench_note(struct bench_row *row, const char *format, ...) __attribute__((format(printf, 2, 3)));
void bench_tell(const struct bench_plan *plan, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- turns ---- */

/* Seconds of a core that this process had: what runs in here is timed with it, so that a program that runs beside does no harm but to
 * caches. Whole commands are timed by the clock on the wall, because a user waits for that. */
double bench_seconds(void);
double bench_wall_seconds(void);

/* One thing to be timed: `pass` returns the seconds that it took (bench_seconds or bench_wall_seconds), or NAN where it cannot be done. */
struct bench_turn {
    double (*pass)(void *ctx);
    void *ctx;
    double best; /* NAN after a failure */
};

/* plan->rounds times: each of the turns, as often as fits into a twentieth of a second and at least once. */
void bench_take_turns(const struct bench_plan *plan, const char *what, struct bench_turn *turns, size_t count);

/* ---- made workloads ---- */

/* An endless program: sizes spread evenly over their logarithm, from 16 B to a 512th of the heap (16 KiB at most); a live set of about
 * 70 % of the heap; three blocks in four die young, the others at random, so that in the end every page of the heap has been written
 * to. The same events for the same heap on every machine. */
struct bench_workload;
struct bench_workload *bench_workload_new(uint32_t heap_bytes); /* NULL without memory */
void bench_workload_free(struct bench_workload *workload);
bool bench_workload_next(struct bench_workload *workload, struct trace_event *event); /* false without memory */

extern const char bench_workload_header[]; /* the first line of such a program's JSONL */

/* The event as a line of JSONL; its length. At least 128 bytes. */
size_t bench_workload_line(const struct trace_event *event, char *line);

/* The first `events` of it in memory; NULL without. */
struct trace *bench_workload_trace(uint64_t events, uint32_t heap_bytes);

#define BENCH_WORKLOAD_HEAP (1u << 20)

/* ---- subjects ---- */

/* The plan's traces, or the made workload with `events` events (`quick_events` where the plan is quick). False without memory. */
struct bench_material {
    const struct bench_subject *subjects;
    size_t count;
    struct bench_subject made;
};
bool bench_material_make(const struct bench_plan *plan, uint64_t events, uint64_t quick_events, struct bench_material *material);
void bench_material_free(struct bench_material *material);

/* "made workload", "lua.jsonl.gz", "12 traces"; returns buffer. */
const char *bench_material_name(const struct bench_material *material, char *buffer, size_t size);
const char *bench_subject_name(const struct bench_subject *subject);

/* A folder of one's own for temporary files; false: there is no room. */
bool bench_directory(char *path, size_t size);

/* The trace as a file in one of its encodings that has no name any more, so that nothing can be left behind: a descriptor, which children
 * inherit and may open as /dev/fd/N. A trace of fewer than `least` events is repeated behind itself, each time with ids of its own and
 * what lives at its end freed, so that a short one says something of a long one. -1 on failure. */
int bench_subject_file(const struct bench_subject *subject, enum trace_encoding encoding, uint64_t least);

/* What such a file holds, in memory (free it); NULL on failure. */
char *bench_file_text(int file, size_t *bytes);

/* ---- other people's JSON readers, over the same text; false: it does not take it ---- */
extern const bool bench_yajl_built;
bool bench_parse_yajl(const char *text, size_t bytes);  /* many documents; every token goes to a callback that does nothing */
bool bench_parse_cjson(const char *text, size_t bytes); /* one document, as a tree; and the tree freed */

#endif
