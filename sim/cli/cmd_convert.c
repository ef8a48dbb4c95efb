/* cmd_convert.c: one encoding, or another tool's recording, into an encoding, as a stream. */
#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"

static const char help[] =
    "usage: heaplab convert IN OUT [OPTIONS]\n\n"
    "Rewrites a trace. IN is recognised by its content (- is standard input); OUT by its name:\n"
    ".json, .jsonl, .hlt, .json.gz, .jsonl.gz. A failed conversion leaves an existing OUT as it was.\n\n"
    "IN may also be another tool's recording, plain or gzip-compressed; what it lost is said and noted in OUT:\n"
    "  CS:APP malloc lab .rep (classic and weighted), glibc mtrace, heaptrack --raw (format 3),\n"
    "  Android record_allocs, ltrace, Mbed OS memory trace, ESP-IDF heap log,\n"
    "  FreeRTOS traceMALLOC/traceFREE lines, Zephyr heap listener lines.\n"
    "Profiles hold sums and samples, no calls: DHAT, Massif, heapprofd and pprof are refused. See docs/IMPORTS.md.\n"
    "An import from a pipe into a file is complete when the pipe ends; into a pipe it goes on as it comes,\n"
    "without the names of call sites, threads and heaps.\n\n"
    "      --to FORMAT   json, jsonl, hlt, json.gz or jsonl.gz, whatever OUT is called (needed for -)\n"
    "      --lenient     leave out events with errors of meaning; they are counted and listed\n\n"
    "example: heaplab convert traces/corpus/lua.jsonl.gz lua.hlt\n"
    "example: zstd -dc heaptrack.raw.zst | heaplab convert - program.jsonl.gz\n";

enum { OPT_TO = 256, OPT_LENIENT, OPT_HELP };

static const struct option long_options[] = {
    {"to", required_argument, NULL, OPT_TO}, {"lenient", no_argument, NULL, OPT_LENIENT}, {"help", no_argument, NULL, OPT_HELP}, {NULL, 0, NULL, 0}};

/* Whether somebody reads OUT while it is written. */
static bool is_stream(const char *out)
{
    struct stat status;
    return strcmp(out, "-") == 0 || (stat(out, &status) == 0 && !S_ISREG(status.st_mode));
}

/* More input may take long: who reads OUT gets what there is. */
static void flush(void *ctx)
{
    struct trace_writer **writer = ctx;
    if (*writer != NULL) {
        trace_writer_flush(*writer);
    }
}

/* CLI_DONE also where the writer failed: it says so when it is closed. */
static int copy_events(struct trace_reader *reader, struct trace_writer *writer, uint64_t *count)
{
    struct cli_progress progress;
    struct trace_event event;
    int got = 0, put = 0;
    cli_progress_start(&progress, "converting");
    while ((got = trace_reader_next(reader, &event)) == 1 && (put = trace_writer_put(writer, &event)) == 0) {
        if (++*count % 65536 == 0) {
            uint64_t done = 0, all = 0;
            trace_reader_progress(reader, &done, &all);
            cli_progress_show(&progress, done, all);
        }
    }
    cli_progress_end(&progress);
    return got < 0 ? cli_trace_fail(trace_reader_error(reader)) : CLI_DONE;
}

static int convert(const char *in, const char *out, const char *format, bool lenient)
{
    struct trace_writer *writer = NULL;
    const bool live = is_stream(out);
    const struct trace_options options = {.lenient = lenient, .whole_header = true, .live = live, .waiting = live ? flush : NULL,
                                          .waiting_ctx = &writer, .label = strcmp(in, "-") == 0 ? "standard input" : NULL};
    struct trace_error error;
    enum trace_encoding encoding = TRACE_JSONL;
    bool gzip = false;
    char name[32];
    snprintf(name, sizeof name, "x.%s", format == NULL ? "" : format);
    if (!trace_encoding_of_name(format == NULL ? out : name, &encoding, &gzip)) {
        return format == NULL ? cli_usage("convert", "'%s' tells no encoding: expected .json, .jsonl, .hlt, .json.gz or .jsonl.gz, or --to", out)
                              : cli_usage("convert", "--to %s: expected json, jsonl, hlt, json.gz or jsonl.gz", format);
    }
    struct trace_reader *reader = trace_reader_open(in, &options, &error);
    if (reader == NULL) {
        return cli_trace_fail(&error);
    }
    writer = trace_writer_open(out, encoding, gzip, trace_reader_header(reader), &error);
    if (writer == NULL) {
        trace_reader_close(reader);
        return cli_trace_fail(&error);
    }
    uint64_t count = 0;
    int code = copy_events(reader, writer, &count);
    if (code != CLI_DONE) {
        trace_writer_abandon(writer);
    } else if (trace_writer_close(writer, &error) != 0) {
        code = cli_trace_fail(&error);
    } else if (strcmp(out, "-") != 0) {
        fprintf(stderr, "%s: %" PRIu64 " events\n", out, count);
    }
    const struct trace_error *kept = NULL;
    size_t kept_count = 0;
    const uint64_t anomalies = trace_reader_anomalies(reader, &kept, &kept_count);
    cli_print_anomalies(anomalies, kept, kept_count);
    cli_print_import(in, trace_reader_import_note(reader));
    trace_reader_close(reader);
    return code;
}

int cmd_convert(int argc, char **argv)
{
    const char *format = NULL;
    bool lenient = false;
    int option = 0;
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        switch (option) {
        case OPT_TO: format = optarg; break;
        case OPT_LENIENT: lenient = true; break;
        case OPT_HELP: fputs(help, stdout); return CLI_DONE;
        default: return cli_usage("convert", "see above");
        }
    }
    if (optind + 2 != argc) {
        return cli_usage("convert", "expected IN and OUT, found %d name%s", argc - optind, argc - optind == 1 ? "" : "s");
    }
    return convert(argv[optind], argv[optind + 1], format, lenient);
}
