/* source_run.c: lives and marks of a run. */
#include "source_run.h"

#include <stdlib.h>
#include <string.h>

uint64_t source_run_wanted(const struct trace_event *event)
{
    if (event->op != TRACE_CALLOC || event->count == 0) {
        return event->op == TRACE_CALLOC ? 0 : event->size;
    }
    return event->size > UINT64_MAX / event->count ? UINT64_MAX : event->size * event->count;
}

static bool make_lives(struct source_run *run, const struct trace *trace, const struct session_history *history)
{
    if (history->life_count >= UINT32_MAX) {
        return false;
    }
    run->lives = malloc((size_t)(history->life_count + 1) * sizeof *run->lives);
    if (!run->lives) {
        return false;
    }
    for (uint64_t i = 0; i < history->life_count; i++) {
        const struct session_life *life = &history->lives[i];
        struct trace_event event;
        trace_get(trace, life->born - 1, &event);
        uint64_t end = life->to > history->count ? history->count + 1 : life->to;
        if (end > life->from) {
            run->lives[run->life_count++] = (struct model_life){event.id, life->off, life->bytes, (uint32_t)life->from, (uint32_t)end,
                                                                        event.site == TRACE_NO_SITE ? MODEL_NONE : event.site, (uint32_t)life->born};
        }
    }
    return true;
}

/* No event ends two lives: each has its place by its event, and what is empty is left out. O(events + lives). */
static bool make_ends(struct source_run *run, const struct session_history *history)
{
    uint32_t *ends = malloc((size_t)(history->count + 1) * sizeof *ends);
    if (!ends) {
        return false;
    }
    for (uint64_t i = 0; i <= history->count; i++) {
        ends[i] = MODEL_NONE;
    }
    for (uint32_t i = 0; i < run->life_count; i++) {
        if (run->lives[i].death <= history->count) {
            ends[run->lives[i].death] = i;
        }
    }
    for (uint64_t i = 0; i <= history->count; i++) {
        if (ends[i] != MODEL_NONE) {
            ends[run->end_count++] = ends[i];
        }
    }
    uint32_t *shrunk = realloc(ends, ((size_t)run->end_count + 1) * sizeof *ends);
    run->ends = shrunk ? shrunk : ends;
    return true;
}

static void put(struct source_run *run, uint64_t event, enum mark_kind kind, const char *name, uint64_t value)
{
    run->marks[run->mark_count++] = (struct model_mark){(uint32_t)event, (uint8_t)kind, name, value};
}

/* Peak payload, least largest hole, longest search: the first event of each. Runs that allocate nothing have none. */
static void put_extremes(struct source_run *run, const struct session_history *history)
{
    uint64_t peak = 0, least = 0, longest = 0;
    for (uint64_t i = 1; i < history->count; i++) {
        peak = history->payload[i] > history->payload[peak] ? i : peak;
        least = history->largest_free[i] < history->largest_free[least] ? i : least;
        longest = history->steps[i] > history->steps[longest] ? i : longest;
    }
    if (history->count == 0 || history->payload[peak] == 0) {
        return;
    }
    put(run, peak + 1, MARK_PEAK, NULL, history->payload[peak]);
    put(run, least + 1, MARK_LEAST_LARGEST, NULL, history->largest_free[least]);
    if (history->steps[longest] > 1) { /* a policy that always visits one block has no longest search */
        put(run, longest + 1, MARK_LONGEST_SEARCH, NULL, history->steps[longest]);
    }
}

static bool put_phases(struct source_run *run, const struct trace *trace, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        struct trace_event event;
        trace_get(trace, i, &event);
        if (event.op != TRACE_MARK) {
            continue;
        }
        const char *text = event.name ? event.name : "";
        char *name = malloc(strlen(text) + 1);
        if (!name) {
            return false;
        }
        strcpy(name, text);
        run->names[run->name_count++] = name;
        put(run, i + 1, MARK_PHASE, name, 0);
    }
    return true;
}

static int by_event(const void *a, const void *b)
{
    const struct model_mark *first = a, *second = b;
    if (first->event != second->event) {
        return first->event < second->event ? -1 : 1;
    }
    return (first->kind > second->kind) - (first->kind < second->kind);
}

static uint64_t count_phases(const struct trace *trace, uint64_t count)
{
    uint64_t phases = 0;
    for (uint64_t i = 0; i < count; i++) {
        struct trace_event event;
        trace_get(trace, i, &event);
        phases += event.op == TRACE_MARK;
    }
    return phases;
}

static bool make_marks(struct source_run *run, const struct trace *trace, const struct session_history *history)
{
    uint64_t phases = count_phases(trace, history->count);
    run->marks = malloc((size_t)(phases + history->failure_count + 3) * sizeof *run->marks);
    run->names = malloc((size_t)(phases + 1) * sizeof *run->names);
    if (!run->marks || !run->names || !put_phases(run, trace, history->count)) {
        return false;
    }
    put_extremes(run, history);
    for (uint64_t i = 0; i < history->failure_count; i++) {
        struct trace_event event;
        trace_get(trace, history->failures[i] - 1, &event);
        put(run, history->failures[i], MARK_FAILURE, NULL, source_run_wanted(&event));
    }
    qsort(run->marks, run->mark_count, sizeof *run->marks, by_event);
    return true;
}

bool source_run_make(struct source_run *run, const struct trace *trace, const struct session_history *history)
{
    *run = (struct source_run){0};
    if (make_lives(run, trace, history) && make_ends(run, history) && make_marks(run, trace, history)) {
        return true;
    }
    source_run_end(run);
    return false;
}

void source_run_end(struct source_run *run)
{
    for (uint32_t i = 0; i < run->name_count; i++) {
        free(run->names[i]);
    }
    free(run->lives);
    free(run->ends);
    free(run->marks);
    free(run->names);
    *run = (struct source_run){0};
}
