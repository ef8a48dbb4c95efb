/* waiters.c: see waiters.h. The list's order is that of the turns: no links, one array. */
#include "waiters.h"

#include <stdlib.h>
#include <string.h>

uint32_t waiters_order(const struct heap_policy *policy, const uint32_t params[HEAP_MAX_PARAMS])
{
    const struct heap_param *param = policy->inspect->params;
    for (uint32_t i = 0; param != NULL && param[i].key != NULL; i++) {
        if (strcmp(param[i].key, "order") == 0 && param[i].choices != NULL) {
            return params[i];
        }
    }
    return 0;
}

/* Where the thread's entry is, or would be. */
static uint32_t place_of(const struct waiters *waiters, uint32_t thread)
{
    uint32_t low = 0, high = waiters->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (waiters->items[middle].thread < thread) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct waiter *waiters_find(const struct waiters *waiters, uint32_t thread)
{
    const uint32_t place = place_of(waiters, thread);
    return place < waiters->count && waiters->items[place].thread == thread ? &waiters->items[place] : NULL;
}

struct waiter *waiters_add(struct waiters *waiters, uint32_t list, uint32_t thread, int32_t priority, uint64_t now, int64_t wait)
{
    if (waiters->count == waiters->room) {
        const uint32_t room = waiters->room * 2 + 16;
        struct waiter *items = realloc(waiters->items, room * sizeof *items);
        if (items == NULL) {
            return NULL;
        }
        waiters->items = items;
        waiters->room = room;
    }
    const uint32_t place = place_of(waiters, thread);
    struct waiter *waiter = &waiters->items[place];
    memmove(waiter + 1, waiter, (waiters->count - place) * sizeof *waiter);
    waiters->count++;
    *waiter = (struct waiter){.thread = thread, .priority = priority};
    waiters_join(waiters, waiter, list, now, wait);
    return waiter;
}

void waiters_join(struct waiters *waiters, struct waiter *waiter, uint32_t list, uint64_t now, int64_t wait)
{
    waiter->list = list;
    waiter->since = now;
    waiter->deadline = wait < 0 || (uint64_t)wait > WAITERS_FOR_EVER - now ? WAITERS_FOR_EVER : now + (uint64_t)wait;
    waiter->turn = waiters->turns++;
    waiter->state = WAITER_WAITS;
}

void waiters_remove(struct waiters *waiters, struct waiter *waiter)
{
    const uint32_t place = (uint32_t)(waiter - waiters->items);
    waiters->count--;
    memmove(waiter, waiter + 1, (waiters->count - place) * sizeof *waiter);
}

bool waiters_again(struct waiters *waiters, struct waiter *waiter, uint64_t now)
{
    if (waiter->deadline <= now) {
        return false;
    }
    waiter->turn = waiters->turns++;
    waiter->state = WAITER_WAITS;
    return true;
}

struct waiter *waiters_wake(struct waiters *waiters, uint32_t list, bool fifo)
{
    struct waiter *first = NULL;
    for (struct waiter *waiter = waiters->items; waiter != waiters->items + waiters->count; waiter++) {
        if (waiter->state == WAITER_WAITS && waiter->list == list && (first == NULL || (waiter->turn < first->turn) == fifo)) {
            first = waiter;
        }
    }
    if (first != NULL) {
        first->state = WAITER_WOKEN;
        first->turn = waiters->turns++;
    }
    return first;
}

uint64_t waiters_next_deadline(const struct waiters *waiters)
{
    uint64_t next = WAITERS_FOR_EVER;
    for (uint32_t i = 0; i < waiters->count; i++) {
        const struct waiter *waiter = &waiters->items[i];
        next = waiter->state == WAITER_WAITS && waiter->deadline < next ? waiter->deadline : next;
    }
    return next;
}

void waiters_expire(struct waiters *waiters, uint64_t now)
{
    for (struct waiter *waiter = waiters->items; waiter != waiters->items + waiters->count; waiter++) {
        if (waiter->state == WAITER_WAITS && waiter->deadline <= now) {
            waiter->state = WAITER_EXPIRED;
            waiter->turn = waiters->turns++;
        }
    }
}

struct waiter *waiters_next_ready(const struct waiters *waiters, int64_t limit)
{
    struct waiter *next = NULL;
    for (struct waiter *waiter = waiters->items; waiter != waiters->items + waiters->count; waiter++) {
        const bool ready = waiter->state == WAITER_WOKEN || waiter->state == WAITER_EXPIRED;
        const bool sooner = next == NULL || waiter->priority < next->priority ||
                            (waiter->priority == next->priority && waiter->turn < next->turn);
        next = ready && waiter->priority < limit && sooner ? waiter : next;
    }
    return next;
}

uint32_t waiters_waiting(const struct waiters *waiters, uint32_t list)
{
    uint32_t waiting = 0;
    for (uint32_t i = 0; i < waiters->count; i++) {
        waiting += waiters->items[i].state == WAITER_WAITS && waiters->items[i].list == list;
    }
    return waiting;
}

bool waiters_copy(struct waiters *to, const struct waiters *from)
{
    struct waiter *items = NULL;
    if (from->count != 0) {
        items = malloc(from->count * sizeof *items);
        if (items == NULL) {
            return false;
        }
        memcpy(items, from->items, from->count * sizeof *items);
    }
    free(to->items);
    *to = *from;
    to->items = items;
    to->room = from->count;
    return true;
}

void waiters_end(struct waiters *waiters)
{
    free(waiters->items);
    waiters->items = NULL;
    waiters->count = waiters->room = 0;
}
