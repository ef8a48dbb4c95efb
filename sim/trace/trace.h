/* trace.h: what a program asked of its allocator, as a stream of events or as a table in memory.
 *
 * A trace holds no addresses: an event names an allocation by its id, and every run of the simulator gives it an address anew.
 * Three encodings of one model (.json, .jsonl, .hlt; the first two plain or gzip) are told apart by content, never by name. Recordings
 * of other tools (docs/IMPORTS.md) are read as if they were a fourth.
 *
 * Every reader hands out the same `struct trace_event`, already checked for meaning (a live id is not allocated again, a dead one
 * is not freed) and with a `slot`: a small dense number that the id holds while it lives and that a later id may get after it.
 * Replays index arrays by slot, so they need memory for the largest number of live ids only, and no hash table of their own.
 */
#ifndef HEAPLAB_SIM_TRACE_H
#define HEAPLAB_SIM_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace_error.h"

#define TRACE_NO_SITE UINT32_MAX /* the event has no call site */
#define TRACE_NO_SLOT UINT32_MAX /* marks, free(NULL), and the id of a failed alloc */
#define TRACE_NO_TIME UINT64_MAX /* to trace_append and trace_writer_put: `t` takes its default */
#define TRACE_ID_MAX ((UINT64_C(1) << 53) - 1)

enum trace_op { TRACE_ALLOC, TRACE_CALLOC, TRACE_REALLOC, TRACE_FREE, TRACE_MARK };

struct trace_event {
    uint64_t id;      /* 1 … 2^53-1; 0 for free(NULL) and marks */
    uint64_t size;    /* bytes; calloc: bytes an element */
    uint64_t count;   /* calloc: elements; 1 otherwise */
    uint64_t align;   /* a power of two; 0 = natural */
    uint64_t t;       /* in the header's time_unit; the event's index where the trace has no time */
    int64_t wait;     /* pools: how long the thread would wait, in time_unit; -1 = for ever */
    const char *name; /* mark: the phase that begins; owned by the reader, valid until the next call; NULL otherwise */
    uint32_t slot;    /* dense number of the live id; TRACE_NO_SLOT where there is none */
    uint32_t site;    /* index into the header's sites, or TRACE_NO_SITE */
    uint32_t thread;  /* index into the header's threads */
    uint32_t heap;    /* index into the header's heaps */
    uint8_t op;       /* enum trace_op */
    bool failed;      /* the recorded program got NULL */
    bool fresh;       /* this event gives its id a slot: alloc, calloc, and a realloc of an id never seen; false where `failed` */
    bool retires;     /* this event ends its id: free, and realloc to size 0 (but see zero_keeps) */
};

struct trace_thread { const char *name; int32_t priority; };
struct trace_heap { const char *name; uint32_t pool_block, pool_count; /* 0, 0: not a pool */ };

/* The header as parsed; strings are UTF-8 and owned by the header. NULL or 0 where the trace says nothing. */
struct trace_header {
    const char *name, *source, *note, *time_unit;
    uint32_t word_bits;
    const char *const *sites;
    const struct trace_thread *threads;
    const struct trace_heap *heaps;
    uint32_t site_count, thread_count, heap_count;
    void *json; /* the whole header object without `events` (a cJSON), so that unknown members are passed on by the writer */
};

/* ---- a part of a trace, as a trace of its own ---- */

enum trace_bound_kind { TRACE_BOUND_NONE, TRACE_BOUND_EVENT, TRACE_BOUND_TIME, TRACE_BOUND_MARK };

struct trace_bound {
    enum trace_bound_kind kind;
    uint64_t number;  /* EVENT: its number, from 1; TIME: in time_unit; MARK: which one of that name, from 1; 0: the first (as `to`: behind `from`) */
    const char *text; /* as it was written ("mark=boot#2"), for messages; MARK: the name stands in it. Must outlive the reader */
};

/* What the reader hands out. From `from` (an event's number; the first event with t >= TIME; that mark's event) to `to` (that event;
 * events with t <= TIME; up to just before that mark). First come the blocks alive there, as allocs in order of birth (their size that
 * of then; t that of the range's first event), and a mark "from NUMBER"; then the range's events, unchanged but for their slots. `heap`:
 * only that heap's events and all marks; an id belongs to the heap of its alloc, whatever later events say. All zero: everything. */
struct trace_selection {
    struct trace_bound from, to;
    const char *heap; /* a name in the header's heaps, or an index; NULL: all heaps */
};

/* "1000", "t=25" or "mark=NAME[#K]" into a bound that keeps `text`. False: `why` says what was found and expected. */
bool trace_bound_parse(struct trace_bound *bound, const char *text, char *why, size_t why_size);

/* What a selection has handed out so far. */
struct trace_selected {
    uint64_t first, last;          /* numbers of the range's first and last event in the whole trace; 0: none yet */
    uint64_t alive_blocks, alive_bytes; /* that came before it */
    uint64_t given;                /* events handed out, with those of the blocks alive and the mark */
    bool has_range, has_heap;
    uint32_t heap;                 /* where has_heap: index into the header's heaps */
};

/* "events 1,000 … 2,000 of lua.jsonl.gz, after the 12 blocks (1,024 bytes) alive before them; heap dma only". Returns as snprintf. */
int trace_selected_text(const struct trace_selected *selected, const struct trace_header *header, const char *path, char *text, size_t size);

/* "--from 1000 --to mark=idle --heap dma", as it was asked for. Returns as snprintf. */
int trace_selection_text(const struct trace_selection *selection, char *text, size_t size);

struct trace; /* in memory: see below */

struct trace_limits { uint64_t events, live_ids; }; /* 0: the defaults, 2^40 events and 2^27 live ids */

typedef bool (*trace_progress_fn)(void *ctx, uint64_t done_bytes, uint64_t all_bytes); /* false: stop here, keep what was read */

struct trace_options {
    bool lenient;                /* errors of meaning become counted anomalies; a truncated file yields its whole events */
    struct trace_limits limits;  /* a cap that is met ends the read with TRACE_E_CAP, and the message names it */
    const char *label;           /* name for messages; NULL: the path */
    bool whole_header;           /* trace_reader_open: where .json has members behind `events`, read the file twice, so that the header is
                                  * complete before the first event (a pipe cannot be read twice: TRACE_E_HEADER). Imports too; a pipe
                                  * of theirs is copied to a temporary file first, but with `live` */
    bool live;                   /* with whole_header: events of a pipe are passed on as they come. An import then has no sites, threads
                                  * and heaps, because the header is told before they are known */
    void (*waiting)(void *ctx);  /* called before more of a pipe is read, which may take long; NULL: not wanted */
    void *waiting_ctx;
    bool zero_keeps;             /* realloc to size 0 does not end its id: not every allocator frees then. Not for .hlt, whose slots are fixed */
    const struct trace_selection *selection; /* NULL: the whole trace. Its texts must outlive the reader */
    void (*growing)(void *ctx, const struct trace *so_far); /* trace_load, where the header is known: what was read, as often as its progress */
    void *growing_ctx;
    trace_progress_fn skipping;  /* called now and then while events are passed over that are not selected; NULL: not wanted (trace_load:
                                  * its progress) */
    void *skipping_ctx;
};

/* ---- reading as a stream: one event at a time, memory bounded by the live ids ---- */

struct trace_reader;

/* Opens a regular file, or standard input for "-", and reads as far as the header.
 * NULL if it cannot be opened or its header is bad; *error then says why. Not thread-safe on one reader. */
struct trace_reader *trace_reader_open(const char *path, const struct trace_options *options, struct trace_error *error);

/* The same over `bytes` bytes of memory, which must outlive the reader. */
struct trace_reader *trace_reader_open_memory(const void *data, size_t bytes, const struct trace_options *options, struct trace_error *error);

/* The header; valid until close. In .json, members behind `events` are known only after the last event. */
const struct trace_header *trace_reader_header(const struct trace_reader *reader);

/* False while members behind `events` may still come. Until then an event's site, thread and heap may lie outside the header's lists. */
bool trace_reader_header_complete(const struct trace_reader *reader);

/* 1 and *event filled, 0 at a proper end, negative (TRACE_E_*) on an error that *trace_reader_error() describes. O(1) amortised. */
int trace_reader_next(struct trace_reader *reader, struct trace_event *event);

/* The same for as many events as are at hand, at most `room` (1 ...): how many came; 0 and negative as above. Never waits while it has one. Of .hlt a
 * block of up to 4 KiB at once, which is several times as fast; of others one event. Names are valid until the next call. Events before an
 * error come first, the error with the call after. What lies in `events` behind those that came is undefined. */
int trace_reader_next_block(struct trace_reader *reader, struct trace_event *events, size_t room);

/* For a loop over single events at nearly that speed: zeroed at first. */
#define TRACE_EVENTS_AT_ONCE 256 /* what stays in the first-level cache */
struct trace_batch {
    struct trace_event events[TRACE_EVENTS_AT_ONCE];
    int count, used;
};

/* As trace_reader_next, but *event then points into the batch, until the next call. Not to be mixed with the others on one reader. */
static inline int trace_batch_next(struct trace_batch *batch, struct trace_reader *reader, const struct trace_event **event)
{
    if (batch->used >= batch->count) {
        batch->used = 0;
        batch->count = trace_reader_next_block(reader, batch->events, TRACE_EVENTS_AT_ONCE);
        if (batch->count <= 0) {
            return batch->count;
        }
    }
    *event = &batch->events[batch->used++];
    return 1;
}

const struct trace_error *trace_reader_error(const struct trace_reader *reader);

/* Anomalies that --lenient passed over: how many, and the first TRACE_ANOMALIES_KEPT of them. */
#define TRACE_ANOMALIES_KEPT 64
uint64_t trace_reader_anomalies(const struct trace_reader *reader, const struct trace_error **kept, size_t *kept_count);

/* Of an import: what it lost, as meta.note says it too; complete after the last event. NULL: not an import. */
const char *trace_reader_import_note(const struct trace_reader *reader);

/* Of a selection: what it has handed out; complete after the last event. NULL: the whole trace is read. */
const struct trace_selected *trace_reader_selected(const struct trace_reader *reader);

/* Bytes of the file consumed so far and in all (0 where unknown: a pipe), for progress. */
void trace_reader_progress(const struct trace_reader *reader, uint64_t *done_bytes, uint64_t *all_bytes);

void trace_reader_close(struct trace_reader *reader); /* NULL is allowed */

/* ---- a trace in memory: random access by event number ---- */

struct trace; /* columns; optional ones exist only where the trace uses them */

/* Reads a whole trace. NULL on error (*error says why), or, with `lenient`, what could be read. Memory about 16 … 40 bytes an event. */
struct trace *trace_load(const char *path, const struct trace_options *options, trace_progress_fn progress, void *ctx,
                         struct trace_error *error);

/* Builds a trace in memory from events (the tests', the generators'): append, then use. Slots are assigned here; meaning is checked. */
struct trace *trace_new(const char *name);
struct trace *trace_new_like(const struct trace_header *header); /* with a copy of that header, so that its sites, threads and heaps can be used */
struct trace_event trace_event_make(enum trace_op op, uint64_t id, uint64_t size); /* everything else at its default, no site, no time */
struct trace *trace_copy(const struct trace *trace); /* its events so far, without its anomalies; NULL without memory. O(bytes) */
int trace_append(struct trace *trace, const struct trace_event *event); /* 0 or TRACE_E_* (`slot`, `fresh`, `retires` are ignored) */

uint64_t trace_count(const struct trace *trace);
const struct trace_header *trace_header_of(const struct trace *trace);
void trace_get(const struct trace *trace, uint64_t index, struct trace_event *event); /* index < trace_count; O(1) */
uint32_t trace_slot_count(const struct trace *trace);      /* the largest number of ids alive at once: slots are 0 … this - 1 */
uint64_t trace_peak_payload(const struct trace *trace);    /* bytes: max over time of the live requested bytes, if nothing fails (requests over 4 GiB left out) */
bool trace_has_sites(const struct trace *trace);
bool trace_has_threads(const struct trace *trace);
bool trace_has_time(const struct trace *trace);
const struct trace_selected *trace_selected_of(const struct trace *trace); /* NULL: it was not cut */
const char *trace_import_lost(const struct trace *trace); /* of an import: what it lost; NULL otherwise */
uint64_t trace_anomalies(const struct trace *trace, const struct trace_error **kept, size_t *kept_count);
void trace_free(struct trace *trace); /* NULL is allowed */

/* ---- writing ---- */

enum trace_encoding { TRACE_JSON, TRACE_JSONL, TRACE_HLT };
struct trace_writer;

/* Chooses the encoding by the name (.json .jsonl .hlt, each of the first two also with .gz); false if the name tells nothing. */
bool trace_encoding_of_name(const char *path, enum trace_encoding *encoding, bool *gzip);

/* Writes to a temporary file beside `path` (or standard output for "-"); `trace_writer_close` renames it, so a failed run leaves
 * the old file. The header is copied. NULL on error. */
struct trace_writer *trace_writer_open(const char *path, enum trace_encoding encoding, bool gzip, const struct trace_header *header,
                                       struct trace_error *error);
int trace_writer_put(struct trace_writer *writer, const struct trace_event *event); /* 0 or TRACE_E_*; members at their default are left out */
void trace_writer_flush(struct trace_writer *writer);                               /* hands what was put on to the system; nothing for .hlt and .gz */
int trace_writer_close(struct trace_writer *writer, struct trace_error *error);     /* 0 or TRACE_E_* (disk full, …) */
void trace_writer_abandon(struct trace_writer *writer);                             /* drops the temporary file */

/* A header made by a program: sets the strings (NULL allowed), then trace_header_add_*; freed by trace_header_free. */
struct trace_header *trace_header_new(const char *name, const char *source, const char *note, const char *time_unit, uint32_t word_bits);
uint32_t trace_header_add_site(struct trace_header *header, const char *text);   /* its index, or TRACE_NO_SITE without memory */
uint32_t trace_header_add_thread(struct trace_header *header, const char *name); /* its index */
uint32_t trace_header_add_heap(struct trace_header *header, const char *name);   /* its index */
void trace_header_free(struct trace_header *header);

#endif
