/* cmd_diff.c: two runs of one trace, or one run of two traces: what differs, from where on, and what it does to the metrics. */
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "diff.h"
#include "other_run.h"
#include "run.h"
#include "scores.h"
#include "trace_meaning.h"
#include "vector_queue.h"

static const char help[] =
    "usage: heaplab diff TRACE -p A,B [OPTIONS]          two policies on one trace\n"
    "       heaplab diff TRACE -p A --against RUN        two runs; RUN is " OTHER_RUN_FORM ", what is left out\n"
    "                                                    as in the first\n"
    "       heaplab diff TRACE TRACE [-p POLICY]         two traces\n\n"
    "Says where the two part: the first block that lies elsewhere, what the heaps looked like just before, how many blocks lie elsewhere, and\n"
    "every metric that differs, with 'better' or 'worse' for the second. Of two traces also the first events that differ: by what they\n"
    "ask of an allocator, so that ids, times, call sites, threads, heaps and the encoding do not matter.\n\n"
    "  -p, --policy NAME[:key=value…]  the policy (default tlsf), or two\n"
    "  -s, --heap-size BYTES           the heap of both (default 1.25 x the larger peak payload, rounded up to 4 KiB)\n"
    "      --arena-base ADDRESS        where the heap's first byte lies: what replicas take for its address (default 0x20000000)\n"
    "      --metrics NAME[,NAME…]      only these metrics (members of 'replay --json'; a bare name means the maximum)\n"
    "      --all                       also metrics that are equal\n"
    "      --json                      as JSON\n"
    CLI_INPUT_HELP "\n"
    "Exit code: 0 no difference, 1 some difference: of events, of placements, or of the metrics asked for.\n\n"
    "example: heaplab diff traces/corpus/bc.jsonl.gz -p first_fit,best_fit --metrics external_fragmentation,steps_mean\n"
    "example: heaplab diff traces/corpus/hub.jsonl.gz -p tlsf -s 64K --against @48K\n"
    "example: heaplab diff traces/corpus/bc.jsonl.gz traces/corpus/m4.jsonl.gz -p tlsf --json\n";

enum { OPT_AGAINST = 256, OPT_BASE, OPT_METRICS, OPT_ALL, OPT_JSON, OPT_HELP };

static const struct option long_options[] = {
    {"policy", required_argument, NULL, 'p'},           {"heap-size", required_argument, NULL, 's'}, {"against", required_argument, NULL, OPT_AGAINST},
    {"arena-base", required_argument, NULL, OPT_BASE},  {"metrics", required_argument, NULL, OPT_METRICS},
    {"all", no_argument, NULL, OPT_ALL},                {"json", no_argument, NULL, OPT_JSON},       CLI_INPUT_OPTIONS,
    {"help", no_argument, NULL, OPT_HELP},              {NULL, 0, NULL, 0}};

/* One of the two runs. */
struct run {
    const char *path;
    const struct trace *trace;
    struct spec spec;
    struct vector_queue queue;
    int64_t *entries;      /* of every event */
    uint64_t known;
    bool out_of_memory;
    double values[SCORES_ROOM];
    struct metrics_now before; /* the first divergence */
};

struct diff_command {
    struct spec_list specs;
    struct other_run other;
    struct cli_input input;
    struct trace *traces[2]; /* the second: NULL where there is one */
    struct run runs[2];
    struct diff_traces events;  /* of two traces */
    uint64_t compared, differing; /* placements */
    uint64_t first;           /* event of a, from 0, of the first that differs; DIFF_NONE */
    uint32_t heap_bytes, arena_base;
    bool wanted[SCORES_ROOM]; /* metrics; none: all of them */
    bool some_wanted, against, all, json, chosen_heap;
};

/* ---- options ---- */

static bool take_metrics(struct diff_command *command, const char *text)
{
    char copy[1024], why[2048], *rest = NULL;
    snprintf(copy, sizeof copy, "%s", text);
    for (char *name = strtok_r(copy, ", ", &rest); name != NULL; name = strtok_r(NULL, ", ", &rest)) {
        size_t index = 0;
        if (!score_parse(name, &index, why, sizeof why)) {
            cli_usage("diff", "--metrics: %s", why);
            return false;
        }
        if (scores[index].source == SCORE_OF_SEARCH && strcmp(scores[index].name, "control_bytes") != 0) {
            cli_usage("diff", "--metrics %s: the smallest heap is what 'heaplab minheap' and 'heaplab compare' find", name);
            return false;
        }
        command->wanted[index] = command->some_wanted = true;
    }
    return true;
}

/* -1: go on; else the exit code. */
static int take_option(struct diff_command *command, int option)
{
    char why[1024];
    switch (option) {
    case 'p': return spec_parse(&command->specs, optarg, why, sizeof why) ? -1 : cli_usage("diff", "-p %s: %s", optarg, why);
    case 's': return cli_parse_heap("diff", optarg, &command->heap_bytes) ? -1 : CLI_USAGE;
    case OPT_AGAINST:
        command->against = true;
        return other_run_parse(&command->other, "diff", "--against", optarg) ? -1 : CLI_USAGE;
    case OPT_BASE: return cli_parse_base("diff", optarg, &command->arena_base) ? -1 : CLI_USAGE;
    case OPT_METRICS: return take_metrics(command, optarg) ? -1 : CLI_USAGE;
    case OPT_ALL: command->all = true; return -1;
    case OPT_JSON: command->json = true; return -1;
    case OPT_HELP: fputs(help, stdout); return CLI_DONE;
    default: return cli_take_input_option("diff", option, optarg, &command->input);
    }
}

static int check_options(struct diff_command *command, int names, char **argv)
{
    char why[1024];
    if (names < 1 || names > 2) {
        return cli_usage("diff", names == 0 ? "no trace given" : "one trace or two, found %d", names);
    }
    if (command->specs.count == 0) {
        (void)spec_parse(&command->specs, "tlsf", why, sizeof why);
    }
    const size_t runs = command->specs.count + command->against;
    if (names == 1 && runs != 2) {
        return cli_usage("diff", "one trace takes two runs: -p A,B, or -p A --against RUN; found %zu", runs);
    }
    if (names == 2 && runs != 1) {
        return cli_usage("diff", "two traces take one policy; found %zu runs", runs);
    }
    command->runs[0].path = argv[0];
    command->runs[1].path = argv[names - 1];
    return -1;
}

static int parse(struct diff_command *command, int argc, char **argv)
{
    int option = 0;
    while ((option = getopt_long(argc, argv, "p:s:", long_options, NULL)) != -1) {
        const int code = take_option(command, option);
        if (code >= 0) {
            return code;
        }
    }
    return check_options(command, argc - optind, argv + optind);
}

/* ---- runs ---- */

static void take_known(struct run *run, bool ended)
{
    int64_t entry = 0;
    while (vector_queue_next(&run->queue, ended, &entry)) {
        run->entries[run->known++] = entry;
    }
}

static bool watch(void *ctx, struct lane *lane, uint64_t index, const struct trace_event *event, const struct lane_result *result)
{
    struct run *run = ctx;
    if (index == 0) {
        vector_queue_open(&run->queue, lane);
    }
    run->out_of_memory = run->out_of_memory || !vector_queue_add(&run->queue, event, result);
    if (!run->out_of_memory) {
        take_known(run, false);
    }
    return !run->out_of_memory;
}

static int run_one(struct run *run)
{
    const struct run_watch watches = {watch, run};
    int error = HEAP_OK;
    run->entries = malloc(((size_t)trace_count(run->trace) + 1) * sizeof *run->entries);
    struct lane *lane = run->entries == NULL ? NULL : run_trace(run->trace, &run->spec.options, &watches, &error);
    int code = CLI_DONE;
    if (lane == NULL) {
        code = cli_lane_fail(&run->spec, run->spec.options.heap_bytes, error);
    } else if (run->out_of_memory) {
        code = cli_fail(CLI_RESOURCES, "out of memory");
    } else {
        take_known(run, true);
        lane_watch_late(lane, NULL, NULL);
        scores_of(run->values, lane, trace_peak_payload(run->trace), NULL);
    }
    vector_queue_close(&run->queue);
    lane_close(lane);
    return code;
}

/* The heap after `events` events. */
static int look(struct run *run, uint64_t events)
{
    int error = HEAP_OK;
    struct lane *lane = lane_open(&run->spec.options, &error);
    bool ok = lane != NULL && lane_take_threads(lane, trace_header_of(run->trace));
    for (uint64_t i = 0; i < events && ok; i++) {
        struct trace_event event;
        struct lane_result result;
        trace_get(run->trace, i, &event);
        ok = lane_apply(lane, &event, &result);
    }
    if (ok) {
        run->before = *lane_now(lane);
    }
    lane_close(lane);
    return ok ? CLI_DONE : cli_fail(CLI_RESOURCES, "out of memory");
}

static uint64_t partner_of(const struct diff_command *command, uint64_t index)
{
    return command->traces[1] == NULL ? index : command->events.partner[index];
}

static void compare_placements(struct diff_command *command)
{
    const struct run *a = &command->runs[0], *b = &command->runs[1];
    command->first = DIFF_NONE;
    for (uint64_t i = 0; i < trace_count(a->trace); i++) {
        const uint64_t j = partner_of(command, i);
        if (j == DIFF_NONE) {
            continue;
        }
        const bool differs = a->entries[i] != b->entries[j];
        command->compared += a->entries[i] != VECTOR_NOTHING || b->entries[j] != VECTOR_NOTHING;
        command->differing += differs;
        command->first = differs && command->first == DIFF_NONE ? i : command->first;
    }
}

/* ---- what is reported ---- */

static bool is_differing(const struct diff_command *command, size_t index)
{
    const double a = score_round(index, command->runs[0].values[index]), b = score_round(index, command->runs[1].values[index]);
    return isnan(a) != isnan(b) || a < b || a > b;
}

static bool is_known(size_t index) { return scores[index].source == SCORE_OF_RUN || strcmp(scores[index].name, "control_bytes") == 0; }

static bool is_compared(const struct diff_command *command, size_t index)
{
    return is_known(index) && (command->some_wanted ? command->wanted[index] : true);
}

static bool is_shown(const struct diff_command *command, size_t index)
{
    return is_compared(command, index) && (command->all || is_differing(command, index));
}

static bool any_difference(const struct diff_command *command)
{
    bool any = command->differing != 0 || command->events.kept_count != 0;
    for (size_t i = 0; i < score_count; i++) {
        any = any || (is_compared(command, i) && is_differing(command, i));
    }
    return any;
}

/* "better" or "worse" for the second run, "" where neither is. */
static const char *verdict(const struct diff_command *command, size_t index)
{
    const double a = command->runs[0].values[index], b = command->runs[1].values[index];
    if (scores[index].better == SCORE_NEITHER || isnan(a) || isnan(b) || !is_differing(command, index)) {
        return "";
    }
    return (b < a) == (scores[index].better == SCORE_LESS) ? "better" : "worse";
}

/* The first event of `trace` as text: "event 12, alloc of id 7, 100 B". */
static const char *event_text(const struct trace *trace, uint64_t index, char *buffer, size_t size)
{
    struct trace_event event;
    trace_get(trace, index, &event);
    size_t used = (size_t)snprintf(buffer, size, "event %" PRIu64 ", %s", index + 1, trace_op_names[event.op]);
    if (event.op == TRACE_MARK) {
        snprintf(buffer + used, size - used, " '%.60s'", event.name);
        return buffer;
    }
    used += (size_t)snprintf(buffer + used, size - used, " of id %" PRIu64, event.id);
    if (event.op <= TRACE_REALLOC) {
        used += (size_t)snprintf(buffer + used, size - used, ", %" PRIu64 " B", event.size);
    }
    if (event.count != 1) {
        used += (size_t)snprintf(buffer + used, size - used, " x %" PRIu64, event.count);
    }
    if (event.align != 0) {
        used += (size_t)snprintf(buffer + used, size - used, ", aligned to %" PRIu64, event.align);
    }
    if (event.wait != 0) {
        used += (size_t)snprintf(buffer + used, size - used, ", waits %" PRId64, event.wait);
    }
    snprintf(buffer + used, size - used, "%s", event.failed ? ", failed" : "");
    return buffer;
}

#define SHOWN_EVENTS 10u

static void print_events(const struct diff_command *command)
{
    const struct diff_traces *events = &command->events;
    char a[160], b[160];
    if (events->kept_count == 0) {
        printf("events: the same (%" PRIu64 ")\n", events->same);
        return;
    }
    printf("events: %" PRIu64 " the same, %" PRIu64 " changed, %" PRIu64 " only in a, %" PRIu64 " only in b\n", events->same, events->changed,
           events->only_a, events->only_b);
    for (size_t i = 0; i < events->kept_count && i < SHOWN_EVENTS; i++) {
        const struct diff_item *item = &events->kept[i];
        if (item->a != DIFF_NONE) {
            event_text(command->runs[0].trace, item->a, a, sizeof a);
        }
        if (item->b != DIFF_NONE) {
            event_text(command->runs[1].trace, item->b, b, sizeof b);
        }
        if (item->b == DIFF_NONE) {
            printf("  only in a: %s\n", a);
        } else if (item->a == DIFF_NONE) {
            printf("  only in b: %s\n", b);
        } else {
            printf("  changed: %s -> %s\n", a, b);
        }
    }
    const uint64_t all = events->changed + events->only_a + events->only_b;
    if (all > SHOWN_EVENTS) {
        printf("  and %" PRIu64 " more\n", all - SHOWN_EVENTS);
    }
}

static const char *place_text(int64_t entry, char *buffer, size_t size)
{
    if (entry == VECTOR_FAILED) {
        snprintf(buffer, size, "nowhere (it failed)");
    } else if (entry == VECTOR_NOTHING) {
        snprintf(buffer, size, "nowhere (nothing was asked for)");
    } else {
        snprintf(buffer, size, "at %" PRId64, entry);
    }
    return buffer;
}

static void print_placements(const struct diff_command *command)
{
    const struct run *a = &command->runs[0], *b = &command->runs[1];
    if (command->first == DIFF_NONE) {
        printf("placements: the same (%" PRIu64 ")\n", command->compared);
        return;
    }
    char event[160], in_a[64], in_b[64];
    const uint64_t other = partner_of(command, command->first);
    printf("placements: %" PRIu64 " of %" PRIu64 " differ, first at %s: %s in a, %s in b\n", command->differing, command->compared,
           event_text(a->trace, command->first, event, sizeof event), place_text(a->entries[command->first], in_a, sizeof in_a),
           place_text(b->entries[other], in_b, sizeof in_b));
    for (int i = 0; i < 2; i++) {
        const struct metrics_now *before = &command->runs[i].before;
        printf("  just before, in %s: %" PRIu32 " free block%s, %" PRIu64 " B, the largest %" PRIu32 " B; %" PRIu32 " block%s live\n", i == 0 ? "a" : "b",
               before->free_blocks, before->free_blocks == 1 ? "" : "s", before->free_bytes, before->largest_free_bytes, before->live_blocks,
               before->live_blocks == 1 ? "" : "s");
    }
}

static void print_metrics(const struct diff_command *command)
{
    bool any = false;
    for (size_t i = 0; i < score_count; i++) {
        if (!is_shown(command, i)) {
            continue;
        }
        char texts[2][32], change[64] = "";
        const double a = score_round(i, command->runs[0].values[i]), b = score_round(i, command->runs[1].values[i]);
        for (int side = 0; side < 2; side++) {
            score_format(i, command->runs[side].values[i], texts[side], sizeof texts[side]);
        }
        if (!isnan(a) && !isnan(b) && is_differing(command, i)) {
            size_t used = (size_t)snprintf(change, sizeof change, "%+.*f", scores[i].kind == SCORE_RATIO ? 4 : 0, b - a);
            snprintf(change + used, sizeof change - used, a > 0 || a < 0 ? " (%+.1f %%)" : "", 100 * (b - a) / fabs(a));
        }
        if (!any) {
            printf("%-34s %14s %14s  %s\n", "metric", "a", "b", "change");
        }
        any = true;
        printf("%-34s %14s %14s  %s%s%s\n", scores[i].name, texts[0][0] == '\0' ? "-" : texts[0], texts[1][0] == '\0' ? "-" : texts[1], change,
               verdict(command, i)[0] == '\0' ? "" : " ", verdict(command, i));
    }
    if (!any) {
        puts("metrics: the same");
    }
}

static int print_text(const struct diff_command *command)
{
    for (int i = 0; i < 2; i++) {
        const struct run *run = &command->runs[i];
        printf("%s: %s, %s in %" PRIu32 " B", i == 0 ? "a" : "b", run->path, run->spec.text, run->spec.options.heap_bytes);
        if (run->spec.options.arena_base != 0 && run->spec.options.arena_base != HEAP_NOMINAL_BASE) {
            printf(" at 0x%" PRIx32, run->spec.options.arena_base);
        }
        putchar('\n');
    }
    if (command->chosen_heap) {
        printf("(the heap: 1.25 x the %speak payload, rounded up to 4 KiB)\n", command->traces[1] == NULL ? "" : "larger ");
    }
    if (command->traces[1] != NULL) {
        print_events(command);
    }
    print_placements(command);
    print_metrics(command);
    const bool any = any_difference(command);
    if (!any) {
        puts("no difference");
    }
    return any ? CLI_DIFFERS : CLI_DONE;
}

/* ---- JSON ---- */

static cJSON *number_or_null(double value) { return isnan(value) ? cJSON_CreateNull() : cJSON_CreateNumber(value); }

static cJSON *entry_json(int64_t entry) { return entry == VECTOR_NOTHING ? cJSON_CreateNull() : cJSON_CreateNumber((double)entry); }

static cJSON *event_json(const struct trace *trace, uint64_t index)
{
    struct trace_event event;
    if (index == DIFF_NONE) {
        return cJSON_CreateNull();
    }
    trace_get(trace, index, &event);
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "event", (double)(index + 1));
    cJSON_AddStringToObject(json, "op", trace_op_names[event.op]);
    if (event.op == TRACE_MARK) {
        cJSON_AddStringToObject(json, "name", event.name);
        return json;
    }
    cJSON_AddNumberToObject(json, "id", (double)event.id);
    if (event.op <= TRACE_REALLOC) {
        cJSON_AddNumberToObject(json, "size", (double)event.size);
    }
    if (event.count != 1) {
        cJSON_AddNumberToObject(json, "count", (double)event.count);
    }
    if (event.align != 0) {
        cJSON_AddNumberToObject(json, "align", (double)event.align);
    }
    if (event.wait != 0) {
        cJSON_AddNumberToObject(json, "wait", (double)event.wait);
    }
    if (event.failed) {
        cJSON_AddBoolToObject(json, "failed", true);
    }
    return json;
}

static void add_events(const struct diff_command *command, cJSON *json)
{
    const struct diff_traces *events = &command->events;
    cJSON_AddNumberToObject(json, "events_same", (double)events->same);
    cJSON_AddNumberToObject(json, "events_changed", (double)events->changed);
    cJSON_AddNumberToObject(json, "events_only_in_a", (double)events->only_a);
    cJSON_AddNumberToObject(json, "events_only_in_b", (double)events->only_b);
    cJSON *list = cJSON_AddArrayToObject(json, "first_differences");
    for (size_t i = 0; i < events->kept_count; i++) {
        cJSON *item = cJSON_CreateObject();
        cJSON_AddItemToObject(item, "a", event_json(command->runs[0].trace, events->kept[i].a));
        cJSON_AddItemToObject(item, "b", event_json(command->runs[1].trace, events->kept[i].b));
        cJSON_AddItemToArray(list, item);
    }
}

static void add_divergence(const struct diff_command *command, cJSON *json)
{
    static const char *const names[] = {"free_blocks", "largest_free_bytes"};
    const struct run *a = &command->runs[0], *b = &command->runs[1];
    if (command->first == DIFF_NONE) {
        cJSON_AddNullToObject(json, "first_divergence");
        return;
    }
    const uint64_t other = partner_of(command, command->first);
    cJSON *divergence = event_json(a->trace, command->first);
    cJSON_AddNumberToObject(divergence, "event_b", (double)(other + 1));
    cJSON_AddItemToObject(divergence, "a", entry_json(a->entries[command->first]));
    cJSON_AddItemToObject(divergence, "b", entry_json(b->entries[other]));
    for (int i = 0; i < 2; i++) {
        cJSON *before = cJSON_AddObjectToObject(divergence, i == 0 ? "before_a" : "before_b");
        cJSON_AddNumberToObject(before, names[0], command->runs[i].before.free_blocks);
        cJSON_AddNumberToObject(before, "free_bytes", (double)command->runs[i].before.free_bytes);
        cJSON_AddNumberToObject(before, names[1], command->runs[i].before.largest_free_bytes);
    }
    cJSON_AddItemToObject(json, "first_divergence", divergence);
}

static int print_json(const struct diff_command *command)
{
    cJSON *json = cli_json(cJSON_CreateObject);
    const bool any = any_difference(command);
    cJSON_AddBoolToObject(json, "differs", any);
    for (int i = 0; i < 2; i++) {
        const struct run *run = &command->runs[i];
        cJSON *side = cJSON_AddObjectToObject(json, i == 0 ? "a" : "b");
        cJSON_AddStringToObject(side, "trace", run->path);
        cJSON_AddStringToObject(side, "policy", run->spec.text);
        cJSON_AddNumberToObject(side, "heap_bytes", run->spec.options.heap_bytes);
        const uint32_t base = run->spec.options.arena_base;
        cJSON_AddNumberToObject(side, "arena_base", base != 0 ? base : HEAP_NOMINAL_BASE);
    }
    if (command->traces[1] != NULL) {
        add_events(command, json);
    }
    add_divergence(command, json);
    cJSON_AddNumberToObject(json, "placements_compared", (double)command->compared);
    cJSON_AddNumberToObject(json, "placements_differing", (double)command->differing);
    cJSON *metrics = cJSON_AddObjectToObject(json, "metrics");
    for (size_t i = 0; i < score_count; i++) {
        if (is_shown(command, i)) {
            const double a = score_round(i, command->runs[0].values[i]), b = score_round(i, command->runs[1].values[i]);
            cJSON *metric = cJSON_AddObjectToObject(metrics, scores[i].name);
            const char *word = verdict(command, i);
            cJSON_AddItemToObject(metric, "a", number_or_null(a));
            cJSON_AddItemToObject(metric, "b", number_or_null(b));
            cJSON_AddItemToObject(metric, "delta", number_or_null(score_round(i, b - a)));
            cJSON_AddItemToObject(metric, "verdict", word[0] == '\0' ? cJSON_CreateNull() : cJSON_CreateString(word));
        }
    }
    return cli_print_json(json, any ? CLI_DIFFERS : CLI_DONE);
}

/* ---- the whole ---- */

static void set_runs(struct diff_command *command)
{
    uint64_t peak = trace_peak_payload(command->traces[0]);
    struct run *a = &command->runs[0], *b = &command->runs[1];
    a->trace = b->trace = command->traces[0];
    if (command->traces[1] != NULL) {
        b->trace = command->traces[1];
        peak = trace_peak_payload(b->trace) > peak ? trace_peak_payload(b->trace) : peak;
    }
    command->chosen_heap = command->heap_bytes == 0;
    a->spec = command->specs.items[0];
    a->spec.options.heap_bytes = command->chosen_heap ? spec_default_heap(peak) : command->heap_bytes;
    a->spec.options.arena_base = command->arena_base;
    if (command->specs.count == 2) {
        command->other.spec = command->specs.items[1];
    }
    struct lane_options options;
    other_run_options(&command->other, &a->spec, &options);
    b->spec = command->other.spec;
    b->spec.options = options;
}

static int work(struct diff_command *command)
{
    set_runs(command);
    int code = CLI_DONE;
    if (command->traces[1] != NULL && !diff_traces(command->traces[0], command->traces[1], &command->events)) {
        code = cli_fail(CLI_RESOURCES, "out of memory");
    }
    for (int i = 0; i < 2 && code == CLI_DONE; i++) {
        code = run_one(&command->runs[i]);
    }
    if (code == CLI_DONE) {
        compare_placements(command);
    }
    if (code == CLI_DONE && command->first != DIFF_NONE) {
        code = look(&command->runs[0], command->first);
        code = code == CLI_DONE ? look(&command->runs[1], partner_of(command, command->first)) : code;
    }
    if (code == CLI_DONE) {
        code = command->json ? print_json(command) : print_text(command);
    }
    return code;
}

static void end(struct diff_command *command)
{
    for (int i = 0; i < 2; i++) {
        trace_free(command->traces[i]);
        free(command->runs[i].entries);
    }
    diff_traces_end(&command->events);
    free(command);
}

int cmd_diff(int argc, char **argv)
{
    struct diff_command *command = calloc(1, sizeof *command);
    if (command == NULL) {
        return cli_fail(CLI_RESOURCES, "out of memory");
    }
    int code = parse(command, argc, argv);
    if (code < 0) {
        const int names = argc - optind;
        const bool zero_keeps = cli_any_faithful(&command->specs) || (command->other.spec.text[0] != '\0' && lane_is_faithful(&command->other.spec.options));
        code = CLI_DONE;
        for (int i = 0; i < names && code == CLI_DONE; i++) {
            command->traces[i] = cli_load_heap("diff", argv[optind + i], &command->input, zero_keeps, &code);
        }
        code = command->traces[names - 1] != NULL ? work(command) : code;
    }
    end(command);
    return code;
}
