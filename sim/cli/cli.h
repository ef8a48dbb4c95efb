/* cli.h: what every command shares: exit codes, messages, progress, loading a trace, output files. */
#ifndef HEAPLAB_CLI_H
#define HEAPLAB_CLI_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <cjson/cJSON.h>

#include "spec.h"
#include "trace.h"
#include "trace_output.h"

enum cli_exit {
    CLI_DONE = 0,
    CLI_DIFFERS = 1,   /* the condition asked for does not hold */
    CLI_USAGE = 2,
    CLI_BAD_INPUT = 3,
    CLI_RESOURCES = 4
};

/* Every command: argv[0] is its name; its result is the exit code. */
int cmd_replay(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_minheap(int argc, char **argv);
int cmd_reduce(int argc, char **argv);
int cmd_sweep(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_record(int argc, char **argv);
int cmd_convert(int argc, char **argv);
int cmd_policies(int argc, char **argv);
int cmd_view(int argc, char **argv);
int cmd_board(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_bench(int argc, char **argv);

/* The pointer to --help behind what getopt_long has said of an option; returns CLI_USAGE. */
int cli_option_refused(const char *command);

/* "heaplab COMMAND: message" on standard error; returns CLI_USAGE, with a pointer to --help. */
int cli_usage(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "heaplab: message" on standard error; returns `code`. */
int cli_fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints a trace's error and returns its exit code. */
int cli_trace_fail(const struct trace_error *error);

/* Lists what --lenient passed over. */
void cli_print_anomalies(uint64_t count, const struct trace_error *kept, size_t kept_count);

/* Says what an import lost; nothing where `note` is NULL. */
void cli_print_import(const char *path, const char *note);

/* A line on a terminal's standard error for work over a second: "replaying  43 %". Nothing where stderr is no terminal. */
struct cli_progress {
    const char *what;
    uint64_t started_ms, last_ms;
    uint64_t all; /* cli_progress_tick's: set by the caller */
    bool shown;
};
void cli_progress_start(struct cli_progress *progress, const char *what);
void cli_progress_show(struct cli_progress *progress, uint64_t done, uint64_t all); /* cheap: looks at the clock */
void cli_progress_tick(void *progress, size_t done);                               /* the same, as jobs_run takes it: of progress->all */
void cli_progress_end(struct cli_progress *progress);                              /* clears the line */
bool cli_progress_reading(void *progress, uint64_t done_bytes, uint64_t all_bytes); /* cli_progress_show, as trace_options.skipping takes it */

/* What every command that reads traces takes: which part of them, and how strictly. All zero: all of it, strictly. */
struct cli_input {
    bool lenient;
    struct trace_selection selection;
};

/* Their numbers for getopt_long, apart from every command's own. */
enum { CLI_OPT_LENIENT = 4096, CLI_OPT_FROM, CLI_OPT_TO, CLI_OPT_HEAP };

/* Lines of a command's `struct option` table (getopt.h), and of its help. */
#define CLI_INPUT_OPTIONS                                                                               \
    {"from", required_argument, NULL, CLI_OPT_FROM}, {"to", required_argument, NULL, CLI_OPT_TO},       \
    {"heap", required_argument, NULL, CLI_OPT_HEAP}, {"lenient", no_argument, NULL, CLI_OPT_LENIENT}
#define CLI_INPUT_HELP                                                                                                           \
    "      --from X, --to Y            only the events from X to Y, each an event's number (from 1), t=TIME, or mark=NAME (the\n"  \
    "                                  second: mark=NAME#2; --to ends before its mark); the blocks alive at X come first\n"       \
    "      --heap NAME|INDEX           only the events of this one of the trace's heaps\n"                                       \
    "      --lenient                   count errors of meaning in the trace instead of stopping at them\n"

/* Takes one of these options (`value`: optarg), as the default case of a command's switch: -1 if it was taken; else CLI_USAGE after
 * printing why (getopt_long has already told of an option that nobody knows). */
int cli_take_input_option(const char *command, int option, const char *value, struct cli_input *input);

/* The options to open `path` with; `input` must outlive the reader. */
struct trace_options cli_trace_options(const char *path, const struct cli_input *input);

/* Says which part of the trace was read; nothing where `selected` is NULL. */
void cli_print_selected(const char *path, const struct trace_selected *selected, const struct trace_header *header);

/* Loads a trace with progress; says what part of it, what --lenient passed over and what an import lost. NULL after printing why,
 * *exit_code set. `zero_keeps`: as trace_options has it. */
struct trace *cli_load(const char *path, const struct cli_input *input, bool zero_keeps, int *exit_code);

/* The same for a command that runs one heap: a trace with events of several is refused (CLI_USAGE), after naming them. */
struct trace *cli_load_heap(const char *command, const char *path, const struct cli_input *input, bool zero_keeps, int *exit_code);

/* Is one of the policies a faithful replica? Then the trace is read with zero_keeps. */
bool cli_any_faithful(const struct spec_list *specs);

/* Decimal digits: 1 … most. False: it is anything else; says nothing. */
bool cli_parse_count(const char *text, uint64_t most, uint64_t *count);

/* A text as a field of CSV (RFC 4180): in quotes, or in quotes only where it has what separates. */
void cli_put_csv_quoted(FILE *file, const char *text);
void cli_put_csv(FILE *file, const char *text);

/* "-s 64K" into a heap size; false after printing why. */
bool cli_parse_heap(const char *command, const char *text, uint32_t *bytes);

/* "--arena-base 0x20000000" into an address; false after printing why. */
bool cli_parse_base(const char *command, const char *text, uint32_t *base);

/* Says why a policy refused a heap, and returns CLI_USAGE (or CLI_RESOURCES where this process has no memory). */
int cli_lane_fail(const struct spec *spec, uint32_t heap_bytes, int error);

/* A file that appears complete or not at all, written with stdio. "-" is standard output. */
struct cli_output {
    FILE *file;
    const char *path;
    struct trace_output *output;
};
bool cli_output_open(struct cli_output *output, const char *path);  /* false after printing why */
bool cli_output_close(struct cli_output *output, bool keep);       /* false after printing why; what stood there before is kept then */

/* The root of what a command prints as JSON: cJSON_CreateArray or _CreateObject, made by the commands' main thread before anything
 * else of it. From then on a member that finds no memory is remembered, so that nothing incomplete is ever printed. */
cJSON *cli_json(cJSON *(*create)(void));

/* Prints `json` and deletes it. `code`, or CLI_RESOURCES after saying why where something of it found no memory. */
int cli_print_json(cJSON *json, int code);

uint64_t cli_now_ms(void); /* monotonic */

#endif
