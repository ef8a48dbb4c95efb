/* source_search.c: the micro-events of one event, recorded by running it again. */
#include <stdlib.h>

#include "source_lane.h"

#define STEPS_MAX (1u << 20) /* kept; more are only counted */

_Static_assert((int)MODEL_STEP_VISIT == (int)HEAP_STEP_VISIT && (int)MODEL_STEP_BIN == (int)HEAP_STEP_BIN &&
                   (int)MODEL_STEP_SPLIT == (int)HEAP_STEP_SPLIT && (int)MODEL_STEP_MERGE == (int)HEAP_STEP_MERGE,
               "the model's steps are the heap's");

struct recorder { struct model_search *search; struct source_lane *lane; };

static void note(void *ctx, enum heap_step step, heap_off off, uint32_t bytes)
{
    struct recorder *recorder = ctx;
    struct model_search *search = recorder->search;
    struct source_lane *lane = recorder->lane;
    search->visits += step == HEAP_STEP_VISIT;
    if (search->count == lane->step_room && lane->step_room < STEPS_MAX) {
        uint32_t room = lane->step_room ? 2 * lane->step_room : 256;
        struct model_step *grown = realloc(lane->steps, room * sizeof *grown);
        if (grown) {
            lane->steps = grown;
            lane->step_room = room;
        }
    }
    if (search->count == lane->step_room) {
        search->cut = true;
        return;
    }
    lane->steps[search->count++] = (struct model_step){(uint8_t)step, off, bytes};
}

bool source_search_record(struct model *models, struct source_lane *lanes, struct session *session, uint32_t event)
{
    struct recorder recorders[SESSION_MAX_LANES];
    int count = session_lane_count(session);
    struct trace_event of;
    if (!session_seek(session, event - 1)) {
        return false;
    }
    trace_get(session_trace(session), event - 1, &of);
    bool asks = of.op == TRACE_ALLOC || of.op == TRACE_CALLOC || of.op == TRACE_REALLOC;
    for (int i = 0; i < count; i++) {
        models[i].search = (struct model_search){.made = true, .wanted = asks ? source_run_wanted(&of) : 0};
        recorders[i] = (struct recorder){&models[i].search, &lanes[i]};
        lane_watch_steps(session_lane(session, i), note, &recorders[i]);
    }
    bool ok = session_step(session);
    for (int i = 0; i < count; i++) {
        const struct session_history *history = session_history(session, i);
        lane_watch_steps(session_lane(session, i), NULL, NULL);
        models[i].search.steps = lanes[i].steps;
        models[i].search.placed = event <= history->count ? history->off[event - 1] : MODEL_PLACED_NOTHING;
    }
    return ok;
}
