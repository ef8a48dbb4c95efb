/* trace_hlt_decode.c: the freestanding decoder of trace_hlt_decode.h. Compiled unchanged into the host's reader and into firmware. */
#include "trace_hlt_decode.h"

#include <string.h>

uint32_t trace_hlt_crc(uint32_t crc, const void *data, uint32_t bytes)
{
    /* Four bits at a time: 64 bytes of table serve a small board. */
    static const uint32_t table[16] = {0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
                                       0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C, 0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};
    const uint8_t *byte = data;
    crc = ~crc;
    for (; bytes; bytes--, byte++) {
        crc = table[(crc ^ *byte) & 15] ^ crc >> 4;
        crc = table[(crc ^ (uint32_t)(*byte >> 4)) & 15] ^ crc >> 4;
    }
    return ~crc;
}

static uint32_t get16(const uint8_t *at) { return (uint32_t)at[0] | (uint32_t)at[1] << 8; }
static uint32_t get32(const uint8_t *at) { return get16(at) | get16(at + 2) << 16; }
static uint64_t get64(const uint8_t *at) { return (uint64_t)get32(at) | (uint64_t)get32(at + 4) << 32; }

static int fail(struct trace_hlt_decoder *decoder, int code, const char *why)
{
    decoder->why = why;
    return code;
}

static int damaged(struct trace_hlt_decoder *decoder, const char *why)
{
    return fail(decoder, TRACE_E_CHECKSUM, why);
}

/* Exactly `bytes` bytes. */
static int read_bytes(struct trace_hlt_decoder *decoder, void *into, uint32_t bytes)
{
    int32_t got = decoder->read(decoder->ctx, into, bytes);
    if (got < 0) {
        return fail(decoder, (int)got, "the bytes cannot be read");
    }
    decoder->offset += (uint32_t)got;
    return (uint32_t)got == bytes ? 0 : fail(decoder, TRACE_E_TRUNCATED, "the end of the file");
}

int trace_hlt_decode_begin(struct trace_hlt_decoder *decoder, trace_hlt_read_fn read, void *ctx, void *buffer, uint32_t buffer_bytes)
{
    uint8_t bytes[TRACE_HLT_FILE_HEADER];
    memset(decoder, 0, sizeof *decoder);
    decoder->read = read;
    decoder->ctx = ctx;
    decoder->crc = trace_hlt_crc;
    decoder->buffer = buffer;
    decoder->buffer_bytes = buffer_bytes;
    decoder->block_number = TRACE_HLT_UNKNOWN32;
    int code = read_bytes(decoder, bytes, sizeof bytes);
    if (code) {
        return code;
    }
    if (memcmp(bytes, TRACE_HLT_MAGIC, 8) != 0) {
        return fail(decoder, TRACE_E_FORMAT, "no .hlt magic");
    }
    if (get32(bytes + 28) != trace_hlt_crc(0, bytes, 28)) {
        return damaged(decoder, "the file header's checksum does not match");
    }
    if (get16(bytes + 8) != TRACE_HLT_VERSION) {
        return fail(decoder, TRACE_E_VERSION, "another version of .hlt");
    }
    decoder->word_bits = get16(bytes + 10);
    decoder->slot_count = get32(bytes + 12);
    decoder->event_count = get64(bytes + 16);
    decoder->block_bytes = get32(bytes + 24);
    decoder->context.next_id = 1;
    return 0;
}

/* A variable-length integer: seven bits a byte, the least first. */
static bool varint(struct trace_hlt_decoder *decoder, uint64_t *value)
{
    uint64_t sum = 0;
    for (uint32_t shift = 0; shift < 64 && decoder->at < decoder->end; shift += 7) {
        uint64_t bits = *decoder->at & 0x7Fu;
        if (shift == 63 && bits > 1) {
            return false;
        }
        sum |= bits << shift;
        if (*decoder->at++ < 0x80) {
            *value = sum;
            return true;
        }
    }
    return false;
}

static bool varint32(struct trace_hlt_decoder *decoder, uint32_t *value)
{
    uint64_t wide;
    if (!varint(decoder, &wide) || wide >= UINT32_MAX) {
        return false;
    }
    *value = (uint32_t)wide;
    return true;
}

/* A signed one: 0, -1, 1, -2, … as 0, 1, 2, 3, … */
static bool zigzag(struct trace_hlt_decoder *decoder, uint64_t *value)
{
    uint64_t bits;
    if (!varint(decoder, &bits)) {
        return false;
    }
    *value = bits >> 1 ^ (UINT64_C(0) - (bits & 1));
    return true;
}

/* An events block opens with its context, which must be where the events before it have led. */
static bool begin_events(struct trace_hlt_decoder *decoder)
{
    struct trace_hlt_context *context = &decoder->context;
    uint64_t index, next_id, time, slots;
    if (!varint(decoder, &index) || !varint(decoder, &next_id) || !varint(decoder, &time) || !varint(decoder, &slots)) {
        return false;
    }
    context->last_given = context->last_retired = TRACE_NO_SLOT;
    return index == context->index && next_id == context->next_id && time == (context->timed ? context->t + 1 : 0) && slots == context->slots;
}

static int begin_block(struct trace_hlt_decoder *decoder)
{
    decoder->at = decoder->buffer;
    decoder->end = decoder->buffer + decoder->payload_bytes;
    switch (decoder->kind) {
    case TRACE_HLT_HEADER: break;
    case TRACE_HLT_EVENTS:
        if (!begin_events(decoder)) {
            return damaged(decoder, "it does not continue the block before");
        }
        break;
    case TRACE_HLT_END:
        if (decoder->payload_bytes != 12) {
            return damaged(decoder, "the end block has another size");
        }
        if (get64(decoder->at) != decoder->context.index || get32(decoder->at + 8) != decoder->context.slots) {
            return damaged(decoder, "the end block counts other events");
        }
        break;
    default: return damaged(decoder, "a block of unknown kind");
    }
    return (int)decoder->kind;
}

int trace_hlt_decode_block(struct trace_hlt_decoder *decoder)
{
    uint8_t header[TRACE_HLT_BLOCK_HEADER], one;
    decoder->left = 0;
    if (decoder->kind == TRACE_HLT_END) {
        int32_t got = decoder->read(decoder->ctx, &one, 1);
        if (got < 0) {
            return fail(decoder, (int)got, "the bytes cannot be read");
        }
        return got ? fail(decoder, TRACE_E_TRAILING, "bytes behind the end block") : 0;
    }
    decoder->kind = 0; /* not known before the checksum matches */
    decoder->block_offset = decoder->offset;
    decoder->block_number++;
    int code = read_bytes(decoder, header, sizeof header);
    if (code) {
        return code;
    }
    decoder->payload_bytes = get16(header + 6);
    if (decoder->payload_bytes > TRACE_HLT_BLOCK_MAX) {
        return damaged(decoder, "its size is impossible");
    }
    if (decoder->payload_bytes > decoder->buffer_bytes) {
        return fail(decoder, TRACE_E_CAP, "the buffer is smaller than the block");
    }
    code = read_bytes(decoder, decoder->buffer, decoder->payload_bytes);
    if (code) {
        return code;
    }
    if (get32(header + 12) != decoder->crc(decoder->crc(0, header, 12), decoder->buffer, decoder->payload_bytes)) {
        return damaged(decoder, "its checksum does not match");
    }
    if (get32(header) != decoder->block_number) {
        return damaged(decoder, "it bears another number");
    }
    decoder->kind = get16(header + 4);
    decoder->left = get32(header + 8);
    return begin_block(decoder);
}

/* The slot that the first byte tells, after the id. */
static bool decode_slot(struct trace_hlt_decoder *decoder, uint32_t tag, bool begins, struct trace_event *event)
{
    struct trace_hlt_context *context = &decoder->context;
    switch (tag & TRACE_HLT_SLOT) {
    case TRACE_HLT_SLOT_NONE: return true;
    case TRACE_HLT_SLOT_NEW:
        event->slot = context->slots;
        if (!begins || context->slots >= UINT32_MAX - 1) {
            return false;
        }
        context->slots++;
        break;
    case TRACE_HLT_SLOT_RECENT: event->slot = begins ? context->last_retired : context->last_given; break;
    default:
        if (!varint32(decoder, &event->slot)) {
            return false;
        }
    }
    event->fresh = begins;
    return event->slot < context->slots && (decoder->slot_count == TRACE_HLT_UNKNOWN32 || event->slot < decoder->slot_count);
}

static bool decode_name(struct trace_hlt_decoder *decoder, struct trace_event *event)
{
    uint64_t bytes;
    if (!varint(decoder, &bytes) || bytes >= (uint64_t)(decoder->end - decoder->at)) {
        return false;
    }
    event->name = (const char *)decoder->at;
    decoder->at += bytes;
    return *decoder->at++ == 0 && !memchr(event->name, 0, (size_t)bytes);
}

/* The members that the second byte names. */
static bool decode_more(struct trace_hlt_decoder *decoder, uint32_t more, struct trace_event *event)
{
    uint64_t value;
    if ((more & TRACE_HLT_COUNT) && !varint(decoder, &event->count)) {
        return false;
    }
    if (more & TRACE_HLT_ALIGN) {
        if (decoder->at == decoder->end || *decoder->at > 63) {
            return false;
        }
        event->align = UINT64_C(1) << *decoder->at++;
    }
    if (more & TRACE_HLT_T) {
        if (!varint(decoder, &value) || value > UINT64_MAX - decoder->context.t) {
            return false;
        }
        event->t = decoder->context.t + value;
        decoder->context.timed = true;
    }
    if ((more & TRACE_HLT_SITE) && !varint32(decoder, &event->site)) {
        return false;
    }
    if ((more & TRACE_HLT_THREAD) && !varint32(decoder, &event->thread)) {
        return false;
    }
    if ((more & TRACE_HLT_HEAP) && !varint32(decoder, &event->heap)) {
        return false;
    }
    if (more & TRACE_HLT_WAIT) {
        if (!zigzag(decoder, &value)) {
            return false;
        }
        event->wait = (int64_t)value;
    }
    return true;
}

/* A short integer at *at, two bytes at most; the caller knows that they are there. False: longer. */
static inline bool short_varint(const uint8_t **at, uint32_t *value)
{
    const uint32_t low = (*at)[0];
    if (low < 0x80) {
        *value = low;
        *at += 1;
        return true;
    }
    const uint32_t high = (*at)[1];
    *value = (low & 0x7Fu) | high << 7;
    *at += 2;
    return high < 0x80;
}

#define PLAIN_BYTES 8u /* no plain event is longer */

/* What most events are: alloc of the next id, or free, with short numbers and nothing else. False: something else, nothing consumed. */
static inline bool decode_plain(struct trace_hlt_decoder *decoder, struct trace_event *event)
{
    static const struct trace_event blank = {.count = 1, .slot = TRACE_NO_SLOT, .site = TRACE_NO_SITE};
    struct trace_hlt_context *context = &decoder->context;
    const uint8_t *at = decoder->at;
    if ((size_t)(decoder->end - at) < PLAIN_BYTES) {
        return false;
    }
    const uint32_t tag = *at++, op = tag & ~TRACE_HLT_SLOT;
    uint32_t slot = context->slots, size = 0;
    if (op != TRACE_ALLOC && op != TRACE_FREE) {
        return false;
    }
    const bool fresh = op == TRACE_ALLOC, is_new = (tag & TRACE_HLT_SLOT) == TRACE_HLT_SLOT_NEW;
    if ((tag & TRACE_HLT_SLOT) == TRACE_HLT_SLOT_RECENT) {
        slot = fresh ? context->last_retired : context->last_given;
    } else if ((tag & TRACE_HLT_SLOT) == TRACE_HLT_SLOT_NONE || (!is_new && !short_varint(&at, &slot))) {
        return false;
    }
    if ((is_new ? !fresh || slot >= UINT32_MAX - 1 : slot >= context->slots) || (fresh && !short_varint(&at, &size)) || slot >= decoder->slot_count) {
        return false;
    }
    *event = blank;
    event->op = (uint8_t)op;
    event->slot = slot;
    event->fresh = fresh;
    event->size = size;
    event->id = fresh ? context->next_id : 0;
    event->t = context->timed ? context->t : context->index;
    context->next_id += fresh;
    context->slots += is_new;
    decoder->at = at;
    return true;
}

/* The whole event, told against the context. */
static bool decode(struct trace_hlt_decoder *decoder, struct trace_event *event)
{
    struct trace_hlt_context *context = &decoder->context;
    uint64_t delta = 0;
    if (decoder->at == decoder->end) {
        return false;
    }
    uint32_t tag = *decoder->at++, more = 0;
    memset(event, 0, sizeof *event);
    event->op = (uint8_t)(tag & TRACE_HLT_OP);
    event->count = 1;
    event->slot = TRACE_NO_SLOT;
    event->site = TRACE_NO_SITE;
    event->t = context->timed ? context->t : context->index;
    if (event->op > TRACE_MARK || (tag & TRACE_HLT_RESERVED)) {
        return false;
    }
    if (tag & TRACE_HLT_MORE) {
        if (decoder->at == decoder->end) {
            return false;
        }
        more = *decoder->at++;
    }
    event->failed = (more & TRACE_HLT_FAILED) != 0;
    bool names_id = event->op <= TRACE_CALLOC || (event->op == TRACE_REALLOC && (tag & TRACE_HLT_ID));
    if ((tag & TRACE_HLT_ID) && !zigzag(decoder, &delta)) {
        return false;
    }
    if (names_id) {
        event->id = context->next_id + delta;
    }
    if (!decode_slot(decoder, tag, names_id, event)) {
        return false;
    }
    if (event->op <= TRACE_REALLOC && !varint(decoder, &event->size)) {
        return false;
    }
    if (event->op == TRACE_MARK && !decode_name(decoder, event)) {
        return false;
    }
    if (!decode_more(decoder, more, event)) {
        return false;
    }
    if (names_id) {
        context->next_id = event->id + 1;
    }
    return true;
}

int trace_hlt_decode_event(struct trace_hlt_decoder *decoder, struct trace_event *event)
{
    struct trace_hlt_context *context = &decoder->context;
    if (!decoder->left) {
        return decoder->at == decoder->end || decoder->kind != TRACE_HLT_EVENTS ? 0 : damaged(decoder, "bytes behind its last event");
    }
    if (!decode_plain(decoder, event) && !decode(decoder, event)) {
        return damaged(decoder, "an event in it makes no sense");
    }
    bool live = event->slot != TRACE_NO_SLOT && !event->fresh;
    event->retires = live && (event->op == TRACE_FREE || (event->op == TRACE_REALLOC && event->size == 0 && !event->failed));
    if (event->fresh) {
        context->last_given = event->slot;
    }
    if (event->retires) {
        context->last_retired = event->slot;
    }
    context->t = event->t;
    context->index++;
    decoder->left--;
    return 1;
}

int trace_hlt_decode_next(struct trace_hlt_decoder *decoder, struct trace_event *event)
{
    for (;;) {
        int code = decoder->kind == TRACE_HLT_EVENTS ? trace_hlt_decode_event(decoder, event) : 0;
        if (code) {
            return code;
        }
        code = trace_hlt_decode_block(decoder);
        if (code <= 0) {
            return code;
        }
    }
}
