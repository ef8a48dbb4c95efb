/* cmd_bench.c: every figure of this program on this machine, as one table. The measuring is sim/bench's; the table is bench_table.c's. */
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench_table.h"
#include "cli.h"

static const char help[] =
    "usage: heaplab bench [TRACE…] [OPTIONS]\n\n"
    "How fast everything is, here: one table, each figure beside a named peer that was measured in the same run, and beside its goal.\n"
    "Without traces, on a workload that is made for it. A few minutes; a busy machine misleads, and is warned of.\n\n"
    "      --only NAME,…               these figures alone; repeated or by commas\n"
    "      --list                      the names, and what they measure\n"
    "      --board                     also instructions an operation on a Cortex-M3 (needs the firmware and QEMU)\n"
    "  -p, --policy NAME[:key=value…]  the policies that are run, by commas or repeated; 'all'\n"
    "                                  (default tlsf, first_fit, best_fit, next_fit, worst_fit, buddy)\n"
    "  -s, --heap-size BYTES           the heap of 'replay', 'seek' and 'board' (default 2.5 x the peak payload; seek: 1M and 64M)\n"
    "      --rounds N                  the best of N times, 1 to 100 (default 5)\n"
    "      --events N                  events of the run in which 'seek' jumps (default 10000000)\n"
    "      --gigabytes N               of JSONL that 'stream' replays (default 0.25)\n"
    "      --quick                     seconds instead of minutes: shows that it works, not how fast it is\n"
    "      --json                      as JSON\n"
    "      --markdown                  as a Markdown table\n\n"
    "A goal that is not met is a result, no error: exit 0.\n\n"
    "example: heaplab bench --only json,replay --rounds 3\n"
    "example: heaplab bench traces/corpus/lua.jsonl.gz --only replay -p all\n";

enum { OPT_ONLY = 256, OPT_LIST, OPT_BOARD, OPT_ROUNDS, OPT_EVENTS, OPT_GIGABYTES, OPT_QUICK, OPT_JSON, OPT_MARKDOWN, OPT_HELP };

static const struct option long_options[] = {
    {"only", required_argument, NULL, OPT_ONLY},     {"list", no_argument, NULL, OPT_LIST},
    {"board", no_argument, NULL, OPT_BOARD},         {"policy", required_argument, NULL, 'p'},
    {"heap-size", required_argument, NULL, 's'},     {"rounds", required_argument, NULL, OPT_ROUNDS},
    {"events", required_argument, NULL, OPT_EVENTS}, {"gigabytes", required_argument, NULL, OPT_GIGABYTES},
    {"quick", no_argument, NULL, OPT_QUICK},         {"json", no_argument, NULL, OPT_JSON},
    {"markdown", no_argument, NULL, OPT_MARKDOWN},   {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0}};

enum { MOST_GROUPS = 32 };

struct bench {
    struct spec_list specs;
    bool wanted[MOST_GROUPS], some_named, board, quick;
    enum bench_style style;
    uint64_t rounds, events; /* 0: the default */
    uint32_t heap_bytes;     /* 0: the default */
    double gigabytes;        /* 0: the default */
    struct bench_subject *subjects;
    size_t subject_count;
    char again[8192];        /* options and traces, as a command that repeats a figure needs them */
};

/* ---- options ---- */

static int take_names(struct bench *bench)
{
    const char *at = optarg;
    while (true) {
        const size_t length = strcspn(at, ",");
        size_t group = 0;
        while (group < bench_group_count && (strlen(bench_groups[group].name) != length || strncmp(bench_groups[group].name, at, length) != 0)) {
            group++;
        }
        if (group == bench_group_count) {
            return cli_usage("bench", "--only: no figures are named '%.*s': 'heaplab bench --list' shows the names", (int)length, at);
        }
        bench->wanted[group] = true;
        bench->some_named = true;
        if (at[length] == '\0') {
            return -1;
        }
        at += length + 1;
    }
}

/* A whole number from 1 to `most`. */
static int take_number(const char *option, uint64_t most, uint64_t *number)
{
    uint64_t value = 0;
    if (!spec_parse_size(optarg, &value) || value < 1 || value > most) {
        return cli_usage("bench", "%s %s: expected a number from 1 to %" PRIu64, option, optarg, most);
    }
    *number = value;
    return -1;
}

static int take_gigabytes(struct bench *bench)
{
    char *end = NULL;
    bench->gigabytes = strtod(optarg, &end);
    const bool good = end != optarg && *end == '\0' && bench->gigabytes >= 0.001 && bench->gigabytes <= 1000;
    return good ? -1 : cli_usage("bench", "--gigabytes %s: expected a number from 0.001 to 1000", optarg);
}

static int list_groups(void)
{
    for (size_t i = 0; i < bench_group_count; i++) {
        printf("%-10s %s%s\n", bench_groups[i].name, bench_groups[i].what,
               bench_groups[i].asked_only ? " (only where it is named, or with --board)" : "");
    }
    return CLI_DONE;
}

static int take_style(struct bench *bench, enum bench_style style)
{
    if (bench->style != BENCH_TEXT && bench->style != style) {
        return cli_usage("bench", "--json and --markdown exclude each other");
    }
    bench->style = style;
    return -1;
}

/* -1: go on; else the exit code. */
static int take_option(struct bench *bench, int option)
{
    char why[1024];
    switch (option) {
    case 'p': return spec_parse(&bench->specs, optarg, why, sizeof why) ? -1 : cli_usage("bench", "-p %s: %s", optarg, why);
    case 's': return cli_parse_heap("bench", optarg, &bench->heap_bytes) ? -1 : CLI_USAGE;
    case OPT_ONLY: return take_names(bench);
    case OPT_LIST: return list_groups();
    case OPT_BOARD: bench->board = true; return -1;
    case OPT_ROUNDS: return take_number("--rounds", 100, &bench->rounds);
    case OPT_EVENTS: return take_number("--events", UINT64_C(1000000000), &bench->events);
    case OPT_GIGABYTES: return take_gigabytes(bench);
    case OPT_QUICK: bench->quick = true; return -1;
    case OPT_JSON: return take_style(bench, BENCH_JSON);
    case OPT_MARKDOWN: return take_style(bench, BENCH_MARKDOWN);
    case OPT_HELP: fputs(help, stdout); return CLI_DONE;
    default: return cli_option_refused("bench");
    }
}

static void __attribute__((format(printf, 2, 3))) remember(struct bench *bench, const char *format, ...)
{
    const size_t used = strlen(bench->again);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(bench->again + used, sizeof bench->again - used, format, arguments);
    va_end(arguments);
}

/* As a shell takes it. */
static void remember_path(struct bench *bench, const char *path)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./,:+=@%-";
    const char *const before = path[0] == '-' ? "./" : ""; /* no option */
    if (path[strspn(path, plain)] == '\0') {
        remember(bench, " %s%s", before, path);
        return;
    }
    remember(bench, " '%s", before);
    for (const char *at = path; *at != '\0'; at++) {
        remember(bench, *at == '\'' ? "'\\''" : "%c", *at);
    }
    remember(bench, "'");
}

/* What was given, but for what chooses figures and their form. */
static void remember_options(struct bench *bench, int argc, char **argv)
{
    for (size_t i = 0; i < bench->specs.count; i++) {
        remember(bench, "%s%s", i == 0 ? " -p " : ",", bench->specs.items[i].text);
    }
    if (bench->heap_bytes != 0) {
        remember(bench, " -s %" PRIu32, bench->heap_bytes);
    }
    if (bench->rounds != 0) {
        remember(bench, " --rounds %" PRIu64, bench->rounds);
    }
    if (bench->events != 0) {
        remember(bench, " --events %" PRIu64, bench->events);
    }
    if (bench->gigabytes > 0) {
        remember(bench, " --gigabytes %g", bench->gigabytes);
    }
    remember(bench, "%s", bench->quick ? " --quick" : "");
    for (int i = optind; i < argc; i++) {
        remember_path(bench, argv[i]);
    }
}

static int parse(struct bench *bench, int argc, char **argv)
{
    char why[1024];
    int option = 0;
    while ((option = getopt_long(argc, argv, "p:s:", long_options, NULL)) != -1) {
        const int code = take_option(bench, option);
        if (code >= 0) {
            return code;
        }
    }
    remember_options(bench, argc, argv);
    if (bench->specs.count == 0) {
        (void)spec_parse(&bench->specs, "tlsf,first_fit,best_fit,next_fit,worst_fit,buddy", why, sizeof why);
    }
    for (size_t i = 0; i < bench_group_count; i++) {
        const bool usual = !bench->some_named && !bench_groups[i].asked_only;
        bench->wanted[i] = bench->wanted[i] || usual || (bench->board && bench_groups[i].asked_only);
    }
    return -1;
}

/* ---- the traces ---- */

static int load_subjects(struct bench *bench, int count, char **paths)
{
    bench->subjects = calloc((size_t)count + 1, sizeof *bench->subjects);
    if (bench->subjects == NULL) {
        return cli_fail(CLI_RESOURCES, "out of memory");
    }
    for (int i = 0; i < count; i++) {
        const struct cli_input whole = {0};
        int code = CLI_DONE;
        if (strcmp(paths[i], "-") == 0) {
            return cli_usage("bench", "a trace from standard input cannot be read again and again: write it to a file");
        }
        struct trace *trace = cli_load(paths[i], &whole, false, &code);
        if (trace == NULL) {
            return code;
        }
        bench->subjects[bench->subject_count++] = (struct bench_subject){paths[i], trace};
        if (trace_count(trace) == 0) {
            return cli_fail(CLI_BAD_INPUT, "%s: there are no events in it to measure with", paths[i]);
        }
    }
    return CLI_DONE;
}

/* ---- the run ---- */

static void show(void *ctx, const char *what)
{
    (void)ctx;
    if (isatty(STDERR_FILENO)) {
        fprintf(stderr, "\r%s\033[K", what);
    }
}

static void warn(const struct bench_machine *machine)
{
    if (!machine->release) {
        fprintf(stderr, "warning: this is no release build (%s): its figures say nothing about one\n", machine->build);
    }
    if (machine->load_average > 0.5 * machine->cores) {
        fprintf(stderr, "warning: the machine is busy (load %.2f on %u cores): its figures mislead\n", machine->load_average, machine->cores);
    }
}

static int measure(const struct bench *bench)
{
    struct bench_machine machine;
    struct bench_report report = {0};
    const struct bench_plan plan = {.subjects = bench->subjects,
                                    .subject_count = bench->subject_count,
                                    .specs = &bench->specs,
                                    .rounds = (uint32_t)(bench->rounds != 0 ? bench->rounds : bench->quick ? 1 : 5),
                                    .heap_bytes = bench->heap_bytes,
                                    .quick = bench->quick,
                                    .seek_events = bench->events != 0 ? bench->events : bench->quick ? 20000 : 10000000,
                                    .gigabytes = bench->gigabytes > 0 ? bench->gigabytes : bench->quick ? 0.01 : 0.25,
                                    .progress = show};
    bench_machine_read(&machine);
    warn(&machine);
    for (size_t i = 0; i < bench_group_count; i++) {
        if (bench->wanted[i]) {
            bench_groups[i].run(&plan, &bench_groups[i], &report);
        }
    }
    if (isatty(STDERR_FILENO)) {
        fputs("\r\033[K", stderr);
    }
    const struct bench_table table = {&machine, &plan, &report, bench->again};
    const int code = report.out_of_memory ? cli_fail(CLI_RESOURCES, "out of memory") : bench_table_print(&table, bench->style);
    bench_report_free(&report);
    return code;
}

int cmd_bench(int argc, char **argv)
{
    struct bench *bench = calloc(1, sizeof *bench);
    if (bench == NULL) {
        return cli_fail(CLI_RESOURCES, "out of memory");
    }
    int code = parse(bench, argc, argv);
    if (code < 0) {
        code = load_subjects(bench, argc - optind, argv + optind);
        code = code == CLI_DONE ? measure(bench) : code;
    }
    for (size_t i = 0; i < bench->subject_count; i++) {
        trace_free(bench->subjects[i].trace);
    }
    free(bench->subjects);
    free(bench);
    return code;
}
