/* cmd_sweep.c: policies x parameters x sizes x traces, on all cores and on many machines, resumable. The work is in sim/sweep. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "sweep_merge.h"
#include "sweep_output.h"
#include "sweep_run.h"

static const char help[] =
    "usage: heaplab sweep PLAN -o RESULTS [OPTIONS]\n"
    "       heaplab sweep TRACE… -p POLICIES -s SIZES -o RESULTS [OPTIONS]\n"
    "       heaplab sweep --merge RESULTS… [-o ALL] [OPTIONS]\n"
    "       heaplab sweep PLAN --emit slurm|parallel -n SHARDS [-o ALL]\n\n"
    "Runs every policy with every parameter on every size and trace of a plan (a JSON file: docs/SWEEP.md), on all cores. RESULTS gets a line\n"
    "of JSON a point as it is done; after a kill at any moment the same command goes on. At the end it is put in the order of the plan and\n"
    "shown as a table.\n\n"
    "  -o, --output FILE               where the results go; of --merge: all of them in one file\n"
    "  -p, --policy NAME[:key=value…]  without a plan: policies, by commas or repeated, or 'all'\n"
    "  -s, --heap-size SIZES           without a plan: by commas or repeated: 64K, 1.25x (of the peak payload), min (the smallest heap)\n"
    "      --min-heap, --safe-heap     without a plan: look for the smallest heap too; for the safe one as well\n"
    "      --arena-base ADDRESS        without a plan: where the heap's first byte lies (default 0x20000000)\n"
    "      --lenient                   without a plan: count errors of meaning in the traces instead of stopping at them\n"
    "      --metric NAMES              columns of table and CSV, by commas or repeated (default: the plan's, or the usual ones)\n"
    "      --csv FILE                  also as CSV (with all metrics, unless some are chosen); - is standard output, without the table\n"
    "      --markdown, --json          the table as Markdown; the records as a JSON array\n"
    "      --no-table                  no table\n"
    "      --shard K/N                 only the points of shard K of N (1 to N), chosen by the hash of their content\n"
    "      --merge                     the arguments are results of one plan (shards, copies): checks and joins them\n"
    "      --partial                   with --merge: points that are missing are no failure (else exit 1)\n"
    "      --emit slurm|parallel       print a script that runs the plan as shards (-n, --shards N) and merges them\n"
    "      --dry-run                   only list the points\n"
    "      --threads N                 at most N at once (default: all cores)\n"
    "      --memory BYTES              of traces in memory at once (default 1G)\n"
    "      --repair                    RESULTS has a damaged line: drop it and do its point again\n"
    "      --force                     RESULTS is begun anew, whatever stands there\n\n"
    "example: heaplab sweep traces/corpus/hub.jsonl.gz -p first_fit,tlsf -s 48K,1.25x -o hub.jsonl\n"
    "example: heaplab sweep --merge results.1.jsonl results.2.jsonl -o results.jsonl --csv results.csv\n";

enum { OPT_MIN = 256, OPT_SAFE, OPT_BASE, OPT_LENIENT, OPT_METRIC, OPT_CSV, OPT_MARKDOWN, OPT_JSON, OPT_NO_TABLE, OPT_SHARD, OPT_MERGE, OPT_PARTIAL,
       OPT_EMIT, OPT_DRY, OPT_THREADS, OPT_MEMORY, OPT_REPAIR, OPT_FORCE, OPT_HELP };

static const struct option long_options[] = {
    {"output", required_argument, NULL, 'o'},        {"policy", required_argument, NULL, 'p'},       {"heap-size", required_argument, NULL, 's'},
    {"shards", required_argument, NULL, 'n'},        {"min-heap", no_argument, NULL, OPT_MIN},       {"safe-heap", no_argument, NULL, OPT_SAFE},
    {"arena-base", required_argument, NULL, OPT_BASE}, {"lenient", no_argument, NULL, OPT_LENIENT},  {"metric", required_argument, NULL, OPT_METRIC},
    {"csv", required_argument, NULL, OPT_CSV},       {"markdown", no_argument, NULL, OPT_MARKDOWN},  {"json", no_argument, NULL, OPT_JSON},
    {"no-table", no_argument, NULL, OPT_NO_TABLE},   {"shard", required_argument, NULL, OPT_SHARD},  {"merge", no_argument, NULL, OPT_MERGE},
    {"partial", no_argument, NULL, OPT_PARTIAL},     {"emit", required_argument, NULL, OPT_EMIT},    {"dry-run", no_argument, NULL, OPT_DRY},
    {"threads", required_argument, NULL, OPT_THREADS}, {"memory", required_argument, NULL, OPT_MEMORY}, {"repair", no_argument, NULL, OPT_REPAIR},
    {"force", no_argument, NULL, OPT_FORCE},         {"help", no_argument, NULL, OPT_HELP},          {NULL, 0, NULL, 0}};

#define MOST_SHARDS 1000000u

struct command {
    struct sweep_plan plan;      /* of the options; a plan file is read into it */
    struct sweep_plan metrics;   /* its metrics alone: of --metric */
    struct sweep_options options;
    const char *output, *csv, *emit;
    uint32_t shards;             /* of -n */
    enum sweep_style style;
    enum sweep_log_mode mode;
    bool merge, partial, dry_run, of_options; /* of_options: something that only goes without a plan was given */
};

/* ---- options ---- */

static int bad_part(const char *option, const struct sweep_error *error)
{
    return cli_usage("sweep", "%s: %s", option, error->text);
}

/* "K/N" */
static bool parse_shard(const char *text, uint32_t *shard, uint32_t *shards)
{
    char *end = NULL;
    const unsigned long k = strtoul(text, &end, 10), n = *end == '/' && end[1] >= '0' && end[1] <= '9' ? strtoul(end + 1, &end, 10) : 0;
    *shard = (uint32_t)k;
    *shards = (uint32_t)n;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && k >= 1 && k <= n && n <= MOST_SHARDS;
}

/* What says what to run, in place of a plan. -1, or an exit code. */
static int take_plan_option(struct command *command, int option)
{
    struct sweep_error error = {0};
    command->of_options = true;
    switch (option) {
    case 'p': return sweep_plan_add_policies(&command->plan, optarg, &error) ? -1 : bad_part("-p", &error);
    case 's': return sweep_plan_add_sizes(&command->plan, optarg, &error) ? -1 : bad_part("-s", &error);
    case OPT_MIN: command->plan.min_heap = true; return -1;
    case OPT_SAFE: command->plan.safe_heap = true; return -1;
    case OPT_LENIENT: command->plan.lenient = true; return -1;
    default: return cli_parse_base("sweep", optarg, &command->plan.arena_base) ? -1 : CLI_USAGE;
    }
}

static int take_style(struct command *command, enum sweep_style style)
{
    if (command->style != SWEEP_TEXT && command->style != style) {
        return cli_usage("sweep", "--markdown, --json and --no-table: one of them at a time");
    }
    command->style = style;
    return -1;
}

static int take_option(struct command *command, int option)
{
    struct sweep_error error = {0};
    uint64_t number = 0;
    switch (option) {
    case 'o': command->output = optarg; return -1;
    case OPT_METRIC: return sweep_plan_add_metrics(&command->metrics, optarg, &error) ? -1 : bad_part("--metric", &error);
    case OPT_CSV: command->csv = optarg; return -1;
    case OPT_MARKDOWN: return take_style(command, SWEEP_MARKDOWN);
    case OPT_JSON: return take_style(command, SWEEP_JSON);
    case OPT_NO_TABLE: return take_style(command, SWEEP_NO_TABLE);
    case OPT_SHARD:
        return parse_shard(optarg, &command->options.shard, &command->options.shards)
                   ? -1 : cli_usage("sweep", "--shard %s: expected K/N with 1 <= K <= N <= %u", optarg, MOST_SHARDS);
    case OPT_MERGE: command->merge = true; return -1;
    case OPT_PARTIAL: command->partial = true; return -1;
    case OPT_EMIT:
        command->emit = optarg;
        return strcmp(optarg, "slurm") == 0 || strcmp(optarg, "parallel") == 0 ? -1 : cli_usage("sweep", "--emit %s: expected slurm or parallel",
                optarg);
    case 'n':
        command->shards = cli_parse_count(optarg, MOST_SHARDS, &number) ? (uint32_t)number : 0;
        return command->shards != 0 ? -1 : cli_usage("sweep", "-n %s: expected a number of shards from 1 to %u", optarg, MOST_SHARDS);
    case OPT_DRY: command->dry_run = true; return -1;
    case OPT_THREADS:
        command->options.threads = cli_parse_count(optarg, 1024, &number) ? (size_t)number : 0;
        return command->options.threads != 0 ? -1 : cli_usage("sweep", "--threads %s: expected a number from 1 to 1024", optarg);
    case OPT_MEMORY:
        return spec_parse_size(optarg, &command->options.budget_bytes) && command->options.budget_bytes != 0
                   ? -1 : cli_usage("sweep", "--memory %s: expected a size (512M, 4G, …)", optarg);
    case OPT_REPAIR: command->mode = SWEEP_LOG_REPAIR; return -1;
    case OPT_FORCE: command->mode = SWEEP_LOG_ANEW; return -1;
    case OPT_HELP: fputs(help, stdout); return CLI_DONE;
    case 'p': case 's': case OPT_MIN: case OPT_SAFE: case OPT_BASE: case OPT_LENIENT: return take_plan_option(command, option);
    default: return cli_option_refused("sweep");
    }
}

static int parse(struct command *command, int argc, char **argv)
{
    int option = 0, code = -1;
    while (code < 0 && (option = getopt_long(argc, argv, "o:p:s:n:", long_options, NULL)) != -1) {
        code = take_option(command, option);
    }
    if (code >= 0) {
        return code;
    }
    const bool runs = !command->merge && command->emit == NULL && !command->dry_run;
    if (optind == argc) {
        return cli_usage("sweep", command->merge ? "no results given" : "no plan and no traces given");
    }
    if (runs && command->output == NULL) {
        return cli_usage("sweep", "no file for the results given (-o)");
    }
    if (command->merge && (command->of_options || command->options.shards != 0 || command->emit != NULL || command->dry_run)) {
        return cli_usage("sweep", "--merge takes results: no plan, policies, sizes, shard, --emit or --dry-run");
    }
    if ((command->shards != 0) != (command->emit != NULL)) {
        return cli_usage("sweep", command->emit != NULL ? "--emit: how many shards? (-n)" : "-n: only with --emit; one shard of N is run by "
                         "--shard K/N");
    }
    if (command->partial && !command->merge) {
        return cli_usage("sweep", "--partial: only with --merge");
    }
    if (command->emit != NULL && (command->of_options || optind + 1 != argc)) {
        return cli_usage("sweep", "--emit takes one plan file");
    }
    if (!command->merge && !command->of_options && optind + 1 != argc) {
        return cli_usage("sweep", "one plan at a time; with traces, say which policies (-p)");
    }
    return -1;
}

static int fail(const struct sweep_error *error)
{
    fprintf(stderr, "heaplab sweep: %s\n", error->text);
    return error->exit_code;
}

static bool is_trace(const char *path)
{
    struct trace_error problem;
    struct trace_reader *reader = trace_reader_open(path, NULL, &problem);
    trace_reader_close(reader);
    return reader != NULL;
}

/* The plan, from its file or from options. */
static bool take_plan(struct command *command, int argc, char **argv, struct sweep_error *error)
{
    bool ok = true;
    if (!command->of_options) {
        ok = sweep_plan_read(&command->plan, argv[optind], error);
        if (!ok && is_trace(argv[optind])) {
            (void)sweep_fail(error, SWEEP_USAGE, "%s: found a trace, expected a plan; for traces say which policies (-p)", argv[optind]);
        }
        return ok;
    }
    for (int i = optind; i < argc && ok; i++) {
        ok = strcmp(argv[i], "-") != 0 || sweep_fail(error, SWEEP_USAGE, "-: a sweep reads its traces more than once, expected files");
        ok = ok && sweep_plan_add_trace(&command->plan, "", argv[i], false, error);
    }
    return ok && ((command->plan.spec_count != 0 || sweep_plan_add_policies(&command->plan, "all", error)) && sweep_plan_complete(&command->plan,
            error));
}

/* ---- progress and signals ---- */

static struct {
    struct sweep sweep;
    struct sweep_log log;
    bool log_open;
    struct cli_progress line;
    const char *output;
} running;

static volatile sig_atomic_t signal_seen, signal_count;

/* The main thread ends the process within a tick. A signal may come twice at once (timeout(1) sends it so); who insists does not wait. */
static void on_signal(int number)
{
    if (++signal_count > 2) {
        (void)signal(number, SIG_DFL);
        (void)raise(number);
    }
    signal_seen = number;
    atomic_store(&running.sweep.stop, true);
}

static void watch_signals(bool on)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct sigaction old, action = {.sa_flags = SA_RESTART};
        action.sa_handler = on ? on_signal : SIG_DFL;
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) {
            (void)sigaction(numbers[i], &action, NULL); /* nohup's choice stands */
        }
    }
}

/* The threads may be in the middle of long runs: those are dropped, what is in the file is safe, and the process ends by the signal. */
static void end_by_signal(void)
{
    cli_progress_end(&running.line);
    if (running.log_open) {
        const bool safe = sweep_log_freeze(&running.log);
        fprintf(stderr, "heaplab sweep: interrupted; %s has %zu of %zu points%s; the same command goes on\n", running.output,
                running.log.results.done,
                running.sweep.points.count, safe ? "" : " (but not all of them may be on the disk)");
    }
    (void)signal((int)signal_seen, SIG_DFL);
    (void)raise((int)signal_seen);
}

static void format_left(double seconds, char *text, size_t size)
{
    const uint64_t whole = seconds < 0 || seconds > 1e9 ? 0 : (uint64_t)seconds;
    if (seconds < 0) {
        snprintf(text, size, "…");
    } else if (whole < 120) {
        snprintf(text, size, "%" PRIu64 " s left", whole);
    } else if (whole < 7200) {
        snprintf(text, size, "%" PRIu64 " min left", whole / 60);
    } else {
        snprintf(text, size, "%" PRIu64 " h %" PRIu64 " min left", whole / 3600, whole / 60 % 60);
    }
}

static void show(void *ctx, const struct sweep_progress *progress)
{
    struct cli_progress *line = ctx;
    const uint64_t now = cli_now_ms();
    if (signal_seen != 0) {
        end_by_signal();
    }
    if (now - line->started_ms < 1000 || now - line->last_ms < 100 || !isatty(STDERR_FILENO)) {
        return;
    }
    char left[48];
    line->last_ms = now;
    line->shown = true;
    format_left(progress->seconds_left, left, sizeof left);
    if (progress->trace == NULL) {
        fprintf(stderr, "\rreading traces  %zu of %zu \033[K", progress->done, progress->all);
    } else {
        fprintf(stderr, "\rsweep  %zu of %zu points  %.1f points/s  %s  %.60s %.40s \033[K", progress->done, progress->all,
                progress->points_per_second, left,
                progress->trace, progress->policy);
    }
}

static void tell_loaded(void *ctx, const char *path, const struct trace *trace)
{
    const struct trace_error *kept = NULL;
    size_t kept_count = 0;
    (void)ctx;
    const uint64_t anomalies = trace_anomalies(trace, &kept, &kept_count);
    cli_print_anomalies(anomalies, kept, kept_count);
    cli_print_import(path, trace_import_lost(trace));
}

/* ---- results ---- */

static const struct sweep_plan *columns(const struct command *command)
{
    return command->metrics.metric_count != 0 ? &command->metrics : &command->plan;
}

/* CSV and the table. */
static int print_results(const struct command *command, const struct sweep_results *results)
{
    const struct sweep_plan *chosen = columns(command);
    if (command->csv != NULL) {
        struct cli_output output;
        if (!cli_output_open(&output, command->csv)) {
            return CLI_RESOURCES;
        }
        const bool ok = sweep_print_csv(results, chosen->metrics, chosen->metric_count, output.file);
        if (!cli_output_close(&output, ok) || !ok) {
            return ok ? CLI_RESOURCES : cli_fail(CLI_RESOURCES, "cannot read the results again");
        }
    }
    if (command->csv != NULL && strcmp(command->csv, "-") == 0) {
        return CLI_DONE;
    }
    return sweep_print(results, command->style, chosen->metrics, chosen->metric_count, stdout) ? CLI_DONE : cli_fail(CLI_RESOURCES,
            "cannot read the results again");
}

static int merge(const struct command *command, int argc, char **argv)
{
    struct sweep_error error = {0};
    struct sweep_merge merge;
    char missing[2048];
    if (!sweep_merge_open(&merge, argv + optind, (size_t)(argc - optind), &error)) {
        sweep_merge_close(&merge);
        return fail(&error);
    }
    int code = CLI_DONE;
    sweep_merge_missing(&merge.results, missing, sizeof missing);
    if (missing[0] != '\0') {
        fprintf(stderr, "heaplab sweep: %s%s\n", missing, command->partial ? "" : " (--partial goes on without them)");
        code = command->partial ? CLI_DONE : CLI_DIFFERS;
    }
    if (code == CLI_DONE && command->output != NULL) {
        struct cli_output output;
        bool ok = cli_output_open(&output, command->output);
        if (ok) {
            const bool written = sweep_results_write(&merge.results, output.file);
            ok = cli_output_close(&output, written) && (written || cli_fail(0, "cannot read the results again"));
        }
        code = ok ? CLI_DONE : CLI_RESOURCES;
    }
    const bool table_too = command->output == NULL || strcmp(command->output, "-") != 0;
    if (code == CLI_DONE && table_too) {
        code = print_results(command, &merge.results);
    }
    sweep_merge_close(&merge);
    return code;
}

static void list_points(const struct command *command, const struct sweep *sweep)
{
    const struct sweep_points *points = &sweep->points;
    for (size_t i = 0; i < points->count; i++) {
        const struct sweep_point *point = &points->items[i];
        if (command->options.shards == 0 || sweep_point_in_shard(points, i, command->options.shard, command->options.shards)) {
            printf("%016" PRIx64 "  %s  %s  %s", point->key, points->traces[point->trace].path, points->policies[point->policy],
                   points->sizes[point->size].text);
            if (point->heap_bytes != 0 && points->sizes[point->size].kind != SWEEP_SIZE_BYTES) {
                printf(" = %" PRIu32, point->heap_bytes);
            }
            putchar('\n');
        }
    }
    printf("%zu points: %zu traces, %zu policies, %zu sizes", points->count, points->trace_count, points->policy_count, points->size_count);
    if (command->options.shards != 0) {
        printf("; %zu in shard %" PRIu32 " of %" PRIu32, sweep_count(sweep, NULL), command->options.shard, command->options.shards);
    }
    putchar('\n');
}

/* ---- running ---- */

static void tell_opened(const struct command *command, const struct sweep_log *log, size_t to_do)
{
    if (log->torn_bytes != 0) {
        fprintf(stderr, "note: %s: a torn last line of %" PRIu64 " bytes is dropped\n", command->output, log->torn_bytes);
    }
    if (log->damaged_lines != 0) {
        fprintf(stderr, "note: %s: %" PRIu64 " damaged lines are dropped\n", command->output, log->damaged_lines);
    }
    if (log->results.done != 0) {
        fprintf(stderr, "note: %s: %zu points are there already, %zu to do\n", command->output, log->results.done, to_do);
    }
}

static int run_log(const struct command *command)
{
    struct sweep_error error = {0};
    struct sweep *sweep = &running.sweep;
    struct sweep_log *log = &running.log;
    const size_t to_do = sweep_count(sweep, log);
    tell_opened(command, log, to_do);
    cli_progress_start(&running.line, "sweep");
    bool ok = sweep_run(sweep, log, &error);
    cli_progress_end(&running.line);
    if (signal_seen != 0) {
        end_by_signal();
    }
    watch_signals(false);
    ok = ok && sweep_log_finish(log, &error);
    if (!ok) {
        (void)sweep_log_checkpoint(log);
        return fail(&error);
    }
    const size_t all = sweep->points.count;
    if (log->results.done == all) {
        return print_results(command, &log->results);
    }
    fprintf(stderr, "shard %" PRIu32 " of %" PRIu32 ": %s has %zu of %zu points; heaplab sweep --merge joins the shards\n", command->options.shard,
            command->options.shards, command->output, log->results.done, all);
    return CLI_DONE;
}

static int run(struct command *command)
{
    struct sweep_error error = {0};
    command->options.program = "heaplab " HEAPLAB_VERSION;
    command->options.tick = show;
    command->options.loaded = tell_loaded;
    command->options.ctx = &running.line;
    running.output = command->output;
    (void)signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is reported like a full disk */
    watch_signals(true);
    cli_progress_start(&running.line, "reading");
    const bool opened = sweep_open(&running.sweep, &command->plan, &command->options, &error);
    cli_progress_end(&running.line);
    if (signal_seen != 0) {
        end_by_signal();
    }
    int code = CLI_DONE;
    if (!opened) {
        code = fail(&error);
    } else if (command->dry_run) {
        list_points(command, &running.sweep);
    } else if (!sweep_log_open(&running.log, command->output, &running.sweep.points, command->mode, &error)) {
        code = fail(&error);
        sweep_log_close(&running.log);
    } else {
        running.log_open = true;
        code = run_log(command);
        running.log_open = false;
        sweep_log_close(&running.log);
    }
    sweep_close(&running.sweep);
    return code;
}

int cmd_sweep(int argc, char **argv)
{
    struct command command = {0};
    struct sweep_error error = {0};
    int code = parse(&command, argc, argv);
    if (code < 0 && command.merge) {
        code = merge(&command, argc, argv);
    } else if (code < 0 && !take_plan(&command, argc, argv, &error)) {
        code = fail(&error);
    } else if (code < 0 && command.emit != NULL) {
        const struct sweep_plan *chosen = columns(&command);
        code = sweep_emit(&(struct sweep_emit){command.emit, argv[optind], command.output, command.shards, chosen->metrics, chosen->metric_count});
    } else if (code < 0) {
        code = run(&command);
    }
    sweep_plan_free(&command.plan);
    sweep_plan_free(&command.metrics);
    return code;
}
