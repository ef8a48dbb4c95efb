/* waiters.h: the threads that wait for a pool's block, and which of them goes on when.
 *
 * The model is RT-Thread's. Every pool has a wait list, and a thread waits in one of them at most. A thread that finds no block joins
 * the pool's list: at its head or at its end, whatever its priority, and the one at the head is woken when a block is freed. The block
 * is not reserved for it: when the woken thread runs and another one was quicker, it joins the list anew, for the time that it has
 * left. A thread whose time is over leaves the list with nothing.
 * Who runs: a thread that is woken by a less urgent one goes on at once; otherwise when everything that happens at this tick has
 * happened; the most urgent first, of equal ones the first that was woken. A smaller priority is more urgent.
 *
 * The model knows neither heap nor trace: its user says who waits, who was woken and has run, and what time it is. Every question
 * looks at all waiting threads: O(threads that wait). Its content is position-independent but for one array, so that it can be
 * copied. */
#ifndef HEAPLAB_SIM_WAITERS_H
#define HEAPLAB_SIM_WAITERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <heap/policy.h>

#define WAITERS_FOR_EVER UINT64_MAX

enum waiter_state {
    WAITER_WAITS,   /* in the list */
    WAITER_WOKEN,   /* ready, and will look for a block */
    WAITER_EXPIRED, /* ready, and will return with nothing */
    WAITER_RUNS     /* has run; what it does next is the user's */
};

struct waiter {
    uint32_t thread;
    uint32_t list;             /* the pool that it waits for, or waited for last */
    int32_t priority;
    uint64_t since, deadline;  /* ticks; WAITERS_FOR_EVER */
    uint64_t turn;             /* of its joining the list; once it is ready, of its waking */
    uint32_t first, last;      /* the user's */
    uint8_t state;             /* enum waiter_state */
};

struct waiters {
    struct waiter *items;      /* by thread, rising */
    uint32_t count, room;
    uint64_t turns;
};

/* The list's order that a policy is configured with, its parameter `order`; 0: its default, or it has no such parameter. */
enum { WAITERS_LIFO = 1, WAITERS_FIFO = 2 };
uint32_t waiters_order(const struct heap_policy *policy, const uint32_t params[HEAP_MAX_PARAMS]);

/* The thread's entry, or NULL. Entries move when another is added or removed. */
struct waiter *waiters_find(const struct waiters *waiters, uint32_t thread);

/* The thread joins the list at tick `now` for `wait` ticks (negative: for ever; not 0). NULL without memory. */
struct waiter *waiters_add(struct waiters *waiters, uint32_t list, uint32_t thread, int32_t priority, uint64_t now, int64_t wait);
void waiters_remove(struct waiters *waiters, struct waiter *waiter);

/* The same for a thread that has an entry already and runs. */
void waiters_join(struct waiters *waiters, struct waiter *waiter, uint32_t list, uint64_t now, int64_t wait);

/* A thread that has run joins once more, for the rest of its time. False: none is left. */
bool waiters_again(struct waiters *waiters, struct waiter *waiter, uint64_t now);

/* A block was freed: the list's first becomes ready; `fifo`: new ones join at this list's end (5.x), not at its head (4.1). NULL: nobody
 * waits there. */
struct waiter *waiters_wake(struct waiters *waiters, uint32_t list, bool fifo);

/* The earliest tick at which a thread's time is over; WAITERS_FOR_EVER: none. */
uint64_t waiters_next_deadline(const struct waiters *waiters);

/* Those whose time is over at tick `now` become ready, in order of their numbers. */
void waiters_expire(struct waiters *waiters, uint64_t now);

/* The ready thread that runs next, if its priority is below `limit`; NULL: none. INT64_MAX: any. */
struct waiter *waiters_next_ready(const struct waiters *waiters, int64_t limit);

uint32_t waiters_waiting(const struct waiters *waiters, uint32_t list); /* how many are in the list */

bool waiters_copy(struct waiters *to, const struct waiters *from); /* false without memory */
void waiters_end(struct waiters *waiters);                         /* frees the array */

#endif
