/* import_scan.c: the scanner of import_internal.h. Numbers over 2^64-1 are not numbers. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "import_internal.h"

static size_t left(const struct import_scan *scan)
{
    return (size_t)(scan->end - scan->at);
}

bool import_scan_text(struct import_scan *scan, const char *text)
{
    const size_t bytes = strlen(text);
    if (left(scan) < bytes || memcmp(scan->at, text, bytes) != 0) {
        return false;
    }
    scan->at += bytes;
    return true;
}

void import_scan_space(struct import_scan *scan)
{
    while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\t')) {
        scan->at++;
    }
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 16;
}

static bool scan_digits(struct import_scan *scan, uint64_t base, uint64_t *value)
{
    const char *at = scan->at;
    uint64_t sum = 0;
    for (; at < scan->end && (uint64_t)digit_of(*at) < base; at++) {
        const uint64_t digit = (uint64_t)digit_of(*at);
        if (sum > (UINT64_MAX - digit) / base) {
            return false;
        }
        sum = sum * base + digit;
    }
    if (at == scan->at) {
        return false;
    }
    scan->at = at;
    *value = sum;
    return true;
}

bool import_scan_decimal(struct import_scan *scan, uint64_t *value)
{
    return scan_digits(scan, 10, value);
}

static bool scan_prefixed(struct import_scan *scan, uint64_t *value)
{
    struct import_scan behind = *scan;
    if ((!import_scan_text(&behind, "0x") && !import_scan_text(&behind, "0X")) || !scan_digits(&behind, 16, value)) {
        return false;
    }
    *scan = behind;
    return true;
}

bool import_scan_hex(struct import_scan *scan, uint64_t *value)
{
    return scan_prefixed(scan, value) || scan_digits(scan, 16, value);
}

bool import_scan_number(struct import_scan *scan, uint64_t *value)
{
    return scan_prefixed(scan, value) || scan_digits(scan, 10, value);
}

bool import_scan_pointer(struct import_scan *scan, uint64_t *value)
{
    static const char *const nothing[] = {"(nil)", "nil", "NULL", "(null)", "null"};
    for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++) {
        if (import_scan_text(scan, nothing[i])) {
            *value = 0;
            return true;
        }
    }
    return import_scan_number(scan, value);
}

bool import_scan_done(const struct import_scan *scan)
{
    struct import_scan rest = *scan;
    import_scan_space(&rest);
    return rest.at == rest.end;
}

static bool in_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

bool import_scan_word(struct import_scan *scan, struct import_scan *word)
{
    const char *at = scan->at;
    while (at < scan->end && !in_word(*at)) {
        at++;
    }
    word->at = at;
    while (at < scan->end && in_word(*at)) {
        at++;
    }
    word->end = at;
    if (word->at == word->end) {
        return false;
    }
    scan->at = at;
    return true;
}

bool import_scan_find(struct import_scan *scan, const char *text)
{
    const char *at = memmem(scan->at, left(scan), text, strlen(text));
    if (!at) {
        return false;
    }
    scan->at = at + strlen(text);
    return true;
}

bool import_scan_is(const struct import_scan *scan, const char *text)
{
    return left(scan) == strlen(text) && strncasecmp(scan->at, text, left(scan)) == 0;
}

bool import_scan_ends(const struct import_scan *scan, const char *text)
{
    const size_t bytes = strlen(text);
    return left(scan) >= bytes && strncasecmp(scan->end - bytes, text, bytes) == 0;
}

bool import_each_line(struct import_scan *text, bool whole, struct import_scan *line)
{
    if (text->at == text->end) {
        return false;
    }
    const char *feed = memchr(text->at, '\n', left(text));
    if (!feed && !whole) {
        return false;
    }
    line->at = text->at;
    line->end = feed ? feed : text->end;
    text->at = feed ? feed + 1 : text->end;
    if (line->end > line->at && line->end[-1] == '\r') {
        line->end--;
    }
    return true;
}

bool import_any_line(struct import_scan text, bool whole, bool (*judge)(struct import_scan line))
{
    struct import_scan line;
    while (import_each_line(&text, whole, &line)) {
        if (judge(line)) {
            return true;
        }
    }
    return false;
}
