/* trace_hlt_write.c: the encoder of .hlt. It keeps the same context as the decoder, so that what follows from it is left out. */
#include "trace_hlt_write.h"

#include <string.h>

static uint8_t *put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
    return at + 2;
}

static uint8_t *put32(uint8_t *at, uint32_t value) { return put16(put16(at, value), value >> 16); }
static uint8_t *put64(uint8_t *at, uint64_t value) { return put32(put32(at, (uint32_t)value), (uint32_t)(value >> 32)); }

static uint8_t *put_varint(uint8_t *at, uint64_t value)
{
    for (; value >= 0x80; value >>= 7) {
        *at++ = (uint8_t)(value | 0x80);
    }
    *at++ = (uint8_t)value;
    return at;
}

static uint8_t *put_zigzag(uint8_t *at, uint64_t value)
{
    return put_varint(at, value << 1 ^ (UINT64_C(0) - (value >> 63)));
}

static void write_file_header(struct trace_hlt_writer *writer, uint8_t bytes[TRACE_HLT_FILE_HEADER], uint32_t slots, uint64_t events, uint32_t block)
{
    memcpy(bytes, TRACE_HLT_MAGIC, 8);
    uint8_t *at = put16(put16(bytes + 8, TRACE_HLT_VERSION), writer->word_bits);
    at = put32(put64(put32(at, slots), events), block);
    put32(at, trace_hlt_crc(0, bytes, 28));
}

static void write_block(struct trace_hlt_writer *writer, enum trace_hlt_kind kind, uint32_t events, const void *payload, uint32_t bytes)
{
    uint8_t header[TRACE_HLT_BLOCK_HEADER];
    uint8_t *at = put16(put16(put32(header, writer->block_number++), kind), bytes);
    at = put32(at, events);
    put32(at, trace_hlt_crc(trace_hlt_crc(0, header, 12), payload, bytes));
    trace_output_put(writer->output, header, sizeof header);
    trace_output_put(writer->output, payload, bytes);
    if (bytes > writer->largest_payload) {
        writer->largest_payload = bytes;
    }
}

void trace_hlt_write_begin(struct trace_hlt_writer *writer, struct trace_output *output, uint32_t word_bits, const char *text, size_t bytes)
{
    uint8_t header[TRACE_HLT_FILE_HEADER];
    memset(writer, 0, sizeof *writer);
    writer->output = output;
    writer->word_bits = word_bits <= UINT16_MAX ? word_bits : 0;
    writer->context.next_id = 1;
    write_file_header(writer, header, TRACE_HLT_UNKNOWN32, TRACE_HLT_UNKNOWN64, TRACE_HLT_UNKNOWN32);
    trace_output_put(output, header, sizeof header);
    while (bytes) {
        size_t part = bytes < TRACE_HLT_BLOCK_TARGET ? bytes : TRACE_HLT_BLOCK_TARGET;
        write_block(writer, TRACE_HLT_HEADER, 0, text, (uint32_t)part);
        text += part;
        bytes -= part;
    }
}

static void begin_payload(struct trace_hlt_writer *writer)
{
    struct trace_hlt_context *context = &writer->context;
    uint8_t *at = put_varint(put_varint(writer->payload, context->index), context->next_id);
    at = put_varint(put_varint(at, context->timed ? context->t + 1 : 0), context->slots);
    writer->payload_used = (uint32_t)(at - writer->payload);
    context->last_given = context->last_retired = TRACE_NO_SLOT;
}

static void end_payload(struct trace_hlt_writer *writer)
{
    if (writer->events_in_block) {
        write_block(writer, TRACE_HLT_EVENTS, writer->events_in_block, writer->payload, writer->payload_used);
    }
    writer->events_in_block = 0;
}

/* The second byte: which members are not at their default. */
static uint32_t more_of(const struct trace_hlt_context *context, const struct trace_event *event)
{
    uint64_t expected_t = context->timed ? context->t : context->index;
    return (event->count != 1 ? TRACE_HLT_COUNT : 0) | (event->align ? TRACE_HLT_ALIGN : 0) | (event->t != expected_t ? TRACE_HLT_T : 0) |
           (event->site != TRACE_NO_SITE ? TRACE_HLT_SITE : 0) | (event->thread ? TRACE_HLT_THREAD : 0) | (event->heap ? TRACE_HLT_HEAP : 0) |
           (event->wait ? TRACE_HLT_WAIT : 0) | (event->failed ? TRACE_HLT_FAILED : 0);
}

static uint32_t slot_mode(const struct trace_hlt_context *context, const struct trace_event *event)
{
    if (event->slot == TRACE_NO_SLOT) {
        return TRACE_HLT_SLOT_NONE;
    }
    if (event->fresh && event->slot == context->slots) {
        return TRACE_HLT_SLOT_NEW;
    }
    return event->slot == (event->fresh ? context->last_retired : context->last_given) ? TRACE_HLT_SLOT_RECENT : TRACE_HLT_SLOT_STATED;
}

static uint8_t *encode_more(uint8_t *at, uint32_t more, const struct trace_hlt_context *context, const struct trace_event *event)
{
    if (more & TRACE_HLT_COUNT) {
        at = put_varint(at, event->count);
    }
    if (more & TRACE_HLT_ALIGN) {
        uint8_t power = 0;
        while (event->align >> power != 1) {
            power++;
        }
        *at++ = power;
    }
    if (more & TRACE_HLT_T) {
        at = put_varint(at, event->t - context->t);
    }
    if (more & TRACE_HLT_SITE) {
        at = put_varint(at, event->site);
    }
    if (more & TRACE_HLT_THREAD) {
        at = put_varint(at, event->thread);
    }
    if (more & TRACE_HLT_HEAP) {
        at = put_varint(at, event->heap);
    }
    if (more & TRACE_HLT_WAIT) {
        at = put_zigzag(at, (uint64_t)event->wait);
    }
    return at;
}

/* An event that gives an id: alloc, calloc, and a realloc that does not go on with a live id's block. */
static bool names_id(const struct trace_event *event)
{
    return event->op <= TRACE_CALLOC || (event->op == TRACE_REALLOC && (event->fresh || event->slot == TRACE_NO_SLOT));
}

static uint8_t *encode(uint8_t *at, const struct trace_hlt_context *context, const struct trace_event *event)
{
    uint32_t more = more_of(context, event), mode = slot_mode(context, event);
    bool states_id = names_id(event) && (event->op == TRACE_REALLOC || event->id != context->next_id);
    *at++ = (uint8_t)(event->op | (states_id ? TRACE_HLT_ID : 0) | mode | (more ? TRACE_HLT_MORE : 0));
    if (more) {
        *at++ = (uint8_t)more;
    }
    if (states_id) {
        at = put_zigzag(at, event->id - context->next_id);
    }
    if (mode == TRACE_HLT_SLOT_STATED) {
        at = put_varint(at, event->slot);
    }
    if (event->op <= TRACE_REALLOC) {
        at = put_varint(at, event->size);
    }
    if (event->op == TRACE_MARK) {
        size_t bytes = strlen(event->name);
        at = put_varint(at, bytes);
        memcpy(at, event->name, bytes + 1);
        at += bytes + 1;
    }
    return encode_more(at, more, context, event);
}

static void step(struct trace_hlt_context *context, const struct trace_event *event)
{
    if (event->t != (context->timed ? context->t : context->index)) {
        context->timed = true;
    }
    if (names_id(event)) {
        context->next_id = event->id + 1;
    }
    if (event->fresh && event->slot == context->slots) {
        context->slots++;
    }
    if (event->fresh) {
        context->last_given = event->slot;
    }
    if (event->retires) {
        context->last_retired = event->slot;
    }
    context->t = event->t;
    context->index++;
}

void trace_hlt_write_event(struct trace_hlt_writer *writer, const struct trace_event *event)
{
    uint8_t bytes[4096 + 128];
    if (!writer->events_in_block) {
        begin_payload(writer);
    }
    size_t count = (size_t)(encode(bytes, &writer->context, event) - bytes);
    if (writer->events_in_block && writer->payload_used + count > TRACE_HLT_BLOCK_TARGET) {
        end_payload(writer);
        begin_payload(writer);
        count = (size_t)(encode(bytes, &writer->context, event) - bytes);
    }
    memcpy(writer->payload + writer->payload_used, bytes, count);
    writer->payload_used += (uint32_t)count;
    writer->events_in_block++;
    step(&writer->context, event);
}

void trace_hlt_write_end(struct trace_hlt_writer *writer)
{
    uint8_t counts[12], header[TRACE_HLT_FILE_HEADER];
    end_payload(writer);
    put32(put64(counts, writer->context.index), writer->context.slots);
    write_block(writer, TRACE_HLT_END, 0, counts, sizeof counts);
    if (!writer->output->seekable) {
        return;
    }
    write_file_header(writer, header, writer->context.slots, writer->context.index, writer->largest_payload);
    trace_output_patch(writer->output, 0, header, sizeof header);
}
