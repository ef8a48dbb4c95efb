/* cmd_record.c: runs a program and records what it asks of malloc. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "record.h"
#include "cli.h"

static const char help[] =
    "usage: heaplab record -o TRACE [OPTIONS] [--] PROGRAM [ARGUMENT…]\n\n"
    "Runs PROGRAM and records every malloc, calloc, realloc, reallocarray, free, memalign, posix_memalign, aligned_alloc,\n"
    "valloc and pvalloc of it and of the processes that it starts: sizes, alignments, failures, threads, times, call sites.\n"
    "64-bit and 32-bit programs for glibc, dynamically linked; nothing is lost if the program aborts or is killed.\n\n"
    "  -o, --output TRACE   where to: .jsonl.gz, .jsonl, .json, .json.gz or .hlt. Another process's trace has its number before\n"
    "                       the extension: out.4711.jsonl.gz; what a process ran before an exec, 4711-0. The processes that\n"
    "                       allocated nothing have none\n"
    "      --events N       keep the first N events of a process; its program runs on\n"
    "      --program-only   no traces of other processes than PROGRAM's own\n"
    "      --propagate      exit as PROGRAM did (128 + the signal's number if one ended it), for scripts and CI;\n"
    "                       without it: 0 if the recording was made, however PROGRAM ended (3: PROGRAM cannot be\n"
    "                       started or recorded, 4: the trace cannot be written)\n"
    "      --recorder DIR   where 64/ and 32/libheaplab_record.so are (default: ../lib/heaplab beside this command)\n\n"
    "While the program runs, the log lies in a folder .heaplab-record-XXXXXX beside TRACE. A wrapper that starts the real program\n"
    "(a shim, a shell script) is PROGRAM itself: name the real one.\n"
    "Call sites are named file:line where debug information is there (-g, or a -dbgsym package) and binutils' addr2line, by symbol\n"
    "otherwise. free(NULL) is not recorded; realloc(NULL, n) counts as malloc.\n\n"
    "example: heaplab record -o lua.jsonl.gz -- lua5.4 script.lua\n";

enum { OPT_EVENTS = 256, OPT_PROGRAM_ONLY, OPT_PROPAGATE, OPT_RECORDER, OPT_HELP };

static const struct option long_options[] = {{"output", required_argument, NULL, 'o'},
                                             {"events", required_argument, NULL, OPT_EVENTS},
                                             {"program-only", no_argument, NULL, OPT_PROGRAM_ONLY},
                                             {"propagate", no_argument, NULL, OPT_PROPAGATE},
                                             {"recorder", required_argument, NULL, OPT_RECORDER},
                                             {"help", no_argument, NULL, OPT_HELP},
                                             {NULL, 0, NULL, 0}};

static void print_notice(void *ctx, const char *text)
{
    (void)ctx;
    fprintf(stderr, "heaplab record: %s\n", text);
}

static void print_ending(const char *program, int status)
{
    if (WIFSIGNALED(status)) {
        fprintf(stderr, "%s: ended by signal %d (%s)\n", program, WTERMSIG(status), strsignal(WTERMSIG(status)));
    } else if (WIFEXITED(status) && WEXITSTATUS(status) != 0) {
        fprintf(stderr, "%s: exit status %d\n", program, WEXITSTATUS(status));
    }
}

static void print_trace(const struct record_trace *trace)
{
    fprintf(stderr, "%s: %" PRIu64 " events of %s (process %ld, %" PRIu32 " bit), peak payload %" PRIu64 " B", trace->path, trace->events,
            trace->program, (long)trace->pid, trace->word_bits, trace->peak_bytes);
    if (trace->left_blocks > 0) {
        fprintf(stderr, ", %" PRIu64 " blocks (%" PRIu64 " B) never freed", trace->left_blocks, trace->left_bytes);
    }
    fputs(trace->stopped ? "; recording stopped early\n" : "\n", stderr);
    if (trace->events == 0) {
        fprintf(stderr, "%s: no calls seen: %s does not allocate, or brings its own malloc\n", trace->path, trace->program);
    }
}

static int exit_code_of(const struct record_error *error)
{
    return error->code == RECORD_E_SYSTEM || error->code == RECORD_E_OUTPUT ? CLI_RESOURCES : CLI_BAD_INPUT;
}

static int record(const struct record_options *options, bool propagate)
{
    struct record_result result;
    struct record_error error;
    int code = CLI_DONE;
    bool failed = record_run(options, &result, &error) != 0;
    print_ending(options->argv[0], result.wait_status);
    for (uint32_t i = 0; i < result.trace_count; i++) {
        print_trace(&result.traces[i]);
    }
    if (failed) {
        code = cli_fail(exit_code_of(&error), "%s", error.text);
    } else if (propagate) {
        code = WIFSIGNALED(result.wait_status) ? 128 + WTERMSIG(result.wait_status) : WEXITSTATUS(result.wait_status);
    }
    record_result_free(&result);
    return code;
}

int cmd_record(int argc, char **argv)
{
    struct record_options options = {.notice = print_notice};
    bool propagate = false;
    int option = 0;
    while ((option = getopt_long(argc, argv, "+o:", long_options, NULL)) != -1) {
        switch (option) {
        case 'o': options.output = optarg; break;
        case OPT_EVENTS:
            if (!cli_parse_count(optarg, UINT64_MAX, &options.events)) {
                return cli_usage("record", "--events %s: expected a number from 1", optarg);
            }
            break;
        case OPT_PROGRAM_ONLY: options.program_only = true; break;
        case OPT_PROPAGATE: propagate = true; break;
        case OPT_RECORDER: options.recorder_dir = optarg; break;
        case OPT_HELP: fputs(help, stdout); return CLI_DONE;
        default: return cli_option_refused("record");
        }
    }
    if (options.output == NULL) {
        return cli_usage("record", "expected -o TRACE");
    }
    if (optind == argc) {
        return cli_usage("record", "expected a PROGRAM to run");
    }
    enum trace_encoding encoding = TRACE_JSONL;
    bool gzip = false;
    if (!trace_encoding_of_name(options.output, &encoding, &gzip)) {
        return cli_usage("record", "'%s' tells no encoding: expected .jsonl.gz, .jsonl, .json, .json.gz or .hlt", options.output);
    }
    options.argv = argv + optind;
    return record(&options, propagate);
}
