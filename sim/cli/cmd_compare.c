/* cmd_compare.c: traces x policies: for each pair the smallest heap, and a run on one and the same heap. */
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "jobs.h"
#include "run.h"
#include "search.h"
#include "cli.h"
#include "report.h"

static const char help[] =
    "usage: heaplab compare TRACE… [OPTIONS]\n\n"
    "Runs every trace on every policy: the smallest heap that serves it, and how the policy does on a heap of one size.\n"
    "The best comes first: fewest failures to serve, then the smallest heap.\n\n"
    "  -p, --policy NAME[:key=value…]  policies, by commas or repeated; 'all' (default)\n"
    "  -s, --heap-size BYTES           the heap of the run (default 1.25 x the peak payload, rounded up to 4 KiB)\n"
    "      --arena-base ADDRESS        where the heap's first byte lies: what replicas take for its address (default 0x20000000)\n"
    "      --json                      as JSON: one object a trace and policy, with the members of 'replay --json'\n"
    "      --csv                       as CSV\n"
    "      --markdown                  as a Markdown table\n"
    "      --lenient                   count errors of meaning in the trace instead of stopping at them\n\n"
    "example: heaplab compare traces/corpus/lua.jsonl.gz -p first_fit,best_fit,tlsf:sl=16\n";

enum style { STYLE_TEXT, STYLE_JSON, STYLE_CSV, STYLE_MARKDOWN };

struct compare {
    struct spec_list specs;
    uint32_t heap_bytes;
    enum style style;
    bool lenient;
};

/* One cell of the comparison. */
struct pair {
    const char *path;
    const struct trace *trace;
    const struct spec *spec;
    uint32_t heap_bytes;
    struct search_result search;
    struct lane *lane; /* after the run; NULL: the policy refuses this heap */
    int error;
    bool out_of_memory;
};

enum { OPT_JSON = 256, OPT_BASE, OPT_CSV, OPT_MARKDOWN, OPT_LENIENT, OPT_HELP };

static const struct option long_options[] = {
    {"policy", required_argument, NULL, 'p'}, {"heap-size", required_argument, NULL, 's'},  {"json", no_argument, NULL, OPT_JSON},
    {"csv", no_argument, NULL, OPT_CSV},      {"markdown", no_argument, NULL, OPT_MARKDOWN}, {"lenient", no_argument, NULL, OPT_LENIENT},
    {"arena-base", required_argument, NULL, OPT_BASE}, {"arena-base", required_argument, NULL, OPT_BASE},
                                             {"help", no_argument, NULL, OPT_HELP},    {NULL, 0, NULL, 0}};

static int parse(struct compare *compare, int argc, char **argv)
{
    char why[1024];
    int option = 0;
    uint32_t base = 0;
    while ((option = getopt_long(argc, argv, "p:s:", long_options, NULL)) != -1) {
        switch (option) {
        case 'p':
            if (!spec_parse(&compare->specs, optarg, why, sizeof why)) {
                return cli_usage("compare", "-p %s: %s", optarg, why);
            }
            break;
        case 's':
            if (!cli_parse_heap("compare", optarg, &compare->heap_bytes)) {
                return CLI_USAGE;
            }
            break;
        case OPT_JSON:
        case OPT_CSV:
        case OPT_MARKDOWN:
            if (compare->style != STYLE_TEXT) {
                return cli_usage("compare", "--json, --csv and --markdown: one of them at a time");
            }
            compare->style = option == OPT_JSON ? STYLE_JSON : option == OPT_CSV ? STYLE_CSV : STYLE_MARKDOWN;
            break;
        case OPT_BASE:
            if (!cli_parse_base("compare", optarg, &base)) {
                return CLI_USAGE;
            }
            break;
        case OPT_LENIENT: compare->lenient = true; break;
        case OPT_HELP: fputs(help, stdout); return CLI_DONE;
        default: return cli_usage("compare", "see above");
        }
    }
    if (optind == argc) {
        return cli_usage("compare", "no trace given");
    }
    if (compare->specs.count == 0) {
        (void)spec_parse(&compare->specs, "all", why, sizeof why);
    }
    for (size_t i = 0; i < compare->specs.count; i++) {
        compare->specs.items[i].options.arena_base = base;
    }
    return -1;
}

/* ---- the work ---- */

static void run_pair(void *ctx, size_t index)
{
    struct pair *pair = (struct pair *)ctx + index;
    struct lane_options options = pair->spec->options;
    pair->out_of_memory = !search_min_heap(pair->trace, &options, NULL, NULL, &pair->search);
    options.heap_bytes = pair->heap_bytes;
    pair->lane = run_trace(pair->trace, &options, NULL, &pair->error);
    pair->out_of_memory = pair->out_of_memory || (pair->lane == NULL && pair->error == HEAP_OK);
}

struct tick {
    struct cli_progress progress;
    size_t all;
};

static void show_tick(void *ctx, size_t done)
{
    struct tick *tick = ctx;
    cli_progress_show(&tick->progress, done, tick->all);
}

static int by_need(const void *a, const void *b)
{
    const struct pair *first = a, *second = b;
    if (first->search.found != second->search.found) {
        return first->search.found ? -1 : 1;
    }
    if (first->search.min_heap_bytes != second->search.min_heap_bytes) {
        return first->search.min_heap_bytes < second->search.min_heap_bytes ? -1 : 1;
    }
    return strcmp(first->spec->text, second->spec->text);
}

/* ---- the table ---- */

static double min_ratio(const struct pair *pair)
{
    const uint64_t peak = trace_peak_payload(pair->trace);
    return peak == 0 || !pair->search.found ? 0 : (double)pair->search.min_heap_bytes / (double)peak;
}

/* The columns, once for every style: what a person, a CSV reader and a Markdown reader see. */
enum { COLUMNS = 9, CELL = 100 };

static const struct {
    const char *top, *name, *csv;
    int width;
} columns[COLUMNS] = {
    {"", "policy", "policy", 0}, /* as wide as the longest */
    {"smallest heap", "B", "min_heap_bytes", 13},
    {"/ peak", "", "min_heap_ratio", 8},
    {"failures", "", "failures", 9},
    {"internal", "at peak", "internal_fragmentation_at_peak", 9},
    {"external", "mean", "external_fragmentation_mean", 9},
    {"external", "max", "external_fragmentation_max", 9},
    {"visits", "mean", "steps_mean", 8},
    {"visits", "max", "steps_max", 8},
};

static void fill_cells(const struct pair *pair, char cells[COLUMNS][CELL])
{
    memset(cells, 0, COLUMNS * CELL);
    snprintf(cells[0], CELL, "%s", pair->spec->text);
    if (pair->search.platform) {
        snprintf(cells[1], CELL, "platform");
    }
    if (pair->search.found) {
        snprintf(cells[1], CELL, "%" PRIu64, pair->search.min_heap_bytes);
        if (trace_peak_payload(pair->trace) != 0) {
            snprintf(cells[2], CELL, "%.4f", min_ratio(pair));
        }
    }
    if (pair->lane == NULL) {
        return;
    }
    const struct metrics_run *run = lane_run(pair->lane);
    snprintf(cells[3], CELL, "%" PRIu64, run->failures);
    snprintf(cells[4], CELL, "%.4f", run->internal_fragmentation.at_peak);
    snprintf(cells[5], CELL, "%.4f", metrics_mean(&run->external_fragmentation));
    snprintf(cells[6], CELL, "%.4f", run->external_fragmentation.max);
    snprintf(cells[7], CELL, "%.2f", metrics_steps_mean(run));
    snprintf(cells[8], CELL, "%" PRIu64, run->steps_max);
}

static void print_verdict(const struct pair *pairs, size_t count)
{
    const struct pair *best = &pairs[0];
    if (!best->search.found && best->search.platform) {
        printf("%s takes its blocks from the platform: its heap has no size of its own.\n", best->spec->text);
        return;
    }
    if (!best->search.found) {
        puts("No policy serves this trace in any heap.");
        return;
    }
    printf("%s needs the least: %" PRIu64 " B, %.4f x the peak payload", best->spec->text, best->search.min_heap_bytes, min_ratio(best));
    const struct pair *fast = NULL; /* the best of those that visit few blocks at worst */
    for (size_t i = 0; i < count && fast == NULL; i++) {
        fast = pairs[i].search.found && pairs[i].lane != NULL && lane_run(pairs[i].lane)->steps_max <= 8 ? &pairs[i] : NULL;
    }
    if (fast == best) {
        puts(", and never visits more than 8 blocks for a request.");
    } else if (fast != NULL) {
        printf("; of those that never visit more than 8 blocks, %s does: %.4f x.\n", fast->spec->text, min_ratio(fast));
    } else {
        puts(".");
    }
}

static void print_cell(int column, int width, const char *text)
{
    printf("%*s ", column == 0 ? -width : columns[column].width, text);
}

static void print_text(const struct compare *compare, const struct pair *pairs, size_t count)
{
    char bytes[32];
    const int width = spec_list_width(&compare->specs);
    printf("%s: %" PRIu64 " events, peak payload %" PRIu64 " B; runs on a heap of %s\n\n", pairs[0].path, trace_count(pairs[0].trace),
           trace_peak_payload(pairs[0].trace), spec_format_bytes(pairs[0].heap_bytes, bytes, sizeof bytes));
    for (int i = 0; i < COLUMNS; i++) {
        print_cell(i, width, columns[i].top);
    }
    putchar('\n');
    for (int i = 0; i < COLUMNS; i++) {
        print_cell(i, width, columns[i].name);
    }
    putchar('\n');
    for (size_t row = 0; row < count; row++) {
        char cells[COLUMNS][CELL];
        fill_cells(&pairs[row], cells);
        for (int i = 0; i < COLUMNS; i++) {
            print_cell(i, width, cells[i][0] != '\0' ? cells[i] : i == 1 ? "none" : "-");
        }
        printf("%s\n", pairs[row].lane == NULL ? heap_error_text(pairs[row].error) : "");
    }
    putchar('\n');
    print_verdict(pairs, count);
}

static void print_markdown(const struct pair *pairs, size_t count)
{
    printf("\n%s: %" PRIu64 " events, peak payload %" PRIu64 " B, heap %" PRIu32 " B\n\n|", pairs[0].path, trace_count(pairs[0].trace),
           trace_peak_payload(pairs[0].trace), pairs[0].heap_bytes);
    for (int i = 0; i < COLUMNS; i++) {
        printf(" %s%s%s |", columns[i].top, columns[i].top[0] == '\0' || columns[i].name[0] == '\0' ? "" : " ", columns[i].name);
    }
    printf("\n|");
    for (int i = 0; i < COLUMNS; i++) {
        printf(i == 0 ? " --- |" : " ---: |");
    }
    for (size_t row = 0; row < count; row++) {
        char cells[COLUMNS][CELL];
        fill_cells(&pairs[row], cells);
        printf("\n|");
        for (int i = 0; i < COLUMNS; i++) {
            printf(" %s |", cells[i][0] != '\0' ? cells[i] : i == 1 ? "none" : "-");
        }
    }
    putchar('\n');
}

static void print_csv_text(const char *text)
{
    putchar('"');
    for (; *text != '\0'; text++) {
        if (*text == '"') {
            putchar('"');
        }
        putchar(*text);
    }
    putchar('"');
}

static void print_csv(const struct pair *pairs, size_t count)
{
    for (size_t row = 0; row < count; row++) {
        char cells[COLUMNS][CELL];
        fill_cells(&pairs[row], cells);
        print_csv_text(pairs[row].path);
        printf(",%" PRIu32, pairs[row].heap_bytes);
        for (int i = 0; i < COLUMNS; i++) {
            printf(",%s", cells[i]);
        }
        putchar('\n');
    }
}

static void add_json(cJSON *list, const struct pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct pair *pair = &pairs[i];
        const struct report report = {pair->path, pair->spec, pair->lane, pair->lane == NULL ? 0 : lane_digest(pair->lane),
                                      trace_peak_payload(pair->trace), 0, NULL, false, &pair->search};
        cJSON *object = pair->lane == NULL ? cJSON_CreateObject() : report_json(&report);
        if (pair->lane == NULL) {
            cJSON_AddStringToObject(object, "trace", pair->path);
            cJSON_AddStringToObject(object, "policy", pair->spec->text);
            cJSON_AddStringToObject(object, "error", heap_error_text(pair->error));
            double values[SCORES_ROOM];
            struct lane_options options = pair->spec->options;
            options.heap_bytes = pair->heap_bytes;
            scores_of_refused(values, &options, trace_peak_payload(pair->trace), &pair->search);
            report_add_scores(object, values, true);
        }
        cJSON_AddItemToArray(list, object);
    }
}

static void print_pairs(const struct compare *compare, const struct pair *pairs, size_t count, cJSON *list)
{
    switch (compare->style) {
    case STYLE_JSON: add_json(list, pairs, count); break;
    case STYLE_CSV: print_csv(pairs, count); break;
    case STYLE_MARKDOWN: print_markdown(pairs, count); break;
    default: print_text(compare, pairs, count); break;
    }
}

static int compare_trace(const struct compare *compare, const char *path, cJSON *list)
{
    int code = CLI_DONE;
    struct trace *trace = cli_load(path, compare->lenient, cli_any_faithful(&compare->specs), &code);
    if (trace == NULL) {
        return code;
    }
    const size_t count = compare->specs.count;
    struct pair *pairs = calloc(count, sizeof *pairs);
    if (pairs == NULL) {
        trace_free(trace);
        return cli_fail(CLI_RESOURCES, "out of memory");
    }
    const uint32_t heap_bytes = compare->heap_bytes != 0 ? compare->heap_bytes : spec_default_heap(trace_peak_payload(trace));
    for (size_t i = 0; i < count; i++) {
        pairs[i] = (struct pair){.path = path, .trace = trace, .spec = &compare->specs.items[i], .heap_bytes = heap_bytes};
    }
    struct tick tick = {.all = count};
    cli_progress_start(&tick.progress, "comparing");
    jobs_run(count, run_pair, pairs, show_tick, &tick);
    cli_progress_end(&tick.progress);
    for (size_t i = 0; i < count; i++) {
        code = pairs[i].out_of_memory ? cli_fail(CLI_RESOURCES, "out of memory with %s", pairs[i].spec->text) : code;
    }
    qsort(pairs, count, sizeof *pairs, by_need);
    if (code == CLI_DONE) {
        print_pairs(compare, pairs, count, list);
    }
    for (size_t i = 0; i < count; i++) {
        lane_close(pairs[i].lane);
    }
    free(pairs);
    trace_free(trace);
    return code;
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
        if (compare->style == STYLE_CSV) {
            printf("trace,heap_bytes");
            for (int i = 0; i < COLUMNS; i++) {
                printf(",%s", columns[i].csv);
            }
            putchar('\n');
        }
        for (int i = optind; i < argc && code == CLI_DONE; i++) {
            if (i > optind && compare->style == STYLE_TEXT) {
                putchar('\n');
            }
            code = compare_trace(compare, argv[i], list);
        }
        if (code == CLI_DONE && compare->style == STYLE_JSON) {
            code = cli_print_json(list, code);
            list = NULL;
        }
    }
    cJSON_Delete(list);
    free(compare);
    return code;
}
