/* trace.c: a whole trace in memory as columns, for random access by event number: 6 … 12 bytes an event for a plain trace.
 *
 * Values are stored so that the usual one is a column's default: slot, site and wait plus one, align as its logarithm plus one.
 * The columns are append-only; marks' names stand in one text behind one another.
 */
#include "trace.h"

#include <stdlib.h>
#include <string.h>

#include "trace_column.h"
#include "trace_header.h"
#include "trace_meaning.h"
#include "trace_peak.h"
#include "trace_report.h"

enum { OP_BITS = 7, FLAG_FAILED = 8, FLAG_FRESH = 16, FLAG_RETIRES = 32 };

enum { C_OP, C_ID, C_SIZE, C_SLOT, C_COUNT, C_ALIGN, C_T, C_SITE, C_THREAD, C_HEAP, C_WAIT, C_NAME, COLUMNS };

struct trace {
    struct trace_header *header;
    struct trace_column columns[COLUMNS];
    uint64_t count;
    char *names;                  /* the marks' names, each with its zero; offset 0 is "no name" */
    size_t names_used, names_room;
    struct trace_peak peak;
    uint32_t slot_count;
    bool uses_sites, uses_threads;
    struct trace_meaning *meaning; /* of traces that are appended to; NULL after loading */
    struct trace_error *anomalies;
    size_t anomalies_kept;
    bool imported, cut;
    struct trace_selected selected; /* where `cut` */
    uint64_t anomaly_count;
};

/* Takes the header. */
static struct trace *create(struct trace_header *header)
{
    struct trace *trace = header ? calloc(1, sizeof *trace) : NULL;
    if (!trace) {
        trace_header_free(header);
        return NULL;
    }
    trace->header = header;
    trace->columns[C_COUNT].standard = 1;
    trace->columns[C_WAIT].standard = 1;
    trace->columns[C_T].standard_is_index = true;
    trace->names_used = 1;
    return trace;
}

void trace_free(struct trace *trace)
{
    if (!trace) {
        return;
    }
    for (int i = 0; i < COLUMNS; i++) {
        trace_column_free(&trace->columns[i]);
    }
    if (trace->meaning) {
        trace_meaning_close(trace->meaning);
    }
    free(trace->meaning);
    free(trace->names);
    trace_peak_end(&trace->peak);
    free(trace->anomalies);
    trace_header_free(trace->header);
    free(trace);
}

/* Where the name now stands in the names; 0 without memory. */
static size_t add_name(struct trace *trace, const char *name)
{
    size_t bytes = strlen(name) + 1, at = trace->names_used;
    if (trace->names_room - at < bytes || !trace->names) {
        size_t room = (at + bytes) * 2;
        char *larger = realloc(trace->names, room);
        if (!larger) {
            return 0;
        }
        trace->names = larger;
        trace->names_room = room;
    }
    memcpy(trace->names + at, name, bytes);
    trace->names_used += bytes;
    return at;
}

static uint64_t logarithm_plus_one(uint64_t power)
{
    uint64_t n = 0;
    for (; power; power >>= 1) {
        n++;
    }
    return n;
}

/* Appends a complete event. False without memory; the trace then still ends before it. */
static bool append(struct trace *trace, const struct trace_event *event)
{
    size_t name = event->name ? add_name(trace, event->name) : 0;
    if ((event->name && !name) || !trace_peak_add(&trace->peak, event)) {
        return false;
    }
    uint64_t values[COLUMNS] = {
        [C_OP] = (uint64_t)event->op | (event->failed ? FLAG_FAILED : 0) | (event->fresh ? FLAG_FRESH : 0) | (event->retires ? FLAG_RETIRES : 0),
        [C_ID] = event->id,
        [C_SIZE] = event->size,
        [C_SLOT] = (uint32_t)(event->slot + 1),
        [C_COUNT] = event->count,
        [C_ALIGN] = logarithm_plus_one(event->align),
        [C_T] = event->t,
        [C_SITE] = (uint32_t)(event->site + 1),
        [C_THREAD] = event->thread,
        [C_HEAP] = event->heap,
        [C_WAIT] = (uint64_t)(event->wait + 1),
        [C_NAME] = name,
    };
    for (int i = 0; i < COLUMNS; i++) {
        if (!trace_column_set(&trace->columns[i], trace->count, values[i])) {
            return false;
        }
    }
    if (event->slot != TRACE_NO_SLOT && event->slot >= trace->slot_count) {
        trace->slot_count = event->slot + 1;
    }
    trace->uses_sites |= event->site != TRACE_NO_SITE;
    trace->uses_threads |= event->thread != 0;
    trace->count++;
    return true;
}

void trace_get(const struct trace *trace, uint64_t index, struct trace_event *event)
{
    const struct trace_column *columns = trace->columns;
    unsigned op = (unsigned)trace_column_get(&columns[C_OP], index);
    uint64_t align = trace_column_get(&columns[C_ALIGN], index), name = trace_column_get(&columns[C_NAME], index);
    event->op = op & OP_BITS;
    event->failed = op & FLAG_FAILED;
    event->fresh = op & FLAG_FRESH;
    event->retires = op & FLAG_RETIRES;
    event->id = trace_column_get(&columns[C_ID], index);
    event->size = trace_column_get(&columns[C_SIZE], index);
    event->slot = (uint32_t)trace_column_get(&columns[C_SLOT], index) - 1;
    event->count = trace_column_get(&columns[C_COUNT], index);
    event->align = align ? UINT64_C(1) << (align - 1) : 0;
    event->t = trace_column_get(&columns[C_T], index);
    event->site = (uint32_t)trace_column_get(&columns[C_SITE], index) - 1;
    event->thread = (uint32_t)trace_column_get(&columns[C_THREAD], index);
    event->heap = (uint32_t)trace_column_get(&columns[C_HEAP], index);
    event->wait = (int64_t)trace_column_get(&columns[C_WAIT], index) - 1;
    event->name = name ? trace->names + name : NULL;
}

/* ---- building ---- */

struct trace *trace_new_like(const struct trace_header *header)
{
    struct trace *trace = create(trace_header_copy(header));
    if (!trace) {
        return NULL;
    }
    trace->meaning = calloc(1, sizeof *trace->meaning);
    if (trace->meaning && trace_meaning_open(trace->meaning, (struct trace_limits){0})) {
        trace_meaning_set_lists(trace->meaning, trace->header);
        return trace;
    }
    free(trace->meaning);
    trace->meaning = NULL;
    trace_free(trace);
    return NULL;
}

struct trace *trace_new(const char *name)
{
    struct trace_header *header = trace_header_new(name, NULL, NULL, NULL, 0);
    struct trace *trace = header ? trace_new_like(header) : NULL;
    trace_header_free(header);
    return trace;
}

int trace_append(struct trace *trace, const struct trace_event *event)
{
    struct trace_draft draft;
    struct trace_error problem;
    enum trace_member member;
    if (!trace->meaning) {
        return TRACE_E_READ;
    }
    trace_draft_of_event(&draft, event);
    int code = trace_meaning_apply(trace->meaning, &draft, &problem, &member);
    if (!code && !append(trace, &draft.event)) {
        code = TRACE_E_MEMORY;
    }
    return code;
}

struct trace_event trace_event_make(enum trace_op op, uint64_t id, uint64_t size)
{
    return (struct trace_event){.id = id, .size = size, .count = 1, .t = TRACE_NO_TIME, .slot = TRACE_NO_SLOT, .site = TRACE_NO_SITE, .op = (uint8_t)op};
}

struct trace *trace_copy(const struct trace *trace)
{
    struct trace *copy = create(trace_header_copy(trace->header));
    bool ok = copy != NULL;
    for (int i = 0; i < COLUMNS && ok; i++) {
        ok = trace_column_copy(&copy->columns[i], &trace->columns[i], trace->count);
    }
    if (ok && trace->names) {
        copy->names = malloc(trace->names_used);
        ok = copy->names != NULL;
    }
    if (!ok) {
        trace_free(copy);
        return NULL;
    }
    if (trace->names) {
        memcpy(copy->names, trace->names, trace->names_used);
        copy->names_used = copy->names_room = trace->names_used;
    }
    copy->count = trace->count;
    copy->slot_count = trace->slot_count;
    copy->uses_sites = trace->uses_sites;
    copy->uses_threads = trace->uses_threads;
    copy->imported = trace->imported;
    copy->peak.live_bytes = trace->peak.live_bytes;
    copy->peak.peak_bytes = trace->peak.peak_bytes;
    return copy;
}

/* ---- loading ---- */

/* Lists that came behind the events were checked at their end; a lenient load goes on, and what lies outside loses its index. */
static void clamp_indexes(struct trace *trace)
{
    const struct trace_header *header = trace->header;
    const struct { int column; uint64_t limit; } lists[] = {
        {C_SITE, (uint64_t)header->site_count + 1},
        {C_THREAD, header->thread_count ? header->thread_count : 1},
        {C_HEAP, header->heap_count ? header->heap_count : 1},
    };
    for (int list = 0; list < 3; list++) {
        struct trace_column *column = &trace->columns[lists[list].column];
        for (uint64_t i = 0; column->width && i < trace->count; i++) {
            if (trace_column_get(column, i) >= lists[list].limit) {
                trace_column_set(column, i, 0);
            }
        }
    }
}

static bool keep_anomalies(struct trace *trace, const struct trace_reader *reader)
{
    const struct trace_error *kept;
    trace->anomaly_count = trace_reader_anomalies(reader, &kept, &trace->anomalies_kept);
    if (!trace->anomalies_kept) {
        return true;
    }
    trace->anomalies = malloc(trace->anomalies_kept * sizeof *kept);
    if (trace->anomalies) {
        memcpy(trace->anomalies, kept, trace->anomalies_kept * sizeof *kept);
    }
    return trace->anomalies != NULL;
}

/* All events. 1 at the end or where the caller stopped; or the error. */
static int read_events(struct trace *trace, struct trace_reader *reader, const struct trace_options *options, trace_progress_fn progress,
                       void *ctx)
{
    struct trace_batch batch = {.count = 0};
    const struct trace_event *event;
    int code;
    while ((code = trace_batch_next(&batch, reader, &event)) > 0) {
        if (!append(trace, event)) {
            return TRACE_E_MEMORY;
        }
        if (options->growing && trace->count % 65536 == 0 && trace_reader_header_complete(reader)) {
            options->growing(options->growing_ctx, trace);
        }
        if (progress && trace->count % 65536 == 0) {
            uint64_t done, all;
            trace_reader_progress(reader, &done, &all);
            if (!progress(ctx, done, all)) {
                return 1;
            }
        }
    }
    return code < 0 ? code : 1;
}

static int load(struct trace *trace, struct trace_reader *reader, const struct trace_options *options, trace_progress_fn progress, void *ctx,
                struct trace_error *error)
{
    bool lists_known = trace_reader_header_complete(reader);
    trace->imported = trace_reader_import_note(reader) != NULL;
    trace->cut = trace_reader_selected(reader) != NULL;
    int code = read_events(trace, reader, options, progress, ctx);
    if (code < 0 && code != TRACE_E_MEMORY) {
        *error = *trace_reader_error(reader);
        return code;
    }
    if (code > 0) {
        trace_header_free(trace->header);
        trace->header = trace_header_copy(trace_reader_header(reader));
    }
    if (code < 0 || !trace->header || !keep_anomalies(trace, reader)) {
        return trace_error_set(error, TRACE_E_MEMORY, "", "no memory for the trace");
    }
    if (trace->cut) {
        trace->selected = *trace_reader_selected(reader);
    }
    if (!lists_known) {
        clamp_indexes(trace);
    }
    trace_peak_forget_live(&trace->peak);
    return 0;
}

struct trace *trace_load(const char *path, const struct trace_options *options, trace_progress_fn progress, void *ctx,
                         struct trace_error *error)
{
    struct trace_options own = options ? *options : (struct trace_options){0};
    if (!own.skipping) {
        own.skipping = progress;
        own.skipping_ctx = ctx;
    }
    struct trace_reader *reader = trace_reader_open(path, &own, error);
    if (!reader) {
        return NULL;
    }
    struct trace *trace = create(trace_header_copy(trace_reader_header(reader)));
    if (!trace) {
        trace_error_set(error, TRACE_E_MEMORY, "", "no memory for the trace");
    }
    if (trace && load(trace, reader, &own, progress, ctx, error)) {
        trace_free(trace);
        trace = NULL;
    }
    trace_reader_close(reader);
    return trace;
}

/* ---- asking ---- */

uint64_t trace_count(const struct trace *trace) { return trace->count; }
const struct trace_header *trace_header_of(const struct trace *trace) { return trace->header; }
uint32_t trace_slot_count(const struct trace *trace) { return trace->slot_count; }
uint64_t trace_peak_payload(const struct trace *trace) { return trace->peak.peak_bytes; }
bool trace_has_sites(const struct trace *trace) { return trace->uses_sites; }
bool trace_has_threads(const struct trace *trace) { return trace->uses_threads; }
bool trace_has_time(const struct trace *trace) { return trace->columns[C_T].width != 0; }

const struct trace_selected *trace_selected_of(const struct trace *trace)
{
    return trace->cut ? &trace->selected : NULL;
}

const char *trace_import_lost(const struct trace *trace)
{
    return trace->imported ? trace->header->note : NULL;
}

uint64_t trace_anomalies(const struct trace *trace, const struct trace_error **kept, size_t *kept_count)
{
    if (kept) {
        *kept = trace->anomalies;
    }
    if (kept_count) {
        *kept_count = trace->anomalies_kept;
    }
    return trace->anomaly_count;
}
