/* report_waits.c: which threads waited for a block, how often and how long; and the names that a trace gives to threads and heaps. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "report.h"

const char *report_heap_name(const struct trace_header *header, uint32_t heap, char buffer[REPORT_NAME])
{
    if (heap < header->heap_count && header->heaps[heap].name != NULL) {
        return header->heaps[heap].name;
    }
    snprintf(buffer, REPORT_NAME, "heap %" PRIu32, heap);
    return buffer;
}

static const char *thread_name(const struct trace_header *header, uint32_t thread, char buffer[REPORT_NAME])
{
    if (thread < header->thread_count && header->threads[thread].name != NULL) {
        return header->threads[thread].name;
    }
    snprintf(buffer, REPORT_NAME, "thread %" PRIu32, thread);
    return buffer;
}

static const char *heap_of(const struct report *report, char buffer[REPORT_NAME])
{
    return report->heap != NULL ? report->heap : report_heap_name(report->header, report->alone, buffer);
}

void report_add_waits(cJSON *list, const struct report *report)
{
    uint32_t count = 0;
    const struct wait_count *waits = lane_wait_counts(report->lane, &count);
    for (uint32_t i = 0; i < count; i++) {
        char thread[REPORT_NAME], heap[REPORT_NAME];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "thread", thread_name(report->header, waits[i].thread, thread));
        cJSON_AddStringToObject(item, "heap", heap_of(report, heap));
        cJSON_AddNumberToObject(item, "waits", (double)waits[i].waits);
        cJSON_AddNumberToObject(item, "served", (double)waits[i].served);
        cJSON_AddNumberToObject(item, "timed_out", (double)waits[i].timed_out);
        cJSON_AddNumberToObject(item, "longest_ticks", (double)waits[i].longest_ticks);
        cJSON_AddNumberToObject(item, "total_ticks", (double)waits[i].ticks);
        cJSON_AddItemToArray(list, item);
    }
}

int report_columns(const char *text)
{
    int columns = 0;
    for (; *text != '\0'; text++) {
        columns += ((unsigned char)*text & 0xC0) != 0x80;
    }
    return columns;
}

void report_print_padded(FILE *to, const char *text, int width)
{
    const int missing = width - report_columns(text);
    fprintf(to, "  %s%*s", text, missing > 0 ? missing : 0, "");
}

/* One run's lines, or only the width of its names. */
static void each_line(const struct report *report, FILE *to, int *thread_width, int *heap_width)
{
    uint32_t count = 0;
    const struct wait_count *waits = lane_wait_counts(report->lane, &count);
    for (uint32_t i = 0; i < count; i++) {
        char thread_text[REPORT_NAME], heap_text[REPORT_NAME];
        const char *thread = thread_name(report->header, waits[i].thread, thread_text), *heap = heap_of(report, heap_text);
        if (to == NULL) {
            *thread_width = report_columns(thread) > *thread_width ? report_columns(thread) : *thread_width;
            *heap_width = report_columns(heap) > *heap_width ? report_columns(heap) : *heap_width;
            continue;
        }
        report_print_padded(to, thread, *thread_width);
        report_print_padded(to, heap, *heap_width);
        fprintf(to, " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %13" PRIu64 " %12" PRIu64 " %14" PRIu64 "\n", waits[i].waits, waits[i].served,
                waits[i].timed_out, waits[i].waits - waits[i].served - waits[i].timed_out, waits[i].longest_ticks, waits[i].ticks);
    }
}

void report_print_waits(const struct report *reports, size_t count, FILE *to)
{
    int thread_width = 6, heap_width = 4;
    uint64_t waits = 0;
    for (size_t i = 0; i < count; i++) {
        waits += lane_run(reports[i].lane)->waits;
        each_line(&reports[i], NULL, &thread_width, &heap_width);
    }
    if (waits == 0) {
        return;
    }
    fputc('\n', to);
    report_print_padded(to, "waited", thread_width);
    report_print_padded(to, "heap", heap_width);
    fprintf(to, " %9s %9s %9s %13s %12s %14s\n", "waits", "served", "timed out", "still waiting", "longest", "all together");
    for (size_t i = 0; i < count; i++) {
        each_line(&reports[i], to, &thread_width, &heap_width);
    }
}
