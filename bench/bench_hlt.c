/* bench_hlt.c: events a second of reading .hlt: the reader as every command uses it, with every check.
 *
 * usage: bench_hlt FILE.hlt… (best of ROUNDS rounds; a file is read again and again until MOST events have come) */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "trace.h"

enum { ROUNDS = 5 };
#define MOST UINT64_C(5000000)

static double now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* How many events the file has; 0 after saying why not. */
static uint64_t read_once(const char *path)
{
    struct trace_error error;
    struct trace_event event;
    struct trace_reader *reader = trace_reader_open(path, NULL, &error);
    uint64_t events = 0;
    int got = 0;
    while (reader != NULL && (got = trace_reader_next(reader, &event)) == 1) {
        events++;
    }
    if (reader == NULL || got < 0) {
        fprintf(stderr, "bench_hlt: %s: %s\n", path, reader == NULL ? error.found : trace_reader_error(reader)->found);
        events = 0;
    }
    trace_reader_close(reader);
    return events;
}

int main(int argc, char **argv)
{
    printf("%-40s %12s %12s\n", "file", "events", "M events/s");
    for (int i = 1; i < argc; i++) {
        double best = 0;
        uint64_t events = 0;
        for (int round = 0; round < ROUNDS; round++) {
            uint64_t done = 0;
            const double start = now_seconds();
            do {
                events = read_once(argv[i]);
                done += events;
            } while (events != 0 && done < MOST);
            const double rate = (double)done / (now_seconds() - start) / 1e6;
            best = rate > best ? rate : best;
        }
        if (events == 0) {
            return 1;
        }
        printf("%-40s %12" PRIu64 " %12.1f\n", argv[i], events, best);
    }
    return 0;
}
