/* bench_hlt.c: events a second of reading .hlt: the reader as every command uses it, with every check, over a real file.
 *
 * usage: bench_hlt [--json] [--events N] [TRACE…]
 *
 * Each trace, in whatever encoding, is first written as one .hlt of at least N events (default ten millions): again and again behind itself,
 * each time with new ids, what lives at its end freed. Then that is read, best of ROUNDS: by blocks (trace_reader_next_block), and one event
 * at a time. A trace of random requests is always measured too. Seconds are those of the processor, because one core is the question and the
 * machine may be busy. --json: an object a line with name, value, unit, peer, peer_value (here: one event at a time).
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "trace.h"

enum { ROUNDS = 5, LIVE = 4096 };

static uint64_t wanted = UINT64_C(10000000);
static char path[64];
static bool json;

static double now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static bool fail(const char *name, const struct trace_error *error)
{
    fprintf(stderr, "bench_hlt: %s: error %d: %s\n", name, error->code, error->found);
    return false;
}

/* ---- the file that is read ---- */

/* The whole trace once more, its ids and times moved by what the copies before took; what lives at its end is freed. */
static bool put_copy(struct trace_writer *writer, const struct trace *trace, uint64_t id_base, uint64_t t_base, uint64_t *ids)
{
    struct trace_event event;
    bool good = true;
    for (uint64_t i = 0; i < trace_count(trace) && good; i++) {
        trace_get(trace, i, &event);
        event.id += event.id != 0 ? id_base : 0;
        event.t = trace_has_time(trace) ? event.t + t_base : TRACE_NO_TIME;
        if (event.slot != TRACE_NO_SLOT) {
            ids[event.slot] = event.retires ? 0 : event.id;
        }
        good = trace_writer_put(writer, &event) == 0;
    }
    for (uint32_t slot = 0; slot < trace_slot_count(trace) && good; slot++) {
        event = trace_event_make(TRACE_FREE, ids[slot], 0);
        good = ids[slot] == 0 || trace_writer_put(writer, &event) == 0;
        ids[slot] = 0;
    }
    return good;
}

static bool put_copies(struct trace_writer *writer, const struct trace *trace)
{
    struct trace_event event = {0};
    uint64_t *ids = calloc((size_t)trace_slot_count(trace) + 1, sizeof *ids);
    uint64_t ids_a_copy = 0, put = 0, copies = 0;
    for (uint64_t i = 0; i < trace_count(trace); i++) {
        trace_get(trace, i, &event);
        ids_a_copy = event.id > ids_a_copy ? event.id : ids_a_copy;
    }
    bool good = ids != NULL && trace_count(trace) != 0;
    for (; put < wanted && good; put += trace_count(trace)) {
        good = put_copy(writer, trace, copies * ids_a_copy, copies * (event.t + 1), ids);
        copies++;
    }
    free(ids);
    return good;
}

/* As many allocs as frees once the table is warm, at random. */
static bool put_random(struct trace_writer *writer)
{
    static uint64_t live[LIVE];
    uint64_t state = 1, id = 0;
    bool good = true;
    for (uint64_t i = 0; i < wanted && good; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint64_t *place = &live[(state >> 33) % LIVE];
        const bool frees = *place != 0;
        *place = frees ? *place : ++id;
        const struct trace_event event = trace_event_make(frees ? TRACE_FREE : TRACE_ALLOC, *place, frees ? 0 : state >> 53);
        *place = frees ? 0 : id;
        good = trace_writer_put(writer, &event) == 0;
    }
    return good;
}

/* The file at `path`, of a trace or (NULL) of random requests. */
static bool write_file(const char *name, const struct trace *trace)
{
    struct trace_error error = {0};
    struct trace_header *random = trace_header_new("random", NULL, NULL, NULL, 0);
    struct trace_writer *writer = trace_writer_open(path, TRACE_HLT, false, trace != NULL ? trace_header_of(trace) : random, &error);
    trace_header_free(random);
    if (writer == NULL) {
        return fail(name, &error);
    }
    if (!(trace != NULL ? put_copies(writer, trace) : put_random(writer))) {
        trace_writer_abandon(writer);
        return fail(name, &(struct trace_error){.found = "cannot be repeated"});
    }
    return trace_writer_close(writer, &error) == 0 || fail(name, &error);
}

/* ---- reading it ---- */

/* How many events came; 0 after saying why not all. */
static uint64_t read_file(const char *name, size_t at_once)
{
    static struct trace_event events[TRACE_EVENTS_AT_ONCE];
    struct trace_error error = {0};
    struct trace_reader *reader = trace_reader_open(path, NULL, &error);
    uint64_t count = 0;
    int got = -1;
    while (reader != NULL && (got = at_once == 1 ? trace_reader_next(reader, events) : trace_reader_next_block(reader, events, at_once)) > 0) {
        count += (uint64_t)got;
    }
    if (got < 0) {
        fail(name, reader == NULL ? &error : trace_reader_error(reader));
        count = 0;
    }
    trace_reader_close(reader);
    return count;
}

/* Millions of events a second, best of ROUNDS; 0 after saying why not. */
static double measure(const char *name, size_t at_once, uint64_t *events)
{
    double best = 0;
    for (int round = 0; round < ROUNDS; round++) {
        const double start = now_seconds();
        *events = read_file(name, at_once);
        const double rate = (double)*events / (now_seconds() - start) / 1e6;
        best = rate > best ? rate : best;
    }
    return best;
}

static const char *base_name(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash != NULL ? slash + 1 : name;
}

/* Writes, reads, reports and removes. */
static bool bench(const char *name, const struct trace *trace)
{
    uint64_t events = 0;
    double bytes = 0, blocks = 0, one = 0;
    if (write_file(name, trace)) {
        FILE *file = fopen(path, "rb");
        bytes = file != NULL && fseek(file, 0, SEEK_END) == 0 ? (double)ftell(file) : 0;
        if (file != NULL) {
            fclose(file);
        }
        blocks = measure(name, TRACE_EVENTS_AT_ONCE, &events);
        one = measure(name, 1, &events);
    }
    unlink(path);
    if (events == 0) {
        return false;
    }
    if (json) {
        printf("{\"name\": \"hlt_read %s\", \"value\": %.1f, \"unit\": \"M events/s\", \"peer\": \"one event at a time\", \"peer_value\": %.1f}\n",
               base_name(name), blocks, one);
        printf("{\"name\": \"hlt_size %s\", \"value\": %.2f, \"unit\": \"bytes/event\", \"peer\": null, \"peer_value\": null}\n", base_name(name),
               bytes / (double)events);
    } else {
        printf("%-32s %10" PRIu64 " %12.2f %12.1f %12.1f\n", base_name(name), events, bytes / (double)events, blocks, one);
    }
    fflush(stdout);
    return true;
}

static bool bench_trace(const char *name)
{
    struct trace_error error = {0};
    struct trace *trace = trace_load(name, NULL, NULL, NULL, &error);
    if (trace == NULL) {
        return fail(name, &error);
    }
    const bool good = bench(name, trace);
    trace_free(trace);
    return good;
}

int main(int argc, char **argv)
{
    int first = 1;
    for (; first < argc && strncmp(argv[first], "--", 2) == 0; first++) {
        if (strcmp(argv[first], "--json") == 0) {
            json = true;
        } else if (strcmp(argv[first], "--events") == 0 && first + 1 < argc && strtoull(argv[first + 1], NULL, 10) != 0) {
            wanted = strtoull(argv[++first], NULL, 10);
        } else {
            fprintf(stderr, "usage: %s [--json] [--events N] [TRACE…]\n", argv[0]);
            return 2;
        }
    }
    snprintf(path, sizeof path, "/tmp/heaplab-bench-%ld.hlt", (long)getpid());
    if (!json) {
        printf("%-32s %10s %12s %12s %12s\n", "trace", "events", "bytes/event", "M events/s", "one by one");
    }
    bool good = bench("random requests", NULL);
    for (int i = first; i < argc; i++) {
        good = bench_trace(argv[i]) && good;
    }
    return good ? 0 : 1;
}
