/* trace_select.c: see trace_select.h. */
#include "trace_select.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace_reader_internal.h"
#include "trace_report.h"

#define TICK 65536  /* events passed over between two looks at the caller's progress */
#define NAMES_KEPT 8 /* marks' names, for a message */
#define NAME_BYTES 24

/* A live block, before the range. */
struct block {
    uint64_t id, bytes, align, born; /* id 0: nothing lives in this slot */
    uint32_t site, thread, heap, slot;
    bool zeroed; /* with zero_keeps: reallocated to size 0, and still named */
};

enum state { BEFORE, ALIVE, ALIVE_ZEROED, MARKING, HELD, WITHIN };

struct trace_select {
    struct trace_selection asked;
    struct trace_selected told;
    enum state state;
    uint64_t number;       /* of the event read last, from 1 */
    uint64_t last_t;
    uint64_t passed;       /* events that were not handed out */
    uint64_t marks[2];     /* seen of the name of `from`, of `to` */
    bool renumbers;        /* false: the decoder's slots are ours */
    struct trace_event held;
    struct block *blocks;  /* by the decoder's slot; from the first event of the range on those alive there, by birth */
    uint32_t block_room, alive, next;
    uint32_t *slots;       /* the decoder's slot to ours; TRACE_NO_SLOT: not selected */
    uint32_t slot_room, slot_count;
    uint32_t *returned;    /* our slots given back, a stack */
    uint32_t returned_count, returned_room;
    char mark[40];
    char names[NAMES_KEPT][NAME_BYTES + 8];
    uint32_t name_count;   /* NAMES_KEPT + 1: there are more */
};

struct trace_select *trace_select_new(const struct trace_selection *selection)
{
    struct trace_select *select = calloc(1, sizeof *select);
    if (select) {
        select->asked = *selection;
        select->told.has_range = selection->from.kind != TRACE_BOUND_NONE || selection->to.kind != TRACE_BOUND_NONE;
    }
    return select;
}

void trace_select_free(struct trace_select *select)
{
    if (select) {
        free(select->blocks);
        free(select->slots);
        free(select->returned);
        free(select);
    }
}

const struct trace_selected *trace_select_told(const struct trace_select *select)
{
    return &select->told;
}

/* ---- what is wrong ---- */

/* Ends the reader: the selection is not in this trace. */
static int refuse(struct trace_reader *reader, const char *found)
{
    struct trace_error problem = {0};
    trace_error_set(&problem, TRACE_E_RANGE, "", "%s", found);
    trace_reader_fail(reader, &problem);
    reader->error.events = 0; /* the message says what there is */
    return TRACE_E_RANGE;
}

static int no_memory(struct trace_reader *reader)
{
    struct trace_error problem = {0};
    trace_error_set(&problem, TRACE_E_MEMORY, "", "no memory for the blocks alive before the selection");
    return trace_reader_fail(reader, &problem);
}

/* "--from mark=boot: ", short enough to leave room. */
static size_t begin_message(char *text, size_t size, const char *option, const char *value)
{
    size_t length = (size_t)snprintf(text, size, "%s ", option);
    length = trace_name_text(text, size, length, value, 48);
    return length + (size_t)snprintf(text + length, size - length, ": ");
}

static const char *events_text(char text[48], uint64_t count)
{
    char number[32];
    snprintf(text, 48, "%s event%s", trace_count_text(number, count), count == 1 ? "" : "s");
    return text;
}

/* The trace has ended without the mark. */
static int refuse_mark(struct trace_reader *reader, bool to)
{
    const struct trace_select *select = reader->select;
    const struct trace_bound *bound = to ? &select->asked.to : &select->asked.from;
    char found[sizeof reader->error.found], number[32];
    size_t length = begin_message(found, sizeof found, to ? "--to" : "--from", bound->text);
    if (select->marks[to]) {
        snprintf(found + length, sizeof found - length, "it has %s such mark%s%s", trace_count_text(number, select->marks[to]),
                 select->marks[to] == 1 ? "" : "s", bound->number ? "" : ", none behind --from");
        return refuse(reader, found);
    }
    length += (size_t)snprintf(found + length, sizeof found - length, select->name_count ? "its marks are " : "it has no marks");
    for (uint32_t i = 0; i < select->name_count; i++) {
        const bool more = i == NAMES_KEPT || sizeof found - length < NAME_BYTES + 16;
        length += (size_t)snprintf(found + length, sizeof found - length, "%s", i ? ", " : "");
        length += (size_t)snprintf(found + length, sizeof found - length, "%s", more ? "…" : select->names[i]);
        if (more) {
            break;
        }
    }
    return refuse(reader, found);
}

/* The trace has ended before the range has begun. */
static int refuse_from(struct trace_reader *reader)
{
    const struct trace_select *select = reader->select;
    const struct trace_bound *from = &select->asked.from;
    char found[sizeof reader->error.found], events[48];
    if (from->kind == TRACE_BOUND_MARK) {
        return refuse_mark(reader, false);
    }
    const size_t length = begin_message(found, sizeof found, "--from", from->text);
    if (from->kind == TRACE_BOUND_TIME && select->number) {
        snprintf(found + length, sizeof found - length, "the last of its %s has t %" PRIu64, events_text(events, select->number), select->last_t);
    } else {
        snprintf(found + length, sizeof found - length, "it has %s", events_text(events, select->number));
    }
    return refuse(reader, found);
}

/* The trace has ended within the range: 0, or the error where `to` lies behind it. */
static int judge_end(struct trace_reader *reader)
{
    const struct trace_select *select = reader->select;
    const struct trace_bound *to = &select->asked.to;
    char found[sizeof reader->error.found], events[48];
    if (to->kind == TRACE_BOUND_MARK) {
        return refuse_mark(reader, true);
    }
    if (to->kind != TRACE_BOUND_EVENT || select->number >= to->number) {
        return 0;
    }
    const size_t length = begin_message(found, sizeof found, "--to", to->text);
    snprintf(found + length, sizeof found - length, "it has %s", events_text(events, select->number));
    return refuse(reader, found);
}

/* Reads to the end, for what is said of the whole; what is wrong there is none of our business. False if it was not reached. */
static bool read_rest(struct trace_reader *reader)
{
    struct trace_select *select = reader->select;
    struct trace_event event;
    const uint64_t anomalies = reader->anomaly_count;
    int code;
    while ((code = trace_reader_decode(reader, &event)) > 0) {
        select->number++;
        if (select->number % TICK == 0 && !trace_reader_tick(reader)) {
            break;
        }
    }
    reader->anomaly_count = anomalies;
    reader->error = (struct trace_error){0};
    reader->ended = true;
    return code == 0;
}

/* The range ends before it begins, with the event read last. */
static int refuse_empty(struct trace_reader *reader)
{
    struct trace_select *select = reader->select;
    char found[sizeof reader->error.found], begin[32], events[48];
    const uint64_t first = select->number;
    size_t length = begin_message(found, sizeof found, "--to", select->asked.to.text);
    length += (size_t)snprintf(found + length, sizeof found - length, "the range is empty, it would begin with event %s",
                               trace_count_text(begin, first));
    if (reader->bytes.raw_all && read_rest(reader)) {
        snprintf(found + length, sizeof found - length, " of %s", events_text(events, select->number));
    }
    return refuse(reader, found);
}

/* ---- the heap ---- */

int trace_select_heap(struct trace_reader *reader)
{
    struct trace_select *select = reader->select;
    const struct trace_header *header = reader->header;
    const char *asked = select->asked.heap;
    if (!asked) {
        return 0;
    }
    select->told.has_heap = select->renumbers = true;
    for (uint32_t i = 0; i < header->heap_count; i++) {
        if (header->heaps[i].name && strcmp(header->heaps[i].name, asked) == 0) {
            select->told.heap = i;
            return 0;
        }
    }
    char *end = NULL;
    const unsigned long index = *asked >= '0' && *asked <= '9' ? strtoul(asked, &end, 10) : 0;
    if (end && *end == '\0' && index < (header->heap_count ? header->heap_count : 1)) {
        select->told.heap = (uint32_t)index;
        return 0;
    }
    char found[sizeof reader->error.found];
    size_t length = begin_message(found, sizeof found, "--heap", asked);
    length += (size_t)snprintf(found + length, sizeof found - length, header->heap_count ? "its heaps are " : "it names no heaps, all is in heap 0");
    for (uint32_t i = 0; i < header->heap_count; i++) {
        if (sizeof found - length < NAME_BYTES + 32) {
            snprintf(found + length, sizeof found - length, ", …");
            break;
        }
        length += (size_t)snprintf(found + length, sizeof found - length, "%s%" PRIu32, i ? ", " : "", i);
        if (header->heaps[i].name) {
            length += (size_t)snprintf(found + length, sizeof found - length, " ");
            length = trace_name_text(found, sizeof found, length, header->heaps[i].name, NAME_BYTES);
        }
    }
    return refuse(reader, found);
}

/* ---- arrays by slot ---- */

static uint32_t larger_room(uint32_t slot)
{
    return slot < 32 ? 64 : slot < UINT32_MAX / 2 ? slot * 2 : UINT32_MAX;
}

static bool room_for_block(struct trace_select *select, uint32_t slot)
{
    if (slot < select->block_room) {
        return true;
    }
    const uint32_t room = larger_room(slot);
    struct block *larger = realloc(select->blocks, room * sizeof *larger);
    if (!larger) {
        return false;
    }
    memset(larger + select->block_room, 0, (room - select->block_room) * sizeof *larger);
    select->blocks = larger;
    select->block_room = room;
    return true;
}

static bool room_for_slot(struct trace_select *select, uint32_t slot)
{
    if (slot < select->slot_room) {
        return true;
    }
    const uint32_t room = larger_room(slot);
    uint32_t *larger = realloc(select->slots, room * sizeof *larger);
    if (!larger) {
        return false;
    }
    memset(larger + select->slot_room, 0xFF, (room - select->slot_room) * sizeof *larger);
    select->slots = larger;
    select->slot_room = room;
    return true;
}

static bool give_back(struct trace_select *select, uint32_t slot)
{
    if (select->returned_count == select->returned_room) {
        const uint32_t room = select->returned_room ? select->returned_room * 2 : 64;
        uint32_t *larger = realloc(select->returned, room * sizeof *larger);
        if (!larger) {
            return false;
        }
        select->returned = larger;
        select->returned_room = room;
    }
    select->returned[select->returned_count++] = slot;
    return true;
}

/* ---- before the range ---- */

/* The books of an event before the range. False without memory. */
static bool track(struct trace_select *select, const struct trace_event *event)
{
    if (event->slot == TRACE_NO_SLOT) {
        return true;
    }
    if (!room_for_block(select, event->slot)) {
        return false;
    }
    struct block *block = &select->blocks[event->slot];
    if (event->fresh) {
        *block = (struct block){event->id, event->size * event->count, event->align, select->number, event->site, event->thread, event->heap,
                                event->slot, false};
    } else if (event->retires) {
        block->id = 0;
    } else if (event->op == TRACE_REALLOC && !event->failed) {
        block->bytes = event->size;
        block->align = event->align > block->align ? event->align : block->align;
        block->zeroed = event->size == 0;
    }
    return true;
}

/* Whether this event is the mark of a bound; counts those of its name. */
static bool is_mark(struct trace_select *select, const struct trace_event *event, bool to)
{
    const struct trace_bound *bound = to ? &select->asked.to : &select->asked.from;
    size_t bytes;
    if (bound->kind != TRACE_BOUND_MARK || event->op != TRACE_MARK) {
        return false;
    }
    const char *name = trace_bound_mark(bound, &bytes);
    if (strlen(event->name) != bytes || memcmp(event->name, name, bytes) != 0) {
        return false;
    }
    select->marks[to]++;
    return bound->number ? select->marks[to] == bound->number : to || select->marks[to] == 1;
}

static void note_name(struct trace_select *select, const struct trace_event *event)
{
    char name[sizeof select->names[0]];
    if (event->op != TRACE_MARK || select->name_count > NAMES_KEPT) {
        return;
    }
    name[trace_name_text(name, sizeof name, 0, event->name, NAME_BYTES)] = '\0';
    for (uint32_t i = 0; i < select->name_count; i++) {
        if (strcmp(select->names[i], name) == 0) {
            return;
        }
    }
    if (select->name_count < NAMES_KEPT) {
        memcpy(select->names[select->name_count], name, sizeof name);
    }
    select->name_count++;
}

/* The next event of the whole trace, counted. As trace_reader_next. */
static int read_one(struct trace_reader *reader, struct trace_event *event)
{
    struct trace_select *select = reader->select;
    const int code = trace_reader_decode(reader, event);
    if (code > 0) {
        select->number++;
        select->last_t = event->t;
        note_name(select, event);
    }
    return code;
}

static bool begins(struct trace_select *select, const struct trace_event *event)
{
    const struct trace_bound *from = &select->asked.from;
    switch (from->kind) {
    case TRACE_BOUND_EVENT: return select->number >= from->number;
    case TRACE_BOUND_TIME: return event->t >= from->number;
    case TRACE_BOUND_MARK: return is_mark(select, event, false);
    default: return true;
    }
}

/* Whether the event lies behind the range. `first`: it is the range's first one, which an unnumbered mark cannot end. */
static bool ends(struct trace_select *select, const struct trace_event *event, bool first)
{
    const struct trace_bound *to = &select->asked.to;
    switch (to->kind) {
    case TRACE_BOUND_EVENT: return select->number > to->number;
    case TRACE_BOUND_TIME: return event->t > to->number;
    case TRACE_BOUND_MARK: return is_mark(select, event, true) && (!first || to->number);
    default: return false;
    }
}

static int by_birth(const void *a, const void *b)
{
    const struct block *x = a, *y = b;
    return x->born < y->born ? -1 : x->born > y->born;
}

/* The range begins: the blocks alive, in order of birth, and their slots. False without memory. */
static bool gather(struct trace_select *select)
{
    select->renumbers = select->renumbers || select->number > 1;
    for (uint32_t i = 0; i < select->block_room; i++) {
        const struct block *block = &select->blocks[i];
        if (block->id && (!select->told.has_heap || block->heap == select->told.heap)) {
            select->blocks[select->alive++] = *block;
        }
    }
    if (select->alive) {
        qsort(select->blocks, select->alive, sizeof *select->blocks, by_birth);
    }
    for (uint32_t i = 0; i < select->alive; i++) {
        if (!room_for_slot(select, select->blocks[i].slot)) {
            return false;
        }
        select->slots[select->blocks[i].slot] = i;
        select->told.alive_bytes += select->blocks[i].bytes;
    }
    select->told.alive_blocks = select->slot_count = select->alive;
    if (!select->alive) {
        free(select->blocks);
        select->blocks = NULL;
    }
    return true;
}

/* Reads as far as the range's first event and holds that. 1; 0: there is none, or the caller stopped; or the error. */
static int find_start(struct trace_reader *reader)
{
    struct trace_select *select = reader->select;
    int code;
    uint64_t to_marks = 0;
    while ((code = read_one(reader, &select->held)) > 0 && !begins(select, &select->held)) {
        to_marks += is_mark(select, &select->held, true) && select->asked.to.number; /* the numbered one lies before the range */
        if (!track(select, &select->held)) {
            return no_memory(reader);
        }
        if (select->number % TICK == 0 && !trace_reader_tick(reader)) {
            reader->ended = true;
            return 0;
        }
    }
    if (code < 0) {
        return code;
    }
    if (code == 0) {
        return select->asked.from.kind == TRACE_BOUND_NONE ? judge_end(reader) : refuse_from(reader);
    }
    const bool unnumbered = select->asked.from.kind == TRACE_BOUND_NONE; /* then the very first event may be --to's mark */
    if (to_marks || ends(select, &select->held, !unnumbered)) {
        return refuse_empty(reader);
    }
    select->told.first = select->told.last = select->number;
    if (!gather(select)) {
        return no_memory(reader);
    }
    select->state = select->alive ? ALIVE : HELD;
    return 1;
}

/* ---- handing out ---- */

/* The block's alloc; one that was reallocated to size 0 and is still named (zero_keeps) gets both calls, since what the allocator then
 * keeps of it is that call's doing. */
static void give_block(struct trace_select *select, struct trace_event *event)
{
    const struct block *block = &select->blocks[select->next];
    const bool second = select->state == ALIVE_ZEROED;
    *event = (struct trace_event){.id = block->id, .size = block->zeroed && !second ? 1 : block->bytes, .count = 1, .align = block->align,
                                  .t = select->held.t, .slot = select->next, .site = block->site, .thread = block->thread, .heap = block->heap,
                                  .op = second ? TRACE_REALLOC : TRACE_ALLOC, .fresh = !second};
    if (block->zeroed && !second) {
        select->state = ALIVE_ZEROED;
        return;
    }
    select->state = ++select->next < select->alive ? ALIVE : MARKING;
}

static void give_mark(struct trace_select *select, struct trace_event *event)
{
    snprintf(select->mark, sizeof select->mark, "from %" PRIu64, select->number);
    *event = (struct trace_event){.count = 1, .t = select->held.t, .name = select->mark, .slot = TRACE_NO_SLOT, .site = TRACE_NO_SITE,
                                  .op = TRACE_MARK};
    free(select->blocks);
    select->blocks = NULL;
    select->state = HELD;
}

/* Gives an event of the range its slot. 1; 0: it is another heap's; or the error. */
static int take(struct trace_reader *reader, struct trace_event *event)
{
    struct trace_select *select = reader->select;
    const bool other_heap = select->told.has_heap && event->heap != select->told.heap;
    const uint32_t theirs = event->slot;
    if (event->op == TRACE_MARK) {
        return 1;
    }
    if (theirs == TRACE_NO_SLOT) {
        return !other_heap;
    }
    if (!room_for_slot(select, theirs)) {
        return no_memory(reader);
    }
    if (event->fresh && other_heap) {
        select->slots[theirs] = TRACE_NO_SLOT;
    } else if (event->fresh && select->slots[theirs] == TRACE_NO_SLOT) {
        select->slots[theirs] = select->returned_count ? select->returned[--select->returned_count] : select->slot_count++;
    }
    event->slot = select->slots[theirs];
    if (event->slot == TRACE_NO_SLOT) {
        return 0;
    }
    event->heap = select->told.has_heap ? select->told.heap : event->heap;
    if (event->retires) {
        select->slots[theirs] = TRACE_NO_SLOT;
        return give_back(select, event->slot) ? 1 : no_memory(reader);
    }
    return 1;
}

/* Nothing behind the range is read, but for a header whose members may still come. */
static int stop(struct trace_reader *reader)
{
    reader->ended = true;
    if (!reader->header_complete && !reader->import) {
        read_rest(reader);
    }
    return 0;
}

static int next_within(struct trace_reader *reader, struct trace_event *event)
{
    struct trace_select *select = reader->select;
    const struct trace_bound *to = &select->asked.to;
    for (;;) {
        if (select->state == HELD) {
            *event = select->held;
            select->state = WITHIN;
        } else {
            if (to->kind == TRACE_BOUND_EVENT && select->number >= to->number) {
                return stop(reader);
            }
            const int code = read_one(reader, event);
            if (code <= 0) {
                return code < 0 ? code : judge_end(reader);
            }
            if (ends(select, event, false)) {
                return stop(reader);
            }
            select->told.last = select->number;
        }
        const int taken = select->renumbers ? take(reader, event) : 1;
        if (taken) {
            return taken;
        }
        if (++select->passed % TICK == 0 && !trace_reader_tick(reader)) {
            reader->ended = true;
            return 0;
        }
    }
}

int trace_select_next(struct trace_reader *reader, struct trace_event *event)
{
    struct trace_select *select = reader->select;
    int code = 1;
    if (select->state == BEFORE) {
        code = find_start(reader);
        if (code <= 0) {
            return code;
        }
    }
    switch (select->state) {
    case ALIVE:
    case ALIVE_ZEROED: give_block(select, event); break;
    case MARKING: give_mark(select, event); break;
    default: code = next_within(reader, event); break;
    }
    select->told.given += code > 0;
    return code;
}
