/* cmd_verify.c: does a policy place every block where the original did? */
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "verify.h"

static const char help[] =
    "usage: heaplab verify VECTOR [OPTIONS]\n\n"
    "Runs a trace on the policy that a placement vector names, and compares every block's place with the vector's.\n\n"
    "      --trace FILE|FOLDER         the trace; in a folder, the one that the vector names\n"
    "  -p, --policy NAME[:key=value…]  instead of the policy that the vector names\n\n"
    "example: heaplab verify vectors/freertos-heap4.mix-small.json --trace vectors/traces\n";

struct verify {
    const char *trace, *policy;
};

enum { OPT_TRACE = 256, OPT_HELP };

static const struct option long_options[] = {
    {"policy", required_argument, NULL, 'p'}, {"trace", required_argument, NULL, OPT_TRACE}, {"help", no_argument, NULL, OPT_HELP}, {NULL, 0, NULL, 0}};

static const char *trace_path(const struct verify *verify, const struct verify_vector *vector, char *buffer, size_t size)
{
    struct stat status;
    if (verify->trace != NULL && (stat(verify->trace, &status) != 0 || !S_ISDIR(status.st_mode))) {
        return verify->trace;
    }
    snprintf(buffer, size, "%s/%s.json", verify->trace == NULL ? "." : verify->trace, vector->trace);
    return buffer;
}

static int64_t expected_entry(const cJSON *entry)
{
    return cJSON_IsNumber(entry) ? (int64_t)entry->valuedouble : VERIFY_NOTHING;
}

static int compare(const struct verify_vector *vector, struct trace_reader *reader, struct lane *lane)
{
    struct trace_event event;
    struct lane_result result;
    const cJSON *entry = vector->offsets->child;
    const uint64_t all = (uint64_t)cJSON_GetArraySize(vector->offsets);
    uint64_t done = 0, agreed = 0;
    int got = 0;
    while ((got = trace_reader_next(reader, &event)) == 1) {
        if (entry == NULL) {
            return verify_bad(vector, "%" PRIu64 " entries, but the trace has more events", all);
        }
        if (!lane_apply(lane, &event, &result)) {
            return cli_fail(CLI_RESOURCES, "out of memory at event %" PRIu64, done + 1);
        }
        const int64_t expected = expected_entry(entry), found = verify_entry(lane, &result);
        done++;
        if (expected == found) {
            agreed++;
        } else if (agreed + 1 == done) {
            static const char *const ops[] = {"alloc", "calloc", "realloc", "free", "mark"};
            char a[40], b[40];
            printf("%s: event %" PRIu64 ": %s id %" PRIu64 " size %" PRIu64 " align %" PRIu64 ": expected %s, found %s\n", vector->path, done,
                   ops[event.op], event.id, event.size, event.align, verify_entry_text(expected, a, sizeof a), verify_entry_text(found, b, sizeof b));
        }
        entry = entry->next;
    }
    if (got < 0) {
        return cli_trace_fail(trace_reader_error(reader));
    }
    if (entry != NULL) {
        return verify_bad(vector, "%" PRIu64 " entries, but the trace has %" PRIu64 " events", all, done);
    }
    printf("%s: %" PRIu64 " of %" PRIu64 " events agree\n", vector->path, agreed, done);
    return agreed == done ? CLI_DONE : CLI_DIFFERS;
}

struct statistics {
    const cJSON *wanted;
    unsigned agreed, all;
    const char *path;
};

static void compare_statistic(void *ctx, const struct heap_statistic *statistic)
{
    struct statistics *statistics = ctx;
    const cJSON *object = statistics->wanted;
    if (statistic->region != HEAP_NONE) {
        object = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(object, "regions"), (int)statistic->region);
    }
    const cJSON *member = statistic->key == NULL ? NULL : cJSON_GetObjectItemCaseSensitive(object, statistic->key);
    if (member == NULL) {
        return;
    }
    statistics->all++;
    if (member->valuedouble == statistic->value) {
        statistics->agreed++;
    } else {
        printf("%s: %s (%s): expected %.0f, found %" PRIu32 "\n", statistics->path, statistic->key, statistic->name, member->valuedouble, statistic->value);
    }
}

static int compare_statistics(const struct verify_vector *vector, struct lane *lane, int code)
{
    const struct heap_policy *policy = lane_options_of(lane)->policy;
    struct statistics statistics = {cJSON_GetObjectItemCaseSensitive(vector->json, "final_stats"), 0, 0, vector->path};
    if (statistics.wanted == NULL || policy->inspect->statistics == NULL) {
        return code;
    }
    policy->inspect->statistics(lane_heap(lane), compare_statistic, &statistics);
    printf("%s: %u of %u statistics agree\n", vector->path, statistics.agreed, statistics.all);
    return code == CLI_DONE && statistics.agreed != statistics.all ? CLI_DIFFERS : code;
}

static int run(const struct verify *verify, const struct verify_vector *vector)
{
    char path[4096];
    const struct trace_options options = {.zero_keeps = true};
    struct trace_error trace_error;
    struct trace_reader *reader = trace_reader_open(trace_path(verify, vector, path, sizeof path), &options, &trace_error);
    if (reader == NULL) {
        return cli_trace_fail(&trace_error);
    }
    int error = HEAP_OK, code = 0;
    struct lane *lane = lane_open(&vector->spec.options, &error);
    if (lane == NULL) {
        code = cli_lane_fail(&vector->spec, vector->spec.options.heap_bytes, error);
    } else {
        code = compare(vector, reader, lane);
        if (code <= CLI_DIFFERS) {
            code = compare_statistics(vector, lane, code);
        }
    }
    lane_close(lane);
    trace_reader_close(reader);
    return code;
}

int cmd_verify(int argc, char **argv)
{
    struct verify verify = {NULL, NULL};
    int option = 0, code = CLI_DONE;
    while ((option = getopt_long(argc, argv, "p:", long_options, NULL)) != -1) {
        switch (option) {
        case 'p': verify.policy = optarg; break;
        case OPT_TRACE: verify.trace = optarg; break;
        case OPT_HELP: fputs(help, stdout); return CLI_DONE;
        default: return cli_usage("verify", "see above");
        }
    }
    if (optind == argc) {
        return cli_usage("verify", "no vector given");
    }
    for (int i = optind; i < argc; i++) {
        struct verify_vector *vector = malloc(sizeof *vector);
        if (vector == NULL) {
            return cli_fail(CLI_RESOURCES, "out of memory");
        }
        int one = verify_open(vector, argv[i], verify.policy);
        one = one == CLI_DONE ? run(&verify, vector) : one;
        code = one > code ? one : code;
        verify_close(vector);
        free(vector);
    }
    return code;
}
