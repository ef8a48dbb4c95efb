/* cmd_minheap.c: the smallest heap on which a policy serves a whole trace. */
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>

#include "assertions.h"
#include "cli.h"
#include "jobs.h"
#include "report.h"
#include "search.h"

static const char help[] =
    "usage: heaplab minheap TRACE [OPTIONS]\n\n"
    "The smallest heap, to 8 bytes, on which each policy serves every request: found by bisection, then the smallest of all sizes down\n"
    "to 512 B below that. A larger heap is not always safer (a policy may fail on it): the safe heap is the one from which on every size\n"
    "that was tried serves, up to twice the smallest.\n"
    "Memory that a policy keeps beside its arena (a replica: its original's static variables) is counted in it, and said.\n"
    "Of a trace of several heaps choose one with --heap NAME.\n\n"
    "  -p, --policy NAME[:key=value…]  policies, by commas or repeated; 'all' (default)\n"
    "  -s, --heap-size BYTES           also say the margin of this heap\n"
    "      --arena-base ADDRESS        where the heap's first byte lies: what replicas take for its address (default 0x20000000)\n"
    "      --samples N                 sizes tried above the smallest for the safe heap, 8 to 4096 (default 64); 0: no safe heap\n"
    "      --assert CONDITION          exit 1 unless every policy fulfils it: \"safe_heap_bytes<=64K\", \"min_heap_ratio<1.1\"\n"
    "      --json                      as JSON\n"
    CLI_INPUT_HELP "\n"
    "A policy that serves the trace in no heap (a pool of blocks that are too small) is said to; that is a result, not an error.\n\n"
    "example: heaplab minheap traces/corpus/hub.jsonl.gz -p tlsf -s 64K\n";

enum { OPT_JSON = 256, OPT_BASE, OPT_SAMPLES, OPT_ASSERT, OPT_HELP };

static const struct option long_options[] = {{"policy", required_argument, NULL, 'p'}, {"heap-size", required_argument, NULL, 's'},
                                             {"json", no_argument, NULL, OPT_JSON},    CLI_INPUT_OPTIONS,
                                             {"arena-base", required_argument, NULL, OPT_BASE}, {"samples", required_argument, NULL, OPT_SAMPLES},
                                             {"assert", required_argument, NULL, OPT_ASSERT},
                                             {"help", no_argument, NULL, OPT_HELP},    {NULL, 0, NULL, 0}};

struct minheap {
    struct spec_list specs;
    struct assertion_list conditions;
    uint32_t heap_bytes, base, samples;
    bool json;
    struct cli_input input;
};

/* One policy's question and answer. */
struct found {
    const struct trace *trace;
    const struct lane_options *options;
    struct search_result result;
    uint32_t heap_bytes; /* also asked: does this heap serve? 0: no */
    bool heap_serves, out_of_memory;
};

/* ---- options ---- */

static int take_condition(struct minheap *minheap)
{
    char why[4096];
    if (!assertions_parse(&minheap->conditions, optarg, why, sizeof why)) {
        return cli_usage("minheap", "--assert %s: %s", optarg, why);
    }
    const struct score *score = &scores[minheap->conditions.items[minheap->conditions.count - 1].score];
    if (score->source != SCORE_OF_SEARCH) {
        return cli_usage("minheap", "--assert %s: %s belongs to a run: 'heaplab replay' and 'compare' measure it", optarg, score->name);
    }
    return -1;
}

static int take_samples(struct minheap *minheap)
{
    uint64_t samples = 0;
    if (!spec_parse_size(optarg, &samples) || samples > 4096 || (samples != 0 && samples < 8)) {
        return cli_usage("minheap", "--samples %s: expected 0, or 8 to 4096", optarg);
    }
    minheap->samples = (uint32_t)samples;
    return -1;
}

/* -1: go on; else the exit code. */
static int take_option(struct minheap *minheap, int option)
{
    char why[1024];
    switch (option) {
    case 'p': return spec_parse(&minheap->specs, optarg, why, sizeof why) ? -1 : cli_usage("minheap", "-p %s: %s", optarg, why);
    case 's': return cli_parse_heap("minheap", optarg, &minheap->heap_bytes) ? -1 : CLI_USAGE;
    case OPT_JSON: minheap->json = true; return -1;
    case OPT_BASE: return cli_parse_base("minheap", optarg, &minheap->base) ? -1 : CLI_USAGE;
    case OPT_SAMPLES: return take_samples(minheap);
    case OPT_ASSERT: return take_condition(minheap);
    case OPT_HELP: fputs(help, stdout); return CLI_DONE;
    default: return cli_take_input_option("minheap", option, optarg, &minheap->input);
    }
}

static int parse(struct minheap *minheap, int argc, char **argv)
{
    char why[1024];
    int option = 0;
    minheap->samples = SEARCH_SAMPLES;
    while ((option = getopt_long(argc, argv, "p:s:", long_options, NULL)) != -1) {
        const int code = take_option(minheap, option);
        if (code >= 0) {
            return code;
        }
    }
    if (optind + 1 != argc) {
        return cli_usage("minheap", optind == argc ? "no trace given" : "one trace at a time");
    }
    if (minheap->specs.count == 0) {
        (void)spec_parse(&minheap->specs, "all", why, sizeof why);
    }
    for (size_t i = 0; i < minheap->specs.count; i++) {
        minheap->specs.items[i].options.arena_base = minheap->base;
    }
    return -1;
}

/* ---- the search ---- */

static void find_smallest(void *ctx, size_t index)
{
    struct found *found = (struct found *)ctx + index;
    uint64_t events = 0;
    found->out_of_memory = !search_min_heap(found->trace, found->options, NULL, NULL, &found->result);
    found->heap_serves = found->heap_bytes != 0 && search_serves(found->trace, found->options, found->heap_bytes, &events, &found->out_of_memory);
}

static int search_all(const struct minheap *minheap, struct found *found)
{
    const size_t count = minheap->specs.count;
    struct cli_progress progress;
    int code = CLI_DONE;
    cli_progress_start(&progress, "searching");
    progress.all = minheap->samples != 0 ? 2 * count : count;
    jobs_run(count, find_smallest, found, cli_progress_tick, &progress);
    for (size_t i = 0; i < count; i++) {
        if (minheap->samples != 0 && !found[i].out_of_memory) { /* on every core for each policy */
            cli_progress_tick(&progress, count + i);
            found[i].out_of_memory = !search_safe_heap(found[i].trace, found[i].options, minheap->samples, true, &found[i].result);
        }
        code = found[i].out_of_memory ? CLI_RESOURCES : code;
    }
    cli_progress_end(&progress);
    return code == CLI_DONE ? code : cli_fail(code, "out of memory");
}

/* ---- the answer ---- */

static double ratio_of(const struct trace *trace, uint64_t bytes)
{
    return trace_peak_payload(trace) == 0 ? 0 : (double)bytes / (double)trace_peak_payload(trace);
}

/* A number, or null where `known` is false. */
static void add_known(cJSON *object, const char *name, bool known, double value)
{
    cJSON_AddItemToObject(object, name, known ? cJSON_CreateNumber(value) : cJSON_CreateNull());
}

static void add_json(const struct minheap *minheap, const struct spec *spec, const struct found *found, cJSON *list)
{
    const struct search_result *result = &found->result;
    const size_t ratio = score_find("min_heap_ratio");
    const bool safe = result->safe_heap_bytes != 0;
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "policy", spec->text);
    cJSON_AddNumberToObject(object, "lower_bound_bytes", (double)trace_peak_payload(found->trace));
    add_known(object, "min_heap_bytes", result->found, (double)result->min_heap_bytes);
    add_known(object, "arena_bytes", result->found, (double)result->arena_bytes);
    cJSON_AddNumberToObject(object, "control_bytes", spec->options.policy->state_bytes);
    add_known(object, "min_heap_ratio", result->found, score_round(ratio, ratio_of(found->trace, result->min_heap_bytes)));
    if (minheap->samples != 0) {
        add_known(object, "safe_heap_bytes", safe, (double)result->safe_heap_bytes);
        add_known(object, "safe_arena_bytes", safe, (double)result->safe_arena_bytes);
        add_known(object, "safe_heap_ratio", safe, score_round(ratio, ratio_of(found->trace, result->safe_heap_bytes)));
        add_known(object, "largest_failing_arena_bytes", result->samples_failing != 0, (double)result->largest_failing_bytes);
        cJSON_AddNumberToObject(object, "samples", result->samples);
        cJSON_AddNumberToObject(object, "samples_failing", result->samples_failing);
    }
    if (found->heap_bytes != 0) {
        cJSON_AddNumberToObject(object, "heap_bytes", found->heap_bytes);
        cJSON_AddBoolToObject(object, "heap_serves", found->heap_serves);
    }
    cJSON_AddItemToArray(list, object);
}

static void print_head(const struct minheap *minheap, int width)
{
    printf("%-*s %13s %8s %13s", width, "", "smallest heap", "", "beside the");
    printf(minheap->samples != 0 ? " %11s %14s\n" : "\n", "safe heap", "larger sizes");
    printf("%-*s %13s %8s %13s", width, "policy", "B", "/ peak", "arena, B");
    printf(minheap->samples != 0 ? " %11s %14s" : "", "B", "tried, failing");
    printf(minheap->heap_bytes != 0 ? "   margin of %" PRIu32 " B\n" : "\n", minheap->heap_bytes);
}

static void print_margin(const struct found *found)
{
    const double smallest = (double)found->result.min_heap_bytes, margin = (double)found->heap_bytes - smallest;
    printf("   %+.0f B (%+.1f %%)%s", margin, 100 * margin / smallest,
           found->heap_serves ? "" : found->heap_bytes < found->result.arena_bytes ? ", does not serve" : ", yet does not serve");
}

static void print_text(const struct minheap *minheap, int width, const struct spec *spec, const struct found *found)
{
    const struct search_result *result = &found->result;
    printf("%-*s ", width, spec->text);
    if (result->platform) {
        puts("takes its blocks from the platform: its heap has no size of its own");
        return;
    }
    if (!result->found) {
        puts("serves it in no heap");
        return;
    }
    printf("%13" PRIu64 " ", result->min_heap_bytes);
    if (trace_peak_payload(found->trace) != 0) {
        printf("%8.4f ", ratio_of(found->trace, result->min_heap_bytes));
    } else {
        printf("%8s ", "-");
    }
    printf("%13" PRIu32, spec->options.policy->state_bytes);
    if (minheap->samples != 0) {
        char safe[24] = "none"; /* the largest fails */
        if (result->safe_heap_bytes != 0) {
            snprintf(safe, sizeof safe, "%" PRIu64, result->safe_heap_bytes);
        }
        printf(" %11s %8" PRIu32 " %5" PRIu32, safe, result->samples, result->samples_failing);
    }
    if (found->heap_bytes != 0) {
        print_margin(found);
    }
    putchar('\n');
}

static int report_all(const struct minheap *minheap, const struct found *found)
{
    cJSON *list = minheap->json ? cli_json(cJSON_CreateArray) : NULL;
    const int width = spec_list_width(&minheap->specs);
    int code = CLI_DONE;
    if (!minheap->json) {
        print_head(minheap, width);
    }
    for (size_t i = 0; i < minheap->specs.count; i++) {
        const struct spec *spec = &minheap->specs.items[i];
        double values[SCORES_ROOM];
        if (minheap->json) {
            add_json(minheap, spec, &found[i], list);
        } else {
            print_text(minheap, width, spec, &found[i]);
        }
        scores_of_refused(values, &spec->options, trace_peak_payload(found[i].trace), &found[i].result);
        const int one = report_check(&minheap->conditions, spec->text, values);
        code = one != CLI_DONE ? one : code;
    }
    return minheap->json ? cli_print_json(list, code) : code;
}

static int run(const struct minheap *minheap, const struct trace *trace)
{
    struct found *found = calloc(minheap->specs.count, sizeof *found);
    if (found == NULL) {
        return cli_fail(CLI_RESOURCES, "out of memory");
    }
    for (size_t i = 0; i < minheap->specs.count; i++) {
        found[i] = (struct found){.trace = trace, .options = &minheap->specs.items[i].options, .heap_bytes = minheap->heap_bytes};
    }
    int code = search_all(minheap, found);
    if (code == CLI_DONE) {
        code = report_all(minheap, found);
    }
    free(found);
    return code;
}

int cmd_minheap(int argc, char **argv)
{
    struct minheap *minheap = calloc(1, sizeof *minheap);
    if (minheap == NULL) {
        return cli_fail(CLI_RESOURCES, "out of memory");
    }
    int code = parse(minheap, argc, argv);
    if (code < 0) {
        struct trace *trace = cli_load_heap("minheap", argv[optind], &minheap->input, cli_any_faithful(&minheap->specs), &code);
        if (trace != NULL) {
            code = run(minheap, trace);
            trace_free(trace);
        }
    }
    free(minheap);
    return code;
}
