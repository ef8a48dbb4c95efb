/* import_mbed.c: the memory tracer of Mbed OS (mbed_mem_trace_default_callback), as it comes over the serial line.
 *
 *   #m:0x20003240;0x600d-50              malloc: result; caller-bytes
 *   #c:0x20003280;0x600d-4;100           calloc: result; caller-elements; bytes each
 *   #r:0x20003300;0x6011-0x20003240;80   realloc: result; caller-old block; bytes
 *   #f:0x0;0x602f-0x20003300             free: 0; caller-block
 * Any prefix may stand before the letter, and lines of the program's own may stand between: they are passed over.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "import_internal.h"

/* "m:0x20003240;" with nothing that belongs to a word before it. */
static bool begin_of_call(struct import_scan *line, char *op, uint64_t *result)
{
    for (const char *at = line->at; line->end - at > 3; at++) {
        struct import_scan scan = {at + 2, line->end};
        if (at[1] == ':' && memchr("mcrf", *at, 4) && (at == line->at || !isalnum((unsigned char)at[-1])) && import_scan_hex(&scan, result) &&
            import_scan_text(&scan, ";")) {
            *op = *at;
            *line = scan;
            return true;
        }
    }
    return false;
}

static bool looks_right(struct import_scan line)
{
    char op;
    uint64_t number;
    return begin_of_call(&line, &op, &number) && import_scan_hex(&line, &number) && import_scan_text(&line, "-") && import_scan_hex(&line, &number);
}

static bool detect(struct import_scan text, bool whole)
{
    return import_any_line(text, whole, looks_right);
}

static int report(struct import *import, char op, uint64_t result, uint64_t first, uint64_t second)
{
    switch (op) {
    case 'm': return import_alloc(import, result, first, 0);
    case 'c': return import_calloc(import, result, first, second);
    case 'r': return import_realloc(import, first, result, second);
    default: return import_free(import, first);
    }
}

static int read_line(struct import *import, struct import_scan *line)
{
    char op = 0, site[32];
    uint64_t result = 0, caller = 0, first = 0, second = 0;
    if (!begin_of_call(line, &op, &result)) {
        return 0;
    }
    if (!import_scan_hex(line, &caller) || !import_scan_text(line, "-")) {
        return import_bad(import, line, "the caller's address and -");
    }
    const bool pointer = op == 'r' || op == 'f', two = op == 'c' || op == 'r';
    if (!(pointer ? import_scan_hex(line, &first) : import_scan_decimal(line, &first))) {
        return import_bad(import, line, pointer ? "the block's address" : "a number");
    }
    if (two && (!import_scan_text(line, ";") || !import_scan_decimal(line, &second))) {
        return import_bad(import, line, "; and a number of bytes");
    }
    if (!import_scan_done(line)) {
        return import_bad(import, line, "the end of the line");
    }
    snprintf(site, sizeof site, "0x%" PRIx64, caller);
    import->site = import_site(import, site, strlen(site));
    return report(import, op, result, first, second);
}

const struct import_format import_mbed = {
    .name = "an Mbed OS memory trace",
    .source = "Mbed OS memory trace",
    .loses = "times, threads, alignments",
    .detect = detect,
    .line = read_line,
};
