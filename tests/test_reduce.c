/* test_reduce.c: reduced traces are minimal, still show what they are to show, and come out the same every time; what diff finds. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff.h"
#include "reduce.h"
#include "trace_support.h"

static struct lane_options lane_of(const char *policy, uint32_t heap_bytes)
{
    return (struct lane_options){.policy = heap_policy_find(policy), .heap_bytes = heap_bytes};
}

/* The cases: each condition, on traces made at random and on recorded ones. */
struct reduction_case {
    const char *policy, *other, *condition, *corpus; /* corpus: NULL = at random from `seed` */
    uint32_t heap_bytes, other_bytes;
    uint64_t seed;
    bool shrink_heap, keep_sizes, fragmented;
};

static const struct reduction_case cases[] = {
    {"first_fit", NULL, NULL, NULL, 4000, 0, 1, false, false, false},
    {"best_fit", NULL, NULL, NULL, 4000, 0, 2, false, true, false},
    {"tlsf", NULL, NULL, NULL, 5000, 0, 3, true, false, false},
    {"buddy", NULL, NULL, NULL, 4096, 0, 4, false, true, false},
    {"first_fit", "best_fit", NULL, NULL, 32768, 32768, 5, false, false, false},
    {"first_fit", "next_fit", NULL, NULL, 32768, 32768, 6, true, true, false},
    {"tlsf", "tlsf", NULL, NULL, 16384, 8192, 7, false, false, false},
    {"first_fit", NULL, "external_fragmentation>0.3", NULL, 12288, 0, 8, false, false, false},
    {"tlsf", NULL, "steps_max>=2,failures==0", NULL, 32768, 0, 9, false, true, false},
    {"best_fit", NULL, "reallocations_moved>=3", NULL, 32768, 0, 10, true, false, false},
    {"first_fit", NULL, "free_blocks>=4,internal_fragmentation_end<0.5", NULL, 16384, 0, 11, true, false, false},
    {"freertos_heap_4", NULL, NULL, NULL, 4000, 0, 12, false, false, false},
    {"first_fit", NULL, NULL, "pigz", 200000, 0, 0, false, false, false},
    {"first_fit", "best_fit", NULL, "bc", 73728, 73728, 0, false, false, false},
    {"first_fit", NULL, "external_fragmentation>0.2", "m4", 150000, 0, 0, true, false, false},
    {"first_fit", NULL, NULL, "hub", 44032, 0, 0, false, false, true},
    {"tlsf", NULL, NULL, "hub", 48000, 0, 0, false, true, true},
};

static struct trace *load_case(const struct reduction_case *of)
{
    char path[512];
    struct trace_error error;
    const struct trace_options options = {.zero_keeps = false};
    if (of->corpus == NULL) {
        return support_random_trace(of->seed, 1500, 120, 400);
    }
    snprintf(path, sizeof path, "%s/traces/corpus/%s.jsonl.gz", HEAPLAB_SOURCE_DIR, of->corpus);
    return trace_load(path, &options, NULL, NULL, &error);
}

static struct reduce_options options_of_case(const struct reduction_case *of, struct assertion_list *assertions)
{
    char why[1024] = "";
    struct reduce_options options = {.lane = lane_of(of->policy, of->heap_bytes), .shrink_heap = of->shrink_heap, .keep_sizes = of->keep_sizes,
                                     .fragmented = of->fragmented, .assertions = assertions, .other_follows = of->heap_bytes == of->other_bytes};
    assertions->count = 0;
    if (of->other != NULL) {
        options.condition = REDUCE_DIVERGENCE;
        options.other = lane_of(of->other, of->other_bytes);
    } else if (of->condition != NULL) {
        options.condition = REDUCE_SCORES;
        ck_assert_msg(assertions_parse(assertions, of->condition, why, sizeof why), "%s", why);
    }
    return options;
}

static void reduce_case(const struct reduction_case *of, struct reduce_options *options, struct assertion_list *assertions, struct reduce_result *result)
{
    struct trace *trace = load_case(of);
    int error = HEAP_OK;
    ck_assert_ptr_nonnull(trace);
    *options = options_of_case(of, assertions);
    ck_assert_msg(reduce_trace(trace, options, result, &error), "%s: error %d", of->policy, error);
    ck_assert_msg(result->holds, "case of %s, seed %u: the condition does not hold on the whole trace", of->policy, (unsigned)of->seed);
    ck_assert(reduce_holds(trace, options));
    trace_free(trace);
    options->lane.heap_bytes = result->heap_bytes;
    options->other.heap_bytes = result->other_bytes;
}

/* `trace` without the events for which `leave_out` is set. */
static struct trace *without(const struct trace *trace, const bool *leave_out)
{
    struct trace *copy = trace_new("without");
    for (uint64_t i = 0; i < trace_count(trace); i++) {
        struct trace_event event;
        trace_get(trace, i, &event);
        event.t = TRACE_NO_TIME;
        if (!leave_out[i]) {
            ck_assert_int_eq(trace_append(copy, &event), 0);
        }
    }
    return copy;
}

/* Brute force: each allocation with all its events, and each realloc and free alone. Ids of a reduced trace name one allocation each. */
static void check_minimal(const struct trace *trace, const struct reduce_options *options)
{
    const uint64_t count = trace_count(trace);
    bool *leave_out = calloc((size_t)count + 1, sizeof *leave_out);
    for (uint64_t i = 0; i < count; i++) {
        struct trace_event unit, event;
        trace_get(trace, i, &unit);
        bool first = true;
        for (uint64_t k = 0; k < count; k++) {
            trace_get(trace, k, &event);
            first = first && (k >= i || unit.id == 0 || event.id != unit.id);
        }
        for (uint64_t k = 0; k < count; k++) {
            trace_get(trace, k, &event);
            leave_out[k] = k == i || (first && unit.id != 0 && event.id == unit.id);
        }
        struct trace *smaller = without(trace, leave_out);
        ck_assert_msg(!reduce_holds(smaller, options), "event %u of %u can be left out", (unsigned)i + 1, (unsigned)count);
        trace_free(smaller);
    }
    free(leave_out);
}

START_TEST(a_reduced_trace_still_shows_it_and_is_minimal)
{
    struct reduce_options options;
    struct assertion_list assertions;
    struct reduce_result result;
    reduce_case(&cases[_i], &options, &assertions, &result);
    ck_assert(result.minimal);
    ck_assert_uint_eq(result.events_after, trace_count(result.trace));
    ck_assert_uint_lt(result.events_after, result.events_before);
    ck_assert(reduce_holds(result.trace, &options));
    check_minimal(result.trace, &options);
    trace_free(result.trace);
}
END_TEST

START_TEST(reducing_gives_the_same_every_time)
{
    struct reduce_options options;
    struct assertion_list assertions;
    struct reduce_result once, again;
    reduce_case(&cases[_i], &options, &assertions, &once);
    reduce_case(&cases[_i], &options, &assertions, &again);
    ck_assert_uint_eq(once.runs, again.runs);
    ck_assert_uint_eq(once.events_run, again.events_run);
    ck_assert_uint_eq(trace_count(once.trace), trace_count(again.trace));
    for (uint64_t i = 0; i < trace_count(once.trace); i++) {
        struct trace_event a, b;
        trace_get(once.trace, i, &a);
        trace_get(again.trace, i, &b);
        ck_assert(a.op == b.op && a.id == b.id && a.size == b.size && a.count == b.count && a.align == b.align && a.t == b.t);
    }
    trace_free(once.trace);
    trace_free(again.trace);
}
END_TEST

START_TEST(sizes_are_kept_where_that_is_asked_for)
{
    bool known[512] = {false};
    struct trace *trace = load_case(&cases[1]);
    for (uint64_t i = 0; i < trace_count(trace); i++) {
        struct trace_event event;
        trace_get(trace, i, &event);
        known[event.size] = true;
    }
    trace_free(trace);
    struct reduce_options options;
    struct assertion_list assertions;
    struct reduce_result result;
    reduce_case(&cases[1], &options, &assertions, &result);
    for (uint64_t i = 0; i < trace_count(result.trace); i++) {
        struct trace_event event;
        trace_get(result.trace, i, &event);
        ck_assert(known[event.size]);
    }
    trace_free(result.trace);
}
END_TEST

START_TEST(a_condition_that_does_not_hold_is_told_with_what_was_found)
{
    struct trace *trace = support_random_trace(1, 500, 50, 200);
    struct assertion_list assertions = {0};
    struct reduce_options options = {.lane = lane_of("first_fit", 1 << 20), .assertions = &assertions};
    struct reduce_result result;
    char why[512];
    int error = HEAP_OK;
    ck_assert(reduce_trace(trace, &options, &result, &error));
    ck_assert(!result.holds && result.trace == NULL);
    ck_assert_uint_eq(result.runs, 1);
    options.condition = REDUCE_DIVERGENCE;
    options.other = options.lane;
    ck_assert(reduce_trace(trace, &options, &result, &error));
    ck_assert(!result.holds && result.trace == NULL);
    options.condition = REDUCE_SCORES;
    ck_assert(assertions_parse(&assertions, "failures>0", why, sizeof why));
    ck_assert(reduce_trace(trace, &options, &result, &error));
    ck_assert(!result.holds && result.trace == NULL);
    ck_assert_double_eq(result.values[score_find("failures")], 0);
    ck_assert_double_gt(result.values[score_find("allocations")], 0);
    options.lane.heap_bytes = 8;
    ck_assert(!reduce_trace(trace, &options, &result, &error));
    ck_assert_int_ne(error, HEAP_OK);
    trace_free(trace);
}
END_TEST

static bool three_times(void *ctx, const struct reduce_state *state)
{
    int *left = ctx;
    ck_assert_uint_gt(state->runs, 0);
    return --*left > 0;
}

START_TEST(ended_before_it_is_minimal_the_best_so_far_is_kept)
{
    struct trace *trace = support_random_trace(1, 1500, 120, 400);
    int left = 3, error = HEAP_OK;
    struct reduce_options options = {.lane = lane_of("first_fit", 4000), .go_on = three_times, .ctx = &left};
    struct reduce_result result;
    ck_assert(reduce_trace(trace, &options, &result, &error));
    ck_assert(result.holds && !result.minimal);
    ck_assert_ptr_nonnull(result.trace);
    ck_assert(reduce_holds(result.trace, &options));
    trace_free(result.trace);
    options.go_on = NULL;
    for (uint64_t most = 1; most < 200; most += 23) {
        options.most_runs = most;
        ck_assert(reduce_trace(trace, &options, &result, &error));
        ck_assert_uint_le(result.runs, most + 64);
        ck_assert(reduce_holds(result.trace, &options));
        trace_free(result.trace);
    }
    trace_free(trace);
}
END_TEST

START_TEST(what_is_cut_behind_the_first_failure_is_exact)
{
    struct trace *trace = trace_new("cut");
    for (uint64_t id = 1; id <= 20; id++) {
        support_put(trace, TRACE_ALLOC, id, 100, 0);
        if (id == 3) {
            support_put(trace, TRACE_MARK, 0, 0, 0);
        }
    }
    struct reduce_options options = {.lane = lane_of("first_fit", 1024), .keep_sizes = true};
    struct reduce_result result;
    int error = HEAP_OK;
    ck_assert(reduce_trace(trace, &options, &result, &error));
    ck_assert_uint_eq(result.events_after, 10); /* 9 x 104 B of 1,024 are served, the tenth is not */
    ck_assert_uint_eq(result.first_event, 11);  /* there, a mark stands before it */
    ck_assert_uint_eq(result.lives_before, 20);
    trace_free(result.trace);
    trace_free(trace);
}
END_TEST

/* Waiting threads: what waits is put off, and placements come late; times and threads stay where they matter. */
START_TEST(traces_of_waiting_threads_are_reduced_too)
{
    struct trace_header *header = trace_header_new("pool", NULL, NULL, "ticks", 32);
    (void)trace_header_add_thread(header, "a");
    (void)trace_header_add_thread(header, "b");
    struct trace *trace = trace_new_like(header);
    trace_header_free(header);
    for (uint64_t id = 1; id <= 30; id++) {
        struct trace_event event = trace_event_make(TRACE_ALLOC, id, 32);
        event.t = id * 3;
        event.thread = id % 2;
        event.wait = 5;
        ck_assert_int_eq(trace_append(trace, &event), 0);
    }
    struct assertion_list assertions = {0};
    char why[512];
    ck_assert(assertions_parse(&assertions, "waits_timed_out>0", why, sizeof why));
    struct reduce_options options = {.condition = REDUCE_SCORES, .lane = lane_of("rtthread_mempool", 512), .assertions = &assertions};
    struct reduce_result result;
    int error = HEAP_OK;
    ck_assert_msg(reduce_trace(trace, &options, &result, &error), "error %d", error);
    ck_assert(result.holds && result.minimal);
    ck_assert(reduce_holds(result.trace, &options));
    check_minimal(result.trace, &options);
    trace_free(result.trace);
    trace_free(trace);
}
END_TEST

/* ---- diff ---- */

/* A copy with other ids and times; `change`: an event that gets a size of its own, or none; `leave_out`: one whose allocation is left out. */
static struct trace *renumbered(const struct trace *trace, uint64_t change, uint64_t leave_out)
{
    struct trace *copy = trace_new("renumbered");
    bool *gone = calloc(1 << 20, sizeof *gone);
    for (uint64_t i = 0; i < trace_count(trace); i++) {
        struct trace_event event;
        trace_get(trace, i, &event);
        gone[event.id] = gone[event.id] || i == leave_out;
        if (event.id != 0 && gone[event.id]) {
            continue;
        }
        event.id = event.id == 0 ? 0 : 100000 - event.id * 7 % 99991;
        event.t = i * 5;
        event.size = i == change ? 54321 : event.size;
        ck_assert_int_eq(trace_append(copy, &event), 0);
    }
    free(gone);
    return copy;
}

START_TEST(other_ids_and_times_are_no_difference)
{
    struct trace *a = support_random_trace((uint64_t)_i + 20, 2000, 80, 300), *b = renumbered(a, UINT64_MAX, UINT64_MAX);
    struct diff_traces diff;
    ck_assert(diff_traces(a, b, &diff));
    ck_assert_uint_eq(diff.same, trace_count(a));
    ck_assert_uint_eq(diff.kept_count, 0);
    for (uint64_t i = 0; i < trace_count(a); i++) {
        ck_assert_uint_eq(diff.partner[i], i);
    }
    diff_traces_end(&diff);
    trace_free(a);
    trace_free(b);
}
END_TEST

START_TEST(a_planted_change_is_found_where_it_is)
{
    struct trace *a = support_random_trace((uint64_t)_i + 40, 2000, 80, 300);
    uint64_t at = 200 + 77 * (uint64_t)_i;
    struct trace_event event;
    do { trace_get(a, at++, &event);
    } while (event.op != TRACE_ALLOC);
    struct trace *b = renumbered(a, at - 1, UINT64_MAX);
    struct diff_traces there, back;
    ck_assert(diff_traces(a, b, &there));
    ck_assert(diff_traces(b, a, &back));
    ck_assert_uint_eq(there.changed, 1);
    ck_assert_uint_eq(there.only_a + there.only_b, 0);
    ck_assert_uint_eq(there.kept[0].a, at - 1);
    ck_assert_uint_eq(there.kept[0].b, at - 1);
    ck_assert_uint_eq(back.changed, 1);
    ck_assert_uint_eq(back.kept[0].a, at - 1);
    diff_traces_end(&there);
    diff_traces_end(&back);
    trace_free(a);
    trace_free(b);
}
END_TEST

START_TEST(an_allocation_left_out_is_found_with_its_events_and_both_ways_alike)
{
    struct trace *random = support_random_trace((uint64_t)_i + 60, 2000, 80, 300);
    uint64_t at = 300 + 91 * (uint64_t)_i, events = 0;
    struct trace_event left_out, event;
    do { trace_get(random, at++, &left_out);
    } while (left_out.op != TRACE_ALLOC);
    struct trace *a = renumbered(random, at - 1, UINT64_MAX); /* its size is its own: which of several it is, is clear */
    trace_free(random);
    trace_get(a, at - 1, &left_out);
    for (uint64_t i = 0; i < trace_count(a); i++) {
        trace_get(a, i, &event);
        events += event.id == left_out.id;
    }
    struct trace *b = renumbered(a, UINT64_MAX, at - 1);
    struct diff_traces there, back;
    ck_assert(diff_traces(a, b, &there));
    ck_assert(diff_traces(b, a, &back));
    ck_assert_uint_eq(there.only_a, events);
    ck_assert_uint_eq(there.only_b + there.changed, 0);
    ck_assert_uint_eq(there.kept[0].a, at - 1);
    ck_assert_uint_eq(there.kept[0].b, DIFF_NONE);
    ck_assert_uint_eq(back.only_b, there.only_a);
    ck_assert_uint_eq(back.only_a, there.only_b);
    ck_assert_uint_eq(back.same, there.same);
    diff_traces_end(&there);
    diff_traces_end(&back);
    trace_free(a);
    trace_free(b);
}
END_TEST

START_TEST(traces_with_nothing_in_common_are_walked_to_both_ends)
{
    struct trace *a = support_random_trace(1, 300, 20, 300), *b = support_random_trace(2, 500, 40, 1000), *none = trace_new("none");
    struct diff_traces diff;
    ck_assert(diff_traces(a, b, &diff));
    ck_assert_uint_eq(diff.same + diff.changed + diff.only_a, trace_count(a));
    ck_assert_uint_eq(diff.same + diff.changed + diff.only_b, trace_count(b));
    diff_traces_end(&diff);
    ck_assert(diff_traces(a, none, &diff));
    ck_assert_uint_eq(diff.only_a, trace_count(a));
    diff_traces_end(&diff);
    ck_assert(diff_traces(none, none, &diff));
    ck_assert_uint_eq(diff.kept_count, 0);
    diff_traces_end(&diff);
    trace_free(a);
    trace_free(b);
    trace_free(none);
}
END_TEST

/* Twenty requests fail for their size alone before the first that fails for the holes' sizes. */
START_TEST(a_failure_of_fragmentation_is_seen_behind_many_others)
{
    struct trace *trace = trace_new("behind many others");
    struct reduce_options options = {.lane = lane_of("first_fit", 4096), .fragmented = true};
    struct reduce_result result;
    int error = HEAP_OK;
    bool ok = true;
    for (uint64_t id = 1; id <= 30; id++) {
        const struct trace_event fills = trace_event_make(TRACE_ALLOC, id, 120), too_large = trace_event_make(TRACE_ALLOC, 100 + id, 100000);
        ok = ok && trace_append(trace, &fills) == 0 && (id > 20 || trace_append(trace, &too_large) == 0);
    }
    for (uint64_t id = 1; id <= 30; id += 2) {
        const struct trace_event hole = trace_event_make(TRACE_FREE, id, 0);
        ok = ok && trace_append(trace, &hole) == 0;
    }
    const struct trace_event wide = trace_event_make(TRACE_ALLOC, 200, 1000);
    ck_assert(ok && trace_append(trace, &wide) == 0);
    ck_assert(reduce_trace(trace, &options, &result, &error));
    ck_assert(result.holds && result.minimal);
    ck_assert(reduce_holds(result.trace, &options));
    trace_free(result.trace);
    trace_free(trace);
}
END_TEST

int main(void)
{
    const int count = (int)(sizeof cases / sizeof cases[0]);
    Suite *suite = suite_create("reduce");
    TCase *reducing = tcase_create("reduce"), *telling = tcase_create("diff");
    tcase_add_test(reducing, a_failure_of_fragmentation_is_seen_behind_many_others);
    tcase_add_loop_test(reducing, a_reduced_trace_still_shows_it_and_is_minimal, 0, count);
    tcase_add_loop_test(reducing, reducing_gives_the_same_every_time, 0, count);
    tcase_add_test(reducing, sizes_are_kept_where_that_is_asked_for);
    tcase_add_test(reducing, a_condition_that_does_not_hold_is_told_with_what_was_found);
    tcase_add_test(reducing, ended_before_it_is_minimal_the_best_so_far_is_kept);
    tcase_add_test(reducing, what_is_cut_behind_the_first_failure_is_exact);
    tcase_add_test(reducing, traces_of_waiting_threads_are_reduced_too);
    tcase_set_timeout(reducing, 60);
    tcase_add_loop_test(telling, other_ids_and_times_are_no_difference, 0, 5);
    tcase_add_loop_test(telling, a_planted_change_is_found_where_it_is, 0, 10);
    tcase_add_loop_test(telling, an_allocation_left_out_is_found_with_its_events_and_both_ways_alike, 0, 10);
    tcase_add_test(telling, traces_with_nothing_in_common_are_walked_to_both_ends);
    suite_add_tcase(suite, reducing);
    suite_add_tcase(suite, telling);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
