/* trace_hlt_read.c: .hlt under trace_reader: the decoder's events get their ids back from a table by slot, and go through the same rules
 * of meaning as those of JSON, so that a forged file with good checksums cannot bring a bad slot into a replay.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "trace_hlt.h"
#include "trace_hlt_decode.h"
#include "trace_report.h"

#define HEADER_TEXT_MAX ((size_t)256 * 1024 * 1024)

struct trace_hlt_reader {
    struct trace_hlt_decoder decoder;
    uint64_t *ids; /* by slot */
    uint32_t id_room;
    struct trace_header_reader header_reader; /* owns the header */
    uint8_t buffer[TRACE_HLT_BLOCK_MAX];
};

bool trace_hlt_detect(struct trace_bytes *bytes)
{
    while (bytes->end - bytes->cur < 8 && trace_bytes_more(bytes)) {}
    size_t count = (size_t)(bytes->end - bytes->cur);
    return count && memcmp(bytes->cur, TRACE_HLT_MAGIC, count < 8 ? count : 8) == 0;
}

static int32_t read_stream(void *ctx, void *into, uint32_t bytes)
{
    struct trace_bytes *stream = ctx;
    uint8_t *to = into;
    uint32_t got = 0;
    while (got < bytes && trace_bytes_peek(stream) >= 0) {
        size_t ready = (size_t)(stream->end - stream->cur), part = bytes - got < ready ? bytes - got : ready;
        memcpy(to + got, stream->cur, part);
        stream->cur += part;
        got += (uint32_t)part;
    }
    return got < bytes && stream->error ? stream->error : (int32_t)got;
}

/* zlib's table of kilobytes is three times as fast as the decoder's of 64 bytes. */
static uint32_t fast_crc(uint32_t crc, const void *data, uint32_t bytes)
{
    return (uint32_t)crc32(crc, data, bytes);
}

/* Ends the reader with what the decoder found, naming the block and its offset. */
static int fail(struct trace_reader *reader, int code)
{
    const struct trace_hlt_decoder *decoder = &reader->hlt->decoder;
    struct trace_error problem = {0};
    const char *why = decoder->why ? decoder->why : "";
    if (decoder->block_number == TRACE_HLT_UNKNOWN32) {
        trace_error_set(&problem, code, "", "the file header: %s", why);
    } else {
        trace_error_set(&problem, code, "", "block %" PRIu32 " at byte %" PRIu64 ": %s", decoder->block_number, decoder->block_offset, why);
    }
    problem.column = decoder->block_offset + 1;
    return trace_reader_fail(reader, &problem);
}

static int fail_memory(struct trace_reader *reader)
{
    struct trace_error problem = {.code = TRACE_E_MEMORY};
    return trace_reader_fail(reader, &problem);
}

/* The header's text, all of its blocks. NULL on an error, which is reported. */
static char *read_header_text(struct trace_reader *reader, size_t *bytes)
{
    struct trace_hlt_decoder *decoder = &reader->hlt->decoder;
    char *text = NULL;
    *bytes = 0;
    for (;;) {
        int kind = trace_hlt_decode_block(decoder);
        if (kind != TRACE_HLT_HEADER) {
            if (kind > 0 && *bytes) {
                return text;
            }
            if (kind > 0) {
                decoder->why = "the trace's header is missing";
            }
            free(text);
            fail(reader, kind > 0 ? TRACE_E_CHECKSUM : kind);
            return NULL;
        }
        char *larger = *bytes < HEADER_TEXT_MAX ? realloc(text, *bytes + TRACE_HLT_BLOCK_MAX) : NULL;
        if (!larger) {
            free(text);
            fail_memory(reader);
            return NULL;
        }
        text = larger;
        memcpy(text + *bytes, decoder->buffer, decoder->payload_bytes);
        *bytes += decoder->payload_bytes;
    }
}

static int parse_members(struct trace_header_reader *header_reader, struct json *json)
{
    if (json_next(json) != JSON_OBJECT) {
        return json->error.code ? json->error.code : json_fail(json, TRACE_E_FORMAT, "the header object", "");
    }
    for (enum json_token token; (token = json_next(json)) != JSON_OBJECT_END;) {
        if (token == JSON_ERROR || trace_header_read_member(header_reader)) {
            return json->error.code;
        }
    }
    if (json_next(json) != JSON_END) {
        return json->error.code;
    }
    struct trace_error problem = {0};
    int code = trace_header_check(header_reader->header, &problem);
    return code ? json_fail(json, code, problem.expected, problem.found) : 0;
}

static int parse_header(struct trace_reader *reader, const char *text, size_t bytes)
{
    struct trace_bytes stream;
    struct json json = {0};
    struct json_limits limits = {.depth = TRACE_DEPTH_MAX, .string_bytes = TRACE_STRING_MAX};
    struct trace_header_reader *header_reader = &reader->hlt->header_reader;
    int code = trace_bytes_open_memory(&stream, text, bytes);
    if (code) {
        return fail_memory(reader);
    }
    if (!json_open(&json, &stream, limits) || !trace_header_reader_open(header_reader, &json)) {
        code = fail_memory(reader);
    } else if (parse_members(header_reader, &json)) {
        code = trace_reader_fail(reader, &json.error);
    }
    header_reader->json = NULL;
    reader->header = header_reader->header;
    json_close(&json);
    trace_bytes_close(&stream);
    return code;
}

int trace_hlt_open(struct trace_reader *reader)
{
    reader->hlt = calloc(1, sizeof *reader->hlt);
    if (!reader->hlt) {
        return fail_memory(reader);
    }
    int code = trace_hlt_decode_begin(&reader->hlt->decoder, read_stream, &reader->bytes, reader->hlt->buffer, sizeof reader->hlt->buffer);
    if (code) {
        return fail(reader, code);
    }
    reader->hlt->decoder.crc = fast_crc;
    size_t bytes;
    char *text = read_header_text(reader, &bytes);
    if (!text) {
        return reader->error.code;
    }
    code = parse_header(reader, text, bytes);
    free(text);
    if (code) {
        return code;
    }
    reader->header_complete = true;
    trace_meaning_set_lists(&reader->meaning, reader->header);
    return 0;
}

/* The id of an event that names none: that of its slot. */
static bool restore_id(struct trace_hlt_reader *hlt, struct trace_event *event)
{
    if (event->fresh && event->slot >= hlt->id_room) {
        uint32_t room = event->slot < 32 ? 64 : event->slot * 2;
        uint64_t *larger = realloc(hlt->ids, room * sizeof *larger);
        if (!larger) {
            return false;
        }
        memset(larger + hlt->id_room, 0, (room - hlt->id_room) * sizeof *larger);
        hlt->ids = larger;
        hlt->id_room = room;
    }
    if (event->fresh) {
        hlt->ids[event->slot] = event->id;
    } else if (event->slot != TRACE_NO_SLOT) {
        event->id = hlt->ids[event->slot];
    }
    return true;
}

int trace_hlt_next(struct trace_reader *reader, struct trace_event *event)
{
    struct trace_hlt_decoder *decoder = &reader->hlt->decoder;
    struct trace_draft draft;
    struct trace_error problem = {0};
    enum trace_member member;
    int code = trace_hlt_decode_next(decoder, event);
    if (code < 0) {
        return fail(reader, code);
    }
    if (code == 0) {
        return 0;
    }
    if (event->name && (strlen(event->name) > TRACE_STRING_MAX || !json_is_utf8(event->name, strlen(event->name)))) {
        decoder->why = "a mark's name is not UTF-8 of at most 4096 bytes";
        return fail(reader, TRACE_E_UTF8);
    }
    if (!restore_id(reader->hlt, event)) {
        return fail_memory(reader);
    }
    trace_draft_of_event(&draft, event);
    code = trace_meaning_apply(&reader->meaning, &draft, &problem, &member);
    if (code) {
        problem.column = decoder->block_offset + 1;
        return trace_reader_fail(reader, &problem);
    }
    if (draft.event.slot != event->slot || draft.event.fresh != event->fresh || draft.event.retires != event->retires) {
        decoder->why = "an event's slot is not the one it must have";
        return fail(reader, TRACE_E_CHECKSUM);
    }
    *event = draft.event;
    return 1;
}

void trace_hlt_close(struct trace_reader *reader)
{
    if (!reader->hlt) {
        return;
    }
    if (reader->hlt->header_reader.names) {
        trace_header_reader_close(&reader->hlt->header_reader);
    }
    free(reader->hlt->ids);
    free(reader->hlt);
}
