/* trace_reader_internal.h: one reader, whatever the encoding. trace_reader.c opens it and reports; trace_json.c, trace_hlt_read.c
 * and, for other tools' recordings, sim/import bring the events. Internal to sim/trace.
 */
#ifndef HEAPLAB_SIM_TRACE_READER_INTERNAL_H
#define HEAPLAB_SIM_TRACE_READER_INTERNAL_H

#include "json.h"
#include "trace_header.h"
#include "trace_meaning.h"
#include "trace_select.h"

#define TRACE_DEPTH_MAX 16
#define TRACE_STRING_MAX 4096

/* An index that an event used before its list was known, and where. */
struct trace_deferred { uint64_t line, column; uint32_t index; };
struct trace_deferred_list { struct trace_deferred *items; uint32_t count; };

struct trace_json {
    struct json tokens;
    struct trace_header_reader header_reader;
    bool lines;            /* .jsonl */
    bool events_seen;      /* .json: the member `events` has come */
    uint64_t last_line;    /* .jsonl: where the last document ended */
    struct trace_deferred_list deferred[3]; /* sites, threads, heaps: running maxima, while the list is unknown */
    char name[TRACE_STRING_MAX + 1];        /* of the last mark */
};

struct trace_reader {
    struct trace_bytes bytes;
    struct trace_json json;
    struct trace_hlt_reader *hlt; /* NULL: not .hlt */
    struct import *import;        /* NULL: not an import */
    struct trace_select *select;  /* NULL: the whole trace */
    const struct trace_header *header;
    struct trace_header *whole_header; /* of a first pass; NULL: `header` is what has come so far */
    struct trace_meaning meaning;
    struct trace_error error;
    bool lenient, header_complete, ended;
    bool wants_copy;               /* an import from a pipe is copied to a temporary file first */
    int copy_fd;                   /* that file, or -1 */
    void (*waiting)(void *ctx);
    void *waiting_ctx;
    trace_progress_fn skipping;
    void *skipping_ctx;
    struct trace_error *anomalies; /* TRACE_ANOMALIES_KEPT of them */
    uint64_t anomaly_count;
    char label[sizeof((struct trace_error *)0)->file];
};

/* Errors of meaning can be passed over when lenient. */
static inline bool trace_error_is_meaning(int code)
{
    return code <= TRACE_E_MEMBER;
}

/* Counts *problem as an anomaly; label and events are filled in here. */
void trace_reader_note_anomaly(struct trace_reader *reader, const struct trace_error *problem);

/* Ends the reader with *problem (label and events are filled in here). Returns its code. */
int trace_reader_fail(struct trace_reader *reader, const struct trace_error *problem);

/* The next event of the whole trace, whatever is selected of it. As trace_reader_next. */
int trace_reader_decode(struct trace_reader *reader, struct trace_event *event);

/* Tells the caller how far events were passed over; false: stop here. */
bool trace_reader_tick(const struct trace_reader *reader);

/* JSON: reads as far as the first event may stand; the next event. As trace_reader_open and trace_reader_next. */
int trace_json_open(struct trace_reader *reader);
int trace_json_next(struct trace_reader *reader, struct trace_event *event);
void trace_json_close(struct trace_reader *reader);

/* The hot path: an event object in its usual form at `at`, on one line and wholly in the window: fills the draft and returns the byte
 * behind it. NULL: something unusual, wrong or cut; nothing was consumed, and the tokenizer must look at it. */
const uint8_t *trace_json_fast(const uint8_t *at, struct trace_draft *draft);

#endif
