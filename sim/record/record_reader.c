/* record_reader.c: merges the threads' chunks of a raw log by ticket.
 *
 * Chunks are indexed once, sorted by thread and base ticket; a cursor a thread stands on its next entry, and a binary heap of cursors
 * gives the least ticket. A thread's window may repeat entries of its last copied chunk (record_log.h): a ticket that is not above
 * the thread's last one is dropped. Every length is checked against the file: a damaged log ends early and reads nothing outside. */
#include "record_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct cursor {
    uint32_t chunk, chunk_end; /* into log->chunks */
    uint32_t entry;
    uint64_t ticket;           /* of the entry; the last one's while advancing */
    uint64_t high, count;      /* from helper entries, for the next call */
    bool has_count;
};

struct record_log {
    const unsigned char *bytes;
    uint64_t size;
    const struct record_chunk **chunks;
    const struct record_module **modules;
    uint32_t chunk_count, chunk_room, module_count, module_room;
    struct cursor *cursors; /* one a thread */
    uint32_t *heap;         /* of cursor indexes, least ticket first */
    uint32_t thread_count, heap_count;
};

/* Room for one more pointer: the array, perhaps elsewhere; NULL without memory, and the old one stays. */
static void *grow(void *array, uint32_t count, uint32_t *room)
{
    if (count < *room) {
        return array;
    }
    uint32_t wanted = *room == 0 ? 64 : *room * 2;
    void *bigger = wanted < *room ? NULL : realloc(array, (size_t)wanted * sizeof(void *));
    if (bigger != NULL) {
        *room = wanted;
    }
    return bigger;
}

static bool add_module(struct record_log *log, const struct record_module *module)
{
    const struct record_module **modules = grow(log->modules, log->module_count, &log->module_room);
    if (modules == NULL) {
        return false;
    }
    log->modules = modules;
    modules[log->module_count++] = module;
    return true;
}

static bool add_chunk(struct record_log *log, const struct record_chunk *chunk)
{
    const struct record_chunk **chunks = grow(log->chunks, log->chunk_count, &log->chunk_room);
    if (chunks == NULL) {
        return false;
    }
    log->chunks = chunks;
    chunks[log->chunk_count++] = chunk;
    return true;
}

/* ---- index ---- */

static bool index_chunks(struct record_log *log)
{
    uint64_t at = RECORD_CHUNKS_OFFSET;
    while (at < log->size && log->size - at >= sizeof(struct record_chunk)) {
        const void *here = log->bytes + at;
        const struct record_chunk *chunk = here;
        uint64_t bytes = RECORD_UNIT_BYTES;
        if (chunk->magic == RECORD_MODULE_MAGIC && log->size - at >= sizeof(struct record_module)) {
            if (!add_module(log, here)) {
                return false;
            }
        } else if (chunk->magic == RECORD_CHUNK_MAGIC && chunk->bytes == RECORD_WINDOW_BYTES) {
            if (!add_chunk(log, chunk)) {
                return false;
            }
            bytes = chunk->bytes;
        }
        at += bytes;
    }
    return true;
}

static int compare_chunks(const void *a, const void *b)
{
    const struct record_chunk *x = *(const struct record_chunk *const *)a, *y = *(const struct record_chunk *const *)b;
    if (x->thread != y->thread) {
        return x->thread < y->thread ? -1 : 1;
    }
    return x->base_ticket == y->base_ticket ? 0 : x->base_ticket < y->base_ticket ? -1 : 1;
}

static bool make_cursors(struct record_log *log)
{
    log->cursors = calloc((size_t)log->chunk_count + 1, sizeof *log->cursors);
    log->heap = calloc((size_t)log->chunk_count + 1, sizeof *log->heap);
    if (log->cursors == NULL || log->heap == NULL) {
        return false;
    }
    if (log->chunk_count > 0) {
        qsort(log->chunks, log->chunk_count, sizeof *log->chunks, compare_chunks);
    }
    for (uint32_t i = 0; i < log->chunk_count; i++) {
        if (i == 0 || log->chunks[i]->thread != log->chunks[i - 1]->thread) {
            log->cursors[log->thread_count++].chunk = i;
        }
        log->cursors[log->thread_count - 1].chunk_end = i + 1;
    }
    return true;
}

/* The file mapped, its size in *size; NULL, and *error says why. */
static void *map_log(const char *path, uint64_t *size, struct record_error *error)
{
    struct stat st;
    void *bytes = MAP_FAILED;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        record_fail(error, RECORD_E_LOG, "%s: %s", path, strerror(errno));
    } else if ((uint64_t)st.st_size < RECORD_CHUNKS_OFFSET) { /* the recorder reserves its tables or gives up */
        record_fail(error, RECORD_E_SYSTEM, "%s: %s: nothing of this process is recorded", path, strerror(ENOSPC));
    } else if ((uint64_t)st.st_size > SIZE_MAX) {
        record_fail(error, RECORD_E_SYSTEM, "%s: too large for this address space", path);
    } else if ((bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0)) == MAP_FAILED) {
        record_fail(error, RECORD_E_SYSTEM, "%s: cannot map this recording: %s", path, strerror(errno));
    } else {
        *size = (uint64_t)st.st_size;
    }
    if (fd >= 0) {
        close(fd);
    }
    return bytes == MAP_FAILED ? NULL : bytes;
}

struct record_log *record_log_open(const char *path, struct record_error *error)
{
    struct record_log *log = calloc(1, sizeof *log);
    if (log == NULL) {
        record_fail(error, RECORD_E_SYSTEM, "%s: out of memory", path);
        return NULL;
    }
    log->bytes = map_log(path, &log->size, error);
    if (log->bytes == NULL) {
        free(log);
        return NULL;
    }
    if (record_log_header(log)->magic != RECORD_MAGIC) {
        record_fail(error, RECORD_E_LOG, "%s: not a recording", path);
    } else if (!index_chunks(log) || !make_cursors(log)) {
        record_fail(error, RECORD_E_SYSTEM, "%s: out of memory", path);
    } else {
        record_log_rewind(log);
        return log;
    }
    record_log_close(log);
    return NULL;
}

void record_log_close(struct record_log *log)
{
    if (log == NULL) {
        return;
    }
    munmap((void *)(uintptr_t)log->bytes, (size_t)log->size);
    free(log->chunks);
    free(log->modules);
    free(log->cursors);
    free(log->heap);
    free(log);
}

bool record_log_leave_disk(struct record_log *log, const char *path)
{
    long pages = sysconf(_SC_AVPHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    size_t size = (size_t)log->size;
    if (pages <= 0 || page <= 0 || size / (size_t)page >= (size_t)pages / 2) {
        return false;
    }
    void *here = (void *)(uintptr_t)log->bytes;
    void *copy = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (copy == MAP_FAILED) {
        return false;
    }
    memcpy(copy, here, size);
    if (mremap(copy, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, here) == MAP_FAILED) { /* the same addresses: the index stays good */
        munmap(copy, size);
        return false;
    }
    unlink(path);
    return true;
}

/* ---- what it says ---- */

const struct record_log_header *record_log_header(const struct record_log *log) { return (const void *)log->bytes; }

uint32_t record_log_threads(const struct record_log *log) { return log->thread_count; }

const char *record_log_thread_name(const struct record_log *log, uint32_t thread, bool *is_main)
{
    const struct record_chunk *last = log->chunks[log->cursors[thread].chunk_end - 1];
    *is_main = last->tid == record_log_header(log)->pid;
    return memchr(last->name, '\0', sizeof last->name) == NULL ? "" : last->name;
}

uint64_t record_log_caller(const struct record_log *log, uint32_t slot)
{
    const void *table = log->bytes + RECORD_UNIT_BYTES;
    return slot < RECORD_CALLERS ? ((const uint64_t *)table)[slot] : 0;
}

uint32_t record_log_modules(const struct record_log *log) { return log->module_count; }

const struct record_module *record_log_module(const struct record_log *log, uint32_t index) { return log->modules[index]; }

/* ---- the merge ---- */

static uint32_t chunk_entries(const struct record_log *log, const struct record_chunk *chunk)
{
    uint64_t rest = log->size - (uint64_t)((const unsigned char *)chunk - log->bytes);
    uint64_t bytes = rest < chunk->bytes ? rest : chunk->bytes;
    return (uint32_t)((bytes - sizeof *chunk) / sizeof(struct record_entry));
}

static const struct record_entry *cursor_entry(const struct record_log *log, const struct cursor *cursor)
{
    return (const struct record_entry *)(const void *)(log->chunks[cursor->chunk] + 1) + cursor->entry;
}

/* Stands the cursor on its first entry, from where it is, with a ticket above its last; false if there is none. */
static bool cursor_settle(const struct record_log *log, struct cursor *cursor)
{
    for (; cursor->chunk < cursor->chunk_end; cursor->chunk++, cursor->entry = 0) {
        const struct record_chunk *chunk = log->chunks[cursor->chunk];
        uint32_t entries = chunk_entries(log, chunk);
        for (; cursor->entry < entries; cursor->entry++) {
            const struct record_entry *entry = cursor_entry(log, cursor);
            uint64_t ticket = chunk->base_ticket + entry->ticket;
            if (entry->what == 0) {
                continue; /* a signal handler or a killed thread took the room and did not fill it */
            }
            if (ticket > cursor->ticket) {
                cursor->ticket = ticket;
                return true;
            }
        }
    }
    return false;
}

static void heap_sink(struct record_log *log, uint32_t at)
{
    for (;;) {
        uint32_t least = at, left = 2 * at + 1;
        for (uint32_t child = left; child < left + 2 && child < log->heap_count; child++) {
            if (log->cursors[log->heap[child]].ticket < log->cursors[log->heap[least]].ticket) {
                least = child;
            }
        }
        if (least == at) {
            return;
        }
        uint32_t other = log->heap[at];
        log->heap[at] = log->heap[least];
        log->heap[least] = other;
        at = least;
    }
}

void record_log_rewind(struct record_log *log)
{
    log->heap_count = 0;
    uint32_t chunk = 0;
    for (uint32_t thread = 0; thread < log->thread_count; thread++) {
        uint32_t end = log->cursors[thread].chunk_end;
        log->cursors[thread] = (struct cursor){.chunk = chunk, .chunk_end = end};
        chunk = end;
        if (cursor_settle(log, &log->cursors[thread])) {
            log->heap[log->heap_count++] = thread;
        }
    }
    for (uint32_t i = log->heap_count; i-- > 0;) {
        heap_sink(log, i);
    }
}

/* Takes the entry into *call; false for helpers, which wait in the cursor. */
static bool fold(const struct record_log *log, struct cursor *cursor, uint32_t thread, struct record_call *call)
{
    const struct record_entry *entry = cursor_entry(log, cursor);
    enum record_kind kind = (enum record_kind)(entry->what >> 56);
    uint64_t size = cursor->high << 32 | entry->size;
    cursor->high = 0;
    if (kind == RECORD_HIGH) {
        cursor->high = entry->size;
        return false;
    }
    if (kind == RECORD_COUNT) {
        cursor->count = size;
        cursor->has_count = true;
        return false;
    }
    uint32_t align_code = (uint32_t)(entry->what >> RECORD_PTR_BITS) & 0xff;
    *call = (struct record_call){.ticks = log->chunks[cursor->chunk]->base_ticks + ((uint64_t)entry->ticks << RECORD_TICK_SHIFT),
                                 .ptr = entry->what & ((UINT64_C(1) << RECORD_PTR_BITS) - 1),
                                 .size = size, .count = cursor->has_count ? cursor->count : 1,
                                 .align = align_code == 0 || align_code > 53 ? 0 : UINT64_C(1) << (align_code - 1),
                                 .caller = entry->caller, .thread = thread, .kind = kind};
    cursor->has_count = false;
    return true;
}

bool record_log_next(struct record_log *log, struct record_call *call)
{
    while (log->heap_count > 0) {
        uint32_t thread = log->heap[0];
        struct cursor *cursor = &log->cursors[thread];
        bool whole = fold(log, cursor, thread, call);
        cursor->entry++;
        if (!cursor_settle(log, cursor)) {
            log->heap[0] = log->heap[--log->heap_count];
        }
        heap_sink(log, 0);
        if (whole) {
            return true;
        }
    }
    return false;
}
