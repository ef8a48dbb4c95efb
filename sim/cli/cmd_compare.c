/* cmd_compare.c: traces x policies: for each pair the smallest heap, and a run on one and the same heap. */
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "cli.h"
#include "compare_table.h"
#include "heaps.h"
#include "jobs.h"
#include "report.h"
#include "run.h"

static const char help[] =
    "usage: heaplab compare TRACE… [OPTIONS]\n\n"
    "Runs every trace on every policy: the smallest heap that serves it, and how the policy does on a heap of one size.\n"
    "Of a trace of several heaps each that is no pool is compared by itself; --heap NAME: that one only.\n\n"
    "  -p, --policy NAME[:key=value…]  policies, by commas or repeated; 'all' (default)\n"
    "  -s, --heap-size BYTES           the heap of the run (default 1.25 x the peak payload, rounded up to 4 KiB)\n"
    "      --arena-base ADDRESS        where the heap's first byte lies: what replicas take for its address (default 0x20000000)\n"
    "      --metrics NAME,…            the columns: any members of 'replay --json' (docs/METRICS.md), or 'all'\n"
    "      --sort NAME[:up|:down]      the order: any metric, the best first unless up or down is said (default min_heap_bytes)\n"
    "      --baseline POLICY           what you have today: the verdict compares with it (default: the one replica, where one is named)\n"
    "      --safe                      also the safe heap: from which on every size tried serves (takes several times as long)\n"
    "      --assert CONDITION          exit 1 unless every run fulfils it: \"min_heap_bytes<64K\"; repeated or by commas\n"
    "      --json                      as JSON: one object a trace and policy, with the members of 'replay --json'\n"
    "      --csv                       as CSV, with every metric unless --metrics names some\n"
    "      --markdown                  as a Markdown table\n"
    CLI_INPUT_HELP "\n"
    "example: heaplab compare traces/corpus/lua.jsonl.gz -p first_fit,best_fit,tlsf:sl=16\n"
    "example: heaplab compare traces/corpus/hub.jsonl.gz -p freertos_heap_4,tlsf --metrics min_heap_bytes,external_fragmentation,wilson_4 --sort wilson_4\n";

struct compare {
    struct spec_list specs;
    struct compare_columns columns;
    struct assertion_list conditions;
    const char *baseline;
    size_t sort;
    bool descending, safe;
    struct cli_input input;
    bool baseline_only; /* the list's last policy is there as the baseline alone: no condition is asked of it */
    uint32_t heap_bytes, base;
    enum compare_style style;
    /* over all traces, by policy */
    double log_ratios[SPEC_MAX];
    uint32_t served[SPEC_MAX];
    uint64_t failures[SPEC_MAX];
    uint32_t traces;
};

enum { OPT_JSON = 256, OPT_BASE, OPT_CSV, OPT_MARKDOWN, OPT_METRICS, OPT_SORT, OPT_BASELINE, OPT_SAFE, OPT_ASSERT, OPT_HELP };

static const struct option long_options[] = {
    {"policy", required_argument, NULL, 'p'},        {"heap-size", required_argument, NULL, 's'},
    {"arena-base", required_argument, NULL, OPT_BASE}, {"metrics", required_argument, NULL, OPT_METRICS},
    {"sort", required_argument, NULL, OPT_SORT},     {"baseline", required_argument, NULL, OPT_BASELINE},
    {"safe", no_argument, NULL, OPT_SAFE},           {"assert", required_argument, NULL, OPT_ASSERT},
    {"json", no_argument, NULL, OPT_JSON},           {"csv", no_argument, NULL, OPT_CSV},
    {"markdown", no_argument, NULL, OPT_MARKDOWN},   CLI_INPUT_OPTIONS,
    {"help", no_argument, NULL, OPT_HELP},           {NULL, 0, NULL, 0}};

/* ---- options ---- */

/* "NAME[:up|:down]"; CLI_DONE, or after printing why. */
static int take_sort(struct compare *compare, const char *text)
{
    char name[64], why[1024];
    const size_t length = strcspn(text, ":");
    const char *way = text[length] == ':' ? text + length + 1 : "";
    snprintf(name, sizeof name, "%.*s", (int)length, text);
    if (!score_parse(name, &compare->sort, why, sizeof why)) {
        return cli_usage("compare", "--sort %s: %s", text, why);
    }
    if (way[0] != '\0' && strcmp(way, "up") != 0 && strcmp(way, "down") != 0) {
        return cli_usage("compare", "--sort %s: found ':%s' where :up or :down is expected", text, way);
    }
    compare->descending = way[0] == '\0' ? scores[compare->sort].better == SCORE_MORE : way[0] == 'd';
    return CLI_DONE;
}

static int take_style(struct compare *compare, int option)
{
    if (compare->style != COMPARE_TEXT) {
        return cli_usage("compare", "--json, --csv and --markdown: one of them at a time");
    }
    compare->style = option == OPT_JSON ? COMPARE_JSON : option == OPT_CSV ? COMPARE_CSV : COMPARE_MARKDOWN;
    return CLI_DONE;
}

/* CLI_DONE: go on; OPT_HELP: done; else the exit code. */
static int take_option(struct compare *compare, int option)
{
    char why[4096];
    switch (option) {
    case 'p': return spec_parse(&compare->specs, optarg, why, sizeof why) ? CLI_DONE : cli_usage("compare", "-p %s: %s", optarg, why);
    case 's': return cli_parse_heap("compare", optarg, &compare->heap_bytes) ? CLI_DONE : CLI_USAGE;
    case OPT_BASE: return cli_parse_base("compare", optarg, &compare->base) ? CLI_DONE : CLI_USAGE;
    case OPT_METRICS:
        return compare_columns_parse(&compare->columns, optarg, why, sizeof why) ? CLI_DONE : cli_usage("compare", "--metrics %s: %s", optarg, why);
    case OPT_SORT: return take_sort(compare, optarg);
    case OPT_BASELINE: compare->baseline = optarg; return CLI_DONE;
    case OPT_SAFE: compare->safe = true; return CLI_DONE;
    case OPT_ASSERT:
        return assertions_parse(&compare->conditions, optarg, why, sizeof why) ? CLI_DONE : cli_usage("compare", "--assert %s: %s", optarg, why);
    case OPT_JSON:
    case OPT_CSV:
    case OPT_MARKDOWN: return take_style(compare, option);
    case OPT_HELP: fputs(help, stdout); return OPT_HELP;
    default: return cli_take_input_option("compare", option, optarg, &compare->input) < 0 ? CLI_DONE : CLI_USAGE;
    }
}

/* The baseline's canonical text; a policy that is named here alone joins the list. CLI_DONE, or after printing why. */
static int find_baseline(struct compare *compare, bool all)
{
    struct spec_list *specs = &compare->specs;
    if (compare->baseline == NULL) {
        size_t replicas = 0;
        for (size_t i = 0; i < specs->count && !all; i++) {
            if (specs->items[i].options.policy->inspect->replica != NULL) {
                compare->baseline = specs->items[i].text;
                replicas++;
            }
        }
        compare->baseline = replicas == 1 && specs->count > 1 ? compare->baseline : NULL;
        return CLI_DONE;
    }
    char why[1024];
    const size_t before = specs->count;
    if (!spec_parse(specs, compare->baseline, why, sizeof why) || specs->count != before + 1) {
        return cli_usage("compare", "--baseline %s: %s", compare->baseline, specs->count > before ? "expected one policy" : why);
    }
    for (size_t i = 0; i < before; i++) {
        if (strcmp(specs->items[i].text, specs->items[before].text) == 0) {
            specs->count = before; /* it is there already */
            compare->baseline = specs->items[i].text;
            return CLI_DONE;
        }
    }
    compare->baseline = specs->items[before].text;
    compare->baseline_only = true;
    return CLI_DONE;
}

static bool names_safe(const struct compare *compare)
{
    bool named = strncmp(scores[compare->sort].name, "safe_", 5) == 0;
    for (size_t i = 0; i < compare->columns.count; i++) {
        named = named || strncmp(scores[compare->columns.scores[i]].name, "safe_", 5) == 0;
    }
    for (size_t i = 0; i < compare->conditions.count; i++) {
        named = named || strncmp(scores[compare->conditions.items[i].score].name, "safe_", 5) == 0;
    }
    return named;
}

/* -1: go on; else the exit code. */
static int parse(struct compare *compare, int argc, char **argv)
{
    char why[1024];
    int option = 0;
    compare->sort = score_find("min_heap_bytes");
    while ((option = getopt_long(argc, argv, "p:s:", long_options, NULL)) != -1) {
        const int code = take_option(compare, option);
        if (code != CLI_DONE) {
            return code == OPT_HELP ? CLI_DONE : code;
        }
    }
    if (optind == argc) {
        return cli_usage("compare", "no trace given");
    }
    const bool all = compare->specs.count == 0;
    if (all) {
        (void)spec_parse(&compare->specs, "all", why, sizeof why);
    }
    if (find_baseline(compare, all || compare->specs.count >= heap_policy_count) != CLI_DONE) {
        return CLI_USAGE;
    }
    for (size_t i = 0; i < compare->specs.count; i++) {
        compare->specs.items[i].options.arena_base = compare->base;
    }
    if (names_safe(compare)) {
        compare->safe = true;
    }
    if (compare->columns.count == 0) {
        (compare->style == COMPARE_CSV ? compare_columns_all : compare_columns_usual)(&compare->columns);
        if (compare->safe && compare->style != COMPARE_CSV) {
            compare->columns.scores[compare->columns.count++] = score_find("safe_heap_bytes");
        }
    }
    return -1;
}

/* ---- the work ---- */

static void run_pair(void *ctx, size_t index)
{
    struct compare_pair *pair = (struct compare_pair *)ctx + index;
    struct lane_options options = pair->spec->options;
    pair->out_of_memory = !search_min_heap(pair->trace, &options, NULL, NULL, &pair->search);
    options.heap_bytes = pair->heap_bytes;
    pair->lane = run_trace(pair->trace, &options, NULL, &pair->error);
    pair->out_of_memory = pair->out_of_memory || (pair->lane == NULL && pair->error == HEAP_OK);
}

static void measure(struct compare_pair *pair)
{
    struct lane_options options = pair->spec->options;
    options.heap_bytes = pair->heap_bytes;
    if (pair->lane != NULL) {
        scores_of(pair->values, pair->lane, trace_peak_payload(pair->trace), &pair->search);
    } else {
        scores_of_refused(pair->values, &options, trace_peak_payload(pair->trace), &pair->search);
    }
}

static int run_pairs(const struct compare *compare, struct compare_pair *pairs)
{
    const size_t count = compare->specs.count;
    struct cli_progress progress;
    int code = CLI_DONE;
    cli_progress_start(&progress, "comparing");
    progress.all = compare->safe ? 2 * count : count;
    jobs_run(count, run_pair, pairs, cli_progress_tick, &progress);
    for (size_t i = 0; compare->safe && i < count; i++) { /* these use every core for each policy */
        cli_progress_tick(&progress, count + i);
        pairs[i].out_of_memory = pairs[i].out_of_memory ||
                                 !search_safe_heap(pairs[i].trace, &pairs[i].spec->options, SEARCH_SAMPLES, true, &pairs[i].search);
    }
    cli_progress_end(&progress);
    for (size_t i = 0; i < count; i++) {
        code = pairs[i].out_of_memory ? cli_fail(CLI_RESOURCES, "out of memory with %s", pairs[i].spec->text) : code;
        if (code == CLI_DONE) {
            measure(&pairs[i]);
        }
    }
    return code;
}

/* ---- the results ---- */

static void print_pairs(const struct compare *compare, const struct compare_pair *pairs, size_t count, cJSON *list)
{
    switch (compare->style) {
    case COMPARE_JSON: compare_add_json(list, pairs, count); break;
    case COMPARE_CSV: compare_print_csv(pairs, count, &compare->columns); break;
    case COMPARE_MARKDOWN:
        compare_print_markdown(pairs, count, &compare->columns);
        compare_print_verdict(pairs, count, compare->baseline);
        break;
    default:
        compare_print_text(pairs, count, &compare->columns, spec_list_width(&compare->specs));
        compare_print_verdict(pairs, count, compare->baseline);
        break;
    }
}

static int check_conditions(const struct compare *compare, const struct compare_pair *pairs, size_t count)
{
    int code = CLI_DONE;
    for (size_t i = 0; i < count; i++) {
        char label[256];
        snprintf(label, sizeof label, "%s on %s", pairs[i].path, pairs[i].spec->text);
        if (compare->baseline_only && pairs[i].spec->text == compare->baseline) {
            continue;
        }
        const int one = report_check(&compare->conditions, label, pairs[i].values);
        code = one != CLI_DONE ? one : code;
    }
    return code;
}

static void add_totals(struct compare *compare, const struct compare_pair *pairs)
{
    const size_t ratio = score_find("min_heap_ratio"), failures = score_find("failures");
    for (size_t i = 0; i < compare->specs.count; i++) {
        if (!isnan(pairs[i].values[ratio])) {
            compare->log_ratios[i] += log(pairs[i].values[ratio]);
            compare->served[i]++;
        }
        compare->failures[i] += isnan(pairs[i].values[failures]) ? 0 : (uint64_t)pairs[i].values[failures];
    }
    compare->traces++;
}

/* All policies on a trace of one heap, which reports call `path`. Frees the trace. */
static int compare_heap(struct compare *compare, struct trace *trace, const char *path, cJSON *list)
{
    int code = CLI_DONE;
    const size_t count = compare->specs.count;
    struct compare_pair *pairs = calloc(count, sizeof *pairs);
    if (pairs == NULL) {
        trace_free(trace);
        return cli_fail(CLI_RESOURCES, "out of memory");
    }
    const uint32_t heap_bytes = compare->heap_bytes != 0 ? compare->heap_bytes : spec_default_heap(trace_peak_payload(trace));
    for (size_t i = 0; i < count; i++) {
        pairs[i] = (struct compare_pair){.path = path, .trace = trace, .spec = &compare->specs.items[i], .heap_bytes = heap_bytes};
    }
    code = run_pairs(compare, pairs);
    if (code == CLI_DONE) {
        add_totals(compare, pairs);
        compare_sort(pairs, count, compare->sort, compare->descending);
        print_pairs(compare, pairs, count, list);
        code = check_conditions(compare, pairs, count);
    }
    for (size_t i = 0; i < count; i++) {
        lane_close(pairs[i].lane);
    }
    free(pairs);
    trace_free(trace);
    return code;
}

/* Each heap of the trace that is no pool, one after the other, as if it had been selected. */
static int compare_heaps(struct compare *compare, const struct trace_header *header, const struct heaps_survey *survey, const char *path, cJSON *list)
{
    int code = CLI_DONE;
    uint32_t done = 0;
    for (uint32_t i = 0; i < survey->count && code <= CLI_DIFFERS; i++) {
        char key[16], label[512];
        struct cli_input input = compare->input;
        int one = CLI_DONE;
        if (survey->needs[i].events == 0 || heaps_is_pool(header, i)) {
            continue;
        }
        input.selection.heap = heaps_key(header, i, key);
        struct trace *trace = cli_load(path, &input, cli_any_faithful(&compare->specs), &one);
        if (trace != NULL) {
            snprintf(label, sizeof label, "%s, heap %s", path, input.selection.heap);
            if (done++ != 0 && compare->style == COMPARE_TEXT) {
                putchar('\n');
            }
            one = compare_heap(compare, trace, label, list);
        }
        code = one != CLI_DONE ? one : code;
    }
    return code;
}

/* Whether some heap is no pool. */
static bool any_ordinary(const struct trace_header *header, const struct heaps_survey *survey)
{
    bool any = false;
    for (uint32_t i = 0; i < survey->count; i++) {
        any = any || (survey->needs[i].events != 0 && !heaps_is_pool(header, i));
    }
    return any;
}

static int compare_trace(struct compare *compare, const char *path, cJSON *list)
{
    int code = CLI_DONE;
    struct trace *trace = cli_load(path, &compare->input, cli_any_faithful(&compare->specs), &code);
    if (trace == NULL) {
        return code;
    }
    const struct trace_header *header = trace_header_of(trace);
    if (header->heap_count < 2 || compare->input.selection.heap != NULL) {
        return compare_heap(compare, trace, path, list);
    }
    struct heaps_survey survey;
    const bool known = heaps_survey_trace(&survey, trace);
    const uint32_t used = known ? heaps_survey_used(&survey) : 0;
    char text[1024];
    if (!known) {
        code = cli_fail(CLI_RESOURCES, "out of memory");
    } else if (used < 2) {
        heaps_survey_close(&survey);
        return compare_heap(compare, trace, path, list);
    } else if (strcmp(path, "-") == 0 || !any_ordinary(header, &survey)) {
        code = cli_usage("compare", "%s has several heaps: choose one with --heap NAME; it has %s", path,
                         heaps_survey_text(&survey, header, text, sizeof text));
    } else {
        code = compare_heaps(compare, header, &survey, path, list);
    }
    heaps_survey_close(&survey);
    trace_free(trace);
    return code;
}

/* Over several traces: the geometric mean of smallest heap / peak, of the policies that serve all of them. */
static void print_totals(const struct compare *compare)
{
    const int width = spec_list_width(&compare->specs);
    const bool markdown = compare->style == COMPARE_MARKDOWN;
    printf(markdown ? "\n| policy, over %" PRIu32 " traces | smallest heap / peak, geometric mean | failures |\n| --- | ---: | ---: |\n"
                    : "\nover %" PRIu32 " traces: the geometric mean of smallest heap / peak payload, and failures of the runs\n\n", compare->traces);
    if (!markdown) {
        printf("%-*s %16s %9s\n", width, "policy", "/ peak", "failures");
    }
    bool printed[SPEC_MAX] = {false};
    for (size_t n = 0; n < compare->specs.count; n++) {
        size_t next = SPEC_MAX; /* the best that was not printed yet; those that do not serve every trace last */
        for (size_t i = 0; i < compare->specs.count; i++) {
            const bool more = next == SPEC_MAX || compare->served[i] > compare->served[next] ||
                              (compare->served[i] == compare->served[next] && compare->log_ratios[i] < compare->log_ratios[next]);
            next = !printed[i] && more ? i : next;
        }
        printed[next] = true;
        char mean[64];
        if (compare->served[next] == compare->traces) {
            snprintf(mean, sizeof mean, "%.4f", exp(compare->log_ratios[next] / compare->traces));
        } else {
            snprintf(mean, sizeof mean, "serves %" PRIu32 " of %" PRIu32, compare->served[next], compare->traces);
        }
        if (markdown) {
            printf("| %s | %s | %" PRIu64 " |\n", compare->specs.items[next].text, mean, compare->failures[next]);
        } else {
            printf("%-*s %16s %9" PRIu64 "\n", width, compare->specs.items[next].text, mean, compare->failures[next]);
        }
    }
}

int cmd_compare(int argc, char **argv)
{
    struct compare *compare = calloc(1, sizeof *compare);
    cJSON *list = cli_json(cJSON_CreateArray);
    if (compare == NULL || list == NULL) {
        free(compare);
        return cli_fail(CLI_RESOURCES, "out of memory");
    }
    int code = parse(compare, argc, argv);
    if (code < 0) {
        code = CLI_DONE;
        if (compare->style == COMPARE_CSV) {
            compare_print_csv_header(&compare->columns);
        }
        for (int i = optind; i < argc && code <= CLI_DIFFERS; i++) {
            if (i > optind && compare->style == COMPARE_TEXT) {
                putchar('\n');
            }
            const int one = compare_trace(compare, argv[i], list);
            code = one != CLI_DONE ? one : code;
        }
        if (code <= CLI_DIFFERS && compare->style == COMPARE_JSON) {
            code = cli_print_json(list, code);
            list = NULL;
        } else if (code <= CLI_DIFFERS && compare->traces > 1 && compare->style != COMPARE_CSV) {
            print_totals(compare);
        }
    }
    cJSON_Delete(list);
    free(compare);
    return code;
}
