/* reduce_run.c: one candidate of a reduction: the events that are left, changed as they go by, on one lane or on two in step, until the
 * condition holds. Nothing is copied: the edit is applied to each event, and slots are given anew, so that a run needs memory for the
 * blocks that live at once. */
#include <stdlib.h>

#include "reduce_private.h"
#include "trace_peak.h"
#include "vector_queue.h"

/* ---- edits ---- */

static bool is_sized(const struct trace_event *event) { return event->op <= TRACE_REALLOC; }

static bool change_size(enum reduce_kind kind, struct trace_event *event)
{
    const uint64_t old = event->size;
    if (!is_sized(event) || event->size <= 1) {
        return false;
    }
    if (kind == EDIT_ONE) {
        event->size = 1;
    } else if (kind == EDIT_HALVE) {
        event->size = event->size / 2;
    } else if (event->size > 8) {
        event->size = event->size / 8 * 8;
    }
    return event->size != old;
}

/* calloc as an alloc of as many bytes; a realloc that begins a life as an alloc. */
static bool make_plain(const struct reduce_event *old, struct trace_event *event)
{
    uint64_t bytes = event->size;
    if (event->op == TRACE_CALLOC && !__builtin_mul_overflow(event->size, event->count, &bytes) && bytes <= TRACE_ID_MAX) {
        event->op = TRACE_ALLOC;
        event->size = bytes;
        event->count = 1;
        return true;
    }
    if (event->op == TRACE_REALLOC && old->first && event->fresh) {
        event->op = TRACE_ALLOC;
        return true;
    }
    return false;
}

enum reduce_effect reduce_edit_event(const struct reduce_edit *edit, const struct reduce_event *old, uint64_t index, struct trace_event *new)
{
    const bool inside = index >= edit->from && index < edit->to;
    bool changed = false;
    *new = old->event;
    switch (edit->kind) {
    case EDIT_TAIL: return index >= edit->from ? EFFECT_DROPPED : EFFECT_NONE;
    case EDIT_LIVES: return old->life >= edit->from && old->life < edit->to ? EFFECT_DROPPED : EFFECT_NONE;
    case EDIT_JOIN:
        if (old->life != edit->from) {
            return old->life > edit->from && old->life < edit->to ? EFFECT_DROPPED : EFFECT_NONE;
        }
        new->op = TRACE_ALLOC;
        new->size = edit->bytes;
        new->count = 1;
        changed = true;
        break;
    case EDIT_EVENTS: return inside && !old->first ? EFFECT_DROPPED : EFFECT_NONE;
    case EDIT_ONE:
    case EDIT_HALVE:
    case EDIT_ROUND: changed = inside && change_size(edit->kind, new); break;
    case EDIT_ALIGN:
        changed = inside && new->align != 0;
        new->align = changed ? 0 : new->align;
        break;
    case EDIT_PLAIN: changed = inside && make_plain(old, new); break;
    case EDIT_WAIT:
        changed = inside && new->wait != 0;
        new->wait = changed ? 0 : new->wait;
        break;
    case EDIT_THREADS:
        changed = new->thread != 0;
        new->thread = 0;
        break;
    default: break;
    }
    return changed ? EFFECT_CHANGED : EFFECT_NONE;
}

/* ---- a run ---- */

struct side {
    struct lane *lane;
    struct vector_queue queue;
    int64_t entry;
    bool known; /* `entry` waits for the other side's */
};

struct run {
    const struct reduction *left;
    const struct reduce_edit *edit;
    struct reduce_outcome *outcome;
    struct side sides[2];
    uint32_t side_count;
    uint32_t *slots, *unused; /* of lives; slots that are free again */
    uint32_t unused_count, slot_count;
    struct trace_peak peak;
    uint64_t done;
};

static bool open_side(struct run *run, struct side *side, const struct lane_options *options, uint32_t heap_bytes)
{
    struct lane_options wanted = *options;
    const enum reduce_condition condition = run->left->options->condition;
    wanted.heap_bytes = heap_bytes;
    wanted.unmeasured = condition != REDUCE_SCORES && !run->left->options->fragmented;
    wanted.track_owners = false;
    side->lane = lane_open(&wanted, &run->outcome->error);
    run->side_count += side->lane != NULL;
    run->outcome->out_of_memory = side->lane == NULL && run->outcome->error == HEAP_OK;
    const bool threads = run->left->threads && run->edit->kind != EDIT_THREADS;
    if (side->lane != NULL && threads && !lane_take_threads(side->lane, run->left->header)) {
        run->outcome->out_of_memory = true;
    }
    if (side->lane != NULL && condition == REDUCE_DIVERGENCE) {
        vector_queue_open(&side->queue, side->lane);
    }
    return side->lane != NULL && !run->outcome->out_of_memory;
}

static bool open_run(struct run *run)
{
    const struct reduction *left = run->left;
    const bool shrinks = run->edit->kind == EDIT_HEAP;
    const uint32_t bytes = shrinks ? (uint32_t)run->edit->from : left->heap_bytes;
    const uint32_t other_bytes = shrinks && left->options->other_follows ? bytes : left->other_bytes;
    run->slots = malloc(((size_t)left->lives + 1) * sizeof *run->slots);
    run->unused = malloc(((size_t)left->lives + 1) * sizeof *run->unused);
    if (run->slots == NULL || run->unused == NULL) {
        run->outcome->out_of_memory = true;
        return false;
    }
    return open_side(run, &run->sides[0], &left->options->lane, bytes) &&
           (left->options->condition != REDUCE_DIVERGENCE || open_side(run, &run->sides[1], &left->options->other, other_bytes));
}

static void close_run(struct run *run)
{
    for (uint32_t i = 0; i < run->side_count; i++) {
        vector_queue_close(&run->sides[i].queue);
        lane_close(run->sides[i].lane);
    }
    free(run->slots);
    free(run->unused);
    trace_peak_end(&run->peak);
}

/* A life's slot: the last that was given back, or a new one. */
static void place(struct run *run, uint32_t life, struct trace_event *event)
{
    if (event->slot == TRACE_NO_SLOT) {
        return;
    }
    if (event->fresh) {
        run->slots[life] = run->unused_count != 0 ? run->unused[--run->unused_count] : run->slot_count++;
    }
    event->slot = run->slots[life];
    if (event->retires) {
        run->unused[run->unused_count++] = event->slot;
    }
}

/* Two sides' placements as far as both are known. True: they differ. */
static bool differ(struct run *run, bool ended)
{
    for (;;) {
        for (int i = 0; i < 2; i++) {
            struct side *side = &run->sides[i];
            side->known = side->known || vector_queue_next(&side->queue, ended, &side->entry);
        }
        if (!run->sides[0].known || !run->sides[1].known) {
            return false;
        }
        run->sides[0].known = run->sides[1].known = false;
        if (run->sides[0].entry != run->sides[1].entry) {
            return true;
        }
    }
}

/* One event on every side; false without memory. */
static bool step(struct run *run, const struct trace_event *event)
{
    const enum reduce_condition condition = run->left->options->condition;
    bool ok = condition != REDUCE_SCORES || trace_peak_add(&run->peak, event);
    for (uint32_t i = 0; i < run->side_count && ok; i++) {
        struct side *side = &run->sides[i];
        struct lane_result result;
        ok = lane_apply(side->lane, event, &result) && (condition != REDUCE_DIVERGENCE || vector_queue_add(&side->queue, event, &result));
    }
    return ok;
}

/* The last failure is looked at, right after it: as many bytes were free as it asked for, in holes that were all smaller. */
static bool failed_by_fragmentation(const struct metrics_run *run)
{
    const struct metrics_failure *last = &run->last_failure;
    return run->failures != 0 && last->size <= last->now.free_bytes && last->size > last->now.largest_free_bytes;
}

static bool holds_now(struct run *run, bool ended)
{
    const struct metrics_run *first = lane_run(run->sides[0].lane);
    switch (run->left->options->condition) {
    case REDUCE_FAILURE: return run->left->options->fragmented ? failed_by_fragmentation(first) : first->failures != 0;
    case REDUCE_DIVERGENCE: return differ(run, ended);
    default: return false;
    }
}

static bool scores_hold(struct run *run)
{
    const struct assertion_list *list = run->left->options->assertions;
    double own[SCORES_ROOM], *values = run->outcome->values != NULL ? run->outcome->values : own;
    scores_of(values, run->sides[0].lane, run->peak.peak_bytes, NULL);
    bool hold = true;
    for (size_t i = 0; i < list->count && hold; i++) {
        hold = assertion_holds(&list->items[i], values);
    }
    return hold;
}

static bool finish(struct run *run)
{
    bool ok = true;
    for (uint32_t i = 0; i < run->side_count && ok; i++) {
        ok = lane_finish(run->sides[i].lane);
    }
    return ok;
}

static void run_events(struct run *run)
{
    const struct reduction *left = run->left;
    const bool timed = left->timed && run->edit->kind != EDIT_TIME;
    struct reduce_outcome *outcome = run->outcome;
    for (uint64_t i = 0; i < left->count && !outcome->holds; i++) {
        struct trace_event event;
        if (reduce_edit_event(run->edit, &left->events[i], i, &event) == EFFECT_DROPPED) {
            continue;
        }
        event.t = timed ? event.t : run->done;
        run->done++;
        place(run, left->events[i].life, &event);
        if (!step(run, &event)) {
            outcome->out_of_memory = true;
            return;
        }
        outcome->holds = holds_now(run, false);
        outcome->held_at = i + 1;
    }
    if (!outcome->holds) {
        outcome->out_of_memory = !finish(run);
        outcome->held_at = left->count;
        outcome->holds = !outcome->out_of_memory && (left->options->condition == REDUCE_SCORES ? scores_hold(run) : holds_now(run, true));
    }
}

void reduce_run(const struct reduction *left, const struct reduce_edit *edit, struct reduce_outcome *outcome)
{
    struct run run = {.left = left, .edit = edit, .outcome = outcome};
    *outcome = (struct reduce_outcome){.values = outcome->values};
    if (open_run(&run)) {
        run_events(&run);
    }
    outcome->events = run.done;
    close_run(&run);
}
