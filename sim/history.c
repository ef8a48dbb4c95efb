/* history.c: see history.h. A slot's open life is remembered by its index; it closes when the block moves, resizes or dies. */
#include "history.h"

#include <stdlib.h>
#include <string.h>

#define NO_LIFE UINT64_MAX

/* An id whose end was put off: its slot is another's already. */
struct late_life {
    uint64_t id, number; /* of the event that ends it */
    uint64_t life;       /* that runs, or NO_LIFE */
};

struct history_writer {
    struct session_history *history;
    const struct trace *trace;
    struct lane *lane;
    uint64_t *open;        /* by slot: the life that runs, or NO_LIFE */
    uint64_t *chain;       /* by life: the same allocation's life before it, or NO_LIFE */
    uint64_t life_room, failure_room;
    struct late_life *late;
    size_t late_count, late_room;
    uint64_t told;         /* the last event whose result came late */
    bool out_of_memory;    /* while the lane told of late events */
};

static void take_late(void *ctx, uint64_t number, const struct trace_event *event, const struct lane_result *result, const struct lane_block *block);

static uint32_t clamp(uint64_t value)
{
    return value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
}

struct history_writer *history_begin(struct session_history *history, const struct trace *trace, struct lane *lane)
{
    const size_t count = trace_count(trace) + 1, slots = (size_t)trace_slot_count(trace) + 1;
    struct history_writer *writer = calloc(1, sizeof *writer);
    uint32_t **columns[] = {&history->payload, &history->block, &history->in_use, &history->free, &history->largest_free, &history->steps, &history->off};
    bool ok = writer != NULL;
    memset(history, 0, sizeof *history);
    for (size_t i = 0; i < sizeof columns / sizeof columns[0] && ok; i++) {
        *columns[i] = malloc(count * sizeof(uint32_t));
        ok = *columns[i] != NULL;
    }
    if (ok) {
        *writer = (struct history_writer){.history = history, .trace = trace, .lane = lane, .open = malloc(slots * sizeof *writer->open)};
        ok = writer->open != NULL;
    }
    if (!ok) {
        history_end(history);
        free(writer);
        return NULL;
    }
    memset(writer->open, 0xFF, slots * sizeof *writer->open);
    lane_watch_late(lane, take_late, writer);
    return writer;
}

/* The allocation of life `life` has ended: all its places learn when. */
static void end_chain(struct history_writer *writer, uint64_t life, uint64_t died)
{
    for (; life != NO_LIFE; life = writer->chain[life]) {
        writer->history->lives[life].died = died;
    }
}

static bool begin_life(struct history_writer *writer, uint64_t *open, const struct lane_block *block, uint64_t position)
{
    struct session_history *history = writer->history;
    if (history->life_count == writer->life_room) {
        const uint64_t room = writer->life_room * 2 + 1024;
        struct session_life *lives = realloc(history->lives, room * sizeof *lives);
        history->lives = lives != NULL ? lives : history->lives;
        uint64_t *chain = lives == NULL ? NULL : realloc(writer->chain, room * sizeof *chain);
        if (chain == NULL) {
            return false;
        }
        writer->chain = chain;
        writer->life_room = room;
    }
    writer->chain[history->life_count] = *open;
    *open = history->life_count;
    history->lives[history->life_count++] = (struct session_life){block->block_off, block->block_bytes, block->requested,
                                                                  position, UINT64_MAX, block->born, UINT64_MAX};
    return true;
}

static bool note_failure(struct history_writer *writer, uint64_t position)
{
    struct session_history *history = writer->history;
    if (history->failure_count == writer->failure_room) {
        const uint64_t room = writer->failure_room * 2 + 64;
        uint64_t *failures = realloc(history->failures, room * sizeof *failures);
        if (failures == NULL) {
            return false;
        }
        history->failures = failures;
        writer->failure_room = room;
    }
    history->failures[history->failure_count++] = position;
    return true;
}

/* `open`: the id's life that runs; `block`: where it is now. */
static bool note_life(struct history_writer *writer, uint64_t *open, bool failed, const struct lane_result *result,
                      const struct lane_block *block, uint64_t position)
{
    if (result->outcome == LANE_FREED && *open != NO_LIFE) {
        writer->history->lives[*open].to = position;
        end_chain(writer, *open, position);
        *open = NO_LIFE;
    }
    if (result->outcome != LANE_SERVED || failed) {
        return true;
    }
    if (*open != NO_LIFE) {
        struct session_life *life = &writer->history->lives[*open];
        if (life->off == block->block_off && life->bytes == block->block_bytes) {
            life->requested = block->requested;
            return true;
        }
        life->to = position;
    }
    return begin_life(writer, open, block, position);
}

/* ---- events that were put off ---- */

/* The event that ends an id was put off: its life leaves the slot. */
static bool part(struct history_writer *writer, const struct trace_event *event, uint64_t number)
{
    if (writer->late_count == writer->late_room) {
        const size_t room = writer->late_room * 2 + 16;
        struct late_life *late = realloc(writer->late, room * sizeof *late);
        if (late == NULL) {
            return false;
        }
        writer->late = late;
        writer->late_room = room;
    }
    writer->late[writer->late_count++] = (struct late_life){event->id, number, writer->open[event->slot]};
    writer->open[event->slot] = NO_LIFE;
    return true;
}

/* The id as it was at event `number`, if its end was put off. */
static struct late_life *late_life_of(const struct history_writer *writer, uint64_t id, uint64_t number)
{
    struct late_life *late = writer->late;
    while (late != writer->late + writer->late_count && (late->id != id || late->number < number)) {
        late++;
    }
    return late != writer->late + writer->late_count ? late : NULL;
}

static void take_late(void *ctx, uint64_t number, const struct trace_event *event, const struct lane_result *result, const struct lane_block *block)
{
    struct history_writer *writer = ctx;
    const uint64_t position = lane_run(writer->lane)->events;
    const bool failed = result->outcome == LANE_FAILED && !event->failed;
    writer->history->off[number - 1] = failed ? HISTORY_FAILED : result->off;
    writer->told = number > writer->told ? number : writer->told;
    bool ok = !failed || note_failure(writer, position);
    if (event->slot != TRACE_NO_SLOT) {
        struct late_life *late = late_life_of(writer, event->id, number);
        ok = note_life(writer, late != NULL ? &late->life : &writer->open[event->slot], event->failed, result, block, position) && ok;
        if (late != NULL && late->number == number) {
            memmove(late, late + 1, (size_t)(writer->late + --writer->late_count - late) * sizeof *late);
        }
    }
    writer->out_of_memory = writer->out_of_memory || !ok;
}

bool history_note(struct history_writer *writer, uint64_t index, const struct lane_result *result)
{
    struct session_history *history = writer->history;
    const struct metrics_now *now = lane_now(writer->lane);
    struct trace_event event;
    trace_get(writer->trace, index, &event);
    history->payload[index] = clamp(now->payload_bytes);
    history->block[index] = clamp(now->block_bytes);
    history->in_use[index] = clamp(now->in_use_bytes);
    history->free[index] = clamp(now->free_bytes);
    history->largest_free[index] = now->largest_free_bytes;
    history->steps[index] = result->steps;
    history->count = index + 1;
    if (result->outcome == LANE_WAITS && writer->told == index + 1) {
        return !writer->out_of_memory; /* the end of the trace has told already */
    }
    const bool failed = result->outcome == LANE_FAILED && !event.failed;
    history->off[index] = failed ? HISTORY_FAILED : result->off;
    if (writer->out_of_memory || (failed && !note_failure(writer, index + 1))) {
        return false;
    }
    if (event.slot == TRACE_NO_SLOT) {
        return true;
    }
    if (result->outcome == LANE_WAITS) {
        return !event.retires || part(writer, &event, index + 1);
    }
    return note_life(writer, &writer->open[event.slot], event.failed, result, lane_block(writer->lane, event.slot), index + 1);
}

bool history_finish(struct history_writer *writer)
{
    if (writer != NULL) {
        lane_watch_late(writer->lane, NULL, NULL);
        free(writer->open);
        free(writer->chain);
        free(writer->late);
        free(writer);
    }
    return writer != NULL;
}

void history_end(struct session_history *history)
{
    free(history->payload);
    free(history->block);
    free(history->in_use);
    free(history->free);
    free(history->largest_free);
    free(history->steps);
    free(history->off);
    free(history->lives);
    free(history->failures);
    memset(history, 0, sizeof *history);
}
