/* cmd_minheap.c: the smallest heap on which a policy serves a whole trace. */
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>

#include "search.h"
#include "cli.h"
#include "report.h"

static const char help[] =
    "usage: heaplab minheap TRACE [OPTIONS]\n\n"
    "The smallest heap, to 8 bytes, on which each policy serves every request: found by bisection, then the smallest of all sizes down\n"
    "to 512 B below that.\n"
    "Memory that a policy keeps beside its arena (a replica: its original's static variables) is counted in it, and said.\n\n"
    "  -p, --policy NAME[:key=value…]  policies, by commas or repeated; 'all' (default)\n"
    "  -s, --heap-size BYTES           also say the margin of this heap\n"
    "      --arena-base ADDRESS        where the heap's first byte lies: what replicas take for its address (default 0x20000000)\n"
    "      --json                      as JSON\n"
    "      --lenient                   count errors of meaning in the trace instead of stopping at them\n\n"
    "A policy that serves the trace in no heap (a pool of blocks that are too small) is said to; that is a result, not an error.\n\n"
    "example: heaplab minheap traces/corpus/hub.jsonl.gz -p tlsf -s 64K\n";

enum { OPT_JSON = 256, OPT_BASE, OPT_LENIENT, OPT_HELP };

static const struct option long_options[] = {{"policy", required_argument, NULL, 'p'}, {"heap-size", required_argument, NULL, 's'},
                                             {"json", no_argument, NULL, OPT_JSON},    {"lenient", no_argument, NULL, OPT_LENIENT},
                                             {"arena-base", required_argument, NULL, OPT_BASE}, {"arena-base", required_argument, NULL, OPT_BASE},
                                             {"help", no_argument, NULL, OPT_HELP},    {NULL, 0, NULL, 0}};

struct minheap {
    struct spec_list specs;
    uint32_t heap_bytes;
    bool json, lenient;
};

static int parse(struct minheap *minheap, int argc, char **argv)
{
    char why[1024];
    int option = 0;
    uint32_t base = 0;
    while ((option = getopt_long(argc, argv, "p:s:", long_options, NULL)) != -1) {
        switch (option) {
        case 'p':
            if (!spec_parse(&minheap->specs, optarg, why, sizeof why)) {
                return cli_usage("minheap", "-p %s: %s", optarg, why);
            }
            break;
        case 's':
            if (!cli_parse_heap("minheap", optarg, &minheap->heap_bytes)) {
                return CLI_USAGE;
            }
            break;
        case OPT_JSON: minheap->json = true; break;
        case OPT_BASE:
            if (!cli_parse_base("minheap", optarg, &base)) {
                return CLI_USAGE;
            }
            break;
        case OPT_LENIENT: minheap->lenient = true; break;
        case OPT_HELP: fputs(help, stdout); return CLI_DONE;
        default: return cli_usage("minheap", "see above");
        }
    }
    if (optind + 1 != argc) {
        return cli_usage("minheap", optind == argc ? "no trace given" : "one trace at a time");
    }
    if (minheap->specs.count == 0) {
        (void)spec_parse(&minheap->specs, "all", why, sizeof why);
    }
    for (size_t i = 0; i < minheap->specs.count; i++) {
        minheap->specs.items[i].options.arena_base = base;
    }
    return -1;
}

static void print_one(const struct minheap *minheap, int width, const struct spec *spec, const struct trace *trace, const struct search_result *result, cJSON *list)
{
    const double ratio = trace_peak_payload(trace) == 0 ? 0 : (double)result->min_heap_bytes / (double)trace_peak_payload(trace);
    if (minheap->json) {
        cJSON *object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, "policy", spec->text);
        cJSON_AddNumberToObject(object, "lower_bound_bytes", (double)trace_peak_payload(trace));
        cJSON_AddItemToObject(object, "min_heap_bytes", result->found ? cJSON_CreateNumber((double)result->min_heap_bytes) : cJSON_CreateNull());
        cJSON_AddItemToObject(object, "arena_bytes", result->found ? cJSON_CreateNumber((double)result->arena_bytes) : cJSON_CreateNull());
        cJSON_AddNumberToObject(object, "control_bytes", spec->options.policy->state_bytes);
        cJSON_AddItemToObject(object, "min_heap_ratio",
                              result->found ? cJSON_CreateNumber((double)(uint64_t)(ratio * 10000 + 0.5) / 10000) : cJSON_CreateNull());
        cJSON_AddItemToArray(list, object);
    } else if (result->platform) {
        printf("%-*s takes its blocks from the platform: its heap has no size of its own\n", width, spec->text);
    } else if (!result->found) {
        printf("%-*s serves it in no heap\n", width, spec->text);
    } else {
        printf("%-*s %10" PRIu64 " B", width, spec->text, result->min_heap_bytes);
        if (ratio != 0) {
            printf("  %.4f x the peak payload", ratio);
        }
        if (result->arena_bytes != result->min_heap_bytes) {
            printf("  (an arena of %" PRIu64 " B, and %" PRIu32 " B beside it)", result->arena_bytes, spec->options.policy->state_bytes);
        }
        if (minheap->heap_bytes != 0) {
            const double margin = (double)minheap->heap_bytes - (double)result->min_heap_bytes;
            printf("  margin of %" PRIu32 " B: %+.0f B (%+.1f %%)", minheap->heap_bytes, margin, 100 * margin / (double)result->min_heap_bytes);
        }
        putchar('\n');
    }
}

static int run(const struct minheap *minheap, const struct trace *trace)
{
    struct cli_progress progress;
    cJSON *list = cli_json(cJSON_CreateArray);
    int code = list == NULL ? CLI_RESOURCES : CLI_DONE;
    cli_progress_start(&progress, "searching");
    for (size_t i = 0; i < minheap->specs.count && code == CLI_DONE; i++) {
        struct search_result result;
        cli_progress_show(&progress, i, minheap->specs.count);
        code = search_min_heap(trace, &minheap->specs.items[i].options, NULL, NULL, &result) ? CLI_DONE : CLI_RESOURCES;
        cli_progress_end(&progress);
        if (code == CLI_DONE) {
            print_one(minheap, spec_list_width(&minheap->specs), &minheap->specs.items[i], trace, &result, list);
        }
    }
    if (code == CLI_DONE && minheap->json) {
        return cli_print_json(list, code);
    }
    cJSON_Delete(list);
    return code == CLI_DONE ? code : cli_fail(code, "out of memory");
}

int cmd_minheap(int argc, char **argv)
{
    struct minheap *minheap = calloc(1, sizeof *minheap);
    if (minheap == NULL) {
        return cli_fail(CLI_RESOURCES, "out of memory");
    }
    int code = parse(minheap, argc, argv);
    if (code < 0) {
        struct trace *trace = cli_load(argv[optind], minheap->lenient, cli_any_faithful(&minheap->specs), &code);
        if (trace != NULL) {
            code = run(minheap, trace);
            trace_free(trace);
        }
    }
    free(minheap);
    return code;
}
