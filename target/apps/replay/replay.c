/* replay.c: events to heap calls. */
#include "replay.h"

#include <string.h>

_Static_assert(HEAP_MAX_ALIGN <= UINT16_MAX, "an alignment that can succeed fits a slot");

static void make(struct replay *replay, struct heap_call *call, enum replay_kind kind)
{
    heap_call_make(replay->heap, call);
    if (replay->histograms != NULL) {
        histogram_add(&replay->histograms[kind], call->instructions);
    }
}

/* Bytes asked for, saturated: what no 32-bit heap can serve stays unservable. */
static size_t wanted_bytes(const struct trace_event *event)
{
    uint64_t bytes = event->size;
    if (event->op == TRACE_CALLOC && __builtin_mul_overflow(event->size, event->count, &bytes)) {
        bytes = UINT64_MAX;
    }
    return bytes > UINT32_MAX ? SIZE_MAX : (size_t)bytes;
}

static uint32_t wanted_align(const struct trace_event *event)
{
    return event->align > UINT32_MAX / 2 ? UINT32_MAX / 2 + 1 : (uint32_t)event->align;
}

static void *attempt(struct replay *replay, const struct trace_event *event, size_t bytes)
{
    struct heap_call call = {.op = event->op == TRACE_CALLOC ? HEAP_CALL_CALLOC : HEAP_CALL_MALLOC, .size = bytes};
    if (event->align != 0) {
        call.op = HEAP_CALL_ALIGNED;
        call.align = wanted_align(event);
    }
    make(replay, &call, REPLAY_MALLOC);
    if (call.pointer != NULL && call.op == HEAP_CALL_ALIGNED && event->op == TRACE_CALLOC) {
        memset(call.pointer, 0, bytes);
    }
    return call.pointer;
}

/* The layout that a block's owner knows: what was asked for, or natural. */
static struct heap_layout layout_of(const struct replay *replay, uint32_t size, uint32_t align)
{
    return (struct heap_layout){size, align != 0 ? align : replay->heap->natural};
}

static int release(struct replay *replay, void *pointer, uint32_t size, uint32_t align)
{
    struct heap_call call = {.op = HEAP_CALL_FREE, .pointer = pointer, .layout = layout_of(replay, size, align)};
    make(replay, &call, REPLAY_FREE);
    return call.error;
}

/* A call that the recorded program lost: made, and undone where it succeeds. */
static void run_recorded_failure(struct replay *replay, const struct trace_event *event)
{
    const size_t bytes = wanted_bytes(event);
    void *pointer = attempt(replay, event, bytes);
    replay->recorded_failures++;
    if (pointer != NULL) {
        replay->recorded_failures_served++;
        (void)release(replay, pointer, (uint32_t)bytes, wanted_align(event));
    }
}

static void run_alloc(struct replay *replay, const struct trace_event *event)
{
    const size_t bytes = wanted_bytes(event);
    void *pointer = attempt(replay, event, bytes);
    const uint8_t state = pointer != NULL ? REPLAY_LIVE : bytes == 0 ? REPLAY_HOLDS_NULL : REPLAY_LOST;
    replay->failures += state == REPLAY_LOST;
    replay->slots[event->slot] = (struct replay_slot){pointer, 0, 0, state};
    if (pointer != NULL) {
        replay->slots[event->slot].size = (uint32_t)bytes;
        replay->slots[event->slot].align = (uint16_t)wanted_align(event);
    }
}

static void run_free(struct replay *replay, const struct trace_event *event)
{
    if (event->slot == TRACE_NO_SLOT) { /* free(NULL) */
        return;
    }
    struct replay_slot *slot = &replay->slots[event->slot];
    if (slot->state == REPLAY_LOST) {
        replay->skipped++;
    } else if (slot->state == REPLAY_LIVE && release(replay, slot->pointer, slot->size, slot->align) != HEAP_OK) {
        replay->refused++;
    }
    slot->state = REPLAY_DEAD;
}

static void run_realloc(struct replay *replay, const struct trace_event *event)
{
    struct replay_slot *slot = &replay->slots[event->slot];
    if (slot->state == REPLAY_LOST) {
        replay->skipped++;
        return;
    }
    const uint32_t known = layout_of(replay, slot->size, slot->align).align;
    const uint32_t align = wanted_align(event) > known ? wanted_align(event) : known;
    struct heap_call call = {.op = HEAP_CALL_REALLOC, .pointer = slot->pointer, .layout = {slot->size, align}, .size = wanted_bytes(event)};
    make(replay, &call, REPLAY_REALLOC);
    if (call.pointer == NULL) {
        replay->failures++;
        return;
    }
    *slot = (struct replay_slot){call.pointer, (uint32_t)call.size, (uint16_t)align, REPLAY_LIVE};
}

bool replay_event(struct replay *replay, const struct trace_event *event)
{
    replay->events++;
    if (event->op == TRACE_MARK) {
        return true;
    }
    if (event->slot != TRACE_NO_SLOT && event->slot >= replay->slot_count) {
        return false;
    }
    if (event->failed) {
        run_recorded_failure(replay, event);
    } else if (event->op == TRACE_FREE || event->retires) {
        run_free(replay, event);
    } else if (event->slot != TRACE_NO_SLOT) { /* else realloc to size 0 of an id never seen */
        const bool lives = event->op == TRACE_REALLOC && replay->slots[event->slot].state != REPLAY_HOLDS_NULL && !event->fresh;
        if (lives) {
            run_realloc(replay, event);
        } else {
            run_alloc(replay, event);
        }
    }
    return true;
}

uint32_t replay_live_blocks(const struct replay *replay)
{
    uint32_t live = 0;
    for (uint32_t i = 0; i < replay->slot_count; i++) {
        live += replay->slots[i].state == REPLAY_LIVE;
    }
    return live;
}
