/* bench_read.c: how fast traces are read: JSONL beside yajl and cJSON, and the binary form. All from memory, decompressed, so that neither a
 * disk nor zlib is measured; ours checks every event for meaning, the others make tokens or a tree and know nothing of it. */
#include "bench_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

enum { EVENTS = 1000000, QUICK_EVENTS = 20000, MOST_PASSES = 3 };

/* A trace as text, and as cJSON needs it. */
struct document {
    char *text, *one_document; /* the latter: the event lines as one array; NULL where it is not wanted */
    size_t bytes, document_bytes;
    uint64_t events;
    int file; /* the text as a file */
};

/* How many events a reader finds. */
static uint64_t count_events(const struct document *document)
{
    struct trace_error error;
    struct trace_batch batch = {.count = 0};
    const struct trace_event *event = NULL;
    uint64_t events = 0;
    struct trace_reader *reader = trace_reader_open_memory(document->text, document->bytes, NULL, &error);
    while (reader != NULL && trace_batch_next(&batch, reader, &event) == 1) {
        events++;
    }
    trace_reader_close(reader);
    return events;
}

/* By batches, as the commands read. */
static double pass_reader(void *ctx)
{
    const struct document *document = ctx;
    const double start = bench_seconds();
    const uint64_t events = count_events(document);
    const double seconds = bench_seconds() - start;
    return events == document->events ? seconds : NAN;
}

static double pass_one_by_one(void *ctx)
{
    const struct document *document = ctx;
    struct trace_error error;
    struct trace_event event;
    uint64_t events = 0;
    const double start = bench_seconds();
    struct trace_reader *reader = trace_reader_open_memory(document->text, document->bytes, NULL, &error);
    while (reader != NULL && trace_reader_next(reader, &event) == 1) {
        events++;
    }
    trace_reader_close(reader);
    const double seconds = bench_seconds() - start;
    return events == document->events ? seconds : NAN;
}

/* The same into memory, as most commands take it: from a file, which the system has in memory too. */
static double pass_load(void *ctx)
{
    const struct document *document = ctx;
    struct trace_error error;
    char path[32];
    snprintf(path, sizeof path, "/dev/fd/%d", document->file);
    const double start = bench_seconds();
    struct trace *trace = trace_load(path, NULL, NULL, NULL, &error);
    const double seconds = bench_seconds() - start;
    const bool whole = trace != NULL && trace_count(trace) == document->events;
    trace_free(trace);
    return whole ? seconds : NAN;
}

static double pass_yajl(void *ctx)
{
    const struct document *document = ctx;
    const double start = bench_seconds();
    const bool done = bench_parse_yajl(document->text, document->bytes);
    return done ? bench_seconds() - start : NAN;
}

static double pass_cjson(void *ctx)
{
    const struct document *document = ctx;
    const double start = bench_seconds();
    const bool done = document->one_document != NULL && bench_parse_cjson(document->one_document, document->document_bytes);
    return done ? bench_seconds() - start : NAN;
}

/* The event lines, as the elements of an array. NULL without memory. */
static char *as_one_document(const struct document *lines, size_t *bytes)
{
    const char *end = memchr(lines->text, '\n', lines->bytes); /* of the header */
    const size_t start = end == NULL ? lines->bytes : (size_t)(end - lines->text) + 1, rest = lines->bytes - start;
    char *document = malloc(rest + 2);
    if (document == NULL) {
        return NULL;
    }
    document[0] = '[';
    memcpy(document + 1, lines->text + start, rest);
    for (size_t i = 1; i < rest; i++) {
        document[i] = document[i] == '\n' ? ',' : document[i];
    }
    *bytes = rest == 0 ? 2 : rest + 1;
    document[*bytes - 1] = ']'; /* in place of the last line's end */
    return document;
}

static void free_documents(struct document *documents, size_t count)
{
    for (size_t i = 0; i < count && documents != NULL; i++) {
        if (documents[i].file >= 0) {
            (void)close(documents[i].file);
        }
        free(documents[i].text);
        free(documents[i].one_document);
    }
    free(documents);
}

/* Each of at least `least` events (bench_subject_file). NULL on failure. */
static struct document *make_documents(const struct bench_material *material, enum trace_encoding encoding, uint64_t least)
{
    struct document *documents = calloc(material->count + 1, sizeof *documents);
    bool ok = documents != NULL;
    for (size_t i = 0; i < material->count && ok; i++) {
        documents[i].file = -1; /* of all of them, before any can be freed */
    }
    for (size_t i = 0; i < material->count && ok; i++) {
        documents[i].file = bench_subject_file(&material->subjects[i], encoding, least);
        documents[i].text = documents[i].file < 0 ? NULL : bench_file_text(documents[i].file, &documents[i].bytes);
        documents[i].events = documents[i].text == NULL ? 0 : count_events(&documents[i]);
        ok = documents[i].events >= trace_count(material->subjects[i].trace) && documents[i].events >= least;
    }
    if (!ok) {
        free_documents(documents, material->count);
        documents = NULL;
    }
    return documents;
}

struct sums {
    double bytes, events, seconds[MOST_PASSES]; /* of the turns, one after another */
};

/* Every document by every way of reading it. */
static void time_documents(const struct bench_plan *plan, const char *what, struct document *documents, size_t count,
                           double (*const passes[])(void *ctx), size_t pass_count, struct sums *sums)
{
    *sums = (struct sums){0};
    for (size_t i = 0; i < count; i++) {
        struct bench_turn turns[MOST_PASSES];
        for (size_t k = 0; k < pass_count; k++) {
            turns[k] = (struct bench_turn){.pass = passes[k], .ctx = &documents[i]};
        }
        bench_take_turns(plan, what, turns, pass_count);
        for (size_t k = 0; k < pass_count; k++) {
            sums->seconds[k] += turns[k].best;
        }
        sums->bytes += (double)documents[i].bytes;
        sums->events += (double)documents[i].events;
    }
}

void bench_run_json(const struct bench_plan *plan, const struct bench_group *group, struct bench_report *report)
{
    static double (*const passes[])(void *ctx) = {pass_reader, pass_yajl, pass_cjson};
    struct bench_material material;
    struct sums sums;
    char name[64];
    const bool made = bench_material_make(plan, EVENTS, QUICK_EVENTS, &material);
    struct document *documents = made ? make_documents(&material, TRACE_JSONL, 0) : NULL;
    for (size_t i = 0; i < material.count && documents != NULL; i++) {
        documents[i].one_document = as_one_document(&documents[i], &documents[i].document_bytes);
    }
    if (documents == NULL) {
        bench_note(bench_add(report, group, "MB/s", "JSONL events reader"), "no memory, or no room for temporary files");
        bench_material_free(&material);
        return;
    }
    time_documents(plan, "reading JSONL", documents, material.count, passes, 3, &sums);
    const double megabytes = sums.bytes / 1e6;
    (void)bench_material_name(&material, name, sizeof name);
    struct bench_row *row = bench_add(report, group, "MB/s", "JSONL events reader, %s", name);
    row->value = megabytes / sums.seconds[0];
    row->goal_kind = BENCH_AT_LEAST;
    row->goal = 400;
    bench_peer(row, megabytes / sums.seconds[1], bench_yajl_built ? "yajl, tokens only" : "yajl (not built)");
    row = bench_add(report, group, "MB/s", "JSONL events reader, %s", name);
    row->value = megabytes / sums.seconds[0];
    bench_peer(row, megabytes / sums.seconds[2], "cJSON, whole document");
    row = bench_add(report, group, "M events/s", "JSONL events reader, %s", name);
    row->value = sums.events / sums.seconds[0] / 1e6;
    free_documents(documents, material.count);
    bench_material_free(&material);
}

/* Bytes of the text in a gzip file. */
static double gzipped_bytes(const struct document *document)
{
    uLongf bytes = compressBound((uLong)document->bytes);
    Bytef *room = malloc(bytes);
    const bool done = room != NULL && compress2(room, &bytes, (const Bytef *)document->text, (uLong)document->bytes, 6) == Z_OK;
    free(room);
    return done ? (double)bytes + 12 : NAN; /* gzip's frame is 12 bytes longer than zlib's */
}

static void add_hlt_rows(const struct bench_plan *plan, const struct bench_group *group, struct bench_report *report, const char *name,
                         const struct sums *binary, const struct sums *text)
{
    const double rate = binary->events / binary->seconds[0] / 1e6;
    struct bench_row *row = bench_add(report, group, "M events/s", ".hlt reader, %s", name);
    row->value = rate;
    row->goal_kind = BENCH_AT_LEAST;
    row->goal = 100;
    bench_peer(row, text->events / text->seconds[0] / 1e6, "JSONL, our reader");
    if (!plan->quick && plan->subject_count != 0) {
        bench_note(row, "a trace of less than a million events is read repeated behind itself");
    }
    row = bench_add(report, group, "M events/s", ".hlt reader, %s", name);
    row->value = rate;
    bench_peer(row, binary->events / binary->seconds[1] / 1e6, "one event at a time");
    row = bench_add(report, group, "M events/s", ".hlt into memory, %s", name);
    row->value = binary->events / binary->seconds[2] / 1e6;
    bench_peer(row, rate, "the reader alone");
}

/* The size of the files as they are, beside that of gzipped text. False without memory or room. */
static bool add_hlt_size(const struct bench_plan *plan, const struct bench_group *group, struct bench_report *report, const char *name,
                         const struct bench_material *material, const struct document *lines)
{
    double gzipped = 0, binary = 0, events = 0;
    struct document *documents = make_documents(material, TRACE_HLT, 0);
    for (size_t i = 0; i < material->count && documents != NULL; i++) {
        bench_tell(plan, "packing JSONL");
        gzipped += gzipped_bytes(&lines[i]);
        binary += (double)documents[i].bytes;
        events += (double)documents[i].events;
    }
    struct bench_row *row = bench_add(report, group, "B/event", ".hlt file, %s", name);
    row->value = documents == NULL ? NAN : binary / events;
    row->goal_kind = plan->subject_count != 0 ? BENCH_AT_MOST : BENCH_NO_GOAL;
    row->goal = 6;
    bench_peer(row, gzipped / events, "JSONL, gzip -6");
    if (plan->subject_count == 0) {
        bench_note(row, "made events are random in every field: the goal is one for recorded programs (give traces)");
    }
    free_documents(documents, material->count);
    return documents != NULL;
}

void bench_run_hlt(const struct bench_plan *plan, const struct bench_group *group, struct bench_report *report)
{
    static double (*const passes[])(void *ctx) = {pass_reader, pass_one_by_one, pass_load};
    struct bench_material material;
    struct sums binary, text;
    char name[64];
    const bool made = bench_material_make(plan, EVENTS, QUICK_EVENTS, &material);
    bench_tell(plan, "writing .hlt");
    struct document *documents = made ? make_documents(&material, TRACE_HLT, plan->quick ? 0 : EVENTS) : NULL;
    struct document *lines = documents != NULL ? make_documents(&material, TRACE_JSONL, 0) : NULL;
    bool ok = lines != NULL;
    if (ok) {
        (void)bench_material_name(&material, name, sizeof name);
        time_documents(plan, "reading .hlt", documents, material.count, passes, 3, &binary);
        time_documents(plan, "reading JSONL", lines, material.count, passes, 1, &text);
        add_hlt_rows(plan, group, report, name, &binary, &text);
        ok = add_hlt_size(plan, group, report, name, &material, lines);
        free_documents(lines, material.count);
    }
    if (!ok) {
        bench_note(bench_add(report, group, "M events/s", ".hlt"), "no memory, or no room for temporary files");
    }
    free_documents(documents, material.count);
    bench_material_free(&material);
}
