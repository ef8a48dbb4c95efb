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
    cJSON_AddNumberToObject(object, name, round(value * 10000) / 10000);
}

static void add_series(cJSON *object, const char *name, const struct metrics_series *series)
{
    char member[64];
    snprintf(member, sizeof member, "%s_at_peak", name);
    add_ratio(object, member, series->at_peak);
    snprintf(member, sizeof member, "%s_end", name);
    add_ratio(object, member, series->end);
    snprintf(member, sizeof member, "%s_mean", name);
    add_ratio(object, member, metrics_mean(series));
    snprintf(member, sizeof member, "%s_max", name);
    add_ratio(object, member, series->max);
}

static void add_failures(cJSON *object, const struct report *report)
{
    const struct metrics_run *run = lane_run(report->lane);
    const double arena = lane_options_of(report->lane)->heap_bytes;
    if (run->failures == 0) {
        cJSON_AddNullToObject(object, "first_failure_efficiency");
        cJSON_AddArrayToObject(object, "first_failures");
        return;
    }
    add_ratio(object, "first_failure_efficiency", (double)run->kept_failures[0].now.payload_bytes / arena);
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

static void add_counts(cJSON *object, const struct report *report)
{
    const struct metrics_run *run = lane_run(report->lane);
    const struct metrics_now *now = lane_now(report->lane);
    add_count(object, "events", run->events);
    add_count(object, "allocations", run->allocations);
    add_count(object, "reallocations", run->reallocations);
    add_count(object, "reallocations_moved", run->moved);
    add_count(object, "frees", run->frees);
    add_count(object, "marks", run->marks);
    add_count(object, "failures", run->failures);
    add_count(object, "skipped", run->skipped);
    add_count(object, "refused", run->refused);
    if (run->under_aligned != 0) {
        add_count(object, "under_aligned", run->under_aligned);
    }
    if (run->waits != 0) {
        add_count(object, "waits", run->waits);
        add_count(object, "waits_served", run->waits_served);
        add_count(object, "waits_timed_out", run->waits_timed_out);
        add_count(object, "waiting_end", lane_waiting(report->lane));
        add_count(object, "wait_longest_ticks", run->wait_longest);
        add_count(object, "wait_total_ticks", run->wait_ticks);
    }
    add_count(object, "recorded_failures", run->recorded_failures);
    add_count(object, "recorded_failures_served", run->recorded_failures_served);
    add_count(object, "live_blocks_end", now->live_blocks);
    add_count(object, "payload_bytes_end", now->payload_bytes);
}

static void add_sizes(cJSON *object, const struct report *report)
{
    const struct metrics_run *run = lane_run(report->lane);
    const struct metrics_now *now = lane_now(report->lane);
    add_count(object, "lower_bound_bytes", report->lower_bound_bytes);
    add_count(object, "peak_payload_bytes", run->peak_payload_bytes);
    add_count(object, "peak_payload_event", run->peak_payload_event);
    add_count(object, "peak_live_blocks", run->peak_live_blocks);
    add_count(object, "peak_block_bytes", run->peak_block_bytes);
    add_count(object, "peak_in_use_bytes", run->peak_in_use_bytes);
    add_count(object, "header_bytes_at_peak", run->at_peak.header_bytes);
    add_count(object, "padding_bytes_at_peak", run->at_peak.padding_bytes);
    add_count(object, "tail_bytes_at_peak", run->at_peak.tail_bytes);
    add_count(object, "free_bytes", now->free_bytes);
    add_count(object, "free_blocks", now->free_blocks);
    add_count(object, "largest_free_bytes", now->largest_free_bytes);
    add_count(object, "minimum_ever_free_bytes", run->minimum_free_bytes);
    add_count(object, "minimum_largest_free_bytes", run->minimum_largest_free_bytes);
    add_count(object, "largest_request_bytes", lane_largest_request(report->lane));
    const uint64_t bound = metrics_robson_bound(lane_options_of(report->lane)->policy->inspect, run);
    if (bound != 0) {
        add_count(object, "robson_bound_bytes", bound);
    } else {
        cJSON_AddNullToObject(object, "robson_bound_bytes");
    }
}

cJSON *report_json(const struct report *report)
{
    const struct metrics_run *run = lane_run(report->lane);
    char digest[16];
    snprintf(digest, sizeof digest, "%08x", (unsigned)report->digest);
    cJSON *object = cli_json(cJSON_CreateObject);
    cJSON_AddStringToObject(object, "trace", report->trace);
    cJSON_AddStringToObject(object, "policy", report->spec->text);
    add_count(object, "heap_bytes", lane_options_of(report->lane)->heap_bytes);
    add_count(object, "alignment", lane_heap(report->lane)->alignment);
    add_counts(object, report);
    add_sizes(object, report);
    add_series(object, "internal_fragmentation", &run->internal_fragmentation);
    add_series(object, "external_fragmentation", &run->external_fragmentation);
    add_series(object, "free_fragmentation_rss", &run->free_fragmentation_rss);
    add_ratio(object, "utilization", metrics_utilization(run));
    for (int i = 1; i <= 4; i++) {
        const char name[] = {'w', 'i', 'l', 's', 'o', 'n', '_', (char)('0' + i), '\0'};
        add_ratio(object, name, metrics_wilson(run, i));
    }
    add_ratio(object, "steps_mean", metrics_steps_mean(run));
    add_count(object, "steps_max", run->steps_max);
    add_count(object, "steps_max_event", run->steps_max_event);
    add_failures(object, report);
    add_unusable(object, report);
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
