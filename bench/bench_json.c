/* bench_json.c: how fast a trace is read: our streaming reader (checked for meaning), .hlt and load, against cJSON's whole-document parse and
 * yajl with callbacks that do nothing, all in one run over the same text of a million events; best of five, in seconds of the processor, because
 * one core is the question and the machine may be busy. --json: an object a line with name, value, unit, peer, peer_value. With --gigabyte:
 * the peak memory (VmHWM) of streaming 1 GB, in a run of its own so that nothing else counts.
 */
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <yajl/yajl_parse.h>

#include "trace.h"

#define EVENTS 1000000u
#define LIVE 4096u
#define ROUNDS 5

static const char header[] = "{\"format\":\"heaplab-trace\",\"version\":1,\"meta\":{\"name\":\"bench\",\"time_unit\":\"us\"},\"sites\":[\"a\",\"b\",\"c\",\"d\"]}\n";

struct generator { uint64_t state, id, t, live[LIVE]; };

/* One event line; as many allocs as frees once the table is warm. */
static size_t generate(struct generator *generator, char *at, size_t room)
{
    generator->state = generator->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    uint64_t random = generator->state >> 33, *place = &generator->live[random % LIVE];
    unsigned long long t = generator->t += random % 7, id = *place;
    if (id) {
        *place = 0;
        return (size_t)snprintf(at, room, "{\"op\":\"free\",\"id\":%llu,\"t\":%llu}\n", id, t);
    }
    *place = id = ++generator->id;
    return (size_t)snprintf(at, room, "{\"op\":\"alloc\",\"id\":%llu,\"size\":%llu,\"t\":%llu,\"site\":%d}\n", id, (unsigned long long)(random >> 20), t,
                            (int)(random & 3));
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static uint64_t run_reader(const char *text, size_t bytes)
{
    struct trace_error error;
    struct trace_event event;
    uint64_t events = 0;
    struct trace_reader *reader = trace_reader_open_memory(text, bytes, NULL, &error);
    while (reader && trace_reader_next(reader, &event) > 0) events++;
    trace_reader_close(reader);
    return events;
}

static const char *file_path;

static uint64_t run_file(const char *text, size_t bytes)
{
    struct trace_error error;
    const struct trace_event *event;
    static struct trace_batch batch;
    uint64_t events = 0;
    (void)text, (void)bytes;
    struct trace_reader *reader = trace_reader_open(file_path, NULL, &error);
    batch.count = 0;
    while (reader && trace_batch_next(&batch, reader, &event) > 0) events++;
    trace_reader_close(reader);
    return events;
}

static uint64_t run_load(const char *text, size_t bytes)
{
    struct trace_error error;
    (void)text, (void)bytes;
    struct trace *trace = trace_load(file_path, NULL, NULL, NULL, &error);
    uint64_t events = trace ? trace_count(trace) : 0;
    trace_free(trace);
    return events;
}

static uint64_t run_cjson(const char *text, size_t bytes)
{
    /* The same events as one document. */
    cJSON *tree = cJSON_ParseWithLength(text, bytes);
    uint64_t events = 0;
    if (tree)
        for (const cJSON *event = tree->child; event; event = event->next) events++;
    cJSON_Delete(tree);
    return events;
}

static int count_map(void *ctx)
{
    ++*(uint64_t *)ctx;
    return 1;
}

static uint64_t run_yajl(const char *text, size_t bytes)
{
    uint64_t maps = 0;
    yajl_callbacks callbacks = {.yajl_start_map = count_map};
    yajl_handle handle = yajl_alloc(&callbacks, NULL, &maps);
    yajl_config(handle, yajl_allow_multiple_values, 1);
    bool whole = yajl_parse(handle, (const unsigned char *)text, bytes) == yajl_status_ok && yajl_complete_parse(handle) == yajl_status_ok;
    yajl_free(handle);
    return whole ? maps - 2 : 0; /* without the header and its meta */
}

static bool as_json;

/* Bytes a second. */
static double measure(const char *name, uint64_t (*run)(const char *, size_t), const char *text, size_t bytes)
{
    double best = 1e9;
    uint64_t events = 0;
    for (int round = 0; round < ROUNDS; round++) {
        double begin = seconds();
        events = run(text, bytes);
        double took = seconds() - begin;
        if (took < best) {
            best = took;
        }
    }
    if (events != EVENTS) {
        fprintf(stderr, "%s: %llu events instead of %u\n", name, (unsigned long long)events, EVENTS);
    }
    if (!as_json) {
        printf("%-44s %8.0f MB/s %9.2f million events/s %7.1f ns/event\n", name, (double)bytes / best / 1e6, EVENTS / best / 1e6, best / EVENTS * 1e9);
    }
    return (double)bytes / best;
}

static void print_json(double ours, const char *peer, double theirs)
{
    printf("{\"name\": \"json_read\", \"value\": %.1f, \"unit\": \"MB/s\", \"peer\": \"%s\", \"peer_value\": %.1f}\n", ours / 1e6, peer, theirs / 1e6);
}

/* The lines as the elements of one array. */
static char *as_document(const char *lines, size_t bytes)
{
    char *document = malloc(bytes + 2);
    if (!document) return NULL;
    document[0] = '[';
    memcpy(document + 1, lines, bytes);
    for (char *at = document + 1; at < document + bytes; at++)
        if (*at == '\n') *at = ',';
    document[bytes] = ']';
    return document;
}

static bool write_hlt(const char *text, size_t bytes, const char *path)
{
    struct trace_error error;
    struct trace_event event;
    struct trace_reader *reader = trace_reader_open_memory(text, bytes, NULL, &error);
    struct trace_writer *writer = reader ? trace_writer_open(path, TRACE_HLT, false, trace_reader_header(reader), &error) : NULL;
    while (writer && trace_reader_next(reader, &event) > 0) trace_writer_put(writer, &event);
    bool written = writer && trace_writer_close(writer, &error) == 0;
    trace_reader_close(reader);
    return written;
}

static int compare_readers(void)
{
    size_t room = (size_t)EVENTS * 80, bytes = sizeof header - 1;
    struct generator *generator = calloc(1, sizeof *generator);
    char *text = malloc(room), path[64];
    if (!generator || !text) return EXIT_FAILURE;
    memcpy(text, header, bytes);
    for (uint32_t i = 0; i < EVENTS; i++) bytes += generate(generator, text + bytes, room - bytes);
    char *document = as_document(text + sizeof header - 1, bytes - (sizeof header - 1));
    snprintf(path, sizeof path, "/tmp/heaplab-bench-%ld.hlt", (long)getpid());
    if (!document || !write_hlt(text, bytes, path)) return EXIT_FAILURE;
    file_path = path;
    if (!as_json) {
        printf("%u events, %.1f MB of JSON; best of %d\n", EVENTS, (double)bytes / 1e6, ROUNDS);
    }
    const double ours = measure("trace_reader (strict, meaning checked)", run_reader, text, bytes);
    const double yajl = measure("yajl, callbacks that do nothing", run_yajl, text, bytes);
    const double cjson = measure("cJSON, the whole document, and free", run_cjson, document, bytes - (sizeof header - 1) + 1);
    if (as_json) {
        print_json(ours, "yajl, callbacks that do nothing", yajl);
        print_json(ours, "cJSON, the whole document, and free", cjson);
    }
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0) return EXIT_FAILURE;
    size_t hlt_bytes = (size_t)ftell(file);
    fclose(file);
    measure("trace_reader over the same as .hlt (its MB)", run_file, NULL, hlt_bytes);
    measure("trace_load of it (its MB)", run_load, NULL, hlt_bytes);
    if (!as_json) printf(".hlt: %.2f bytes an event, JSON: %.2f\n", (double)hlt_bytes / EVENTS, (double)bytes / EVENTS);
    unlink(path);
    free(document);
    free(text);
    free(generator);
    return EXIT_SUCCESS;
}

static void print_peak(void)
{
    char line[256];
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        if (strncmp(line, "VmHWM:", 6) == 0) printf("peak memory: %s", line + 6);
    if (status) fclose(status);
}

static int stream_gigabyte(void)
{
    int ends[2];
    char path[32];
    if (pipe(ends) != 0) return EXIT_FAILURE;
    pid_t child = fork();
    if (child == 0) {
        static struct generator generator;
        char line[160];
        FILE *out = fdopen(ends[1], "w");
        uint64_t bytes = 0;
        close(ends[0]);
        fputs(header, out);
        while (bytes < UINT64_C(1000000000)) {
            bytes += generate(&generator, line, sizeof line);
            fputs(line, out);
        }
        _exit(fclose(out) ? EXIT_FAILURE : EXIT_SUCCESS);
    }
    close(ends[1]);
    struct trace_error error;
    struct trace_event event;
    uint64_t events = 0, done, all;
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    struct trace_reader *reader = trace_reader_open(path, NULL, &error);
    while (reader && trace_reader_next(reader, &event) > 0) events++;
    if (!reader || trace_reader_error(reader)->code) return EXIT_FAILURE;
    trace_reader_progress(reader, &done, &all);
    printf("streamed %.0f MB, %llu events\n", (double)done / 1e6, (unsigned long long)events);
    trace_reader_close(reader);
    print_peak();
    return waitpid(child, NULL, 0) == child ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--gigabyte") == 0) return stream_gigabyte();
    as_json = argc == 2 && strcmp(argv[1], "--json") == 0;
    if (argc == 1 || as_json) return compare_readers();
    fprintf(stderr, "usage: %s [--json | --gigabyte]\n", argv[0]);
    return 2;
}
