/* verify_placements.c: runs a trace and compares every block's place, and the statistics at the end, with a placement vector. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "layout.h"
#include "verify.h"

/* ---- the trace's file ---- */

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool is_there(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISDIR(status.st_mode);
}

/* FOLDER/NAME, as it is or with one of the encodings' endings. */
static bool find_in(const char *folder, const char *name, char *path, size_t size)
{
    static const char *const endings[] = {"", ".json", ".json.gz", ".jsonl", ".jsonl.gz"};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        snprintf(path, size, "%s%s%s%s", folder, folder[0] == '\0' ? "" : "/", name, endings[i]);
        if (is_there(path)) {
            return true;
        }
    }
    return false;
}

/* What --trace says; without it, the trace that the vector names: as a path, or in the folder `traces` beside the vector, or beside it. */
static bool find_trace(const struct verify_vector *vector, const char *trace, char *path, size_t size)
{
    if (trace != NULL && !is_folder(trace)) {
        snprintf(path, size, "%s", trace);
        return true;
    }
    if (vector->trace == NULL) {
        verify_bad(vector, "no member 'trace': --trace FILE is needed");
        return false;
    }
    if (trace != NULL && find_in(trace, vector->trace, path, size)) {
        return true;
    }
    char beside[2048], traces[2100];
    const char *slash = strrchr(vector->path, '/');
    snprintf(beside, sizeof beside, "%.*s", slash == NULL ? 1 : (int)(slash - vector->path), slash == NULL ? "." : vector->path);
    snprintf(traces, sizeof traces, "%s/traces", beside);
    const char *const folders[] = {"", traces, beside};
    for (size_t i = 0; i < 3 && trace == NULL; i++) {
        if (find_in(folders[i], vector->trace, path, size)) {
            return true;
        }
    }
    verify_bad(vector, "its trace '%s' is not in %s", vector->trace, trace != NULL ? trace : traces);
    return false;
}

/* ---- the run ---- */

struct run {
    const struct verify_vector *vector;
    struct verify_result *result;
    struct lane *lane;
    uint64_t *ids;           /* by slot */
    uint32_t id_room;
    struct vector_queue queue;
    const cJSON *entry;      /* the next one */
};

static bool remember_id(struct run *run, const struct trace_event *event)
{
    if (event->slot == TRACE_NO_SLOT) {
        return true;
    }
    if (event->slot >= run->id_room) {
        const uint32_t room = event->slot * 2 + 64;
        uint64_t *ids = realloc(run->ids, room * sizeof *ids);
        if (ids == NULL) {
            return false;
        }
        memset(ids + run->id_room, 0, (room - run->id_room) * sizeof *ids);
        run->ids = ids;
        run->id_room = room;
    }
    run->ids[event->slot] = event->id;
    return true;
}

static void describe(const struct trace_event *event, char *text, size_t size)
{
    static const char *const ops[] = {"alloc", "calloc", "realloc", "free", "mark"};
    int used = snprintf(text, size, "%s", ops[event->op]);
    if (event->op != TRACE_MARK) {
        used += snprintf(text + used, size - (size_t)used, " id %" PRIu64, event->id);
    }
    if (event->op < TRACE_FREE) {
        used += snprintf(text + used, size - (size_t)used, ", %s%" PRIu64 " bytes", event->op == TRACE_REALLOC ? "to " : "", event->size);
    }
    if (event->op == TRACE_CALLOC && event->count != 1) {
        used += snprintf(text + used, size - (size_t)used, " x %" PRIu64, event->count);
    }
    if (event->align != 0) {
        used += snprintf(text + used, size - (size_t)used, ", align %" PRIu64, event->align);
    }
    snprintf(text + used, size - (size_t)used, "%s", event->failed ? ", failed when recorded" : "");
}

/* The spans next to both offsets. */
static bool draw_map(struct run *run, int64_t expected, int64_t found)
{
    static const char *const kinds[] = {"payload", "slack", "header", "control", "free", "reserved"};
    struct layout layout = {NULL, 0, 0, 0};
    struct verify_difference *first = &run->result->first;
    const bool read = layout_read(&layout, run->lane);
    int64_t near_expected = -1, near_found = -1;
    for (size_t i = 0; i < layout.count; i++) {
        const int64_t off = (int64_t)lane_report_offset(run->lane, layout.spans[i].off), end = off + layout.spans[i].size;
        near_expected = expected >= off && expected < end ? (int64_t)i : near_expected;
        near_found = found >= off && found < end ? (int64_t)i : near_found;
    }
    for (int64_t i = 0; i < (int64_t)layout.count && first->span_count < VERIFY_SPANS; i++) {
        const bool wanted = (near_expected >= 0 && llabs(i - near_expected) <= 3) || (near_found >= 0 && llabs(i - near_found) <= 3);
        const struct heap_span *span = &layout.spans[i];
        if (wanted) {
            first->spans[first->span_count++] = (struct verify_span){
                (int64_t)lane_report_offset(run->lane, span->off), span->size, span->owner < run->id_room ? run->ids[span->owner] : 0,
                kinds[span->kind], i == near_expected, i == near_found};
        }
    }
    layout_end(&layout);
    return read;
}

static int out_of_memory(const struct run *run)
{
    return cli_fail(CLI_RESOURCES, "out of memory at event %" PRIu64, run->result->all + 1);
}

/* `event`: the one that was just run, if the entry is its. */
static int compare_entry(struct run *run, int64_t found, const struct trace_event *event)
{
    const cJSON *entry = run->entry;
    const int64_t expected = cJSON_IsNumber(entry) ? (int64_t)entry->valuedouble : VECTOR_NOTHING;
    run->entry = run->entry->next;
    if (expected == found) {
        run->result->all++;
        run->result->agreed++;
        return CLI_DONE;
    }
    char call[VERIFY_TEXT] = "put off, its thread waited", text[32];
    if (event != NULL) {
        describe(event, call, sizeof call);
    }
    if (verify_note(run->result, call, entry, vector_entry_text(found, text, sizeof text)) && !draw_map(run, expected, found)) {
        return out_of_memory(run);
    }
    return CLI_DONE;
}

/* The entries that are known. `last`: the event that was just run; NULL: there are no more. */
static int compare_known(struct run *run, const struct trace_event *last, uint64_t count)
{
    int64_t found = 0;
    int code = CLI_DONE;
    while (code == CLI_DONE && vector_queue_next(&run->queue, last == NULL, &found)) {
        if (run->entry == NULL) {
            return verify_bad(run->vector, "offsets has %" PRIu64 " entries, the trace more events", run->result->all);
        }
        code = compare_entry(run, found, run->queue.number == count + 1 ? last : NULL);
    }
    return code;
}

static int compare_events(struct run *run, struct trace_reader *reader)
{
    const cJSON *offsets = cJSON_GetObjectItemCaseSensitive(run->vector->json, "offsets");
    struct trace_event event;
    struct lane_result result;
    uint64_t count = 0;
    int got = 0, code = CLI_DONE;
    run->entry = offsets->child;
    while (code == CLI_DONE && (got = trace_reader_next(reader, &event)) == 1) {
        if (!lane_apply(run->lane, &event, &result) || !remember_id(run, &event) || !vector_queue_add(&run->queue, &event, &result)) {
            return out_of_memory(run);
        }
        code = compare_known(run, &event, ++count);
    }
    if (got < 0) {
        return cli_trace_fail(trace_reader_error(reader));
    }
    if (code == CLI_DONE) {
        code = lane_finish(run->lane) ? compare_known(run, NULL, count) : out_of_memory(run);
    }
    if (code == CLI_DONE && run->entry != NULL) {
        return verify_bad(run->vector, "offsets has %d entries, the trace %" PRIu64 " events", cJSON_GetArraySize(offsets), run->result->all);
    }
    return code;
}

/* ---- the statistics ---- */

struct looked_for {
    const char *key;
    uint32_t region;
    bool seen;
    uint32_t value;
};

static void look_for(void *ctx, const struct heap_statistic *statistic)
{
    struct looked_for *looked_for = ctx;
    if (statistic->key != NULL && statistic->region == looked_for->region && strcmp(statistic->key, looked_for->key) == 0) {
        looked_for->seen = true;
        looked_for->value = statistic->value;
    }
}

static void compare_statistic(struct run *run, const cJSON *member, uint32_t region)
{
    const struct heap_policy *policy = lane_options_of(run->lane)->policy;
    struct verify_result *result = run->result;
    struct verify_result scratch = {.agreed = result->statistics_agreed, .all = result->statistics_all, .first = result->first_statistic};
    struct looked_for looked_for = {member->string, region, false, 0};
    char name[VERIFY_TEXT], found[32] = "null";
    if (policy->inspect->statistics != NULL) {
        policy->inspect->statistics(lane_heap(run->lane), look_for, &looked_for);
    }
    if (!looked_for.seen && strcmp(member->string, "control_bytes") == 0) { /* what the original keeps apart from its arena */
        looked_for.seen = true;
        looked_for.value = policy->state_bytes;
    }
    if (looked_for.seen) {
        snprintf(found, sizeof found, "%" PRIu32, looked_for.value);
    }
    if (region == HEAP_NONE) {
        snprintf(name, sizeof name, "%s", member->string);
    } else {
        snprintf(name, sizeof name, "region %" PRIu32 ": %s", region, member->string);
    }
    (void)verify_note(&scratch, name, member, found);
    result->statistics_agreed = (uint32_t)scratch.agreed;
    result->statistics_all = (uint32_t)scratch.all;
    result->first_statistic = scratch.first;
}

static void compare_statistics(struct run *run)
{
    const cJSON *member = NULL, *region = NULL, *of_region = NULL;
    cJSON_ArrayForEach(member, cJSON_GetObjectItemCaseSensitive(run->vector->json, "final_stats")) {
        if (!cJSON_IsArray(member)) {
            compare_statistic(run, member, HEAP_NONE);
            continue;
        }
        uint32_t index = 0;
        cJSON_ArrayForEach(region, member) {
            cJSON_ArrayForEach(of_region, region) {
                compare_statistic(run, of_region, index);
            }
            index++;
        }
    }
}

int verify_placements(const struct verify_vector *vector, const char *trace, struct verify_result *result)
{
    char path[4096];
    const bool waits = (vector->spec.options.policy->inspect->traits & HEAP_WAITS) != 0; /* then priorities count from the start */
    const struct trace_options options = {.zero_keeps = true, .whole_header = waits};
    struct trace_error trace_error;
    if (!find_trace(vector, trace, path, sizeof path)) {
        return CLI_BAD_INPUT;
    }
    struct trace_reader *reader = trace_reader_open(path, &options, &trace_error);
    if (reader == NULL) {
        return cli_trace_fail(&trace_error);
    }
    struct run run = {.vector = vector, .result = result};
    struct lane_options lane_options = vector->spec.options;
    int error = HEAP_OK, code = CLI_DONE;
    lane_options.track_owners = true;
    result->what = "events";
    run.lane = lane_open(&lane_options, &error);
    if (run.lane == NULL) {
        code = cli_lane_fail(&vector->spec, lane_options.heap_bytes, error);
    } else if (!lane_take_threads(run.lane, trace_reader_header(reader))) {
        code = out_of_memory(&run);
    } else {
        vector_queue_open(&run.queue, run.lane);
        code = compare_events(&run, reader);
    }
    if (code == CLI_DONE) {
        compare_statistics(&run);
    }
    lane_close(run.lane);
    vector_queue_close(&run.queue);
    free(run.ids);
    trace_reader_close(reader);
    return code;
}
