/* source_lane.c: spans and blocks of one lane, and what is known of its policy. */
#include "source_lane.h"

#include <heap/policy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spec.h"

_Static_assert((int)KIND_PAYLOAD == (int)HEAP_PAYLOAD && (int)KIND_SLACK == (int)HEAP_SLACK && (int)KIND_HEADER == (int)HEAP_HEADER &&
                   (int)KIND_CONTROL == (int)HEAP_CONTROL && (int)KIND_FREE == (int)HEAP_FREE && (int)KIND_RESERVED == (int)HEAP_RESERVED,
               "the model's kinds are the heap's");
_Static_assert(MODEL_PLACED_NOTHING == HISTORY_NONE && MODEL_PLACED_FAILED == HISTORY_FAILED, "the model's history is the session's");

void source_lane_end(struct source_lane *lane)
{
    layout_end(&lane->layout);
    source_zones_end(&lane->zones);
    source_run_end(&lane->run);
    free(lane->spans);
    free(lane->blocks);
    free(lane->steps);
    free(lane->bins);
    free(lane->places);
    free(lane->slabs);
    free(lane->fixed);
    *lane = (struct source_lane){0};
}

/* ---- spans ---- */

#define AHEAD 24 /* spans: so long before a block is needed it is fetched, since blocks lie anywhere in memory */

static bool reserve(struct source_lane *source, size_t spans)
{
    if (spans > source->span_room) {
        struct model_span *grown = realloc(source->spans, spans * sizeof *grown);
        if (!grown) {
            return false;
        }
        source->spans = grown;
        source->span_room = spans;
    }
    if (spans > source->block_room) {
        struct model_block *grown = realloc(source->blocks, spans * sizeof *grown);
        if (!grown) {
            return false;
        }
        source->blocks = grown;
        source->block_room = spans;
    }
    return true;
}

/* Member by member, in its place: copies of what was just written in parts are what reading a large heap would spend its time on. */
static void block_begin(struct model_block *block, const struct model *model, const struct trace *trace, struct source_known *all,
                        const struct lane_block *live, const struct heap_span *span)
{
    struct source_known *known = &all[span->owner];
    if (known->born != live->born) {
        struct trace_event event;
        trace_get(trace, live->born - 1, &event);
        *known = (struct source_known){live->born, event.id, event.site == TRACE_NO_SITE ? MODEL_NONE : event.site,
                                model->has_threads ? event.thread : MODEL_NONE};
    }
    block->id = known->id;
    block->off = span->off;
    block->size = block->header = block->requested = block->slack = 0;
    block->payload_off = live->off;
    block->birth = (uint32_t)live->born;
    block->site = known->site;
    block->thread = known->thread;
}

static void block_add(struct model_block *block, const struct heap_span *span)
{
    block->size += span->size;
    if (span->kind == HEAP_PAYLOAD) {
        block->requested += span->size;
    } else if (span->kind == HEAP_HEADER) {
        block->header += span->size;
    } else {
        block->slack += span->size;
    }
}

static bool read_spans(struct model *model, struct source_lane *source, const struct trace *trace, struct lane *lane, struct source_known *known)
{
    if (!lane_spans(lane, &source->layout) || !reserve(source, source->layout.count)) {
        return false;
    }
    const struct lane_block *live = lane_block(lane, 0); /* by slot */
    uint32_t count = 0, blocks = 0, last_owner = LAYOUT_NO_OWNER;
    memset(model->kind_bytes, 0, sizeof model->kind_bytes);
    model->largest_bytes = model->hole_count = 0;
    for (size_t i = 0; i < source->layout.count; i++) {
        const struct heap_span *span = &source->layout.spans[i];
        bool owned = span->owner != LAYOUT_NO_OWNER;
        uint32_t ahead = i + AHEAD < source->layout.count ? source->layout.spans[i + AHEAD].owner : LAYOUT_NO_OWNER;
        if (ahead != LAYOUT_NO_OWNER) {
            __builtin_prefetch(&known[ahead]);
            __builtin_prefetch(&live[ahead]);
        }
        if (owned && span->owner != last_owner) {
            block_begin(&source->blocks[blocks++], model, trace, known, &live[span->owner], span);
        }
        if (owned) {
            block_add(&source->blocks[blocks - 1], span);
        }
        last_owner = span->owner;
        struct model_span *out = &source->spans[count++];
        out->off = span->off;
        out->size = span->size;
        out->block = owned ? blocks - 1 : MODEL_NONE;
        out->kind = span->kind;
        model->kind_bytes[span->kind] += span->size;
        model->hole_count += span->kind == HEAP_FREE;
        if (span->kind == HEAP_FREE && span->size > model->largest_bytes) {
            model->largest_bytes = span->size;
            model->largest_off = span->off;
        }
    }
    model->spans = source->spans;
    model->span_count = count;
    model->blocks = source->blocks;
    model->block_count = model->live_count = blocks;
    model->zones = NULL;
    model->spans_version++;
    return true;
}

/* What a hole must have for `wanted` bytes: with the least header in the heap, rounded up to the alignment. 0 where a hole's bytes
 * are not all that counts: the policy does not join neighbouring holes, or its blocks have one size. */
static uint32_t gross_of(const struct model *model, const struct lane_options *lane, uint64_t wanted)
{
    uint32_t traits = lane->policy->inspect ? lane->policy->inspect->traits : 0, header = UINT32_MAX;
    uint64_t align = lane->alignment ? lane->alignment : 8;
    if (!(traits & HEAP_COALESCES) || (traits & HEAP_FIXED_SIZE) || wanted > model->arena_bytes) {
        return 0;
    }
    for (uint32_t i = 0; i < model->block_count; i++) {
        if (model->blocks[i].header < header) {
            header = model->blocks[i].header;
        }
    }
    uint64_t gross = (wanted + (header == UINT32_MAX ? 0 : header) + align - 1) / align * align;
    return gross > model->arena_bytes ? 0 : (uint32_t)gross;
}

static bool at_failure(struct session *session, int index)
{
    const struct session_history *history = session_history(session, index);
    uint64_t at = session_position(session);
    return at > 0 && at <= history->count && history->off[at - 1] == HISTORY_FAILED;
}

static void note_failure(struct model *model, struct session *session, int index)
{
    uint64_t at = session_position(session);
    model->failure = (struct model_failure){0};
    if (!at_failure(session, index)) {
        return;
    }
    struct trace_event event;
    trace_get(session_trace(session), at - 1, &event);
    uint64_t wanted = source_run_wanted(&event);
    model->failure = (struct model_failure){true, wanted, gross_of(model, lane_options_of(session_lane(session, index)), wanted), model->hole_count};
}

static struct model_scores scores_so_far(const struct lane *lane)
{
    const struct metrics_run *run = lane_metrics(lane);
    return (struct model_scores){.failures = run->failures, .first_failure = run->failures ? run->kept_failures[0].event : 0,
                                 .least_largest = run->minimum_largest_free_bytes,
                                 .external_mean = metrics_mean(&run->external_fragmentation),
                                 .internal_mean = metrics_mean(&run->internal_fragmentation),
                                 .steps_mean = metrics_steps_mean(run), .steps_max = run->steps_max};
}

static bool read_kinds(struct model *model, struct source_lane *source, struct lane *lane)
{
    model->spans = NULL;
    model->blocks = NULL;
    model->span_count = model->block_count = 0;
    model->live_count = (uint32_t)lane_now(lane)->live_blocks;
    return source_zones_read(&source->zones, model, lane);
}

bool source_lane_read(struct model *model, struct source_lane *lane, struct session *session, int index, struct source_known *known,
                      bool kinds_only)
{
    if (kinds_only && !at_failure(session, index) && lane_options_of(session_lane(session, index))->track_owners) {
        if (!read_kinds(model, lane, session_lane(session, index))) {
            return false;
        }
    } else if (!read_spans(model, lane, session_trace(session), session_lane(session, index), known)) {
        return false;
    }
    model->event = (uint32_t)session_position(session);
    note_failure(model, session, index);
    model->scores = scores_so_far(session_lane(session, index));
    return true;
}

/* ---- the run and its policy ---- */

bool source_lane_keep_fixed(struct model *model, struct source_lane *lane)
{
    struct model_span *fixed = malloc((model->span_count + 1) * sizeof *fixed);
    uint32_t count = 0;
    for (uint32_t i = 0; fixed && i < model->span_count; i++) {
        if (model->spans[i].kind == KIND_CONTROL || model->spans[i].kind == KIND_RESERVED) {
            fixed[count++] = model->spans[i];
        }
    }
    free(lane->fixed);
    model->fixed = lane->fixed = fixed;
    model->fixed_count = count;
    return fixed != NULL;
}

void source_lane_describe(struct model *model, struct source_lane *lane, const struct session *session, int index)
{
    const struct session_history *history = session_history(session, index);
    const struct lane_options *options = lane_options_of(session_lane((struct session *)session, index));
    struct spec spec = {.options = *options};
    model->count = model->loaded = (uint32_t)history->count;
    model->loaded_all = (uint32_t)session_length(session);
    model->history = (struct model_history){.payload = history->payload, .in_use = history->block, .free = history->free,
                                            .largest = history->largest_free, .steps = history->steps, .placed = history->off};
    model->lives = lane->run.lives;
    model->life_count = lane->run.life_count;
    model->ends = lane->run.ends;
    model->end_count = lane->run.end_count;
    model->marks = lane->run.marks;
    model->mark_count = lane->run.mark_count;
    model->arena_bytes = options->heap_bytes;
    model->alignment = lane_heap(session_lane((struct session *)session, index))->alignment;
    model->checks = options->checks;
    model->policy = model->policy_count;
    for (uint32_t i = 0; i < model->policy_count; i++) {
        if (heap_policies[i] == options->policy) {
            model->policy = i;
        }
    }
    model->policy_name = options->policy->name;
    spec_write(&spec);
    snprintf(model->spec, sizeof model->spec, "%s", spec.text);
    source_policy_describe(model, options);
    model->grant = lane->run.grant;
}
