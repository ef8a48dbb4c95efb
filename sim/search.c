/* search.c: see search.h. */
#include "search.h"

#include <math.h>
#include <stdlib.h>

#include "jobs.h"

#define GRID 8u
#define SCAN_BYTES 512u
#define FIXED_MOST (UINT64_C(16) << 20) /* zones, pages, tables: what a policy may take however little is asked */
#define HEAP_CEILING ((uint64_t)INT32_MAX & ~(uint64_t)4095)

struct search {
    const struct trace *trace;
    const struct lane_options *options;
    struct search_result *result;
    bool out_of_memory;
};

bool search_serves(const struct trace *trace, const struct lane_options *options, uint32_t arena_bytes, uint64_t *events, bool *out_of_memory)
{
    struct lane_options run = *options;
    run.heap_bytes = arena_bytes;
    run.region_count = 0;
    run.unmeasured = true;
    run.track_owners = false;
    int error = HEAP_OK;
    struct lane *lane = lane_open(&run, &error);
    *out_of_memory = *out_of_memory || (lane == NULL && error == HEAP_OK);
    const uint64_t count = lane == NULL ? 0 : trace_count(trace);
    bool served = lane != NULL && lane_take_threads(lane, trace_header_of(trace));
    *out_of_memory = *out_of_memory || (lane != NULL && !served);
    for (uint64_t i = 0; i < count && served; i++) {
        struct trace_event event;
        struct lane_result result;
        trace_get(trace, i, &event);
        if (!lane_apply(lane, &event, &result)) {
            *out_of_memory = true;
            served = false;
        }
        served = served && lane_run(lane)->failures == 0 && lane_run(lane)->refused == 0;
        *events += 1;
    }
    if (served && !lane_finish(lane)) {
        *out_of_memory = true;
        served = false;
    }
    served = served && lane_run(lane)->failures == 0 && lane_waiting(lane) == 0; /* who still waits has not been served */
    lane_close(lane);
    return served;
}

static bool serves(struct search *search, uint32_t arena_bytes)
{
    search->result->runs++;
    return search_serves(search->trace, search->options, arena_bytes, &search->result->events, &search->out_of_memory);
}

/* A heap beyond which trying makes no sense: no policy with any reuse needs it, and one without gets all that was ever asked.
 * A faithful replica may serve sizes that wrap: they count nothing. */
static uint64_t ceiling(const struct trace *trace, bool faithful, uint64_t *largest)
{
    uint64_t total = FIXED_MOST;
    for (uint64_t i = 0; i < trace_count(trace); i++) {
        struct trace_event event;
        trace_get(trace, i, &event);
        if (event.op == TRACE_FREE || event.op == TRACE_MARK || event.failed) {
            continue;
        }
        uint64_t bytes = 0;
        if (__builtin_mul_overflow(event.size, event.count, &bytes) || bytes > HEAP_CEILING || event.align > HEAP_MAX_ALIGN) {
            if (faithful) {
                continue;
            }
            *largest = UINT64_MAX; /* no heap ever serves that */
            return HEAP_CEILING;
        }
        *largest = bytes > *largest ? bytes : *largest;
        total += 2 * (bytes + event.align + 64);
        total = total < HEAP_CEILING ? total : HEAP_CEILING;
    }
    return total / GRID * GRID;
}

/* Can any heap of this policy hold the trace's largest request? (A pool of small blocks cannot.) */
static bool can_ever(const struct lane_options *options, uint64_t largest)
{
    struct lane_options probe = *options;
    int error = HEAP_OK;
    probe.heap_bytes = 1u << 20;
    probe.region_count = 0;
    struct lane *lane = (options->policy->inspect->traits & HEAP_FIXED_SIZE) != 0 ? lane_open(&probe, &error) : NULL;
    const bool can = largest <= HEAP_CEILING && (lane == NULL || lane_largest_request(lane) >= largest);
    lane_close(lane);
    return can;
}

bool search_min_heap(const struct trace *trace, const struct lane_options *options, bool (*stop)(void *ctx), void *ctx,
                     struct search_result *result)
{
    struct search search = {trace, options, result, false};
    uint64_t largest = 0;
    const uint64_t asked = ceiling(trace, lane_is_faithful(options), &largest);
    const uint64_t top = (options->policy->inspect->traits & HEAP_FIXED_SIZE) != 0 ? HEAP_CEILING : asked; /* a small request may cost a large cell */
    *result = (struct search_result){.found = false};
    if ((options->policy->inspect->traits & HEAP_NO_IMAGE) != 0) {
        result->platform = true;
        return true;
    }
    if (!can_ever(options, largest) || trace_peak_payload(trace) >= top) {
        return true;
    }
    uint64_t low = trace_peak_payload(trace) / GRID * GRID, high = low + low / 8 + 512; /* low: too small, high: enough */
    low = low >= GRID ? low - GRID : 0;
    high = high < top ? high / GRID * GRID : top;
    bool wanted = true;
    while (wanted && !search.out_of_memory && !serves(&search, (uint32_t)high)) {
        if (high == top) {
            return true;
        }
        low = high;
        high = high + high / 2 < top ? (high + high / 2) / GRID * GRID : top;
        wanted = stop == NULL || !stop(ctx);
    }
    while (wanted && !search.out_of_memory && high - low > GRID) {
        const uint64_t middle = (low + high) / 2 / GRID * GRID;
        if (serves(&search, (uint32_t)middle)) {
            high = middle;
        } else {
            low = middle;
        }
        wanted = stop == NULL || !stop(ctx);
    }
    const uint64_t bisected = high;
    for (uint64_t bytes = bisected; wanted && !search.out_of_memory && bytes > GRID && bisected - bytes < SCAN_BYTES;) {
        bytes -= GRID;
        high = serves(&search, (uint32_t)bytes) ? bytes : high;
        wanted = stop == NULL || !stop(ctx);
    }
    result->found = wanted;
    result->arena_bytes = high;
    result->min_heap_bytes = high + options->policy->state_bytes;
    return !search.out_of_memory;
}

/* ---- the safe heap ---- */

struct sample {
    const struct trace *trace;
    const struct lane_options *options;
    uint64_t events;
    uint32_t arena_bytes;
    bool serves, out_of_memory;
};

static void try_sample(void *ctx, size_t index)
{
    struct sample *sample = (struct sample *)ctx + index;
    sample->serves = search_serves(sample->trace, sample->options, sample->arena_bytes, &sample->events, &sample->out_of_memory);
}

/* The sizes to try above `arena_bytes`, rising; how many there are. */
static uint32_t choose_sizes(struct sample *samples, uint32_t count, uint64_t arena_bytes)
{
    const uint32_t dense = count / 4;
    const double first = (double)arena_bytes + dense * GRID, growth = 2.0 * (double)arena_bytes / first;
    uint64_t last = arena_bytes;
    uint32_t chosen = 0;
    for (uint32_t i = 1; i <= count; i++) {
        const double way = i <= dense ? 0 : (double)(i - dense) / (count - dense);
        const uint64_t far = (uint64_t)(first * pow(growth, way)) / GRID * GRID;
        const uint64_t bytes = i <= dense || far <= last ? last + GRID : far;
        if (bytes <= HEAP_CEILING) {
            samples[chosen++].arena_bytes = (uint32_t)bytes;
        }
        last = bytes;
    }
    return chosen;
}

/* Where the last sample fails: the first that serves of ever larger heaps; 0: none does. */
static uint64_t serving_beyond(struct search *search, uint64_t failing)
{
    for (uint64_t bytes = failing; !search->out_of_memory;) {
        bytes += bytes / 4 / GRID * GRID + GRID;
        if (bytes > HEAP_CEILING) {
            break;
        }
        if (serves(search, (uint32_t)bytes)) {
            return bytes;
        }
        search->result->largest_failing_bytes = bytes;
    }
    return 0;
}

/* Where some sizes fail, others fail near them: the first heap from `bytes` (which serves) on behind which the next `row` sizes serve too.
 * After 64 rows the row may be shorter. 0: there is none. */
static uint64_t scan_above(struct search *search, uint64_t bytes, uint32_t row)
{
    uint64_t good = bytes;
    uint32_t in_row = 0;
    for (uint32_t tried = 0; !search->out_of_memory && in_row < row && (tried < 64 * row || good == 0); tried++) {
        bytes += GRID;
        if (bytes > HEAP_CEILING) {
            break;
        }
        if (!serves(search, (uint32_t)bytes)) {
            search->result->largest_failing_bytes = bytes;
            good = 0;
            in_row = 0;
        } else if (good == 0) {
            good = bytes;
        } else {
            in_row++;
        }
    }
    return good;
}

static bool take_samples(struct search *search, struct sample *samples, uint32_t count)
{
    struct search_result *result = search->result;
    uint64_t low = result->arena_bytes, high = result->arena_bytes; /* the largest that fails, and the next that serves */
    for (uint32_t i = 0; i < count; i++) {
        search->out_of_memory = search->out_of_memory || samples[i].out_of_memory;
        result->events += samples[i].events;
        result->runs++;
        result->samples++;
        if (!samples[i].serves) {
            result->samples_failing++;
            result->largest_failing_bytes = low = samples[i].arena_bytes;
            high = i + 1 < count ? samples[i + 1].arena_bytes : 0;
        }
    }
    if (high == 0) {
        high = search->out_of_memory ? 0 : serving_beyond(search, low);
        low = result->largest_failing_bytes;
    }
    if (high == 0) {
        return !search->out_of_memory;
    }
    while (high - low > GRID && !search->out_of_memory) {
        const uint64_t middle = (low + high) / 2 / GRID * GRID;
        if (serves(search, (uint32_t)middle)) {
            high = middle;
        } else {
            result->largest_failing_bytes = low = middle;
        }
    }
    high = result->samples_failing == 0 ? high : scan_above(search, high, count / 4);
    if (high != 0) {
        result->safe_arena_bytes = high;
        result->safe_heap_bytes = high + search->options->policy->state_bytes;
    }
    return !search->out_of_memory;
}

bool search_safe_heap(const struct trace *trace, const struct lane_options *options, uint32_t samples, bool parallel, struct search_result *result)
{
    struct search search = {trace, options, result, false};
    struct sample *tried = result->found ? calloc(samples, sizeof *tried) : NULL;
    if (tried == NULL) {
        return !result->found;
    }
    const uint32_t count = choose_sizes(tried, samples, result->arena_bytes);
    for (uint32_t i = 0; i < count; i++) {
        tried[i].trace = trace;
        tried[i].options = options;
    }
    if (parallel) {
        jobs_run(count, try_sample, tried, NULL, NULL);
    } else {
        for (uint32_t i = 0; i < count; i++) {
            try_sample(tried, i);
        }
    }
    const bool ok = take_samples(&search, tried, count);
    free(tried);
    return ok;
}
