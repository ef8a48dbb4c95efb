/* cmd_replay.c: one trace, one policy, one heap; a trace of several heaps goes to replay_heaps.c. Streams: memory grows with the live
 * blocks, not with the trace. */
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "heaps.h"
#include "replay.h"
#include "report.h"
#include "trace_peak.h"
#include "vector_output.h"

static const char help[] =
    "usage: heaplab replay TRACE [OPTIONS]\n\n"
    "Runs the trace on one policy and one heap and prints the score sheet. TRACE may be - (then -s is needed). A trace of several heaps\n"
    "runs each of them on a heap of its own: one that the trace calls a pool as a pool of so many blocks of that size (policy pool), the\n"
    "others as -p and -s say. A pool that is the only heap, or selected by --heap, is run as one unless -p, -s, --region or --arena-base\n"
    "is given. A thread that waits for a pool's block does nothing at any other heap meanwhile. Events are counted within each heap, as\n"
    "--heap NAME alone would; --assert and --strict are for every heap; --events has a last column 'heap'.\n\n"
    "  -p, --policy NAME[:key=value…]  the policy (default tlsf); 'heaplab policies' lists them\n"
    "  -s, --heap-size BYTES           the heap (default 1.25 x the peak payload, rounded up to 4 KiB)\n"
    "      --region OFFSET,SIZE        instead of -s: several regions, in this order\n"
    "      --arena-base ADDRESS        where the heap's first byte lies: what replicas take for its address (default 0x20000000)\n"
    "      --native-stats              also the policy's own statistics, under their original names\n"
    "      --offsets FILE              write the placement vector: each event's payload offset, -1, or null\n"
    "                                  ('heaplab verify' reads it)\n"
    "      --events FILE               write a CSV line an event with the metrics after it\n"
    "      --digest                    print only the CRC-32 of the heap's image after the run\n"
    "      --json                      the score sheet as JSON\n"
    "      --strict                    exit 1 if a request failed\n"
    "      --assert CONDITION          exit 1 unless it holds: \"external_fragmentation<0.3\", \"failures==0\"; any member of --json, a bare\n"
    "                                  name means its maximum over the run; repeated or by commas\n"
    CLI_INPUT_HELP
    "      --heap NAME=POLICY[@SIZE]   of several heaps: this one's policy and size (NAME=@SIZE: its size alone); repeated\n\n"
    "example: heaplab replay traces/corpus/hub.jsonl.gz -p best_fit -s 64K --json --assert 'failures==0,external_fragmentation<0.9'\n"
    "example: heaplab replay traces/corpus/hub.jsonl.gz -p rtthread_smem:align=8 -s 64K --native-stats\n"
    "example: heaplab replay hub.jsonl -p freertos_heap_4 --heap rx-pool=rtthread_mempool:order=fifo --heap dma=pool:block=256@8K\n";

enum { OPT_REGION = 256, OPT_BASE, OPT_NATIVE, OPT_OFFSETS, OPT_EVENTS, OPT_DIGEST, OPT_JSON, OPT_STRICT, OPT_ASSERT, OPT_HELP };

static const struct option long_options[] = {
    {"policy", required_argument, NULL, 'p'}, {"heap-size", required_argument, NULL, 's'}, {"region", required_argument, NULL, OPT_REGION},
    {"arena-base", required_argument, NULL, OPT_BASE}, {"native-stats", no_argument, NULL, OPT_NATIVE},
    {"offsets", required_argument, NULL, OPT_OFFSETS}, {"events", required_argument, NULL, OPT_EVENTS}, {"digest", no_argument, NULL, OPT_DIGEST},
    {"json", no_argument, NULL, OPT_JSON}, {"strict", no_argument, NULL, OPT_STRICT}, CLI_INPUT_OPTIONS,
    {"assert", required_argument, NULL, OPT_ASSERT}, {"help", no_argument, NULL, OPT_HELP}, {NULL, 0, NULL, 0}};

/* -1: go on; else the exit code. */
static int take_condition(struct replay *replay)
{
    char why[4096];
    if (!assertions_parse(&replay->conditions, optarg, why, sizeof why)) {
        return cli_usage("replay", "--assert %s: %s", optarg, why);
    }
    if (assertions_need_search(&replay->conditions)) {
        const struct score *score = &scores[replay->conditions.items[replay->conditions.count - 1].score];
        return cli_usage("replay", "--assert %s: %s is what 'heaplab minheap' finds", optarg, score->name);
    }
    return -1;
}

/* -1: go on; else the exit code. */
static int take_option(struct replay *replay, int option)
{
    char why[1024];
    switch (option) {
    case 'p':
        return spec_parse(&replay->specs, optarg, why, sizeof why) ? -1 : cli_usage("replay", "-p %s: %s", optarg, why);
    case 's': return cli_parse_heap("replay", optarg, &replay->heap_bytes) ? -1 : CLI_USAGE;
    case OPT_REGION:
        if (replay->region_count == LANE_MAX_REGIONS || !spec_parse_region(optarg, &replay->regions[replay->region_count])) {
            return cli_usage("replay", "--region %s: expected OFFSET,SIZE, at most %d of them", optarg, LANE_MAX_REGIONS);
        }
        for (uint32_t i = 0; i < replay->region_count; i++) {
            const struct lane_region *old = &replay->regions[i], *new = &replay->regions[replay->region_count];
            if (new->offset < old->offset + old->bytes && old->offset < new->offset + new->bytes) {
                return cli_usage("replay", "--region %s: overlaps %" PRIu32 ",%" PRIu32, optarg, old->offset, old->bytes);
            }
        }
        replay->region_count++;
        return -1;
    case OPT_BASE: return cli_parse_base("replay", optarg, &replay->arena_base) ? -1 : CLI_USAGE;
    case OPT_NATIVE: replay->native = true; return -1;
    case OPT_OFFSETS: replay->offsets_path = optarg; return -1;
    case OPT_EVENTS: replay->events_path = optarg; return -1;
    case OPT_DIGEST: replay->digest_only = true; return -1;
    case OPT_JSON: replay->json = true; return -1;
    case OPT_STRICT: replay->strict = true; return -1;
    case OPT_ASSERT: return take_condition(replay);
    case OPT_HELP: fputs(help, stdout); return CLI_DONE;
    case CLI_OPT_HEAP:
        if (strchr(optarg, '=') != NULL) {
            return replay_take_override(replay, optarg);
        }
        return cli_take_input_option("replay", option, optarg, &replay->input);
    default: return cli_take_input_option("replay", option, optarg, &replay->input);
    }
}

static int parse(struct replay *replay, int argc, char **argv)
{
    char why[1024];
    int option = 0;
    while ((option = getopt_long(argc, argv, "p:s:", long_options, NULL)) != -1) {
        const int code = take_option(replay, option);
        if (code >= 0) {
            return code;
        }
    }
    if (optind + 1 != argc) {
        return cli_usage("replay", optind == argc ? "no trace given" : "one trace at a time: '%s' is the second", argv[argc - 1]);
    }
    replay->path = argv[optind];
    replay->as_recorded = replay->specs.count == 0 && replay->heap_bytes == 0 && replay->region_count == 0 && replay->arena_base == 0;
    if (replay->specs.count == 0) {
        (void)spec_parse(&replay->specs, "tlsf", why, sizeof why);
    }
    if (replay->specs.count != 1) {
        return cli_usage("replay", "one policy at a time: 'heaplab compare' takes several");
    }
    struct stat status;
    replay->once = strcmp(replay->path, "-") == 0 || (stat(replay->path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode));
    if (replay->heap_bytes != 0 && replay->region_count != 0) {
        return cli_usage("replay", "-s and --region: the regions are the heap, its size cannot be given too");
    }
    if (replay->once && replay->heap_bytes == 0 && replay->region_count == 0) {
        return cli_usage("replay", "-s is needed where the trace comes from standard input or a pipe: its peak is not known beforehand");
    }
    if (replay->override_count != 0 && replay->input.selection.heap != NULL) {
        return cli_usage("replay", "--heap %s selects one heap, --heap %s sets one of several: not both", replay->input.selection.heap,
                         replay->overrides[0].text);
    }
    return -1;
}

/* ---- the streams beside the run ---- */

struct outputs {
    struct cli_output offsets, events;
    struct vector_queue entries;
    bool has_offsets, has_events;
    uint64_t count;
};

static bool open_outputs(struct outputs *outputs, const struct replay *replay, struct lane *lane)
{
    if (replay->offsets_path != NULL) {
        if (!cli_output_open(&outputs->offsets, replay->offsets_path)) {
            return false;
        }
        outputs->has_offsets = true;
        vector_queue_open(&outputs->entries, lane);
        vector_output_begin(outputs->offsets.file, &replay->specs.items[0], lane, replay->path);
    }
    if (replay->events_path != NULL) {
        if (!cli_output_open(&outputs->events, replay->events_path)) {
            return false;
        }
        outputs->has_events = true;
        replay_events_begin(outputs->events.file, false);
    }
    return true;
}

/* What is known of the offsets; at the end all of them. */
static void put_offsets(struct outputs *outputs, bool ended)
{
    int64_t entry = 0;
    for (uint64_t index = outputs->entries.number - 1; vector_queue_next(&outputs->entries, ended, &entry); index++) {
        vector_output_entry(outputs->offsets.file, index, entry);
    }
}

static bool close_outputs(struct outputs *outputs, struct lane *lane, bool keep)
{
    bool ok = true;
    if (outputs->has_offsets) {
        put_offsets(outputs, true);
        lane_watch_late(lane, NULL, NULL);
        vector_queue_close(&outputs->entries);
        vector_output_end(outputs->offsets.file, lane);
        ok = cli_output_close(&outputs->offsets, keep);
    }
    return (!outputs->has_events || cli_output_close(&outputs->events, keep)) && ok;
}

/* ---- the run ---- */

/* Events of several heaps run on several, unless one of them is selected. Told as soon as the header is known: in some forms, at the end. */
#define SEVERAL_HEAPS (-1)

static bool has_several_heaps(const struct replay *replay, const struct trace_reader *reader)
{
    return trace_reader_header(reader)->heap_count > 1 && replay->input.selection.heap == NULL;
}

/* The one heap that there is, or that is selected, is a pool, and nothing else was asked for: then it is run as one. */
static bool is_one_pool(const struct replay *replay, const struct trace_reader *reader)
{
    const struct trace_header *header = trace_reader_header(reader);
    const char *key = replay->input.selection.heap;
    const uint32_t heap = key == NULL ? 0 : heaps_find(header, key);
    return replay->as_recorded && (key != NULL || header->heap_count == 1) && heap != UINT32_MAX && heaps_is_pool(header, heap);
}

/* The event is of a second heap, whether the header has named it yet or not. */
static bool is_elsewhere(const struct replay *replay, const struct trace_event *event)
{
    return event->heap != 0 && replay->input.selection.heap == NULL;
}

/* CLI_DONE, SEVERAL_HEAPS, or why the trace's peak could not be found. */
static int find_heap(struct replay *replay, char *note, size_t note_size)
{
    struct trace_options options = cli_trace_options(replay->path, &replay->input);
    struct cli_progress progress;
    struct trace_error error;
    options.zero_keeps = cli_any_faithful(&replay->specs);
    options.skipping = cli_progress_reading;
    options.skipping_ctx = &progress;
    cli_progress_start(&progress, "reading");
    struct trace_reader *reader = trace_reader_open(replay->path, &options, &error);
    if (reader == NULL) {
        return cli_trace_fail(&error);
    }
    struct trace_peak peak = {0};
    struct trace_batch batch = {.count = 0};
    const struct trace_event *event = NULL;
    bool several = has_several_heaps(replay, reader) || is_one_pool(replay, reader);
    int got = several ? 0 : trace_batch_next(&batch, reader, &event);
    while (got == 1 && !several && trace_peak_add(&peak, event)) {
        several = is_elsewhere(replay, event);
        got = several ? 0 : trace_batch_next(&batch, reader, &event);
    }
    cli_progress_end(&progress);
    const int good = several || has_several_heaps(replay, reader) || is_one_pool(replay, reader) ? SEVERAL_HEAPS : CLI_DONE;
    const int code = got < 0 ? cli_trace_fail(trace_reader_error(reader)) : got == 1 ? cli_fail(CLI_RESOURCES, "out of memory") : good;
    replay->heap_bytes = spec_default_heap(peak.peak_bytes);
    snprintf(note, note_size, "(1.25 x the peak payload, rounded up to 4 KiB)");
    trace_peak_end(&peak);
    trace_reader_close(reader);
    return code;
}

/* An exit code, or SEVERAL_HEAPS: as soon as an event is of another heap. */
static int stream(const struct replay *replay, struct trace_reader *reader, struct lane *lane, struct outputs *outputs, struct trace_peak *peak,
                  struct cli_progress *progress)
{
    struct trace_batch batch = {.count = 0};
    const struct trace_event *event = NULL;
    struct lane_result result;
    int got = 0;
    while ((got = trace_batch_next(&batch, reader, &event)) == 1) {
        if (is_elsewhere(replay, event)) {
            cli_progress_end(progress);
            return SEVERAL_HEAPS;
        }
        if (!lane_apply(lane, event, &result) || !trace_peak_add(peak, event) ||
            (outputs->has_offsets && !vector_queue_add(&outputs->entries, event, &result))) {
            cli_progress_end(progress);
            return cli_fail(CLI_RESOURCES, "out of memory at event %" PRIu64, outputs->count + 1);
        }
        if (outputs->has_offsets) {
            put_offsets(outputs, false);
        }
        if (outputs->has_events) {
            replay_events_put(outputs->events.file, outputs->count + 1, lane, event, &result, NULL);
        }
        if (++outputs->count % 65536 == 0) {
            uint64_t done = 0, all = 0;
            trace_reader_progress(reader, &done, &all);
            cli_progress_show(progress, done, all);
        }
    }
    cli_progress_end(progress);
    if (got == 0 && !lane_finish(lane)) {
        return cli_fail(CLI_RESOURCES, "out of memory behind the last event");
    }
    return got < 0 ? cli_trace_fail(trace_reader_error(reader)) : CLI_DONE;
}

static int print_result(const struct replay *replay, struct lane *lane, const struct trace_header *header, uint64_t peak_bytes, const char *note,
                        double seconds)
{
    const struct report report = {replay->path, &replay->specs.items[0], lane, lane_digest(lane), peak_bytes, seconds,
                                  note[0] == '\0' ? NULL : note, replay->native, NULL, header, NULL,
                                  replay->input.selection.heap == NULL ? 0 : heaps_find(header, replay->input.selection.heap)};
    double values[SCORES_ROOM];
    char label[256];
    scores_of(values, lane, peak_bytes, NULL);
    snprintf(label, sizeof label, "%s on %s", replay->path, replay->specs.items[0].text);
    const int held = report_check(&replay->conditions, label, values);
    const int code = replay->strict && lane_run(lane)->failures != 0 ? CLI_DIFFERS : held;
    if (replay->digest_only) {
        if (lane_has_image(lane)) {
            printf("%08" PRIx32 "\n", report.digest);
        } else {
            puts("none");
        }
    } else if (replay->json) {
        return cli_print_json(report_json(&report), code);
    } else {
        report_print(&report, stdout);
    }
    return code;
}

/* An exit code, or SEVERAL_HEAPS: nothing has been said yet. */
static int run(struct replay *replay, struct lane *lane, const char *note)
{
    const bool waits = (lane_options_of(lane)->policy->inspect->traits & HEAP_WAITS) != 0; /* then priorities count from the start */
    struct trace_options options = cli_trace_options(replay->path, &replay->input);
    struct cli_progress progress;
    struct trace_error error;
    options.zero_keeps = cli_any_faithful(&replay->specs);
    options.whole_header = waits || (!replay->once && (replay->offsets_path != NULL || replay->events_path != NULL));
    options.skipping = cli_progress_reading;
    options.skipping_ctx = &progress;
    cli_progress_start(&progress, "replaying");
    struct trace_reader *reader = trace_reader_open(replay->path, &options, &error);
    if (reader == NULL) {
        return cli_trace_fail(&error);
    }
    if (has_several_heaps(replay, reader)) {
        return replay_heaps(replay, reader);
    }
    struct outputs outputs = {0};
    struct trace_peak peak = {0};
    const bool good = lane_take_threads(lane, trace_reader_header(reader)) && open_outputs(&outputs, replay, lane);
    int code = good ? CLI_DONE : CLI_RESOURCES;
    const double start = replay_seconds_now();
    if (code == CLI_DONE) {
        code = stream(replay, reader, lane, &outputs, &peak, &progress);
    }
    const double seconds = replay_seconds_now() - start;
    if (code == SEVERAL_HEAPS && replay->once) {
        code = cli_fail(CLI_BAD_INPUT, "event %" PRIu64 " is of a second heap, and the header that names the heaps comes last: give a file, which can be "
                        "read twice", outputs.count + 1);
    } else if (code == CLI_DONE && !replay->once && has_several_heaps(replay, reader)) {
        code = SEVERAL_HEAPS;
    }
    if (code != SEVERAL_HEAPS) {
        replay_print_notes(replay, reader, code == CLI_DONE);
    }
    if (!close_outputs(&outputs, lane, code == CLI_DONE)) {
        code = CLI_RESOURCES;
    }
    if (code == CLI_DONE && trace_reader_header(reader)->word_bits == 64 && lane_options_of(lane)->policy->inspect->replica != NULL) {
        fputs("note: the trace was recorded on a 64-bit machine; the replica is the 32-bit original\n", stderr);
    }
    if (code == CLI_DONE) {
        code = print_result(replay, lane, trace_reader_header(reader), peak.peak_bytes, note, seconds);
    }
    trace_reader_close(reader);
    trace_peak_end(&peak);
    return code;
}

int cmd_replay(int argc, char **argv)
{
    struct replay *replay = calloc(1, sizeof *replay);
    char note[64] = "";
    if (replay == NULL) {
        return cli_fail(CLI_RESOURCES, "out of memory");
    }
    int code = parse(replay, argc, argv);
    if (code < 0 && replay->override_count != 0) {
        code = replay_heaps(replay, NULL);
    } else if (code < 0) {
        code = replay->heap_bytes == 0 && replay->region_count == 0 ? find_heap(replay, note, sizeof note) : CLI_DONE;
        struct lane_options *options = &replay->specs.items[0].options;
        options->heap_bytes = replay->heap_bytes;
        options->region_count = replay->region_count;
        options->arena_base = replay->arena_base;
        memcpy(options->regions, replay->regions, sizeof options->regions);
        int error = HEAP_OK;
        struct lane *lane = code == CLI_DONE ? lane_open(options, &error) : NULL;
        if (lane != NULL) {
            code = run(replay, lane, note);
            lane_close(lane);
        } else if (code == CLI_DONE) {
            code = cli_lane_fail(&replay->specs.items[0], replay->heap_bytes, error);
        }
    }
    if (code == SEVERAL_HEAPS) {
        code = replay_heaps(replay, NULL);
    }
    replay_end_overrides(replay);
    free(replay);
    return code;
}
