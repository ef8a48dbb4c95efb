/* json.c: the tokenizer of json.h. Byte by byte and plain: events have a hot path of their own (trace_json_fast.c), and whatever that
 * does not take, with every error, comes here, so that this file alone decides what is valid. */
#include "json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace_report.h"

bool json_open(struct json *json, struct trace_bytes *in, struct json_limits limits)
{
    *json = (struct json){.in = in, .limits = limits};
    if (json->limits.depth > JSON_DEPTH_MAX) {
        json->limits.depth = JSON_DEPTH_MAX;
    }
    json->buffer = malloc((size_t)limits.string_bytes + 1);
    json->text = json->buffer;
    return json->buffer != NULL;
}

void json_close(struct json *json)
{
    free(json->buffer);
    json->buffer = NULL;
}

void json_restart(struct json *json)
{
    if (json->state == JSON_DONE) {
        json->state = JSON_WANT_VALUE;
    }
}

static int fail_at(struct json *json, uint64_t line, uint64_t column, int code, const char *expected, const char *found)
{
    trace_error_set(&json->error, code, expected, "%s", found);
    json->error.line = line;
    json->error.column = column;
    json->state = JSON_BROKEN;
    return code;
}

int json_fail(struct json *json, int code, const char *expected, const char *found)
{
    return fail_at(json, json->line, json->column, code, expected, found);
}

static int fail_here(struct json *json, int code, const char *expected, const char *found)
{
    return fail_at(json, json->in->line, trace_bytes_column(json->in), code, expected, found);
}

/* The byte at the cursor, or the end of the file, is not what had to come. */
static void fail_unexpected(struct json *json, const char *expected)
{
    int byte = trace_bytes_peek(json->in);
    char text[16];
    if (byte >= 0) {
        fail_here(json, TRACE_E_SYNTAX, expected, trace_error_byte(text, byte));
    } else if (json->in->error && json->in->error != TRACE_E_TRUNCATED) {
        fail_here(json, json->in->error, expected, "");
    } else {
        fail_here(json, TRACE_E_TRUNCATED, expected, "the end of the file");
    }
}

static bool put(struct json *json, uint32_t byte)
{
    if (json->length >= json->limits.string_bytes) {
        char expected[64];
        snprintf(expected, sizeof expected, "at most %u bytes", (unsigned)json->limits.string_bytes);
        json_fail(json, TRACE_E_LONG_STRING, expected, "a longer one");
        return false;
    }
    json->buffer[json->length++] = (char)(unsigned char)byte;
    return true;
}

static bool put_code_point(struct json *json, uint32_t point)
{
    if (point < 0x80) {
        return put(json, point);
    }
    if (point < 0x800) {
        return put(json, 0xC0 | point >> 6) && put(json, 0x80 | (point & 0x3F));
    }
    if (point < 0x10000) {
        return put(json, 0xE0 | point >> 12) && put(json, 0x80 | (point >> 6 & 0x3F)) && put(json, 0x80 | (point & 0x3F));
    }
    return put(json, 0xF0 | point >> 18) && put(json, 0x80 | (point >> 12 & 0x3F)) && put(json, 0x80 | (point >> 6 & 0x3F)) &&
           put(json, 0x80 | (point & 0x3F));
}

static bool take(struct json *json, int wanted, const char *expected)
{
    if (trace_bytes_peek(json->in) != wanted) {
        fail_unexpected(json, expected);
        return false;
    }
    json->in->cur++;
    return true;
}

static bool hex4(struct json *json, uint32_t *value)
{
    *value = 0;
    for (int i = 0; i < 4; i++) {
        int byte = trace_bytes_peek(json->in);
        uint32_t digit;
        if (byte >= '0' && byte <= '9') {
            digit = (uint32_t)(byte - '0');
        } else if (byte >= 'a' && byte <= 'f') {
            digit = (uint32_t)(byte - 'a') + 10;
        } else if (byte >= 'A' && byte <= 'F') {
            digit = (uint32_t)(byte - 'A') + 10;
        } else {
            fail_unexpected(json, "four hexadecimal digits");
            return false;
        }
        *value = *value << 4 | digit;
        json->in->cur++;
    }
    return true;
}

/* Behind "\u": one code point, from one escape or from a surrogate pair. */
static bool unicode_escape(struct json *json)
{
    uint64_t line = json->in->line, column = trace_bytes_column(json->in) - 2;
    uint32_t high, low;
    if (!hex4(json, &high)) {
        return false;
    }
    if (high < 0xD800 || high > 0xDFFF) {
        return put_code_point(json, high);
    }
    char found[32];
    snprintf(found, sizeof found, "a lone surrogate \\u%04X", (unsigned)high);
    bool paired = high < 0xDC00 && trace_bytes_peek(json->in) == '\\';
    if (paired) {
        json->in->cur++;
        paired = trace_bytes_peek(json->in) == 'u';
    }
    if (paired) {
        json->in->cur++;
        if (!hex4(json, &low)) {
            return false;
        }
        paired = low >= 0xDC00 && low <= 0xDFFF;
    }
    if (paired) {
        return put_code_point(json, 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00));
    }
    if (trace_bytes_peek(json->in) < 0) {
        fail_unexpected(json, "the rest of a string");
    } else {
        fail_at(json, line, column, TRACE_E_UTF8, "a surrogate pair", found);
    }
    return false;
}

static bool escape(struct json *json)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    int byte = trace_bytes_peek(json->in);
    const char *at = byte > 0 ? strchr(from, byte) : NULL;
    if (byte != 'u' && !at) {
        fail_unexpected(json, "one of \" \\ / b f n r t u behind a backslash");
        return false;
    }
    json->in->cur++;
    return at ? put(json, (uint32_t)to[at - from]) : unicode_escape(json);
}

/* The lead byte of a multi-byte sequence, Table 3-7 of the Unicode Standard: how many bytes follow (0: no lead byte), and the range of
 * the first of them, which excludes overlong forms, surrogates and what is over U+10FFFF. */
static int utf8_lead(int lead, int *low, int *high)
{
    *low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    *high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF) {
        return 1;
    }
    if (lead >= 0xE0 && lead <= 0xEF) {
        return 2;
    }
    return lead >= 0xF0 && lead <= 0xF4 ? 3 : 0;
}

bool json_is_utf8(const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int low, high, lead = (unsigned char)text[i];
        if (lead < 0x80) {
            continue;
        }
        int following = utf8_lead(lead, &low, &high);
        if (!following || count - i <= (size_t)following) {
            return false;
        }
        for (; following; following--) {
            int byte = (unsigned char)text[++i];
            if (byte < low || byte > high) {
                return false;
            }
            low = 0x80, high = 0xBF;
        }
    }
    return true;
}

static bool utf8_sequence(struct json *json)
{
    int low, high, lead = trace_bytes_peek(json->in), following = utf8_lead(lead, &low, &high);
    char text[16];
    if (!following) {
        fail_here(json, TRACE_E_UTF8, "UTF-8", trace_error_byte(text, lead));
        return false;
    }
    for (int byte = lead; put(json, (uint32_t)byte);) {
        json->in->cur++;
        if (following-- == 0) {
            return true;
        }
        byte = trace_bytes_peek(json->in);
        if (byte < low || byte > high) {
            if (byte < 0) {
                fail_unexpected(json, "the rest of a string");
            } else {
                fail_here(json, TRACE_E_UTF8, "UTF-8", trace_error_byte(text, byte));
            }
            return false;
        }
        low = 0x80, high = 0xBF;
    }
    return false;
}

/* From the opening quote to behind the closing one. */
static bool string(struct json *json)
{
    json->length = 0;
    json->in->cur++;
    for (;;) {
        int byte = trace_bytes_peek(json->in);
        char text[16];
        if (byte == '"') {
            break;
        }
        if (byte < 0) {
            fail_unexpected(json, "the rest of a string");
            return false;
        }
        if (byte < 0x20) {
            fail_here(json, TRACE_E_SYNTAX, "control characters escaped", trace_error_byte(text, byte));
            return false;
        }
        if (byte == '\\') {
            json->in->cur++;
            if (!escape(json)) {
                return false;
            }
        } else if (byte >= 0x80) {
            if (!utf8_sequence(json)) {
                return false;
            }
        } else {
            if (!put(json, (uint32_t)byte)) {
                return false;
            }
            json->in->cur++;
        }
    }
    json->in->cur++;
    json->buffer[json->length] = '\0';
    return true;
}

/* One or more digits. */
static bool digits(struct json *json)
{
    int byte = trace_bytes_peek(json->in);
    if (byte < '0' || byte > '9') {
        fail_unexpected(json, "a digit");
        return false;
    }
    for (; byte >= '0' && byte <= '9'; byte = trace_bytes_peek(json->in)) {
        if (!put(json, (uint32_t)byte)) {
            return false;
        }
        json->in->cur++;
    }
    return true;
}

static bool put_if(struct json *json, int first, int second)
{
    int byte = trace_bytes_peek(json->in);
    if ((byte != first && byte != second) || !put(json, (uint32_t)byte)) {
        return false;
    }
    json->in->cur++;
    return true;
}

/* [ "-" ] int [ frac ] [ exp ] of RFC 8259, section 6. */
static enum json_token number(struct json *json)
{
    json->length = 0;
    put_if(json, '-', '-');
    if (!put_if(json, '0', '0') && !digits(json)) {
        return JSON_ERROR;
    }
    int byte = trace_bytes_peek(json->in);
    if (json->buffer[json->length - 1] == '0' && (json->length == 1 || json->buffer[json->length - 2] == '-') && byte >= '0' && byte <= '9') {
        fail_unexpected(json, "a number without leading zeros");
        return JSON_ERROR;
    }
    if (put_if(json, '.', '.') && !digits(json)) {
        return JSON_ERROR;
    }
    if (put_if(json, 'e', 'E')) {
        put_if(json, '+', '-');
        if (!digits(json)) {
            return JSON_ERROR;
        }
    }
    if (json->state == JSON_BROKEN) {
        return JSON_ERROR;
    }
    json->buffer[json->length] = '\0';
    return JSON_NUMBER;
}

static enum json_token literal(struct json *json, const char *word, enum json_token token)
{
    char expected[16];
    snprintf(expected, sizeof expected, "%s", word);
    for (; *word; word++) {
        if (!take(json, *word, expected)) {
            return JSON_ERROR;
        }
    }
    return token;
}

static enum json_token open_container(struct json *json, bool object)
{
    if (json->depth >= json->limits.depth) {
        char expected[64];
        snprintf(expected, sizeof expected, "at most %u levels", (unsigned)json->limits.depth);
        fail_here(json, TRACE_E_DEPTH, expected, "one more");
        return JSON_ERROR;
    }
    json->in->cur++;
    uint64_t bit = UINT64_C(1) << (json->depth % 64), *word = &json->in_object[json->depth / 64];
    *word = object ? *word | bit : *word & ~bit;
    json->depth++;
    json->state = object ? JSON_WANT_FIRST_KEY : JSON_WANT_FIRST_VALUE;
    return object ? JSON_OBJECT : JSON_ARRAY;
}

static bool inside_object(const struct json *json)
{
    return json->depth > 0 && (json->in_object[(json->depth - 1) / 64] >> ((json->depth - 1) % 64) & 1);
}

void json_value_consumed(struct json *json)
{
    json->state = json->depth ? JSON_WANT_NEXT : JSON_DONE;
}

static enum json_token close_container(struct json *json)
{
    enum json_token token = inside_object(json) ? JSON_OBJECT_END : JSON_ARRAY_END;
    json->in->cur++;
    json->depth--;
    json_value_consumed(json);
    return token;
}

static enum json_token value(struct json *json)
{
    enum json_token token = JSON_ERROR;
    int byte = trace_bytes_peek(json->in);
    if (byte == '{' || byte == '[') {
        return open_container(json, byte == '{');
    }
    if (byte == '"') {
        token = string(json) ? JSON_STRING : JSON_ERROR;
    } else if (byte == '-' || (byte >= '0' && byte <= '9')) {
        token = number(json);
    } else if (byte == 't') {
        token = literal(json, "true", JSON_TRUE);
    } else if (byte == 'f') {
        token = literal(json, "false", JSON_FALSE);
    } else if (byte == 'n') {
        token = literal(json, "null", JSON_NULL);
    } else {
        fail_unexpected(json, "a value");
    }
    if (token != JSON_ERROR) {
        json_value_consumed(json);
    }
    return token;
}

static enum json_token key(struct json *json)
{
    if (trace_bytes_peek(json->in) != '"') {
        fail_unexpected(json, "a member's name in double quotes");
        return JSON_ERROR;
    }
    if (!string(json)) {
        return JSON_ERROR;
    }
    trace_bytes_skip_space(json->in);
    if (!take(json, ':', "':'")) {
        return JSON_ERROR;
    }
    json->state = JSON_WANT_VALUE;
    return JSON_KEY;
}

static void mark_place(struct json *json)
{
    trace_bytes_skip_space(json->in);
    json->line = json->in->line;
    json->column = trace_bytes_column(json->in);
}

/* Behind a value: a comma, after which the state wants a key or a value; or the container's end, which *closed tells. */
static bool separator(struct json *json, bool *closed)
{
    bool object = inside_object(json);
    int byte = trace_bytes_peek(json->in);
    *closed = byte == (object ? '}' : ']');
    if (*closed) {
        return true;
    }
    if (!take(json, ',', object ? "',' or '}'" : "',' or ']'")) {
        return false;
    }
    mark_place(json);
    return true;
}

enum json_token json_next(struct json *json)
{
    bool closed;
    if (json->state == JSON_BROKEN) {
        return JSON_ERROR;
    }
    mark_place(json);
    switch (json->state) {
    case JSON_WANT_VALUE: return value(json);
    case JSON_WANT_FIRST_VALUE: return trace_bytes_peek(json->in) == ']' ? close_container(json) : value(json);
    case JSON_WANT_FIRST_KEY: return trace_bytes_peek(json->in) == '}' ? close_container(json) : key(json);
    case JSON_WANT_NEXT:
        if (!separator(json, &closed)) {
            return JSON_ERROR;
        }
        if (closed) {
            return close_container(json);
        }
        return inside_object(json) ? key(json) : value(json);
    default: break;
    }
    int byte = trace_bytes_peek(json->in);
    char text[16];
    if (byte >= 0) {
        fail_here(json, TRACE_E_TRAILING, "the end of the file", trace_error_byte(text, byte));
    } else if (json->in->error) {
        fail_unexpected(json, "the end of the file");
    }
    return json->state == JSON_BROKEN ? JSON_ERROR : JSON_END;
}

int json_element(struct json *json)
{
    bool closed = false;
    if (json->state == JSON_BROKEN) {
        return -1;
    }
    mark_place(json);
    if (json->state == JSON_WANT_FIRST_VALUE) {
        closed = trace_bytes_peek(json->in) == ']';
    } else if (!separator(json, &closed)) {
        return -1;
    }
    if (closed) {
        close_container(json);
        return 0;
    }
    json->state = JSON_WANT_VALUE;
    return 1;
}

bool json_skip(struct json *json, enum json_token token)
{
    uint32_t outside = json->depth - (token == JSON_OBJECT || token == JSON_ARRAY);
    while (token != JSON_ERROR && json->depth > outside) {
        token = json_next(json);
    }
    return token != JSON_ERROR;
}
