/* trace_error.c: names, texts and exit codes of trace errors, all from the one list in trace_error.h, and their one-line form. */
#include "trace_error.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "trace_report.h"

const char *trace_error_name(int code)
{
    switch (code) {
    case TRACE_OK: return "OK";
    case TRACE_E_RANGE: return "RANGE";
#define X(code, name, text) case code: return #name;
        TRACE_ERRORS(X)
#undef X
    default: return "?";
    }
}

const char *trace_error_text(int code)
{
    switch (code) {
    case TRACE_OK: return "no error";
    case TRACE_E_RANGE: return "not in this trace";
#define X(code, name, text) case code: return text;
        TRACE_ERRORS(X)
#undef X
    default: return "unknown error";
    }
}

int trace_error_exit(int code)
{
    switch (code) {
    case TRACE_OK: return 0;
    case TRACE_E_MEMORY:
    case TRACE_E_CAP:
    case TRACE_E_WRITE: return 4;
    default: return 3;
    }
}

static void append(char *buffer, size_t size, size_t *length, const char *format, ...) __attribute__((format(printf, 4, 5)));

static void append(char *buffer, size_t size, size_t *length, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    bool room = *length < size;
    int added = vsnprintf(room ? buffer + *length : NULL, room ? size - *length : 0, format, arguments);
    va_end(arguments);
    if (added > 0) {
        *length += (size_t)added;
    }
}

int trace_error_format(const struct trace_error *error, char *buffer, size_t size)
{
    size_t length = 0;
    append(buffer, size, &length, "%s", error->file[0] ? error->file : "trace");
    if (error->line) {
        append(buffer, size, &length, ":%" PRIu64 ":%" PRIu64, error->line, error->column);
    } else if (error->column) {
        append(buffer, size, &length, ": byte %" PRIu64, error->column - 1);
    }
    append(buffer, size, &length, ": %s", trace_error_text(error->code));
    if (error->found[0]) {
        append(buffer, size, &length, error->code > TRACE_E_SYNTAX ? ": %s" : ": found %s", error->found); /* the system's word, or the file's */
    }
    if (error->expected[0]) {
        append(buffer, size, &length, "%s expected %s", error->found[0] ? "," : ":", error->expected);
    }
    if (error->events || error->code == TRACE_E_TRUNCATED) {
        append(buffer, size, &length, " (after %" PRIu64 " whole event%s)", error->events, error->events == 1 ? "" : "s");
    }
    return (int)length;
}

int trace_error_set(struct trace_error *error, int code, const char *expected, const char *found, ...)
{
    error->code = code;
    va_list arguments;
    va_start(arguments, found);
    vsnprintf(error->found, sizeof error->found, found, arguments);
    va_end(arguments);
    snprintf(error->expected, sizeof error->expected, "%s", expected);
    return code;
}

char *trace_error_quote(char *out, size_t size, const void *bytes, size_t count)
{
    static const char digits[] = "0123456789ABCDEF";
    const unsigned char *byte = bytes;
    size_t at = 0;
    out[at++] = '"';
    for (size_t i = 0; i < count; i++) {
        if (at + 4 + sizeof "...\"" > size) {
            memcpy(out + at, "...", 3);
            at += 3;
            break;
        }
        if (byte[i] >= 0x20 && byte[i] < 0x7F) {
            out[at++] = (char)byte[i];
        } else {
            out[at++] = '\\';
            out[at++] = 'x';
            out[at++] = digits[byte[i] >> 4];
            out[at++] = digits[byte[i] & 15];
        }
    }
    out[at++] = '"';
    out[at] = '\0';
    return out;
}

char *trace_error_byte(char out[16], int byte)
{
    if (byte > 0x20 && byte < 0x7F) {
        snprintf(out, 16, "'%c'", byte);
    } else {
        snprintf(out, 16, "byte 0x%02X", (unsigned)byte & 0xFFu);
    }
    return out;
}
