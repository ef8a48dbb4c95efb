/* heaps.c: see heaps.h. What waits is in lane_waiting.c, which the lanes have in common. */
#include "heaps.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spec.h"

/* ---- the survey ---- */

bool heaps_survey_open(struct heaps_survey *survey, uint32_t heap_count)
{
    *survey = (struct heaps_survey){.needs = calloc(heap_count, sizeof *survey->needs), .count = heap_count};
    return survey->needs != NULL && heap_split_open(&survey->split, heap_count);
}

bool heaps_survey_add(struct heaps_survey *survey, const struct trace_event *event)
{
    struct trace_event own = *event;
    if (event->op == TRACE_MARK) {
        return true;
    }
    if (!heap_split_next(&survey->split, &own)) {
        return false;
    }
    survey->needs[own.heap].events++;
    return trace_peak_add(&survey->needs[own.heap].peak, &own);
}

void heaps_survey_close(struct heaps_survey *survey)
{
    for (uint32_t i = 0; i < survey->count && survey->needs != NULL; i++) {
        trace_peak_end(&survey->needs[i].peak);
    }
    free(survey->needs);
    heap_split_close(&survey->split);
    *survey = (struct heaps_survey){0};
}

bool heaps_survey_trace(struct heaps_survey *survey, const struct trace *trace)
{
    const uint32_t heap_count = trace_header_of(trace)->heap_count;
    bool ok = heaps_survey_open(survey, heap_count == 0 ? 1 : heap_count);
    for (uint64_t i = 0; i < trace_count(trace) && ok; i++) {
        struct trace_event event;
        trace_get(trace, i, &event);
        ok = heaps_survey_add(survey, &event);
    }
    return ok;
}

uint32_t heaps_survey_used(const struct heaps_survey *survey)
{
    uint32_t used = 0;
    for (uint32_t i = 0; i < survey->count; i++) {
        used += survey->needs[i].events != 0;
    }
    return used;
}

bool heaps_is_pool(const struct trace_header *header, uint32_t heap)
{
    return heap < header->heap_count && header->heaps[heap].pool_block != 0 && header->heaps[heap].pool_count != 0;
}

uint32_t heaps_find(const struct trace_header *header, const char *key)
{
    for (uint32_t i = 0; i < header->heap_count; i++) {
        if (header->heaps[i].name != NULL && strcmp(header->heaps[i].name, key) == 0) {
            return i;
        }
    }
    char *end = NULL;
    const unsigned long index = key[0] >= '0' && key[0] <= '9' ? strtoul(key, &end, 10) : 0;
    return end != NULL && *end == '\0' && index < (header->heap_count == 0 ? 1 : header->heap_count) ? (uint32_t)index : UINT32_MAX;
}

const char *heaps_key(const struct trace_header *header, uint32_t heap, char buffer[16])
{
    const char *name = heap < header->heap_count ? header->heaps[heap].name : NULL;
    if (name != NULL && name[0] != '\0' && heaps_find(header, name) == heap) {
        return name;
    }
    snprintf(buffer, 16, "%" PRIu32, heap);
    return buffer;
}

char *heaps_survey_text(const struct heaps_survey *survey, const struct trace_header *header, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < survey->count; i++) {
        const struct heaps_need *need = &survey->needs[i];
        char key[16], bytes[32];
        if (need->events == 0) {
            continue;
        }
        const int n = snprintf(text + used, size - used, "%s%s (%" PRIu64 " event%s, peak %s%s)", used == 0 ? "" : ", ", heaps_key(header, i, key),
                               need->events, need->events == 1 ? "" : "s", spec_format_bytes(need->peak.peak_bytes, bytes, sizeof bytes),
                               heaps_is_pool(header, i) ? ", a pool" : "");
        if (n < 0 || (size_t)n >= size - used) {
            snprintf(text + used, size - used, "%s", size - used > 8 ? ", …" : "");
            break;
        }
        used += (size_t)n;
    }
    return text;
}

/* ---- a pool's size ---- */

/* Free blocks in a heap of that size, and the bytes of all of them; 0, 0: the policy refuses it. */
static uint32_t blocks_in(struct lane_options options, uint32_t bytes, uint64_t *block_bytes, int *error)
{
    options.heap_bytes = bytes;
    options.region_count = 0;
    struct lane *lane = lane_open(&options, error);
    const uint32_t blocks = lane == NULL ? 0 : lane_now(lane)->free_blocks;
    *block_bytes = lane == NULL ? 0 : lane_now(lane)->free_bytes;
    lane_close(lane);
    return blocks;
}

/* One block's bytes: those of the free ones in a heap that has room for one surely. 0: refused. */
static uint32_t stride_of(const struct lane_options *options, int *error)
{
    uint64_t bytes = 0;
    for (uint32_t room = 64; room <= UINT32_C(1) << 26; room *= 2) {
        const uint32_t blocks = blocks_in(*options, room, &bytes, error);
        if (blocks != 0) {
            return (uint32_t)(bytes / blocks);
        }
    }
    return 0;
}

uint32_t heaps_pool_bytes(const struct lane_options *options, uint32_t blocks, int *error)
{
    uint64_t ignored = 0;
    const uint64_t stride = stride_of(options, error), least = (blocks * stride + 7) / 8 * 8;
    uint64_t low = least, high = least + blocks / 4 + 128; /* control: some bytes, and less than two bits a block */
    if (stride == 0) {
        return 0;
    }
    if (high > INT32_MAX) {
        *error = HEAP_E_ARGUMENT;
        return 0;
    }
    if (blocks_in(*options, (uint32_t)least, &ignored, error) >= blocks) {
        high = low;
    }
    while (low < high) { /* above `high` is room, below `low` is none */
        const uint64_t middle = low + (high - low) / 16 * 8;
        if (blocks_in(*options, (uint32_t)middle, &ignored, error) >= blocks) {
            high = middle;
        } else {
            low = middle + 8;
        }
    }
    const bool fits = blocks_in(*options, (uint32_t)high, &ignored, error) >= blocks;
    return fits ? (uint32_t)high : 0;
}

/* ---- the run ---- */

struct heaps {
    struct heap_split split;
    struct lane **lanes;      /* by heap; NULL: none */
    struct trace_peak *peaks; /* by heap */
    uint32_t count;
    bool together;            /* the lanes have their waiting threads in common */
};

static bool open_lanes(struct heaps *heaps, const struct trace_header *header, const struct lane_options *const options[], uint32_t *failed,
                       int *error)
{
    for (uint32_t i = 0; i < heaps->count; i++) {
        *failed = i;
        heaps->lanes[i] = options[i] == NULL ? NULL : lane_open(options[i], error);
        if (options[i] != NULL && (heaps->lanes[i] == NULL || !lane_take_threads(heaps->lanes[i], header))) {
            return false;
        }
    }
    heaps->together = lane_wait_together(heaps->lanes, heaps->count);
    return heaps->together;
}

struct heaps *heaps_open(const struct trace_header *header, const struct lane_options *const options[], uint32_t count, uint32_t *failed,
                         int *error)
{
    struct heaps *heaps = calloc(1, sizeof *heaps);
    *error = HEAP_OK;
    *failed = 0;
    if (heaps == NULL) {
        return NULL;
    }
    heaps->count = count;
    heaps->lanes = calloc(count, sizeof *heaps->lanes);
    heaps->peaks = calloc(count, sizeof *heaps->peaks);
    if (heaps->lanes == NULL || heaps->peaks == NULL || !heap_split_open(&heaps->split, count) ||
        !open_lanes(heaps, header, options, failed, error)) {
        heaps_close(heaps);
        return NULL;
    }
    return heaps;
}

void heaps_close(struct heaps *heaps)
{
    if (heaps == NULL) {
        return;
    }
    if (heaps->together) {
        lane_wait_apart(heaps->lanes, heaps->count);
    }
    for (uint32_t i = 0; i < heaps->count; i++) {
        if (heaps->lanes != NULL) {
            lane_close(heaps->lanes[i]);
        }
        if (heaps->peaks != NULL) {
            trace_peak_end(&heaps->peaks[i]);
        }
    }
    free(heaps->lanes);
    free(heaps->peaks);
    heap_split_close(&heaps->split);
    free(heaps);
}

static bool apply_mark(struct heaps *heaps, const struct trace_event *event, struct lane_result *result)
{
    bool ok = true;
    for (uint32_t i = 0; i < heaps->count && ok; i++) {
        ok = heaps->lanes[i] == NULL || lane_apply(heaps->lanes[i], event, result);
    }
    *result = (struct lane_result){LANE_MARK, HEAP_NONE, 0};
    return ok;
}

bool heaps_apply(struct heaps *heaps, struct trace_event *event, struct lane_result *result)
{
    if (event->op == TRACE_MARK) {
        return apply_mark(heaps, event, result);
    }
    *result = (struct lane_result){LANE_SKIPPED, HEAP_NONE, 0};
    if (!heap_split_next(&heaps->split, event) || !trace_peak_add(&heaps->peaks[event->heap], event)) {
        return false;
    }
    struct lane *lane = heaps->lanes[event->heap];
    return lane == NULL || lane_apply(lane, event, result);
}

bool heaps_finish(struct heaps *heaps)
{
    bool ok = true;
    for (uint32_t i = 0; i < heaps->count && ok; i++) { /* the first one ends it for all */
        ok = heaps->lanes[i] == NULL || lane_finish(heaps->lanes[i]);
    }
    return ok;
}

uint32_t heaps_count(const struct heaps *heaps) { return heaps->count; }
struct lane *heaps_lane(struct heaps *heaps, uint32_t heap) { return heaps->lanes[heap]; }
uint64_t heaps_peak_payload(const struct heaps *heaps, uint32_t heap) { return heaps->peaks[heap].peak_bytes; }
