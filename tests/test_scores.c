/* test_scores.c: the table of scores, conditions on them, a whole run as a function, and the safe heap. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "assertions.h"
#include "run.h"
#include "scores.h"
#include "search.h"
#include "spec.h"
#include "trace_support.h"

static struct lane_options options_of(const char *policy, uint32_t heap_bytes)
{
    struct spec_list list = {.count = 0};
    char why[256];
    ck_assert_msg(spec_parse(&list, policy, why, sizeof why), "%s", why);
    list.items[0].options.heap_bytes = heap_bytes;
    return list.items[0].options;
}

static double value(const double values[SCORES_ROOM], const char *name)
{
    ck_assert_msg(score_find(name) != SCORE_NONE, "%s", name);
    return values[score_find(name)];
}

START_TEST(every_name_is_there_once)
{
    ck_assert_uint_le(score_count, SCORES_ROOM);
    for (size_t i = 0; i < score_count; i++) {
        ck_assert_uint_eq(score_find(scores[i].name), i);
        ck_assert(strlen(scores[i].name) < 48);
    }
    ck_assert_uint_eq(score_find("external_fragmentation"), score_find("external_fragmentation_max"));
    ck_assert_uint_eq(score_find("steps"), score_find("steps_max"));
    ck_assert_uint_eq(score_find("nosuch"), SCORE_NONE);
}
END_TEST

/* Every row holds what its lane says: no row is shifted. */
START_TEST(values_are_those_of_the_lane)
{
    struct trace *trace = support_random_trace(3, 3000, 60, 900);
    const struct lane_options options = options_of("first_fit", 12288);
    double values[SCORES_ROOM];
    int error = HEAP_OK;
    struct search_result search;
    ck_assert(search_min_heap(trace, &options, NULL, NULL, &search));
    struct lane *lane = run_trace(trace, &options, NULL, &error);
    ck_assert_ptr_nonnull(lane);
    const struct metrics_run *run = lane_run(lane);
    const struct metrics_now *now = lane_now(lane);
    scores_of(values, lane, trace_peak_payload(trace), &search);
    const struct { const char *name; double expected; } rows[] = {
        {"heap_bytes", 12288}, {"alignment", 8}, {"events", 3000}, {"allocations", (double)run->allocations}, {"frees", (double)run->frees},
        {"marks", (double)run->marks}, {"failures", (double)run->failures}, {"skipped", (double)run->skipped},
        {"live_blocks_end", now->live_blocks}, {"lower_bound_bytes", (double)trace_peak_payload(trace)},
        {"peak_payload_bytes", (double)run->peak_payload_bytes}, {"tail_bytes_at_peak", (double)run->at_peak.tail_bytes},
        {"largest_free_bytes", now->largest_free_bytes}, {"minimum_largest_free_bytes", (double)run->minimum_largest_free_bytes},
        {"largest_request_bytes", lane_largest_request(lane)}, {"internal_fragmentation_at_peak", run->internal_fragmentation.at_peak},
        {"internal_fragmentation_end", run->internal_fragmentation.end}, {"external_fragmentation_mean", metrics_mean(&run->external_fragmentation)},
        {"external_fragmentation_max", run->external_fragmentation.max}, {"free_fragmentation_rss_max", run->free_fragmentation_rss.max},
        {"utilization", metrics_utilization(run)}, {"wilson_1", metrics_wilson(run, 1)}, {"wilson_4", metrics_wilson(run, 4)},
        {"steps_mean", metrics_steps_mean(run)}, {"steps_max", (double)run->steps_max}, {"steps_max_event", (double)run->steps_max_event},
        {"min_heap_bytes", (double)search.min_heap_bytes}, {"min_heap_ratio", (double)search.min_heap_bytes / (double)trace_peak_payload(trace)},
        {"control_bytes", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ck_assert_msg(fabs(value(values, rows[i].name) - rows[i].expected) < 1e-9, "%s", rows[i].name);
    }
    ck_assert(isnan(value(values, "waits")) && isnan(value(values, "safe_heap_bytes")));
    lane_close(lane);
    trace_free(trace);
}
END_TEST

START_TEST(a_refused_heap_has_its_size_and_the_search_alone)
{
    const struct lane_options options = options_of("freertos_heap_4", 16);
    const struct search_result search = {.found = true, .min_heap_bytes = 500, .arena_bytes = 472};
    double values[SCORES_ROOM];
    scores_of_refused(values, &options, 250, &search);
    ck_assert(value(values, "heap_bytes") > 15.5 && value(values, "heap_bytes") < 16.5);
    ck_assert(isnan(value(values, "events")) && isnan(value(values, "first_failure_efficiency")));
    ck_assert(fabs(value(values, "min_heap_ratio") - 2) < 1e-9 && fabs(value(values, "control_bytes") - 28) < 1e-9);
}
END_TEST

/* ---- conditions ---- */

static bool holds(const char *text, double external, double failures)
{
    struct assertion_list list = {.count = 0};
    double values[SCORES_ROOM];
    char why[4096];
    for (size_t i = 0; i < SCORES_ROOM; i++) {
        values[i] = NAN;
    }
    values[score_find("external_fragmentation")] = external;
    values[score_find("failures")] = failures;
    ck_assert_msg(assertions_parse(&list, text, why, sizeof why), "%s", why);
    bool all = true;
    for (size_t i = 0; i < list.count; i++) {
        all = all && assertion_holds(&list.items[i], values);
    }
    return all;
}

START_TEST(conditions_mean_what_they_say)
{
    ck_assert(holds("external_fragmentation<0.3", 0.2999, 0) && !holds("external_fragmentation<0.3", 0.3, 0));
    ck_assert(holds("external_fragmentation<=0.3", 0.30004, 0)); /* as it is printed */
    ck_assert(!holds("external_fragmentation<=0.3", 0.30006, 0));
    ck_assert(holds("external_fragmentation < 30%", 0.29, 0) && !holds("external_fragmentation > 30%", 0.29, 0));
    ck_assert(holds("failures==0", 0, 0) && !holds("failures==0", 0, 1) && holds("failures = 1", 0, 1));
    ck_assert(holds("failures!=0", 0, 2) && !holds("failures!=2", 0, 2));
    ck_assert(holds("failures>=1K", 0, 1024) && !holds("failures>1K", 0, 1024));
    ck_assert(holds(" failures<=3 , external_fragmentation >0.1", 0.2, 3) && !holds("failures<=3,external_fragmentation>0.1", 0.05, 3));
    ck_assert(!holds("wilson_1<9", 0, 0) && !holds("wilson_1>=0", 0, 0) && !holds("wilson_1==0", 0, 0) && holds("wilson_1!=0", 0, 0)); /* not known */
}
END_TEST

START_TEST(nonsense_is_refused)
{
    static const char *const texts[] = {"", "failures", "failures<", "<3", "failures<three", "failures<3x", "failures<<3", "nosuch<3", "failures<30%",
                                        "failures<nan", "failures<inf", "failures=<3", "failures<3,", "failures<0x", "failures<1 2"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct assertion_list list = {.count = 0};
        char why[4096] = "";
        ck_assert_msg(!assertions_parse(&list, texts[i], why, sizeof why), "'%s'", texts[i]);
        ck_assert(why[0] != '\0');
    }
}
END_TEST

/* ---- the safe heap ---- */

START_TEST(the_safe_heap_is_what_trying_every_size_says)
{
    static const char *const policies[] = {"tlsf", "buddy", "next_fit", "worst_fit", "best_fit", "rtthread_memheap", "freertos_heap_2"};
    uint32_t lucky = 0;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct trace *trace = support_random_trace(seed * 77, 600, 40, 700);
        for (size_t p = 0; p < sizeof policies / sizeof policies[0]; p++) {
            const struct lane_options options = options_of(policies[p], 0);
            struct search_result found;
            bool out_of_memory = false;
            uint64_t events = 0;
            ck_assert(search_min_heap(trace, &options, NULL, NULL, &found) && found.found);
            ck_assert(search_safe_heap(trace, &options, 256, seed % 2 == 0, &found));
            uint32_t last = 0, tried = 0; /* the next 64 sizes are among those sampled */
            for (uint32_t bytes = (uint32_t)found.arena_bytes + 8; tried < 64; bytes += 8, tried++) {
                last = search_serves(trace, &options, bytes, &events, &out_of_memory) ? last : bytes;
            }
            ck_assert_uint_eq(found.safe_heap_bytes, found.safe_arena_bytes + options.policy->state_bytes);
            ck_assert_uint_ge(found.largest_failing_bytes, last);
            ck_assert_uint_eq(found.safe_arena_bytes, (found.samples_failing != 0 ? found.largest_failing_bytes + 8 : found.arena_bytes));
            if (found.samples_failing != 0) {
                ck_assert(!search_serves(trace, &options, (uint32_t)found.largest_failing_bytes, &events, &out_of_memory));
                lucky++;
            }
            ck_assert(search_serves(trace, &options, (uint32_t)found.safe_arena_bytes, &events, &out_of_memory));
        }
        trace_free(trace);
    }
    ck_assert_uint_gt(lucky, 0); /* some policy was not monotone, else this test shows nothing */
}
END_TEST

/* first_fit, but useless in the heaps between. */
static uint32_t useless_from, useless_to;

static int init_useless(struct heap *heap)
{
    return heap->bytes >= useless_from && heap->bytes < useless_to ? HEAP_E_ARGUMENT : heap_policy_find("first_fit")->init(heap);
}

/* first_fit, but every second size between is useless. */
static int init_comb(struct heap *heap)
{
    const bool useless = heap->bytes >= useless_from && heap->bytes < useless_to && heap->bytes / 8 % 2 == 0;
    return useless ? HEAP_E_ARGUMENT : heap_policy_find("first_fit")->init(heap);
}

START_TEST(right_above_the_safe_heap_nothing_fails)
{
    struct trace *trace = support_random_trace(5, 600, 40, 700);
    struct lane_options options = options_of("first_fit", 0);
    struct heap_policy policy = *options.policy;
    struct search_result found;
    ck_assert(search_min_heap(trace, &options, NULL, NULL, &found) && found.found);
    policy.init = init_comb;
    options.policy = &policy;
    useless_from = (uint32_t)found.arena_bytes + 8;
    useless_to = useless_from + 1600;
    ck_assert(search_safe_heap(trace, &options, 32, false, &found));
    ck_assert_uint_gt(found.samples_failing, 0);
    ck_assert_uint_eq(found.safe_arena_bytes, found.largest_failing_bytes + 8);
    ck_assert_uint_ge(found.safe_arena_bytes, useless_to - 8);
    trace_free(trace);
}
END_TEST

/* No sample serves: what is told as safe was tried, or nothing is. */
START_TEST(a_safe_heap_beyond_all_samples_is_looked_for)
{
    struct trace *trace = support_random_trace(5, 600, 40, 700);
    struct lane_options options = options_of("first_fit", 0);
    struct heap_policy policy = *options.policy;
    struct search_result found;
    useless_from = useless_to = 0;
    ck_assert(search_min_heap(trace, &options, NULL, NULL, &found) && found.found);
    policy.init = init_useless;
    options.policy = &policy;
    useless_from = (uint32_t)found.arena_bytes + 8;
    useless_to = (uint32_t)found.arena_bytes * 5;
    ck_assert(search_safe_heap(trace, &options, 16, false, &found));
    ck_assert_uint_eq(found.samples_failing, found.samples);
    ck_assert_uint_le(found.safe_arena_bytes, useless_to + 7);
    ck_assert_uint_ge(found.safe_arena_bytes, useless_to);
    ck_assert_uint_eq(found.largest_failing_bytes, found.safe_arena_bytes - 8);
    useless_to = UINT32_MAX;
    found = (struct search_result){.found = true, .arena_bytes = found.arena_bytes, .min_heap_bytes = found.min_heap_bytes};
    ck_assert(search_safe_heap(trace, &options, 16, false, &found));
    ck_assert_uint_eq(found.safe_heap_bytes, 0);
    trace_free(trace);
}
END_TEST

static bool stop_at_100(void *ctx, struct lane *lane, uint64_t index, const struct trace_event *event, const struct lane_result *result)
{
    (void)lane;
    (void)event;
    (void)result;
    *(uint64_t *)ctx = index;
    return index != 99;
}

START_TEST(a_run_can_be_watched_and_stopped)
{
    struct trace *trace = support_random_trace(9, 500, 30, 300);
    const struct lane_options options = options_of("tlsf", 65536);
    uint64_t last = 0;
    int error = HEAP_OK;
    struct lane *lane = run_trace(trace, &options, &(struct run_watch){stop_at_100, &last}, &error);
    ck_assert_ptr_nonnull(lane);
    ck_assert_uint_eq(lane_run(lane)->events, 100);
    ck_assert_uint_eq(last, 99);
    lane_close(lane);
    const struct lane_options tiny = options_of("tlsf", 16);
    ck_assert_ptr_null(run_trace(trace, &tiny, NULL, &error));
    ck_assert_int_ne(error, HEAP_OK);
    trace_free(trace);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("scores");
    tcase_add_test(tests, every_name_is_there_once);
    tcase_add_test(tests, values_are_those_of_the_lane);
    tcase_add_test(tests, a_refused_heap_has_its_size_and_the_search_alone);
    tcase_add_test(tests, conditions_mean_what_they_say);
    tcase_add_test(tests, nonsense_is_refused);
    tcase_add_test(tests, the_safe_heap_is_what_trying_every_size_says);
    tcase_add_test(tests, right_above_the_safe_heap_nothing_fails);
    tcase_add_test(tests, a_safe_heap_beyond_all_samples_is_looked_for);
    tcase_add_test(tests, a_run_can_be_watched_and_stopped);
    Suite *suite = suite_create("scores");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
