/* replay_outputs.c: the CSV of a replay's events, and the notes beside its result. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "replay.h"

void replay_events_begin(FILE *file, bool heaps)
{
    fputs("event,op,id,size,offset,payload_bytes,block_bytes,in_use_bytes,free_bytes,largest_free_bytes,free_blocks,"
          "internal_fragmentation,external_fragmentation,free_fragmentation_rss,steps", file);
    fputs(heaps ? ",heap\n" : "\n", file);
}

static void put_numbers(FILE *file, const struct metrics_now *now)
{
    fprintf(file, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu32 ",%" PRIu32 ",%.4f,%.4f,%.4f", now->payload_bytes,
            now->block_bytes, now->in_use_bytes, now->free_bytes, now->largest_free_bytes, now->free_blocks, metrics_internal(now),
            metrics_external(now), metrics_rss(now));
}

void replay_events_put(FILE *file, uint64_t number, const struct lane *lane, const struct trace_event *event, const struct lane_result *result,
                       const char *heap)
{
    static const char *const ops[] = {"alloc", "calloc", "realloc", "free", "mark"};
    uint64_t bytes = 0;
    bytes = __builtin_mul_overflow(event->size, event->count, &bytes) ? UINT64_MAX : event->size * event->count;
    fprintf(file, "%" PRIu64 ",%s,%" PRIu64 ",%" PRIu64 ",", number, ops[event->op], event->id, bytes);
    if (result->outcome == LANE_SERVED) {
        fprintf(file, "%" PRIu64, lane_report_offset(lane, result->off));
    }
    if (lane != NULL) {
        put_numbers(file, lane_now(lane));
    } else {
        fputs(",,,,,,,,,", file);
    }
    fprintf(file, ",%" PRIu32, result->steps);
    if (heap != NULL) {
        fputc(',', file);
        cli_put_csv(file, heap);
    }
    fputc('\n', file);
}

void replay_print_notes(const struct replay *replay, struct trace_reader *reader, bool complete)
{
    const struct trace_error *kept = NULL;
    size_t kept_count = 0;
    const uint64_t anomalies = trace_reader_anomalies(reader, &kept, &kept_count);
    cli_print_anomalies(anomalies, kept, kept_count);
    cli_print_import(replay->path, trace_reader_import_note(reader));
    if (complete) {
        cli_print_selected(replay->path, trace_reader_selected(reader), trace_reader_header(reader));
    }
}

double replay_seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}
