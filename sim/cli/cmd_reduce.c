/* cmd_reduce.c: the smallest trace that still shows what a large one shows, written and shown again. */
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"
#include "other_run.h"
#include "reduce.h"
#include "trace_header.h"

static const char help[] =
    "usage: heaplab reduce TRACE -o OUT [CONDITION] [OPTIONS]\n\n"
    "Leaves out of a trace what is not needed to show something, and simplifies the rest: whole allocations first, then single reallocs\n"
    "and frees; then neighbours that are never freed become one, sizes smaller, members fewer. The result is 1-minimal: leave out any one\n"
    "allocation (with its reallocs and its free), or any one realloc or free, and it no longer shows. OUT is named as for\n"
    "'heaplab convert' (.json: for people); its note says where it comes from. docs/REDUCE.md: which condition for which question.\n\n"
    "What it shows:\n"
    "      --fragmented                some request fails though as many bytes are free, in smaller holes (default where that happens)\n"
    "      --failure                   some request fails, for whatever reason\n"
    "      --divergence RUN            some block lies elsewhere in another run, or is served in one of them only; RUN is\n"
    "                                  " OTHER_RUN_FORM ", what is left out as in the first run\n"
    "      --while CONDITION           \"external_fragmentation>0.6\", \"steps_max>=100,failures==0\": any member of 'replay --json', at the end of\n"
    "                                  the run; a bare name means the maximum; repeated: all hold\n\n"
    "On what:\n"
    "  -p, --policy NAME[:key=value…]  the policy (default tlsf)\n"
    "  -s, --heap-size BYTES           the heap (default 1.25 x the trace's peak payload, rounded up to 4 KiB)\n"
    "      --arena-base ADDRESS        where the heap's first byte lies: what replicas take for its address (default 0x20000000)\n\n"
    "How:\n"
    "  -o, --output OUT                the reduced trace\n"
    "      --shrink-heap               also the heap, as far as the condition holds\n"
    "      --keep-sizes                sizes stay as they were, and nothing is joined\n"
    "      --budget N[s] | Nruns       end after so many seconds, or runs, with the best so far; so does an interrupt (Ctrl-C)\n"
    "      --json                      what was done as JSON\n"
    CLI_INPUT_HELP "\n"
    "Exit code 1: the condition does not hold on the whole trace; what was found is said, and OUT is not touched.\n\n"
    "example: heaplab reduce traces/corpus/hub.jsonl.gz -p first_fit -s 43K --failure -o failure.json\n"
    "example: heaplab reduce traces/corpus/bc.jsonl.gz -p first_fit --divergence best_fit -o differs.json\n"
    "example: heaplab reduce traces/corpus/hub.jsonl.gz -p first_fit -s 64K --while 'external_fragmentation>0.6' --shrink-heap -o holes.json\n";

enum { OPT_FAILURE = 256, OPT_FRAGMENTED, OPT_DIVERGENCE, OPT_WHILE, OPT_BASE, OPT_SHRINK, OPT_KEEP, OPT_BUDGET, OPT_JSON, OPT_HELP };

static const struct option long_options[] = {
    {"failure", no_argument, NULL, OPT_FAILURE},       {"fragmented", no_argument, NULL, OPT_FRAGMENTED},
    {"divergence", required_argument, NULL, OPT_DIVERGENCE},
    {"while", required_argument, NULL, OPT_WHILE},     {"policy", required_argument, NULL, 'p'},
    {"heap-size", required_argument, NULL, 's'},       {"arena-base", required_argument, NULL, OPT_BASE},
    {"output", required_argument, NULL, 'o'},          {"shrink-heap", no_argument, NULL, OPT_SHRINK},
    {"keep-sizes", no_argument, NULL, OPT_KEEP},       {"budget", required_argument, NULL, OPT_BUDGET},
    {"json", no_argument, NULL, OPT_JSON},             CLI_INPUT_OPTIONS,
    {"help", no_argument, NULL, OPT_HELP},             {NULL, 0, NULL, 0}};

struct reduction_command {
    const char *path, *out;
    struct spec_list specs;
    struct other_run other;
    struct assertion_list assertions;
    struct reduce_options options;
    enum trace_encoding encoding;
    bool gzip;
    uint32_t heap_bytes, arena_base;
    uint64_t budget_ms, started_ms;
    bool failure, fragmented, divergence, json;
    struct cli_input input;
    char line[2048], shows[2048]; /* this command; the one that shows the condition on OUT */
    struct cli_progress progress;
};

/* ---- options ---- */

static bool parse_budget(struct reduction_command *command, const char *text)
{
    char *end = NULL;
    const unsigned long long number = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || number == 0 || number > UINT32_MAX) {
        return false;
    }
    if (strcmp(end, "runs") == 0) {
        command->options.most_runs = number;
        return true;
    }
    command->budget_ms = number * 1000;
    return *end == '\0' || strcmp(end, "s") == 0;
}

/* -1: go on; else the exit code. */
static int take_option(struct reduction_command *command, int option)
{
    char why[2048];
    switch (option) {
    case 'p': return spec_parse(&command->specs, optarg, why, sizeof why) ? -1 : cli_usage("reduce", "-p %s: %s", optarg, why);
    case 's': return cli_parse_heap("reduce", optarg, &command->heap_bytes) ? -1 : CLI_USAGE;
    case 'o': command->out = optarg; return -1;
    case OPT_BASE: return cli_parse_base("reduce", optarg, &command->arena_base) ? -1 : CLI_USAGE;
    case OPT_FAILURE: command->failure = true; return -1;
    case OPT_FRAGMENTED: command->fragmented = true; return -1;
    case OPT_DIVERGENCE:
        command->divergence = true;
        return other_run_parse(&command->other, "reduce", "--divergence", optarg) ? -1 : CLI_USAGE;
    case OPT_WHILE:
        return assertions_parse(&command->assertions, optarg, why, sizeof why) ? -1 : cli_usage("reduce", "--while %s: %s", optarg, why);
    case OPT_SHRINK: command->options.shrink_heap = true; return -1;
    case OPT_KEEP: command->options.keep_sizes = true; return -1;
    case OPT_BUDGET:
        return parse_budget(command, optarg) ? -1 : cli_usage("reduce", "--budget %s: expected seconds (60, 60s) or runs (5000runs)", optarg);
    case OPT_JSON: command->json = true; return -1;
    case OPT_HELP: fputs(help, stdout); return CLI_DONE;
    default: return cli_take_input_option("reduce", option, optarg, &command->input);
    }
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat of_a, of_b;
    return stat(a, &of_a) == 0 && stat(b, &of_b) == 0 && of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

static int check_options(struct reduction_command *command)
{
    char why[1024];
    if (command->specs.count == 0) {
        (void)spec_parse(&command->specs, "tlsf", why, sizeof why);
    }
    if (command->specs.count != 1) {
        return cli_usage("reduce", "one policy at a time; --divergence takes the other");
    }
    if (command->out == NULL) {
        return cli_usage("reduce", "no output given: -o FILE");
    }
    if (strcmp(command->out, "-") == 0 || !trace_encoding_of_name(command->out, &command->encoding, &command->gzip)) {
        return cli_usage("reduce", "-o '%s' tells no encoding: expected .json, .jsonl, .hlt, .json.gz or .jsonl.gz", command->out);
    }
    if (is_same_file(command->path, command->out)) {
        return cli_usage("reduce", "-o %s is the trace itself, which would be lost: name another file", command->out);
    }
    if (command->failure + command->fragmented + command->divergence + (command->assertions.count != 0) > 1) {
        return cli_usage("reduce", "one of --fragmented, --failure, --divergence and --while at a time (--while 'failures>0' can stand with others)");
    }
    if (assertions_need_search(&command->assertions)) {
        return cli_usage("reduce", "--while: the smallest heap is what 'heaplab minheap' finds by many runs; a condition on one run is expected");
    }
    return -1;
}

static int parse(struct reduction_command *command, int argc, char **argv)
{
    int option = 0;
    command_line_add(command->line, sizeof command->line, "heaplab");
    command_line_add(command->line, sizeof command->line, "reduce");
    for (int i = 1; i < argc; i++) {
        command_line_add(command->line, sizeof command->line, argv[i]);
    }
    while ((option = getopt_long(argc, argv, "p:s:o:", long_options, NULL)) != -1) {
        const int code = take_option(command, option);
        if (code >= 0) {
            return code;
        }
    }
    if (optind + 1 != argc) {
        return cli_usage("reduce", optind == argc ? "no trace given" : "one trace at a time: '%s' is the second", argv[argc - 1]);
    }
    command->path = argv[optind];
    return check_options(command);
}

/* ---- the work ---- */

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

static bool go_on(void *ctx, const struct reduce_state *state)
{
    struct reduction_command *command = ctx;
    char what[96];
    snprintf(what, sizeof what, "reducing: %" PRIu64 " events, %" PRIu64 " allocations left; run", state->events, state->lives);
    command->progress.what = what;
    cli_progress_show(&command->progress, state->runs, 0);
    return interrupted == 0 && (command->budget_ms == 0 || cli_now_ms() - command->started_ms < command->budget_ms);
}

static void set_runs(struct reduction_command *command, const struct trace *trace)
{
    struct reduce_options *options = &command->options;
    struct spec *spec = &command->specs.items[0];
    spec->options.heap_bytes = command->heap_bytes != 0 ? command->heap_bytes : spec_default_heap(trace_peak_payload(trace));
    spec->options.arena_base = command->arena_base;
    options->condition = command->divergence ? REDUCE_DIVERGENCE : command->assertions.count != 0 ? REDUCE_SCORES : REDUCE_FAILURE;
    options->lane = spec->options;
    other_run_options(&command->other, spec, &options->other);
    options->other_follows = command->other.heap_bytes == 0;
    options->assertions = &command->assertions;
    options->go_on = go_on;
    options->ctx = command;
    if (options->condition == REDUCE_FAILURE && !command->failure) { /* a fragmented heap is worth more than a full one */
        options->fragmented = true;
        options->fragmented = command->fragmented || reduce_holds(trace, options);
    }
}

/* "a request fails on tlsf, 65536 B" */
static void describe(const struct reduction_command *command, uint32_t heap_bytes, uint32_t other_bytes, char *text, size_t size)
{
    const struct spec *spec = &command->specs.items[0];
    char what[512] = "a request fails";
    if (command->options.fragmented) {
        snprintf(what, sizeof what, "a request fails though as many bytes are free, in smaller holes");
    }
    if (command->divergence) {
        const uint32_t own = command->options.lane.arena_base != 0 ? command->options.lane.arena_base : HEAP_NOMINAL_BASE;
        const uint32_t its = command->options.other.arena_base != 0 ? command->options.other.arena_base : HEAP_NOMINAL_BASE;
        size_t used = (size_t)snprintf(what, sizeof what, "a block is placed otherwise than by %s in %" PRIu32 " B", command->other.spec.text, other_bytes);
        if (own != its) {
            snprintf(what + used, sizeof what - used, " at 0x%" PRIx32, its);
        }
    } else if (command->assertions.count != 0) {
        size_t used = 0;
        for (size_t i = 0; i < command->assertions.count && used < sizeof what; i++) {
            used += (size_t)snprintf(what + used, sizeof what - used, "%s%s", i == 0 ? "" : ", ", command->assertions.items[i].text);
        }
    }
    snprintf(text, size, "%s, with %s in %" PRIu32 " B", what, spec->text, heap_bytes);
}

static int report_not_held(const struct reduction_command *command, const struct reduce_result *result)
{
    char text[1024];
    describe(command, command->options.lane.heap_bytes, command->options.other.heap_bytes, text, sizeof text);
    fprintf(stderr, "heaplab reduce: does not hold on %s: %s%s\n", command->path, text, command->heap_bytes == 0 ? " (-s gives another heap)" : "");
    for (size_t i = 0; i < command->assertions.count; i++) {
        const struct assertion *assertion = &command->assertions.items[i];
        char value[32];
        score_format(assertion->score, score_counted(assertion->score, result->values), value, sizeof value);
        fprintf(stderr, "  %s: found %s %s\n", assertion->text, scores[assertion->score].name, value[0] == '\0' ? "without a value" : value);
    }
    if (!command->divergence && command->assertions.count == 0) {
        fprintf(stderr, command->options.fragmented ? "  found: no such failure in %" PRIu64 " events\n" : "  found: every one of %" PRIu64 " events is served\n",
                result->events_before);
    } else if (command->divergence) {
        fprintf(stderr, "  found: the same placements over %" PRIu64 " events\n", result->events_before);
    }
    return CLI_DIFFERS;
}

/* The command line that shows the condition on the result. */
static void make_shows(struct reduction_command *command, const struct reduce_result *result)
{
    const struct spec *spec = &command->specs.items[0];
    char *line = command->shows;
    const size_t size = sizeof command->shows;
    command_line_add(line, size, "heaplab");
    command_line_add(line, size, command->divergence ? "diff" : "replay");
    command_line_add(line, size, command->out);
    command_line_add_run(line, size, spec, result->heap_bytes, command->arena_base);
    if (command->divergence) {
        char against[256];
        size_t used = (size_t)snprintf(against, sizeof against, "%s@%" PRIu32, command->other.spec.text, result->other_bytes);
        if (command->other.arena_base != 0) {
            snprintf(against + used, sizeof against - used, "@base=0x%" PRIx32, command->other.arena_base);
        }
        command_line_add(line, size, "--against");
        command_line_add(line, size, against);
    } else if (command->assertions.count == 0) {
        command_line_add(line, size, "--strict");
    }
    for (size_t i = 0; i < command->assertions.count; i++) {
        command_line_add(line, size, "--assert");
        command_line_add(line, size, command->assertions.items[i].text);
    }
}

static int write_trace(const struct reduction_command *command, const struct trace *trace, const char *note)
{
    struct trace_error error;
    struct trace_header *header = trace_header_copy(trace_header_of(trace));
    if (header == NULL || !trace_header_set_note(header, note)) {
        trace_header_free(header);
        return cli_fail(CLI_RESOURCES, "out of memory");
    }
    struct trace_writer *writer = trace_writer_open(command->out, command->encoding, command->gzip, header, &error);
    trace_header_free(header);
    if (writer == NULL) {
        return cli_trace_fail(&error);
    }
    for (uint64_t i = 0; i < trace_count(trace); i++) {
        struct trace_event event;
        trace_get(trace, i, &event);
        (void)trace_writer_put(writer, &event); /* the first failure is told by close */
    }
    return trace_writer_close(writer, &error) == 0 ? CLI_DONE : cli_trace_fail(&error);
}

/* Read again and run again: what was written is what was found. */
static int check_written(const struct reduction_command *command, bool zero_keeps, const struct reduce_result *result)
{
    const struct cli_input whole = {0};
    struct reduce_options options = command->options;
    int code = CLI_DONE;
    struct trace *trace = cli_load(command->out, &whole, zero_keeps, &code);
    if (trace == NULL) {
        return code;
    }
    options.lane.heap_bytes = result->heap_bytes;
    options.other.heap_bytes = result->other_bytes;
    const bool holds = reduce_holds(trace, &options);
    trace_free(trace);
    return holds ? CLI_DONE : cli_fail(CLI_RESOURCES, "%s does not show what it was reduced to: please report '%s'", command->out, command->line);
}

static int print_report(const struct reduction_command *command, const struct reduce_result *result, const char *condition)
{
    const double seconds = (double)(cli_now_ms() - command->started_ms) / 1000;
    if (command->json) {
        cJSON *json = cli_json(cJSON_CreateObject);
        cJSON_AddStringToObject(json, "trace", command->path);
        cJSON_AddStringToObject(json, "output", command->out);
        cJSON_AddStringToObject(json, "condition", condition);
        cJSON_AddStringToObject(json, "policy", command->specs.items[0].text);
        cJSON_AddNumberToObject(json, "heap_bytes", result->heap_bytes);
        cJSON_AddItemToObject(json, "first_event", result->first_event != 0 ? cJSON_CreateNumber((double)result->first_event) : cJSON_CreateNull());
        cJSON_AddNumberToObject(json, "events_before", (double)result->events_before);
        cJSON_AddNumberToObject(json, "events_after", (double)result->events_after);
        cJSON_AddNumberToObject(json, "allocations_before", (double)result->lives_before);
        cJSON_AddNumberToObject(json, "allocations_after", (double)result->lives_after);
        cJSON_AddBoolToObject(json, "minimal", result->minimal);
        cJSON_AddNumberToObject(json, "runs", (double)result->runs);
        cJSON_AddNumberToObject(json, "events_run", (double)result->events_run);
        cJSON_AddNumberToObject(json, "seconds", seconds);
        cJSON_AddStringToObject(json, "command", command->shows);
        return cli_print_json(json, CLI_DONE);
    }
    printf("%s: %s\n", command->path, condition);
    if (result->first_event != 0) {
        printf("first at event %" PRIu64 " of %" PRIu64 "\n", result->first_event, result->events_before);
    }
    printf("%s: %" PRIu64 " of %" PRIu64 " events, %" PRIu64 " of %" PRIu64 " allocations; %" PRIu64 " runs, %.1f s\n", command->out, result->events_after,
           result->events_before, result->lives_after, result->lives_before, result->runs, seconds);
    puts(result->minimal ? "1-minimal: leave out any one allocation, realloc or free, and it no longer shows"
                         : "ended before it was known to be minimal: more may be left out");
    printf("shown by: %s\n", command->shows);
    return CLI_DONE;
}

/* A note must be UTF-8; a file's name need not be. */
static void only_ascii(char *text)
{
    for (; *text != '\0'; text++) {
        *text = (unsigned char)*text < 0x80 && (unsigned char)*text >= 0x20 ? *text : '?';
    }
}

static int reduce_and_write(struct reduction_command *command, const struct trace *trace, bool zero_keeps)
{
    char condition[1024], note[3584];
    struct reduce_result result;
    int error = HEAP_OK;
    set_runs(command, trace);
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND}, before;
    sigaction(SIGINT, &action, &before);
    cli_progress_start(&command->progress, "reducing");
    const bool ok = reduce_trace(trace, &command->options, &result, &error);
    cli_progress_end(&command->progress);
    sigaction(SIGINT, &before, NULL);
    int code = CLI_DONE;
    if (error != HEAP_OK) {
        return cli_lane_fail(&command->specs.items[0], command->options.lane.heap_bytes, error);
    }
    if (!ok && result.trace == NULL) {
        return cli_fail(CLI_RESOURCES, "out of memory");
    }
    if (!result.holds) {
        return report_not_held(command, &result);
    }
    make_shows(command, &result);
    describe(command, result.heap_bytes, result.other_bytes, condition, sizeof condition);
    snprintf(note, sizeof note, "%s; reduced from %" PRIu64 " events by: %s", condition, result.events_before, command->line);
    only_ascii(note);
    code = write_trace(command, result.trace, note);
    trace_free(result.trace);
    code = code == CLI_DONE ? check_written(command, zero_keeps, &result) : code;
    code = code == CLI_DONE ? print_report(command, &result, condition) : code;
    return code == CLI_DONE && !ok ? cli_fail(CLI_RESOURCES, "out of memory before the result was minimal") : code;
}

int cmd_reduce(int argc, char **argv)
{
    struct reduction_command *command = calloc(1, sizeof *command);
    if (command == NULL) {
        return cli_fail(CLI_RESOURCES, "out of memory");
    }
    int code = parse(command, argc, argv);
    command->started_ms = cli_now_ms();
    if (code < 0) {
        const bool zero_keeps = cli_any_faithful(&command->specs) || (command->other.spec.text[0] != '\0' && lane_is_faithful(&command->other.spec.options));
        struct trace *trace = cli_load_heap("reduce", command->path, &command->input, zero_keeps, &code);
        if (trace != NULL) {
            code = reduce_and_write(command, trace, zero_keeps);
            trace_free(trace);
        }
    }
    free(command);
    return code;
}
