/* report_json.c: the stable JSON of one run. Numbers over 2^53 do not occur; null means that the trace gives no such value. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "report.h"

static void add_count(cJSON *object, const char *name, uint64_t value)
{
    cJSON_AddNumberToObject(object, name, (double)value);
}

/* Four digits behind the point are what a ratio means; more would only be noise that differs between compilers. */
static void add_ratio(cJSON *object, const char *name, double value)
{
    cJSON_AddNumberToObject(object, name, round(value * 10000) / 10000 + 0.0); /* + 0.0: no negative zero */
}

static void add_failures(cJSON *object, const struct report *report)
{
    const struct metrics_run *run = lane_run(report->lane);
    cJSON *list = cJSON_AddArrayToObject(object, "first_failures");
    for (size_t i = 0; i < run->failures && i < METRICS_FAILURES_KEPT; i++) {
        const struct metrics_failure *failure = &run->kept_failures[i];
        cJSON *item = cJSON_CreateObject();
        add_count(item, "event", failure->event);
        add_count(item, "size", failure->size);
        add_count(item, "align", failure->align);
        add_count(item, "payload_bytes", failure->now.payload_bytes);
        add_count(item, "free_bytes", failure->now.free_bytes);
        add_count(item, "largest_free_bytes", failure->now.largest_free_bytes);
        add_count(item, "free_blocks", failure->now.free_blocks);
        add_ratio(item, "fragmentation_index", metrics_fragmentation_index(&failure->now, failure->size));
        cJSON_AddItemToArray(list, item);
    }
}

/* The curve of the unusable free index over request sizes, at the end of the run. */
static void add_unusable(cJSON *object, const struct report *report)
{
    cJSON *list = cJSON_AddArrayToObject(object, "unusable_free_index_end");
    for (uint64_t size = 8; size <= lane_options_of(report->lane)->heap_bytes; size *= 2) {
        cJSON *item = cJSON_CreateObject();
        add_count(item, "size", size);
        add_ratio(item, "value", metrics_unusable_index(lane_now(report->lane), lane_useful_free(report->lane, size)));
        cJSON_AddItemToArray(list, item);
    }
}

static void add_statistic(void *ctx, const struct heap_statistic *statistic)
{
    cJSON *item = cJSON_CreateObject();
    cJSON_AddStringToObject(item, "name", statistic->name);
    cJSON_AddItemToObject(item, "key", statistic->key == NULL ? cJSON_CreateNull() : cJSON_CreateString(statistic->key));
    cJSON_AddItemToObject(item, "region", statistic->region == HEAP_NONE ? cJSON_CreateNull() : cJSON_CreateNumber(statistic->region));
    cJSON_AddNumberToObject(item, "value", statistic->value);
    cJSON_AddItemToArray(ctx, item);
}

/* The policy's own statistics; null where it keeps none. */
static void add_native(cJSON *object, const struct report *report)
{
    const struct heap_policy_inspect *inspect = lane_options_of(report->lane)->policy->inspect;
    if (inspect->statistics == NULL) {
        cJSON_AddNullToObject(object, "native_statistics");
    } else {
        inspect->statistics(lane_heap(report->lane), add_statistic, cJSON_AddArrayToObject(object, "native_statistics"));
    }
}

void report_add_scores(cJSON *object, const double values[SCORES_ROOM], bool searched)
{
    for (size_t i = 0; i < score_count; i++) {
        const bool present = !isnan(values[i]);
        if ((scores[i].source == SCORE_OF_SEARCH && !searched) || (scores[i].optional && !present)) {
            continue;
        }
        cJSON_AddItemToObject(object, scores[i].name, present ? cJSON_CreateNumber(score_round(i, values[i])) : cJSON_CreateNull());
    }
}

cJSON *report_json(const struct report *report)
{
    const struct metrics_run *run = lane_run(report->lane);
    char digest[16];
    snprintf(digest, sizeof digest, "%08x", (unsigned)report->digest);
    cJSON *object = cli_json(cJSON_CreateObject);
    if (report->heap != NULL) {
        cJSON_AddStringToObject(object, "heap", report->heap);
    }
    cJSON_AddStringToObject(object, "trace", report->trace);
    cJSON_AddStringToObject(object, "policy", report->spec->text);
    double values[SCORES_ROOM];
    scores_of(values, report->lane, report->lower_bound_bytes, report->search);
    report_add_scores(object, values, report->search != NULL);
    add_failures(object, report);
    add_unusable(object, report);
    if (report->header != NULL) {
        report_add_waits(cJSON_AddArrayToObject(object, "waiting_threads"), report);
    }
    if (report->native) {
        add_native(object, report);
    }
    if (lane_has_image(report->lane)) {
        cJSON_AddStringToObject(object, "digest", digest);
    } else {
        cJSON_AddNullToObject(object, "digest");
    }
    if (report->seconds > 0) {
        cJSON_AddNumberToObject(object, "seconds", report->seconds);
        cJSON_AddNumberToObject(object, "events_per_second", round((double)run->events / report->seconds));
    }
    return object;
}
