/* session.h: a trace, one or more lanes that run it side by side, and time travel.
 *
 * A session stands at a position: the number of events done, 0 … session_length. Every lane stands there. Commands, viewer, tests
 * and benches drive the same calls; the session knows no window, prints nothing and has no globals, so sessions are independent
 * (one thread a session).
 *
 * Seeking goes to the nearest keyframe at or before the target and steps on. Keyframes are made while events run forward, every
 * `interval` events, where the session has not been yet: a first seek to the far end runs the whole trace. A keyframe keeps what
 * differs from an earlier one (pages.h). When they outgrow their budget, or making them would take too long beside the events
 * between them, every second one is dropped and the interval doubles. Keyframes change how long a seek takes, never where it ends. */
#ifndef HEAPLAB_SIM_SESSION_H
#define HEAPLAB_SIM_SESSION_H

#include "lane.h"
#include "layout.h"

#define SESSION_MAX_LANES 4

/* One lane's past as columns over event numbers: value [i] is after i + 1 events. NULL until session_record_history. */
struct session_history {
    uint64_t count;
    uint32_t *payload, *block, *in_use, *free, *largest_free, *steps; /* bytes; visits */
    uint32_t *off;            /* the payload placed by the event; HISTORY_NONE, HISTORY_FAILED */
    struct session_life *lives; /* where blocks lay and when, in order of `from` */
    uint64_t life_count;
    uint64_t *failures;       /* positions right after failed requests */
    uint64_t failure_count;
};

#define HISTORY_NONE UINT32_MAX
#define HISTORY_FAILED (UINT32_MAX - 1)

/* A block in one place: from its allocation (or the realloc that put it there) to its end (or the realloc that changed it). */
struct session_life {
    heap_off off;          /* of the whole block */
    uint32_t bytes, requested;
    uint64_t from, to;     /* positions: it exists after `from` events and no longer after `to`; UINT64_MAX = to the end */
    uint64_t born, died;   /* of the allocation itself, over all its places; UINT64_MAX = never freed */
};

struct session;

/* The keyframes hold at most the budget (0 = 256 MiB), and one more while it is made; the first one, of position 0, is always kept.
 * NULL without memory. The trace must outlive the session. */
struct session *session_open(const struct trace *trace, size_t keyframe_budget_bytes);
void session_close(struct session *session);

/* Adds a lane; the session goes back to position 0. Its index, or -1: *error is HEAP_E_* or HEAP_OK (no memory). */
int session_add_lane(struct session *session, const struct lane_options *options, int *error);

/* Puts another policy or heap in a lane's place, at the same position. 0, or -1 and the old lane stays. */
int session_replace_lane(struct session *session, int index, const struct lane_options *options, int *error);

int session_lane_count(const struct session *session);
struct lane *session_lane(struct session *session, int index);
const struct trace *session_trace(const struct session *session);
uint64_t session_length(const struct session *session);
uint64_t session_position(const struct session *session);

/* One event on every lane. False at the end, or without memory: then session_out_of_memory, for good, because the lanes may stand
 * at different events. */
bool session_step(struct session *session);

/* To any position, forward or backward. Positions beyond the end mean the end. False without memory. Where the session has been,
 * O(arena + interval). */
bool session_seek(struct session *session, uint64_t position);

/* The same in parts: goes on for about `work` events (a long search counts for several), then returns where it stands; called again with
 * the same position it goes on. Getting to a keyframe counts for nothing. */
bool session_seek_some(struct session *session, uint64_t position, uint64_t work);

/* Steps until `stop` says so (asked after each event) or the end. True if it stopped. */
bool session_run_until(struct session *session, bool (*stop)(void *ctx, struct session *session), void *ctx);

const struct lane_result *session_last_result(const struct session *session, int lane); /* of the last event run */
bool session_out_of_memory(const struct session *session);

/* What is kept for seeking now. */
struct session_keyframes {
    size_t count;
    uint64_t interval;          /* events from one to the next */
    size_t bytes, budget;       /* memory that they hold, and may hold */
    size_t whole_bytes;         /* what they would hold if none shared anything with another */
};
struct session_keyframes session_keyframes(const struct session *session);

/* Runs the whole trace once and keeps every lane's past; the position is restored. `progress` (may be NULL) is asked now and
 * then; false cancels: what is known so far is kept, and count says how far. False without memory. */
bool session_record_history(struct session *session, bool (*progress)(void *ctx, uint64_t done, uint64_t all), void *ctx);
const struct session_history *session_history(const struct session *session, int lane);

/* The first event (position after it) at which two lanes placed a block differently; 0 = never. Needs both histories. */
uint64_t session_divergence(const struct session *session, int a, int b);

/* Shortcuts to a lane's state. */
bool lane_spans(struct lane *lane, struct layout *layout);         /* layout_read */
const struct metrics_run *lane_metrics(const struct lane *lane);   /* lane_run */

#endif
