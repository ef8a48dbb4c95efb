/* cmd_convert.c: one encoding, or another tool's recording, into an encoding, as a stream. */
#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"
#include "trace_header.h"

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
    "      --to FORMAT                 json, jsonl, hlt, json.gz or jsonl.gz, whatever OUT is called (needed for -)\n"
    CLI_INPUT_HELP
    "                                  (they are left out of OUT)\n\n"
    "The part that --from, --to and --heap take is a trace of its own, and OUT's meta.note says where it comes from.\n\n"
    "example: heaplab convert traces/corpus/lua.jsonl.gz lua.hlt\n"
    "example: heaplab convert traces/corpus/lua.jsonl.gz part.jsonl --from 1000 --to 2000\n"
    "example: zstd -dc heaptrack.raw.zst | heaplab convert - program.jsonl.gz\n";

enum { OPT_HELP = 256 };

#define NOTE_BYTES 4096 /* the longest string a header may hold */

static const struct option long_options[] = {
    CLI_INPUT_OPTIONS, {"help", no_argument, NULL, OPT_HELP}, {NULL, 0, NULL, 0}};

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
static int copy_events(struct trace_reader *reader, struct trace_writer *writer, struct cli_progress *progress, uint64_t *count)
{
    struct trace_batch batch = {.count = 0};
    const struct trace_event *event = NULL;
    int got = 0, put = 0;
    while ((got = trace_batch_next(&batch, reader, &event)) == 1 && (put = trace_writer_put(writer, event)) == 0) {
        if (++*count % 65536 == 0) {
            uint64_t done = 0, all = 0;
            trace_reader_progress(reader, &done, &all);
            cli_progress_show(progress, done, all);
        }
    }
    cli_progress_end(progress);
    return got < 0 ? cli_trace_fail(trace_reader_error(reader)) : CLI_DONE;
}

/* The old note, and which part of `in` this is. Where both do not fit, the old one is cut. */
static void write_note(char note[NOTE_BYTES + 1], const char *in, const char *old, const struct cli_input *input)
{
    char part[256], added[640];
    trace_selection_text(&input->selection, part, sizeof part);
    const int length = snprintf(added, sizeof added, "a part of %.300s: %s", strcmp(in, "-") == 0 ? "standard input" : in, part);
    const size_t room = NOTE_BYTES - (size_t)length - strlen("…; ");
    size_t kept = strlen(old);
    for (char *at = added; *at != '\0'; at++) { /* a command line may hold any bytes, and a cut one half a character */
        *at = (unsigned char)*at < 0x80 ? *at : '?';
    }
    if (kept > room) {
        for (kept = room; kept > 0 && ((unsigned char)old[kept] & 0xC0) == 0x80; kept--) {
        }
    }
    snprintf(note, NOTE_BYTES + 1, "%.*s%s%s%s", (int)kept, old, old[kept] == '\0' ? "" : "…", kept == 0 ? "" : "; ", added);
}

/* The writer, whose header says what part of `in` it is. NULL and *error. */
static struct trace_writer *open_writer(const char *in, const char *out, enum trace_encoding encoding, bool gzip, const struct trace_reader *reader,
                                        const struct cli_input *input, struct trace_error *error)
{
    const struct trace_header *whole = trace_reader_header(reader);
    if (trace_reader_selected(reader) == NULL) {
        return trace_writer_open(out, encoding, gzip, whole, error);
    }
    char note[NOTE_BYTES + 1];
    write_note(note, in, whole->note == NULL ? "" : whole->note, input);
    struct trace_header *header = trace_header_copy(whole);
    struct trace_writer *writer = NULL;
    *error = (struct trace_error){.code = TRACE_E_MEMORY};
    if (header != NULL && trace_header_set_note(header, note)) {
        writer = trace_writer_open(out, encoding, gzip, header, error);
    }
    trace_header_free(header);
    return writer;
}

static int convert(const char *in, const char *out, const char *format, const struct cli_input *input)
{
    struct trace_writer *writer = NULL;
    const bool live = is_stream(out);
    struct cli_progress progress;
    struct trace_options options = cli_trace_options(in, input);
    options.whole_header = true;
    options.live = live;
    options.waiting = live ? flush : NULL;
    options.waiting_ctx = &writer;
    options.skipping = cli_progress_reading;
    options.skipping_ctx = &progress;
    struct trace_error error;
    enum trace_encoding encoding = TRACE_JSONL;
    bool gzip = false;
    char name[32];
    snprintf(name, sizeof name, "x.%s", format == NULL ? "" : format);
    if (!trace_encoding_of_name(format == NULL ? out : name, &encoding, &gzip)) {
        return format == NULL ? cli_usage("convert", "'%s' tells no encoding: expected .json, .jsonl, .hlt, .json.gz or .jsonl.gz, or --to", out)
                              : cli_usage("convert", "--to %s: expected json, jsonl, hlt, json.gz or jsonl.gz; or an event's number, "
                                         "t=TIME or mark=NAME", format);
    }
    cli_progress_start(&progress, "converting");
    struct trace_reader *reader = trace_reader_open(in, &options, &error);
    if (reader == NULL) {
        cli_progress_end(&progress);
        return cli_trace_fail(&error);
    }
    writer = open_writer(in, out, encoding, gzip, reader, input, &error);
    if (writer == NULL) {
        trace_reader_close(reader);
        return cli_trace_fail(&error);
    }
    uint64_t count = 0;
    int code = copy_events(reader, writer, &progress, &count);
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
    if (code == CLI_DONE) {
        cli_print_selected(in, trace_reader_selected(reader), trace_reader_header(reader));
    }
    trace_reader_close(reader);
    return code;
}

/* --to means a format, and the range's end: no format begins as one of those does. */
static bool is_bound(const char *text)
{
    return (text[0] >= '0' && text[0] <= '9') || strchr(text, '=') != NULL;
}

int cmd_convert(int argc, char **argv)
{
    const char *format = NULL;
    struct cli_input input = {0};
    int option = 0, code = 0;
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (option == OPT_HELP) {
            fputs(help, stdout);
            return CLI_DONE;
        }
        if (option == CLI_OPT_TO && !is_bound(optarg)) {
            format = optarg;
        } else if ((code = cli_take_input_option("convert", option, optarg, &input)) >= 0) {
            return code;
        }
    }
    if (optind + 2 != argc) {
        return cli_usage("convert", "expected IN and OUT, found %d name%s", argc - optind, argc - optind == 1 ? "" : "s");
    }
    return convert(argv[optind], argv[optind + 1], format, &input);
}
