/* replay_heaps.c: the replay of a trace of several heaps: every heap on a policy and an arena of its own.
 *
 * A first pass finds what each heap needs; where the trace cannot be read twice, every heap that its header names is run, on the size
 * that was asked for. A heap that the header calls a pool is one: blocks of that size, room for exactly that many. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "replay_heaps.h"

/* ---- --heap NAME=POLICY@SIZE ---- */

static int bad_override(const char *text, const char *why)
{
    return cli_usage("replay", "--heap %s: %s", text, why);
}

/* "POLICY", "POLICY@SIZE", "@SIZE". */
static int take_value(struct replay_override *override, char *value)
{
    char why[1024];
    uint64_t bytes = 0;
    char *at = strrchr(value, '@');
    if (at != NULL) {
        *at = '\0';
        if (!spec_parse_size(at + 1, &bytes) || bytes < 8 || bytes > INT32_MAX) {
            return bad_override(override->text, "expected a heap size from 8 to 2147483647 bytes behind @ (64K, 1M, …)");
        }
        override->heap_bytes = (uint32_t)bytes;
    }
    if (*value != '\0' && !spec_parse(&override->specs, value, why, sizeof why)) {
        return bad_override(override->text, why);
    }
    if (override->specs.count > 1 || (override->specs.count == 0 && at == NULL)) {
        return bad_override(override->text, "expected NAME=POLICY, NAME=POLICY@SIZE or NAME=@SIZE, one policy a heap");
    }
    return -1;
}

int replay_take_override(struct replay *replay, const char *text)
{
    if (replay->overrides == NULL) {
        replay->overrides = calloc(REPLAY_MOST_OVERRIDES, sizeof *replay->overrides);
    }
    if (replay->overrides == NULL) {
        return cli_fail(CLI_RESOURCES, "out of memory");
    }
    const size_t name = strcspn(text, "=");
    if (replay->override_count == REPLAY_MOST_OVERRIDES) {
        return bad_override(text, "more heaps than can be set one by one (64)");
    }
    struct replay_override *override = &replay->overrides[replay->override_count];
    if (name == 0 || name >= sizeof override->name) {
        return bad_override(text, "expected NAME=POLICY, NAME=POLICY@SIZE or NAME=@SIZE");
    }
    char value[1024];
    if (strlen(text + name + 1) >= sizeof value) {
        return bad_override(text, "too long");
    }
    strcpy(value, text + name + 1);
    memcpy(override->name, text, name);
    override->name[name] = '\0';
    override->text = text;
    replay->override_count++;
    return take_value(override, value);
}

void replay_end_overrides(struct replay *replay)
{
    free(replay->overrides);
    replay->overrides = NULL;
    replay->override_count = 0;
}

/* ---- names ---- */

static uint32_t count_of(const struct trace_header *header) { return header->heap_count == 0 ? 1 : header->heap_count; }

/* Finds the overrides' heaps. -1, or CLI_USAGE where one is of no heap, or of one that has another. */
static int check_overrides(struct replay *replay, const struct trace_header *header)
{
    for (uint32_t i = 0; i < replay->override_count; i++) {
        struct replay_override *override = &replay->overrides[i];
        const uint32_t heap = heaps_find(header, override->name);
        override->heap = heap;
        if (heap == UINT32_MAX) {
            char list[1024] = "";
            size_t used = 0;
            for (uint32_t k = 0; k < count_of(header) && used < sizeof list - 64; k++) {
                char text[REPORT_NAME];
                const int n = snprintf(list + used, sizeof list - used, "%s%s", k == 0 ? "" : ", ", report_heap_name(header, k, text));
                used += n > 0 && (size_t)n < sizeof list - used ? (size_t)n : 0;
            }
            return cli_usage("replay", "--heap %s: the trace has no heap '%s'; it has %s", override->text, override->name, list);
        }
        for (uint32_t k = 0; k < i; k++) {
            if (replay->overrides[k].heap == heap) {
                return cli_usage("replay", "--heap %s: that heap is set by --heap %s already", override->text, replay->overrides[k].text);
            }
        }
    }
    return -1;
}

static const struct replay_override *override_of(const struct replay *replay, uint32_t heap)
{
    for (uint32_t i = 0; i < replay->override_count; i++) {
        if (replay->overrides[i].heap == heap) {
            return &replay->overrides[i];
        }
    }
    return NULL;
}

/* ---- plans ---- */

static bool has_fixed_blocks(const struct spec *spec)
{
    return (spec->options.policy->inspect->traits & HEAP_FIXED_SIZE) != 0;
}

/* Gives a policy of fixed blocks the pool's block size, unless it was told another. -1, or an exit code. */
static int set_block(struct heap_plan *plan, uint32_t block)
{
    const struct heap_param *params = plan->spec.options.policy->inspect->params;
    char text[SPEC_TEXT + 32], why[1024];
    struct spec_list *list = NULL;
    int code = -1;
    for (uint32_t i = 0; params != NULL && params[i].key != NULL; i++) {
        if (strcmp(params[i].key, "block") != 0 || plan->spec.options.params[i] != 0) {
            continue;
        }
        list = calloc(1, sizeof *list);
        snprintf(text, sizeof text, "%s:block=%" PRIu32, plan->spec.text, block);
        if (list == NULL) {
            code = cli_fail(CLI_RESOURCES, "out of memory");
        } else if (!spec_parse(list, text, why, sizeof why)) {
            code = cli_usage("replay", "heap %s is a pool of blocks of %" PRIu32 " bytes: %s", plan->name, block, why);
        } else {
            plan->spec = list->items[0];
        }
        break;
    }
    free(list);
    return code;
}

/* Exactly the pool's count of blocks. */
static int size_pool(struct heap_plan *plan, const struct trace_heap *heap)
{
    int error = HEAP_OK;
    plan->spec.options.heap_bytes = heaps_pool_bytes(&plan->spec.options, heap->pool_count, &error);
    if (plan->spec.options.heap_bytes == 0) {
        return error == HEAP_OK ? cli_fail(CLI_RESOURCES, "no memory for the pool %s", plan->name)
                                : cli_usage("replay", "heap %s: %s refuses a pool of %" PRIu32 " blocks of %" PRIu32 " bytes: %s", plan->name,
                                            plan->spec.text, heap->pool_count, heap->pool_block, heap_error_text(error));
    }
    snprintf(plan->note, sizeof plan->note, heap->pool_count == 1 ? "(room for its %" PRIu32 " block of %" PRIu32 " B)" : "(room for its %" PRIu32 " blocks of %" PRIu32 " B)",
             heap->pool_count, heap->pool_block);
    return -1;
}

/* -1, or an exit code. `need` NULL: the trace was not looked at. */
static int make_plan(struct heap_plan *plan, const struct replay *replay, const struct trace_header *header, uint32_t index,
                     const struct heaps_need *need)
{
    const struct replay_override *override = override_of(replay, index);
    const bool pool = heaps_is_pool(header, index);
    plan->name = report_heap_name(header, index, plan->name_text);
    plan->used = need == NULL || need->events != 0;
    if (override != NULL && override->specs.count != 0) {
        plan->spec = override->specs.items[0];
    } else if (pool) {
        plan->spec = (struct spec){.options.policy = heap_policy_find("pool"), .text = "pool"};
    } else {
        plan->spec = replay->specs.items[0];
    }
    const bool fixed = has_fixed_blocks(&plan->spec);
    int code = pool && fixed ? set_block(plan, header->heaps[index].pool_block) : -1;
    plan->spec.options.waits = fixed;
    plan->spec.options.heap_bytes = override != NULL && override->heap_bytes != 0 ? override->heap_bytes : replay->heap_bytes;
    if (override != NULL && override->heap_bytes != 0) {
        return code;
    }
    if (pool && fixed) {
        return code >= 0 || !plan->used ? code : size_pool(plan, &header->heaps[index]);
    }
    if (plan->spec.options.heap_bytes == 0) {
        plan->spec.options.heap_bytes = spec_default_heap(need == NULL ? 0 : need->peak.peak_bytes);
        snprintf(plan->note, sizeof plan->note, "(1.25 x its peak payload, rounded up to 4 KiB)");
    }
    return code;
}

/* What a pool's policy made of its block size. */
static void tell_rounding(const struct heaps_run *run)
{
    const struct trace_header *header = trace_reader_header(run->reader);
    for (uint32_t i = 0; i < run->count && i < header->heap_count; i++) {
        struct lane *lane = heaps_lane(run->heaps, i);
        const uint32_t wanted = header->heaps[i].pool_count == 0 ? 0 : header->heaps[i].pool_block;
        if (lane == NULL || wanted == 0 || !has_fixed_blocks(&run->plans[i].spec)) {
            continue;
        }
        const uint32_t block = lane_largest_request(lane);
        if (block != wanted) {
            fprintf(stderr, "note: heap %s: the pool's blocks of %" PRIu32 " bytes are %" PRIu32 " bytes here (%s)\n", run->plans[i].name, wanted,
                    block, run->plans[i].spec.text);
        }
    }
}

/* ---- reading ---- */

static bool any_faithful(const struct replay *replay)
{
    bool any = cli_any_faithful(&replay->specs);
    for (uint32_t i = 0; i < replay->override_count; i++) {
        any = any || cli_any_faithful(&replay->overrides[i].specs);
    }
    return any;
}

/* NULL after printing why, *code set. */
static struct trace_reader *open_reader(const struct replay *replay, struct cli_progress *progress, int *code)
{
    struct trace_options options = cli_trace_options(replay->path, &replay->input);
    struct trace_error error;
    options.zero_keeps = any_faithful(replay);
    options.whole_header = true;
    options.skipping = cli_progress_reading;
    options.skipping_ctx = progress;
    struct trace_reader *reader = trace_reader_open(replay->path, &options, &error);
    if (reader == NULL) {
        *code = cli_trace_fail(&error);
    }
    return reader;
}

static void show(struct cli_progress *progress, const struct trace_reader *reader, uint64_t count)
{
    if (count % 65536 == 0) {
        uint64_t done = 0, all = 0;
        trace_reader_progress(reader, &done, &all);
        cli_progress_show(progress, done, all);
    }
}

/* The first pass: -1, or an exit code. */
static int look(const struct replay *replay, struct heaps_survey *survey)
{
    struct cli_progress progress;
    int code = -1;
    cli_progress_start(&progress, "reading");
    struct trace_reader *reader = open_reader(replay, &progress, &code);
    if (reader == NULL) {
        return code;
    }
    struct trace_batch batch = {.count = 0};
    const struct trace_event *event = NULL;
    int got = 1;
    uint64_t count = 0;
    bool room = heaps_survey_open(survey, count_of(trace_reader_header(reader)));
    while (room && (got = trace_batch_next(&batch, reader, &event)) == 1) {
        room = heaps_survey_add(survey, event);
        show(&progress, reader, ++count);
    }
    cli_progress_end(&progress);
    code = !room ? cli_fail(CLI_RESOURCES, "out of memory") : got < 0 ? cli_trace_fail(trace_reader_error(reader)) : -1;
    trace_reader_close(reader);
    return code;
}

/* ---- the run ---- */

static int stream(struct heaps_run *run, struct heaps_outputs *outputs)
{
    struct cli_progress progress;
    struct trace_batch batch = {.count = 0};
    const struct trace_event *next = NULL;
    struct lane_result result;
    int got = 0;
    cli_progress_start(&progress, "replaying");
    while ((got = trace_batch_next(&batch, run->reader, &next)) == 1) {
        struct trace_event event = *next;
        run->events++;
        if (!heaps_apply(run->heaps, &event, &result) || !heaps_outputs_put(outputs, run, &event, &result)) {
            cli_progress_end(&progress);
            return cli_fail(CLI_RESOURCES, "out of memory at event %" PRIu64, run->events);
        }
        show(&progress, run->reader, run->events);
    }
    cli_progress_end(&progress);
    if (got == 0 && !heaps_finish(run->heaps)) {
        return cli_fail(CLI_RESOURCES, "out of memory behind the last event");
    }
    return got < 0 ? cli_trace_fail(trace_reader_error(run->reader)) : CLI_DONE;
}

/* Every heap's plan, and the lanes. -1, or an exit code. */
static int prepare(struct heaps_run *run, const struct heaps_survey *survey)
{
    const struct trace_header *header = trace_reader_header(run->reader);
    run->count = count_of(header);
    run->plans = calloc(run->count, sizeof *run->plans);
    const struct lane_options **options = calloc(run->count, sizeof *options);
    int code = run->plans == NULL || options == NULL ? cli_fail(CLI_RESOURCES, "out of memory") : -1;
    for (uint32_t i = 0; i < run->count && code < 0; i++) {
        code = make_plan(&run->plans[i], run->replay, header, i, i < survey->count ? &survey->needs[i] : NULL);
        options[i] = run->plans[i].used ? &run->plans[i].spec.options : NULL;
    }
    if (code < 0) {
        uint32_t failed = 0;
        int error = HEAP_OK;
        run->heaps = heaps_open(header, options, run->count, &failed, &error);
        struct spec named = run->plans[failed].spec;
        snprintf(named.text, sizeof named.text, "heap %.32s: %.48s", run->plans[failed].name, run->plans[failed].spec.text);
        code = run->heaps != NULL ? -1 : cli_lane_fail(&named, named.options.heap_bytes, error);
    }
    free(options);
    return code;
}

static int run_all(struct heaps_run *run)
{
    struct heaps_outputs outputs = {0};
    tell_rounding(run);
    int code = heaps_outputs_open(&outputs, run) ? CLI_DONE : CLI_RESOURCES;
    const double start = replay_seconds_now();
    if (code == CLI_DONE) {
        code = stream(run, &outputs);
    }
    run->seconds = replay_seconds_now() - start;
    replay_print_notes(run->replay, run->reader, code == CLI_DONE);
    if (!heaps_outputs_close(&outputs, run, code == CLI_DONE)) {
        code = CLI_RESOURCES;
    }
    return code == CLI_DONE ? heaps_print(run) : code;
}

int replay_heaps(struct replay *replay, struct trace_reader *reader)
{
    struct heaps_run run = {.replay = replay, .reader = replay->once ? reader : NULL};
    struct heaps_survey survey = {0};
    struct cli_progress progress;
    int code = -1;
    if (run.reader == NULL) {
        trace_reader_close(reader);
    }
    if (replay->region_count != 0 || replay->arena_base != 0) {
        code = cli_usage("replay", "%s: the trace has several heaps: select one with --heap NAME",
                         replay->region_count != 0 ? "--region" : "--arena-base");
    }
    cli_progress_start(&progress, "reading");
    if (code < 0 && run.reader == NULL) {
        run.reader = open_reader(replay, &progress, &code);
    }
    if (code < 0) {
        code = check_overrides(replay, trace_reader_header(run.reader));
    }
    if (code < 0 && !replay->once) {
        code = look(replay, &survey);
    }
    code = code < 0 ? prepare(&run, &survey) : code;
    code = code < 0 ? run_all(&run) : code;
    heaps_close(run.heaps);
    free(run.plans);
    heaps_survey_close(&survey);
    trace_reader_close(run.reader);
    return code;
}
