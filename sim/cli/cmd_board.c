/* cmd_board.c: the same trace on a board under QEMU and here: equal images, and the instructions of every operation. */
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "board.h"
#include "search.h"
#include "cli.h"

static const char help[] =
    "usage: heaplab board BOARD TRACE [OPTIONS]\n"
    "       heaplab board list\n\n"
    "Runs the trace on the board's firmware under QEMU (libheap itself, compiled for that processor) and on this machine, compares the\n"
    "images' digests, and says how many instructions malloc, free and realloc took: exactly, every call counted. Replicas run guarded.\n"
    "Of a trace of several heaps choose one with --heap NAME.\n\n"
    "  -p, --policy NAME[:key=value…]  policies, by commas or repeated; 'all' (default tlsf)\n"
    "  -s, --heap-size BYTES           the heap (default 1.25 x the peak payload, rounded up to 4 KiB)\n"
    "      --min-heap-times N          instead of -s: N x the smallest heap of each policy\n"
    "      --build O2|Os|all           one policy, called directly, at -O2 (default) or -Os; or all policies through their tables, -Os\n"
    "      --bare                      count the policy's own functions alone: without the lock, the counters and the checks of heap.c\n"
    "      --timeout SECONDS           for each run (default 600)\n"
    "      --json                      as JSON\n"
    CLI_INPUT_HELP "\n"
    "Exit codes: 0 equal, 1 a difference, 2 usage, 3 bad input, 4 no firmware, no QEMU, a crash or a timeout.\n\n"
    "example: heaplab board mps2-an385 traces/corpus/sqlite3.jsonl.gz -p tlsf -s 256K\n";

enum { OPT_TIMES = 256, OPT_BUILD, OPT_BARE, OPT_TIMEOUT, OPT_JSON, OPT_HELP };

static const struct option long_options[] = {
    {"policy", required_argument, NULL, 'p'},          {"heap-size", required_argument, NULL, 's'},
    {"min-heap-times", required_argument, NULL, OPT_TIMES}, {"build", required_argument, NULL, OPT_BUILD},
    {"bare", no_argument, NULL, OPT_BARE},
    {"timeout", required_argument, NULL, OPT_TIMEOUT}, {"json", no_argument, NULL, OPT_JSON},
    CLI_INPUT_OPTIONS,                                 {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0}};

struct board_command {
    const struct board *board;
    const char *path;
    struct spec_list specs;
    uint32_t heap_bytes, times;
    unsigned timeout_s;
    enum board_build build;
    bool bare, json;
    struct cli_input input;
};

/* ---- arguments ---- */

static bool take_count(uint32_t most, uint32_t *value)
{
    uint64_t count = 0;
    const bool good = cli_parse_count(optarg, most, &count);
    *value = good ? (uint32_t)count : 0;
    return good;
}

static bool parse_build(const char *text, enum board_build *build)
{
    static const char *const names[] = {[BOARD_ALL_POLICIES] = "all", [BOARD_ONE_POLICY_O2] = "O2", [BOARD_ONE_POLICY_OS] = "Os"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(text, names[i]) == 0) {
            *build = (enum board_build)i;
            return true;
        }
    }
    return false;
}

/* -1: go on; else the exit code. */
static int take_option(struct board_command *command, int option)
{
    char why[1024];
    switch (option) {
    case 'p': return spec_parse(&command->specs, optarg, why, sizeof why) ? -1 : cli_usage("board", "-p %s: %s", optarg, why);
    case 's': return cli_parse_heap("board", optarg, &command->heap_bytes) ? -1 : CLI_USAGE;
    case OPT_TIMES:
        return take_count(1000, &command->times) ? -1 : cli_usage("board", "--min-heap-times %s: expected 1 … 1000", optarg);
    case OPT_BUILD: return parse_build(optarg, &command->build) ? -1 : cli_usage("board", "--build %s: expected O2, Os or all", optarg);
    case OPT_TIMEOUT:
        return take_count(86400, &command->timeout_s) ? -1 : cli_usage("board", "--timeout %s: expected 1 … 86400 seconds", optarg);
    case OPT_BARE: command->bare = true; return -1;
    case OPT_JSON: command->json = true; return -1;
    case OPT_HELP: fputs(help, stdout); return CLI_DONE;
    default: return cli_take_input_option("board", option, optarg, &command->input);
    }
}

static int list_boards(void)
{
    for (size_t i = 0; i < board_count; i++) {
        char path[1024], why[1024];
        const bool built = board_firmware(&boards[i], "replay", path, sizeof path, why, sizeof why);
        printf("%-12s %s; heaps up to %" PRIu64 " MiB; %s\n", boards[i].name, boards[i].what, boards[i].heap_bytes >> 20,
               built ? path : "firmware not built");
    }
    return CLI_DONE;
}

static int parse(struct board_command *command, int argc, char **argv)
{
    char why[1024];
    int option = 0;
    while ((option = getopt_long(argc, argv, "p:s:", long_options, NULL)) != -1) {
        const int code = take_option(command, option);
        if (code >= 0) {
            return code;
        }
    }
    if (optind + 1 == argc && strcmp(argv[optind], "list") == 0) {
        return list_boards();
    }
    if (optind + 2 != argc) {
        return cli_usage("board", "expected BOARD and TRACE, found %d names", argc - optind);
    }
    command->board = board_find(argv[optind]);
    command->path = argv[optind + 1];
    if (command->board == NULL) {
        return cli_usage("board", "no board '%s': 'heaplab board list' shows them", argv[optind]);
    }
    if (command->heap_bytes != 0 && command->times != 0) {
        return cli_usage("board", "-s and --min-heap-times exclude each other");
    }
    if (command->specs.count == 0) {
        (void)spec_parse(&command->specs, "tlsf", why, sizeof why);
    }
    for (size_t i = 0; i < command->specs.count; i++) {
        if (command->specs.items[i].options.checks != 0) {
            return cli_usage("board", "%s: the checks of a firmware are chosen when it is built (basic)", command->specs.items[i].text);
        }
        command->specs.items[i].options.guarded = true; /* as on the board */
    }
    return -1;
}

/* ---- reports ---- */

struct row {
    const struct spec *spec;
    struct board_result board, here;
    const char *difference; /* NULL: none */
};

static const char *const operations[BOARD_OPERATIONS] = {"malloc", "free", "realloc"};

static double mean_of(const struct board_cost *cost)
{
    return cost->calls == 0 ? 0 : (double)cost->sum / (double)cost->calls;
}

static void print_row(const struct row *row)
{
    printf("%-24s %10" PRIu32 " %8" PRIu64 "  %08" PRIx32 " %-5s", row->spec->text, row->spec->options.heap_bytes, row->board.failures,
           row->board.digest, row->difference == NULL ? "equal" : "DIFFERS");
    for (size_t i = 0; i < BOARD_OPERATIONS && row->board.counted; i++) {
        const struct board_cost *cost = &row->board.costs[i];
        if (cost->calls == 0) {
            printf(" |%8s %6s %6s %7s", "-", "-", "-", "-");
        } else {
            printf(" |%8.1f %6" PRIu64 " %6" PRIu64 " %7" PRIu64, mean_of(cost), cost->p50, cost->p99, cost->max);
        }
    }
    putchar('\n');
}

static void print_head(const struct board_command *command, const struct trace *trace)
{
    static const char *const builds[] = {[BOARD_ALL_POLICIES] = "all policies through tables, -Os",
                                         [BOARD_ONE_POLICY_O2] = "one policy called directly, -O2",
                                         [BOARD_ONE_POLICY_OS] = "one policy called directly, -Os"};
    const bool counted = command->board->machine != NULL;
    printf("%s on %s: %" PRIu64 " events, peak payload %" PRIu64 " B", command->path, command->board->name, trace_count(trace),
           trace_peak_payload(trace));
    if (counted) {
        printf("; instructions %s; %s", command->bare ? "of the policy's functions alone" : "a call", builds[command->build]);
    }
    printf("\n%-24s %10s %8s  %-14s", "policy", "heap B", "failures", "digest");
    for (size_t i = 0; i < BOARD_OPERATIONS && counted; i++) {
        printf(" |%8s %6s %6s %7s", operations[i], "p50", "p99", "max");
    }
    putchar('\n');
}

static void explain_difference(const struct board_command *command, const struct row *row)
{
    fprintf(stderr, "heaplab: %s: %s differs: digest %08" PRIx32 " on %s, %08" PRIx32 " here; failures %" PRIu64 " and %" PRIu64
            "; skipped %" PRIu64 " and %" PRIu64 "; check %s and %s\n", row->spec->text, row->difference, row->board.digest, command->board->name,
            row->here.digest, row->board.failures, row->here.failures, row->board.skipped, row->here.skipped, row->board.check, row->here.check);
}

static cJSON *json_of_side(const struct board_result *result)
{
    cJSON *object = cJSON_CreateObject();
    char digest[9];
    snprintf(digest, sizeof digest, "%08" PRIx32, result->digest);
    cJSON_AddStringToObject(object, "digest", digest);
    cJSON_AddNumberToObject(object, "word_bits", (double)result->word_bits);
    cJSON_AddNumberToObject(object, "events", (double)result->events);
    cJSON_AddNumberToObject(object, "failures", (double)result->failures);
    cJSON_AddNumberToObject(object, "skipped", (double)result->skipped);
    cJSON_AddNumberToObject(object, "refused", (double)result->refused);
    cJSON_AddNumberToObject(object, "live_blocks", (double)result->live_blocks);
    cJSON_AddStringToObject(object, "check", result->check);
    return object;
}

static void add_costs(cJSON *object, const struct board_result *result)
{
    char key[64];
    for (size_t i = 0; i < BOARD_OPERATIONS && result->counted; i++) {
        const struct board_cost *cost = &result->costs[i];
        const struct {
            const char *name;
            double value;
        } values[] = {{"calls", (double)cost->calls}, {"mean", (double)(uint64_t)(mean_of(cost) * 10000 + 0.5) / 10000}, {"p50", (double)cost->p50}, {"p99", (double)cost->p99},
                      {"max", (double)cost->max}};
        for (size_t k = 0; k < sizeof values / sizeof values[0]; k++) {
            snprintf(key, sizeof key, k == 0 ? "%s_%s" : "%s_instructions_%s", operations[i], values[k].name);
            cJSON_AddItemToObject(object, key, cost->calls == 0 && k != 0 ? cJSON_CreateNull() : cJSON_CreateNumber(values[k].value));
        }
    }
}

static void add_row(cJSON *list, const struct board_command *command, const struct row *row)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "board", command->board->name);
    cJSON_AddStringToObject(object, "trace", command->path);
    cJSON_AddStringToObject(object, "policy", row->spec->text);
    cJSON_AddNumberToObject(object, "heap_bytes", (double)row->spec->options.heap_bytes);
    cJSON_AddBoolToObject(object, "equal", row->difference == NULL);
    cJSON_AddItemToObject(object, "on_board", json_of_side(&row->board));
    cJSON_AddItemToObject(object, "here", json_of_side(&row->here));
    add_costs(object, &row->board);
    cJSON_AddItemToArray(list, object);
}

/* ---- the runs ---- */

/* The heap of one policy; 0 where it is left out, which is said. False without memory. */
static bool choose_heap(const struct board_command *command, struct spec *spec, const struct trace *trace)
{
    struct search_result smallest;
    if ((spec->options.policy->inspect->traits & HEAP_NO_IMAGE) != 0) {
        fprintf(stderr, "heaplab: %s is left out: its blocks are the platform's, and there is no image to compare\n", spec->text);
        spec->options.heap_bytes = 0;
        return true;
    }
    if (command->times == 0) {
        spec->options.heap_bytes = command->heap_bytes != 0 ? command->heap_bytes : spec_default_heap(trace_peak_payload(trace));
        return true;
    }
    if (!search_min_heap(trace, &spec->options, NULL, NULL, &smallest)) {
        return false;
    }
    const uint64_t bytes = smallest.found ? smallest.min_heap_bytes * command->times : 0;
    if (bytes == 0 || bytes > command->board->heap_bytes) {
        fprintf(stderr, "heaplab: %s is left out: %s\n", spec->text,
                smallest.found ? "that heap is larger than the board's memory" : "it serves this trace in no heap");
        spec->options.heap_bytes = 0;
        return true;
    }
    spec->options.heap_bytes = (uint32_t)bytes;
    return true;
}

/* What the board's run is not, on standard error. */
static void say_what_differs(const struct board_command *command, const struct trace *trace)
{
    bool waits = false, replica = false;
    for (size_t i = 0; i < command->specs.count; i++) {
        waits = waits || (command->specs.items[i].options.policy->inspect->traits & HEAP_WAITS) != 0;
        replica = replica || command->specs.items[i].options.policy->inspect->replica != NULL;
    }
    for (uint64_t i = 0; waits && i < trace_count(trace); i++) {
        struct trace_event event;
        trace_get(trace, i, &event);
        if (event.wait != 0) {
            fputs("note: the firmware is one thread: a request that would wait for a block fails at once\n", stderr);
            waits = false;
        }
    }
    if (replica) {
        fputs("note: a replica's instructions are those of the code here, with its checks, not of the original's\n", stderr);
    }
}

static int run_one(const struct board_command *command, const struct spec *spec, const struct trace *trace, const struct board_trace *written,
                   struct row *row)
{
    struct board_job job = {.board = command->board, .build = command->build, .bare = command->bare, .options = &spec->options,
                            .trace = written, .timeout_s = command->timeout_s};
    const int error = board_run_here(trace, &spec->options, &row->here);
    if (error != HEAP_OK && error != HEAP_E_NO_MEMORY && command->specs.count > 1) {
        fprintf(stderr, "heaplab: %s is left out: %s\n", spec->text, heap_error_text(error));
        return CLI_DONE;
    }
    if (error != HEAP_OK) {
        return cli_lane_fail(spec, spec->options.heap_bytes, error == HEAP_E_NO_MEMORY ? HEAP_OK : error);
    }
    const enum board_status status = board_run(&job, &row->board);
    if (status != BOARD_DONE) {
        return cli_fail(CLI_RESOURCES, "%s: %s", spec->text, job.why);
    }
    row->spec = spec;
    row->difference = board_difference(&row->board, &row->here);
    return CLI_DONE;
}

static void report_row(const struct board_command *command, const struct trace *trace, const struct row *row, bool first, cJSON *list)
{
    if (command->json) {
        add_row(list, command, row);
    } else {
        if (first) {
            print_head(command, trace);
        }
        print_row(row);
        fflush(stdout);
    }
    if (row->difference != NULL) {
        explain_difference(command, row);
    }
}

static int run_all(const struct board_command *command, const struct trace *trace, const struct board_trace *written, cJSON *list)
{
    bool differs = false, first = true;
    for (size_t i = 0; i < command->specs.count; i++) {
        const struct spec *spec = &command->specs.items[i];
        struct row row = {0};
        if (spec->options.heap_bytes == 0) {
            continue;
        }
        const int code = run_one(command, spec, trace, written, &row);
        if (code != CLI_DONE) {
            return code;
        }
        if (row.spec == NULL) {
            continue; /* left out */
        }
        report_row(command, trace, &row, first, list);
        differs = differs || row.difference != NULL;
        first = false;
    }
    return differs ? CLI_DIFFERS : CLI_DONE;
}

static int run(struct board_command *command, const struct trace *trace)
{
    struct board_trace written;
    char why[1024];
    for (size_t i = 0; i < command->specs.count; i++) {
        if (!choose_heap(command, &command->specs.items[i], trace)) {
            return cli_fail(CLI_RESOURCES, "out of memory");
        }
    }
    if (!board_trace_make(&written, trace, why, sizeof why)) {
        return cli_fail(CLI_RESOURCES, "%s", why);
    }
    cJSON *list = cli_json(cJSON_CreateArray);
    say_what_differs(command, trace);
    int code = run_all(command, trace, &written, list);
    if (command->json && code <= CLI_DIFFERS) {
        code = cli_print_json(list, code);
    } else {
        cJSON_Delete(list);
    }
    board_trace_remove(&written); /* a signal that was held back takes effect here */
    return code;
}

int cmd_board(int argc, char **argv)
{
    struct board_command *command = calloc(1, sizeof *command);
    if (command == NULL) {
        return cli_fail(CLI_RESOURCES, "out of memory");
    }
    command->build = BOARD_ONE_POLICY_O2;
    command->timeout_s = 600;
    int code = parse(command, argc, argv);
    if (code < 0) {
        struct trace *trace = cli_load_heap("board", command->path, &command->input, false, &code);
        if (trace != NULL) {
            code = run(command, trace);
            trace_free(trace);
        }
    }
    free(command);
    return code;
}
