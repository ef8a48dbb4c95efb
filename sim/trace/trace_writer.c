/* trace_writer.c: writes a trace in any encoding, an event at a time. What it writes can be read: every event goes through the same rules
 * of meaning as a reader's, and the header's text through the same tokenizer. Members at their default are left out.
 */
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace_hlt_write.h"
#include "trace_output.h"
#include "trace_reader_internal.h"
#include "trace_report.h"

struct trace_writer {
    struct trace_output *output;
    enum trace_encoding encoding;
    struct trace_meaning meaning;
    struct trace_hlt_writer *hlt; /* NULL: JSON */
    struct trace_error error;     /* the first */
    bool timed;                   /* JSON: an event's t was written */
    uint64_t last_t;
};

bool trace_encoding_of_name(const char *path, enum trace_encoding *encoding, bool *gzip)
{
    size_t length = strlen(path);
    *gzip = length > 3 && strcmp(path + length - 3, ".gz") == 0;
    if (*gzip) {
        length -= 3;
    }
    if (length > 5 && memcmp(path + length - 5, ".json", 5) == 0) {
        *encoding = TRACE_JSON;
    } else if (length > 6 && memcmp(path + length - 6, ".jsonl", 6) == 0) {
        *encoding = TRACE_JSONL;
    } else if (length > 4 && memcmp(path + length - 4, ".hlt", 4) == 0 && !*gzip) {
        *encoding = TRACE_HLT;
    } else {
        return false;
    }
    return true;
}

/* The header object as text, format and version first, without the closing brace. NULL without memory. */
static char *print_header(const struct trace_header *header, const char *before, const char *between)
{
    size_t room = 256, used;
    const cJSON *tree = header->json;
    char *text = malloc(room);
    if (text) {
        snprintf(text, room, "{%s\"format\": \"heaplab-trace\",%s\"version\": 1", before, between);
    }
    used = text ? strlen(text) : 0;
    for (const cJSON *item = tree->child; item && text; item = item->next) {
        if (strcmp(item->string, "format") == 0 || strcmp(item->string, "version") == 0) {
            continue;
        }
        cJSON name = {.type = cJSON_String, .valuestring = item->string};
        char *key = cJSON_PrintUnformatted(&name), *value = cJSON_PrintUnformatted(item);
        size_t more = key && value ? strlen(key) + strlen(value) + strlen(between) + 4 : 0;
        char *larger = more ? realloc(text, used + more) : NULL;
        if (!larger) {
            free(text);
        } else {
            used += (size_t)snprintf(larger + used, more, ",%s%s: %s", between, key, value);
        }
        text = larger;
        cJSON_free(key);
        cJSON_free(value);
    }
    return text;
}

/* Whether our own reader will take that text (with its brace): a program's header may hold anything. */
static int check_text(const char *text, size_t bytes, struct trace_error *error)
{
    struct trace_bytes stream;
    struct json json = {0};
    int code = trace_bytes_open_memory(&stream, text, bytes);
    if (code) {
        return trace_error_set(error, code, "", "no memory for the header");
    }
    enum json_token token = JSON_ERROR;
    if (json_open(&json, &stream, (struct json_limits){.depth = TRACE_DEPTH_MAX, .string_bytes = TRACE_STRING_MAX})) {
        do { token = json_next(&json);
        } while (token != JSON_END && token != JSON_ERROR);
    }
    if (token != JSON_END) {
        *error = json.error;
    }
    if (token != JSON_END && !error->code) {
        error->code = TRACE_E_MEMORY;
    }
    json_close(&json);
    trace_bytes_close(&stream);
    return token == JSON_END ? 0 : error->code;
}

static int begin(struct trace_writer *writer, const struct trace_header *header, struct trace_error *error)
{
    bool document = writer->encoding == TRACE_JSON;
    char *text = print_header(header, document ? "\n  " : "", document ? "\n  " : " ");
    char *whole = text ? realloc(text, strlen(text) + 2) : NULL;
    if (!whole) {
        free(text);
        return trace_error_set(error, TRACE_E_MEMORY, "", "no memory for the header");
    }
    size_t bytes = strlen(whole);
    memcpy(whole + bytes, "}", 2);
    int code = check_text(whole, bytes + 1, error);
    if (code == 0 && writer->hlt) {
        trace_hlt_write_begin(writer->hlt, writer->output, header->word_bits, whole, bytes + 1);
    } else if (code == 0) {
        trace_output_put(writer->output, whole, bytes);
        if (document) {
            trace_output_put(writer->output, ",\n  \"events\": [", 15);
        } else {
            trace_output_put(writer->output, "}\n", 2);
        }
    }
    free(whole);
    return code;
}

static int fail_open(const char *path, struct trace_error *error)
{
    int why = errno;
    trace_error_set(error, why == ENOMEM ? TRACE_E_MEMORY : TRACE_E_WRITE, "", "%s", strerror(why));
    snprintf(error->file, sizeof error->file, "%s", strcmp(path, "-") == 0 ? "standard output" : path);
    return error->code;
}

struct trace_writer *trace_writer_open(const char *path, enum trace_encoding encoding, bool gzip, const struct trace_header *header,
                                       struct trace_error *error)
{
    struct trace_writer *writer = calloc(1, sizeof *writer);
    *error = (struct trace_error){0};
    if (writer) {
        writer->encoding = encoding;
    }
    if (writer && encoding == TRACE_HLT) {
        writer->hlt = malloc(sizeof *writer->hlt);
    }
    if (!writer || (encoding == TRACE_HLT && !writer->hlt) || !trace_meaning_open(&writer->meaning, (struct trace_limits){0})) {
        errno = ENOMEM;
        fail_open(path, error);
        if (writer) {
            free(writer->hlt);
        }
        free(writer);
        return NULL;
    }
    trace_meaning_set_lists(&writer->meaning, header);
    errno = 0;
    writer->output = trace_output_open(path, gzip);
    if (!writer->output) {
        fail_open(path, error);
    } else if (!begin(writer, header, error)) {
        snprintf(writer->error.file, sizeof writer->error.file, "%s", strcmp(path, "-") == 0 ? "standard output" : path);
        return writer;
    }
    trace_writer_abandon(writer);
    return NULL;
}

/* ---- JSON events ---- */

static char *put_text(char *at, const char *text)
{
    size_t length = strlen(text);
    memcpy(at, text, length);
    return at + length;
}

static char *put_number(char *at, const char *name, uint64_t value)
{
    char digits[24], *digit = digits + sizeof digits;
    at = put_text(at, name);
    do { *--digit = (char)('0' + value % 10);
    } while (value /= 10);
    memcpy(at, digit, (size_t)(digits + sizeof digits - digit));
    return at + (digits + sizeof digits - digit);
}

/* A name in quotes; at most six bytes for one. */
static char *put_string(char *at, const char *text)
{
    static const char hex[] = "0123456789abcdef";
    *at++ = '"';
    for (; *text; text++) {
        unsigned byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\') {
            *at++ = '\\';
        }
        if (byte >= 0x20) {
            *at++ = *text;
        } else {
            at = put_text(at, "\\u00");
            *at++ = hex[byte >> 4];
            *at++ = hex[byte & 15];
        }
    }
    *at++ = '"';
    return at;
}

static void put_event(struct trace_writer *writer, const struct trace_event *event, uint64_t index)
{
    char line[6 * TRACE_STRING_MAX + 512], *at = line;
    bool document = writer->encoding == TRACE_JSON;
    if (document) {
        at = put_text(at, index ? ",\n    " : "\n    ");
    }
    at = put_text(put_text(put_text(at, "{\"op\":\""), trace_op_names[event->op]), "\"");
    if (event->op != TRACE_MARK) {
        at = put_number(at, ",\"id\":", event->id);
    } else {
        at = put_string(put_text(at, ",\"name\":"), event->name);
    }
    if (event->op <= TRACE_REALLOC) {
        at = put_number(at, ",\"size\":", event->size);
    }
    if (event->count != 1) {
        at = put_number(at, ",\"count\":", event->count);
    }
    if (event->align) {
        at = put_number(at, ",\"align\":", event->align);
    }
    if (event->t != (writer->timed ? writer->last_t : index)) {
        at = put_number(at, ",\"t\":", event->t);
        writer->timed = true;
    }
    writer->last_t = event->t;
    if (event->site != TRACE_NO_SITE) {
        at = put_number(at, ",\"site\":", event->site);
    }
    if (event->thread) {
        at = put_number(at, ",\"thread\":", event->thread);
    }
    if (event->heap) {
        at = put_number(at, ",\"heap\":", event->heap);
    }
    if (event->wait < 0) {
        at = put_text(at, ",\"wait\":-1");
    } else if (event->wait) {
        at = put_number(at, ",\"wait\":", (uint64_t)event->wait);
    }
    if (event->failed) {
        at = put_text(at, ",\"failed\":true");
    }
    at = put_text(at, document ? "}" : "}\n");
    trace_output_put(writer->output, line, (size_t)(at - line));
}

/* ---- all encodings ---- */

static int check_name(const char *name, struct trace_error *error)
{
    size_t bytes = strlen(name);
    if (bytes > TRACE_STRING_MAX) {
        return trace_error_set(error, TRACE_E_LONG_STRING, "at most 4096 bytes", "a mark's name of %zu", bytes);
    }
    if (!json_is_utf8(name, bytes)) {
        return trace_error_set(error, TRACE_E_UTF8, "UTF-8", "a mark's name that is something else");
    }
    return 0;
}

int trace_writer_put(struct trace_writer *writer, const struct trace_event *event)
{
    struct trace_draft draft;
    enum trace_member member;
    if (writer->error.code) {
        return writer->error.code;
    }
    writer->error.events = writer->meaning.index;
    if (writer->output->failed_errno) {
        return trace_error_set(&writer->error, TRACE_E_WRITE, "", "%s", strerror(writer->output->failed_errno));
    }
    if (event->op == TRACE_MARK && event->name && check_name(event->name, &writer->error)) {
        return writer->error.code;
    }
    trace_draft_of_event(&draft, event);
    uint64_t index = writer->meaning.index;
    if (trace_meaning_apply(&writer->meaning, &draft, &writer->error, &member)) {
        return writer->error.code;
    }
    if (writer->hlt) {
        trace_hlt_write_event(writer->hlt, &draft.event);
    } else {
        put_event(writer, &draft.event, index);
    }
    return 0;
}

void trace_writer_flush(struct trace_writer *writer)
{
    if (!writer->hlt) {
        trace_output_flush(writer->output);
    }
}

static int close_writer(struct trace_writer *writer, bool keep, struct trace_error *error)
{
    if (writer->output && !trace_output_close(writer->output, keep) && keep && !writer->error.code) {
        trace_error_set(&writer->error, TRACE_E_WRITE, "", "%s", strerror(errno));
    }
    int code = writer->error.code;
    if (error) {
        *error = writer->error;
    }
    trace_meaning_close(&writer->meaning);
    free(writer->hlt);
    free(writer);
    return code;
}

int trace_writer_close(struct trace_writer *writer, struct trace_error *error)
{
    bool keep = !writer->error.code;
    if (keep && writer->hlt) {
        trace_hlt_write_end(writer->hlt);
    }
    if (keep && writer->encoding == TRACE_JSON) {
        trace_output_put(writer->output, "\n  ]\n}\n", 7);
    }
    writer->error.events = writer->meaning.index;
    return close_writer(writer, keep, error);
}

void trace_writer_abandon(struct trace_writer *writer)
{
    if (writer) {
        close_writer(writer, false, NULL);
    }
}
