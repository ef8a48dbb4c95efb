/* scores.c: the table of scores.h: each name beside the expression that it stands for. */
#include "scores.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* What the expressions speak of. */
struct measured {
    struct lane *lane;
    const struct metrics_run *run;
    const struct metrics_now *now;
    const struct heap_policy_inspect *inspect;
    double arena, bound;
};

static double waits(const struct measured *m, uint64_t value) { return m->run->waits != 0 ? (double)value : NAN; }
static double or_none(uint64_t value) { return value != 0 ? (double)value : NAN; }

static double first_efficiency(const struct measured *m)
{
    return m->run->failures != 0 ? (double)m->run->kept_failures[0].now.payload_bytes / m->arena : NAN;
}

#define SERIES(X, name) \
    X(name##_at_peak, RATIO, LESS, RUN, false, m->run->name.at_peak) \
    X(name##_end, RATIO, LESS, RUN, false, m->run->name.end) \
    X(name##_mean, RATIO, LESS, RUN, false, metrics_mean(&m->run->name)) \
    X(name##_max, RATIO, LESS, RUN, false, m->run->name.max)

/* Name, kind, which is better, source, optional, expression. */
#define OF_THE_RUN(X) \
    X(events, COUNT, NEITHER, RUN, false, m->run->events) \
    X(allocations, COUNT, NEITHER, RUN, false, m->run->allocations) \
    X(reallocations, COUNT, NEITHER, RUN, false, m->run->reallocations) \
    X(reallocations_moved, COUNT, LESS, RUN, false, m->run->moved) \
    X(frees, COUNT, NEITHER, RUN, false, m->run->frees) \
    X(marks, COUNT, NEITHER, RUN, false, m->run->marks) \
    X(failures, COUNT, LESS, RUN, false, m->run->failures) \
    X(skipped, COUNT, LESS, RUN, false, m->run->skipped) \
    X(refused, COUNT, LESS, RUN, false, m->run->refused) \
    X(under_aligned, COUNT, LESS, RUN, true, or_none(m->run->under_aligned)) \
    X(waits, COUNT, LESS, RUN, true, or_none(m->run->waits)) \
    X(waits_served, COUNT, NEITHER, RUN, true, waits(m, m->run->waits_served)) \
    X(waits_timed_out, COUNT, LESS, RUN, true, waits(m, m->run->waits_timed_out)) \
    X(waiting_end, COUNT, LESS, RUN, true, waits(m, lane_waiting(m->lane))) \
    X(wait_longest_ticks, COUNT, LESS, RUN, true, waits(m, m->run->wait_longest)) \
    X(wait_total_ticks, COUNT, LESS, RUN, true, waits(m, m->run->wait_ticks)) \
    X(recorded_failures, COUNT, NEITHER, RUN, false, m->run->recorded_failures) \
    X(recorded_failures_served, COUNT, MORE, RUN, false, m->run->recorded_failures_served) \
    X(live_blocks_end, COUNT, NEITHER, RUN, false, m->now->live_blocks) \
    X(payload_bytes_end, BYTES, NEITHER, RUN, false, m->now->payload_bytes) \
    X(lower_bound_bytes, BYTES, NEITHER, RUN, false, m->bound) \
    X(peak_payload_bytes, BYTES, NEITHER, RUN, false, m->run->peak_payload_bytes) \
    X(peak_payload_event, COUNT, NEITHER, RUN, false, m->run->peak_payload_event) \
    X(peak_live_blocks, COUNT, NEITHER, RUN, false, m->run->peak_live_blocks) \
    X(peak_block_bytes, BYTES, LESS, RUN, false, m->run->peak_block_bytes) \
    X(peak_in_use_bytes, BYTES, LESS, RUN, false, m->run->peak_in_use_bytes) \
    X(header_bytes_at_peak, BYTES, LESS, RUN, false, m->run->at_peak.header_bytes) \
    X(padding_bytes_at_peak, BYTES, LESS, RUN, false, m->run->at_peak.padding_bytes) \
    X(tail_bytes_at_peak, BYTES, LESS, RUN, false, m->run->at_peak.tail_bytes) \
    X(free_bytes, BYTES, MORE, RUN, false, m->now->free_bytes) \
    X(free_blocks, COUNT, LESS, RUN, false, m->now->free_blocks) \
    X(largest_free_bytes, BYTES, MORE, RUN, false, m->now->largest_free_bytes) \
    X(minimum_ever_free_bytes, BYTES, MORE, RUN, false, m->run->minimum_free_bytes) \
    X(minimum_largest_free_bytes, BYTES, MORE, RUN, false, m->run->minimum_largest_free_bytes) \
    X(largest_request_bytes, BYTES, MORE, RUN, false, lane_largest_request(m->lane)) \
    X(robson_bound_bytes, BYTES, LESS, RUN, false, or_none(metrics_robson_bound(m->inspect, m->run))) \
    SERIES(X, internal_fragmentation) \
    SERIES(X, external_fragmentation) \
    SERIES(X, free_fragmentation_rss) \
    X(utilization, RATIO, MORE, RUN, false, metrics_utilization(m->run)) \
    X(wilson_1, RATIO, LESS, RUN, false, metrics_wilson(m->run, 1)) \
    X(wilson_2, RATIO, LESS, RUN, false, metrics_wilson(m->run, 2)) \
    X(wilson_3, RATIO, LESS, RUN, false, metrics_wilson(m->run, 3)) \
    X(wilson_4, RATIO, LESS, RUN, false, metrics_wilson(m->run, 4)) \
    X(steps_mean, RATIO, LESS, RUN, false, metrics_steps_mean(m->run)) \
    X(steps_max, COUNT, LESS, RUN, false, m->run->steps_max) \
    X(steps_max_event, COUNT, NEITHER, RUN, false, m->run->steps_max_event) \
    X(first_failure_efficiency, RATIO, MORE, RUN, false, first_efficiency(m))

#define OF_THE_SEARCH(X) \
    X(min_heap_bytes, BYTES, LESS, SEARCH, false, search->min_heap_bytes) \
    X(min_heap_arena_bytes, BYTES, LESS, SEARCH, false, search->arena_bytes) \
    X(min_heap_ratio, RATIO, LESS, SEARCH, false, bound != 0 ? (double)search->min_heap_bytes / bound : NAN) \
    X(safe_heap_bytes, BYTES, LESS, SEARCH, true, or_none(search->safe_heap_bytes)) \
    X(safe_heap_ratio, RATIO, LESS, SEARCH, true, bound != 0 ? or_none(search->safe_heap_bytes) / bound : NAN)

#define ROW(name, kind, better, source, optional, expression) {#name, SCORE_##kind, SCORE_##better, SCORE_OF_##source, optional},
const struct score scores[] = {
    {"heap_bytes", SCORE_BYTES, SCORE_NEITHER, SCORE_OF_RUN, false},
    {"alignment", SCORE_BYTES, SCORE_NEITHER, SCORE_OF_RUN, false},
    OF_THE_RUN(ROW)
    OF_THE_SEARCH(ROW)
    {"control_bytes", SCORE_BYTES, SCORE_LESS, SCORE_OF_SEARCH, false},
};
const size_t score_count = sizeof scores / sizeof scores[0];
_Static_assert(sizeof scores / sizeof scores[0] <= SCORES_ROOM, "SCORES_ROOM is too small");

#define ONE(name, kind, better, source, optional, expression) +1
enum { ALIGNMENT = 1, RUN_SCORES = 0 OF_THE_RUN(ONE) };

/* ---- values ---- */

static void fill(double values[SCORES_ROOM], const struct measured *m, const struct lane_options *options, double bound,
                 const struct search_result *search)
{
    double *value = values;
    *value++ = m->arena;
    *value++ = m->lane != NULL ? (double)lane_heap(m->lane)->alignment : (double)NAN;
#define VALUE(name, kind, better, source, optional, expression) *value++ = (double)(expression);
#define NO_VALUE(name, kind, better, source, optional, expression) *value++ = NAN;
    if (m->lane != NULL) {
        OF_THE_RUN(VALUE)
    } else {
        value += RUN_SCORES;
    }
    if (search != NULL && search->found) {
        OF_THE_SEARCH(VALUE)
    } else {
        OF_THE_SEARCH(NO_VALUE)
    }
    *value = options->policy->state_bytes;
}

void scores_of(double values[SCORES_ROOM], struct lane *lane, uint64_t lower_bound_bytes, const struct search_result *search)
{
    const struct lane_options *options = lane_options_of(lane);
    const struct measured measured = {lane, lane_run(lane), lane_now(lane), options->policy->inspect, options->heap_bytes, (double)lower_bound_bytes};
    fill(values, &measured, options, (double)lower_bound_bytes, search);
}

void scores_of_refused(double values[SCORES_ROOM], const struct lane_options *options, uint64_t lower_bound_bytes, const struct search_result *search)
{
    const struct measured measured = {.arena = options->heap_bytes};
    for (size_t i = 0; i < score_count; i++) {
        values[i] = NAN;
    }
    fill(values, &measured, options, (double)lower_bound_bytes, search);
    values[score_find("lower_bound_bytes")] = (double)lower_bound_bytes;
}

double score_counted(size_t index, const double values[SCORES_ROOM])
{
    const bool ran = !isnan(values[ALIGNMENT]);
    return isnan(values[index]) && scores[index].optional && ran ? 0 : values[index];
}

double score_round(size_t index, double value)
{
    return scores[index].kind == SCORE_RATIO ? round(value * 10000) / 10000 + 0.0 : value; /* + 0.0: no negative zero */
}

const char *score_format(size_t index, double value, char *buffer, size_t size)
{
    if (isnan(value)) {
        buffer[0] = '\0';
    } else {
        snprintf(buffer, size, "%.*f", scores[index].kind == SCORE_RATIO ? 4 : 0, score_round(index, value));
    }
    return buffer;
}

/* ---- names ---- */

static size_t find_exact(const char *name)
{
    for (size_t i = 0; i < score_count; i++) {
        if (strcmp(scores[i].name, name) == 0) {
            return i;
        }
    }
    return SCORE_NONE;
}

size_t score_find(const char *name)
{
    char maximum[64];
    const size_t exact = find_exact(name);
    snprintf(maximum, sizeof maximum, "%s_max", name);
    return exact != SCORE_NONE ? exact : find_exact(maximum);
}

/* Do two names share a word of at least four letters? */
static bool near(const char *a, const char *b)
{
    for (const char *word = a; *word != '\0';) {
        char part[64];
        const size_t length = strcspn(word, "_");
        snprintf(part, sizeof part, "%.*s", (int)length, word);
        if (length >= 4 && strcmp(part, "bytes") != 0 && strstr(b, part) != NULL) {
            return true;
        }
        word += length + (word[length] == '_');
    }
    return false;
}

bool score_parse(const char *name, size_t *index, char *why, size_t why_size)
{
    *index = score_find(name);
    if (*index != SCORE_NONE) {
        return true;
    }
    bool any = false;
    for (size_t i = 0; i < score_count; i++) {
        any = any || near(name, scores[i].name);
    }
    size_t used = (size_t)snprintf(why, why_size, "no metric is called '%.60s'; expected one of", name);
    for (size_t i = 0; i < score_count && used < why_size; i++) {
        if (!any || near(name, scores[i].name)) {
            used += (size_t)snprintf(why + used, why_size - used, " %s", scores[i].name);
        }
    }
    return false;
}
