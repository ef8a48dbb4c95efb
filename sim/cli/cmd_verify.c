/* cmd_verify.c: does a policy place every block where the original did? */
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "verify.h"

static const char help[] =
    "usage: heaplab verify FILE… [OPTIONS]\n\n"
    "Runs what an original allocator was run on, on the policy that replicates it, and compares every block's place, and the original's\n"
    "own statistics at the end. FILE is a placement vector, a script (format heaplab-script) or a log of waiting threads (mempool-waiters);\n"
    "any of them may be compressed with gzip. What 'heaplab replay --offsets' writes is a placement vector too.\n\n"
    "      --trace FILE|FOLDER         the vectors' trace; in a folder, the one that each vector names (default: the folder\n"
    "                                  'traces' beside the vector)\n"
    "  -p, --policy NAME[:key=value…]  instead of the policy that the file's name or its member 'allocator' means\n"
    "      --json                      the results as JSON\n\n"
    "Exit codes: 0 everything agrees, 1 something differs, 3 a file is not what it should be.\n\n"
    "example: heaplab verify tests/vectors/*/*.json.gz\n"
    "example: heaplab verify offsets.json --trace traces/corpus/hub.jsonl.gz -p tlsf\n";

struct verify {
    const char *trace, *policy;
    bool json;
};

enum { OPT_TRACE = 256, OPT_JSON, OPT_HELP };

static const struct option long_options[] = {{"policy", required_argument, NULL, 'p'}, {"trace", required_argument, NULL, OPT_TRACE},
                                             {"json", no_argument, NULL, OPT_JSON},    {"help", no_argument, NULL, OPT_HELP},
                                             {NULL, 0, NULL, 0}};

static bool agrees(const struct verify_result *result)
{
    return result->agreed == result->all && result->statistics_agreed == result->statistics_all;
}

/* ---- for people ---- */

/* "offset 48" for 48; -1 and null say what they mean. */
static const char *in_words(const char *entry, char *buffer, size_t size)
{
    const bool digit = entry[0] >= '0' && entry[0] <= '9';
    snprintf(buffer, size, "%s%s%s", digit ? "offset " : "", entry,
             strcmp(entry, "-1") == 0 ? " (failed)" : strcmp(entry, "null") == 0 ? " (nothing placed)" : "");
    return buffer;
}

static void print_map(const struct verify_difference *first)
{
    for (size_t i = 0; i < first->span_count; i++) {
        const struct verify_span *span = &first->spans[i];
        char id[32] = "";
        if (span->id != 0) {
            snprintf(id, sizeof id, " id %" PRIu64, span->id);
        }
        if (i != 0 && span->off > first->spans[i - 1].off + first->spans[i - 1].size) {
            puts("           …");
        }
        printf("  %10" PRId64 " %10" PRIu32 "  %-8s%s%s%s\n", span->off, span->size, span->kind, id, span->expected ? "  <- expected" : "",
               span->found ? "  <- found" : "");
    }
}

static void print_result(const struct verify_vector *vector, const struct verify_result *result)
{
    char expected[VERIFY_TEXT + 32], found[VERIFY_TEXT + 32];
    printf("%s: %" PRIu64 " of %" PRIu64 " %s agree", vector->path, result->agreed, result->all, result->what);
    if (result->statistics_all != 0) {
        printf(", %" PRIu32 " of %" PRIu32 " statistics agree", result->statistics_agreed, result->statistics_all);
    }
    printf(" (%s)\n", vector->spec.text);
    if (result->first.event != 0) {
        printf("  first difference: event %" PRIu64 ": %s: expected %s, found %s\n", result->first.event, result->first.call,
               in_words(result->first.expected, expected, sizeof expected), in_words(result->first.found, found, sizeof found));
        if (result->first.span_count != 0) {
            printf("  %10s %10s  after this event\n", "offset", "bytes");
            print_map(&result->first);
        }
    }
    if (result->first_statistic.event != 0) {
        printf("  first statistic that differs: %s: expected %s, found %s\n", result->first_statistic.call, result->first_statistic.expected,
               strcmp(result->first_statistic.found, "null") == 0 ? "none of that name" : result->first_statistic.found);
    }
}

/* ---- for programs ---- */

static cJSON *difference_json(const struct verify_difference *first, const char *number, const char *name)
{
    if (first->event == 0) {
        return cJSON_CreateNull();
    }
    cJSON *object = cJSON_CreateObject();
    if (number != NULL) {
        cJSON_AddNumberToObject(object, number, (double)first->event);
    }
    cJSON_AddStringToObject(object, name, first->call);
    cJSON_AddRawToObject(object, "expected", first->expected);
    cJSON_AddRawToObject(object, "found", first->found);
    if (number == NULL) {
        return object;
    }
    cJSON *map = cJSON_AddArrayToObject(object, "map");
    for (size_t i = 0; i < first->span_count; i++) {
        const struct verify_span *span = &first->spans[i];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddNumberToObject(item, "offset", (double)span->off);
        cJSON_AddNumberToObject(item, "size", span->size);
        cJSON_AddStringToObject(item, "kind", span->kind);
        cJSON_AddItemToObject(item, "id", span->id == 0 ? cJSON_CreateNull() : cJSON_CreateNumber((double)span->id));
        cJSON_AddItemToArray(map, item);
    }
    return object;
}

static cJSON *result_json(const struct verify_vector *vector, const struct verify_result *result)
{
    static const char *const kinds[] = {"placements", "script", "waiters"};
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "file", vector->path);
    cJSON_AddStringToObject(object, "kind", kinds[vector->kind]);
    cJSON_AddStringToObject(object, "policy", vector->spec.text);
    cJSON_AddBoolToObject(object, "agrees", agrees(result));
    cJSON_AddNumberToObject(object, "events", (double)result->all);
    cJSON_AddNumberToObject(object, "events_agreeing", (double)result->agreed);
    cJSON_AddItemToObject(object, "first_difference", difference_json(&result->first, "event", "call"));
    cJSON_AddNumberToObject(object, "statistics", result->statistics_all);
    cJSON_AddNumberToObject(object, "statistics_agreeing", result->statistics_agreed);
    cJSON_AddItemToObject(object, "first_statistic_difference", difference_json(&result->first_statistic, NULL, "statistic"));
    return object;
}

/* ---- the files ---- */

static int run_kind(const struct verify *verify, const struct verify_vector *vector, struct verify_result *result)
{
    switch (vector->kind) {
    case VERIFY_SCRIPT: return verify_script(vector, result);
    case VERIFY_WAITERS: return verify_waiters(vector, result);
    default: return verify_placements(vector, verify->trace, result);
    }
}

/* One file; what it found goes to `list` (NULL: to standard output). Its exit code. */
static int run_file(const struct verify *verify, const char *path, cJSON *list)
{
    struct verify_vector vector;
    struct verify_result *result = calloc(1, sizeof *result);
    int code = result == NULL ? cli_fail(CLI_RESOURCES, "out of memory") : CLI_DONE;
    if (code == CLI_DONE) {
        code = verify_open(&vector, path, verify->policy);
        code = code == CLI_DONE ? run_kind(verify, &vector, result) : code;
        if (code == CLI_DONE) {
            code = agrees(result) ? CLI_DONE : CLI_DIFFERS;
            if (list != NULL) {
                cJSON_AddItemToArray(list, result_json(&vector, result));
            } else {
                print_result(&vector, result);
            }
        }
        verify_close(&vector);
    }
    free(result);
    return code;
}

static int run_files(const struct verify *verify, int count, char **paths)
{
    cJSON *root = verify->json ? cli_json(cJSON_CreateObject) : NULL;
    cJSON *list = verify->json ? cJSON_AddArrayToObject(root, "results") : NULL;
    int code = CLI_DONE, agreeing = 0;
    for (int i = 0; i < count && code != CLI_RESOURCES; i++) {
        const int one = run_file(verify, paths[i], list);
        code = one > code ? one : code;
        agreeing += one == CLI_DONE;
    }
    if (verify->json) {
        cJSON_AddNumberToObject(root, "files", count);
        cJSON_AddNumberToObject(root, "files_agreeing", agreeing);
        return cli_print_json(root, code);
    }
    if (count > 1) {
        printf("%d of %d files agree\n", agreeing, count);
    }
    return code;
}

int cmd_verify(int argc, char **argv)
{
    struct verify verify = {NULL, NULL, false};
    int option = 0;
    while ((option = getopt_long(argc, argv, "p:", long_options, NULL)) != -1) {
        switch (option) {
        case 'p': verify.policy = optarg; break;
        case OPT_TRACE: verify.trace = optarg; break;
        case OPT_JSON: verify.json = true; break;
        case OPT_HELP: fputs(help, stdout); return CLI_DONE;
        default: return cli_option_refused("verify");
        }
    }
    return optind == argc ? cli_usage("verify", "no vector given") : run_files(&verify, argc - optind, argv + optind);
}
