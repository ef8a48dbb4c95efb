/* source.h: fills a model from a trace and a session. The only part of the viewer that knows the simulator. */
#ifndef HEAPLAB_VIZ_SOURCE_H
#define HEAPLAB_VIZ_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct model;
struct trace;
struct trace_selection;
struct source;

/* Called now and then while a trace is read or run; the model says how far. False: stop here; what is known stays usable. */
typedef bool (*source_progress_fn)(void *ctx, const struct model *model);

struct source_options {
    const char *policy;       /* as on a command line: NAME[:key=value…]; NULL: tlsf */
    uint32_t heap_bytes;      /* 0: 1.25 x the peak payload, rounded up to 4 KiB */
    uint64_t arena_base;      /* address of offset 0 */
    source_progress_fn progress;
    void *progress_ctx;
};

struct source *source_new(const struct source_options *options); /* an empty model; NULL without memory */
void source_free(struct source *source);

/* Reads a trace, or of it what `selection` says (NULL: all), and runs it, from event 0. False: the model is in the error state, and
 * source_exit_code says what a command returns. True with an exit code: the trace is damaged, and what can be read of it is
 * shown; model.detail says where. */
bool source_load(struct source *source, const char *path, const struct trace_selection *selection);

/* The same with a trace in memory, which the source then owns. */
bool source_take(struct source *source, struct trace *trace);

/* To any event. False without memory. */
bool source_seek(struct source *source, uint32_t event);

/* Runs the trace again with the policy of that index in model.policy_names, at the same event. False: the old run stays, and `why` says why. */
bool source_set_policy(struct source *source, uint32_t policy, char *why, size_t why_size);

/* "events 1,000 … 2,000 of lua.jsonl.gz, …": which part was read. False: all of it. */
bool source_selected(const struct source *source, const char *path, char *text, size_t size);

const struct model *source_model(const struct source *source);
int source_exit_code(const struct source *source); /* 0, 2 (policy), 3 (trace), 4 (memory, limits) */

/* The allocation that event `event` made, changed or (`*frees`) ended: its id, or 0. */
uint64_t source_event_id(const struct source *source, uint32_t event, bool *frees);

#endif
