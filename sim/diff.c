/* diff.c: see diff.h. */
#include "diff.h"

#include <stdlib.h>
#include <string.h>

#define WINDOW 64u  /* how far ahead of each they are looked for to meet again */
#define AGREE 8u    /* events that must agree there */
#define NO_LIFE UINT32_MAX

/* One trace, with the life that each event belongs to, and which life of the other trace is the same. */
struct side {
    const struct trace *trace;
    uint64_t count, at;
    uint32_t *life, *twin;
    uint64_t *born;     /* of lives: the event */
    uint32_t lives;
};

static bool open_side(struct side *side, const struct trace *trace)
{
    *side = (struct side){.trace = trace, .count = trace_count(trace)};
    uint32_t *life_of = calloc((size_t)trace_slot_count(trace) + 1, sizeof *life_of);
    side->life = malloc(((size_t)side->count + 1) * sizeof *side->life);
    side->twin = malloc(((size_t)side->count + 1) * sizeof *side->twin);
    side->born = malloc(((size_t)side->count + 1) * sizeof *side->born);
    const bool ok = life_of != NULL && side->life != NULL && side->twin != NULL && side->born != NULL;
    for (uint64_t i = 0; i < side->count && ok; i++) {
        struct trace_event event;
        trace_get(trace, i, &event);
        if (event.slot != TRACE_NO_SLOT && event.fresh) {
            side->twin[side->lives] = NO_LIFE;
            side->born[side->lives] = i;
            life_of[event.slot] = side->lives++;
        }
        side->life[i] = event.slot == TRACE_NO_SLOT ? NO_LIFE : life_of[event.slot];
    }
    free(life_of);
    return ok;
}

static void close_side(struct side *side)
{
    free(side->life);
    free(side->twin);
    free(side->born);
}

/* Do they mean the same allocation? `sure`: two of which nothing is known yet do not. */
static bool same_life(const struct side *a, const struct side *b, uint32_t of_a, uint32_t of_b, bool sure)
{
    if (of_a == NO_LIFE || of_b == NO_LIFE) {
        return of_a == of_b;
    }
    const bool unknown = a->twin[of_a] == NO_LIFE && b->twin[of_b] == NO_LIFE;
    return unknown ? !sure : a->twin[of_a] == of_b;
}

static bool same_text(const char *a, const char *b)
{
    return (a == NULL || b == NULL) ? a == b : strcmp(a, b) == 0;
}

static bool same_event(const struct side *a, const struct side *b, uint64_t i, uint64_t j, bool sure)
{
    struct trace_event x, y;
    trace_get(a->trace, i, &x);
    trace_get(b->trace, j, &y);
    return x.op == y.op && x.size == y.size && x.count == y.count && x.align == y.align && x.wait == y.wait && x.failed == y.failed &&
           x.fresh == y.fresh && same_text(x.name, y.name) &&
           ((x.fresh && x.slot != TRACE_NO_SLOT) || same_life(a, b, a->life[i], b->life[j], sure));
}

/* Two events stand in the same place: allocations that they begin are the same from now on. */
static void pair(struct diff_traces *diff, struct side *a, struct side *b, uint64_t i, uint64_t j)
{
    struct trace_event x, y;
    trace_get(a->trace, i, &x);
    trace_get(b->trace, j, &y);
    diff->partner[i] = x.op == y.op ? j : DIFF_NONE;
    if (x.fresh && y.fresh && a->life[i] != NO_LIFE && b->life[j] != NO_LIFE) {
        a->twin[a->life[i]] = b->life[j];
        b->twin[b->life[j]] = a->life[i];
    }
}

static void keep(struct diff_traces *diff, uint64_t i, uint64_t j)
{
    if (diff->kept_count < DIFF_KEPT) {
        diff->kept[diff->kept_count++] = (struct diff_item){i, j};
    }
}

/* Does the event mean an allocation that was made before `from`, and by this side alone? The other has nothing like it. */
static bool is_alone(const struct side *side, uint64_t index, uint64_t from)
{
    const uint32_t life = side->life[index];
    return life != NO_LIFE && side->twin[life] == NO_LIFE && side->born[life] < from && index >= from;
}

/* Could they go on together from there? */
static bool meet(const struct side *a, const struct side *b, uint64_t from_a, uint64_t from_b)
{
    uint64_t i = from_a, j = from_b;
    for (uint32_t agree = 0; i < a->count && j < b->count && agree < AGREE;) {
        if (same_event(a, b, i, j, false)) {
            i++;
            j++;
            agree++;
        } else if (is_alone(a, i, from_a)) {
            i++;
        } else if (is_alone(b, j, from_b)) {
            j++;
        } else {
            return false;
        }
        if (agree == AGREE) {
            return true;
        }
    }
    while (i < a->count && is_alone(a, i, from_a)) {
        i++;
    }
    while (j < b->count && is_alone(b, j, from_b)) {
        j++;
    }
    return i == a->count && j == b->count;
}

static bool meet_behind(const struct side *a, const struct side *b, uint64_t skip_a, uint64_t skip_b)
{
    return skip_a <= WINDOW && skip_b <= WINDOW && a->at + skip_a <= a->count && b->at + skip_b <= b->count &&
           meet(a, b, a->at + skip_a, b->at + skip_b);
}

/* How many events of each to pass over: as few as possible, and rather as many of both: changed events are more usual than a missing one
 * here and another there. */
static void find_meeting(const struct side *a, const struct side *b, uint64_t *skip_a, uint64_t *skip_b)
{
    for (uint64_t sum = 1; sum <= 2 * WINDOW; sum++) {
        *skip_a = *skip_b = sum / 2;
        if (sum % 2 == 0 && meet_behind(a, b, *skip_a, *skip_b)) {
            return;
        }
        for (*skip_a = 0; *skip_a <= sum; ++*skip_a) {
            *skip_b = sum - *skip_a;
            if (meet_behind(a, b, *skip_a, *skip_b)) {
                return;
            }
        }
    }
    *skip_a = *skip_b = AGREE; /* traces that have little in common take no longer */
    *skip_a = a->count - a->at < *skip_a ? a->count - a->at : *skip_a;
    *skip_b = b->count - b->at < *skip_b ? b->count - b->at : *skip_b;
}

/* Passes over so many of each: as many of both are changed ones, others are missing in the other. */
static void pass_over(struct diff_traces *diff, struct side *a, struct side *b, uint64_t skip_a, uint64_t skip_b)
{
    if (skip_a == skip_b) {
        for (uint64_t i = 0; i < skip_a; i++) {
            const bool same = same_event(a, b, a->at, b->at, true); /* one that agrees between changed ones */
            if (!same) {
                keep(diff, a->at, b->at);
            }
            diff->same += same;
            diff->changed += !same;
            pair(diff, a, b, a->at++, b->at++);
        }
        return;
    }
    for (uint64_t i = 0; i < skip_a; i++) {
        keep(diff, a->at++, DIFF_NONE);
    }
    for (uint64_t j = 0; j < skip_b; j++) {
        keep(diff, DIFF_NONE, b->at++);
    }
    diff->only_a += skip_a;
    diff->only_b += skip_b;
}

static void walk(struct diff_traces *diff, struct side *a, struct side *b)
{
    while (a->at < a->count && b->at < b->count) {
        if (same_event(a, b, a->at, b->at, true)) {
            diff->same++;
            pair(diff, a, b, a->at++, b->at++);
        } else if (is_alone(a, a->at, a->at)) {
            pass_over(diff, a, b, 1, 0);
        } else if (is_alone(b, b->at, b->at)) {
            pass_over(diff, a, b, 0, 1);
        } else {
            uint64_t skip_a = 0, skip_b = 0;
            find_meeting(a, b, &skip_a, &skip_b);
            pass_over(diff, a, b, skip_a, skip_b);
        }
    }
    while (a->at < a->count) {
        keep(diff, a->at++, DIFF_NONE);
        diff->only_a++;
    }
    while (b->at < b->count) {
        keep(diff, DIFF_NONE, b->at++);
        diff->only_b++;
    }
}

bool diff_traces(const struct trace *a, const struct trace *b, struct diff_traces *diff)
{
    struct side of_a, of_b;
    const bool ok_a = open_side(&of_a, a), ok_b = open_side(&of_b, b);
    memset(diff, 0, sizeof *diff);
    diff->partner = malloc(((size_t)of_a.count + 1) * sizeof *diff->partner);
    const bool ok = ok_a && ok_b && diff->partner != NULL;
    if (ok) {
        memset(diff->partner, 0xff, ((size_t)of_a.count + 1) * sizeof *diff->partner);
        walk(diff, &of_a, &of_b);
    }
    close_side(&of_a);
    close_side(&of_b);
    return ok;
}

void diff_traces_end(struct diff_traces *diff)
{
    free(diff->partner);
    diff->partner = NULL;
}
