/* replay_heaps_output.c: what a replay of several heaps writes: offsets and events as they come, the score sheets at the end. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "replay_heaps.h"
#include "vector_output.h"

#define EVERY_HEAP UINT32_MAX        /* in the order of entries: a mark */
#define NO_HEAP (UINT32_MAX - 1)     /* an event that was passed over */

/* ---- offsets ---- */

static void begin_offsets(FILE *file, const struct heaps_run *run)
{
    fprintf(file, "{\"allocator\": \"several heaps\", \"version\": \"heaplab %s\", \"word_bits\": 32,\n \"heaps\": [", HEAPLAB_VERSION);
    for (uint32_t i = 0, count = 0; i < run->count; i++) {
        struct lane *lane = heaps_lane(run->heaps, i);
        if (lane != NULL) {
            fputs(count++ == 0 ? "{\"heap\": " : ",\n  {\"heap\": ", file);
            vector_output_string(file, run->plans[i].name);
            fprintf(file, ", \"allocator\": \"%s\", \"arena_bytes\": %" PRIu32 "}", run->plans[i].spec.text, lane_options_of(lane)->heap_bytes);
        }
    }
    fputs("],\n \"trace\": ", file);
    vector_output_string(file, run->replay->path);
    fputs(", \"offsets\": [", file);
}

/* A mark has an entry in every heap's queue, and they are all known. */
static bool next_entry(struct heaps_outputs *outputs, const struct heaps_run *run, bool ended, int64_t *entry)
{
    const uint32_t heap = outputs->order[outputs->first];
    if (heap < run->count) {
        return vector_queue_next(&outputs->entries[heap], ended, entry);
    }
    for (uint32_t i = 0; i < run->count && heap == EVERY_HEAP; i++) {
        if (heaps_lane(run->heaps, i) != NULL) {
            (void)vector_queue_next(&outputs->entries[i], true, entry);
        }
    }
    *entry = VECTOR_NOTHING;
    return true;
}

static void write_entries(struct heaps_outputs *outputs, const struct heaps_run *run, bool ended)
{
    int64_t entry = 0;
    while (outputs->first != outputs->order_count && next_entry(outputs, run, ended, &entry)) {
        vector_output_entry(outputs->offsets.file, outputs->written++, entry);
        outputs->first++;
    }
}

static bool add_order(struct heaps_outputs *outputs, uint32_t heap)
{
    if (outputs->first == outputs->order_count) {
        outputs->first = outputs->order_count = 0;
    }
    if (outputs->order_count == outputs->order_room) {
        const size_t room = outputs->order_room * 2 + 64;
        uint32_t *order = realloc(outputs->order, room * sizeof *order);
        if (order == NULL) {
            return false;
        }
        outputs->order = order;
        outputs->order_room = room;
    }
    outputs->order[outputs->order_count++] = heap;
    return true;
}

static bool add_entry(struct heaps_outputs *outputs, const struct heaps_run *run, const struct trace_event *event, const struct lane_result *result)
{
    const bool mark = event->op == TRACE_MARK;
    const bool passed = !mark && heaps_lane(run->heaps, event->heap) == NULL;
    bool ok = add_order(outputs, mark ? EVERY_HEAP : passed ? NO_HEAP : event->heap);
    for (uint32_t i = 0; i < run->count && ok; i++) {
        if (heaps_lane(run->heaps, i) != NULL && (mark || event->heap == i)) {
            ok = vector_queue_add(&outputs->entries[i], event, result);
        }
    }
    return ok;
}

/* ---- both streams ---- */

bool heaps_outputs_open(struct heaps_outputs *outputs, const struct heaps_run *run)
{
    const struct replay *replay = run->replay;
    if (replay->offsets_path != NULL) {
        outputs->entries = calloc(run->count, sizeof *outputs->entries);
        if (outputs->entries == NULL) {
            cli_fail(CLI_RESOURCES, "out of memory");
            return false;
        }
        if (!cli_output_open(&outputs->offsets, replay->offsets_path)) {
            return false;
        }
        outputs->has_offsets = true;
        for (uint32_t i = 0; i < run->count; i++) {
            if (heaps_lane(run->heaps, i) != NULL) {
                vector_queue_open(&outputs->entries[i], heaps_lane(run->heaps, i));
            }
        }
        begin_offsets(outputs->offsets.file, run);
    }
    if (replay->events_path != NULL) {
        if (!cli_output_open(&outputs->events, replay->events_path)) {
            return false;
        }
        outputs->has_events = true;
        replay_events_begin(outputs->events.file, true);
    }
    return true;
}

bool heaps_outputs_put(struct heaps_outputs *outputs, const struct heaps_run *run, const struct trace_event *event, const struct lane_result *result)
{
    const bool mark = event->op == TRACE_MARK;
    if (outputs->has_offsets) {
        if (!add_entry(outputs, run, event, result)) {
            return false;
        }
        write_entries(outputs, run, false);
    }
    if (outputs->has_events) {
        replay_events_put(outputs->events.file, run->events, mark ? NULL : heaps_lane(run->heaps, event->heap), event, result,
                          mark ? "" : run->plans[event->heap].name);
    }
    return true;
}

bool heaps_outputs_close(struct heaps_outputs *outputs, const struct heaps_run *run, bool keep)
{
    bool ok = true;
    if (outputs->has_offsets) {
        write_entries(outputs, run, true);
        for (uint32_t i = 0; i < run->count; i++) {
            if (heaps_lane(run->heaps, i) != NULL) {
                lane_watch_late(heaps_lane(run->heaps, i), NULL, NULL);
                vector_queue_close(&outputs->entries[i]);
            }
        }
        fputs("\n]}\n", outputs->offsets.file);
        ok = cli_output_close(&outputs->offsets, keep);
    }
    free(outputs->entries);
    free(outputs->order);
    return (!outputs->has_events || cli_output_close(&outputs->events, keep)) && ok;
}

/* ---- the result ---- */

static struct report report_of(const struct heaps_run *run, uint32_t heap)
{
    const struct heap_plan *plan = &run->plans[heap];
    struct lane *lane = heaps_lane(run->heaps, heap);
    return (struct report){.trace = run->replay->path, .spec = &plan->spec, .lane = lane, .digest = lane_digest(lane),
                           .lower_bound_bytes = heaps_peak_payload(run->heaps, heap), .heap_note = plan->note[0] == '\0' ? NULL : plan->note,
                           .native = run->replay->native, .header = trace_reader_header(run->reader), .heap = plan->name};
}

/* CLI_DIFFERS, after saying why, where a heap does not hold what was asked of it. */
static int check(const struct replay *replay, const struct report *report)
{
    double values[SCORES_ROOM];
    char label[256];
    scores_of(values, report->lane, report->lower_bound_bytes, NULL);
    snprintf(label, sizeof label, "heap %s", report->heap);
    const int held = report_check(&replay->conditions, label, values);
    return replay->strict && lane_run(report->lane)->failures != 0 ? CLI_DIFFERS : held;
}

static void print_digest(const struct report *report)
{
    if (lane_has_image(report->lane)) {
        printf("%s %08" PRIx32 "\n", report->heap, report->digest);
    } else {
        printf("%s none\n", report->heap);
    }
}

/* No event is for it; where one heap is selected, nothing is known of the others. */
static bool is_idle(const struct heaps_run *run, uint32_t heap) { return !run->plans[heap].used && run->replay->input.selection.heap == NULL; }

static int print_json(const struct heaps_run *run, const struct report *reports, size_t count, int code)
{
    cJSON *object = cli_json(cJSON_CreateObject);
    cJSON_AddStringToObject(object, "trace", run->replay->path);
    cJSON_AddNumberToObject(object, "events", (double)run->events);
    cJSON *list = cJSON_AddArrayToObject(object, "heaps"), *waits = cJSON_CreateArray();
    for (size_t i = 0; i < count; i++) {
        cJSON_AddItemToArray(list, report_json(&reports[i]));
        report_add_waits(waits, &reports[i]);
    }
    list = cJSON_AddArrayToObject(object, "heaps_without_events");
    for (uint32_t i = 0; i < run->count; i++) {
        if (is_idle(run, i)) {
            cJSON_AddItemToArray(list, cJSON_CreateString(run->plans[i].name));
        }
    }
    cJSON_AddItemToObject(object, "waiting_threads", waits);
    if (run->seconds > 0) {
        cJSON_AddNumberToObject(object, "seconds", run->seconds);
    }
    return cli_print_json(object, code);
}

/* A line a heap, the threads that waited, then each heap's sheet. */
static void print_text(const struct heaps_run *run, const struct report *reports, size_t count)
{
    int name_width = 4, policy_width = 6;
    for (size_t i = 0; i < count; i++) {
        name_width = report_columns(reports[i].heap) > name_width ? report_columns(reports[i].heap) : name_width;
        policy_width = report_columns(reports[i].spec->text) > policy_width ? report_columns(reports[i].spec->text) : policy_width;
    }
    printf("%s: %zu heap%s, %" PRIu64 " events\n\n", run->replay->path, count, count == 1 ? "" : "s", run->events);
    report_print_padded(stdout, "heap", name_width);
    report_print_padded(stdout, "policy", policy_width);
    printf(" %12s %12s %12s %9s %9s\n", "size", "peak payload", "peak in use", "failures", "waits");
    for (size_t i = 0; i < count; i++) {
        const struct metrics_run *done = lane_run(reports[i].lane);
        char size[32];
        report_print_padded(stdout, reports[i].heap, name_width);
        report_print_padded(stdout, reports[i].spec->text, policy_width);
        printf(" %12s %12" PRIu64 " %12" PRIu64 " %9" PRIu64 " %9" PRIu64 "\n",
               spec_format_bytes(lane_options_of(reports[i].lane)->heap_bytes, size, sizeof size), reports[i].lower_bound_bytes,
               done->peak_in_use_bytes, done->failures, done->waits);
    }
    for (uint32_t i = 0; i < run->count; i++) {
        if (is_idle(run, i)) {
            report_print_padded(stdout, run->plans[i].name, name_width);
            puts("  no events");
        }
    }
    report_print_waits(reports, count, stdout);
    for (size_t i = 0; i < count; i++) {
        putchar('\n');
        report_print(&reports[i], stdout);
    }
    if (run->seconds > 0) {
        printf("\n  all heaps: %.1f million events/s\n", (double)run->events / run->seconds / 1e6);
    }
}

static void note_word_size(const struct heaps_run *run)
{
    bool replica = false;
    for (uint32_t i = 0; i < run->count; i++) {
        replica = replica || (run->plans[i].used && run->plans[i].spec.options.policy->inspect->replica != NULL);
    }
    if (replica && trace_reader_header(run->reader)->word_bits == 64) {
        fputs("note: the trace was recorded on a 64-bit machine; the replicas are the 32-bit originals\n", stderr);
    }
}

int heaps_print(const struct heaps_run *run)
{
    struct report *reports = calloc(run->count, sizeof *reports);
    size_t count = 0;
    int code = CLI_DONE;
    if (reports == NULL) {
        return cli_fail(CLI_RESOURCES, "out of memory");
    }
    note_word_size(run);
    for (uint32_t i = 0; i < run->count; i++) {
        if (heaps_lane(run->heaps, i) != NULL) {
            reports[count] = report_of(run, i);
            code = check(run->replay, &reports[count]) == CLI_DIFFERS ? CLI_DIFFERS : code;
            count++;
        }
    }
    if (run->replay->digest_only) {
        for (size_t i = 0; i < count; i++) {
            print_digest(&reports[i]);
        }
    } else if (run->replay->json) {
        code = print_json(run, reports, count, code);
    } else {
        print_text(run, reports, count);
    }
    free(reports);
    return code;
}
