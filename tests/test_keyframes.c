/* test_keyframes.c: a session with keyframes stands at every position as one that ran there straight, whatever the keyframes may
 * cost; and what they share is counted once. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zlib.h>

#include "pages.h"
#include "session.h"
#include "trace_support.h"

/* ---- pages ---- */

enum { MEMORY = 11 * PAGES_BYTES + 1234, COPIES = 60, FILL = 0xA5 };

/* A little here, a whole page there, and now and then a page is 0 again. */
static void change(uint8_t *memory, uint64_t *seed)
{
    for (unsigned n = support_random(seed) % 40; n != 0; n--) {
        memory[support_random(seed) % MEMORY] = (uint8_t)support_random(seed);
    }
    const size_t page = support_random(seed) % (MEMORY / PAGES_BYTES) * PAGES_BYTES;
    switch (support_random(seed) % 4) {
    case 0: memset(memory + page, 0, PAGES_BYTES); break;
    case 1:
        for (size_t i = 0; i < PAGES_BYTES; i++) {
            memory[page + i] = (uint8_t)support_random(seed);
        }
        break;
    default: break;
    }
}

/* Each copy is like the one before it, or like any earlier one; they end in any order; the memory of the first ones is shorter. */
START_TEST(copies_are_what_was_copied_and_hold_nothing_in_the_end)
{
    static uint8_t now[MEMORY + 8] __attribute__((aligned(8))), restored[MEMORY + 8] __attribute__((aligned(8)));
    uint8_t *expected = malloc((size_t)COPIES * MEMORY);
    struct pages copies[COPIES] = {{NULL, 0}};
    size_t bytes[COPIES], held = 0;
    uint64_t seed = (uint64_t)_i + 1;
    bool rest_is_right = true;
    ck_assert_ptr_nonnull(expected);
    for (size_t i = 0; i < COPIES; i++) {
        const size_t like = i == 0 || _i % 2 == 0 ? i : support_random(&seed) % i + 1;
        change(now, &seed);
        bytes[i] = i < 5 ? MEMORY / 2 + i : MEMORY;
        memcpy(expected + i * MEMORY, now, bytes[i]);
        ck_assert(pages_save(&copies[i], now, bytes[i], like == 0 ? NULL : &copies[like - 1], &held));
    }
    for (size_t left = COPIES; left != 0;) {
        for (size_t i = 0; i < COPIES; i++) {
            if (copies[i].items != NULL) {
                memset(restored, FILL, sizeof restored);
                pages_restore(&copies[i], restored, MEMORY);
                ck_assert_mem_eq(restored, expected + i * MEMORY, bytes[i]);
                for (size_t at = bytes[i]; at < sizeof restored; at++) {
                    rest_is_right = rest_is_right && restored[at] == (at < MEMORY ? 0 : FILL);
                }
            }
        }
        for (unsigned n = 0; n < 9 && left != 0; n++) {
            size_t which = support_random(&seed) % COPIES;
            while (copies[which].items == NULL) {
                which = (which + 1) % COPIES;
            }
            pages_end(&copies[which], &held);
            left--;
        }
    }
    ck_assert(rest_is_right);
    ck_assert_uint_eq(held, 0);
    free(expected);
}
END_TEST

START_TEST(what_did_not_change_costs_nothing_but_its_place_in_a_table)
{
    static uint64_t memory[256 * PAGES_BYTES / 8];
    struct pages first, second, third;
    size_t held = 0;
    for (size_t i = 0; i < 128 * PAGES_BYTES / 8; i++) {
        memory[i] = i + 1;
    }
    ck_assert(pages_save(&first, memory, sizeof memory, NULL, &held)); /* half of it is 0 */
    ck_assert_uint_gt(held, 128 * PAGES_BYTES);
    ck_assert_uint_lt(held, 132 * PAGES_BYTES);
    const size_t alone = held;
    ck_assert(pages_save(&second, memory, sizeof memory, &first, &held));
    ck_assert_uint_le(held - alone, 257 * sizeof(void *));
    const size_t equal = held;
    memory[77]++;
    ck_assert(pages_save(&third, memory, sizeof memory, &second, &held));
    ck_assert_uint_gt(held - equal, 257 * sizeof(void *));
    ck_assert_uint_lt(held - equal, 257 * sizeof(void *) + 160); /* a word, not a page */
    ck_assert_uint_ge(pages_alone(&third), 128 * PAGES_BYTES);
    pages_end(&first, &held);
    pages_end(&second, &held);
    pages_end(&third, &held);
    ck_assert_uint_eq(held, 0);
}
END_TEST

/* ---- sessions ---- */

enum { EVENTS = 170000, MOMENTS = 40 };

/* All that can be asked of the lanes at a position. */
struct moment {
    uint64_t position, useful[4];
    struct metrics_run runs[SESSION_MAX_LANES];
    struct metrics_now nows[SESSION_MAX_LANES];
    uint32_t digests[SESSION_MAX_LANES], blocks[SESSION_MAX_LANES], waiting[SESSION_MAX_LANES], largest[SESSION_MAX_LANES];
};

static uint32_t crc_of_blocks(const struct lane *lane)
{
    uLong crc = 0;
    for (uint32_t slot = 0; slot < lane_slot_count(lane); slot++) {
        const struct lane_block *block = lane_block(lane, slot);
        if (block->state == LANE_LIVE) {
            const uint64_t fields[] = {slot, block->off, block->requested, block->align, block->block_off, block->block_bytes,
                                       block->born, block->trailer};
            crc = crc32(crc, (const Bytef *)fields, sizeof fields);
        }
    }
    return (uint32_t)crc;
}

static struct moment moment_of(struct session *session)
{
    struct moment moment;
    memset(&moment, 0, sizeof moment);
    moment.position = session_position(session);
    for (int i = 0; i < session_lane_count(session); i++) {
        struct lane *lane = session_lane(session, i);
        moment.runs[i] = *lane_metrics(lane);
        moment.nows[i] = *lane_now(lane);
        moment.digests[i] = lane_digest(lane);
        moment.blocks[i] = crc_of_blocks(lane);
        moment.waiting[i] = lane_waiting(lane);
        moment.largest[i] = lane_largest_request(lane);
        moment.useful[i] = lane_useful_free(lane, 100);
    }
    return moment;
}

static int compare_positions(const void *a, const void *b)
{
    const uint64_t first = ((const struct moment *)a)->position, second = ((const struct moment *)b)->position;
    return (first > second) - (first < second);
}

/* The moments at random positions, from a session whose keyframes are never used: it only steps. */
static struct moment *straight_moments(struct session *session, uint64_t seed)
{
    struct moment *moments = calloc(MOMENTS, sizeof *moments);
    const uint64_t length = session_length(session);
    ck_assert_ptr_nonnull(moments);
    for (size_t i = 0; i < MOMENTS; i++) {
        moments[i].position = i == 0 ? 0 : i == 1 ? length : support_random(&seed) % (length + 1);
    }
    qsort(moments, MOMENTS, sizeof *moments, compare_positions);
    for (size_t i = 0; i < MOMENTS; i++) {
        while (session_position(session) < moments[i].position) {
            ck_assert(session_step(session));
        }
        moments[i] = moment_of(session);
    }
    return moments;
}

static void assert_same_moments(struct session *session, const struct moment *moments, uint64_t seed)
{
    for (size_t i = 0; i < 2 * MOMENTS; i++) {
        const struct moment *expected = &moments[support_random(&seed) % MOMENTS];
        ck_assert(session_seek(session, expected->position));
        const struct moment found = moment_of(session);
        ck_assert_msg(memcmp(&found, expected, sizeof found) == 0, "%s, event %u: digest %08x, expected %08x",
                      lane_options_of(session_lane(session, 0))->policy->name, (unsigned)expected->position, found.digests[0], expected->digests[0]);
    }
}

static void assert_within_budget(const struct session *session)
{
    const struct session_keyframes keyframes = session_keyframes(session);
    ck_assert_msg(keyframes.bytes <= keyframes.budget || keyframes.count == 1, "%u keyframes of %u B, budget %u B", (unsigned)keyframes.count,
                  (unsigned)keyframes.bytes, (unsigned)keyframes.budget);
}

static struct session *open_session(const struct trace *trace, size_t budget, const char *const *policies, int count, uint32_t heap_bytes)
{
    struct session *session = session_open(trace, budget);
    int error = HEAP_OK;
    ck_assert_ptr_nonnull(session);
    for (int i = 0; i < count; i++) {
        const struct lane_options options = {.policy = heap_policy_find(policies[i]), .heap_bytes = heap_bytes, .track_owners = i % 2 == 0};
        ck_assert_int_eq(session_add_lane(session, &options, &error), i);
    }
    return session;
}

START_TEST(every_policy_stands_where_a_straight_run_stands)
{
    const char *name = heap_policies[_i]->name;
    if ((heap_policies[_i]->inspect->traits & HEAP_NO_IMAGE) != 0) {
        return; /* the platform's heap cannot be saved: test_session seeks in it, slowly */
    }
    struct trace *trace = support_random_trace((uint64_t)_i + 3, EVENTS, 100, 300);
    struct session *straight = open_session(trace, 1, &name, 1, 8192), *session = open_session(trace, 0, &name, 1, 8192);
    struct moment *moments = straight_moments(straight, (uint64_t)_i);
    assert_same_moments(session, moments, (uint64_t)_i + 9); /* keyframes are made as it goes */
    ck_assert(session_seek(session, UINT64_MAX));
    ck_assert_uint_ge(session_keyframes(session).count, 10);
    assert_same_moments(session, moments, (uint64_t)_i + 5);
    session_close(session);
    session_close(straight);
    trace_free(trace);
    free(moments);
}
END_TEST

/* Three lanes on a heap that the blocks do not fill by far, so that pages stay 0; every budget down to nothing. */
START_TEST(lanes_and_budgets_change_no_state)
{
    static const size_t budgets[] = {1, 30000, 120000, 500000, 0};
    static const char *const policies[] = {"best_fit", "tlsf", "buddy"};
    struct trace *trace = support_random_trace(8, EVENTS, 300, 500);
    struct session *straight = open_session(trace, 1, policies, 3, 65536), *session = open_session(trace, budgets[_i], policies, 3, 65536);
    struct moment *moments = straight_moments(straight, 4);
    while (session_step(session)) {
        if (session_position(session) % 1024 == 1) { /* one may just have been made */
            assert_within_budget(session);
        }
    }
    assert_same_moments(session, moments, 6);
    ck_assert(session_record_history(session, NULL, NULL));
    assert_same_moments(session, moments, 7);
    assert_within_budget(session);
    ck_assert_uint_le(session_keyframes(session).bytes, session_keyframes(session).whole_bytes + 4096 * session_keyframes(session).count);
    session_close(session);
    session_close(straight);
    trace_free(trace);
    free(moments);
}
END_TEST

START_TEST(a_lane_that_is_added_or_replaced_ends_all_keyframes)
{
    static const char *const policies[] = {"first_fit", "tlsf"}, *const others[] = {"first_fit", "worst_fit"};
    struct trace *trace = support_random_trace(12, EVENTS, 100, 300);
    struct session *straight = open_session(trace, 1, others, 2, 16384), *session = open_session(trace, 0, policies, 1, 16384);
    struct moment *moments = straight_moments(straight, 2);
    const struct lane_options second = {.policy = heap_policy_find("tlsf"), .heap_bytes = 16384};
    const struct lane_options third = {.policy = heap_policy_find("worst_fit"), .heap_bytes = 16384};
    int error = HEAP_OK;
    ck_assert(session_seek(session, UINT64_MAX));
    ck_assert_uint_gt(session_keyframes(session).bytes, 0);
    ck_assert_int_eq(session_add_lane(session, &second, &error), 1);
    ck_assert_uint_eq(session_keyframes(session).bytes, 0);
    ck_assert_uint_eq(session_position(session), 0);
    ck_assert(session_seek(session, 70001));
    ck_assert_uint_gt(session_keyframes(session).count, 1);
    ck_assert_int_eq(session_replace_lane(session, 1, &third, &error), 0);
    ck_assert_uint_eq(session_keyframes(session).bytes, 0);
    ck_assert_uint_eq(session_position(session), 70001);
    assert_same_moments(session, moments, 3);
    session_close(session);
    session_close(straight);
    trace_free(trace);
    free(moments);
}
END_TEST

/* A lane that is replaced on the way leaves the beginning without keyframes; they come back when it is passed again. */
START_TEST(the_way_to_a_replaced_lane_gets_its_keyframes_again)
{
    static const char *const policies[] = {"tlsf"};
    struct trace *trace = support_random_trace(21, EVENTS, 100, 300);
    struct session *fresh = open_session(trace, 0, policies, 1, 16384), *session = open_session(trace, 0, policies, 1, 16384);
    const struct lane_options same = {.policy = heap_policy_find("tlsf"), .heap_bytes = 16384};
    int error = HEAP_OK;
    ck_assert(session_seek(session, EVENTS / 2));
    ck_assert_int_eq(session_replace_lane(session, 0, &same, &error), 0);
    ck_assert(session_seek(session, UINT64_MAX));
    ck_assert(session_seek(session, 0));
    ck_assert(session_seek(session, UINT64_MAX) && session_seek(fresh, UINT64_MAX));
    ck_assert_uint_gt(session_keyframes(fresh).count, 1);
    ck_assert_uint_eq(session_keyframes(session).count, session_keyframes(fresh).count);
    ck_assert_uint_eq(session_keyframes(session).interval, session_keyframes(fresh).interval);
    session_close(fresh);
    session_close(session);
    trace_free(trace);
}
END_TEST

/* Blocks that stay fill a heap of 1 MiB; a few come and go at its end. */
START_TEST(keyframes_of_a_heap_that_changes_little_cost_little)
{
    static const char *const policies[] = {"first_fit"};
    struct trace *trace = trace_new("quiet");
    uint64_t seed = 1, id = 0;
    while (id < 1000) {
        support_put(trace, TRACE_ALLOC, ++id, 900, 0);
    }
    while (trace_count(trace) < 600000) {
        const uint32_t bytes = support_random(&seed) % 500 + 1;
        support_put(trace, TRACE_ALLOC, ++id, bytes, 0);
        support_put(trace, TRACE_FREE, id, 0, 0);
    }
    struct session *session = open_session(trace, 0, policies, 1, 1u << 20);
    ck_assert(session_seek(session, UINT64_MAX));
    const struct session_keyframes keyframes = session_keyframes(session);
    ck_assert_uint_ge(keyframes.count, 9);
    ck_assert_msg(keyframes.bytes * 3 < keyframes.whole_bytes, "%u keyframes of %u B, whole %u B", (unsigned)keyframes.count,
                  (unsigned)keyframes.bytes, (unsigned)keyframes.whole_bytes);
    session_close(session);
    trace_free(trace);
}
END_TEST

START_TEST(long_searches_bring_keyframes_closer_together)
{
    static const char *const slow[] = {"best_fit"}, *const quick[] = {"tlsf"};
    struct trace *trace = support_random_trace(41, EVENTS, 3000, 400);
    struct session *searching = open_session(trace, 0, slow, 1, 1u << 18), *finding = open_session(trace, 0, quick, 1, 1u << 18);
    ck_assert(session_seek(searching, UINT64_MAX) && session_seek(finding, UINT64_MAX));
    ck_assert_uint_lt(session_keyframes(searching).interval, session_keyframes(finding).interval);
    session_close(searching);
    session_close(finding);
    trace_free(trace);
}
END_TEST

/* ---- without memory ---- */

#ifndef __SANITIZE_ADDRESS__
static void limit_memory(rlim_t more_bytes)
{
    FILE *file = fopen("/proc/self/statm", "r");
    unsigned long pages = 0;
    ck_assert(file != NULL && fscanf(file, "%lu", &pages) == 1);
    fclose(file);
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_AS, &limit), 0);
    limit.rlim_cur = more_bytes == 0 ? limit.rlim_max : pages * (rlim_t)sysconf(_SC_PAGESIZE) + more_bytes;
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
}

struct hog {
    struct hog *next;
};

/* Takes what malloc has, down to pieces of `bytes`; smaller ones remain. */
static struct hog *take_all(struct hog *hogs, size_t bytes)
{
    for (size_t piece = 1 << 20; piece >= bytes; piece /= 2) {
        for (struct hog *hog = malloc(piece); hog != NULL; hog = malloc(piece)) {
            hog->next = hogs;
            hogs = hog;
        }
    }
    return hogs;
}

/* Memory ends while keyframes are made, at another place each time. */
START_TEST(a_keyframe_that_finds_no_memory_is_left_out)
{
    static const char *const policies[] = {"tlsf", "best_fit"};
    struct trace *trace = support_random_trace(31, EVENTS, 60, 3000); /* as many slots as a lane begins with */
    struct session *straight = open_session(trace, 1, policies, 2, 65536), *session = open_session(trace, 0, policies, 2, 65536);
    struct moment *moments = straight_moments(straight, 21);
    ck_assert(session_seek(session, UINT64_MAX)); /* as many as there are with memory; and the books have their size */
    const size_t all = session_keyframes(session).count;
    int error = HEAP_OK;
    ck_assert_int_eq(session_replace_lane(session, 0, lane_options_of(session_lane(session, 0)), &error), 0);
    ck_assert_uint_eq(session_keyframes(session).count, 0);
    ck_assert(session_seek(session, 0));
    limit_memory(1 << 16);
    struct hog *hogs = take_all(NULL, 1 << 14), *spare = hogs;
    for (int i = 0; i <= _i && spare != NULL; i++) {
        struct hog *next = spare->next;
        free(spare);
        spare = next;
    }
    while (session_step(session)) {
    }
    const bool ended = session_position(session) == session_length(session);
    const size_t some = session_keyframes(session).count;
    limit_memory(0);
    while (spare != NULL) {
        struct hog *next = spare->next;
        free(spare);
        spare = next;
    }
    ck_assert(ended);
    ck_assert_uint_lt(some, all);
    assert_same_moments(session, moments, 22);
    ck_assert_int_eq(session_replace_lane(session, 0, lane_options_of(session_lane(session, 0)), &error), 0);
    ck_assert_uint_eq(session_keyframes(session).bytes, 0);
    session_close(session);
    session_close(straight);
    trace_free(trace);
    free(moments);
}
END_TEST
#endif

int main(void)
{
    Suite *suite = suite_create("keyframes");
    TCase *tests = tcase_create("keyframes");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, copies_are_what_was_copied_and_hold_nothing_in_the_end, 0, 8);
    tcase_add_test(tests, what_did_not_change_costs_nothing_but_its_place_in_a_table);
    tcase_add_loop_test(tests, every_policy_stands_where_a_straight_run_stands, 0, (int)heap_policy_count);
    tcase_add_loop_test(tests, lanes_and_budgets_change_no_state, 0, 5);
    tcase_add_test(tests, a_lane_that_is_added_or_replaced_ends_all_keyframes);
    tcase_add_test(tests, the_way_to_a_replaced_lane_gets_its_keyframes_again);
    tcase_add_test(tests, keyframes_of_a_heap_that_changes_little_cost_little);
    tcase_add_test(tests, long_searches_bring_keyframes_closer_together);
#ifndef __SANITIZE_ADDRESS__
    tcase_add_loop_test(tests, a_keyframe_that_finds_no_memory_is_left_out, 0, 6);
#endif
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
