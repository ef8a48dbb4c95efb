/* source.h: fills models from a trace and a session, one model a lane. With source_*.c the only part of the viewer that knows the
 * simulator.
 *
 * Reading a trace and running it are jobs (source_job.h). With options.background a job runs on a thread of its own, the old picture
 * stays usable, and source_poll, called between frames, hands the new run over; without it every call does all its work before it
 * returns, so that pictures without a window are the same every time. Everything else is the calling thread's: the worker owns what it
 * makes until it is handed over.
 */
#ifndef HEAPLAB_VIZ_SOURCE_H
#define HEAPLAB_VIZ_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model.h"

struct trace;
struct trace_selection;
struct source;

struct source_options {
    const char *policy;       /* as on a command line: NAME[:key=value…][,NAME…], one a lane; NULL: tlsf */
    uint32_t heap_bytes;      /* 0: 1.25 x the peak payload, rounded up to 4 KiB */
    uint64_t arena_base;      /* address of offset 0 */
    uint32_t more_heaps[MODEL_LANES - 1]; /* heap sizes of the lanes behind the first; 0: as the first's */
    int heap_count;           /* sizes given, 0 … 4; one policy with several sizes, or as many sizes as policies */
    bool background;
    uint32_t seek_work;       /* events that a seek in the background runs before the next picture; 0: less than a tenth of a second's */
};

struct source *source_new(const struct source_options *options); /* an empty model; NULL without memory */
void source_free(struct source *source);
const struct source_options *source_asked(const struct source *source);

/* Reads a trace, or of it what `selection` says (NULL: all; its texts must outlive the source), and runs it, from event 0. In the
 * background: true, and source_poll tells the rest. Else false: the model is in the error state, and source_exit_code says what a
 * command returns. True with an exit code: the trace is damaged, and what can be read of it is shown; model.detail says where. */
bool source_load(struct source *source, const char *path, const struct trace_selection *selection);

/* The same with a trace in memory, which the source then owns; never in the background. */
bool source_take(struct source *source, struct trace *trace);

/* To any event, on every lane. False without memory. In the background a long way is gone in parts, one at each source_poll: until the
 * end the models show the event where it began, and source_work tells of it. */
bool source_seek(struct source *source, uint32_t event);
uint32_t source_target(const struct source *source); /* the event where it stands, or where it is going */
bool source_shows_part(const struct source *source); /* the trace is still being read: what is shown is its beginning */

/* Which extra parts of the models are filled from now on (enum model_want, or-ed); fills them at the cursor. */
void source_want(struct source *source, uint32_t wants);

/* What-if: runs the trace again with one thing changed in one lane (or in all: SOURCE_ALL_LANES), at the same event. False: the old
 * run stays, and `why` says why. In the background: true, and source_poll tells the rest. */
#define SOURCE_ALL_LANES UINT32_MAX
enum source_what {
    SOURCE_POLICY /* index into model.policy_names */, SOURCE_HEAP_BYTES, SOURCE_ALIGNMENT, SOURCE_CHECKS,
    SOURCE_ADD_LANE,   /* behind the others, as `lane` but of the policy `value`, on heap_bytes (0: as large as the lane's) */
    SOURCE_REMOVE_LANE
};
struct source_change { enum source_what what; uint32_t lane, value, heap_bytes; };
bool source_change(struct source *source, const struct source_change *change, char *why, size_t why_size);

/* What has come of the work: once for each job that ended. OPENED: another trace stands there, or the first part of one that is still
 * being read (or an error); GREW: more of the same trace, or all, at the same event; CHANGED: the same trace, another run, or a seek
 * that took long is there; REFUSED: the old run stays, `why` says why. Takes a job's run over. Between frames. */
enum source_news { SOURCE_NOTHING, SOURCE_OPENED, SOURCE_GREW, SOURCE_CHANGED, SOURCE_REFUSED, SOURCE_CANCELLED };
enum source_news source_poll(struct source *source, char *why, size_t why_size);

/* The work that is under way behind a picture, or NULL. */
struct source_work { char what[160]; uint64_t done, all; bool load; };
const struct source_work *source_work(const struct source *source);
bool source_busy(const struct source *source); /* a job or a seek is under way, whether a picture stands or not */

/* Stops the work: a load shows what was read, a what-if changes nothing, a seek ends where it has got to. Returns at once; source_poll tells when. */
void source_cancel(struct source *source);

/* "events 1,000 … 2,000 of lua.jsonl.gz, …": which part was read. False: all of it. */
bool source_selected(const struct source *source, const char *path, char *text, size_t size);

/* What of the trace was asked for, in the words of --from, --to and --heap, or NULL: of the one that is being read, where none stands. */
struct source_selection { const char *from, *to, *heap; };
struct source_selection source_selection(const struct source *source);

const struct model *source_model(const struct source *source); /* the first of source_lane_count models in a row */
int source_lane_count(const struct source *source);            /* at least 1 */
const struct model *source_lane(const struct source *source, uint32_t lane);
int source_exit_code(const struct source *source); /* 0, 2 (policy), 3 (trace), 4 (memory, limits) */

/* The allocation that event `event` made, changed or (`*frees`) ended: its id, or 0. */
uint64_t source_event_id(const struct source *source, uint32_t event, bool *frees);

/* The first event at or behind time `t` (in the trace's unit; without times, the event's index). False: the trace ends before. O(log events). */
bool source_event_at_time(const struct source *source, uint64_t t, uint32_t *event);

#endif
