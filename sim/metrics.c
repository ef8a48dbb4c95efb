/* metrics.c: the formulas, each in one place. */
#include "metrics.h"

#include <math.h>
#include <string.h>

static double ratio(double part, double whole, double otherwise)
{
    return whole == 0 ? otherwise : part / whole;
}

/* Every count here is far below 2^63; the conversion of signed numbers is one instruction. */
static double real(uint64_t bytes)
{
    return (double)(int64_t)bytes;
}

double metrics_internal(const struct metrics_now *now)
{
    return ratio(real(now->block_bytes - now->payload_bytes), real(now->block_bytes), 0);
}

double metrics_external(const struct metrics_now *now)
{
    return now->free_bytes == 0 ? 0 : 1 - real(now->largest_free_bytes) / real(now->free_bytes);
}

double metrics_rss(const struct metrics_now *now)
{
    return now->free_bytes == 0 ? 0 : 1 - sqrt(real(now->free_squares)) / real(now->free_bytes);
}

double metrics_unusable_index(const struct metrics_now *now, uint64_t useful_bytes)
{
    return ratio((double)(now->free_bytes - useful_bytes), (double)now->free_bytes, 1);
}

double metrics_fragmentation_index(const struct metrics_now *now, uint64_t size)
{
    if (now->free_blocks == 0 || size == 0) {
        return 0;
    }
    return 1 - (1 + (double)now->free_bytes / (double)size) / now->free_blocks;
}

static void series_add(struct metrics_series *series, double value)
{
    series->end = value;
    series->max = value > series->max ? value : series->max;
    series->sum += value;
    series->count++;
}

double metrics_mean(const struct metrics_series *series)
{
    return ratio(series->sum, (double)series->count, 0);
}

void metrics_start(struct metrics_run *run, const struct metrics_now *now)
{
    memset(run, 0, sizeof *run);
    run->minimum_free_bytes = now->free_bytes;
    run->minimum_largest_free_bytes = now->largest_free_bytes;
}

static void note_peak(struct metrics_run *run, const struct metrics_now *now)
{
    run->peak_payload_bytes = now->payload_bytes;
    run->peak_payload_event = run->events;
    run->at_peak = *now;
    run->internal_fragmentation.at_peak = metrics_internal(now);
    run->external_fragmentation.at_peak = metrics_external(now);
    run->free_fragmentation_rss.at_peak = metrics_rss(now);
    run->in_use_ratio.at_peak = ratio((double)now->in_use_bytes, (double)now->payload_bytes, 0);
}

void metrics_event(struct metrics_run *run, const struct metrics_now *now)
{
    if (now->payload_bytes > run->peak_payload_bytes) {
        note_peak(run, now);
    }
    if (now->in_use_bytes > run->peak_in_use_bytes) {
        run->peak_in_use_bytes = now->in_use_bytes;
        run->payload_at_peak_in_use = now->payload_bytes;
    }
    run->peak_block_bytes = now->block_bytes > run->peak_block_bytes ? now->block_bytes : run->peak_block_bytes;
    run->peak_live_blocks = now->live_blocks > run->peak_live_blocks ? now->live_blocks : run->peak_live_blocks;
    run->minimum_free_bytes = now->free_bytes < run->minimum_free_bytes ? now->free_bytes : run->minimum_free_bytes;
    if (now->largest_free_bytes < run->minimum_largest_free_bytes) {
        run->minimum_largest_free_bytes = now->largest_free_bytes;
        run->minimum_largest_free_event = run->events;
    }
    series_add(&run->internal_fragmentation, metrics_internal(now));
    series_add(&run->external_fragmentation, metrics_external(now));
    series_add(&run->free_fragmentation_rss, metrics_rss(now));
    if (now->payload_bytes != 0) {
        series_add(&run->in_use_ratio, real(now->in_use_bytes) / real(now->payload_bytes));
    }
}

double metrics_utilization(const struct metrics_run *run)
{
    return ratio((double)run->peak_payload_bytes, (double)run->peak_in_use_bytes, 0);
}

double metrics_wilson(const struct metrics_run *run, int number)
{
    switch (number) {
    case 1: return metrics_mean(&run->in_use_ratio);
    case 2: return ratio((double)run->at_peak.in_use_bytes, (double)run->peak_payload_bytes, 0);
    case 3: return ratio((double)run->peak_in_use_bytes, (double)run->payload_at_peak_in_use, 0);
    default: return ratio((double)run->peak_in_use_bytes, (double)run->peak_payload_bytes, 0);
    }
}

double metrics_steps_mean(const struct metrics_run *run)
{
    return ratio((double)run->steps, (double)run->steps_count, 0);
}

uint64_t metrics_robson_bound(const struct heap_policy_inspect *inspect, const struct metrics_run *run)
{
    const uint64_t unit = inspect->smallest_block;
    if (unit == 0 || run->largest_block_bytes == 0) {
        return 0;
    }
    const uint64_t units = (run->peak_block_bytes + unit - 1) / unit, n = (run->largest_block_bytes + unit - 1) / unit;
    const uint64_t log = n <= 1 ? 0 : 64 - (uint64_t)__builtin_clzll(n - 1);
    switch (inspect->space_bound) {
    case HEAP_BOUND_FIRST_FIT: return unit * units * (1 + log);
    case HEAP_BOUND_BEST_FIT: return unit * (n > 3 ? units * (n - 2) : units);
    case HEAP_BOUND_BUDDY: return unit * 2 * units * (1 + log);
    default: return 0;
    }
}
