/* test_heaps.c: several heaps of one program: whose an id is, that each heap runs as it would alone, that threads wait across them as a
 * model says that was written apart, and that want of memory ends a run and nothing else. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heaps.h"
#include "heaps_model.h"
#include "spec.h"
#include "trace_support.h"

/* ---- want of memory: malloc and its kin fail from a number on ---- */

#if defined(__SANITIZE_ADDRESS__) || !defined(__GLIBC__)
#define CAN_FAIL 0
static uint64_t allocations_left = UINT64_MAX;
#else
#define CAN_FAIL 1
extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *pointer, size_t bytes);
void *malloc(size_t bytes);
void *calloc(size_t count, size_t bytes);
void *realloc(void *pointer, size_t bytes);

static uint64_t allocations_left = UINT64_MAX;

static bool may_allocate(void)
{
    if (allocations_left == 0) {
        errno = ENOMEM;
        return false;
    }
    allocations_left -= allocations_left != UINT64_MAX;
    return true;
}

void *malloc(size_t bytes) { return may_allocate() ? __libc_malloc(bytes) : NULL; }
void *calloc(size_t count, size_t bytes) { return may_allocate() ? __libc_calloc(count, bytes) : NULL; }
void *realloc(void *pointer, size_t bytes) { return may_allocate() ? __libc_realloc(pointer, bytes) : NULL; }
#endif

/* ---- traces ---- */

#define HEADER                                                                                                                      \
    "{\"format\": \"heaplab-trace\", \"version\": 1, \"threads\": [{\"name\": \"a\", \"priority\": 4}, {\"name\": \"b\", \"priority\": 1}, " \
    "{\"name\": \"c\", \"priority\": 4}, {\"name\": \"d\", \"priority\": 2}, \"e\", {\"name\": \"f\", \"priority\": 9}], "              \
    "\"heaps\": [{\"name\": \"default\"}, {\"name\": \"rx\", \"pool\": {\"block\": 64, \"count\": 3}}, "                              \
    "{\"name\": \"tx\", \"pool\": {\"block\": 48, \"count\": 2}}], \"events\": ["

static const int32_t priorities[MODEL_THREADS] = {4, 1, 4, 2, 0, 9};

/* Threads that take blocks of both pools and the heap, free and grow each other's; what is live is what the trace could see. */
static void random_events(uint32_t seed, struct model_event events[MODEL_EVENTS])
{
    uint32_t live[16], live_count = 0, id = 0;
    uint64_t state = seed * UINT64_C(7919) + 3, t = 0;
    for (uint32_t i = 0; i < MODEL_EVENTS; i++) {
        const uint32_t dice = support_random(&state) % 100, pick = live_count == 0 ? 0 : support_random(&state) % live_count;
        t += support_random(&state) % 4 == 0 ? support_random(&state) % 5 : 0;
        struct model_event event = {.op = MODEL_MARK, .thread = support_random(&state) % MODEL_THREADS, .t = t};
        event.heap = support_random(&state) % MODEL_HEAPS;
        if (dice >= 2 && (live_count == 0 || (dice < 52 && live_count < 16))) {
            event.op = MODEL_ALLOC;
            event.id = ++id;
            event.too_large = event.heap != 0 && dice == 3;
            event.wait = dice % 8 == 0 ? -1 : (int64_t)(support_random(&state) % 12);
            event.wait = event.heap == 0 ? 0 : event.wait;
            live[live_count++] = id;
        } else if (dice >= 2) {
            event.op = dice >= 92 ? MODEL_REALLOC : MODEL_FREE;
            event.id = live[pick];
            live[pick] = event.op == MODEL_FREE ? live[--live_count] : live[pick];
        }
        events[i] = event;
    }
}

/* As a trace. `waits`: with the threads' waiting; sizes that fit the pools' blocks, or not. Freed by the caller. */
static char *text_of(const struct model_event *events, uint32_t count, bool waits)
{
    static const char *const ops[] = {"alloc", "free", "realloc", "mark"};
    const size_t room = 1000 + count * 120u;
    char *text = malloc(room);
    ck_assert_ptr_nonnull(text);
    size_t used = (size_t)snprintf(text, room, "%s", HEADER);
    for (uint32_t i = 0; i < count; i++) {
        const struct model_event *event = &events[i];
        used += (size_t)snprintf(text + used, room - used, "%s{\"op\": \"%s\", ", i == 0 ? "" : ",", ops[event->op]);
        if (event->op == MODEL_MARK) {
            used += (size_t)snprintf(text + used, room - used, "\"name\": \"phase\", ");
        } else {
            used += (size_t)snprintf(text + used, room - used, "\"id\": %u, \"size\": %u, ", event->id,
                                     event->too_large ? 100 : event->op == MODEL_REALLOC ? 8 + i % 40 : 1 + i % 48);
        }
        used += (size_t)snprintf(text + used, room - used, "\"thread\": %u, \"heap\": %u, \"t\": %u, \"wait\": %d}", event->thread, event->heap,
                                 (unsigned)event->t, waits ? (int)event->wait : 0);
    }
    strcpy(text + used, "]}");
    return text;
}

static struct trace_reader *reader_of(const char *text, const struct trace_selection *selection)
{
    const struct trace_options options = {.selection = selection};
    struct trace_error error;
    struct trace_reader *reader = trace_reader_open_memory(text, strlen(text), &options, &error);
    ck_assert_msg(reader != NULL, "found %s, expected %s", error.found, error.expected);
    return reader;
}

static struct lane_options options_of(const char *policy, uint32_t heap_bytes)
{
    struct spec_list *list = calloc(1, sizeof *list);
    char why[256];
    ck_assert_ptr_nonnull(list);
    ck_assert_msg(spec_parse(list, policy, why, sizeof why), "%s", why);
    struct lane_options options = list->items[0].options;
    options.heap_bytes = heap_bytes;
    options.waits = (options.policy->inspect->traits & HEAP_FIXED_SIZE) != 0;
    free(list);
    return options;
}

static void pools_of(bool fifo, struct lane_options options[MODEL_HEAPS])
{
    int error = HEAP_OK;
    options[0] = options_of("tlsf", 65536);
    options[1] = options_of("pool:block=64", 0);
    options[2] = options_of(fifo ? "rtthread_mempool:block=48:order=fifo:guard=on" : "rtthread_mempool:block=48:guard=on", 0);
    options[1].heap_bytes = heaps_pool_bytes(&options[1], 3, &error);
    options[2].heap_bytes = heaps_pool_bytes(&options[2], 2, &error);
    ck_assert_int_eq(error, HEAP_OK);
}

/* ---- the model ---- */

struct seen {
    uint32_t numbers[MODEL_HEAPS][MODEL_EVENTS + 1]; /* by heap and the lane's number: the event */
    uint32_t given[MODEL_HEAPS];
    uint32_t log[MODEL_EVENTS];
    uint32_t logged;
};

struct watched {
    struct seen *seen;
    uint32_t heap;
};

static uint32_t outcome_of(const struct lane_result *result)
{
    switch (result->outcome) {
    case LANE_SERVED: return MODEL_SERVED;
    case LANE_FAILED: return MODEL_FAILED;
    case LANE_FREED: return MODEL_FREED;
    case LANE_SKIPPED: return MODEL_SKIPPED;
    default: return MODEL_NOTHING;
    }
}

static void take_late(void *ctx, uint64_t number, const struct trace_event *event, const struct lane_result *result, const struct lane_block *block)
{
    const struct watched *watched = ctx;
    (void)event, (void)block;
    watched->seen->log[watched->seen->logged++] = watched->seen->numbers[watched->heap][number] * 8 + outcome_of(result);
}

static struct heaps *open_heaps(const struct trace_header *header, const struct lane_options options[MODEL_HEAPS])
{
    const struct lane_options *const pointers[MODEL_HEAPS] = {&options[0], &options[1], &options[2]};
    uint32_t failed = 0;
    int error = HEAP_OK;
    struct heaps *heaps = heaps_open(header, pointers, MODEL_HEAPS, &failed, &error);
    ck_assert_int_eq(error, HEAP_OK);
    return heaps;
}

static void compare_pool(const struct model *model, struct heaps *heaps, uint32_t heap)
{
    const struct model_pool *pool = &model->pools[heap];
    struct lane *lane = heaps_lane(heaps, heap);
    const struct metrics_run *run = lane_run(lane);
    ck_assert_uint_eq(run->failures, pool->failures);
    ck_assert_uint_eq(run->skipped, pool->skipped);
    ck_assert_uint_eq(run->waits, pool->waits);
    ck_assert_uint_eq(run->waits_served, pool->served);
    ck_assert_uint_eq(run->waits_timed_out, pool->timed_out);
    ck_assert_uint_eq(run->wait_ticks, pool->ticks);
    ck_assert_uint_eq(run->wait_longest, pool->longest);
    ck_assert_uint_eq(lane_waiting(lane), pool->waits - pool->served - pool->timed_out);
    ck_assert_uint_eq(run->refused, 0);
    if (heap != 0) {
        ck_assert_uint_eq(lane_now(lane)->free_blocks, pool->free_blocks);
    }
    uint32_t count = 0, at = 0;
    const struct wait_count *counts = lane_wait_counts(lane, &count);
    for (uint32_t thread = 0; thread < MODEL_THREADS; thread++) {
        if (pool->thread_waits[thread] == 0) {
            continue;
        }
        ck_assert_uint_lt(at, count);
        ck_assert_uint_eq(counts[at].thread, thread);
        ck_assert_uint_eq(counts[at].heap, heap);
        ck_assert_uint_eq(counts[at].waits, pool->thread_waits[thread]);
        ck_assert_uint_eq(counts[at].served, pool->thread_served[thread]);
        ck_assert_uint_eq(counts[at].timed_out, pool->thread_timed_out[thread]);
        ck_assert_uint_eq(counts[at].ticks, pool->thread_ticks[thread]);
        at++;
    }
    ck_assert_uint_eq(at, count);
}

static void run_heaps(struct heaps *heaps, struct trace_reader *reader, struct seen *seen)
{
    struct trace_event event;
    struct lane_result result;
    struct watched watched[MODEL_HEAPS];
    for (uint32_t i = 0; i < MODEL_HEAPS; i++) {
        watched[i] = (struct watched){seen, i};
        lane_watch_late(heaps_lane(heaps, i), take_late, &watched[i]);
    }
    for (uint32_t index = 0; trace_reader_next(reader, &event) == 1; index++) {
        const bool mark = event.op == TRACE_MARK;
        struct trace_event own = event;
        /* Late events may name this one before it is known where it went: whose number it will be is known for all heaps. */
        for (uint32_t i = 0; i < MODEL_HEAPS; i++) {
            seen->numbers[i][seen->given[i] + 1] = index;
        }
        ck_assert(heaps_apply(heaps, &own, &result));
        for (uint32_t i = 0; i < MODEL_HEAPS; i++) {
            seen->given[i] += mark || own.heap == i;
            ck_assert_uint_eq(seen->given[i], lane_run(heaps_lane(heaps, i))->events);
        }
        if (result.outcome != LANE_WAITS) {
            seen->log[seen->logged++] = index * 8 + outcome_of(&result);
        }
    }
    ck_assert_int_eq(trace_reader_next(reader, &event), 0);
    ck_assert(heaps_finish(heaps));
}

START_TEST(heaps_run_as_the_model_does)
{
    struct model *model = calloc(1, sizeof *model);
    struct seen *seen = calloc(1, sizeof *seen);
    struct model_event *events = calloc(MODEL_EVENTS, sizeof *events);
    struct lane_options options[MODEL_HEAPS];
    const bool fifo = _i % 2 == 1;
    ck_assert(model != NULL && seen != NULL && events != NULL);
    random_events((uint32_t)_i + 1, events);
    model->events = events;
    model->pools[0].free_blocks = UINT32_MAX;
    model->pools[1].free_blocks = 3;
    model->pools[2] = (struct model_pool){.free_blocks = 2, .fifo = fifo, .moves = true};
    for (uint32_t i = 0; i < MODEL_THREADS; i++) {
        model->threads[i].priority = priorities[i];
    }
    model_run(model, MODEL_EVENTS);
    pools_of(fifo, options);
    char *text = text_of(events, MODEL_EVENTS, true);
    struct trace_reader *reader = reader_of(text, NULL);
    struct heaps *heaps = open_heaps(trace_reader_header(reader), options);
    ck_assert_ptr_nonnull(heaps);
    run_heaps(heaps, reader, seen);
    for (uint32_t i = 0; i < model->logged && i < seen->logged; i++) {
        ck_assert_msg(model->log[i] == seen->log[i], "step %u: expected outcome %u of event %u, found %u of %u", i, model->log[i] % 8,
                      model->log[i] / 8, seen->log[i] % 8, seen->log[i] / 8);
    }
    ck_assert_uint_eq(model->logged, seen->logged);
    for (uint32_t i = 0; i < MODEL_HEAPS; i++) {
        compare_pool(model, heaps, i);
    }
    ck_assert(_i != 5 || (model->pools[1].waits > 3 && model->pools[2].waits > 3)); /* the traces do make threads wait */
    heaps_close(heaps);
    trace_reader_close(reader);
    free(text);
    free(events);
    free(seen);
    free(model);
}
END_TEST

/* ---- each heap as it would be alone ---- */

static void run_alone(struct lane *lane, const char *text, const char *heap)
{
    const struct trace_selection selection = {.heap = heap};
    struct trace_reader *reader = reader_of(text, &selection);
    struct trace_event event;
    struct lane_result result;
    ck_assert(lane_take_threads(lane, trace_reader_header(reader)));
    while (trace_reader_next(reader, &event) == 1) {
        ck_assert(lane_apply(lane, &event, &result));
    }
    ck_assert(lane_finish(lane));
    trace_reader_close(reader);
}

START_TEST(without_waits_each_heap_is_as_if_alone)
{
    static const char *const names[MODEL_HEAPS] = {"default", "rx", "2"};
    struct model_event *events = calloc(MODEL_EVENTS, sizeof *events);
    struct seen *seen = calloc(1, sizeof *seen);
    struct lane_options options[MODEL_HEAPS];
    ck_assert(events != NULL && seen != NULL);
    random_events((uint32_t)_i + 100, events);
    char *text = text_of(events, MODEL_EVENTS, false);
    pools_of(false, options);
    struct trace_reader *reader = reader_of(text, NULL);
    struct heaps *heaps = open_heaps(trace_reader_header(reader), options);
    ck_assert_ptr_nonnull(heaps);
    run_heaps(heaps, reader, seen);
    for (uint32_t i = 0; i < MODEL_HEAPS; i++) {
        int error = HEAP_OK;
        struct lane *lane = lane_open(&options[i], &error), *together = heaps_lane(heaps, i);
        ck_assert_ptr_nonnull(lane);
        run_alone(lane, text, names[i]);
        ck_assert_uint_gt(lane_run(lane)->events, 20);
        ck_assert_mem_eq(lane_run(lane), lane_run(together), sizeof *lane_run(lane));
        ck_assert_mem_eq(lane_now(lane), lane_now(together), sizeof *lane_now(lane));
        ck_assert_uint_eq(lane_digest(lane), lane_digest(together));
        lane_close(lane);
    }
    heaps_close(heaps);
    trace_reader_close(reader);
    free(text);
    free(seen);
    free(events);
}
END_TEST

/* The survey's peaks are those of the run, and its events those of the lanes but for the marks. */
START_TEST(the_survey_knows_what_each_heap_needs)
{
    struct model_event *events = calloc(MODEL_EVENTS, sizeof *events);
    struct seen *seen = calloc(1, sizeof *seen);
    struct lane_options options[MODEL_HEAPS];
    struct heaps_survey survey;
    struct trace_event event;
    ck_assert(events != NULL && seen != NULL);
    random_events(77, events);
    char *text = text_of(events, MODEL_EVENTS, false);
    struct trace_reader *reader = reader_of(text, NULL);
    ck_assert(heaps_survey_open(&survey, MODEL_HEAPS));
    while (trace_reader_next(reader, &event) == 1) {
        ck_assert(heaps_survey_add(&survey, &event));
    }
    trace_reader_close(reader);
    pools_of(false, options);
    reader = reader_of(text, NULL);
    struct heaps *heaps = open_heaps(trace_reader_header(reader), options);
    ck_assert_ptr_nonnull(heaps);
    run_heaps(heaps, reader, seen);
    for (uint32_t i = 0; i < MODEL_HEAPS; i++) {
        const struct metrics_run *run = lane_run(heaps_lane(heaps, i));
        ck_assert_uint_eq(survey.needs[i].events, run->events - run->marks);
        ck_assert_uint_eq(survey.needs[i].peak.peak_bytes, heaps_peak_payload(heaps, i));
        ck_assert_uint_ge(survey.needs[i].peak.peak_bytes, run->peak_payload_bytes);
    }
    ck_assert_uint_eq(survey.needs[0].peak.peak_bytes, lane_run(heaps_lane(heaps, 0))->peak_payload_bytes); /* nothing failed there */
    heaps_close(heaps);
    trace_reader_close(reader);
    heaps_survey_close(&survey);
    free(text);
    free(seen);
    free(events);
}
END_TEST

/* ---- whose an id is ---- */

START_TEST(an_id_belongs_to_the_heap_of_its_alloc)
{
    static const uint32_t expected[] = {0, 2, 2, 0, 1, 2};
    const char *text = HEADER "{\"op\":\"alloc\",\"id\":1,\"size\":8},{\"op\":\"alloc\",\"id\":2,\"size\":8,\"heap\":2},"
                              "{\"op\":\"free\",\"id\":2},{\"op\":\"realloc\",\"id\":1,\"size\":9,\"heap\":2},"
                              "{\"op\":\"free\",\"id\":0,\"heap\":1},{\"op\":\"alloc\",\"id\":3,\"size\":8,\"heap\":2}]}";
    struct heap_split split;
    struct trace_event event;
    struct trace_reader *reader = reader_of(text, NULL);
    ck_assert(heap_split_open(&split, 3));
    for (size_t i = 0; trace_reader_next(reader, &event) == 1; i++) {
        ck_assert(heap_split_next(&split, &event));
        ck_assert_uint_eq(event.heap, expected[i]);
        ck_assert(event.slot == TRACE_NO_SLOT || event.slot == 0); /* each heap has one live id at most */
    }
    heap_split_close(&split);
    trace_reader_close(reader);
}
END_TEST

/* ---- a pool's room ---- */

START_TEST(a_pool_has_exactly_its_blocks)
{
    static const char *const policies[] = {"pool:block=64", "pool:block=1", "pool:block=130", "pool:block=5000", "pool:block=12:align=4",
                                           "rtthread_mempool:block=64", "rtthread_mempool:block=33", "rtthread_mempool:block=100:align=8"};
    static const uint32_t counts[] = {1, 2, 16, 31, 32, 33, 64, 65, 1000, 4097};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct lane_options options = options_of(policies[_i], 0);
        int error = HEAP_OK;
        options.heap_bytes = heaps_pool_bytes(&options, counts[i], &error);
        ck_assert_uint_ne(options.heap_bytes, 0);
        struct lane *lane = lane_open(&options, &error);
        ck_assert_ptr_nonnull(lane);
        ck_assert_uint_eq(lane_now(lane)->free_blocks, counts[i]);
        lane_close(lane);
        options.heap_bytes -= 8;
        lane = lane_open(&options, &error);
        ck_assert(lane == NULL || lane_now(lane)->free_blocks < counts[i]);
        lane_close(lane);
    }
}
END_TEST

START_TEST(a_pool_over_2_gib_is_refused)
{
    const struct lane_options options = options_of("pool:block=65536", 0);
    int error = HEAP_OK;
    ck_assert_uint_eq(heaps_pool_bytes(&options, 40000, &error), 0);
    ck_assert_int_eq(error, HEAP_E_ARGUMENT);
}
END_TEST

/* ---- want of memory ---- */

/* The whole run with the allocations from the n-th on refused: it ends, says so, and leaves nothing behind. True: it needed no more. */
static bool run_with(uint64_t allocations, struct trace_reader *reader, const struct lane_options options[MODEL_HEAPS])
{
    const struct lane_options *const pointers[MODEL_HEAPS] = {&options[0], &options[1], &options[2]};
    struct trace_event event;
    struct lane_result result;
    uint32_t failed = 0;
    int error = HEAP_OK;
    allocations_left = allocations;
    struct heaps *heaps = heaps_open(trace_reader_header(reader), pointers, MODEL_HEAPS, &failed, &error);
    bool ok = heaps != NULL;
    while (ok) {
        const uint64_t left = allocations_left;
        allocations_left = UINT64_MAX; /* the reader's own are another test's */
        const int got = trace_reader_next(reader, &event);
        allocations_left = left;
        if (got != 1) {
            ok = heaps_finish(heaps);
            break;
        }
        ok = heaps_apply(heaps, &event, &result);
    }
    allocations_left = UINT64_MAX;
    ck_assert_int_eq(error, HEAP_OK);
    heaps_close(heaps);
    return ok;
}

START_TEST(a_run_without_memory_ends)
{
    struct model_event *events = calloc(MODEL_EVENTS, sizeof *events);
    struct lane_options options[MODEL_HEAPS];
    ck_assert_ptr_nonnull(events);
    random_events(6, events);
    char *text = text_of(events, MODEL_EVENTS, true);
    pools_of(true, options);
    bool done = false;
    uint32_t failing = 0;
    for (uint64_t n = 0; CAN_FAIL && !done && n < 2000; n++) {
        struct trace_reader *reader = reader_of(text, NULL);
        done = run_with(n, reader, options);
        failing += !done;
        trace_reader_close(reader);
    }
    ck_assert(!CAN_FAIL || (done && failing > 20));
    free(text);
    free(events);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("heaps");
    TCase *tests = tcase_create("heaps");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, heaps_run_as_the_model_does, 0, 300);
    tcase_add_loop_test(tests, without_waits_each_heap_is_as_if_alone, 0, 20);
    tcase_add_test(tests, the_survey_knows_what_each_heap_needs);
    tcase_add_test(tests, an_id_belongs_to_the_heap_of_its_alloc);
    tcase_add_loop_test(tests, a_pool_has_exactly_its_blocks, 0, 8);
    tcase_add_test(tests, a_pool_over_2_gib_is_refused);
    tcase_add_test(tests, a_run_without_memory_ends);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
