/* metrics.h: the numbers of one run, kept event by event without walking the heap. Names and formulas: docs/METRICS.md.
 *
 * P payload bytes live, B block bytes live (headers and padding included), H heap in use, F bytes in free blocks, L the largest
 * of them, A arena bytes. */
#ifndef HEAPLAB_SIM_METRICS_H
#define HEAPLAB_SIM_METRICS_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include <heap/policy.h>

#include "rare.h"

/* The heap at one moment. */
struct metrics_now {
    uint64_t payload_bytes;     /* P */
    uint64_t block_bytes;       /* B */
    uint64_t header_bytes, padding_bytes, tail_bytes; /* B - P, split: the policy's own; rounding up to the alignment; beyond that */
    uint64_t in_use_bytes;      /* H */
    uint64_t free_bytes;        /* F */
    uint64_t free_squares;      /* sum of f_i^2 */
    uint32_t largest_free_bytes, free_blocks, live_blocks;
};

/* A value that changes over the run. */
struct metrics_series {
    double at_peak, end, max;
    double sum;     /* the mean's, and over how many events */
    uint64_t count;
};

double metrics_mean(const struct metrics_series *series); /* 0 before the first event */

struct metrics_failure {
    uint64_t event;
    uint64_t size, align;
    struct metrics_now now; /* when it failed */
};

#define METRICS_FAILURES_KEPT 16

/* The run so far. */
struct metrics_run {
    uint64_t events, allocations, frees, reallocations, marks; /* calls that succeeded */
    uint64_t failures;                 /* requests that got NULL; the trace's own `failed` attempts are not counted here */
    uint64_t recorded_failures, recorded_failures_served; /* events with failed:true; those that this heap could serve */
    uint64_t skipped;                  /* events of ids whose allocation failed here */
    uint64_t refused;                  /* frees that the heap refused: a defect of policy or trace */
    uint64_t under_aligned;            /* faithful replicas: payloads without the alignment that was asked for, as the original gives them */
    uint64_t moved;                    /* reallocs that changed the offset */
    uint64_t waits, waits_served, waits_timed_out; /* allocs that found no block and waited; that got one; that gave up (failures too) */
    uint64_t wait_ticks, wait_longest; /* of those that ended, in the trace's time unit */
    uint64_t peak_payload_bytes, peak_payload_event, peak_block_bytes, peak_in_use_bytes, peak_live_blocks, largest_block_bytes;
    struct metrics_now at_peak;        /* the heap at the peak of P */
    uint64_t payload_at_peak_in_use;   /* P when H first reached its maximum */
    uint64_t minimum_free_bytes, minimum_largest_free_bytes, minimum_largest_free_event;
    uint64_t steps, steps_max, steps_max_event, steps_count; /* visits; in one operation; operations that could visit */
    struct metrics_series internal_fragmentation, external_fragmentation, free_fragmentation_rss, in_use_ratio; /* the last: H / P */
    struct metrics_failure kept_failures[METRICS_FAILURES_KEPT]; /* the first ones */
    struct metrics_failure last_failure;
};

/* (s / F) formulas need the free sizes: `useful_bytes` = bytes in free blocks able to serve s. */
double metrics_unusable_index(const struct metrics_now *now, uint64_t useful_bytes); /* (F - useful) / F; 1 where F = 0 */
double metrics_fragmentation_index(const struct metrics_now *now, uint64_t size);   /* 1 - (1 + F / s) / n; 0 where n = 0 */

void metrics_start(struct metrics_run *run, const struct metrics_now *now);

/* What is derived at the end. */
double metrics_utilization(const struct metrics_run *run); /* max P / max H */
double metrics_wilson(const struct metrics_run *run, int number); /* 1 … 4 */
double metrics_steps_mean(const struct metrics_run *run);

/* The most memory that the policy could need for any program with this run's peak of block bytes and largest block; 0 = unknown. */
uint64_t metrics_robson_bound(const struct heap_policy_inspect *inspect, const struct metrics_run *run);

/* ---- after every event: inline, because a replay does little else ---- */

/* Every count here is far below 2^63; the conversion of signed numbers is one instruction. */
static inline double metrics_real(uint64_t bytes) { return (double)(int64_t)bytes; }

/* (B - P) / B; 0 where B = 0 */
static inline double metrics_internal(const struct metrics_now *now)
{
    return RARE(now->block_bytes == 0) ? 0 : metrics_real(now->block_bytes - now->payload_bytes) / metrics_real(now->block_bytes);
}

/* 1 - L / F; 0 where F = 0 */
static inline double metrics_external(const struct metrics_now *now)
{
    return RARE(now->free_bytes == 0) ? 0 : 1 - metrics_real(now->largest_free_bytes) / metrics_real(now->free_bytes);
}

/* 1 - sqrt(sum f^2) / F; 0 where F = 0 */
static inline double metrics_rss(const struct metrics_now *now)
{
    return RARE(now->free_bytes == 0) ? 0 : 1 - sqrt(metrics_real(now->free_squares)) / metrics_real(now->free_bytes);
}

static inline void metrics_series_add(struct metrics_series *series, double value)
{
    series->end = value;
    series->max = value > series->max ? value : series->max;
    series->sum += value;
    series->count++;
}

/* The new peak of P: `now`, and what the series have of it already. */
static inline void metrics_note_peak(struct metrics_run *run, const struct metrics_now *now)
{
    run->peak_payload_bytes = now->payload_bytes;
    run->peak_payload_event = run->events;
    run->at_peak = *now;
    run->internal_fragmentation.at_peak = run->internal_fragmentation.end;
    run->external_fragmentation.at_peak = run->external_fragmentation.end;
    run->free_fragmentation_rss.at_peak = run->free_fragmentation_rss.end;
    run->in_use_ratio.at_peak = run->in_use_ratio.end;
}

/* Maxima, means and peaks, after each event but marks. */
static inline __attribute__((always_inline)) void metrics_event(struct metrics_run *run, const struct metrics_now *now)
{
    const double internal = metrics_internal(now), external = metrics_external(now), rss = metrics_rss(now);
    metrics_series_add(&run->internal_fragmentation, internal);
    metrics_series_add(&run->external_fragmentation, external);
    metrics_series_add(&run->free_fragmentation_rss, rss);
    if (!RARE(now->payload_bytes == 0)) {
        metrics_series_add(&run->in_use_ratio, metrics_real(now->in_use_bytes) / metrics_real(now->payload_bytes));
    }
    if (RARE(now->in_use_bytes > run->peak_in_use_bytes)) {
        run->peak_in_use_bytes = now->in_use_bytes;
        run->payload_at_peak_in_use = now->payload_bytes;
    }
    if (RARE(now->block_bytes > run->peak_block_bytes)) {
        run->peak_block_bytes = now->block_bytes;
    }
    if (RARE(now->live_blocks > run->peak_live_blocks)) {
        run->peak_live_blocks = now->live_blocks;
    }
    if (RARE(now->free_bytes < run->minimum_free_bytes)) {
        run->minimum_free_bytes = now->free_bytes;
    }
    if (RARE(now->largest_free_bytes < run->minimum_largest_free_bytes)) {
        run->minimum_largest_free_bytes = now->largest_free_bytes;
        run->minimum_largest_free_event = run->events;
    }
    if (RARE(now->payload_bytes > run->peak_payload_bytes)) {
        metrics_note_peak(run, now);
    }
}

#endif
