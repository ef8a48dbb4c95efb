/* lane_waiting.c: lanes while threads wait for blocks: who is woken, and what they put off until then.
 *
 * The lanes of one run (heaps.h), or one alone, have this in common, because a thread that waits for a block of one heap does nothing
 * in any other. Functions take whichever lane they are about; those that know a thread only find its lane by the event or the list.
 *
 * A waiting thread has a queue of events: the alloc that it waits in, then what it would have done since, then what other threads
 * did to its ids. When it runs, they are run one after the other until it waits again. A free among them may wake a more urgent
 * thread, which then runs first: the threads at work are a stack, each more urgent than the one below it.
 *
 * The trace's reader gives a slot to another id as soon as it has read the free of the one that held it, even if that free was put
 * off here. So an id with events in queues has an entry of its own; once its end is among them, its block is kept there, away from
 * its slot (pictures then show it as nobody's). */
#include <stdlib.h>
#include <string.h>

#include "lane_private.h"
#include "wait_counts.h"
#include "waiters.h"

#define NONE UINT32_MAX

struct late_event {
    struct trace_event event;
    uint64_t number;
    uint32_t heap; /* the lane that it is for */
    uint32_t id;   /* its entry in `ids`; NONE: no slot */
    uint32_t next; /* in its queue, or among the free ones; NONE: the last */
};

/* An id with events in queues. */
struct late_id {
    struct lane_block block; /* once it has left its slot */
    uint32_t slot, thread;   /* the slot; whose queue its alloc is in, NONE: it has been run */
    uint32_t uses;           /* events in queues; of a free entry: the next free one */
    bool away;               /* it has left its slot */
};

/* A thread that runs what it put off; `yields`: it has woken a more urgent one. */
struct at_work {
    uint32_t thread;
    bool yields;
};

struct lane_waiting {
    struct lane *const *lanes; /* of the run, by their heap_index; NULL: one lane alone */
    uint32_t lane_count;
    struct waiters waiters;
    struct wait_counts counts;
    struct late_event *events;
    struct late_id *ids;
    struct at_work *stack;   /* empty between two events of the trace */
    uint32_t event_count, event_room, first_free_event;
    uint32_t id_count, id_room, first_free_id;
    uint32_t depth, stack_room;
    uint64_t tick;
};

/* The array with room for item `count`, perhaps moved; NULL without memory: it stays as it was. */
static void *with_room(void *items, uint32_t count, uint32_t *room, size_t bytes)
{
    if (count < *room) {
        return items;
    }
    const uint32_t more = count < UINT32_MAX / 4 ? count * 2 + 16 : 0;
    void *moved = more == 0 ? NULL : realloc(items, more * bytes);
    *room = moved == NULL ? *room : more;
    return moved;
}

/* The run's lane for that heap. */
static struct lane *lane_at(struct lane *lane, uint32_t heap)
{
    return lane->waiting->lanes == NULL ? lane : lane->waiting->lanes[heap];
}

/* Whether threads wait, for all lanes of the run. */
static void set_waits(struct lane *lane, bool waits)
{
    struct lane_waiting *waiting = lane->waiting;
    if (lane->waits == waits) {
        return;
    }
    lane->waits = waits;
    for (uint32_t i = 0; i < waiting->lane_count; i++) {
        if (waiting->lanes[i] != NULL) {
            waiting->lanes[i]->waits = waits;
        }
    }
}

static int32_t priority_of(const struct lane *lane, uint32_t thread)
{
    return thread < lane->priority_count ? lane->priorities[thread] : 0;
}

/* ---- queues ---- */

static uint32_t new_event(struct lane_waiting *waiting, const struct trace_event *event, uint64_t number, uint32_t heap, uint32_t id)
{
    uint32_t at = waiting->first_free_event;
    if (at != NONE) {
        waiting->first_free_event = waiting->events[at].next;
    } else {
        struct late_event *events = with_room(waiting->events, waiting->event_count, &waiting->event_room, sizeof *events);
        if (events == NULL) {
            return NONE;
        }
        waiting->events = events;
        at = waiting->event_count++;
    }
    waiting->events[at] = (struct late_event){*event, number, heap, id, NONE};
    waiting->events[at].event.name = NULL;
    return at;
}

static void put_last(struct lane_waiting *waiting, struct waiter *waiter, uint32_t event)
{
    if (waiter->first == NONE) {
        waiter->first = event;
    } else {
        waiting->events[waiter->last].next = event;
    }
    waiter->last = event;
}

static uint32_t take_first(const struct lane_waiting *waiting, struct waiter *waiter)
{
    const uint32_t event = waiter->first;
    waiter->first = waiting->events[event].next;
    return event;
}

static void drop_first(struct lane_waiting *waiting, struct waiter *waiter)
{
    const uint32_t event = take_first(waiting, waiter);
    waiting->events[event].next = waiting->first_free_event;
    waiting->first_free_event = event;
}

/* ---- ids with events in queues ---- */

static uint32_t new_id(struct lane_waiting *waiting, uint32_t slot)
{
    uint32_t at = waiting->first_free_id;
    if (at != NONE) {
        waiting->first_free_id = waiting->ids[at].uses;
    } else {
        struct late_id *ids = with_room(waiting->ids, waiting->id_count, &waiting->id_room, sizeof *ids);
        if (ids == NULL) {
            return NONE;
        }
        waiting->ids = ids;
        at = waiting->id_count++;
    }
    waiting->ids[at] = (struct late_id){.slot = slot, .thread = NONE};
    return at;
}

static void disown(struct lane *lane, const struct lane_block *block)
{
    if (lane->owners != NULL && block->state == LANE_LIVE) {
        lane->owners[block->off / 4] = 0;
    }
}

/* The slot is another id's from now on. */
static void leave_slot(struct lane *lane, struct late_id *id)
{
    struct lane_block *block = &lane->blocks[id->slot];
    disown(lane, block);
    id->block = *block;
    id->away = true;
    *block = (struct lane_block){.state = LANE_DEAD};
}

static void release_id(struct lane *lane, uint32_t at)
{
    struct lane_waiting *waiting = lane->waiting;
    struct late_id *id = &waiting->ids[at];
    if (--id->uses != 0) {
        return;
    }
    if (!id->away) {
        lane->blocks[id->slot].late = 0;
    }
    id->uses = waiting->first_free_id;
    waiting->first_free_id = at;
}

/* Puts an event off, to the end of the thread's queue. */
static bool put_off(struct lane *lane, const struct trace_event *event, uint64_t number, struct waiter *waiter)
{
    struct lane_waiting *waiting = lane->waiting;
    uint32_t at = NONE;
    if (event->slot != TRACE_NO_SLOT) {
        struct lane_block *block = &lane->blocks[event->slot];
        at = block->late != 0 ? block->late - 1 : new_id(waiting, event->slot);
        if (at == NONE) {
            return false;
        }
        block->late = at + 1;
        waiting->ids[at].uses++;
        waiting->ids[at].thread = event->fresh ? waiter->thread : waiting->ids[at].thread;
    }
    const uint32_t late = new_event(waiting, event, number, lane->heap_index, at);
    if (late == NONE) {
        return false;
    }
    put_last(waiting, waiter, late);
    if (at != NONE && event->retires) {
        leave_slot(lane, &waiting->ids[at]);
    }
    return true;
}

/* ---- running what was put off ---- */

static void swap_blocks(struct lane_block *a, struct lane_block *b)
{
    const struct lane_block kept = *a;
    *a = *b;
    *b = kept;
}

/* Runs the first event of the queue; its result is told unless the thread waits again. `expired`: it fails without a look. */
static bool run_first(struct lane *any, struct waiter *waiter, bool expired, struct lane_result *result)
{
    const struct late_event late = any->waiting->events[waiter->first];
    struct lane *lane = lane_at(any, late.heap);
    struct late_id *id = late.id == NONE ? NULL : &lane->waiting->ids[late.id];
    const bool away = id != NULL && id->away;
    bool ok = true;
    if (away) {
        swap_blocks(&lane->blocks[id->slot], &id->block);
    }
    if (expired) {
        lane_fail_event(lane, &late.event, late.number, result);
        lane_measure(lane, 0);
    } else {
        ok = lane_run_event(lane, &late.event, late.number, result);
    }
    const struct lane_block *block = late.event.slot == TRACE_NO_SLOT ? NULL : &lane->blocks[late.event.slot];
    if (away) {
        disown(lane, block);
    }
    if (ok && result->outcome != LANE_WAITS && lane->late != NULL) {
        lane->late(lane->late_ctx, late.number, &late.event, result, block != NULL && block->state == LANE_LIVE ? block : NULL);
    }
    if (away) {
        swap_blocks(&lane->blocks[id->slot], &id->block);
    }
    if (result->outcome != LANE_WAITS) {
        drop_first(lane->waiting, waiter);
        if (id != NULL) {
            id->thread = late.event.fresh ? NONE : id->thread;
            release_id(lane, late.id);
        }
    }
    return ok;
}

/* The thread's wait has ended, with a block or without; now it runs. */
static void end_wait(struct lane *lane, struct waiter *waiter, bool served)
{
    struct metrics_run *run = &lane_at(lane, waiter->list)->run;
    const uint64_t ticks = lane->waiting->tick - waiter->since;
    wait_counts_end(&lane->waiting->counts, waiter->list, waiter->thread, served, ticks);
    run->waits_served += served;
    run->waits_timed_out += !served;
    run->wait_ticks += ticks;
    run->wait_longest = ticks > run->wait_longest ? ticks : run->wait_longest;
    waiter->state = WAITER_RUNS;
    lane->waiting->stack[lane->waiting->depth++] = (struct at_work){waiter->thread, false};
}

/* A ready thread looks for its block. */
static bool resume(struct lane *lane, struct waiter *waiter)
{
    struct lane_result result = {LANE_MARK, HEAP_NONE, 0};
    bool expired = waiter->state == WAITER_EXPIRED;
    if (!expired) {
        if (!run_first(lane, waiter, false, &result)) {
            return false;
        }
        if (result.outcome == LANE_WAITS && waiters_again(&lane->waiting->waiters, waiter, lane->waiting->tick)) {
            return true;
        }
        expired = result.outcome == LANE_WAITS;
    }
    const bool ok = !expired || run_first(lane, waiter, true, &result);
    end_wait(lane, waiter, result.outcome == LANE_SERVED);
    return ok;
}

static uint64_t blocks_given_back(const struct lane *lane)
{
    return lane->heap.counters.frees + lane->run.moved; /* a realloc that moves gives the old block back */
}

/* A call of a thread of that priority may have freed a block. Does it wake a more urgent thread? */
static bool wake(struct lane *lane, int32_t priority, uint64_t given_back_before)
{
    const bool gave = blocks_given_back(lane) != given_back_before;
    const struct waiter *woken = gave ? waiters_wake(&lane->waiting->waiters, lane->heap_index, lane->wait_fifo) : NULL;
    return woken != NULL && woken->priority < priority;
}

/* The thread on top of the stack does one thing that it put off. */
static bool work(struct lane *lane)
{
    struct lane_waiting *waiting = lane->waiting;
    struct at_work *top = &waiting->stack[waiting->depth - 1];
    struct waiter *waiter = waiters_find(&waiting->waiters, top->thread);
    struct lane_result result = {LANE_MARK, HEAP_NONE, 0};
    if (waiter->first == NONE) {
        waiters_remove(&waiting->waiters, waiter);
        waiting->depth--;
        return true;
    }
    const struct late_event *late = &waiting->events[waiter->first];
    const uint32_t allocates = late->id == NONE ? NONE : waiting->ids[late->id].thread;
    if (allocates != NONE && allocates != waiter->thread) { /* its block has yet to be allocated: the one who does that goes on with it */
        const uint32_t moved = take_first(waiting, waiter);
        waiting->events[moved].next = NONE;
        put_last(waiting, waiters_find(&waiting->waiters, allocates), moved);
        return true;
    }
    struct lane *at = lane_at(lane, late->heap);
    const uint64_t before = blocks_given_back(at);
    const int64_t wait = late->event.wait;
    if (!run_first(lane, waiter, false, &result)) {
        return false;
    }
    if (result.outcome == LANE_WAITS) {
        waiters_join(&waiting->waiters, waiter, at->heap_index, waiting->tick, wait);
        at->run.waits++;
        waiting->depth--;
        return wait_counts_begin(&waiting->counts, at->heap_index, waiter->thread);
    }
    top->yields = wake(at, waiter->priority, before);
    return true;
}

/* Runs the ready threads that are more urgent than `limit`, and what they put off, until there is none. */
static bool run_ready(struct lane *lane, int64_t limit)
{
    struct lane_waiting *waiting = lane->waiting;
    struct at_work *stack = with_room(waiting->stack, waiting->waiters.count, &waiting->stack_room, sizeof *stack);
    bool ok = stack != NULL;
    waiting->stack = ok ? stack : waiting->stack;
    for (bool more = true; ok && more;) {
        struct at_work *top = waiting->depth == 0 ? NULL : &waiting->stack[waiting->depth - 1];
        const int64_t bound = top == NULL ? limit : top->yields ? priority_of(lane, top->thread) : INT64_MIN;
        struct waiter *next = waiters_next_ready(&waiting->waiters, bound);
        if (next != NULL) {
            ok = resume(lane, next);
        } else if (top != NULL) {
            top->yields = false;
            ok = work(lane);
        } else {
            more = false;
        }
    }
    set_waits(lane, waiting->waiters.count != 0);
    return ok;
}

/* Up to tick `t`: what is ready runs at its own tick, and each deadline comes in its turn. */
static bool pass_time(struct lane *lane, uint64_t t)
{
    struct lane_waiting *waiting = lane->waiting;
    bool ok = t <= waiting->tick || run_ready(lane, INT64_MAX);
    uint64_t next = 0;
    while (ok && t > waiting->tick && (next = waiters_next_deadline(&waiting->waiters)) <= t) {
        waiting->tick = next;
        waiters_expire(&waiting->waiters, next);
        ok = run_ready(lane, INT64_MAX);
    }
    waiting->tick = t > waiting->tick ? t : waiting->tick;
    return ok;
}

/* ---- the trace's events ---- */

static struct lane_waiting *new_waiting(void)
{
    struct lane_waiting *waiting = calloc(1, sizeof *waiting);
    if (waiting != NULL) {
        waiting->first_free_event = waiting->first_free_id = NONE;
    }
    return waiting;
}

bool lane_wait_together(struct lane *const *lanes, uint32_t count)
{
    struct lane_waiting *waiting = new_waiting();
    if (waiting == NULL) {
        return false;
    }
    waiting->lanes = lanes;
    waiting->lane_count = count;
    for (uint32_t i = 0; i < count; i++) {
        if (lanes[i] != NULL) {
            lanes[i]->waiting = waiting;
            lanes[i]->heap_index = i;
        }
    }
    return true;
}

void lane_wait_apart(struct lane *const *lanes, uint32_t count)
{
    struct lane_waiting *waiting = NULL;
    for (uint32_t i = 0; i < count; i++) {
        if (lanes[i] != NULL) {
            waiting = lanes[i]->waiting;
            lanes[i]->waiting = NULL;
            lanes[i]->waits = false;
        }
    }
    lane_end_waiting(waiting);
}

bool lane_begin_wait(struct lane *lane, const struct trace_event *event)
{
    if (lane->waiting == NULL) {
        lane->waiting = new_waiting();
        if (lane->waiting == NULL) {
            return false;
        }
    }
    struct lane_waiting *waiting = lane->waiting;
    waiting->tick = event->t;
    struct waiter *waiter = waiters_add(&waiting->waiters, lane->heap_index, event->thread, priority_of(lane, event->thread), event->t, event->wait);
    if (waiter == NULL || !wait_counts_begin(&waiting->counts, lane->heap_index, event->thread)) {
        return false;
    }
    waiter->first = waiter->last = NONE;
    set_waits(lane, true);
    lane->run.waits++;
    return put_off(lane, event, lane->run.events, waiter);
}

/* Whose queue the event must wait in: its own thread's, or that of the thread that has yet to allocate its block. */
static struct waiter *holder_of(const struct lane *lane, const struct trace_event *event)
{
    const struct lane_waiting *waiting = lane->waiting;
    struct waiter *waiter = waiters_find(&waiting->waiters, event->thread);
    const uint32_t late = event->slot == TRACE_NO_SLOT ? 0 : lane->blocks[event->slot].late;
    const uint32_t allocates = late == 0 ? NONE : waiting->ids[late - 1].thread;
    return waiter != NULL || allocates == NONE ? waiter : waiters_find(&waiting->waiters, allocates);
}

bool lane_apply_waiting(struct lane *lane, const struct trace_event *event, struct lane_result *result)
{
    *result = (struct lane_result){LANE_WAITS, HEAP_NONE, 0};
    if (!pass_time(lane, event->t) || (event->slot != TRACE_NO_SLOT && !lane_reserve_slot(lane, event->slot))) {
        return false;
    }
    struct waiter *holder = event->op == TRACE_MARK || !lane->waits ? NULL : holder_of(lane, event);
    if (holder != NULL) {
        return put_off(lane, event, lane->run.events, holder);
    }
    const uint64_t before = blocks_given_back(lane);
    const bool waits = lane->waits; /* else the first wait begins by itself */
    if (!lane_run_event(lane, event, lane->run.events, result)) {
        return false;
    }
    if (result->outcome == LANE_WAITS) {
        return !waits || lane_begin_wait(lane, event);
    }
    if (event->retires && event->slot != TRACE_NO_SLOT && lane->blocks[event->slot].late != 0) {
        leave_slot(lane, &lane->waiting->ids[lane->blocks[event->slot].late - 1]); /* for what others wanted to do to it */
    }
    const int32_t priority = priority_of(lane, event->thread);
    return !wake(lane, priority, before) || run_ready(lane, priority);
}

bool lane_finish(struct lane *lane)
{
    return !lane->waits || run_ready(lane, INT64_MAX);
}

bool lane_take_threads(struct lane *lane, const struct trace_header *header)
{
    int32_t *priorities = header->thread_count == 0 ? NULL : malloc(header->thread_count * sizeof *priorities);
    for (uint32_t i = 0; i < header->thread_count && priorities != NULL; i++) {
        priorities[i] = header->threads[i].priority;
    }
    free(lane->priorities);
    lane->priorities = priorities;
    lane->priority_count = priorities == NULL ? 0 : header->thread_count;
    return priorities != NULL || header->thread_count == 0;
}

void lane_watch_late(struct lane *lane, lane_late_fn watch, void *ctx)
{
    lane->late = watch;
    lane->late_ctx = ctx;
}

uint32_t lane_waiting(const struct lane *lane)
{
    return lane->waits ? waiters_waiting(&lane->waiting->waiters, lane->heap_index) : 0;
}

const struct wait_count *lane_wait_counts(const struct lane *lane, uint32_t *count)
{
    *count = 0;
    return lane->waiting == NULL ? NULL : wait_counts_of(&lane->waiting->counts, lane->heap_index, count);
}

/* ---- snapshots ---- */

/* NULL without memory, and where there is nothing to copy. */
static void *copy_of(const void *items, uint32_t count, size_t bytes)
{
    void *copy = count == 0 ? NULL : malloc(count * bytes);
    return copy == NULL ? NULL : memcpy(copy, items, count * bytes);
}

/* Between two waits only the counts are left. */
static bool copy_waiting(struct lane_waiting *copy, const struct lane_waiting *from)
{
    const bool waits = from->waiters.count != 0;
    copy->waiters.turns = from->waiters.turns;
    copy->tick = from->tick;
    copy->first_free_event = waits ? from->first_free_event : NONE;
    copy->first_free_id = waits ? from->first_free_id : NONE;
    copy->event_room = copy->event_count = waits ? from->event_count : 0;
    copy->id_room = copy->id_count = waits ? from->id_count : 0;
    copy->events = copy_of(from->events, copy->event_count, sizeof *from->events);
    copy->ids = copy_of(from->ids, copy->id_count, sizeof *from->ids);
    return (copy->events != NULL || copy->event_count == 0) && (copy->ids != NULL || copy->id_count == 0) &&
           waiters_copy(&copy->waiters, &from->waiters) && wait_counts_copy(&copy->counts, &from->counts);
}

bool lane_copy_waiting(struct lane_waiting **to, const struct lane_waiting *from)
{
    struct lane_waiting *copy = from == NULL ? NULL : new_waiting();
    if (from != NULL && (copy == NULL || !copy_waiting(copy, from))) {
        lane_end_waiting(copy);
        return false;
    }
    lane_end_waiting(*to);
    *to = copy;
    return true;
}

bool lane_anybody_waits(const struct lane_waiting *waiting)
{
    return waiting != NULL && waiting->waiters.count != 0;
}

size_t lane_waiting_bytes(const struct lane_waiting *waiting)
{
    return waiting == NULL ? 0 : sizeof *waiting + waiting->event_count * sizeof *waiting->events + waiting->id_count * sizeof *waiting->ids +
                                     waiting->waiters.count * sizeof *waiting->waiters.items +
                                     waiting->counts.count * sizeof *waiting->counts.items;
}

void lane_end_waiting(struct lane_waiting *waiting)
{
    if (waiting != NULL) {
        waiters_end(&waiting->waiters);
        wait_counts_end_all(&waiting->counts);
        free(waiting->events);
        free(waiting->ids);
        free(waiting->stack);
        free(waiting);
    }
}
