/* trace_hlt_block.c: many events of .hlt at once, two to five times as fast as one by one.
 *
 * What an event holds changes from one to the next in no order that a processor could foresee, and a wrong guess costs as much as the whole
 * event. So the usual forms are decoded without a branch that depends on which of them it is: alloc and calloc of the next id, free, and realloc
 * of a live id, with `t`, `site`, `thread` and `heap` or without. Everything else, and everything wrong, is left to trace_hlt_next, which also
 * says what is wrong: here is only told whether an event is usual and certainly legal. Limits that a whole run cannot reach are checked before it.
 *
 * An event is 1 + n varints: the tag with the flag byte reads as one, because the tag's top bit says that flags follow. So a table by the top
 * bits of eight bytes tells where all of them are.
 */
#include <string.h>

#include "trace_hlt.h"

#define VARINT_MAX ((uint64_t)1 << 21) /* what three bytes can say, plus one */
#define SHORT (1 << 14)                /* what two can say, plus one */
#define BYTE (1 << 7)                  /* what one can say, plus one */
#define TOP_BITS UINT64_C(0x8080808080808080)

/* Where slots are found that an event does not state. NOWHERE holds TRACE_NO_SLOT; STATED holds 0, to which what is stated is added. */
enum { NOWHERE, STATED, NEXT_NEW, LAST_GIVEN, LAST_RETIRED, UNUSED, PLACES };

#define NONE 8 /* no varint: an event has fewer */

/* What a tag byte says of an event. All zeros, of a tag that is not usual: it has no slot, which is never usual. */
struct shape {
    uint8_t op; /* the four in the order of struct trace_event, which are copied at once */
    bool failed, fresh, retires;
    uint8_t slot, size;   /* which varint they are; NONE: not there */
    uint8_t fields;       /* varints behind the flags that the tag alone calls for */
    uint8_t source;       /* where an unstated slot comes from */
    uint8_t new_slot;     /* 1: one more than ever before */
    uint8_t remembered;   /* where this slot is remembered */
    int8_t live;          /* how many more ids live after it */
    uint32_t size_needed; /* 1: a size of 0 is not usual */
};

_Static_assert(offsetof(struct trace_event, retires) == offsetof(struct trace_event, op) + 3 && offsetof(struct shape, retires) == 3,
               "op, failed, fresh and retires are copied at once");

#define BOTH(tag, ...) [tag] = __VA_ARGS__, [(tag) | TRACE_HLT_MORE] = __VA_ARGS__
#define GIVES(op)                                                                                                  \
    BOTH((op) | TRACE_HLT_SLOT_NEW, {op, false, true, false, NONE, 1, 1, NEXT_NEW, 1, LAST_GIVEN, 1, 0}),          \
    BOTH((op) | TRACE_HLT_SLOT_RECENT, {op, false, true, false, NONE, 1, 1, LAST_RETIRED, 0, LAST_GIVEN, 1, 0}),   \
    BOTH((op) | TRACE_HLT_SLOT_STATED, {op, false, true, false, 1, 2, 2, STATED, 0, LAST_GIVEN, 1, 0})

static const struct shape shapes[256] = {
    GIVES(TRACE_ALLOC),
    GIVES(TRACE_CALLOC),
    BOTH(TRACE_REALLOC | TRACE_HLT_SLOT_RECENT, {TRACE_REALLOC, false, false, false, NONE, 1, 1, LAST_GIVEN, 0, UNUSED, 0, 1}),
    BOTH(TRACE_REALLOC | TRACE_HLT_SLOT_STATED, {TRACE_REALLOC, false, false, false, 1, 2, 2, STATED, 0, UNUSED, 0, 1}),
    BOTH(TRACE_FREE | TRACE_HLT_SLOT_RECENT, {TRACE_FREE, false, false, true, NONE, NONE, 0, LAST_GIVEN, 0, LAST_RETIRED, -1, 0}),
    BOTH(TRACE_FREE | TRACE_HLT_SLOT_STATED, {TRACE_FREE, false, false, true, 1, NONE, 1, STATED, 0, LAST_RETIRED, -1, 0}),
};

/* Which varint a member is, behind those of the tag, by bits 2 to 5 of the flags; NONE: not there. `fields`: how many there are. */
struct members {
    uint8_t t, site, thread, heap, fields;
    bool no_t;
    uint32_t no_site; /* all bits if there is none */
};

#define HERE(mask, member) ((mask) >> (member) & 1)
#define BEFORE(mask, member)                                                                                                \
    (((member) > 0 && HERE(mask, 0)) + ((member) > 1 && HERE(mask, 1)) + ((member) > 2 && HERE(mask, 2)) + ((member) > 3 && HERE(mask, 3)))
#define FIELD(mask, member) (HERE(mask, member) ? BEFORE(mask, member) + 1 : NONE)
#define OF(mask) {FIELD(mask, 0), FIELD(mask, 1), FIELD(mask, 2), FIELD(mask, 3), BEFORE(mask, 4), !HERE(mask, 0), HERE(mask, 1) ? 0 : ~0u}

static const struct members members_of[16] = {OF(0), OF(1), OF(2),  OF(3),  OF(4),  OF(5),  OF(6),  OF(7),
                                              OF(8), OF(9), OF(10), OF(11), OF(12), OF(13), OF(14), OF(15)};

void trace_hlt_tabulate_varints(struct trace_hlt_varints varints[256])
{
    for (unsigned top_bits = 0; top_bits < 256; top_bits++) {
        struct trace_hlt_varints *entry = &varints[top_bits];
        uint32_t start = 0, nth = 0;
        memset(entry, 0, sizeof *entry);
        for (uint32_t end = 1; end <= 8 && end - start <= 3; end++) {
            if (top_bits >> (end - 1) & 1) {
                continue;
            }
            if (nth < NONE - 1) {
                entry->fields[nth] = start * 8 | (UINT32_C(0x7F7F7F) >> 8 * (3 - (end - start))) << 8;
            }
            entry->ends[nth++] = (uint8_t)end;
            start = end;
        }
    }
}

/* Eight bytes, the first the least. */
static inline uint64_t load(const uint8_t *at)
{
    return (uint64_t)at[0] | (uint64_t)at[1] << 8 | (uint64_t)at[2] << 16 | (uint64_t)at[3] << 24 | (uint64_t)at[4] << 32 |
           (uint64_t)at[5] << 40 | (uint64_t)at[6] << 48 | (uint64_t)at[7] << 56;
}

/* The varint of these bytes that the field tells, at most three bytes of it; 0 for none. */
static inline uint32_t take(uint64_t bytes, uint32_t field)
{
    const uint32_t raw = (uint32_t)(bytes >> (field & 63)) & field >> 8;
    return raw - (raw >> 8 << 7) - (raw >> 16 << 14);
}

/* The same for numbers under SHORT; longer ones become some number above that. */
static inline uint32_t take_short(uint64_t bytes, uint32_t field)
{
    const uint32_t raw = (uint32_t)(bytes >> (field & 63)) & field >> 8;
    return raw - (raw >> 8 << 7);
}

/* The same for numbers of one byte. */
static inline uint32_t take_byte(uint64_t bytes, uint32_t field)
{
    return (uint32_t)(bytes >> (field & 63)) & field >> 8;
}

/* What a run of usual events changes. */
struct run {
    const uint8_t *at;
    uint64_t next_id, t;
    uint64_t step; /* how much later an event is that does not tell its time: 1 until one has told it, 0 from then on */
    int64_t live;
    uint32_t places[PLACES];
};

/* The largest that members may be, by the header's lists and by what is taken of them here. */
struct limits {
    int64_t site, thread, heap;
    bool many;        /* threads or heaps to choose from */
    uint32_t unusual; /* flags that are not expected */
};

static int64_t last_of(uint32_t count, uint32_t most)
{
    return (int64_t)(count < most ? count : most) - (count != 0);
}

static struct limits limits_of(const struct trace_meaning *meaning)
{
    const bool many = meaning->thread_count > 1 || meaning->heap_count > 1;
    const uint32_t usual = TRACE_HLT_T | (meaning->site_count ? TRACE_HLT_SITE : 0) | (many ? TRACE_HLT_THREAD | TRACE_HLT_HEAP : 0);
    return (struct limits){last_of(meaning->site_count, SHORT), last_of(meaning->thread_count, BYTE), last_of(meaning->heap_count, BYTE), many, ~usual};
}

/* The members behind the size, `fields` being the varints from the last one before them. Negative: one is unusual or not in its list. */
static inline int64_t take_members(const struct limits *limits, uint32_t more, uint64_t bytes, const uint32_t *fields, struct trace_event *event)
{
    const struct members *members = &members_of[more / TRACE_HLT_T & 15];
    const uint32_t site = take_short(bytes, fields[members->site]);
    int64_t unusual = (limits->site - site) | -(int64_t)(more & limits->unusual);
    event->site = site | members->no_site;
    if (limits->many) {
        event->thread = take_byte(bytes, fields[members->thread]);
        event->heap = take_byte(bytes, fields[members->heap]);
        unusual |= (limits->thread - event->thread) | (limits->heap - event->heap);
    }
    return unusual;
}

static inline void clear_event(struct trace_event *event)
{
    event->count = 1;
    event->align = 0;
    event->wait = 0;
    event->name = NULL;
    event->site = TRACE_NO_SITE;
    event->thread = 0;
    event->heap = 0;
}

/* As many usual events as there are, at most `most`. Bytes behind the block's end must make no event that ends. */
static size_t decode_run(const struct trace_reader *reader, struct run *state, struct trace_event *const events, size_t most)
{
    const struct limits limits = limits_of(&reader->meaning);
    const uint32_t slot_limit = reader->hlt->decoder.slot_count;
    const struct trace_event *const last = events + most;
    const struct trace_hlt_varints *const all_varints = reader->hlt->varints;
    uint64_t *const ids = reader->hlt->ids;
    struct run run = *state;
    struct trace_event *event = events;
    for (; event < last; event++) {
        const uint64_t bytes = load(run.at);
        const struct shape *shape = &shapes[bytes & 0xFF];
        const struct trace_hlt_varints *varints = &all_varints[((bytes & TOP_BITS) * UINT64_C(0x0002040810204081)) >> 56];
        const uint32_t *fields = varints->fields;
        const uint8_t *end = varints->ends + shape->fields;
        const uint32_t slot = take(bytes, fields[shape->slot]) | run.places[shape->source], slots = run.places[NEXT_NEW] + shape->new_slot;
        const uint32_t size = take(bytes, fields[shape->size]);
        fields += shape->fields;
        uint64_t t = run.t, step = run.step;
        clear_event(event);
        int64_t unusual = ((int64_t)(slots < slot_limit ? slots : slot_limit) - 1 - slot) | ((int64_t)size - shape->size_needed);
        if (bytes & TRACE_HLT_MORE) {
            const uint32_t more = bytes >> 8 & 0xFF;
            const struct members *members = &members_of[more / TRACE_HLT_T & 15];
            unusual |= take_members(&limits, more, bytes, fields, event);
            step &= members->no_t;
            t += take(bytes, fields[members->t]);
            end += members->fields;
        }
        const uint8_t length = *end;
        unusual |= (int64_t)length - 1;
        if (unusual < 0) {
            break;
        }
        const uint64_t old_id = ids[slot], id = shape->fresh ? run.next_id : old_id;
        if ((old_id == 0) != shape->fresh) {
            break;
        }
        ids[slot] = shape->retires ? 0 : id;
        event->id = id;
        event->t = t += step;
        event->size = size;
        event->slot = slot;
        memcpy((char *)event + offsetof(struct trace_event, op), shape, 4);
        run.next_id += shape->fresh;
        run.live += shape->live;
        run.places[NEXT_NEW] = slots;
        run.places[shape->remembered] = slot;
        run.t = t;
        run.step = step;
        run.at += length;
    }
    *state = run;
    return (size_t)(event - events);
}

/* How many events may come before a limit could be met: those of the block, or none where a table must be asked for every one. */
static size_t run_length(struct trace_reader *reader, size_t room)
{
    const struct trace_hlt_reader *hlt = reader->hlt;
    const struct trace_hlt_context *context = &hlt->decoder.context;
    const struct trace_limits *limits = &reader->meaning.limits;
    size_t most = (size_t)(hlt->decoder.end - hlt->decoder.at);
    most = hlt->decoder.left < most ? hlt->decoder.left : most;
    most = room < most ? room : most;
    const bool rising = context->index > 0 && !hlt->tabulated && context->next_id > hlt->top_id && context->t >= reader->meaning.last_t;
    const bool far = context->next_id <= TRACE_ID_MAX - most && hlt->live + most <= limits->live_ids && context->index + most <= limits->events &&
                     context->slots < UINT32_MAX - 1 - most && context->t <= TRACE_ID_MAX - most * VARINT_MAX;
    return hlt->decoder.kind == TRACE_HLT_EVENTS && rising && far ? most : 0;
}

/* The usual events that come next, at most `room`. Negative: an error. */
static int next_run(struct trace_reader *reader, struct trace_event *events, size_t room)
{
    struct trace_hlt_reader *hlt = reader->hlt;
    struct trace_hlt_context *context = &hlt->decoder.context;
    const size_t most = run_length(reader, room);
    if (most == 0) {
        return 0;
    }
    if (!trace_hlt_room_for(hlt, context->slots + (uint32_t)most)) {
        return trace_hlt_fail_memory(reader);
    }
    memset(hlt->buffer + hlt->decoder.payload_bytes, 0xFF, TRACE_HLT_PAD);
    struct run run = {.at = hlt->decoder.at, .next_id = context->next_id, .t = context->t, .step = !context->timed, .live = (int64_t)hlt->live,
                      .places = {TRACE_NO_SLOT, 0, context->slots, context->last_given, context->last_retired}};
    const size_t count = decode_run(reader, &run, events, most);
    if (count == 0) {
        return 0;
    }
    if (!trace_ids_note_run(&reader->meaning.ids, context->next_id, run.next_id)) {
        return trace_hlt_fail_memory(reader);
    }
    hlt->top_id = run.next_id > context->next_id ? run.next_id - 1 : hlt->top_id;
    hlt->live = (uint64_t)run.live;
    hlt->decoder.at = run.at;
    hlt->decoder.left -= (uint32_t)count;
    context->next_id = run.next_id;
    context->slots = run.places[NEXT_NEW];
    context->last_given = run.places[LAST_GIVEN];
    context->last_retired = run.places[LAST_RETIRED];
    context->index += count;
    context->t = reader->meaning.last_t = run.t;
    context->timed = !run.step;
    reader->meaning.index += count;
    reader->meaning.timed = true;
    return (int)count;
}

int trace_hlt_next_block(struct trace_reader *reader, struct trace_event *events, size_t room)
{
    const struct trace_hlt_decoder *decoder = &reader->hlt->decoder;
    size_t count = 0;
    room = room < TRACE_HLT_BLOCK_MAX ? room : TRACE_HLT_BLOCK_MAX;
    do {
        int got = next_run(reader, events + count, room - count);
        if (got == 0) {
            got = trace_hlt_next(reader, events + count);
        }
        if (got <= 0) {
            return count ? (int)count : got;
        }
        count += (size_t)got;
    } while (count < room && decoder->left > 0);
    return (int)count;
}
