/* metrics.c: the formulas, each in one place. */
#include "metrics.h"

#include <string.h>

static double ratio(double part, double whole, double otherwise)
{
    return whole == 0 ? otherwise : part / whole;
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
