/* recorder_log.h: where the recorder's entries go; see sim/record/record_log.h for the file.
 *
 * The hot path is inline: a ticket, the clock, a look into the caller table, one comparison for room, one for "am I a forked child",
 * four stores.
 * Nothing here calls the recorded functions; the slow paths are system calls only. errno is kept. */
#ifndef HEAPLAB_RECORDER_LOG_H
#define HEAPLAB_RECORDER_LOG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/single_threaded.h>

#include "record_log.h"

#define LOG_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define LOG_TLS _Thread_local __attribute__((tls_model("initial-exec")))
#define LOG_PROBES 32U /* of the caller table, before a caller counts as unknown */

struct log_thread {
    struct record_entry *next, *end; /* free room in the thread's window; equal where there is none */
    uint64_t base_ticket, base_ticks;
    struct record_chunk *window;     /* NULL before the first entry and after the thread's end */
    uint32_t number;
    uint32_t epoch;                  /* of the process when the window was mapped */
    bool inside;                     /* in a recorded function or in the recorder: calls from here are not the program's */
};

struct log_process {
    const volatile uint32_t *epoch; /* in a page that the kernel wipes in a forked child, so that a child notices by itself */
    _Atomic uint64_t *callers;      /* the caller table */
    _Atomic uint64_t ticket;        /* the last one given */
};

extern LOG_TLS struct log_thread log_self;
extern struct log_process log_process;

/* Makes room: flushes the window, or begins the log itself where there is none yet or this is a forked child; then *ticket and *ticks
 * are taken anew. Room for one entry, or NULL: do not record. */
struct record_entry *log_take_slow(uint64_t *ticket, uint64_t *ticks);

/* The caller's slot in the table, which it gets here; its module goes into the log if it is new. 0 if the table is full. */
uint32_t log_add_caller(uint64_t caller);

static inline uint64_t log_ticket(void)
{
    if (__libc_single_threaded) { /* spares the bus lock, as glibc's own malloc does */
        uint64_t ticket = atomic_load_explicit(&log_process.ticket, memory_order_relaxed) + 1;
        atomic_store_explicit(&log_process.ticket, ticket, memory_order_relaxed);
        return ticket;
    }
    return atomic_fetch_add_explicit(&log_process.ticket, 1, memory_order_acq_rel) + 1;
}

static inline struct record_entry *log_take(uint64_t *ticket, uint64_t *ticks)
{
    struct log_thread *self = &log_self;
    uint64_t too_far = (*ticket - self->base_ticket) >> 32 | (*ticks - self->base_ticks) >> (32 + RECORD_TICK_SHIFT);
    if (LOG_UNLIKELY(self->next == self->end || *log_process.epoch != self->epoch || too_far != 0))
        return log_take_slow(ticket, ticks);
    return self->next++;
}

static inline uint32_t log_caller_hash(uint64_t caller)
{
    return (uint32_t)(caller * UINT64_C(0x9e3779b97f4a7c15) >> 48);
}

static inline uint32_t log_caller(uint64_t caller)
{
    uint32_t slot = log_caller_hash(caller);
    if (LOG_UNLIKELY(slot == 0 || atomic_load_explicit(&log_process.callers[slot], memory_order_relaxed) != caller))
        return log_add_caller(caller);
    return slot;
}

/* One entry; `align_code` is log2(align) + 1, or 0 for none. */
static inline void log_put(enum record_kind kind, const void *ptr, uint32_t size, uint32_t align_code, const void *caller)
{
    uint64_t ticket = log_ticket(), ticks = record_ticks();
    struct record_entry *entry = log_take(&ticket, &ticks);
    if (LOG_UNLIKELY(entry == NULL))
        return;
    entry->ticket = (uint32_t)(ticket - log_self.base_ticket);
    entry->ticks = (uint32_t)((ticks - log_self.base_ticks) >> RECORD_TICK_SHIFT);
    entry->size = size;
    entry->caller = log_caller((uintptr_t)caller);
    uint64_t address = (uintptr_t)ptr & ((UINT64_C(1) << RECORD_PTR_BITS) - 1);
    atomic_signal_fence(memory_order_release);
    *(volatile uint64_t *)&entry->what = (uint64_t)kind << 56 | (uint64_t)align_code << 48 | address;
}

/* An entry with a size of any width. */
static inline void log_put_sized(enum record_kind kind, const void *ptr, size_t size, uint32_t align_code, const void *caller)
{
    if (LOG_UNLIKELY((uint64_t)size >> 32 != 0))
        log_put(RECORD_HIGH, NULL, (uint32_t)((uint64_t)size >> 32), 0, caller);
    log_put(kind, ptr, (uint32_t)size, align_code, caller);
}

#endif
