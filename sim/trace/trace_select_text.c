/* trace_select_text.c: selections in words: the bounds as a user writes them, and what was selected as a user reads it. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace_select.h"

/* ---- bounds ---- */

/* Decimal digits and nothing else, at most 2^53-1. */
static bool parse_number(const char *text, uint64_t *number)
{
    *number = 0;
    for (const char *at = text; *at; at++) {
        if (*at < '0' || *at > '9' || *number > TRACE_ID_MAX / 10) {
            return false;
        }
        *number = *number * 10 + (uint64_t)(*at - '0');
    }
    return *text && *number <= TRACE_ID_MAX;
}

static const char *ordinal_of(const char *text)
{
    uint64_t ignored;
    const char *hash = strrchr(text, '#');
    return hash && parse_number(hash + 1, &ignored) ? hash : NULL;
}

const char *trace_bound_mark(const struct trace_bound *bound, size_t *bytes)
{
    const char *name = bound->text + strlen("mark="), *hash = ordinal_of(name);
    *bytes = hash ? (size_t)(hash - name) : strlen(name);
    return name;
}

bool trace_bound_parse(struct trace_bound *bound, const char *text, char *why, size_t why_size)
{
    const char *expected = "an event's number (from 1), t=TIME or mark=NAME";
    struct trace_bound made = {.kind = TRACE_BOUND_EVENT, .text = text};
    bool good = false;
    if (strncmp(text, "t=", 2) == 0) {
        made.kind = TRACE_BOUND_TIME;
        expected = "t=TIME with an integer 0 ... 2^53-1";
        good = parse_number(text + 2, &made.number);
    } else if (strncmp(text, "mark=", 5) == 0) {
        const char *hash = ordinal_of(text + 5);
        size_t bytes;
        made.kind = TRACE_BOUND_MARK;
        expected = "mark=NAME, or mark=NAME#2 for the second of that name";
        trace_bound_mark(&made, &bytes);
        good = bytes != 0 && (!hash || (parse_number(hash + 1, &made.number) && made.number != 0));
    } else {
        good = parse_number(text, &made.number) && made.number != 0;
    }
    if (good) {
        *bound = made;
    } else {
        snprintf(why, why_size, "expected %s", expected);
    }
    return good;
}

bool trace_selection_any(const struct trace_selection *selection)
{
    return selection && (selection->from.kind != TRACE_BOUND_NONE || selection->to.kind != TRACE_BOUND_NONE || selection->heap);
}

/* ---- words ---- */

char *trace_count_text(char text[32], uint64_t count)
{
    char digits[24];
    const int length = snprintf(digits, sizeof digits, "%" PRIu64, count);
    char *to = text;
    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0) {
            *to++ = ',';
        }
        *to++ = digits[i];
    }
    *to = '\0';
    return text;
}

size_t trace_name_text(char *text, size_t size, size_t at, const char *name, size_t most)
{
    size_t bytes = strlen(name);
    const bool cut = bytes > most;
    for (bytes = cut ? most : bytes; cut && bytes && ((unsigned char)name[bytes] & 0xC0) == 0x80; bytes--) {
    }
    if (at >= size || size - at < bytes + sizeof "…") {
        return at;
    }
    for (size_t i = 0; i < bytes; i++) {
        text[at++] = (unsigned char)name[i] < 0x20 || name[i] == 0x7F ? '?' : name[i];
    }
    text[at] = '\0';
    return at + (cut ? (size_t)snprintf(text + at, size - at, "…") : 0);
}

/* As snprintf behind what stands there. */
static void add(char *text, size_t size, int *length, const char *format, ...) __attribute__((format(printf, 4, 5)));

static void add(char *text, size_t size, int *length, const char *format, ...)
{
    const size_t at = (size_t)*length < size ? (size_t)*length : size;
    va_list arguments;
    va_start(arguments, format);
    const int more = vsnprintf(at < size ? text + at : NULL, size - at, format, arguments);
    va_end(arguments);
    *length += more > 0 ? more : 0;
}

int trace_selected_text(const struct trace_selected *selected, const struct trace_header *header, const char *path, char *text, size_t size)
{
    char first[32], last[32];
    int length = 0;
    if (!selected->first) {
        add(text, size, &length, "no events of %s", path);
    } else if (selected->first == selected->last) {
        add(text, size, &length, "event %s of %s", trace_count_text(first, selected->first), path);
    } else {
        add(text, size, &length, "events %s … %s of %s", trace_count_text(first, selected->first), trace_count_text(last, selected->last), path);
    }
    if (selected->alive_blocks) {
        add(text, size, &length, ", after the %s block%s (%s bytes) alive before them", trace_count_text(first, selected->alive_blocks),
            selected->alive_blocks == 1 ? "" : "s", trace_count_text(last, selected->alive_bytes));
    }
    if (selected->has_heap) {
        const char *name = selected->heap < header->heap_count ? header->heaps[selected->heap].name : NULL;
        add(text, size, &length, "; of them those of heap %" PRIu32 "%s%s%s", selected->heap, name ? " (" : "", name ? name : "", name ? ")" : "");
    }
    return length;
}

int trace_selection_text(const struct trace_selection *selection, char *text, size_t size)
{
    int length = 0;
    if (size) {
        text[0] = '\0';
    }
    if (selection->from.kind != TRACE_BOUND_NONE) {
        add(text, size, &length, " --from %s", selection->from.text);
    }
    if (selection->to.kind != TRACE_BOUND_NONE) {
        add(text, size, &length, " --to %s", selection->to.text);
    }
    if (selection->heap) {
        add(text, size, &length, " --heap %s", selection->heap);
    }
    if (length && size) {
        memmove(text, text + 1, strlen(text));
        length--;
    }
    return length;
}
