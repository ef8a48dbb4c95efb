/* cli.c: see cli.h. */
#include "cli.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "heaps.h"

static void print_message(const char *command, const char *format, va_list arguments)
{
    fprintf(stderr, "heaplab%s%s: ", command == NULL ? "" : " ", command == NULL ? "" : command);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

int cli_usage(const char *command, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_message(command, format, arguments);
    va_end(arguments);
    fprintf(stderr, "Try 'heaplab %s --help'.\n", command);
    return CLI_USAGE;
}

int cli_option_refused(const char *command)
{
    fprintf(stderr, "Try 'heaplab %s --help'.\n", command);
    return CLI_USAGE;
}

int cli_fail(int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_message(NULL, format, arguments);
    va_end(arguments);
    return code;
}

int cli_trace_fail(const struct trace_error *error)
{
    char text[1024];
    trace_error_format(error, text, sizeof text);
    fprintf(stderr, "%s\n", text);
    return trace_error_exit(error->code);
}

void cli_print_anomalies(uint64_t count, const struct trace_error *kept, size_t kept_count)
{
    for (size_t i = 0; i < kept_count; i++) {
        char text[1024];
        trace_error_format(&kept[i], text, sizeof text);
        fprintf(stderr, "anomaly: %s\n", text);
    }
    if (count != 0) {
        fprintf(stderr, "%" PRIu64 " anomal%s passed over%s\n", count, count == 1 ? "y" : "ies", count > kept_count ? " (the first ones are listed)" : "");
    }
}

void cli_print_import(const char *path, const char *note)
{
    if (note != NULL) {
        fprintf(stderr, "note: %s: %s\n", strcmp(path, "-") == 0 ? "standard input" : path, note);
    }
}

/* ---- progress ---- */

uint64_t cli_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void cli_progress_start(struct cli_progress *progress, const char *what)
{
    *progress = (struct cli_progress){.what = what, .started_ms = cli_now_ms()};
}

void cli_progress_show(struct cli_progress *progress, uint64_t done, uint64_t all)
{
    const uint64_t now = cli_now_ms();
    if (now - progress->started_ms < 1000 || now - progress->last_ms < 100 || !isatty(STDERR_FILENO)) {
        return;
    }
    progress->last_ms = now;
    progress->shown = true;
    if (all != 0) {
        const uint64_t spent = now - progress->started_ms, left = done == 0 ? 0 : (uint64_t)((double)spent * (double)(all - done) / (double)done);
        fprintf(stderr, "\r%s  %3u %%  %" PRIu64 " s left \033[K", progress->what, (unsigned)(done * 100 / all), left / 1000);
    } else {
        fprintf(stderr, "\r%s  %" PRIu64 " \033[K", progress->what, done);
    }
}

bool cli_progress_reading(void *progress, uint64_t done_bytes, uint64_t all_bytes)
{
    cli_progress_show(progress, done_bytes, all_bytes);
    return true;
}

void cli_progress_tick(void *progress, size_t done)
{
    cli_progress_show(progress, done, ((struct cli_progress *)progress)->all);
}

void cli_progress_end(struct cli_progress *progress)
{
    if (progress->shown) {
        fputs("\r\033[K", stderr);
    }
}

/* ---- loading ---- */

bool cli_any_faithful(const struct spec_list *specs)
{
    bool any = false;
    for (size_t i = 0; i < specs->count; i++) {
        any = any || lane_is_faithful(&specs->items[i].options);
    }
    return any;
}

static int take_bound(const char *command, const char *option, const char *value, struct trace_bound *bound)
{
    char why[256];
    return trace_bound_parse(bound, value, why, sizeof why) ? -1 : cli_usage(command, "%s %s: %s", option, value, why);
}

int cli_take_input_option(const char *command, int option, const char *value, struct cli_input *input)
{
    switch (option) {
    case CLI_OPT_LENIENT: input->lenient = true; return -1;
    case CLI_OPT_FROM: return take_bound(command, "--from", value, &input->selection.from);
    case CLI_OPT_TO: return take_bound(command, "--to", value, &input->selection.to);
    case CLI_OPT_HEAP:
        if (value[0] == '\0') {
            return cli_usage(command, "--heap: expected the name or the index of one of the trace's heaps");
        }
        input->selection.heap = value;
        return -1;
    default: return cli_option_refused(command);
    }
}

struct trace_options cli_trace_options(const char *path, const struct cli_input *input)
{
    const struct trace_selection *selection = &input->selection;
    const bool selects = selection->from.kind != TRACE_BOUND_NONE || selection->to.kind != TRACE_BOUND_NONE || selection->heap != NULL;
    return (struct trace_options){.lenient = input->lenient, .label = strcmp(path, "-") == 0 ? "standard input" : NULL,
                                  .selection = selects ? selection : NULL};
}

void cli_print_selected(const char *path, const struct trace_selected *selected, const struct trace_header *header)
{
    char text[1024];
    if (selected != NULL) {
        trace_selected_text(selected, header, strcmp(path, "-") == 0 ? "standard input" : path, text, sizeof text);
        fprintf(stderr, "note: %s\n", text);
    }
}

struct trace *cli_load(const char *path, const struct cli_input *input, bool zero_keeps, int *exit_code)
{
    struct trace_options options = cli_trace_options(path, input);
    options.zero_keeps = zero_keeps;
    struct trace_error error;
    struct cli_progress progress;
    cli_progress_start(&progress, "reading");
    struct trace *trace = trace_load(path, &options, cli_progress_reading, &progress, &error);
    cli_progress_end(&progress);
    if (trace == NULL) {
        *exit_code = cli_trace_fail(&error);
        return NULL;
    }
    const struct trace_error *kept = NULL;
    size_t kept_count = 0;
    const uint64_t anomalies = trace_anomalies(trace, &kept, &kept_count);
    cli_print_anomalies(anomalies, kept, kept_count);
    cli_print_import(path, trace_import_lost(trace));
    cli_print_selected(path, trace_selected_of(trace), trace_header_of(trace));
    return trace;
}

struct trace *cli_load_heap(const char *command, const char *path, const struct cli_input *input, bool zero_keeps, int *exit_code)
{
    struct trace *trace = cli_load(path, input, zero_keeps, exit_code);
    if (trace == NULL || trace_header_of(trace)->heap_count < 2 || input->selection.heap != NULL) {
        return trace;
    }
    struct heaps_survey survey;
    bool good = heaps_survey_trace(&survey, trace);
    if (!good) {
        *exit_code = cli_fail(CLI_RESOURCES, "out of memory");
    } else if (heaps_survey_used(&survey) > 1) {
        char text[1024];
        good = false;
        *exit_code = cli_usage(command, "%s has several heaps, and this runs one: choose with --heap NAME; it has %s", path,
                               heaps_survey_text(&survey, trace_header_of(trace), text, sizeof text));
    }
    heaps_survey_close(&survey);
    if (!good) {
        trace_free(trace);
    }
    return good ? trace : NULL;
}

bool cli_parse_count(const char *text, uint64_t most, uint64_t *count)
{
    char *end = NULL;
    errno = 0;
    *count = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && *count >= 1 && *count <= most;
}

bool cli_parse_heap(const char *command, const char *text, uint32_t *bytes)
{
    uint64_t size = 0;
    if (!spec_parse_size(text, &size) || size < 8 || size > INT32_MAX) {
        cli_usage(command, "-s %s: expected a heap size from 8 to 2147483647 bytes (64K, 1M, …)", text);
        return false;
    }
    *bytes = (uint32_t)size;
    return true;
}

bool cli_parse_base(const char *command, const char *text, uint32_t *base)
{
    uint64_t address = 0;
    if (!spec_parse_size(text, &address) || address == 0 || address > UINT32_MAX) {
        cli_usage(command, "--arena-base %s: expected a 32-bit address (0x20000000, …), not 0", text);
        return false;
    }
    *base = (uint32_t)address;
    return true;
}

int cli_lane_fail(const struct spec *spec, uint32_t heap_bytes, int error)
{
    if (error == HEAP_OK) {
        return cli_fail(CLI_RESOURCES, "no memory for a heap of %" PRIu32 " bytes", heap_bytes);
    }
    if (heap_bytes == 0) { /* several regions */
        const char *hint = error == HEAP_E_UNSUPPORTED ? " (it takes one region)"
                           : error == HEAP_E_ARGUMENT  ? " (regions rise, lie apart and end below 4 GiB)"
                                                       : "";
        return cli_fail(CLI_USAGE, "%s refuses these regions: %s%s", spec->text, heap_error_text(error), hint);
    }
    return cli_fail(CLI_USAGE, "%s refuses a heap of %" PRIu32 " bytes: %s", spec->text, heap_bytes, heap_error_text(error));
}

/* ---- output files ---- */

static ssize_t write_output(void *cookie, const char *bytes, size_t count)
{
    trace_output_put(cookie, bytes, count);
    return (ssize_t)count; /* a failure sticks and is reported at the end */
}

bool cli_output_open(struct cli_output *output, const char *path)
{
    *output = (struct cli_output){.path = path, .output = trace_output_open(path, false)};
    if (output->output != NULL) {
        output->file = fopencookie(output->output, "w", (cookie_io_functions_t){.write = write_output});
    }
    if (output->file == NULL) {
        cli_fail(CLI_RESOURCES, "cannot write %s: %s", path, strerror(errno));
        if (output->output != NULL) {
            (void)trace_output_close(output->output, false);
        }
        return false;
    }
    return true;
}

bool cli_output_close(struct cli_output *output, bool keep)
{
    const bool flushed = fclose(output->file) == 0;
    const bool kept = trace_output_close(output->output, keep && flushed);
    if (keep && !kept) {
        cli_fail(CLI_RESOURCES, "cannot write %s: %s", output->path, strerror(errno));
    }
    return kept || !keep;
}

void cli_put_csv_quoted(FILE *file, const char *text)
{
    putc('"', file);
    for (; *text != '\0'; text++) {
        if (*text == '"') {
            putc('"', file);
        }
        putc(*text, file);
    }
    putc('"', file);
}

void cli_put_csv(FILE *file, const char *text)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        fputs(text, file);
    } else {
        cli_put_csv_quoted(file, text);
    }
}

/* ---- JSON ---- */

static bool json_incomplete;

static void *allocate_json(size_t bytes)
{
    void *memory = malloc(bytes);
    json_incomplete = json_incomplete || memory == NULL;
    return memory;
}

cJSON *cli_json(cJSON *(*create)(void))
{
    cJSON_Hooks hooks = {allocate_json, free};
    cJSON_InitHooks(&hooks);
    return create();
}

int cli_print_json(cJSON *json, int code)
{
    char *text = json_incomplete ? NULL : cJSON_Print(json);
    cJSON_Delete(json);
    if (text == NULL) {
        return cli_fail(CLI_RESOURCES, "out of memory");
    }
    puts(text);
    cJSON_free(text);
    return code;
}
