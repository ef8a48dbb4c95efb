/* sweep_points.c: see sweep_points.h. */
#include "sweep_points.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FNV_START UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)
#define MOST_POINTS (UINT32_C(1) << 30)

/* ---- hashes ---- */

static uint64_t hash_text(uint64_t hash, const char *text)
{
    for (; *text != '\0'; text++) {
        hash = (hash ^ (unsigned char)*text) * FNV_PRIME;
    }
    return hash;
}

/* FNV-1a over whole words, folded, because a trace has many of them. */
static uint64_t hash_word(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * FNV_PRIME;
    return hash ^ (hash >> 32);
}

uint64_t sweep_hash_trace(const struct trace *trace)
{
    const struct trace_header *header = trace_header_of(trace);
    uint64_t hash = hash_word(FNV_START, trace_count(trace));
    for (uint32_t i = 0; i < header->thread_count; i++) {
        hash = hash_word(hash, (uint64_t)(int64_t)header->threads[i].priority);
    }
    for (uint32_t i = 0; i < header->heap_count; i++) {
        hash = hash_word(hash, (uint64_t)header->heaps[i].pool_block << 32 | header->heaps[i].pool_count);
    }
    for (uint64_t i = 0; i < trace_count(trace); i++) {
        struct trace_event event;
        trace_get(trace, i, &event);
        hash = hash_word(hash, (uint64_t)event.op | (uint64_t)event.failed << 8 | (uint64_t)event.thread << 32);
        hash = hash_word(hash, event.id);
        hash = hash_word(hash, event.size);
        hash = hash_word(hash, event.count ^ event.align << 32);
        hash = hash_word(hash, event.t);
        hash = hash_word(hash, (uint64_t)event.wait ^ (uint64_t)event.heap << 48);
    }
    return hash;
}

/* ---- making ---- */

bool sweep_points_of_plan(struct sweep_points *points, const struct sweep_plan *plan, const char *program, struct sweep_error *error)
{
    *points = (struct sweep_points){.min_heap = plan->min_heap, .safe_heap = plan->safe_heap, .lenient = plan->lenient,
                                    .arena_base = plan->arena_base};
    points->program = strdup(program);
    points->traces = calloc(plan->trace_count, sizeof *points->traces);
    points->policies = calloc(plan->spec_count, sizeof *points->policies);
    points->sizes = calloc(plan->size_count, sizeof *points->sizes);
    bool ok = points->program != NULL && points->traces != NULL && points->policies != NULL && points->sizes != NULL;
    for (size_t i = 0; i < plan->trace_count && ok; i++) {
        points->traces[i].path = strdup(plan->traces[i].path);
        points->trace_count++;
        ok = points->traces[i].path != NULL;
    }
    if (!ok) {
        return sweep_fail_memory(error);
    }
    for (size_t i = 0; i < plan->spec_count; i++) {
        memcpy(points->policies[i], plan->specs[i].text, SPEC_TEXT);
    }
    memcpy(points->sizes, plan->sizes, plan->size_count * sizeof *plan->sizes);
    points->policy_count = plan->spec_count;
    points->size_count = plan->size_count;
    return true;
}

static uint64_t key_of(const struct sweep_points *points, const struct sweep_point *point, bool group)
{
    char text[64];
    snprintf(text, sizeof text, "%016" PRIx64 " ", points->traces[point->trace].hash);
    uint64_t hash = hash_text(FNV_START, text);
    hash = hash_text(hash, points->policies[point->policy]);
    if (!group) {
        snprintf(text, sizeof text, point->heap_bytes == 0 ? " min" : " %" PRIu32, point->heap_bytes);
        hash = hash_text(hash, text);
    }
    snprintf(text, sizeof text, " %d %d %d %" PRIu32, points->min_heap, points->safe_heap, points->lenient, points->arena_base);
    return hash_text(hash, text);
}

/* The table's place of a key: where it is or where it may be put. */
static size_t place_of(const struct sweep_points *points, uint64_t key)
{
    size_t at = (size_t)(key >> 20) & points->table_mask;
    while (points->table[at] != 0 && points->items[points->table[at] - 1].key != key) {
        at = (at + 1) & points->table_mask;
    }
    return at;
}

static bool add_point(struct sweep_points *points, struct sweep_point point, struct sweep_error *error)
{
    point.key = key_of(points, &point, false);
    point.group = key_of(points, &point, true);
    const size_t at = place_of(points, point.key);
    if (points->table[at] == 0) {
        points->items[points->count++] = point;
        points->table[at] = (uint32_t)points->count;
        return true;
    }
    const struct sweep_point *there = &points->items[points->table[at] - 1];
    if (there->heap_bytes == point.heap_bytes && strcmp(points->policies[there->policy], points->policies[point.policy]) == 0 &&
        points->traces[there->trace].hash == points->traces[point.trace].hash) {
        return true; /* the same point under another name */
    }
    return sweep_fail(error, SWEEP_BAD_INPUT, "two points have the key %016" PRIx64 ": split the plan in two", point.key);
}

bool sweep_points_make(struct sweep_points *points, struct sweep_error *error)
{
    uint64_t all = 0, room = 16;
    if (__builtin_mul_overflow((uint64_t)points->trace_count * points->policy_count, points->size_count, &all) || all > MOST_POINTS) {
        return sweep_fail(error, SWEEP_RESOURCES, "more than %" PRIu32 " points in one sweep", MOST_POINTS);
    }
    while (room < 2 * all) {
        room *= 2;
    }
    points->items = calloc(all == 0 ? 1 : all, sizeof *points->items);
    points->table = calloc(room, sizeof *points->table);
    points->table_mask = room - 1;
    if (points->items == NULL || points->table == NULL) {
        return sweep_fail_memory(error);
    }
    for (size_t trace = 0; trace < points->trace_count; trace++) {
        for (size_t policy = 0; policy < points->policy_count; policy++) {
            for (size_t size = 0; size < points->size_count; size++) {
                const uint64_t bytes = sweep_size_resolve(&points->sizes[size], points->traces[trace].peak_payload_bytes);
                if (bytes == UINT64_MAX) {
                    return sweep_fail(error, SWEEP_BAD_INPUT, "%s: a heap of %s is over 2147483647 bytes (the peak payload is %" PRIu64 ")",
                                      points->traces[trace].path, points->sizes[size].text, points->traces[trace].peak_payload_bytes);
                }
                if (!add_point(points, (struct sweep_point){.trace = (uint32_t)trace, .policy = (uint32_t)policy, .size = (uint32_t)size,
                                                            .heap_bytes = (uint32_t)bytes}, error)) {
                    return false;
                }
            }
        }
    }
    return true;
}

size_t sweep_point_find(const struct sweep_points *points, uint64_t key)
{
    const uint32_t there = points->table[place_of(points, key)];
    return there == 0 ? SWEEP_NO_POINT : there - 1;
}

bool sweep_searches(const struct sweep_points *points)
{
    bool any = points->min_heap || points->safe_heap;
    for (size_t i = 0; i < points->size_count; i++) {
        any = any || points->sizes[i].kind == SWEEP_SIZE_MIN;
    }
    return any;
}

bool sweep_point_in_shard(const struct sweep_points *points, size_t index, uint32_t shard, uint32_t shards)
{
    const struct sweep_point *point = &points->items[index];
    const uint64_t key = sweep_searches(points) ? point->group : point->key;
    return (key >> 32) % shards == shard - 1;
}

void sweep_points_free(struct sweep_points *points)
{
    for (size_t i = 0; i < points->trace_count; i++) {
        free(points->traces[i].path);
    }
    free(points->traces);
    free(points->policies);
    free(points->sizes);
    free(points->program);
    free(points->items);
    free(points->table);
    *points = (struct sweep_points){0};
}
