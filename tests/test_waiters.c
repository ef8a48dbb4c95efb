/* Threads that wait for a pool's block: whom a freed block wakes, whose time is over, what was put off, and that a session can stand
 * at any moment of it. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"
#include "waiters.h"

/* ---- the wait list ---- */

static void three_wait(struct waiters *waiters)
{
    *waiters = (struct waiters){0};
    ck_assert_ptr_nonnull(waiters_add(waiters, 0, 7, 1, 10, -1));
    ck_assert_ptr_nonnull(waiters_add(waiters, 0, 2, 5, 11, 4));
    ck_assert_ptr_nonnull(waiters_add(waiters, 0, 5, 5, 12, 3));
}

START_TEST(the_last_that_came_is_woken_first_or_the_first)
{
    static const uint32_t expected[2][3] = {{5, 2, 7}, {7, 2, 5}};
    struct waiters waiters;
    three_wait(&waiters);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_uint_eq(waiters_waiting(&waiters, 0), 3 - i);
        ck_assert_uint_eq(waiters_wake(&waiters, 0, _i == 1)->thread, expected[_i][i]);
    }
    ck_assert_ptr_null(waiters_wake(&waiters, 0, _i == 1));
    waiters_end(&waiters);
}
END_TEST

START_TEST(the_ready_run_by_urgency_then_in_the_order_of_their_waking)
{
    struct waiters waiters;
    three_wait(&waiters);
    (void)waiters_wake(&waiters, 0, false);
    (void)waiters_wake(&waiters, 0, false);
    ck_assert_ptr_null(waiters_next_ready(&waiters, 5)); /* both have priority 5 */
    ck_assert_uint_eq(waiters_next_ready(&waiters, 6)->thread, 5);
    (void)waiters_wake(&waiters, 0, false);
    ck_assert_uint_eq(waiters_next_ready(&waiters, INT64_MAX)->thread, 7);
    waiters_remove(&waiters, waiters_find(&waiters, 7));
    ck_assert_uint_eq(waiters_next_ready(&waiters, INT64_MAX)->thread, 5);
    waiters_end(&waiters);
}
END_TEST

START_TEST(times_end_together_and_are_kept_over_a_second_wait)
{
    struct waiters waiters;
    three_wait(&waiters);
    ck_assert_uint_eq(waiters_next_deadline(&waiters), 15);
    struct waiter *woken = waiters_wake(&waiters, 0, false);
    ck_assert_uint_eq(woken->thread, 5);
    ck_assert(waiters_again(&waiters, woken, 14)); /* another one was quicker: one tick is left */
    waiters_expire(&waiters, 15);
    ck_assert_uint_eq(waiters_waiting(&waiters, 0), 1);
    ck_assert_uint_eq(waiters_next_ready(&waiters, INT64_MAX)->thread, 2);
    ck_assert_uint_eq(waiters_find(&waiters, 5)->state, WAITER_EXPIRED);
    ck_assert_uint_eq(waiters_next_deadline(&waiters), WAITERS_FOR_EVER);
    waiters_end(&waiters);
}
END_TEST

/* A block of one pool wakes nobody who waits for another's; ticks, urgency and turns are common. */
START_TEST(each_pool_wakes_its_own)
{
    struct waiters waiters = {0};
    ck_assert_ptr_nonnull(waiters_add(&waiters, 3, 1, 7, 0, -1));
    ck_assert_ptr_nonnull(waiters_add(&waiters, 8, 2, 5, 0, 4));
    ck_assert_ptr_nonnull(waiters_add(&waiters, 3, 4, 7, 1, 2));
    ck_assert_ptr_null(waiters_wake(&waiters, 0, true));
    ck_assert_uint_eq(waiters_waiting(&waiters, 3), 2);
    ck_assert_uint_eq(waiters_waiting(&waiters, 8), 1);
    ck_assert_uint_eq(waiters_next_deadline(&waiters), 3);
    ck_assert_uint_eq(waiters_wake(&waiters, 3, false)->thread, 4);
    ck_assert_uint_eq(waiters_wake(&waiters, 8, false)->thread, 2);
    ck_assert_uint_eq(waiters_next_ready(&waiters, INT64_MAX)->thread, 2);
    struct waiter *moves = waiters_find(&waiters, 4);
    waiters_join(&waiters, moves, 8, 2, 9); /* from one list to another */
    ck_assert_uint_eq(waiters_waiting(&waiters, 3), 1);
    ck_assert_uint_eq(waiters_wake(&waiters, 8, true)->thread, 4);
    waiters_end(&waiters);
}
END_TEST

/* ---- what threads have waited ---- */

START_TEST(counts_are_by_heap_and_thread)
{
    static const struct wait_count expected[] = {{1, 0, 1, 1, 0, 9, 9}, {1, 5, 3, 1, 1, 7, 10}};
    struct wait_counts counts = {0}, copy = {0};
    uint32_t count = 0;
    for (uint32_t i = 0; i < 40; i++) { /* more than the first room, from behind */
        ck_assert(wait_counts_begin(&counts, 2, 40 - i));
    }
    for (uint32_t i = 0; i < 3; i++) {
        ck_assert(wait_counts_begin(&counts, 1, 5));
    }
    ck_assert(wait_counts_begin(&counts, 1, 0));
    wait_counts_end(&counts, 1, 5, true, 7);
    wait_counts_end(&counts, 1, 5, false, 3);
    wait_counts_end(&counts, 1, 0, true, 9);
    ck_assert(wait_counts_copy(&copy, &counts));
    wait_counts_end_all(&counts);
    const struct wait_count *of = wait_counts_of(&copy, 1, &count);
    ck_assert_uint_eq(count, 2);
    ck_assert_mem_eq(of, expected, sizeof expected);
    ck_assert_ptr_null(wait_counts_of(&copy, 0, &count));
    ck_assert_ptr_nonnull(wait_counts_of(&copy, 2, &count));
    ck_assert_uint_eq(count, 40);
    wait_counts_end_all(&copy);
}
END_TEST

/* ---- sessions ---- */

static struct trace *trace_of(const char *text)
{
    char path[] = HEAPLAB_BUILD_DIR "/waiters-XXXXXX.json";
    struct trace_error error;
    const int file = mkstemps(path, 5);
    ck_assert_int_ge(file, 0);
    FILE *stream = fdopen(file, "w");
    ck_assert_ptr_nonnull(stream);
    ck_assert_int_ge(fputs(text, stream), 0);
    ck_assert_int_eq(fclose(stream), 0);
    const struct trace_options options = {.zero_keeps = true};
    struct trace *trace = trace_load(path, &options, NULL, NULL, &error);
    ck_assert_msg(trace != NULL, "%s: found %s, expected %s", path, error.found, error.expected);
    remove(path);
    return trace;
}

static struct session *session_of(const struct trace *trace, uint32_t blocks, bool fifo)
{
    struct lane_options options = {.policy = heap_policy_find("rtthread_mempool"), .params = {16, 4, fifo ? 2u : 1u, 0},
                                   .heap_bytes = blocks * 20, .track_owners = true};
    struct session *session = session_open(trace, 0);
    int error = HEAP_OK;
    ck_assert_int_eq(session_add_lane(session, &options, &error), 0);
    return session;
}

static uint64_t run_to_end(struct session *session, enum lane_outcome *outcomes)
{
    uint64_t count = 0;
    while (session_step(session)) {
        outcomes[count++] = session_last_result(session, 0)->outcome;
    }
    ck_assert(!session_out_of_memory(session));
    return count;
}

#define HEADER(THREADS) "{\"format\": \"heaplab-trace\", \"version\": 1, \"threads\": [" THREADS "], \"events\": ["
#define ALLOC(ID, THREAD, T, WAIT) "{\"op\": \"alloc\", \"size\": 8, \"id\": " #ID ", \"thread\": " #THREAD ", \"t\": " #T ", \"wait\": " #WAIT "}"
#define FREE(ID, THREAD, T) "{\"op\": \"free\", \"id\": " #ID ", \"thread\": " #THREAD ", \"t\": " #T "}"

START_TEST(a_waiter_gets_the_block_and_makes_up_for_what_it_put_off)
{
    struct trace *trace = trace_of(HEADER("\"a\", \"b\"") ALLOC(1, 0, 0, 0) "," ALLOC(2, 1, 1, 9) "," FREE(2, 1, 2) "," ALLOC(3, 1, 3, 0) ","
                                   ALLOC(4, 0, 4, 0) "," FREE(1, 0, 5) "," ALLOC(5, 0, 5, 0) "," ALLOC(6, 0, 6, 0) "]}");
    static const enum lane_outcome expected[] = {LANE_SERVED, LANE_WAITS, LANE_WAITS, LANE_WAITS, LANE_FAILED, LANE_FREED, LANE_SERVED, LANE_FAILED};
    enum lane_outcome outcomes[8];
    struct session *session = session_of(trace, 1, false);
    ck_assert_uint_eq(run_to_end(session, outcomes), 8);
    ck_assert_mem_eq(outcomes, expected, sizeof expected);
    const struct metrics_run *run = lane_metrics(session_lane(session, 0));
    /* Thread 0 takes the block again before the woken thread runs: it waits on, and its time is not over. */
    ck_assert_uint_eq(run->waits, 1);
    ck_assert_uint_eq(run->waits_served + run->waits_timed_out, 0);
    ck_assert_uint_eq(lane_waiting(session_lane(session, 0)), 1);
    session_close(session);
    trace_free(trace);
}
END_TEST

struct told {
    uint64_t numbers[8];
    enum lane_outcome outcomes[8];
    size_t count;
};

static void tell(void *ctx, uint64_t number, const struct trace_event *event, const struct lane_result *result, const struct lane_block *block)
{
    struct told *told = ctx;
    (void)event, (void)block;
    told->numbers[told->count] = number;
    told->outcomes[told->count++] = result->outcome;
}

START_TEST(a_more_urgent_waiter_runs_at_once_with_all_that_it_put_off)
{
    struct trace *trace = trace_of(HEADER("{\"name\": \"a\", \"priority\": 5}, {\"name\": \"b\", \"priority\": 1}") ALLOC(1, 0, 0, 0) ","
                                   ALLOC(2, 1, 1, 9) "," FREE(2, 1, 2) "," ALLOC(3, 1, 3, 0) "," FREE(1, 0, 7) "," ALLOC(4, 0, 7, 0) "]}");
    static const uint64_t numbers[] = {2, 3, 4};
    static const enum lane_outcome outcomes[] = {LANE_SERVED, LANE_FREED, LANE_SERVED};
    struct session *session = session_of(trace, 1, false);
    struct told told = {.count = 0};
    lane_watch_late(session_lane(session, 0), tell, &told);
    while (session_step(session)) {
    }
    ck_assert_int_eq(session_last_result(session, 0)->outcome, LANE_FAILED); /* thread 1 had it back, and took it again */
    ck_assert_uint_eq(told.count, 3);
    ck_assert_mem_eq(told.numbers, numbers, sizeof numbers);
    ck_assert_mem_eq(told.outcomes, outcomes, sizeof outcomes);
    const struct metrics_run *run = lane_metrics(session_lane(session, 0));
    ck_assert_uint_eq(run->waits_served, 1);
    ck_assert_uint_eq(run->wait_longest, 6);
    ck_assert_uint_eq(run->wait_ticks, 6);
    ck_assert_uint_eq(run->failures, 1);
    ck_assert_uint_eq(lane_now(session_lane(session, 0))->live_blocks, 1);
    session_close(session);
    trace_free(trace);
}
END_TEST

START_TEST(who_gives_up_has_failed_and_its_id_is_lost)
{
    struct trace *trace = trace_of(HEADER("\"a\", \"b\"") ALLOC(1, 0, 0, 0) "," ALLOC(2, 1, 1, 3) "," FREE(2, 1, 2) "," FREE(1, 0, 9) "]}");
    enum lane_outcome outcomes[4];
    struct session *session = session_of(trace, 1, false);
    ck_assert_uint_eq(run_to_end(session, outcomes), 4);
    const struct metrics_run *run = lane_metrics(session_lane(session, 0));
    ck_assert_uint_eq(run->waits_timed_out, 1);
    ck_assert_uint_eq(run->wait_longest, 3);
    ck_assert_uint_eq(run->failures, 1);
    ck_assert_uint_eq(run->kept_failures[0].event, 2);
    ck_assert_uint_eq(run->skipped, 1);
    ck_assert_uint_eq(run->frees, 1);
    session_close(session);
    trace_free(trace);
}
END_TEST

/* A request that no block can hold does not wait. */
START_TEST(what_never_fits_fails_at_once)
{
    struct trace *trace = trace_of(HEADER("\"a\"") "{\"op\": \"alloc\", \"id\": 1, \"size\": 17, \"wait\": -1}]}");
    enum lane_outcome outcomes[1];
    struct session *session = session_of(trace, 1, false);
    ck_assert_uint_eq(run_to_end(session, outcomes), 1);
    ck_assert_int_eq(outcomes[0], LANE_FAILED);
    session_close(session);
    trace_free(trace);
}
END_TEST

/* ---- time travel ---- */

#define EVENTS 6000u
#define LIVE 12u

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* Five threads, fewer blocks than they want; frees by any of them. */
static struct trace *random_trace(uint32_t seed)
{
    const size_t room = EVENTS * 100;
    char *text = malloc(room);
    uint32_t state = seed * 2654435761u + 1, live[LIVE], count = 0, id = 0;
    uint64_t t = 0;
    ck_assert_ptr_nonnull(text);
    size_t used = (size_t)snprintf(text, room, HEADER("{\"name\": \"a\", \"priority\": 3}, {\"name\": \"b\", \"priority\": 1}, \"c\", \"d\", \"e\""));
    for (uint32_t i = 0; i < EVENTS; i++) {
        const uint32_t thread = next_random(&state) % 5, choice = next_random(&state) % 8;
        t += next_random(&state) % 3;
        if (count < LIVE && (count == 0 || choice < 4)) {
            live[count++] = ++id;
            used += (size_t)snprintf(text + used, room - used, "{\"op\":\"alloc\",\"id\":%u,\"size\":8,\"thread\":%u,\"t\":%u,\"wait\":%u},", id, thread,
                                     (unsigned)t, next_random(&state) % 12);
        } else {
            const uint32_t which = next_random(&state) % count;
            const bool grows = choice == 7;
            used += (size_t)snprintf(text + used, room - used, "{\"op\":\"%s\",\"id\":%u,\"size\":9,\"thread\":%u,\"t\":%u},",
                                     grows ? "realloc" : "free", live[which], thread, (unsigned)t);
            live[which] = grows ? live[which] : live[--count];
        }
    }
    strcpy(text + used - 1, "]}");
    struct trace *trace = trace_of(text);
    free(text);
    return trace;
}

struct moment {
    struct metrics_run run;
    struct metrics_now now;
    uint32_t digest, waiting;
};

static struct moment moment_of(struct session *session)
{
    struct moment moment;
    memset(&moment, 0, sizeof moment);
    struct lane *lane = session_lane(session, 0);
    moment.run = *lane_metrics(lane);
    moment.now = *lane_now(lane);
    moment.digest = lane_digest(lane);
    moment.waiting = lane_waiting(lane);
    return moment;
}

START_TEST(seeking_gives_the_state_of_a_straight_run_while_threads_wait)
{
    struct trace *trace = random_trace((uint32_t)_i + 1);
    struct session *straight = session_of(trace, 4, _i % 2 == 1), *seeking = session_of(trace, 4, _i % 2 == 1);
    uint32_t state = (uint32_t)_i + 77, busy = 0;
    ck_assert(session_seek(seeking, EVENTS));
    for (uint32_t i = 0; i < 200; i++) {
        const uint64_t to = i == 0 ? EVENTS : next_random(&state) % (EVENTS + 1);
        ck_assert(session_seek(seeking, to));
        ck_assert(session_seek(straight, 0) && session_replace_lane(straight, 0, lane_options_of(session_lane(straight, 0)), &(int){0}) == 0);
        ck_assert(session_seek(straight, to));
        const struct moment a = moment_of(straight), b = moment_of(seeking);
        ck_assert_uint_eq(a.digest, b.digest);
        ck_assert_mem_eq(&a.run, &b.run, sizeof a.run);
        ck_assert_mem_eq(&a.now, &b.now, sizeof a.now);
        ck_assert_uint_eq(a.waiting, b.waiting);
        uint32_t threads = 0, again = 0;
        const struct wait_count *counts = lane_wait_counts(session_lane(straight, 0), &threads);
        const struct wait_count *others = lane_wait_counts(session_lane(seeking, 0), &again);
        ck_assert_uint_eq(threads, again);
        ck_assert(threads == 0 || memcmp(counts, others, threads * sizeof *counts) == 0);
        busy += a.waiting != 0;
    }
    ck_assert_uint_gt(busy, 50);
    session_close(straight);
    session_close(seeking);
    trace_free(trace);
}
END_TEST

/* Of all lives, those that run at a moment are the blocks of the heap's walk then. */
START_TEST(lives_are_the_blocks_while_threads_wait)
{
    struct trace *trace = random_trace((uint32_t)_i + 50);
    struct session *session = session_of(trace, 4, _i % 2 == 1);
    ck_assert(session_record_history(session, NULL, NULL));
    const struct session_history *history = session_history(session, 0);
    for (uint64_t position = 1; position < EVENTS; position += 61) {
        ck_assert(session_seek(session, position));
        uint64_t running = 0;
        for (uint64_t i = 0; i < history->life_count; i++) {
            running += history->lives[i].from <= position && position < history->lives[i].to;
        }
        ck_assert_uint_eq(running, lane_now(session_lane(session, 0))->live_blocks);
    }
    session_close(session);
    trace_free(trace);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("waiters");
    TCase *tests = tcase_create("waiters");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, the_last_that_came_is_woken_first_or_the_first, 0, 2);
    tcase_add_test(tests, the_ready_run_by_urgency_then_in_the_order_of_their_waking);
    tcase_add_test(tests, times_end_together_and_are_kept_over_a_second_wait);
    tcase_add_test(tests, each_pool_wakes_its_own);
    tcase_add_test(tests, counts_are_by_heap_and_thread);
    tcase_add_test(tests, a_waiter_gets_the_block_and_makes_up_for_what_it_put_off);
    tcase_add_test(tests, a_more_urgent_waiter_runs_at_once_with_all_that_it_put_off);
    tcase_add_test(tests, who_gives_up_has_failed_and_its_id_is_lost);
    tcase_add_test(tests, what_never_fits_fails_at_once);
    tcase_add_loop_test(tests, seeking_gives_the_state_of_a_straight_run_while_threads_wait, 0, 4);
    tcase_add_loop_test(tests, lives_are_the_blocks_while_threads_wait, 0, 4);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
