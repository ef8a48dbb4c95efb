/* test_trace_support.h: what the trace suites share: reading a text, comparing events, running a suite. */
#ifndef HEAPLAB_TEST_TRACE_SUPPORT_H
#define HEAPLAB_TEST_TRACE_SUPPORT_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace.h"

#define H "{\"format\":\"heaplab-trace\",\"version\":1}\n"

struct outcome {
    int code;
    uint64_t events, anomalies;
    struct trace_error error; /* or the first anomaly */
};

/* Reads a whole text from an exact copy (a sanitizer sees a read past it). Checks what must hold of every event. */
static inline struct outcome read_bytes(const void *bytes, size_t count, bool lenient)
{
    struct outcome outcome = {0};
    struct trace_options options = {.lenient = lenient, .label = "test"};
    struct trace_event event;
    char *copy = malloc(count ? count : 1);
    ck_assert_ptr_nonnull(copy);
    if (count) {
        memcpy(copy, bytes, count);
    }
    struct trace_reader *reader = trace_reader_open_memory(copy, count, &options, &outcome.error);
    outcome.code = outcome.error.code;
    if (reader) {
        while ((outcome.code = trace_reader_next(reader, &event)) > 0) {
            outcome.events++;
            ck_assert_uint_le(event.op, TRACE_MARK);
            ck_assert((event.op == TRACE_MARK) == (event.name != NULL));
            ck_assert(!(event.fresh && event.retires) && !((event.fresh || event.retires) && event.slot == TRACE_NO_SLOT));
            ck_assert_uint_le(outcome.events, count);
        }
        const struct trace_error *kept;
        size_t kept_count;
        outcome.anomalies = trace_reader_anomalies(reader, &kept, &kept_count);
        if (outcome.code) {
            outcome.error = *trace_reader_error(reader);
        } else if (kept_count) {
            outcome.error = kept[0];
        }
        ck_assert_int_eq(trace_reader_next(reader, &event), outcome.code);
    }
    ck_assert((reader != NULL) || outcome.code < 0);
    trace_reader_close(reader);
    free(copy);
    return outcome;
}

static inline void assert_same_event(const struct trace_event *a, const struct trace_event *b, uint64_t index);

/* As read_bytes; and by blocks of so many events come the same events, and the same end. */
static inline struct outcome read_bytes_twice(const void *bytes, size_t count, bool lenient, size_t room)
{
    const struct outcome one_by_one = read_bytes(bytes, count, lenient);
    struct trace_options options = {.lenient = lenient, .label = "test"};
    struct trace_error error;
    struct trace_reader *single = trace_reader_open_memory(bytes, count, &options, &error);
    struct trace_reader *block = trace_reader_open_memory(bytes, count, &options, &error);
    struct trace_event *events = calloc(room, sizeof *events), event;
    uint64_t came = 0;
    int got = error.code;
    ck_assert_ptr_nonnull(events);
    ck_assert((single == NULL) == (block == NULL));
    while (block && (got = trace_reader_next_block(block, events, room)) > 0) {
        ck_assert_uint_le((size_t)got, room);
        for (int i = 0; i < got; i++) {
            ck_assert_int_eq(trace_reader_next(single, &event), 1);
            assert_same_event(&events[i], &event, came++);
        }
    }
    ck_assert_int_eq(got, one_by_one.code);
    ck_assert_uint_eq(came, one_by_one.events);
    if (block) {
        const struct trace_error *found = trace_reader_error(block);
        ck_assert_int_eq(trace_reader_next_block(block, events, room), got);
        ck_assert_int_eq(trace_reader_next(single, &event), got);
        ck_assert(found->column == trace_reader_error(single)->column && found->events == trace_reader_error(single)->events);
        ck_assert_str_eq(found->found, trace_reader_error(single)->found);
    }
    trace_reader_close(single);
    trace_reader_close(block);
    free(events);
    return one_by_one;
}

static inline struct outcome read_text(const char *text)
{
    return read_bytes(text, strlen(text), false);
}

static inline void assert_same_event(const struct trace_event *a, const struct trace_event *b, uint64_t index)
{
    ck_assert_msg(a->id == b->id && a->size == b->size && a->count == b->count && a->align == b->align && a->t == b->t && a->wait == b->wait,
                  "event %llu differs", (unsigned long long)index);
    ck_assert_msg(a->slot == b->slot && a->site == b->site && a->thread == b->thread && a->heap == b->heap && a->op == b->op,
                  "event %llu differs", (unsigned long long)index);
    ck_assert_msg(a->failed == b->failed && a->fresh == b->fresh && a->retires == b->retires, "event %llu differs", (unsigned long long)index);
    ck_assert((a->name == NULL) == (b->name == NULL));
    if (a->name) {
        ck_assert_str_eq(a->name, b->name);
    }
}

static inline void assert_same_trace(const struct trace *a, const struct trace *b)
{
    ck_assert_uint_eq(trace_count(a), trace_count(b));
    ck_assert_uint_eq(trace_slot_count(a), trace_slot_count(b));
    ck_assert_uint_eq(trace_peak_payload(a), trace_peak_payload(b));
    for (uint64_t i = 0; i < trace_count(a); i++) {
        struct trace_event x, y;
        trace_get(a, i, &x);
        trace_get(b, i, &y);
        assert_same_event(&x, &y, i);
    }
}

/* A path of our own in /tmp; the caller unlinks it. */
static inline const char *temporary_path(char *path, size_t size, const char *ending)
{
    snprintf(path, size, "/tmp/heaplab-test-%ld%s", (long)getpid(), ending);
    return path;
}

static inline void write_file(const char *path, const void *bytes, size_t count)
{
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, count, file), count);
    ck_assert_int_eq(fclose(file), 0);
}

/* The file's bytes; the caller frees them. */
static inline char *slurp(const char *path, size_t *count)
{
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    ck_assert_int_ge(size, 0);
    rewind(file);
    char *bytes = malloc((size_t)size + 1);
    ck_assert_ptr_nonnull(bytes);
    ck_assert_uint_eq(fread(bytes, 1, (size_t)size, file), (size_t)size);
    bytes[size] = '\0';
    fclose(file);
    *count = (size_t)size;
    return bytes;
}

static inline void write_trace(const struct trace *trace, const char *path)
{
    enum trace_encoding encoding;
    bool gzip;
    struct trace_error error;
    ck_assert(trace_encoding_of_name(path, &encoding, &gzip));
    struct trace_writer *writer = trace_writer_open(path, encoding, gzip, trace_header_of(trace), &error);
    ck_assert_msg(writer != NULL, "%s", error.found);
    for (uint64_t i = 0; i < trace_count(trace); i++) {
        struct trace_event event;
        trace_get(trace, i, &event);
        ck_assert_int_eq(trace_writer_put(writer, &event), 0);
    }
    ck_assert_int_eq(trace_writer_close(writer, &error), 0);
}

static inline struct trace *load(const char *path)
{
    struct trace_error error;
    char text[700];
    struct trace *trace = trace_load(path, NULL, NULL, NULL, &error);
    if (!trace) {
        trace_error_format(&error, text, sizeof text);
    }
    ck_assert_msg(trace != NULL, "%s", text);
    return trace;
}

static inline int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
