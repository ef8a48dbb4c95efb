/* heaps_model.h: what tests/test_heaps.c holds the simulator to: pools with waiting threads and an ordinary heap, tick by tick, stated
 * once more and as plainly as possible: lists that are searched, recursion, no slots, no queues in common. */
#ifndef HEAPLAB_TESTS_HEAPS_MODEL_H
#define HEAPLAB_TESTS_HEAPS_MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#define MODEL_EVENTS 600u
#define MODEL_THREADS 6u
#define MODEL_HEAPS 3u

enum model_op { MODEL_ALLOC, MODEL_FREE, MODEL_REALLOC, MODEL_MARK };
enum model_outcome { MODEL_SERVED, MODEL_FAILED, MODEL_FREED, MODEL_SKIPPED, MODEL_NOTHING };

struct model_event {
    enum model_op op;
    uint32_t id, thread, heap; /* the heap counts for an alloc only */
    bool too_large;            /* for any block */
    int64_t wait;
    uint64_t t;
};

struct model_pool {
    uint32_t free_blocks; /* UINT32_MAX: an ordinary heap, which serves everything */
    bool fifo, moves;     /* a realloc needs a second block, and gives the first one back */
    uint64_t failures, skipped, waits, served, timed_out, ticks, longest;
    uint64_t thread_waits[MODEL_THREADS], thread_served[MODEL_THREADS], thread_timed_out[MODEL_THREADS], thread_ticks[MODEL_THREADS];
};

enum model_state { MODEL_RUNS, MODEL_WAITS, MODEL_WOKEN, MODEL_EXPIRED };

struct model_thread {
    enum model_state state;
    int32_t priority;
    bool away;               /* it waits, or makes up for what it put off */
    uint32_t pool;
    uint64_t since, deadline, turn;
    uint32_t queue[MODEL_EVENTS], first, count; /* events put off */
};

enum model_id { MODEL_UNKNOWN, MODEL_LIVE, MODEL_LOST, MODEL_DEAD };

struct model {
    const struct model_event *events;
    struct model_pool pools[MODEL_HEAPS];
    struct model_thread threads[MODEL_THREADS];
    enum model_id ids[MODEL_EVENTS + 1];
    uint32_t id_heap[MODEL_EVENTS + 1], id_pending[MODEL_EVENTS + 1]; /* thread + 1 whose queue has its alloc */
    uint64_t now, turns;
    uint32_t log[MODEL_EVENTS]; /* event · 8 + outcome, in the order in which it came to pass */
    uint32_t logged;
};

static inline void model_log(struct model *model, uint32_t event, enum model_outcome outcome)
{
    model->log[model->logged++] = event * 8 + (uint32_t)outcome;
}

/* Has a block for it? */
static inline bool model_take(struct model_pool *pool)
{
    if (pool->free_blocks == 0) {
        return false;
    }
    pool->free_blocks -= pool->free_blocks != UINT32_MAX;
    return true;
}

/* The call itself. *gave: a block was given back. False: an alloc finds no block. */
static inline bool model_call(struct model *model, uint32_t number, enum model_outcome *outcome, bool *gave)
{
    const struct model_event *event = &model->events[number];
    struct model_pool *pool = &model->pools[event->op == MODEL_ALLOC ? event->heap : model->id_heap[event->id]];
    *gave = false;
    *outcome = MODEL_NOTHING;
    if (event->op == MODEL_MARK) {
        return true;
    }
    if (event->op == MODEL_ALLOC) {
        model->id_heap[event->id] = event->heap;
        if (!event->too_large && model_take(pool)) {
            model->ids[event->id] = MODEL_LIVE;
            *outcome = MODEL_SERVED;
            return true;
        }
        if (!event->too_large && event->wait != 0) {
            return false;
        }
        model->ids[event->id] = MODEL_LOST;
        pool->failures++;
        *outcome = MODEL_FAILED;
        return true;
    }
    if (model->ids[event->id] != MODEL_LIVE) {
        pool->skipped++;
        *outcome = MODEL_SKIPPED;
        return true;
    }
    if (event->op == MODEL_FREE) {
        model->ids[event->id] = MODEL_DEAD;
        pool->free_blocks += pool->free_blocks != UINT32_MAX;
        *gave = true;
        *outcome = MODEL_FREED;
    } else if (pool->moves && pool->free_blocks == 0) {
        pool->failures++;
        *outcome = MODEL_FAILED;
    } else {
        *gave = pool->moves;
        *outcome = MODEL_SERVED;
    }
    return true;
}

/* The thread joins the list of its event's pool. */
static inline void model_join(struct model *model, uint32_t thread, uint32_t number)
{
    struct model_thread *waiter = &model->threads[thread];
    const struct model_event *event = &model->events[number];
    waiter->state = MODEL_WAITS;
    waiter->away = true;
    waiter->pool = event->heap;
    waiter->since = model->now;
    waiter->deadline = event->wait < 0 ? UINT64_MAX : model->now + (uint64_t)event->wait;
    waiter->turn = model->turns++;
    model->pools[event->heap].waits++;
    model->pools[event->heap].thread_waits[thread]++;
}

/* A block of that pool was given back: its list's first wakes. Its thread, or MODEL_THREADS. */
static inline uint32_t model_wake(struct model *model, uint32_t pool)
{
    uint32_t first = MODEL_THREADS;
    for (uint32_t i = 0; i < MODEL_THREADS; i++) {
        const struct model_thread *thread = &model->threads[i];
        if (thread->state == MODEL_WAITS && thread->pool == pool) {
            const bool before = first == MODEL_THREADS || (model->pools[pool].fifo ? thread->turn < model->threads[first].turn
                                                                                   : thread->turn > model->threads[first].turn);
            first = before ? i : first;
        }
    }
    if (first != MODEL_THREADS) {
        model->threads[first].state = MODEL_WOKEN;
        model->threads[first].turn = model->turns++;
    }
    return first;
}

static inline void model_put_off(struct model *model, uint32_t thread, uint32_t number)
{
    struct model_thread *to = &model->threads[thread];
    to->queue[to->count++] = number;
    if (model->events[number].op == MODEL_ALLOC) {
        model->id_pending[model->events[number].id] = thread + 1;
    }
}

static inline void model_run_ready(struct model *model, int64_t limit);

static inline void model_gave(struct model *model, uint32_t number, int32_t priority)
{
    const uint32_t woken = model_wake(model, model->id_heap[model->events[number].id]);
    if (woken != MODEL_THREADS && model->threads[woken].priority < priority) {
        model_run_ready(model, priority);
    }
}

/* The thread makes up for what it put off, until it waits again or has done it all. */
static inline void model_work(struct model *model, uint32_t thread)
{
    struct model_thread *worker = &model->threads[thread];
    while (worker->first < worker->count) {
        const uint32_t number = worker->queue[worker->first];
        const struct model_event *event = &model->events[number];
        const uint32_t pending = model->id_pending[event->id];
        enum model_outcome outcome = MODEL_NOTHING;
        bool gave = false;
        if (pending != 0 && pending != thread + 1) {
            worker->first++;
            model_put_off(model, pending - 1, number);
            continue;
        }
        if (!model_call(model, number, &outcome, &gave)) {
            model_join(model, thread, number);
            return;
        }
        worker->first++;
        model->id_pending[event->id] = event->op == MODEL_ALLOC ? 0 : model->id_pending[event->id];
        model_log(model, number, outcome);
        if (gave) {
            model_gave(model, number, worker->priority);
        }
    }
    worker->away = false;
}

/* A ready thread looks for its block, or goes without. */
static inline void model_resume(struct model *model, uint32_t thread)
{
    struct model_thread *waiter = &model->threads[thread];
    struct model_pool *pool = &model->pools[waiter->pool];
    const uint32_t number = waiter->queue[waiter->first];
    const bool looks = waiter->state == MODEL_WOKEN;
    const bool served = looks && model_take(pool);
    if (looks && !served && waiter->deadline > model->now) {
        waiter->state = MODEL_WAITS;
        waiter->turn = model->turns++;
        return;
    }
    const uint64_t ticks = model->now - waiter->since;
    pool->served += served;
    pool->timed_out += !served;
    pool->failures += !served;
    pool->ticks += ticks;
    pool->longest = ticks > pool->longest ? ticks : pool->longest;
    pool->thread_served[thread] += served;
    pool->thread_timed_out[thread] += !served;
    pool->thread_ticks[thread] += ticks;
    model->ids[model->events[number].id] = served ? MODEL_LIVE : MODEL_LOST;
    model->id_pending[model->events[number].id] = 0;
    waiter->state = MODEL_RUNS;
    waiter->first++;
    model_log(model, number, served ? MODEL_SERVED : MODEL_FAILED);
    model_work(model, thread);
}

static inline void model_run_ready(struct model *model, int64_t limit)
{
    for (;;) {
        uint32_t next = MODEL_THREADS;
        for (uint32_t i = 0; i < MODEL_THREADS; i++) {
            const struct model_thread *thread = &model->threads[i], *best = &model->threads[next % MODEL_THREADS];
            const bool ready = (thread->state == MODEL_WOKEN || thread->state == MODEL_EXPIRED) && thread->priority < limit;
            if (ready && (next == MODEL_THREADS || thread->priority < best->priority ||
                          (thread->priority == best->priority && thread->turn < best->turn))) {
                next = i;
            }
        }
        if (next == MODEL_THREADS) {
            return;
        }
        model_resume(model, next);
    }
}

/* An event of the trace, at its tick. */
static inline void model_event(struct model *model, uint32_t number)
{
    const struct model_event *event = &model->events[number];
    enum model_outcome outcome = MODEL_NOTHING;
    bool gave = false;
    if (event->op != MODEL_MARK && model->threads[event->thread].away) {
        model_put_off(model, event->thread, number);
        return;
    }
    if (event->op != MODEL_MARK && event->op != MODEL_ALLOC && model->id_pending[event->id] != 0) {
        model_put_off(model, model->id_pending[event->id] - 1, number);
        return;
    }
    if (!model_call(model, number, &outcome, &gave)) {
        model_join(model, event->thread, number);
        model_put_off(model, event->thread, number);
        return;
    }
    if (gave) {
        model_gave(model, number, model->threads[event->thread].priority);
    }
    model_log(model, number, outcome);
}

/* All of it: each tick begins with the deadlines that end there and ends with the ready threads. */
static inline void model_run(struct model *model, uint32_t count)
{
    const uint64_t last = model->events[count - 1].t;
    uint32_t next = 0;
    for (model->now = 0; model->now <= last; model->now++) {
        for (uint32_t i = 0; i < MODEL_THREADS; i++) {
            if (model->threads[i].state == MODEL_WAITS && model->threads[i].deadline <= model->now) {
                model->threads[i].state = MODEL_EXPIRED;
                model->threads[i].turn = model->turns++;
            }
        }
        model_run_ready(model, INT64_MAX);
        while (next < count && model->events[next].t == model->now) {
            model_event(model, next++);
        }
        model_run_ready(model, INT64_MAX);
    }
}

#endif
