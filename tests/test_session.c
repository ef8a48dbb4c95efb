/* test_session.c: time travel: any position reached in any way is the same heap; histories; the smallest heap; specs. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "search.h"
#include "session.h"
#include "spec.h"
#include "trace_support.h"

static struct lane_options options_of(const char *policy, uint32_t heap_bytes)
{
    return (struct lane_options){.policy = heap_policy_find(policy), .heap_bytes = heap_bytes, .track_owners = true};
}

START_TEST(seeking_gives_the_state_of_a_straight_run)
{
    struct trace *trace = support_random_trace(11, 6000, 150, 500);
    const uint64_t length = trace_count(trace);
    uint32_t *digests = calloc(length + 1, sizeof *digests);
    struct metrics_run *runs = calloc(length + 1, sizeof *runs);
    const struct lane_options options = {.policy = heap_policies[_i], .heap_bytes = 32768, .track_owners = true};
    struct session *session = session_open(trace, 3 << 20); /* a budget that must be thinned */
    int error = HEAP_OK;
    ck_assert_int_eq(session_add_lane(session, &options, &error), 0);
    struct lane *lane = session_lane(session, 0);
    for (uint64_t i = 0; i <= length; i++) {
        digests[i] = lane_digest(lane);
        runs[i] = *lane_metrics(lane);
        ck_assert(session_step(session) == (i < length));
    }
    uint64_t seed = 3;
    for (int i = 0; i < 300; i++) {
        const uint64_t target = support_random(&seed) % (length + 1);
        if (i % 2 == 0) {
            ck_assert(session_seek(session, target));
        } else { /* the same in small parts */
            uint64_t before = 0;
            for (int part = 0; part == 0 || session_position(session) != target; part++) {
                ck_assert(session_seek_some(session, target, 50) && part < 1000);
                ck_assert(part == 0 || (session_position(session) > before && session_position(session) - before <= 50));
                before = session_position(session);
            }
        }
        ck_assert_uint_eq(session_position(session), target);
        ck_assert_msg(lane_digest(lane) == digests[target], "%s: another image at event %u", options.policy->name, (unsigned)target);
        ck_assert_msg(memcmp(lane_metrics(lane), &runs[target], sizeof runs[target]) == 0, "%s: other metrics at event %u", options.policy->name, (unsigned)target);
        struct layout layout = {0};
        ck_assert(lane_spans(lane, &layout));
        ck_assert_int_eq(layout.error, HEAP_OK);
        layout_end(&layout);
    }
    ck_assert(session_seek(session, UINT64_MAX));
    ck_assert_uint_eq(session_position(session), length);
    session_close(session);
    trace_free(trace);
    free(digests);
    free(runs);
}
END_TEST

START_TEST(lives_are_the_blocks_that_a_walk_finds)
{
    struct trace *trace = support_random_trace(5, 1500, 60, 300);
    const struct lane_options options = options_of("best_fit", 12288);
    struct session *session = session_open(trace, 0);
    int error = HEAP_OK;
    ck_assert_int_eq(session_add_lane(session, &options, &error), 0);
    ck_assert(session_record_history(session, NULL, NULL));
    ck_assert_uint_eq(session_position(session), 0);
    const struct session_history *history = session_history(session, 0);
    ck_assert_uint_eq(history->count, trace_count(trace));
    uint64_t failures = 0;
    while (session_step(session)) {
        const uint64_t position = session_position(session);
        const struct metrics_now *now = lane_now(session_lane(session, 0));
        uint64_t blocks = 0, bytes = 0, payload = 0;
        for (uint64_t i = 0; i < history->life_count; i++) {
            const struct session_life *life = &history->lives[i];
            if (life->born > life->from || life->from >= life->to || (life->died != UINT64_MAX && life->died < life->to)) {
                ck_abort_msg("life %u: born %u, from %u, to %u", (unsigned)i, (unsigned)life->born, (unsigned)life->from, (unsigned)life->to);
            }
            if (life->from <= position && position < life->to) {
                blocks++;
                bytes += life->bytes;
            }
        }
        payload = history->payload[position - 1];
        ck_assert_uint_eq(blocks, now->live_blocks);
        ck_assert_uint_eq(bytes, now->block_bytes);
        ck_assert_uint_eq(payload, now->payload_bytes);
        failures += history->off[position - 1] == HISTORY_FAILED;
    }
    ck_assert_uint_eq(failures, history->failure_count);
    ck_assert_uint_eq(failures, lane_metrics(session_lane(session, 0))->failures);
    session_close(session);
    trace_free(trace);
}
END_TEST

START_TEST(two_lanes_diverge_where_their_offsets_do)
{
    struct trace *trace = support_random_trace(2, 2000, 80, 300);
    struct session *session = session_open(trace, 0);
    const struct lane_options first = options_of("first_fit", 16384), best = options_of("best_fit", 16384);
    int error = HEAP_OK;
    ck_assert_int_eq(session_add_lane(session, &first, &error), 0);
    ck_assert_int_eq(session_add_lane(session, &first, &error), 1);
    ck_assert_int_eq(session_add_lane(session, &best, &error), 2);
    ck_assert(session_record_history(session, NULL, NULL));
    ck_assert_uint_eq(session_divergence(session, 0, 1), 0);
    const uint64_t at = session_divergence(session, 0, 2);
    ck_assert_uint_gt(at, 0);
    ck_assert(session_seek(session, at - 1));
    ck_assert(session_step(session));
    ck_assert_uint_ne(session_last_result(session, 0)->off, session_last_result(session, 2)->off);
    ck_assert_uint_eq(session_last_result(session, 0)->off, session_last_result(session, 1)->off);
    session_close(session);
    trace_free(trace);
}
END_TEST

START_TEST(another_policy_takes_a_lanes_place_at_the_same_position)
{
    struct trace *trace = support_random_trace(9, 3000, 80, 300);
    struct session *session = session_open(trace, 0), *fresh = session_open(trace, 0);
    const struct lane_options first = options_of("first_fit", 16384), best = options_of("best_fit", 20480);
    const struct lane_options hopeless = options_of("first_fit", 8);
    int error = HEAP_OK;
    ck_assert_int_eq(session_add_lane(session, &first, &error), 0);
    ck_assert_int_eq(session_add_lane(fresh, &best, &error), 0);
    ck_assert(session_seek(session, 1700) && session_seek(fresh, 1700));
    ck_assert_int_eq(session_replace_lane(session, 0, &hopeless, &error), -1);
    ck_assert_int_ne(error, HEAP_OK);
    ck_assert_uint_eq(session_position(session), 1700);
    ck_assert_int_eq(session_replace_lane(session, 0, &best, &error), 0);
    ck_assert_uint_eq(session_position(session), 1700);
    ck_assert_uint_eq(lane_digest(session_lane(session, 0)), lane_digest(session_lane(fresh, 0)));
    session_close(session);
    session_close(fresh);
    trace_free(trace);
}
END_TEST

START_TEST(the_smallest_heap_is_the_smallest_that_serves)
{
    struct trace *trace = support_random_trace(21, 400, 40, 200);
    const struct lane_options options = {.policy = heap_policies[_i]};
    struct search_result result;
    ck_assert(search_min_heap(trace, &options, NULL, NULL, &result));
    bool out_of_memory = false;
    uint64_t events = 0;
    if (!result.found) { /* a pool of blocks smaller than the largest request, or the platform's heap */
        ck_assert((options.policy->inspect->traits & HEAP_FIXED_SIZE) != 0 || result.platform);
        trace_free(trace);
        return;
    }
    ck_assert(search_serves(trace, &options, (uint32_t)result.arena_bytes, &events, &out_of_memory));
    ck_assert(!search_serves(trace, &options, (uint32_t)result.arena_bytes - 8, &events, &out_of_memory));
    ck_assert_uint_ge(result.arena_bytes, trace_peak_payload(trace));
    trace_free(trace);
}
END_TEST

START_TEST(sizes_zero_failed_calls_and_lost_ids)
{
    struct trace *trace = trace_new("odd");
    support_put(trace, TRACE_ALLOC, 1, 0, 0);        /* NULL, no failure */
    support_put(trace, TRACE_REALLOC, 1, 40, 0);     /* allocates */
    support_put(trace, TRACE_ALLOC, 2, 100000, 0);   /* fails */
    support_put(trace, TRACE_REALLOC, 2, 10, 0);     /* skipped */
    support_put(trace, TRACE_FREE, 2, 0, 0);         /* skipped */
    const struct trace_event failed = {.op = TRACE_ALLOC, .id = 3, .size = 64, .count = 1, .t = 5, .site = TRACE_NO_SITE, .failed = true};
    ck_assert_int_eq(trace_append(trace, &failed), 0); /* would fit here: given back at once */
    support_put(trace, TRACE_FREE, 0, 0, 0);         /* free(NULL) */
    support_put(trace, TRACE_ALLOC, 4, 16, UINT64_C(1) << 40); /* no arena vouches for that */
    support_put(trace, TRACE_FREE, 1, 0, 0);
    static const enum lane_outcome expected[] = {LANE_NULL, LANE_SERVED, LANE_FAILED, LANE_SKIPPED, LANE_SKIPPED, LANE_SERVED, LANE_FREED, LANE_FAILED, LANE_FREED};
    struct session *session = session_open(trace, 0);
    const struct lane_options options = options_of("first_fit", 4096);
    int error = HEAP_OK;
    ck_assert_int_eq(session_add_lane(session, &options, &error), 0);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        ck_assert(session_step(session));
        ck_assert_msg(session_last_result(session, 0)->outcome == expected[i], "event %u: outcome %d", (unsigned)i, session_last_result(session, 0)->outcome);
    }
    const struct metrics_run *run = lane_metrics(session_lane(session, 0));
    ck_assert_uint_eq(run->failures, 2);
    ck_assert_uint_eq(run->skipped, 2);
    ck_assert_uint_eq(run->recorded_failures, 1);
    ck_assert_uint_eq(run->recorded_failures_served, 1);
    ck_assert_uint_eq(lane_now(session_lane(session, 0))->live_blocks, 0);
    session_close(session);
    trace_free(trace);
}
END_TEST

struct seen {
    uint64_t visits;
};

static void count_visit(void *ctx, enum heap_step step, heap_off off, uint32_t bytes)
{
    struct seen *seen = ctx;
    (void)off, (void)bytes;
    seen->visits += step == HEAP_STEP_VISIT;
}

static bool has_failed(void *ctx, struct session *session)
{
    (void)ctx;
    return session_last_result(session, 0)->outcome == LANE_FAILED;
}

START_TEST(running_until_the_first_failure_stops_there_and_every_visit_is_told)
{
    struct trace *trace = support_random_trace(4, 3000, 120, 400);
    struct session *session = session_open(trace, 0);
    const struct lane_options options = options_of("best_fit", 8192);
    struct seen seen = {0};
    int error = HEAP_OK;
    ck_assert_int_eq(session_add_lane(session, &options, &error), 0);
    lane_watch_steps(session_lane(session, 0), count_visit, &seen);
    ck_assert(session_run_until(session, has_failed, NULL));
    const struct metrics_run *run = lane_metrics(session_lane(session, 0));
    ck_assert_uint_eq(run->failures, 1);
    ck_assert_uint_eq(run->kept_failures[0].event, session_position(session));
    ck_assert_uint_gt(seen.visits, 0);
    ck_assert_uint_eq(seen.visits, run->steps);
    session_close(session);
    trace_free(trace);
}
END_TEST

START_TEST(specs_say_what_is_wrong)
{
    static const struct {
        const char *text, *why; /* NULL: accepted */
    } cases[] = {
        {"best_fit", NULL},
        {"first_fit,best_fit:align=4", NULL},
        {"all", NULL},
        {"", "unknown policy ''"},
        {"bestfit", "unknown policy 'bestfit'"},
        {"best_fit:align=5", "expected 4, 8 or 16"},
        {"best_fit:colour=3", "unknown parameter colour=3"},
        {"best_fit:align", "expected key=value"},
        {"best_fit:", "expected key=value"},
        {"best_fit:guard=on", "unknown parameter guard=on"},
        {"freertos_heap_4:guard=on", NULL},
        {"freertos_heap_4:guard=off:checks=none", NULL},
        {"freertos_heap_4:guard=maybe", "unknown parameter guard=maybe"},
        {"freertos_heap_4:align=8", "unknown parameter align=8"},
        {"freertos_heap_4:version=8.2.3", "expected a version from 9.0.0 on"},
        {"freertos_heap_4:version=new", "expected a version from"},
        {"freertos_heap_4:version=", "expected a version"},
        {"talc:oom=panic", "expected one of error|claim"},
        {"talc:oom=claims", "expected one of error|claim"},
        {"talc:oom=1", "expected one of error|claim"},
        {"rtthread_smem:align=5", "expected"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct spec_list list = {.count = 0};
        char why[512] = "";
        const bool ok = spec_parse(&list, cases[i].text, why, sizeof why);
        ck_assert_msg(ok == (cases[i].why == NULL), "'%s': %s", cases[i].text, why);
        ck_assert_msg(ok || strstr(why, cases[i].why) != NULL, "'%s': %s", cases[i].text, why);
    }
}
END_TEST

/* A parameter of words means the word's place; a version the last choice that is not above it. */
START_TEST(words_and_versions_mean_their_place)
{
    static const struct {
        const char *text, *means;
    } cases[] = {
        {"freertos_heap_2:version=9.0.0", "9.0.0"},   {"freertos_heap_2:version=9", "9.0.0"},        {"freertos_heap_2:version=10.4.2", "9.0.0"},
        {"freertos_heap_2:version=10.4.3", "10.4.3"}, {"freertos_heap_2:version=10.4.5", "10.4.3"},  {"freertos_heap_2:version=10.4.6", "10.4.6"},
        {"freertos_heap_2:version=10.5.1", "10.5.0"}, {"freertos_heap_2:version=10.6.2", "10.6.0"},  {"freertos_heap_2:version=11", "11.0.0"},
        {"freertos_heap_2:version=11.3.0", "11.0.0"}, {"freertos_heap_2:version=202.1", "11.0.0"},   {"talc:oom=error", "error"},
        {"talc:oom=claim", "claim"},                  {"buddy_system_allocator:version=0.6", "0.6"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct spec_list list = {.count = 0};
        char why[512] = "";
        ck_assert_msg(spec_parse(&list, cases[i].text, why, sizeof why), "%s", why);
        const struct heap_param *params = list.items[0].options.policy->inspect->params;
        uint32_t own = 0;
        while (params[own].choices == NULL) {
            own++;
        }
        const char *choice = params[own].choices;
        for (uint32_t k = 1; k < list.items[0].options.params[own]; k++) {
            choice = strchr(choice, '|') + 1;
        }
        ck_assert_uint_ne(list.items[0].options.params[own], 0);
        ck_assert_msg(strncmp(choice, cases[i].means, strlen(cases[i].means)) == 0, "%s: %s", cases[i].text, choice);
    }
}
END_TEST

START_TEST(sizes_in_words)
{
    static const struct {
        const char *text;
        uint64_t bytes; /* 0: refused */
    } cases[] = {{"64", 64}, {"64K", 65536}, {"64k", 65536}, {"64KiB", 65536}, {"2M", 2097152}, {"1G", 1073741824}, {"100B", 100}, {"0x100", 256},
                 {"", 0}, {"K", 0}, {"-5", 0}, {"64KK", 0}, {"64 K", 0}, {"1e3", 0}, {"99999999999999999999", 0}, {"17179869185G", 0}, {"0 ", 0}, {"8388609G", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t bytes = 0;
        const bool ok = spec_parse_size(cases[i].text, &bytes);
        ck_assert_msg(ok == (cases[i].bytes != 0) && (!ok || bytes == cases[i].bytes), "'%s'", cases[i].text);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("session");
    TCase *tests = tcase_create("session");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, seeking_gives_the_state_of_a_straight_run, 0, (int)heap_policy_count);
    tcase_add_test(tests, lives_are_the_blocks_that_a_walk_finds);
    tcase_add_test(tests, two_lanes_diverge_where_their_offsets_do);
    tcase_add_test(tests, another_policy_takes_a_lanes_place_at_the_same_position);
    tcase_add_loop_test(tests, the_smallest_heap_is_the_smallest_that_serves, 0, (int)heap_policy_count);
    tcase_add_test(tests, sizes_zero_failed_calls_and_lost_ids);
    tcase_add_test(tests, running_until_the_first_failure_stops_there_and_every_visit_is_told);
    tcase_add_test(tests, specs_say_what_is_wrong);
    tcase_add_test(tests, words_and_versions_mean_their_place);
    tcase_add_test(tests, sizes_in_words);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
