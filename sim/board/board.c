/* board.c: the boards there are, the run of `replay` on one, and what its output says. */
#include "board.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct board boards[] = {
    {"mps2-an385", "Arm MPS2 with a Cortex-M3 (AN385), under QEMU", "mps2-an385", ".elf", UINT64_C(16) << 20},
    {"host32", "this machine with 32-bit words, without an emulator", NULL, "", UINT64_C(64) << 20},
};
const size_t board_count = sizeof boards / sizeof boards[0];

const struct board *board_find(const char *name)
{
    for (size_t i = 0; i < board_count; i++) {
        if (strcmp(boards[i].name, name) == 0) {
            return &boards[i];
        }
    }
    return NULL;
}

/* ---- reading what the app printed ---- */

struct field {
    const char *key;
    size_t at;
};
#define FIELD(name) {#name, offsetof(struct board_result, name)}
static const struct field fields[] = {FIELD(word_bits), FIELD(arena_bytes), FIELD(events), FIELD(failures), FIELD(skipped), FIELD(refused),
                                      FIELD(recorded_failures), FIELD(recorded_failures_served), FIELD(live_blocks)};
#define FIELD_COUNT (sizeof fields / sizeof fields[0])

static uint64_t *field_of(struct board_result *result, const struct field *field)
{
    return (uint64_t *)(void *)((char *)result + field->at);
}

static const char *const cost_keys[BOARD_OPERATIONS] = {"malloc_instructions", "free_instructions", "realloc_instructions"};

static const char *value_of(const char *line, const char *key)
{
    const size_t len = strlen(key);
    return strncmp(line, key, len) == 0 && line[len] == ' ' ? line + len + 1 : NULL;
}

/* One "KEY VALUE" line; `seen` gets the bit of a field. Other lines are passed over. */
static void parse_line(const char *line, struct board_result *result, uint32_t *seen)
{
    const char *value = NULL;
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if ((value = value_of(line, fields[i].key)) != NULL && sscanf(value, "%" SCNu64, field_of(result, &fields[i])) == 1) {
            *seen |= 1u << i;
        }
    }
    for (size_t i = 0; i < BOARD_OPERATIONS; i++) {
        struct board_cost *cost = &result->costs[i];
        if ((value = value_of(line, cost_keys[i])) != NULL &&
            sscanf(value, "%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64, &cost->calls, &cost->sum, &cost->p50, &cost->p99,
                   &cost->max) == 5) {
            result->counted = true;
        }
    }
    if ((value = value_of(line, "check")) != NULL && sscanf(value, "%15s", result->check) == 1) {
        *seen |= 1u << FIELD_COUNT;
    }
    if ((value = value_of(line, "digest")) != NULL && sscanf(value, "%8" SCNx32, &result->digest) == 1) {
        *seen |= 1u << (FIELD_COUNT + 1);
    }
}

static bool parse_output(char *output, struct board_result *result)
{
    uint32_t seen = 0;
    char *rest = NULL;
    memset(result, 0, sizeof *result);
    for (char *line = strtok_r(output, "\r\n", &rest); line != NULL; line = strtok_r(NULL, "\r\n", &rest)) {
        parse_line(line, result, &seen);
    }
    return seen == (1u << (FIELD_COUNT + 2)) - 1u;
}

/* ---- the run ---- */

static void name_app(const struct board_job *job, char *app, size_t size)
{
    if (job->build == BOARD_ALL_POLICIES || job->board->machine == NULL) {
        snprintf(app, size, "replay");
    } else {
        snprintf(app, size, "replay-%s-%s", job->options->policy->name, job->build == BOARD_ONE_POLICY_O2 ? "O2" : "Os");
    }
}

enum board_status board_run(struct board_job *job, struct board_result *result)
{
    const struct lane_options *options = job->options;
    char app[96], policy[96], size[32], align[32], params[64], output[8192];
    int exit_code = 0;
    name_app(job, app, sizeof app);
    snprintf(policy, sizeof policy, "policy=%s", options->policy->name);
    snprintf(size, sizeof size, "size=%" PRIu32, options->heap_bytes);
    snprintf(align, sizeof align, "align=%" PRIu32, options->alignment);
    _Static_assert(HEAP_MAX_PARAMS == 4, "the next line writes them all");
    snprintf(params, sizeof params, "params=%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",%" PRIu32, options->params[0], options->params[1],
             options->params[2], options->params[3]);
    const char *const arguments[] = {"trace=trace.hlt", policy, size, align, params, job->bare ? "bare=1" : "bare=0", NULL};
    if (options->heap_bytes > job->board->heap_bytes) {
        snprintf(job->why, sizeof job->why, "%s has room for a heap of %" PRIu64 " bytes, not %" PRIu32, job->board->name,
                 job->board->heap_bytes, options->heap_bytes);
        return BOARD_REFUSED;
    }
    const enum board_status status = board_run_app(job, app, arguments, output, sizeof output, &exit_code);
    if (status != BOARD_DONE) {
        return status;
    }
    if (exit_code != 0) {
        const char *error = strstr(output, "error ");
        snprintf(job->why, sizeof job->why, "%s: %.*s", job->board->name, error == NULL ? 0 : (int)strcspn(error + 6, "\r\n"),
                 error == NULL ? "" : error + 6);
        if (error == NULL) {
            snprintf(job->why, sizeof job->why, "%s ended with code %d and said: %.600s", job->board->name, exit_code, output);
        }
        return error == NULL ? BOARD_CRASHED : BOARD_REFUSED;
    }
    if (!parse_output(output, result)) {
        snprintf(job->why, sizeof job->why, "%s ended well, but its report is not complete: the firmware is of another version", job->board->name);
        return BOARD_CRASHED;
    }
    return BOARD_DONE;
}

int board_run_here(const struct trace *trace, const struct lane_options *options, struct board_result *result)
{
    struct lane_options unmeasured = *options;
    unmeasured.unmeasured = true;
    unmeasured.guarded = true; /* as a board is */
    int error = HEAP_OK;
    struct lane *lane = lane_open(&unmeasured, &error);
    if (lane == NULL) {
        return error == HEAP_OK ? HEAP_E_NO_MEMORY : error;
    }
    struct trace_event event;
    struct lane_result last;
    bool ok = true;
    for (uint64_t i = 0; i < trace_count(trace) && ok; i++) {
        trace_get(trace, i, &event);
        event.wait = 0; /* the firmware is one thread */
        ok = lane_apply(lane, &event, &last);
    }
    const struct metrics_run *run = lane_run(lane);
    const int check = heap_check(lane_heap(lane), NULL);
    *result = (struct board_result){.digest = lane_digest(lane), .word_bits = sizeof(void *) * 8, .arena_bytes = lane_heap(lane)->bytes,
                                    .events = run->events, .failures = run->failures, .skipped = run->skipped, .refused = run->refused,
                                    .recorded_failures = run->recorded_failures, .recorded_failures_served = run->recorded_failures_served};
    snprintf(result->check, sizeof result->check, "%s", check == HEAP_OK ? "OK" : heap_error_name(check));
    for (uint32_t slot = 0; slot < lane_slot_count(lane); slot++) {
        result->live_blocks += lane_block(lane, slot)->state == LANE_LIVE;
    }
    lane_close(lane);
    return ok ? HEAP_OK : HEAP_E_NO_MEMORY;
}

const char *board_difference(const struct board_result *a, const struct board_result *b)
{
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        const char *left = (const char *)a + fields[i].at, *right = (const char *)b + fields[i].at;
        if (memcmp(left, right, sizeof(uint64_t)) != 0 && fields[i].at != offsetof(struct board_result, word_bits)) {
            return fields[i].key;
        }
    }
    return strcmp(a->check, b->check) != 0 ? "check" : a->digest != b->digest ? "digest" : NULL;
}
