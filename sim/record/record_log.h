/* record_log.h: the raw log between the preloaded recorder (traces/record) and the converter (record_*.c).
 *
 * A process image writes one file, through shared file mappings: what was stored is in the page cache, so it outlives exit, _exit,
 * abort and SIGKILL without any flushing.
 *
 *     +--------+--------------+-------+-------+-------+- - -
 *     | header | caller table | chunk | chunk | chunk |      every chunk starts on a multiple of RECORD_UNIT_BYTES
 *     +--------+--------------+-------+-------+- - - -
 *
 * A chunk belongs to one thread (entries) or tells of one loaded module. A thread maps one chunk, its window, and fills it from front to
 * back; a full window is copied behind the file's end and used again, so a thread's chunks are ordered by `base_ticket`, and a thread
 * that was killed between the copy and the reuse has both: entries with a ticket already seen are dropped. `what` is stored
 * last, so an entry counts if and only if its `what` is not zero. A chunk whose magic is zero was reserved but never begun: the reader
 * skips one unit and looks again.
 *
 * Tickets, handed out by one counter a process, order the entries of all threads: a block's end (free, realloc's begin) takes its
 * ticket before the real call and its beginning after it, so no address is ever seen to begin twice without an end between.
 *
 * The same layout on 64-bit and 32-bit programs; the two sides run on one machine, so its byte order serves. */
#ifndef HEAPLAB_SIM_RECORD_LOG_H
#define HEAPLAB_SIM_RECORD_LOG_H

#include <assert.h>
#include <stdint.h>
#include <time.h>

#define RECORD_MAGIC UINT64_C(0x31474f4c50414548)       /* "HEAPLOG1" */
#define RECORD_CHUNK_MAGIC UINT32_C(0x4b4e4843)         /* "CHNK": entries of one thread */
#define RECORD_MODULE_MAGIC UINT32_C(0x4c444f4d)        /* "MODL": one loaded module */
#define RECORD_UNIT_BYTES 4096U
#define RECORD_WINDOW_BYTES (16U * RECORD_UNIT_BYTES)
#define RECORD_CALLERS 65536U /* slots of the caller table: return addresses, 0 = free; slot 0 stays free: caller not known */
#define RECORD_CHUNKS_OFFSET (RECORD_UNIT_BYTES + RECORD_CALLERS * 8U)
#define RECORD_TICK_SHIFT 10 /* entries count 2^10 ticks: 0.3 us at 3 GHz */
#define RECORD_PTR_BITS 48
#define RECORD_PATH_BYTES 3072U

/* Environment of a recorded program. */
#define RECORD_ENV_DIR "HEAPLAB_RECORD_DIR"       /* the directory that takes the logs: PID-IMAGE.log */
#define RECORD_ENV_EVENTS "HEAPLAB_RECORD_EVENTS" /* stop a process's recording soon after so many events */

enum record_kind {
    RECORD_NONE,
    RECORD_ALLOC,         /* ptr = result (0: failed), size, align */
    RECORD_HIGH,          /* size = the upper half of the size of this thread's next entry */
    RECORD_COUNT,         /* size = the count of the calloc that follows in this thread */
    RECORD_CALLOC,        /* ptr = result, size = bytes an element */
    RECORD_FREE,          /* ptr = argument */
    RECORD_REALLOC_BEGIN, /* ptr = the old block: from here its address may be handed out again */
    RECORD_REALLOC_END    /* ptr = result (0: failed, the old block lives on, or size 0: freed), size */
};

struct record_entry {
    uint64_t what;   /* kind << 56 | (log2(align) + 1, or 0) << 48 | ptr; 0 = not written */
    uint32_t ticket; /* less the chunk's base */
    uint32_t ticks;  /* less the chunk's base, in 2^RECORD_TICK_SHIFT */
    uint32_t size;
    uint32_t caller; /* slot in the caller table */
};
static_assert(sizeof(struct record_entry) == 24, "the log's entries have one layout for every program");

struct record_chunk {
    uint32_t magic;
    uint32_t bytes;  /* of the chunk with this header */
    uint32_t thread; /* the process's n-th recorded thread, from 0 */
    uint32_t tid;
    char name[16];   /* the thread's name when last looked at */
    uint64_t base_ticket, base_ticks;
};
static_assert(sizeof(struct record_chunk) == 2 * sizeof(struct record_entry), "entries follow");

struct record_module {
    uint32_t magic;
    uint32_t bytes;        /* RECORD_UNIT_BYTES */
    uint64_t base;         /* added to the file's virtual addresses */
    uint64_t begin, end;   /* addresses covered */
    char path[RECORD_PATH_BYTES];
};
static_assert(sizeof(struct record_module) <= RECORD_UNIT_BYTES, "one unit a module");

struct record_log_header {
    uint64_t magic;
    uint32_t word_bits;
    uint32_t pid, parent;
    uint32_t image;        /* 0 for the process's first program, counting up at each exec */
    uint32_t forked;       /* 1: began by fork, so blocks of the parent live on unseen */
    uint32_t stopped;      /* enum record_stop */
    uint64_t start_ticks;
    char program[1024];    /* /proc/self/exe */
    char command[2048];    /* /proc/self/cmdline: words end with NUL; cut */
};
static_assert(sizeof(struct record_log_header) <= RECORD_UNIT_BYTES, "one unit");

enum record_stop { RECORD_RUNNING, RECORD_LIMIT, RECORD_NO_SPACE };

/* A monotonic clock of any unit, as cheap as can be had; `heaplab record` reads it together with CLOCK_MONOTONIC around the run. */
static inline uint64_t record_ticks(void)
{
#if defined(__x86_64__) || defined(__i386__)
    return __builtin_ia32_rdtsc();
#else
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
#endif
}

#endif
