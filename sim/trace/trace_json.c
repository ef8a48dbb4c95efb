/* trace_json.c: .json and .jsonl traces: the header's members as they come, then one event at a time.
 *
 * An event goes through the hot path first (trace_json_fast.c). If that declines, or if the event's meaning is wrong, the tokenizer
 * reads the same bytes again and is the judge: it alone reports, with places. Nothing is consumed and no state has changed till then.
 * In .json the lists may stand behind `events`. Until a list is known, an event that uses a larger index than all before is noted
 * with its place; the notes are checked when the document ends.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace_reader_internal.h"
#include "trace_report.h"

#define FAST_BYTES 1024            /* with fewer bytes than this in the window it is filled first */
#define DEFERRED_MAX ((uint32_t)1 << 20)

/* What the tokenizer reports is fatal. */
static int fail_tokens(struct trace_reader *reader)
{
    return trace_reader_fail(reader, &reader->json.tokens.error);
}

static int fail_place(struct trace_reader *reader, int code, const char *expected, const char *found)
{
    json_fail(&reader->json.tokens, code, expected, found);
    return fail_tokens(reader);
}

/* ---- one event through the tokenizer ---- */

struct place { uint64_t line, column; };

struct slow_event {
    struct trace_draft draft;
    struct trace_error problem;        /* the first error of meaning, with its place; code 0: none */
    struct place at[TRACE_MEMBERS + 1]; /* of the members' values; the last: of the event */
    bool unknown_only;                 /* the only problem is an unknown member, which a lenient reader passes over */
};

static void note_problem(struct slow_event *slow, const struct json *json, int code, const char *expected, const char *found)
{
    if (slow->problem.code && !slow->unknown_only) {
        return;
    }
    slow->unknown_only = false;
    trace_error_set(&slow->problem, code, expected, "%s", found);
    slow->problem.line = json->line;
    slow->problem.column = json->column;
}

static const char *token_text(const struct json *json, enum json_token token, char *out, size_t size)
{
    static const char *const kinds[] = {[JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array", [JSON_TRUE] = "true",
                                        [JSON_FALSE] = "false",      [JSON_NULL] = "null"};
    if (token == JSON_STRING) {
        return trace_error_quote(out, size, json->text, json->length);
    }
    if (token == JSON_NUMBER) {
        snprintf(out, size, "%.60s%s", json->text, json->length > 60 ? "..." : "");
        return out;
    }
    return kinds[token];
}

/* An integer token's value; false: reported, either as syntax (a fraction) or as a problem of meaning. */
static bool integer(struct slow_event *slow, struct json *json, enum json_token token, enum trace_member member, uint64_t *value)
{
    char found[80];
    token_text(json, token, found, sizeof found);
    if (token != JSON_NUMBER) {
        note_problem(slow, json, TRACE_E_MEMBER, "an integer", token_text(json, token, found, sizeof found));
        return false;
    }
    if (strspn(json->text, "-0123456789") != json->length) {
        json_fail(json, TRACE_E_SYNTAX, "an integer without fraction or exponent", found);
        return false;
    }
    bool negative = json->text[0] == '-', index = member == TRACE_M_SITE || member == TRACE_M_THREAD || member == TRACE_M_HEAP;
    uint64_t most = index ? UINT32_MAX - 1 : TRACE_ID_MAX;
    *value = json->length <= 16 && !negative ? strtoull(json->text, NULL, 10) : UINT64_MAX;
    if (*value <= most) {
        return true;
    }
    int code = member == TRACE_M_SIZE && !negative ? TRACE_E_SIZE : index && !negative ? TRACE_E_INDEX : TRACE_E_NUMBER;
    note_problem(slow, json, code, index ? "an index into the header's list" : "an integer 0 ... 2^53-1", found);
    return false;
}

static void read_wait(struct slow_event *slow, struct json *json, enum json_token token)
{
    uint64_t value = 0;
    if (token == JSON_NUMBER && strcmp(json->text, "-1") == 0) {
        slow->draft.event.wait = -1;
    } else if (integer(slow, json, token, TRACE_M_WAIT, &value)) {
        slow->draft.event.wait = (int64_t)value;
    }
}

static void read_op(struct slow_event *slow, struct json *json, enum json_token token)
{
    char found[80];
    uint8_t op = 0;
    const char *expected = "\"alloc\", \"calloc\", \"realloc\", \"free\" or \"mark\"";
    if (token != JSON_STRING) {
        note_problem(slow, json, TRACE_E_MEMBER, expected, token_text(json, token, found, sizeof found));
        return;
    }
    while (op <= TRACE_MARK && strcmp(json->text, trace_op_names[op]) != 0) {
        op++;
    }
    if (op > TRACE_MARK || strlen(json->text) != json->length) {
        note_problem(slow, json, TRACE_E_OP, expected, token_text(json, token, found, sizeof found));
    } else {
        slow->draft.event.op = op;
    }
}

static void read_name(struct slow_event *slow, struct json *json, enum json_token token, char *name)
{
    char found[80];
    if (token != JSON_STRING || strlen(json->text) != json->length) {
        note_problem(slow, json, TRACE_E_MEMBER, "a string without U+0000", token_text(json, token, found, sizeof found));
        return;
    }
    memcpy(name, json->text, json->length + 1);
    slow->draft.event.name = name;
}

static void read_failed(struct slow_event *slow, struct json *json, enum json_token token)
{
    char found[80];
    slow->draft.event.failed = token == JSON_TRUE;
    if (token != JSON_TRUE && token != JSON_FALSE) {
        note_problem(slow, json, TRACE_E_MEMBER, "true or false", token_text(json, token, found, sizeof found));
    }
}

static void read_value(struct trace_reader *reader, struct slow_event *slow, enum trace_member member, enum json_token token)
{
    struct json *json = &reader->json.tokens;
    struct trace_event *event = &slow->draft.event;
    uint64_t value;
    switch (member) {
    case TRACE_M_OP: read_op(slow, json, token); return;
    case TRACE_M_WAIT: read_wait(slow, json, token); return;
    case TRACE_M_FAILED: read_failed(slow, json, token); return;
    case TRACE_M_NAME: read_name(slow, json, token, reader->json.name); return;
    default: break;
    }
    if (!integer(slow, json, token, member, &value)) {
        return;
    }
    switch (member) {
    case TRACE_M_ID: event->id = value; break;
    case TRACE_M_SIZE: event->size = value; break;
    case TRACE_M_COUNT: event->count = value; break;
    case TRACE_M_ALIGN: event->align = value; break;
    case TRACE_M_T: event->t = value; break;
    case TRACE_M_SITE: event->site = (uint32_t)value; break;
    case TRACE_M_THREAD: event->thread = (uint32_t)value; break;
    default: event->heap = (uint32_t)value; break;
    }
}

static void unknown_member(struct slow_event *slow, struct json *json)
{
    char found[80];
    if (slow->problem.code) {
        return;
    }
    note_problem(slow, json, TRACE_E_MEMBER, "a member of an event", trace_error_quote(found, sizeof found, json->text, json->length));
    slow->unknown_only = true;
}

/* The tokenizer stands behind a KEY. False: a syntax error. */
static bool read_member(struct trace_reader *reader, struct slow_event *slow)
{
    struct json *json = &reader->json.tokens;
    int member = 0;
    while (member < TRACE_MEMBERS && strcmp(json->text, trace_member_names[member]) != 0) {
        member++;
    }
    if (member < TRACE_MEMBERS && strlen(json->text) != json->length) {
        member = TRACE_MEMBERS;
    }
    if (member == TRACE_MEMBERS) {
        unknown_member(slow, json);
    } else if (slow->draft.given & TRACE_GIVEN(member)) {
        char found[80];
        json_fail(json, TRACE_E_DUPLICATE, "each member once", trace_error_quote(found, sizeof found, json->text, json->length));
        return false;
    }
    enum json_token token = json_next(json);
    if (token == JSON_ERROR) {
        return false;
    }
    if (member < TRACE_MEMBERS) {
        slow->draft.given |= TRACE_GIVEN(member);
        slow->at[member] = (struct place){json->line, json->column};
        read_value(reader, slow, (enum trace_member)member, token);
    }
    return json->state != JSON_BROKEN && json_skip(json, token);
}

/* One whole event object. False: an error, in the tokenizer. */
static bool read_slow(struct trace_reader *reader, struct slow_event *slow)
{
    struct json *json = &reader->json.tokens;
    char found[80];
    memset(slow, 0, sizeof *slow);
    trace_draft_clear(&slow->draft);
    enum json_token token = json_next(json);
    uint64_t line = json->line;
    slow->at[TRACE_MEMBERS] = (struct place){json->line, json->column};
    if (token == JSON_ERROR) {
        return false;
    }
    if (token != JSON_OBJECT) {
        json_fail(json, TRACE_E_SYNTAX, "an event object", token_text(json, token, found, sizeof found));
        return false;
    }
    for (token = json_next(json); token == JSON_KEY; token = json_next(json)) {
        if (!read_member(reader, slow)) {
            return false;
        }
    }
    if (token == JSON_ERROR) {
        return false;
    }
    if (reader->json.lines && json->line != line) {
        json_fail(json, TRACE_E_SYNTAX, "each event on one line", "a line break inside an event");
        return false;
    }
    return true;
}

/* ---- indexes into lists that are not known yet ---- */

/* Whether the problem is an index into a list that may still come; then its place is noted and the index is legal from now on. */
static bool defer(struct trace_reader *reader, const struct slow_event *slow, enum trace_member member, int *code)
{
    struct trace_meaning *meaning = &reader->meaning;
    const struct trace_event *event = &slow->draft.event;
    int list = (int)member - TRACE_M_SITE;
    if (*code != TRACE_E_INDEX || reader->header_complete || list < 0 || list > 2) {
        return false;
    }
    const void *known[] = {reader->header->sites, reader->header->threads, reader->header->heaps};
    uint32_t *counts[] = {&meaning->site_count, &meaning->thread_count, &meaning->heap_count};
    uint32_t index = list == 0 ? event->site : list == 1 ? event->thread : event->heap;
    struct trace_deferred_list *deferred = &reader->json.deferred[list];
    if (known[list]) {
        return false;
    }
    if (deferred->count >= DEFERRED_MAX) {
        *code = TRACE_E_CAP;
        return false;
    }
    if (!(deferred->count & (deferred->count - 1))) {
        struct trace_deferred *larger = realloc(deferred->items, (deferred->count ? (size_t)deferred->count * 2 : 1) * sizeof *larger);
        if (!larger) {
            *code = TRACE_E_MEMORY;
        }
        if (!larger) {
            return false;
        }
        deferred->items = larger;
    }
    deferred->items[deferred->count++] = (struct trace_deferred){slow->at[member].line, slow->at[member].column, index};
    *counts[list] = index + 1;
    return true;
}

/* All lists are known: the first place whose index is outside. 0, or the error in *problem. */
static int check_deferred(struct trace_reader *reader, struct trace_error *problem)
{
    static const char *const names[] = {"sites", "threads", "heaps"};
    const struct trace_header *header = reader->header;
    uint32_t counts[] = {header->site_count, header->thread_count ? header->thread_count : 1, header->heap_count ? header->heap_count : 1};
    for (int list = 0; list < 3; list++) {
        const struct trace_deferred_list *deferred = &reader->json.deferred[list];
        for (uint32_t i = 0; i < deferred->count; i++) {
            const struct trace_deferred *use = &deferred->items[i];
            if (use->index < counts[list]) {
                continue;
            }
            if (!problem->code || use->line < problem->line || (use->line == problem->line && use->column < problem->column)) {
                char expected[64];
                snprintf(expected, sizeof expected, "less than %" PRIu32 ", the length of the header's %s", counts[list], names[list]);
                trace_error_set(problem, TRACE_E_INDEX, expected, "index %" PRIu32, use->index);
                problem->line = use->line;
                problem->column = use->column;
            }
            break;
        }
    }
    return problem->code;
}

/* ---- events ---- */

/* Judges an event by the tokenizer and by its meaning. 1, 0 (passed over, lenient) or the error. */
static int next_slow(struct trace_reader *reader, struct trace_event *event)
{
    struct slow_event slow;
    if (!read_slow(reader, &slow)) {
        return fail_tokens(reader);
    }
    enum trace_member member = TRACE_MEMBERS;
    if (slow.problem.code && slow.unknown_only && reader->lenient) {
        trace_reader_note_anomaly(reader, &slow.problem);
        slow.problem.code = 0;
    }
    int code = slow.problem.code;
    while (!code) {
        code = trace_meaning_apply(&reader->meaning, &slow.draft, &slow.problem, &member);
        if (code) {
            slow.problem.line = slow.at[member].line;
            slow.problem.column = slow.at[member].column;
        } else {
            *event = slow.draft.event;
            return 1;
        }
        if (!defer(reader, &slow, member, &code)) {
            break;
        }
        code = 0;
    }
    slow.problem.code = code;
    if (!reader->lenient || !trace_error_is_meaning(code)) {
        return trace_reader_fail(reader, &slow.problem);
    }
    trace_reader_note_anomaly(reader, &slow.problem);
    return 0;
}

/* The end of the header object of a .json document: all of it is known. */
static int end_document(struct trace_reader *reader)
{
    struct trace_json *json = &reader->json;
    struct trace_error problem = {0};
    reader->header_complete = true;
    if (json_next(&json->tokens) != JSON_END) {
        return fail_tokens(reader);
    }
    if (trace_header_check(reader->header, &problem)) {
        problem.line = problem.column = 1;
        return trace_reader_fail(reader, &problem);
    }
    if (!check_deferred(reader, &problem)) {
        return 0;
    }
    if (!reader->lenient) {
        return trace_reader_fail(reader, &problem);
    }
    trace_reader_note_anomaly(reader, &problem);
    return 0;
}

/* .jsonl: the header object has ended without `events`. */
static int begin_lines(struct trace_reader *reader)
{
    struct trace_json *json = &reader->json;
    struct trace_error problem = {0};
    if (trace_header_check(reader->header, &problem)) {
        problem.line = problem.column = 1;
        return trace_reader_fail(reader, &problem);
    }
    if (json->tokens.line != 1) {
        return fail_place(reader, TRACE_E_MISSING, "\"events\" (or, in .jsonl, a header on the first line alone)", "the end of the header");
    }
    json->lines = true;
    json->last_line = 1;
    reader->header_complete = true;
    trace_meaning_set_lists(&reader->meaning, reader->header);
    return 0;
}

/* Header members up to `events` or to the header's end. 0 or the error. */
static int read_members(struct trace_reader *reader)
{
    struct trace_json *json = &reader->json;
    for (;;) {
        enum json_token token = json_next(&json->tokens);
        if (token == JSON_ERROR) {
            return fail_tokens(reader);
        }
        if (token == JSON_OBJECT_END) {
            return json->events_seen ? end_document(reader) : begin_lines(reader);
        }
        if (strcmp(json->tokens.text, "events") != 0) {
            if (trace_header_read_member(&json->header_reader)) {
                return fail_tokens(reader);
            }
            continue;
        }
        if (json->events_seen) {
            return fail_place(reader, TRACE_E_DUPLICATE, "each member once", "\"events\"");
        }
        json->events_seen = true;
        token = json_next(&json->tokens);
        if (token == JSON_ERROR) {
            return fail_tokens(reader);
        }
        if (token != JSON_ARRAY) {
            return fail_place(reader, TRACE_E_HEADER, "an array of events", "events is something else");
        }
        trace_meaning_set_lists(&reader->meaning, reader->header);
        return 0;
    }
}

/* Whether an event follows: 1; 0 at the proper end; or the error. */
static int at_event(struct trace_reader *reader)
{
    struct trace_json *json = &reader->json;
    if (!json->lines) {
        int more = json_element(&json->tokens);
        if (more > 0) {
            return 1;
        }
        return more < 0 ? fail_tokens(reader) : read_members(reader);
    }
    trace_bytes_skip_space(&reader->bytes);
    if (reader->bytes.cur == reader->bytes.end) {
        json_next(&json->tokens); /* the end, or why the bytes ended */
        return json->tokens.state == JSON_BROKEN ? fail_tokens(reader) : 0;
    }
    if (reader->bytes.line == json->last_line) {
        json_next(&json->tokens);
        return fail_place(reader, TRACE_E_SYNTAX, "a line break between events", "more on the same line");
    }
    json_restart(&json->tokens);
    return 1;
}

int trace_json_next(struct trace_reader *reader, struct trace_event *event)
{
    struct trace_bytes *bytes = &reader->bytes;
    for (;;) {
        int code = at_event(reader);
        if (code <= 0) {
            return code;
        }
        if (bytes->end - bytes->cur < FAST_BYTES && !bytes->ended) {
            trace_bytes_more(bytes);
        }
        struct trace_draft draft;
        struct trace_error ignored;
        enum trace_member member;
        const uint8_t *behind = trace_json_fast(bytes->cur, &draft);
        if (behind && trace_meaning_apply(&reader->meaning, &draft, &ignored, &member) == 0) {
            bytes->cur = behind;
            json_value_consumed(&reader->json.tokens);
            *event = draft.event;
            code = 1;
        } else {
            code = next_slow(reader, event);
        }
        reader->json.last_line = bytes->line;
        if (code) {
            return code;
        }
    }
}

int trace_json_open(struct trace_reader *reader)
{
    struct trace_json *json = &reader->json;
    struct json_limits limits = {.depth = TRACE_DEPTH_MAX, .string_bytes = TRACE_STRING_MAX};
    struct trace_error memory = {.code = TRACE_E_MEMORY};
    if (!json_open(&json->tokens, &reader->bytes, limits) || !trace_header_reader_open(&json->header_reader, &json->tokens)) {
        return trace_reader_fail(reader, &memory);
    }
    reader->header = json->header_reader.header;
    trace_bytes_skip_space(&reader->bytes);
    int byte = trace_bytes_peek(&reader->bytes);
    char found[16];
    if (byte == '{') {
        json_next(&json->tokens);
        return read_members(reader);
    }
    if (byte < 0 && reader->bytes.error) {
        json_next(&json->tokens);
        return fail_tokens(reader);
    }
    json->tokens.line = reader->bytes.line;
    json->tokens.column = trace_bytes_column(&reader->bytes);
    if (byte < 0) {
        return fail_place(reader, TRACE_E_FORMAT, "the header object", "an empty file");
    }
    if (byte == 0xEF) {
        return fail_place(reader, TRACE_E_SYNTAX, "the file without it", "a byte-order mark");
    }
    return fail_place(reader, TRACE_E_FORMAT, "'{', the header object", trace_error_byte(found, byte));
}

void trace_json_close(struct trace_reader *reader)
{
    for (int list = 0; list < 3; list++) {
        free(reader->json.deferred[list].items);
    }
    if (reader->json.header_reader.names) {
        trace_header_reader_close(&reader->json.header_reader);
    }
    json_close(&reader->json.tokens);
}
