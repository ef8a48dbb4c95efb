/* trace_hlt_read.c: .hlt under trace_reader: the decoder's events get their ids back from a table by slot, and keep the same rules
 * of meaning as those of JSON, so that a forged file with good checksums cannot bring a bad slot into a replay.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "trace_hlt.h"
#include "trace_report.h"

#define HEADER_TEXT_MAX ((size_t)256 * 1024 * 1024)

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

/* The index of the first event behind the current block, which is damaged, as the block behind it tells; 0: that cannot be read either. The
 * decoder's block is then lost. */
static uint64_t index_behind(struct trace_hlt_decoder *decoder)
{
    const struct trace_hlt_decoder before = *decoder;
    uint64_t index = 0;
    (void)trace_hlt_decode_block(decoder);
    const bool ends = decoder->kind == TRACE_HLT_END && decoder->payload_bytes >= 8;
    for (uint32_t i = 0; ends && i < 8; i++) {
        index |= (uint64_t)decoder->buffer[i] << 8 * i;
    }
    for (uint32_t i = 0; decoder->kind == TRACE_HLT_EVENTS && i < decoder->payload_bytes && i < 9; i++) {
        index |= (uint64_t)(decoder->buffer[i] & 0x7F) << 7 * i;
        if (decoder->buffer[i] < 0x80) {
            break;
        }
    }
    *decoder = before;
    return index;
}

/* Ends the reader with what the decoder found, naming the block, its offset, and of a block that cannot be read its events. */
static int fail(struct trace_reader *reader, int code)
{
    struct trace_hlt_decoder *decoder = &reader->hlt->decoder;
    const uint64_t first = decoder->context.index;
    struct trace_error problem = {0};
    const char *why = decoder->why ? decoder->why : "";
    char lost[80] = "";
    if (code == TRACE_E_CHECKSUM && decoder->kind == 0 && decoder->block_number != TRACE_HLT_UNKNOWN32) {
        const uint64_t behind = index_behind(decoder);
        if (behind > first) {
            snprintf(lost, sizeof lost, "; it held events %" PRIu64 " to %" PRIu64, first + 1, behind);
        } else if (first > 0) {
            snprintf(lost, sizeof lost, "; what follows event %" PRIu64 " is lost", first);
        }
    }
    if (decoder->block_number == TRACE_HLT_UNKNOWN32) {
        trace_error_set(&problem, code, "", "the file header: %s", why);
    } else {
        trace_error_set(&problem, code, "", "block %" PRIu32 " at byte %" PRIu64 ": %s%s", decoder->block_number, decoder->block_offset, why, lost);
    }
    problem.column = decoder->block_offset + 1;
    return trace_reader_fail(reader, &problem);
}

int trace_hlt_fail_memory(struct trace_reader *reader)
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
            trace_hlt_fail_memory(reader);
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
        return trace_hlt_fail_memory(reader);
    }
    if (!json_open(&json, &stream, limits) || !trace_header_reader_open(header_reader, &json)) {
        code = trace_hlt_fail_memory(reader);
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
        return trace_hlt_fail_memory(reader);
    }
    int code = trace_hlt_decode_begin(&reader->hlt->decoder, read_stream, &reader->bytes, reader->hlt->buffer, TRACE_HLT_BLOCK_MAX);
    if (code) {
        return fail(reader, code);
    }
    reader->hlt->decoder.crc = fast_crc;
    trace_hlt_tabulate_varints(reader->hlt->varints);
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

/* ---- the life of ids, told by slots ----
 *
 * The file says which slot an event is about, so no table of ids is needed to know it: only a fresh id must not be live. As long as
 * every fresh id is above all before it, that is certain; after the first that is not, the live ids are kept in a table too. */

bool trace_hlt_room_for(struct trace_hlt_reader *hlt, uint32_t slot)
{
    if (slot < hlt->id_room) {
        return true;
    }
    const uint32_t room = slot < 32 ? 64 : slot < UINT32_MAX / 2 ? slot * 2 : UINT32_MAX;
    uint64_t *larger = realloc(hlt->ids, room * sizeof *larger);
    if (!larger) {
        return false;
    }
    memset(larger + hlt->id_room, 0, (room - hlt->id_room) * sizeof *larger);
    hlt->ids = larger;
    hlt->id_room = room;
    return true;
}

/* The table of live ids, from now on. */
static bool tabulate(struct trace_reader *reader)
{
    struct trace_hlt_reader *hlt = reader->hlt;
    hlt->tabulated = true;
    for (uint32_t slot = 0; slot < hlt->id_room; slot++) {
        if (hlt->ids[slot] && trace_ids_add(&reader->meaning.ids, hlt->ids[slot]) == UINT32_MAX) {
            return false;
        }
    }
    return true;
}

static int damaged(struct trace_reader *reader, const char *why)
{
    reader->hlt->decoder.why = why;
    return fail(reader, TRACE_E_CHECKSUM);
}

/* An id is given or used up (a failed request has no slot). */
static int begin_id(struct trace_reader *reader, const struct trace_event *event)
{
    struct trace_hlt_reader *hlt = reader->hlt;
    if (event->id <= hlt->top_id && !hlt->tabulated && !tabulate(reader)) {
        return trace_hlt_fail_memory(reader);
    }
    const bool is_live = hlt->tabulated && trace_ids_find(&reader->meaning.ids, event->id) != UINT32_MAX;
    const bool is_dead = event->op == TRACE_REALLOC && !is_live && trace_ids_seen(&reader->meaning.ids, event->id);
    if (is_live || is_dead) {
        struct trace_error problem = {0};
        trace_error_set(&problem, is_live ? TRACE_E_ID_LIVE : TRACE_E_ID_DEAD, is_live ? "an id that is not live" : "a live id", "id %" PRIu64, event->id);
        problem.column = hlt->decoder.block_offset + 1;
        return trace_reader_fail(reader, &problem);
    }
    hlt->top_id = event->id > hlt->top_id ? event->id : hlt->top_id;
    if (!trace_ids_note(&reader->meaning.ids, event->id)) {
        return trace_hlt_fail_memory(reader);
    }
    if (event->slot == TRACE_NO_SLOT) {
        return 0;
    }
    if (!trace_hlt_room_for(hlt, event->slot) || (hlt->tabulated && trace_ids_add(&reader->meaning.ids, event->id) == UINT32_MAX)) {
        return trace_hlt_fail_memory(reader);
    }
    if (hlt->ids[event->slot]) {
        return damaged(reader, "an event's slot is not the one it must have");
    }
    hlt->ids[event->slot] = event->id;
    if (++hlt->live > reader->meaning.limits.live_ids) {
        struct trace_error problem = {0};
        trace_error_set(&problem, TRACE_E_CAP, "the cap on live ids", "more than %" PRIu64, reader->meaning.limits.live_ids);
        return trace_reader_fail(reader, &problem);
    }
    return 0;
}

static int apply_life(struct trace_reader *reader, struct trace_event *event)
{
    struct trace_hlt_reader *hlt = reader->hlt;
    if (event->op == TRACE_MARK || (event->slot == TRACE_NO_SLOT && event->op == TRACE_FREE)) {
        return 0;
    }
    if (event->fresh || event->slot == TRACE_NO_SLOT) {
        return begin_id(reader, event);
    }
    event->id = event->slot < hlt->id_room ? hlt->ids[event->slot] : 0;
    if (!event->id || event->op < TRACE_REALLOC) {
        return damaged(reader, "an event's slot is not the one it must have");
    }
    if (event->retires) {
        hlt->ids[event->slot] = 0;
        hlt->live--;
        if (hlt->tabulated && !trace_ids_remove(&reader->meaning.ids, event->id, trace_ids_find(&reader->meaning.ids, event->id))) {
            return trace_hlt_fail_memory(reader);
        }
    }
    return 0;
}

/* Every member at its default but for id, size and slot, all in range: nothing is left to check but the id's life. */
static bool is_plain(const struct trace_reader *reader, const struct trace_event *event)
{
    const uint64_t optional = (event->count ^ 1) | event->align | (uint64_t)event->wait | event->thread | event->heap | (event->site ^ TRACE_NO_SITE) |
                              event->failed;
    return optional == 0 && event->size <= TRACE_ID_MAX && event->id <= TRACE_ID_MAX && event->t >= reader->meaning.last_t &&
           event->t <= TRACE_ID_MAX && (event->op == TRACE_ALLOC || event->op == TRACE_FREE) && (event->op == TRACE_FREE || event->id != 0) &&
           reader->meaning.index < reader->meaning.limits.events;
}

/* The members of an event that is not plain, by the rules of every encoding. */
static int check_members(struct trace_reader *reader, struct trace_event *event)
{
    struct trace_draft draft;
    struct trace_error problem = {0};
    enum trace_member member;
    if (event->name && (strlen(event->name) > TRACE_STRING_MAX || !json_is_utf8(event->name, strlen(event->name)))) {
        reader->hlt->decoder.why = "a mark's name is not UTF-8 of at most 4096 bytes";
        return fail(reader, TRACE_E_UTF8);
    }
    if (!event->fresh && event->slot != TRACE_NO_SLOT) {
        event->id = event->slot < reader->hlt->id_room ? reader->hlt->ids[event->slot] : 0;
    }
    trace_draft_of_event(&draft, event);
    const int code = trace_meaning_check(&reader->meaning, &draft, &problem, &member);
    if (code) {
        problem.column = reader->hlt->decoder.block_offset + 1;
        return trace_reader_fail(reader, &problem);
    }
    *event = draft.event;
    const bool allocates = event->op <= TRACE_REALLOC && !event->failed && (event->op != TRACE_REALLOC || event->size != 0);
    if (allocates ? event->slot == TRACE_NO_SLOT : event->fresh) {
        return damaged(reader, "an event's slot is not the one it must have");
    }
    return 0;
}

int trace_hlt_next(struct trace_reader *reader, struct trace_event *event)
{
    int code = trace_hlt_decode_next(&reader->hlt->decoder, event);
    if (code < 0) {
        return fail(reader, code);
    }
    if (code == 0) {
        return 0;
    }
    code = is_plain(reader, event) && (event->slot != TRACE_NO_SLOT || event->op == TRACE_FREE) ? 0 : check_members(reader, event);
    code = code ? code : apply_life(reader, event);
    if (code) {
        return code;
    }
    reader->meaning.timed = true;
    reader->meaning.last_t = event->t;
    reader->meaning.index++;
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
