/* format.c: numbers as text, by value: a result lives as long as the caller's variable. */
#include "format.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct text_number format_count(uint64_t value)
{
    struct text_number out;
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%" PRIu64, value);
    char *to = out.s;
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0) {
            *to++ = ',';
        }
        *to++ = digits[i];
    }
    *to = '\0';
    return out;
}

struct text_number format_bytes(uint64_t bytes)
{
    struct text_number out = format_count(bytes);
    strcat(out.s, " B");
    return out;
}

struct text_number format_exact(uint64_t bytes)
{
    static const char *const units[] = {" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"};
    int unit = 0;
    for (; bytes != 0 && bytes % 1024 == 0; bytes /= 1024) {
        unit++;
    }
    struct text_number out = format_count(bytes);
    strcat(out.s, units[unit]);
    return out;
}

/* Tenths of `one`, rounded. */
static uint64_t tenths_of(uint64_t bytes, uint64_t one) { return bytes / one * 10 + ((bytes % one) * 10 + one / 2) / one; }

struct text_number format_size(uint64_t bytes)
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    struct text_number out;
    if (bytes < 1024) {
        return format_bytes(bytes);
    }
    int unit = 0;
    uint64_t one = 1024, tenths = tenths_of(bytes, one);
    while (unit < 5 && tenths >= 10240) {
        one *= 1024;
        unit++;
        tenths = tenths_of(bytes, one);
    }
    if (bytes % one == 0) {
        snprintf(out.s, sizeof out.s, "%" PRIu64 " %s", bytes / one, units[unit]);
    } else {
        snprintf(out.s, sizeof out.s, "%" PRIu64 ".%d %s", tenths / 10, (int)(tenths % 10), units[unit]);
    }
    return out;
}

struct text_number format_percent(uint64_t part, uint64_t whole)
{
    struct text_number out;
    snprintf(out.s, sizeof out.s, "%.1f %%", whole ? 100.0 * (double)part / (double)whole : 0.0);
    return out;
}

struct text_number format_address(uint64_t address)
{
    struct text_number out;
    snprintf(out.s, sizeof out.s, "%08" PRIX64, address);
    return out;
}

struct text_number format_speed(uint64_t events)
{
    struct text_number out;
    if (events >= 1000000) {
        snprintf(out.s, sizeof out.s, "%" PRIu64 "M/s", events / 1000000);
    } else if (events >= 1000 && events < 10000 && events % 1000 >= 100) {
        snprintf(out.s, sizeof out.s, "%" PRIu64 ".%" PRIu64 "k/s", events / 1000, events % 1000 / 100);
    } else if (events >= 1000) {
        snprintf(out.s, sizeof out.s, "%" PRIu64 "k/s", events / 1000);
    } else {
        snprintf(out.s, sizeof out.s, "%" PRIu64 "/s", events);
    }
    return out;
}
