/* verify_waiters.c: runs a log of threads that wait for a pool's blocks.
 *
 *   script: {"tick": 12, "thread": 4, "op": "alloc", "timeout": 2}, {"tick": 13, "thread": 1, "op": "free"}, …
 *   log:    [12, 4, "alloc", 20], [13, 1, "free", 4], …     in the order in which it happens; -1: nothing was to be had
 *
 * An action of a thread that still waits is ignored, as is a free of a thread that holds nothing; a thread frees what it has held
 * longest. 200 ticks after the last action, end_free_blocks and end_waiters are looked at. log_if_fifo_5x is what the same script
 * does where the wait list is first in, first out. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "verify.h"
#include "waiters.h"

#define MOST_THREADS 4096
#define MOST_BLOCKS 65536
#define TICKS_AFTER 200

struct held {
    void *pointer;
    uint64_t order;   /* rising */
    uint32_t thread;
};

struct scene {
    const struct verify_vector *vector;
    struct verify_result *result;
    struct lane *lane;
    struct waiters waiters;
    bool fifo;               /* the list's order */
    const cJSON *expected;   /* the log's next entry; NULL: no more */
    int32_t priorities[MOST_THREADS];
    struct held *held;
    uint32_t held_count;
    uint64_t held_order;
    int64_t threads, blocks, block_bytes, tick;
};

static void note(struct scene *scene, uint32_t thread, const char *op, const void *pointer)
{
    static const cJSON nothing = {.type = cJSON_NULL};
    char call[VERIFY_TEXT], found[VERIFY_TEXT];
    const int64_t off = pointer == NULL ? -1 : (int64_t)heap_offset_of(lane_heap(scene->lane), pointer);
    snprintf(call, sizeof call, "%s of thread %" PRIu32 " at tick %" PRId64, op, thread, scene->tick);
    snprintf(found, sizeof found, "[%" PRId64 ",%" PRIu32 ",\"%s\",%" PRId64 "]", scene->tick, thread, op, off);
    (void)verify_note(scene->result, call, scene->expected == NULL ? &nothing : scene->expected, found);
    scene->expected = scene->expected == NULL ? NULL : scene->expected->next;
}

/* ---- threads ---- */

static void *take(struct scene *scene, uint32_t thread)
{
    void *pointer = heap_malloc(lane_heap(scene->lane), (size_t)scene->block_bytes);
    if (pointer != NULL) {
        scene->held[scene->held_count++] = (struct held){pointer, scene->held_order++, thread};
    }
    return pointer;
}

/* The ready threads that are more urgent than `limit`, one after the other. */
static void run_ready(struct scene *scene, int64_t limit)
{
    struct waiter *waiter = NULL;
    while ((waiter = waiters_next_ready(&scene->waiters, limit)) != NULL) {
        void *pointer = waiter->state == WAITER_EXPIRED ? NULL : take(scene, waiter->thread);
        if (pointer != NULL || waiter->state == WAITER_EXPIRED || !waiters_again(&scene->waiters, waiter, (uint64_t)scene->tick)) {
            const uint32_t thread = waiter->thread;
            waiters_remove(&scene->waiters, waiter);
            note(scene, thread, "alloc", pointer);
        }
    }
}

/* Time passes: what was ready runs at its tick, and each deadline comes in its turn. */
static void go_to(struct scene *scene, int64_t tick)
{
    run_ready(scene, INT64_MAX);
    uint64_t next = 0;
    while ((next = waiters_next_deadline(&scene->waiters)) <= (uint64_t)tick) {
        scene->tick = (int64_t)next;
        waiters_expire(&scene->waiters, next);
        run_ready(scene, INT64_MAX);
    }
    scene->tick = tick;
}

static int run_alloc(struct scene *scene, uint32_t thread, int64_t timeout)
{
    void *pointer = take(scene, thread);
    if (pointer != NULL || timeout == 0) {
        note(scene, thread, "alloc", pointer);
        return CLI_DONE;
    }
    const struct waiter *waiter = waiters_add(&scene->waiters, 0, thread, scene->priorities[thread], (uint64_t)scene->tick, timeout);
    return waiter != NULL ? CLI_DONE : cli_fail(CLI_RESOURCES, "out of memory");
}

static void run_free(struct scene *scene, uint32_t thread)
{
    struct held *oldest = NULL;
    for (struct held *held = scene->held; held != scene->held + scene->held_count; held++) {
        oldest = held->thread == thread && (oldest == NULL || held->order < oldest->order) ? held : oldest;
    }
    if (oldest == NULL) {
        return;
    }
    void *pointer = oldest->pointer;
    *oldest = scene->held[--scene->held_count];
    note(scene, thread, "free", pointer);
    (void)heap_free(lane_heap(scene->lane), pointer);
    const struct waiter *woken = waiters_wake(&scene->waiters, 0, scene->fifo);
    if (woken != NULL && woken->priority < scene->priorities[thread]) {
        run_ready(scene, scene->priorities[thread]);
    }
}

/* ---- the script ---- */

static int run_action(struct scene *scene, const cJSON *action)
{
    const struct verify_vector *vector = scene->vector;
    const cJSON *op = cJSON_GetObjectItemCaseSensitive(action, "op");
    const bool allocs = cJSON_IsString(op) && strcmp(op->valuestring, "alloc") == 0;
    int64_t tick = 0, thread = 0, timeout = 0;
    if (verify_number(vector, action, "tick", scene->tick, INT32_MAX, &tick) != 1 ||
        verify_number(vector, action, "thread", 0, scene->threads - 1, &thread) != 1 ||
        verify_number(vector, action, "timeout", -1, INT32_MAX, &timeout) < 0 ||
        (!allocs && !(cJSON_IsString(op) && strcmp(op->valuestring, "free") == 0))) {
        return verify_bad(vector, "script: an action needs a tick, a thread, and alloc or free as its op");
    }
    if (tick != scene->tick) {
        go_to(scene, tick);
    }
    if (waiters_find(&scene->waiters, (uint32_t)thread) != NULL) {
        return CLI_DONE;
    }
    if (allocs) {
        return run_alloc(scene, (uint32_t)thread, timeout);
    }
    run_free(scene, (uint32_t)thread);
    return CLI_DONE;
}

static void compare_end(struct scene *scene)
{
    static const char *const keys[] = {"end_free_blocks", "end_waiters"};
    const uint32_t values[] = {(uint32_t)scene->blocks - scene->held_count, waiters_waiting(&scene->waiters, 0)};
    struct verify_result *result = scene->result;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        int64_t expected = 0;
        if (verify_number(scene->vector, scene->vector->json, keys[i], 0, INT32_MAX, &expected) != 1) {
            continue;
        }
        result->statistics_all++;
        result->statistics_agreed += expected == values[i];
        if (expected != values[i] && result->first_statistic.event == 0) {
            result->first_statistic.event = result->statistics_all;
            snprintf(result->first_statistic.call, VERIFY_TEXT, "%s", keys[i]);
            snprintf(result->first_statistic.expected, VERIFY_TEXT, "%" PRId64, expected);
            snprintf(result->first_statistic.found, VERIFY_TEXT, "%" PRIu32, values[i]);
        }
    }
}

static int run_script(struct scene *scene, const cJSON *log)
{
    const cJSON *action = NULL;
    int code = CLI_DONE;
    scene->expected = log->child;
    scene->tick = 0;
    cJSON_ArrayForEach(action, cJSON_GetObjectItemCaseSensitive(scene->vector->json, "script")) {
        code = code == CLI_DONE ? run_action(scene, action) : code;
    }
    go_to(scene, scene->tick + TICKS_AFTER);
    for (; scene->expected != NULL && code == CLI_DONE; scene->expected = scene->expected->next) {
        (void)verify_note(scene->result, "the end of the script", scene->expected, "null");
    }
    return code;
}

/* ---- the pool ---- */

/* A whole block's bytes, which only a pool at work tells. */
static uint32_t stride_of(struct lane_options options, int64_t block_bytes)
{
    int error = HEAP_OK;
    options.heap_bytes = (uint32_t)block_bytes + 64;
    struct lane *lane = lane_open(&options, &error);
    void *pointer = lane == NULL ? NULL : heap_malloc(lane_heap(lane), (size_t)block_bytes);
    const struct heap_layout layout = {(uint32_t)block_bytes, 0};
    const heap_off off = pointer == NULL ? HEAP_NONE : heap_offset_of(lane_heap(lane), pointer);
    const uint32_t stride = pointer == NULL ? 0 : options.policy->inspect->extent(lane_heap(lane), off, layout).bytes;
    lane_close(lane);
    return stride;
}

/* The script over a fresh pool. */
static int run_order(struct scene *scene, const char *key, bool fifo)
{
    const cJSON *log = cJSON_GetObjectItemCaseSensitive(scene->vector->json, key);
    struct lane_options options = scene->vector->spec.options;
    int error = HEAP_OK;
    if (!cJSON_IsArray(log)) {
        return verify_bad(scene->vector, "no member %s, a list", key);
    }
    const uint64_t bytes = ((uint64_t)scene->blocks * stride_of(options, scene->block_bytes) + 7) / 8 * 8;
    if (bytes > INT32_MAX) {
        return verify_bad(scene->vector, "the pool is larger than 2 GiB");
    }
    options.heap_bytes = (uint32_t)bytes;
    if (bytes == 0) {
        return verify_bad(scene->vector, "the policy has no blocks of that size");
    }
    scene->lane = lane_open(&options, &error);
    if (scene->lane == NULL) {
        return cli_lane_fail(&scene->vector->spec, options.heap_bytes, error);
    }
    scene->fifo = fifo;
    scene->held_count = 0;
    int code = run_script(scene, log);
    if (code == CLI_DONE && !fifo) {
        compare_end(scene);
    }
    waiters_end(&scene->waiters);
    lane_close(scene->lane);
    return code;
}

static int take_threads(struct scene *scene)
{
    const struct verify_vector *vector = scene->vector;
    const cJSON *priorities = cJSON_GetObjectItemCaseSensitive(vector->json, "priorities");
    if (verify_number(vector, vector->json, "threads", 1, MOST_THREADS, &scene->threads) != 1 ||
        verify_number(vector, vector->json, "blocks", 1, MOST_BLOCKS, &scene->blocks) != 1 ||
        verify_number(vector, vector->json, "block_size", 1, 1 << 24, &scene->block_bytes) != 1 ||
        !cJSON_IsArray(priorities) || cJSON_GetArraySize(priorities) != scene->threads) {
        return verify_bad(vector, "expected threads, blocks, block_size, and a list of as many priorities as threads");
    }
    const cJSON *priority = priorities->child;
    for (int64_t i = 0; i < scene->threads; i++, priority = priority->next) {
        if (!cJSON_IsNumber(priority) || priority->valuedouble != (double)priority->valueint) {
            return verify_bad(vector, "priorities: expected whole numbers");
        }
        scene->priorities[i] = priority->valueint;
    }
    return CLI_DONE;
}

/* Both logs, or that of the order that the policy was told to take. */
int verify_waiters(const struct verify_vector *vector, struct verify_result *result)
{
    const uint32_t order = waiters_order(vector->spec.options.policy, vector->spec.options.params);
    const bool has_fifo = cJSON_GetObjectItemCaseSensitive(vector->json, "log_if_fifo_5x") != NULL;
    struct scene *scene = calloc(1, sizeof *scene);
    if (scene == NULL) {
        return cli_fail(CLI_RESOURCES, "out of memory");
    }
    scene->vector = vector;
    scene->result = result;
    result->what = "log entries";
    int code = (vector->spec.options.policy->inspect->traits & HEAP_WAITS) != 0 ? take_threads(scene)
                                                                                : verify_bad(vector, "threads cannot wait for this policy's blocks");
    scene->held = code == CLI_DONE ? calloc((size_t)scene->blocks, sizeof *scene->held) : NULL;
    if (code == CLI_DONE && scene->held == NULL) {
        code = cli_fail(CLI_RESOURCES, "out of memory");
    }
    if (code == CLI_DONE && order != WAITERS_FIFO) {
        code = run_order(scene, "log", false);
    }
    if (code == CLI_DONE && order != WAITERS_LIFO && (has_fifo || order == WAITERS_FIFO)) {
        code = run_order(scene, "log_if_fifo_5x", true);
    }
    free(scene->held);
    free(scene);
    return code;
}
