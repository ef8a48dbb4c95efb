/* session.c: positions, lanes in lockstep, keyframes. */
#include "session.h"

#include <stdlib.h>
#include <string.h>

#include "history.h"

#define DEFAULT_BUDGET ((size_t)256 << 20)
#define FIRST_INTERVAL 1024u
#define VISITS_AN_EVENT 16            /* that take as long as the rest of an event */
#define WORK_A_BYTE (double)(1 << 27) /* of a keyframe: the work between two is the cube root of this much a byte, or more */

struct keyframe {
    uint64_t position, steps; /* visits until then, of all lanes */
    struct lane_snapshot *lanes[SESSION_MAX_LANES];
};

struct session {
    const struct trace *trace;
    uint64_t position;
    int lane_count;
    struct lane *lanes[SESSION_MAX_LANES];
    struct lane_result results[SESSION_MAX_LANES];
    struct session_history histories[SESSION_MAX_LANES];
    struct keyframe *keyframes; /* by position */
    size_t keyframe_count, keyframe_room, keyframe_bytes, budget;
    uint64_t interval, next_keyframe; /* events; the position that one is due at */
    bool out_of_memory;
};

struct session *session_open(const struct trace *trace, size_t keyframe_budget_bytes)
{
    struct session *session = calloc(1, sizeof *session);
    if (session != NULL) {
        session->trace = trace;
        session->budget = keyframe_budget_bytes != 0 ? keyframe_budget_bytes : DEFAULT_BUDGET;
        session->interval = FIRST_INTERVAL;
    }
    return session;
}

/* ---- keyframes ---- */

static void drop_keyframe(struct keyframe *keyframe)
{
    for (int i = 0; i < SESSION_MAX_LANES; i++) {
        lane_snapshot_free(keyframe->lanes[i]);
    }
}

static void drop_keyframes(struct session *session)
{
    for (size_t i = 0; i < session->keyframe_count; i++) {
        drop_keyframe(&session->keyframes[i]);
    }
    session->keyframe_count = 0;
    session->interval = FIRST_INTERVAL;
    session->next_keyframe = 0;
}

/* The last keyframe at or before `position`, or NULL. */
static const struct keyframe *keyframe_before(const struct session *session, uint64_t position)
{
    size_t low = 0, high = session->keyframe_count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (session->keyframes[middle].position <= position) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low == 0 ? NULL : &session->keyframes[low - 1];
}

/* Memory that a keyframe of its own would hold, the mean of its lanes. */
static uint64_t lane_bytes(const struct session *session, const struct keyframe *keyframe)
{
    uint64_t bytes = 0;
    for (int i = 0; i < session->lane_count; i++) {
        bytes += lane_snapshot_bytes(keyframe->lanes[i]);
    }
    return bytes / (uint64_t)session->lane_count;
}

/* What running from one keyframe to the next takes, in events that search nothing; the mean of the lanes. Where searches are long,
 * they are what takes the time. */
static double work_between(const struct session *session, const struct keyframe *from, const struct keyframe *to)
{
    const uint64_t visits = (to->steps - from->steps) / (uint64_t)session->lane_count;
    return (double)(to->position - from->position) + (double)visits / VISITS_AN_EVENT;
}

/* More keyframes than memory is for, or than are worth the time: looking through `bytes` bytes for what changed takes as long as
 * running some number of events. The cube root is between what would keep the running quick (an interval in proportion to the
 * bytes) and what would keep the seeking quick (the same for every heap): 64 Ki events for 1 MiB, 256 Ki for 64 MiB. */
static bool too_many_keyframes(const struct session *session)
{
    const struct keyframe *last = &session->keyframes[session->keyframe_count - 1];
    const double bytes = (double)lane_bytes(session, last), work = work_between(session, last - 1, last);
    return session->keyframe_bytes > session->budget || work * work * work < bytes * WORK_A_BYTE;
}

/* Every second one goes, until the rest are few enough. Where they go for want of memory, room for more is made. */
static void thin_keyframes(struct session *session)
{
    while (session->keyframe_count > 1 && too_many_keyframes(session)) {
        size_t kept = 0;
        session->interval *= 2;
        for (size_t i = 0; i < session->keyframe_count; i++) {
            if (session->keyframes[i].position % session->interval == 0) {
                session->keyframes[kept++] = session->keyframes[i];
            } else {
                drop_keyframe(&session->keyframes[i]);
            }
        }
        session->keyframe_count = kept;
    }
}

static bool can_save(const struct session *session)
{
    bool can = session->lane_count != 0;
    for (int i = 0; i < session->lane_count; i++) {
        can = can && lane_has_image(session->lanes[i]);
    }
    return can;
}

/* The one that a new keyframe keeps its differences to: number n (of 0, 1, 2 …) to n without its lowest bit. An odd one is nobody's
 * base, so thinning drops what nobody needs; and what is kept of number n is at most as many differences deep as n has bits. */
static const struct keyframe *keyframe_like(const struct session *session)
{
    const uint64_t number = session->position / session->interval;
    return number == 0 ? NULL : keyframe_before(session, (number & (number - 1)) * session->interval);
}

/* Keyframes only make seeking faster: one that finds no memory is left out; so are all where a lane cannot be saved. */
static void make_keyframe(struct session *session)
{
    if (session->position % session->interval != 0 || !can_save(session)) {
        return;
    }
    const size_t count = session->keyframe_count;
    if (count == session->keyframe_room) {
        struct keyframe *keyframes = realloc(session->keyframes, (count * 2 + 16) * sizeof *keyframes);
        if (keyframes == NULL) {
            return;
        }
        session->keyframes = keyframes;
        session->keyframe_room = count * 2 + 16;
    }
    const struct keyframe *like = keyframe_like(session);
    struct keyframe keyframe = {.position = session->position};
    for (int i = 0; i < session->lane_count; i++) {
        keyframe.lanes[i] = lane_save(session->lanes[i], like == NULL ? NULL : like->lanes[i], &session->keyframe_bytes);
        if (keyframe.lanes[i] == NULL) {
            drop_keyframe(&keyframe);
            return;
        }
        keyframe.steps += lane_heap(session->lanes[i])->steps;
    }
    session->keyframes[session->keyframe_count++] = keyframe;
    thin_keyframes(session);
}

/* All that lie behind the last keyframe are new: positions before it have been passed already. */
static void keep_keyframes(struct session *session)
{
    if (session->position >= session->next_keyframe) {
        make_keyframe(session);
        session->next_keyframe = (session->position / session->interval + 1) * session->interval;
    }
}

/* ---- lanes ---- */

/* Where the beginning has no keyframe (a lane was replaced on the way, or there was no memory), they are made anew from there. */
static bool rewind_lanes(struct session *session)
{
    bool ok = true;
    if (session->keyframe_count == 0 || session->keyframes[0].position != 0) {
        drop_keyframes(session);
    }
    for (int i = 0; i < session->lane_count; i++) {
        ok = lane_restart(session->lanes[i]) == HEAP_OK && ok;
    }
    memset(session->results, 0, sizeof session->results);
    session->position = 0;
    session->out_of_memory = session->out_of_memory || !ok;
    return ok;
}

int session_add_lane(struct session *session, const struct lane_options *options, int *error)
{
    *error = HEAP_E_REGIONS;
    if (session->lane_count == SESSION_MAX_LANES) {
        return -1;
    }
    struct lane *lane = lane_open(options, error);
    if (lane == NULL) {
        return -1;
    }
    if (!lane_take_threads(lane, trace_header_of(session->trace))) {
        lane_close(lane);
        *error = HEAP_OK;
        return -1;
    }
    drop_keyframes(session);
    session->lanes[session->lane_count] = lane;
    session->lane_count++;
    (void)rewind_lanes(session);
    return session->lane_count - 1;
}

int session_replace_lane(struct session *session, int index, const struct lane_options *options, int *error)
{
    struct lane *lane = lane_open(options, error);
    struct lane_result result = {LANE_MARK, HEAP_NONE, 0};
    bool ok = lane != NULL && lane_take_threads(lane, trace_header_of(session->trace));
    for (uint64_t i = 0; i < session->position && ok; i++) { /* the new one catches up alone */
        struct trace_event event;
        trace_get(session->trace, i, &event);
        ok = lane_apply(lane, &event, &result);
    }
    ok = ok && (session->position != session_length(session) || lane_finish(lane));
    if (!ok) {
        lane_close(lane);
        return -1;
    }
    lane_close(session->lanes[index]);
    history_end(&session->histories[index]);
    session->lanes[index] = lane;
    session->results[index] = result;
    drop_keyframes(session);
    return 0;
}

void session_close(struct session *session)
{
    if (session == NULL) {
        return;
    }
    drop_keyframes(session);
    free(session->keyframes);
    for (int i = 0; i < session->lane_count; i++) {
        lane_close(session->lanes[i]);
        history_end(&session->histories[i]);
    }
    free(session);
}

/* ---- time ---- */

bool session_step(struct session *session)
{
    if (session->position >= session_length(session) || session->out_of_memory) {
        return false;
    }
    keep_keyframes(session);
    struct trace_event event;
    trace_get(session->trace, session->position, &event);
    const bool last = session->position + 1 == session_length(session);
    for (int i = 0; i < session->lane_count; i++) {
        struct lane *lane = session->lanes[i];
        if (!lane_apply(lane, &event, &session->results[i]) || (last && !lane_finish(lane))) {
            session->out_of_memory = true;
            return false;
        }
    }
    session->position++;
    return true;
}

/* To the last keyframe at or before `target`, unless the session stands between the two. */
static bool approach(struct session *session, uint64_t target)
{
    const struct keyframe *keyframe = keyframe_before(session, target);
    const uint64_t from = keyframe == NULL ? 0 : keyframe->position;
    if (target >= session->position && from <= session->position) {
        return true;
    }
    if (keyframe == NULL) {
        return rewind_lanes(session);
    }
    for (int i = 0; i < session->lane_count; i++) {
        if (!lane_restore(session->lanes[i], keyframe->lanes[i])) {
            session->out_of_memory = true;
            return false;
        }
    }
    memset(session->results, 0, sizeof session->results);
    session->position = from;
    return true;
}

static uint64_t steps_of_all(const struct session *session)
{
    uint64_t steps = 0;
    for (int i = 0; i < session->lane_count; i++) {
        steps += lane_heap(session->lanes[i])->steps;
    }
    return steps;
}

bool session_seek_some(struct session *session, uint64_t position, uint64_t work)
{
    const uint64_t length = session_length(session), target = position < length ? position : length;
    if (!approach(session, target)) {
        return false;
    }
    const uint64_t from = session->position, steps = steps_of_all(session);
    while (session->position < target && session->position - from + (steps_of_all(session) - steps) / VISITS_AN_EVENT < work) {
        if (!session_step(session)) {
            return false;
        }
    }
    return true;
}

bool session_seek(struct session *session, uint64_t position)
{
    const uint64_t length = session_length(session), target = position < length ? position : length;
    if (!approach(session, target)) {
        return false;
    }
    while (session->position < target && session_step(session)) {
    }
    return session->position == target;
}

bool session_run_until(struct session *session, bool (*stop)(void *ctx, struct session *session), void *ctx)
{
    while (session_step(session)) {
        if (stop(ctx, session)) {
            return true;
        }
    }
    return false;
}

bool session_record_history(struct session *session, bool (*progress)(void *ctx, uint64_t done, uint64_t all), void *ctx)
{
    const uint64_t length = session_length(session), position = session->position;
    bool ok = rewind_lanes(session);
    struct history_writer *writers[SESSION_MAX_LANES] = {NULL};
    for (int i = 0; i < session->lane_count && ok; i++) {
        history_end(&session->histories[i]);
        writers[i] = history_begin(&session->histories[i], session->trace, session->lanes[i]);
        ok = writers[i] != NULL;
    }
    bool wanted = true;
    while (ok && wanted && session_step(session)) {
        for (int i = 0; i < session->lane_count; i++) {
            ok = history_note(writers[i], session->position - 1, &session->results[i]) && ok;
        }
        wanted = progress == NULL || session->position % 4096 != 0 || progress(ctx, session->position, length);
    }
    for (int i = 0; i < session->lane_count; i++) {
        ok = history_finish(writers[i]) && ok;
    }
    return session_seek(session, position) && ok && !session->out_of_memory;
}

/* ---- questions ---- */

int session_lane_count(const struct session *session) { return session->lane_count; }
struct lane *session_lane(struct session *session, int index) { return session->lanes[index]; }
const struct trace *session_trace(const struct session *session) { return session->trace; }
uint64_t session_length(const struct session *session) { return trace_count(session->trace); }
uint64_t session_position(const struct session *session) { return session->position; }
const struct lane_result *session_last_result(const struct session *session, int lane) { return &session->results[lane]; }
bool session_out_of_memory(const struct session *session) { return session->out_of_memory; }
const struct session_history *session_history(const struct session *session, int lane) { return &session->histories[lane]; }

struct session_keyframes session_keyframes(const struct session *session)
{
    struct session_keyframes keyframes = {session->keyframe_count, session->interval, session->keyframe_bytes, session->budget, 0};
    for (size_t i = 0; i < session->keyframe_count; i++) {
        keyframes.whole_bytes += lane_bytes(session, &session->keyframes[i]) * (size_t)session->lane_count;
    }
    return keyframes;
}

uint64_t session_divergence(const struct session *session, int a, int b)
{
    const struct session_history *first = &session->histories[a], *second = &session->histories[b];
    const uint64_t count = first->count < second->count ? first->count : second->count;
    for (uint64_t i = 0; i < count; i++) {
        if (first->off[i] != second->off[i]) {
            return i + 1;
        }
    }
    return 0;
}

bool lane_spans(struct lane *lane, struct layout *layout) { return layout_read(layout, lane); }
const struct metrics_run *lane_metrics(const struct lane *lane) { return lane_run(lane); }
