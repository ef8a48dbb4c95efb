/* import_android.c: Android's malloc_debug, option record_allocs (and what memory_replay takes).
 *
 *   TID: malloc PTR SIZE          TID: realloc NEW OLD SIZE        TID: free PTR
 *   TID: calloc PTR N SIZE        TID: memalign PTR ALIGN SIZE     TID: thread_done [0x0]
 * Newer versions put the call's begin and end behind it, in nanoseconds; thread_done has the end alone.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "import_internal.h"

struct android { bool timed; uint64_t start_ns; };

enum { A_MALLOC, A_CALLOC, A_REALLOC, A_MEMALIGN, A_FREE, A_DONE, A_OPS };

/* What stands behind the pointer: how many numbers; the first may be a pointer too. */
static const struct { const char *name; int numbers; } ops[A_OPS] = {
    [A_MALLOC] = {"malloc", 1}, [A_CALLOC] = {"calloc", 2}, [A_REALLOC] = {"realloc", 2},
    [A_MEMALIGN] = {"memalign", 2}, [A_FREE] = {"free", 0}, [A_DONE] = {"thread_done", 0},
};

static bool begin_of_line(struct import_scan *line, uint64_t *tid, int *op)
{
    struct import_scan word;
    import_scan_space(line);
    if (!import_scan_decimal(line, tid) || !import_scan_text(line, ": ")) {
        return false;
    }
    word = *line;
    if (!import_scan_word(line, &word)) {
        return false;
    }
    for (*op = 0; *op < A_OPS; ++*op) {
        if (import_scan_is(&word, ops[*op].name)) {
            return line->at == line->end || *line->at == ' ';
        }
    }
    return false;
}

static bool looks_right(struct import_scan line)
{
    uint64_t tid, pointer;
    int op;
    if (!begin_of_line(&line, &tid, &op) || (op != A_DONE && !import_scan_text(&line, " "))) {
        return false;
    }
    return op == A_DONE || import_scan_pointer(&line, &pointer);
}

static bool detect(struct import_scan text, bool whole)
{
    return import_any_line(text, whole, looks_right);
}

static int read_time(struct import *import, struct import_scan *line, int op)
{
    struct android *android = import->state;
    uint64_t begin = 0, end = 0;
    import_scan_space(line);
    if (import_scan_done(line)) {
        return 0;
    }
    if (!import_scan_decimal(line, &begin)) {
        return import_bad(import, line, "the call's begin and end, or the end of the line");
    }
    import_scan_space(line);
    if (op != A_DONE && !import_scan_decimal(line, &end)) {
        return import_bad(import, line, "the call's end");
    }
    if (!android->timed) {
        android->timed = true;
        android->start_ns = begin;
    }
    import_time(import, begin > android->start_ns ? begin - android->start_ns : 0);
    return import_scan_done(line) ? 0 : import_bad(import, line, "the end of the line");
}

static int report(struct import *import, int op, uint64_t pointer, const uint64_t numbers[2])
{
    switch (op) {
    case A_MALLOC: return import_alloc(import, pointer, numbers[0], 0);
    case A_CALLOC: return import_calloc(import, pointer, numbers[0], numbers[1]);
    case A_REALLOC: return import_realloc(import, numbers[0], pointer, numbers[1]);
    case A_MEMALIGN: return import_alloc(import, pointer, numbers[1], numbers[0]);
    case A_FREE: return import_free(import, pointer);
    default: return 0;
    }
}

static int read_line(struct import *import, struct import_scan *line)
{
    uint64_t tid = 0, pointer = 0, numbers[2] = {0, 0};
    int op = 0;
    char thread[40];
    if (import_scan_done(line)) {
        return 0;
    }
    if (!begin_of_line(line, &tid, &op)) {
        return import_bad(import, line, "TID: malloc, calloc, realloc, memalign, free or thread_done");
    }
    import_scan_space(line);
    if (!import_scan_pointer(line, &pointer) && (op != A_DONE || !import_scan_done(line))) {
        return import_bad(import, line, "an address");
    }
    for (int i = 0; i < ops[op].numbers; i++) {
        import_scan_space(line);
        if (!import_scan_pointer(line, &numbers[i])) {
            return import_bad(import, line, op == A_REALLOC && i == 0 ? "the old address" : "a number");
        }
    }
    const int code = read_time(import, line, op);
    if (code || op == A_DONE) {
        return code;
    }
    snprintf(thread, sizeof thread, "thread %" PRIu64, tid);
    import->thread = import_thread(import, thread, strlen(thread));
    return report(import, op, pointer, numbers);
}

const struct import_format import_android = {
    .name = "Android record_allocs",
    .source = "Android malloc_debug record_allocs log",
    .time_unit = "ns",
    .loses = "call sites; times where the lines have none",
    .state_bytes = sizeof(struct android),
    .detect = detect,
    .line = read_line,
};
