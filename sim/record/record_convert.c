/* record_convert.c: calls in, events out.
 *
 * Addresses become ids: 1, 2, 3 … in the order of allocation, each used once. What a trace cannot say as the call said it:
 *   realloc(NULL, n)                 an alloc
 *   realloc(p, 0) that gave NULL     realloc to size 0: the block ends
 *   realloc(p, 0) that gave a block  free, then alloc of 0
 *   realloc of a block from before the recording   an alloc
 *   free of such a block             left out and counted
 *   free(NULL)                       not recorded
 *   a size over 2^53 - 1             2^53 - 1 (such a call has failed)
 *   an address begins twice          the free that nobody saw is put in and counted
 *   a realloc without its end        the program died in it: the block lives on
 * The sites must be known before the first event is written, so the log is read twice: to count, then to write. */
#include "record_convert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "record_blocks.h"
#include "record_sites.h"
#include "trace.h"

struct pending_realloc { struct record_block block; bool known; };

struct conversion {
    struct record_blocks blocks;
    struct record_counts counts;
    struct pending_realloc *pending; /* one a thread */
    uint64_t last_id, limit;
    uint64_t start_ticks, last_t;
    double us_per_tick;
    bool *used;                      /* counting: caller slots seen */
    const uint32_t *sites;           /* writing: site of a caller slot */
    struct trace_writer *writer;     /* NULL: counting */
};

struct record_clock_now record_clock_read(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (struct record_clock_now){.ticks = record_ticks(),
                                     .ns = (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec};
}

static uint64_t clamp_size(uint64_t size) { return size > TRACE_ID_MAX ? TRACE_ID_MAX : size; }

/* Bytes of a call's request; saturates. */
static uint64_t request(const struct record_call *call)
{
    return call->size != 0 && call->count > UINT64_MAX / call->size ? UINT64_MAX : call->count * call->size;
}

static uint64_t event_time(struct conversion *conversion, uint64_t ticks)
{
    double us = ticks < conversion->start_ticks ? 0 : (double)(ticks - conversion->start_ticks) * conversion->us_per_tick;
    uint64_t t = us < (double)TRACE_ID_MAX ? (uint64_t)us : TRACE_ID_MAX;
    if (t > conversion->last_t) { /* the ticks of two processors may disagree a little; a trace's time never goes back */
        conversion->last_t = t;
    }
    return conversion->last_t;
}

static int put(struct conversion *conversion, const struct record_call *call, struct trace_event event)
{
    conversion->counts.events++;
    if (conversion->writer == NULL) {
        if (call->caller < RECORD_CALLERS) {
            conversion->used[call->caller] = true;
        }
        return 0;
    }
    event.t = event_time(conversion, call->ticks);
    event.site = call->caller < RECORD_CALLERS ? conversion->sites[call->caller] : TRACE_NO_SITE;
    event.thread = call->thread;
    return trace_writer_put(conversion->writer, &event);
}

static void count_live(struct conversion *conversion, uint64_t size)
{
    struct record_counts *counts = &conversion->counts;
    counts->live_blocks++;
    counts->live_bytes += size;
    if (counts->live_bytes > counts->peak_bytes) {
        counts->peak_bytes = counts->live_bytes;
    }
}

static void count_dead(struct conversion *conversion, uint64_t size)
{
    conversion->counts.live_blocks--;
    conversion->counts.live_bytes -= size;
}

static int put_free(struct conversion *conversion, const struct record_call *call, const struct record_block *block)
{
    count_dead(conversion, block->size);
    return put(conversion, call, (struct trace_event){.op = TRACE_FREE, .id = block->id, .count = 1});
}

/* The block at `ptr` begins; one that is still there must have ended unseen. */
static int begin_block(struct conversion *conversion, const struct record_call *call, struct record_block block)
{
    struct record_block old;
    int result = 0;
    if (record_blocks_take(&conversion->blocks, block.ptr, &old)) {
        conversion->counts.unseen_frees++;
        result = put_free(conversion, call, &old);
    }
    if (result == 0 && !record_blocks_put(&conversion->blocks, block)) {
        result = TRACE_E_MEMORY;
    }
    count_live(conversion, block.size);
    return result;
}

static int convert_alloc(struct conversion *conversion, const struct record_call *call)
{
    uint64_t id = ++conversion->last_id;
    if (call->ptr != 0) {
        int result = begin_block(conversion, call, (struct record_block){call->ptr, id, request(call)});
        if (result != 0) {
            return result;
        }
    }
    struct trace_event event = {.op = call->kind == RECORD_CALLOC ? TRACE_CALLOC : TRACE_ALLOC, .id = id,
                                .size = clamp_size(call->size), .count = clamp_size(call->count), .align = call->align,
                                .failed = call->ptr == 0};
    return put(conversion, call, event);
}

static int convert_free(struct conversion *conversion, const struct record_call *call)
{
    struct record_block block;
    if (record_blocks_take(&conversion->blocks, call->ptr, &block)) {
        return put_free(conversion, call, &block);
    }
    conversion->counts.unknown++;
    return 0;
}

static int convert_realloc_end(struct conversion *conversion, const struct record_call *call)
{
    struct pending_realloc *pending = &conversion->pending[call->thread];
    struct record_block old = pending->block;
    bool freed = call->size == 0;
    if (!pending->known) {
        if (freed && call->ptr == 0) {
            conversion->counts.unknown++;
            return 0;
        }
        return convert_alloc(conversion, call);
    }
    pending->known = false;
    if (freed && call->ptr != 0) {
        int result = put_free(conversion, call, &old);
        return result != 0 ? result : convert_alloc(conversion, call);
    }
    struct trace_event event = {.op = TRACE_REALLOC, .id = old.id, .size = clamp_size(call->size), .count = 1,
                                .failed = !freed && call->ptr == 0};
    if (event.failed) {
        return record_blocks_put(&conversion->blocks, old) ? put(conversion, call, event) : TRACE_E_MEMORY;
    }
    count_dead(conversion, old.size);
    if (!freed) {
        int result = begin_block(conversion, call, (struct record_block){call->ptr, old.id, call->size});
        if (result != 0) {
            return result;
        }
    }
    return put(conversion, call, event);
}

static int convert_call(struct conversion *conversion, const struct record_call *call)
{
    struct pending_realloc *pending = &conversion->pending[call->thread];
    switch (call->kind) {
    case RECORD_ALLOC:
    case RECORD_CALLOC:
        return convert_alloc(conversion, call);
    case RECORD_FREE:
        return convert_free(conversion, call);
    case RECORD_REALLOC_BEGIN:
        pending->known = record_blocks_take(&conversion->blocks, call->ptr, &pending->block);
        return 0;
    case RECORD_REALLOC_END:
        return convert_realloc_end(conversion, call);
    default:
        return 0;
    }
}

/* The whole log, or the first events of it. 0 or TRACE_E_*. */
static int convert_all(struct conversion *conversion, struct record_log *log)
{
    struct record_call call;
    int result = 0;
    conversion->counts = (struct record_counts){0};
    conversion->last_id = 0;
    conversion->start_ticks = record_log_header(log)->start_ticks;
    conversion->pending = calloc((size_t)record_log_threads(log) + 1, sizeof *conversion->pending);
    if (conversion->pending == NULL) {
        return TRACE_E_MEMORY;
    }
    record_log_rewind(log);
    while (result == 0 && record_log_next(log, &call)) {
        if (conversion->limit != 0 && conversion->counts.events >= conversion->limit) {
            conversion->counts.cut = true;
            break;
        }
        result = convert_call(conversion, &call);
    }
    free(conversion->pending);
    record_blocks_free(&conversion->blocks);
    return result;
}

static int convert_count(struct record_log *log, uint64_t event_limit, bool *used, struct record_counts *counts, struct record_error *error)
{
    struct conversion conversion = {.limit = event_limit, .used = used};
    if (convert_all(&conversion, log) != 0) {
        return record_fail(error, RECORD_E_SYSTEM, "out of memory while the recording is read");
    }
    *counts = conversion.counts;
    return 0;
}

int record_convert_count(struct record_log *log, uint64_t event_limit, struct record_counts *counts, struct record_error *error)
{
    bool *used = calloc(RECORD_CALLERS, sizeof *used);
    if (used == NULL) {
        return record_fail(error, RECORD_E_SYSTEM, "out of memory");
    }
    int result = convert_count(log, event_limit, used, counts, error);
    free(used);
    return result;
}

/* ---- the header ---- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

/* Strings of other programs may be anything; a trace is UTF-8 without control characters. */
static void make_printable(char *text)
{
    for (; *text != '\0'; text++) {
        if (*text < ' ' || *text > '~') {
            *text = '?';
        }
    }
}

static void add_note(char *note, size_t size, const char *text, uint64_t number)
{
    size_t used = strlen(note);
    if (number != 0) {
        snprintf(note + used, size - used, text, (unsigned long long)number);
    }
}

static void compose_note(const struct record_log *log, const struct record_counts *counts, const char *ending, char *note, size_t size)
{
    const struct record_log_header *header = record_log_header(log);
    size_t length = sizeof header->command - 1;
    while (length > 0 && header->command[length - 1] == '\0') {
        length--;
    }
    char command[sizeof header->command] = {0};
    for (size_t i = 0; i < length; i++) {
        command[i] = header->command[i] == '\0' ? ' ' : header->command[i];
    }
    make_printable(command);
    snprintf(note, size, "command: %.1500s", command);
    if (ending != NULL) {
        snprintf(note + strlen(note), size - strlen(note), "; %s", ending);
    }
    add_note(note, size, "; began by fork of process %llu", header->forked ? header->parent : 0);
    add_note(note, size, "; recording stopped after %llu events", counts->cut ? counts->events : 0);
    add_note(note, size, "; recording stopped for want of disk space after %llu events",
             header->stopped == RECORD_NO_SPACE ? counts->events : 0);
    add_note(note, size, "; left out: %llu frees of blocks from before the recording", counts->unknown);
    add_note(note, size, "; put in: %llu frees that were not seen", counts->unseen_frees);
}

static struct trace_header *make_header(const struct record_log *log, const struct record_counts *counts, const char *ending)
{
    const struct record_log_header *raw = record_log_header(log);
    char program[256], source[512], note[2048];
    snprintf(program, sizeof program, "%.255s", base_name(raw->program));
    make_printable(program);
#if defined(__x86_64__) || defined(__i386__)
    const char *machine = raw->word_bits == 32 ? "i386" : "x86-64";
#else
    const char *machine = raw->word_bits == 32 ? "32 bit" : "64 bit";
#endif
    snprintf(source, sizeof source, "%s (%s), recorded by heaplab record", program, machine);
    compose_note(log, counts, ending, note, sizeof note);
    struct trace_header *header = trace_header_new(program, source, note, "us", raw->word_bits);
    for (uint32_t i = 0; header != NULL && i < record_log_threads(log); i++) {
        bool is_main = false;
        char name[32];
        snprintf(name, sizeof name, "%s", record_log_thread_name(log, i, &is_main));
        make_printable(name);
        if (trace_header_add_thread(header, is_main ? "main" : name) == UINT32_MAX) {
            trace_header_free(header);
            header = NULL;
        }
    }
    return header;
}

/* ---- writing ---- */

static int write_events(struct record_log *log, const char *path, struct conversion *conversion, const struct trace_header *header,
                        struct record_error *error)
{
    enum trace_encoding encoding;
    bool gzip;
    struct trace_error why = {0};
    if (!trace_encoding_of_name(path, &encoding, &gzip)) {
        return record_fail(error, RECORD_E_OUTPUT, "%s: the name tells no encoding (.jsonl.gz, .jsonl, .json, .json.gz or .hlt)", path);
    }
    conversion->writer = trace_writer_open(path, encoding, gzip, header, &why);
    if (conversion->writer != NULL) {
        int result = convert_all(conversion, log);
        if (result == TRACE_E_MEMORY) {
            trace_writer_abandon(conversion->writer);
        } else { /* after an error the writer keeps no file and says what it was */
            result = trace_writer_close(conversion->writer, &why);
        }
        if (result == 0) {
            return 0;
        }
        if (why.code == 0) {
            return record_fail(error, RECORD_E_OUTPUT, "%s: %s", path, trace_error_text(result));
        }
    }
    char text[600];
    trace_error_format(&why, text, sizeof text);
    return record_fail(error, RECORD_E_OUTPUT, "%s", text);
}

int record_convert_write(struct record_log *log, const char *path, uint64_t event_limit, const struct record_clock *clock,
                         const char *ending, struct record_counts *counts, struct record_error *error)
{
    bool *used = calloc(RECORD_CALLERS, sizeof *used);
    uint32_t *sites = calloc(RECORD_CALLERS, sizeof *sites);
    struct trace_header *header = NULL;
    struct conversion conversion = {.limit = event_limit, .sites = sites};
    int result = RECORD_E_SYSTEM;
    if (used != NULL && sites != NULL && (result = convert_count(log, event_limit, used, counts, error)) == 0) {
        header = make_header(log, counts, ending);
        result = header != NULL && record_sites_name(log, used, header, sites) ? 0 : RECORD_E_SYSTEM;
    }
    if (result == 0) {
        uint64_t ticks = clock->ticks_end - clock->ticks_begin, ns = clock->ns_end - clock->ns_begin;
        conversion.us_per_tick = ticks == 0 ? 0 : (double)ns / (double)ticks / 1000;
        result = write_events(log, path, &conversion, header, error);
    } else {
        record_fail(error, RECORD_E_SYSTEM, "out of memory while the recording is converted");
    }
    trace_header_free(header);
    free(sites);
    free(used);
    return result;
}
