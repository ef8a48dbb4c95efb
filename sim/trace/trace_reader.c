/* trace_reader.c: opens a trace in whatever encoding it has, hands out its events, and keeps what went wrong. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "import.h"
#include "trace_hlt.h"
#include "trace_reader_internal.h"
#include "trace_report.h"

static void complete(const struct trace_reader *reader, struct trace_error *error)
{
    snprintf(error->file, sizeof error->file, "%s", reader->label);
    error->events = reader->meaning.index;
}

void trace_reader_note_anomaly(struct trace_reader *reader, const struct trace_error *problem)
{
    if (reader->anomaly_count < TRACE_ANOMALIES_KEPT) {
        reader->anomalies[reader->anomaly_count] = *problem;
        complete(reader, &reader->anomalies[reader->anomaly_count]);
    }
    reader->anomaly_count++;
}

int trace_reader_fail(struct trace_reader *reader, const struct trace_error *problem)
{
    reader->error = *problem;
    complete(reader, &reader->error);
    return problem->code;
}

/* A heap is found by the header's list of them. */
static bool selects_heap(const struct trace_options *options)
{
    return options && options->selection && options->selection->heap;
}

static bool needs_whole_header(const struct trace_options *options)
{
    return options && (options->whole_header || selects_heap(options));
}

/* A reader without its bytes; NULL without memory. */
static struct trace_reader *create(const char *label, const struct trace_options *options)
{
    struct trace_reader *reader = calloc(1, sizeof *reader);
    if (!reader) {
        return NULL;
    }
    struct trace_options defaults = {0};
    if (!options) {
        options = &defaults;
    }
    snprintf(reader->label, sizeof reader->label, "%s", options->label ? options->label : label);
    reader->lenient = options->lenient;
    reader->waiting = options->waiting;
    reader->waiting_ctx = options->waiting_ctx;
    reader->skipping = options->skipping;
    reader->skipping_ctx = options->skipping_ctx;
    reader->wants_copy = needs_whole_header(options) && !(options->live && !selects_heap(options));
    reader->bytes.fd = reader->copy_fd = -1;
    reader->anomalies = calloc(TRACE_ANOMALIES_KEPT, sizeof *reader->anomalies);
    const bool selects = trace_selection_any(options->selection);
    reader->select = selects ? trace_select_new(options->selection) : NULL;
    if (reader->anomalies && (reader->select || !selects) && trace_meaning_open(&reader->meaning, options->limits)) {
        reader->meaning.zero_keeps = options->zero_keeps;
        return reader;
    }
    trace_reader_close(reader);
    return NULL;
}

static const char *copy_path(char *path, size_t size, int fd)
{
    snprintf(path, size, "/proc/self/fd/%d", fd);
    return path;
}

/* The content, of which nothing was consumed, in an unnamed temporary file: its descriptor, or -1 and errno. */
static int copy_content(struct trace_bytes *bytes)
{
    const char *folder = getenv("TMPDIR");
    char name[512];
    snprintf(name, sizeof name, "%s/heaplab-XXXXXX", folder ? folder : "/tmp");
    const int fd = mkostemp(name, O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    unlink(name);
    do {
        while (bytes->cur < bytes->end) {
            const ssize_t wrote = write(fd, bytes->cur, (size_t)(bytes->end - bytes->cur));
            if (wrote < 0 && errno != EINTR) {
                const int why = errno;
                close(fd);
                errno = why;
                return -1;
            }
            bytes->cur += wrote < 0 ? 0 : wrote;
        }
    } while (trace_bytes_more(bytes));
    return fd;
}

/* The reader goes on over a copy of its content, which can be read twice. 0 or the error. */
static int read_from_copy(struct trace_reader *reader)
{
    char path[32];
    struct trace_error problem = {0};
    reader->copy_fd = copy_content(&reader->bytes);
    int code = reader->copy_fd < 0 ? TRACE_E_WRITE : reader->bytes.error;
    if (code && !(code == TRACE_E_TRUNCATED && reader->lenient)) {
        trace_error_set(&problem, code, "", "%s", code == TRACE_E_WRITE || code == TRACE_E_READ ? strerror(errno) : "");
        return trace_reader_fail(reader, &problem);
    }
    trace_bytes_close(&reader->bytes);
    code = trace_bytes_open(&reader->bytes, copy_path(path, sizeof path, reader->copy_fd));
    if (code) {
        trace_error_set(&problem, code, "", "%s", strerror(errno));
        return trace_reader_fail(reader, &problem);
    }
    return 0;
}

static int open_content(struct trace_reader *reader)
{
    if (trace_hlt_detect(&reader->bytes)) {
        reader->meaning.zero_keeps = false;
        return trace_hlt_open(reader);
    }
    if (!trace_import_detect(&reader->bytes)) {
        return trace_json_open(reader);
    }
    const int code = reader->wants_copy && !reader->bytes.raw_all ? read_from_copy(reader) : 0;
    return code ? code : trace_import_open(reader);
}

/* The bytes are open, or `code` says why not: on to the header. */
static struct trace_reader *begin(struct trace_reader *reader, int code, struct trace_error *error)
{
    if (!code) {
        reader->bytes.waiting = reader->waiting;
        reader->bytes.waiting_ctx = reader->waiting_ctx;
        code = open_content(reader);
        *error = reader->error;
    } else {
        bool system = code == TRACE_E_OPEN || code == TRACE_E_READ;
        trace_error_set(error, code, "", "%s", system ? strerror(errno) : "");
        complete(reader, error);
    }
    if (!code) {
        return reader;
    }
    trace_reader_close(reader);
    return NULL;
}

static struct trace_reader *no_memory(const char *label, struct trace_error *error)
{
    *error = (struct trace_error){.code = TRACE_E_MEMORY};
    snprintf(error->file, sizeof error->file, "%s", label);
    return NULL;
}

static struct trace_reader *open_once(const char *path, const struct trace_options *options, struct trace_error *error)
{
    const char *label = strcmp(path, "-") == 0 ? "standard input" : path;
    struct trace_reader *reader = create(label, options);
    *error = (struct trace_error){0};
    return reader ? begin(reader, trace_bytes_open(&reader->bytes, path), error) : no_memory(label, error);
}

/* Reads to the end and closes; the header of it all, or NULL and *error. What is wrong behind a selection is no error, and what is wrong
 * in it will be found again. */
static struct trace_header *read_to_header(struct trace_reader *reader, bool ends_early, struct trace_error *error)
{
    struct trace_event event;
    struct trace_header *header = NULL;
    int code;
    while ((code = trace_reader_decode(reader, &event)) > 0) {
        if (reader->meaning.index % 65536 == 0 && !trace_reader_tick(reader)) {
            break;
        }
    }
    if (code < 0 && !ends_early) {
        *error = reader->error;
    } else if (!(header = trace_header_copy(reader->header))) {
        no_memory(reader->label, error);
    }
    trace_reader_close(reader);
    return header;
}

/* A second reader over the same content, whose first one is read to its end for the header. */
static struct trace_reader *open_twice(const char *path, const struct trace_options *options, struct trace_reader *reader, struct trace_error *error)
{
    char copy[32], label[sizeof reader->label];
    memcpy(label, reader->label, sizeof label);
    const int copy_fd = reader->copy_fd;
    reader->copy_fd = -1;
    if (copy_fd >= 0) {
        path = copy_path(copy, sizeof copy, copy_fd);
    }
    const bool ends_early = options->selection && options->selection->to.kind != TRACE_BOUND_NONE;
    struct trace_header *header = read_to_header(reader, ends_early, error);
    if (copy_fd < 0 && strcmp(path, "-") == 0) {
        lseek(STDIN_FILENO, 0, SEEK_SET);
    }
    struct trace_options again = *options;
    again.label = label;
    reader = header ? open_once(path, &again, error) : NULL;
    if (copy_fd >= 0) {
        close(copy_fd);
    }
    if (!reader) {
        trace_header_free(header);
        return NULL;
    }
    reader->header = reader->whole_header = header;
    reader->header_complete = true;
    trace_meaning_set_lists(&reader->meaning, header);
    return reader;
}

static struct trace_reader *open_whole_header(const char *path, const struct trace_options *options, struct trace_error *error)
{
    struct trace_reader *reader = open_once(path, options, error);
    if (!reader || reader->header_complete || !needs_whole_header(options)) {
        return reader;
    }
    if (!options->whole_header && !reader->import && reader->header->heap_count) {
        return reader; /* the list of heaps is all that is needed, and it came before the events */
    }
    if (reader->bytes.raw_all) {
        return open_twice(path, options, reader, error);
    }
    if (reader->import) { /* live */
        trace_import_drop_lists(reader);
        reader->header_complete = true;
        return reader;
    }
    trace_error_set(error, TRACE_E_HEADER, "the header's members before events, or a file that can be read twice", "a pipe with events first");
    complete(reader, error);
    trace_reader_close(reader);
    return NULL;
}

/* The header is as known as it will be: the heap that was asked for. */
static struct trace_reader *with_heap(struct trace_reader *reader, struct trace_error *error)
{
    if (reader && reader->select && trace_select_heap(reader)) {
        *error = reader->error;
        trace_reader_close(reader);
        return NULL;
    }
    return reader;
}

struct trace_reader *trace_reader_open(const char *path, const struct trace_options *options, struct trace_error *error)
{
    return with_heap(open_whole_header(path, options, error), error);
}

struct trace_reader *trace_reader_open_memory(const void *data, size_t bytes, const struct trace_options *options, struct trace_error *error)
{
    struct trace_reader *reader = create("memory", options);
    *error = (struct trace_error){0};
    return reader ? with_heap(begin(reader, trace_bytes_open_memory(&reader->bytes, data, bytes), error), error) : no_memory("memory", error);
}

const struct trace_header *trace_reader_header(const struct trace_reader *reader)
{
    return reader->header;
}

bool trace_reader_header_complete(const struct trace_reader *reader)
{
    return reader->header_complete;
}

/* What the encoding brought: after an error or the end nothing more comes. */
static int settle(struct trace_reader *reader, int code)
{
    if (code == TRACE_E_TRUNCATED && reader->lenient) {
        trace_reader_note_anomaly(reader, &reader->error);
        reader->error = (struct trace_error){0};
        code = 0;
    }
    if (code <= 0) {
        reader->ended = true;
    }
    return code;
}

int trace_reader_decode(struct trace_reader *reader, struct trace_event *event)
{
    return settle(reader, reader->hlt      ? trace_hlt_next(reader, event)
                          : reader->import ? trace_import_next(reader, event)
                                           : trace_json_next(reader, event));
}

int trace_reader_next(struct trace_reader *reader, struct trace_event *event)
{
    if (reader->error.code || reader->ended) {
        return reader->error.code;
    }
    return reader->select ? trace_select_next(reader, event) : trace_reader_decode(reader, event);
}

int trace_reader_next_block(struct trace_reader *reader, struct trace_event *events, size_t room)
{
    if (!reader->hlt || reader->select || reader->error.code || reader->ended) {
        return trace_reader_next(reader, events);
    }
    return settle(reader, trace_hlt_next_block(reader, events, room));
}

bool trace_reader_tick(const struct trace_reader *reader)
{
    uint64_t done, all;
    trace_reader_progress(reader, &done, &all);
    return !reader->skipping || reader->skipping(reader->skipping_ctx, done, all);
}

const struct trace_selected *trace_reader_selected(const struct trace_reader *reader)
{
    return reader->select ? trace_select_told(reader->select) : NULL;
}

const struct trace_error *trace_reader_error(const struct trace_reader *reader)
{
    return &reader->error;
}

uint64_t trace_reader_anomalies(const struct trace_reader *reader, const struct trace_error **kept, size_t *kept_count)
{
    if (kept) {
        *kept = reader->anomalies;
    }
    if (kept_count) {
        *kept_count = reader->anomaly_count < TRACE_ANOMALIES_KEPT ? (size_t)reader->anomaly_count : TRACE_ANOMALIES_KEPT;
    }
    return reader->anomaly_count;
}

const char *trace_reader_import_note(const struct trace_reader *reader)
{
    return trace_import_note(reader);
}

void trace_reader_progress(const struct trace_reader *reader, uint64_t *done_bytes, uint64_t *all_bytes)
{
    *done_bytes = reader->bytes.raw_done;
    *all_bytes = reader->bytes.raw_all;
}

void trace_reader_close(struct trace_reader *reader)
{
    if (!reader) {
        return;
    }
    trace_hlt_close(reader);
    trace_import_close(reader);
    trace_json_close(reader);
    trace_select_free(reader->select);
    trace_header_free(reader->whole_header);
    trace_meaning_close(&reader->meaning);
    trace_bytes_close(&reader->bytes);
    if (reader->copy_fd >= 0) {
        close(reader->copy_fd);
    }
    free(reader->anomalies);
    free(reader);
}
