/* test_metrics.c: the incremental books against a recount from nothing, for every policy. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cover.h"
#include "free_spans.h"
#include "lane.h"
#include "layout.h"
#include "trace_support.h"

static uint32_t odd_sizes(const uint32_t *sizes, uint32_t count)
{
    uint32_t odd = 0;
    for (uint32_t i = 0; i < count; i++) {
        odd += sizes[i] % 4 != 0;
    }
    return odd;
}

struct tally {
    uint64_t count, bytes, squares;
    uint32_t last; /* size */
    bool ordered;  /* from the largest down */
};

static bool tally_span(void *ctx, uint32_t bytes, uint32_t count)
{
    struct tally *tally = ctx;
    tally->ordered = tally->ordered && (tally->count == 0 || bytes < tally->last);
    tally->last = bytes;
    tally->count += count;
    tally->bytes += (uint64_t)bytes * count;
    tally->squares += (uint64_t)bytes * bytes * count;
    return true;
}

START_TEST(free_spans_agree_with_a_plain_list)
{
    enum { MOST = 300 };
    uint32_t sizes[MOST], count = 0;
    uint64_t seed = 7;
    struct free_spans spans;
    ck_assert(free_spans_init(&spans, 1u << 20));
    for (int step = 0; step < 5000; step++) {
        if (count == MOST || (count != 0 && support_random(&seed) % 2 == 0)) {
            const uint32_t pick = support_random(&seed) % count;
            free_spans_remove(&spans, sizes[pick]);
            sizes[pick] = sizes[--count];
        } else {
            sizes[count] = 4 + support_random(&seed) % (1u << (3 + support_random(&seed) % 17)) / 4 * 4;
            sizes[count] += odd_sizes(sizes, count) < FREE_SPANS_ODD ? support_random(&seed) % 4 : 0;
            free_spans_add(&spans, sizes[count++]);
        }
        uint32_t largest = 0;
        struct tally expected = {0}, told = {.ordered = true};
        for (uint32_t i = 0; i < count; i++) {
            largest = sizes[i] > largest ? sizes[i] : largest;
            (void)tally_span(&expected, sizes[i], 1);
        }
        free_spans_each(&spans, tally_span, &told);
        ck_assert_uint_eq(free_spans_largest(&spans), largest);
        ck_assert_uint_eq(told.count, expected.count);
        ck_assert_uint_eq(told.bytes, expected.bytes);
        ck_assert_uint_eq(told.squares, expected.squares);
        ck_assert_msg(told.ordered, "step %d", step);
    }
    free_spans_clear(&spans);
    struct tally nothing = {0};
    free_spans_each(&spans, tally_span, &nothing);
    ck_assert_uint_eq(free_spans_largest(&spans) + nothing.count, 0);
    free_spans_end(&spans);
}
END_TEST

START_TEST(cover_agrees_with_a_byte_map)
{
    enum { BYTES = 600 };
    for (uint64_t seed = 1; seed <= 200; seed++) {
        bool covered[BYTES] = {false};
        struct cover cover = {0};
        uint64_t state = seed;
        ck_assert(cover_add_gap(&cover, 0, BYTES));
        for (int step = 0; step < 60; step++) {
            const uint32_t from = support_random(&state) % BYTES, bytes = 1 + support_random(&state) % 40;
            const uint32_t to = from + bytes < BYTES ? from + bytes : BYTES;
            ck_assert(cover_block(&cover, from, to));
            memset(covered + from, true, to - from);
            uint32_t run = 0, largest = 0;
            for (uint32_t i = 0; i < BYTES; i++) {
                run = covered[i] ? 0 : run + 1;
                largest = run > largest ? run : largest;
            }
            ck_assert_msg(cover.largest == largest, "seed %u step %d: %u, expected %u", (unsigned)seed, step, cover.largest, largest);
        }
        cover_end(&cover);
    }
}
END_TEST

/* What metrics_now should say, from the spans alone. */
static void recount(const struct layout *layout, struct metrics_now *now)
{
    memset(now, 0, sizeof *now);
    for (size_t i = 0; i < layout->count; i++) {
        const struct heap_span *span = &layout->spans[i];
        if (span->kind == HEAP_FREE) {
            now->free_bytes += span->size;
            now->free_squares += (uint64_t)span->size * span->size;
            now->largest_free_bytes = span->size > now->largest_free_bytes ? span->size : now->largest_free_bytes;
            now->free_blocks++;
        } else if (span->owner != LAYOUT_NO_OWNER) {
            now->block_bytes += span->size;
            now->header_bytes += span->kind == HEAP_HEADER ? span->size : 0;
            now->payload_bytes += span->kind == HEAP_PAYLOAD ? span->size : 0;
        }
    }
}

/* A run's series and extremes, added up from recounts. */
struct recounted {
    double internal_sum, external_sum, external_max, rss_sum, rss_max;
    uint64_t events, peak_block_bytes, peak_payload_bytes, least_free_bytes, least_largest_bytes;
    double external_at_peak;
};

static uint64_t larger(uint64_t a, uint64_t b) { return a > b ? a : b; }
static uint64_t smaller(uint64_t a, uint64_t b) { return a < b ? a : b; }

static void add_recount(struct recounted *run, const struct metrics_now *now)
{
    const double whole = (double)now->free_bytes, external = whole == 0 ? 0 : 1 - now->largest_free_bytes / whole;
    const double rss = whole == 0 ? 0 : 1 - sqrt((double)now->free_squares) / whole;
    run->events++;
    run->internal_sum += now->block_bytes == 0 ? 0 : (double)(now->block_bytes - now->payload_bytes) / (double)now->block_bytes;
    run->external_sum += external;
    run->external_max = fmax(run->external_max, external);
    run->rss_sum += rss;
    run->rss_max = fmax(run->rss_max, rss);
    run->external_at_peak = now->payload_bytes > run->peak_payload_bytes ? external : run->external_at_peak;
    run->peak_payload_bytes = larger(run->peak_payload_bytes, now->payload_bytes);
    run->peak_block_bytes = larger(run->peak_block_bytes, now->block_bytes);
    run->least_free_bytes = smaller(run->least_free_bytes, now->free_bytes);
    run->least_largest_bytes = smaller(run->least_largest_bytes, now->largest_free_bytes);
}

static void check_run(const struct metrics_run *run, const struct recounted *expected)
{
    const double events = (double)expected->events;
    ck_assert_double_eq_tol(metrics_mean(&run->internal_fragmentation), expected->internal_sum / events, 1e-12);
    ck_assert_double_eq_tol(metrics_mean(&run->external_fragmentation), expected->external_sum / events, 1e-12);
    ck_assert_double_eq_tol(metrics_mean(&run->free_fragmentation_rss), expected->rss_sum / events, 1e-12);
    ck_assert_double_eq_tol(run->external_fragmentation.max, expected->external_max, 1e-12);
    ck_assert_double_eq_tol(run->free_fragmentation_rss.max, expected->rss_max, 1e-12);
    ck_assert_double_eq_tol(run->external_fragmentation.at_peak, expected->external_at_peak, 1e-12);
    ck_assert_uint_eq(run->peak_payload_bytes, expected->peak_payload_bytes);
    ck_assert_uint_eq(run->peak_block_bytes, expected->peak_block_bytes);
    ck_assert_uint_eq(run->minimum_free_bytes, expected->least_free_bytes);
    ck_assert_uint_eq(run->minimum_largest_free_bytes, expected->least_largest_bytes);
}

static void check_books(struct lane *lane, struct layout *layout, const char *name, uint64_t event, struct recounted *run)
{
    struct metrics_now expected;
    const struct metrics_now *now = lane_now(lane);
    ck_assert(layout_read(layout, lane));
    ck_assert_int_eq(layout->error, HEAP_OK);
    uint32_t at = 0;
    for (size_t i = 0; i < layout->count; i++) {
        if (layout->spans[i].off != at) { /* ck_assert costs too much for every span */
            ck_abort_msg("%s event %u: gap in the walk at %u", name, (unsigned)event, at);
        }
        at += layout->spans[i].size;
    }
    ck_assert_uint_eq(at, lane_heap(lane)->bytes);
    recount(layout, &expected);
    if (run != NULL) { /* a mark is not measured */
        add_recount(run, &expected);
    }
#define SAME(member) ck_assert_msg(now->member == expected.member, "%s event %u: " #member " %llu, recounted %llu", name, (unsigned)event, \
                                   (unsigned long long)now->member, (unsigned long long)expected.member)
    SAME(free_bytes);
    SAME(free_squares);
    SAME(largest_free_bytes);
    SAME(free_blocks);
    SAME(payload_bytes);
    SAME(block_bytes);
    SAME(header_bytes);
#undef SAME
    ck_assert_uint_eq(now->header_bytes + now->padding_bytes + now->tail_bytes + now->payload_bytes, now->block_bytes);
}

START_TEST(the_books_agree_with_a_walk_after_every_event)
{
    const struct heap_policy *policy = heap_policies[_i];
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct trace *trace = support_random_trace(seed, 1500, 100, 600);
        const struct lane_options options = {.policy = policy, .heap_bytes = 24576 + 512 * (uint32_t)seed, .track_owners = seed != 2,
                                             .alignment = policy->inspect->replica != NULL ? 0 : seed == 3 && (policy->inspect->traits & HEAP_ALIGNS_4) != 0 ? 4 : 8};
        int error = HEAP_OK;
        struct lane *lane = lane_open(&options, &error);
        ck_assert_msg(lane != NULL, "%s: %s", policy->name, heap_error_text(error));
        struct layout layout = {0};
        struct recounted run = {.least_free_bytes = lane_now(lane)->free_bytes, .least_largest_bytes = lane_now(lane)->largest_free_bytes};
        for (uint64_t i = 0; i < trace_count(trace); i++) {
            struct trace_event event;
            struct lane_result result;
            trace_get(trace, i, &event);
            event.size += event.size == 0 && event.align != 0; /* an original's aligned block of size 0 may lie where the next one does */
            ck_assert(lane_apply(lane, &event, &result));
            check_books(lane, &layout, policy->name, i, event.op == TRACE_MARK ? NULL : &run);
        }
        ck_assert_uint_eq(lane_run(lane)->refused, 0);
        check_run(lane_run(lane), &run);
        layout_end(&layout);
        lane_close(lane);
        trace_free(trace);
    }
}
END_TEST

/* Talc's tag: behind 30 bytes in 32. */
START_TEST(a_trailer_is_a_header_at_the_end_of_its_block)
{
    struct trace *trace = trace_new("trailer");
    support_put(trace, TRACE_ALLOC, 1, 30, 0);
    const struct lane_options options = {.policy = heap_policy_find("talc"), .heap_bytes = 1024};
    static const struct heap_span expected[] = {{264, 30, 30, 0, HEAP_PAYLOAD}, {294, 2, 0, 0, HEAP_SLACK}, {296, 4, 0, 0, HEAP_HEADER}};
    int error = HEAP_OK;
    struct lane *lane = lane_open(&options, &error);
    struct layout layout = {0};
    struct trace_event event;
    struct lane_result result;
    trace_get(trace, 0, &event);
    ck_assert(lane_apply(lane, &event, &result));
    ck_assert(layout_read(&layout, lane));
    size_t first = 0;
    while (first < layout.count && layout.spans[first].off != expected[0].off) {
        first++;
    }
    ck_assert_uint_le(first + 3, layout.count);
    for (size_t i = 0; i < 3; i++) {
        const struct heap_span *span = &layout.spans[first + i];
        ck_assert_uint_eq(span->off, expected[i].off);
        ck_assert_uint_eq(span->size, expected[i].size);
        ck_assert_uint_eq(span->owner, expected[i].owner);
        ck_assert_uint_eq(span->kind, expected[i].kind);
    }
    ck_assert_uint_eq(lane_now(lane)->header_bytes, 4);
    ck_assert_uint_eq(lane_now(lane)->padding_bytes, 2);
    ck_assert_uint_eq(lane_now(lane)->tail_bytes, 0);
    layout_end(&layout);
    lane_close(lane);
    trace_free(trace);
}
END_TEST

START_TEST(formulas)
{
    const struct metrics_now now = {.payload_bytes = 600, .block_bytes = 800, .free_bytes = 1000, .largest_free_bytes = 250, .free_blocks = 4,
                                    .free_squares = 250000};
    const struct metrics_now empty = {0};
    ck_assert_double_eq_tol(metrics_internal(&now), 0.25, 1e-12);
    ck_assert_double_eq_tol(metrics_external(&now), 0.75, 1e-12);
    ck_assert_double_eq_tol(metrics_rss(&now), 0.5, 1e-12);
    ck_assert_double_eq_tol(metrics_unusable_index(&now, 250), 0.75, 1e-12);
    ck_assert_double_eq_tol(metrics_fragmentation_index(&now, 500), 1 - 3.0 / 4, 1e-12);
    ck_assert_double_eq_tol(metrics_internal(&empty) + metrics_external(&empty) + metrics_rss(&empty), 0, 1e-12);
    ck_assert_double_eq_tol(metrics_unusable_index(&empty, 0), 1, 1e-12);
    ck_assert_double_eq_tol(metrics_fragmentation_index(&empty, 8), 0, 1e-12);
}
END_TEST

START_TEST(run_numbers_of_a_trace_done_by_hand)
{
    struct trace *trace = trace_new("hand");
    support_put(trace, TRACE_ALLOC, 1, 100, 0);
    support_put(trace, TRACE_ALLOC, 2, 60, 0);
    support_put(trace, TRACE_FREE, 1, 0, 0);
    support_put(trace, TRACE_ALLOC, 3, 5000, 0); /* fails on 1 KiB */
    support_put(trace, TRACE_FREE, 3, 0, 0);     /* and is skipped */
    const struct lane_options options = {.policy = heap_policy_find("first_fit"), .heap_bytes = 1024};
    int error = HEAP_OK;
    struct lane *lane = lane_open(&options, &error);
    struct trace_event event;
    struct lane_result result;
    for (uint64_t i = 0; i < trace_count(trace); i++) {
        trace_get(trace, i, &event);
        ck_assert(lane_apply(lane, &event, &result));
    }
    const struct metrics_run *run = lane_run(lane);
    ck_assert_uint_eq(run->events, 5);
    ck_assert_uint_eq(run->peak_payload_bytes, 160);
    ck_assert_uint_eq(run->peak_payload_event, 2);
    ck_assert_uint_eq(run->at_peak.header_bytes, 8);
    ck_assert_uint_eq(run->peak_block_bytes, 104 + 64);
    ck_assert_uint_eq(run->failures, 1);
    ck_assert_uint_eq(run->kept_failures[0].event, 4);
    ck_assert_uint_eq(run->kept_failures[0].size, 5000);
    ck_assert_uint_eq(run->skipped, 1);
    ck_assert_uint_eq(lane_now(lane)->payload_bytes, 60);
    lane_close(lane);
    trace_free(trace);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("metrics");
    TCase *tests = tcase_create("metrics");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, free_spans_agree_with_a_plain_list);
    tcase_add_test(tests, cover_agrees_with_a_byte_map);
    tcase_add_loop_test(tests, the_books_agree_with_a_walk_after_every_event, 0, (int)heap_policy_count);
    tcase_add_test(tests, a_trailer_is_a_header_at_the_end_of_its_block);
    tcase_add_test(tests, formulas);
    tcase_add_test(tests, run_numbers_of_a_trace_done_by_hand);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
