/* import_board.c: what boards print from the hooks of FreeRTOS and of Zephyr. There is no fixed form, so words and numbers are looked for.
 *
 * FreeRTOS, traceMALLOC(p, n) and traceFREE(p, n) as lines:
 *   traceMALLOC(0x20000410, 72)     traceFREE 0x20000410 72
 * heap_2, heap_4 and heap_5 give n as the block's size with its header, and (NULL, 0) on failure. The header (8 bytes, 16 where addresses
 * have 64 bits) is subtracted; the request was that or up to an alignment less. heap_1 and heap_3 give the request itself: sizes that no
 * block has (no multiple of 4, under 16), or frees of 0 bytes, give them away, if they stand among the first lines.
 *
 * Zephyr, a heap listener's heap id, address and bytes, or address and bytes:
 *   alloc heap 0x20000508 mem 0x20000a10 bytes 48      [00:00:01.020,000] <inf> app: Memory freed at 0x20000a10, size 48
 * The bytes are what the block can hold, not what was asked for.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "import_internal.h"

/* ---- numbers anywhere in a line ---- */

struct number { uint64_t value; bool pointer; }; /* pointer: written with 0x, or as nothing */

static bool joins(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '.';
}

/* The next number; eight digits, or digits with letters among them, are an address without its 0x. */
static bool next_number(struct import_scan *line, struct number *number)
{
    const char *start = line->at;
    for (const char *at = start; at < line->end; at++) {
        struct import_scan scan = {at, line->end}, hex = scan;
        uint64_t plain = 0;
        if ((at > start && joins(at[-1])) || (at == start && joins(*at) && !isxdigit((unsigned char)*at))) {
            continue;
        }
        const bool prefixed = line->end - at > 1 && at[0] == '0' && (at[1] == 'x' || at[1] == 'X');
        const bool found = import_scan_pointer(&scan, &number->value);
        const bool bare = !prefixed && import_scan_hex(&hex, &plain) && hex.at - at == 8;
        if (bare && (hex.at == hex.end || !joins(*hex.at))) {
            *number = (struct number){plain, true};
            line->at = hex.at;
            return true;
        }
        if (found && (scan.at == scan.end || !isalnum((unsigned char)*scan.at))) {
            number->pointer = prefixed || !isdigit((unsigned char)*at);
            line->at = scan.at;
            return true;
        }
    }
    return false;
}

static int read_numbers(struct import_scan *line, struct number *numbers, int most)
{
    int count = 0;
    while (count < most && next_number(line, &numbers[count])) {
        count++;
    }
    return count;
}

/* ---- FreeRTOS ---- */

struct freertos { bool looked, requests; };

enum { F_NONE, F_MALLOC, F_FREE };

/* The hook's name, and the numbers behind it: F_NONE where the line is something else. */
static int freertos_call(struct import_scan *line, bool *named)
{
    struct import_scan word;
    while (import_scan_word(line, &word)) {
        *named = import_scan_is(&word, "traceMALLOC") || import_scan_is(&word, "traceFREE");
        if (*named || import_scan_is(&word, "malloc") || import_scan_is(&word, "free") || import_scan_is(&word, "pvPortMalloc") ||
            import_scan_is(&word, "vPortFree")) {
            return import_scan_ends(&word, "malloc") ? F_MALLOC : F_FREE;
        }
    }
    return F_NONE;
}

/* A line whose form is sure; 0 numbers where it is none. */
static int freertos_line(struct import_scan line, struct number numbers[2])
{
    bool named = false;
    const int call = freertos_call(&line, &named);
    if (call == F_NONE || read_numbers(&line, numbers, 2) != 2) {
        return F_NONE;
    }
    return named || (numbers[0].pointer && !numbers[1].pointer) ? call : F_NONE;
}

static bool freertos_looks_right(struct import_scan line)
{
    struct number numbers[2];
    return freertos_line(line, numbers) != F_NONE;
}

static bool freertos_detect(struct import_scan text, bool whole)
{
    return import_any_line(text, whole, freertos_looks_right);
}

/* A size that no block with a header has. */
static bool is_request(struct import_scan line)
{
    struct number numbers[2];
    const int call = freertos_line(line, numbers);
    return (call == F_MALLOC && numbers[0].value && (numbers[1].value % 4 || numbers[1].value < 16)) ||
           (call == F_FREE && numbers[0].value && numbers[1].value == 0);
}

/* Before the first call: whether this line, or one of those that have come already, has the size that was asked for. */
static void look_ahead(struct import *import, struct import_scan line)
{
    struct freertos *freertos = import->state;
    const struct trace_bytes *bytes = &import->reader->bytes;
    const struct import_scan come = {(const char *)bytes->cur, (const char *)bytes->end};
    freertos->looked = true;
    freertos->requests = is_request(line) || import_any_line(come, bytes->ended, is_request);
    import->adds = freertos->requests ? "the sizes are those of heap_1 or heap_3: what was asked for"
                                      : "approximate: the sizes are blocks, of which a header of 8 bytes (16 with 64-bit addresses) was subtracted, "
                                        "so they are what was asked for or a little more";
}

static int freertos_read_line(struct import *import, struct import_scan *line)
{
    struct freertos *freertos = import->state;
    struct number numbers[2];
    bool named = false;
    const struct import_scan whole = *line;
    const int call = freertos_call(line, &named);
    if (call == F_NONE) {
        return 0;
    }
    const int count = read_numbers(line, numbers, 2);
    if (count != 2) {
        return named ? import_bad(import, line, "the block's address and its size") : 0;
    }
    if (freertos_line(whole, numbers) == F_NONE) {
        return 0;
    }
    if (!freertos->looked) {
        look_ahead(import, whole);
    }
    const uint64_t address = numbers[0].value, size = numbers[1].value, header = address > UINT32_MAX ? 16 : 8;
    if (call == F_FREE) {
        return import_free(import, address);
    }
    if (address == 0 && size == 0) {
        import->tallies[IMPORT_NO_SIZE]++;
        return 0;
    }
    return import_alloc(import, address, freertos->requests || size < header ? size : size - header, 0);
}

const struct import_format import_freertos = {
    .name = "FreeRTOS traceMALLOC/traceFREE lines",
    .source = "FreeRTOS trace hooks",
    .loses = "times, threads, call sites, the sizes of failed requests",
    .state_bytes = sizeof(struct freertos),
    .detect = freertos_detect,
    .line = freertos_read_line,
};

/* ---- Zephyr ---- */

struct zephyr_call { int op; bool has_heap; uint64_t heap, address, bytes; };

/* "heap 0x20000508" or "heap_id=536872200" before or behind the verb. */
static bool find_heap(struct import_scan line, struct number *heap)
{
    struct import_scan word;
    while (import_scan_word(&line, &word)) {
        if (import_scan_is(&word, "heap") || import_scan_is(&word, "heap_id") || import_scan_is(&word, "id")) {
            const char *at = line.at;
            while (at < line.end && (*at == ' ' || *at == '=' || *at == ':' || *at == '(')) {
                at++;
            }
            struct import_scan number = {at, line.end};
            if (import_scan_number(&number, &heap->value) && (number.at == number.end || !isalnum((unsigned char)*number.at))) {
                return true;
            }
        }
    }
    return false;
}

static int zephyr_verb(struct import_scan *line)
{
    struct import_scan word;
    while (import_scan_word(line, &word)) {
        if (import_scan_ends(&word, "alloc") || import_scan_ends(&word, "allocated")) {
            return F_MALLOC;
        }
        if (import_scan_ends(&word, "free") || import_scan_ends(&word, "freed")) {
            return F_FREE;
        }
    }
    return F_NONE;
}

/* What the line says; op F_NONE where it says nothing about a block. */
static struct zephyr_call zephyr_line(struct import_scan line)
{
    struct zephyr_call call = {0};
    struct number numbers[3], heap;
    struct import_scan behind = line;
    call.op = zephyr_verb(&behind);
    if (call.op == F_NONE) {
        return call;
    }
    int count = read_numbers(&behind, numbers, 3), at = 0;
    if (find_heap(line, &heap)) {
        call.has_heap = true;
        call.heap = heap.value;
        at = count > 0 && numbers[0].value == heap.value ? 1 : 0;
    } else if (count == 3 || (count == 2 && numbers[1].pointer)) {
        call.has_heap = true;
        call.heap = numbers[0].value;
        at = 1;
    }
    count -= at;
    if (count < (call.op == F_FREE ? 1 : 2) || !numbers[at].pointer) {
        call.op = F_NONE;
        return call;
    }
    call.address = numbers[at].value;
    call.bytes = count > 1 ? numbers[at + 1].value : 0;
    return call;
}

static bool zephyr_looks_right(struct import_scan line)
{
    return zephyr_line(line).op == F_MALLOC;
}

static bool zephyr_detect(struct import_scan text, bool whole)
{
    return import_any_line(text, whole, zephyr_looks_right);
}

static int zephyr_read_line(struct import *import, struct import_scan *line)
{
    const struct zephyr_call call = zephyr_line(*line);
    char heap[40];
    if (call.op == F_NONE || call.address == 0) {
        return 0;
    }
    import->heap = 0;
    if (call.has_heap) {
        snprintf(heap, sizeof heap, "heap 0x%" PRIx64, call.heap);
        import->heap = import_heap(import, heap, strlen(heap));
    }
    return call.op == F_FREE ? import_free(import, call.address) : import_alloc(import, call.address, call.bytes, 0);
}

const struct import_format import_zephyr = {
    .name = "Zephyr heap listener lines",
    .source = "Zephyr heap listener",
    .loses = "times, threads, call sites, failed calls, reallocs (they appear as a free and an alloc), alignments",
    .adds = "the sizes are usable sizes: what was asked for or a little more",
    .detect = zephyr_detect,
    .line = zephyr_read_line,
};
