/* import_ltrace.c: the text of ltrace(1): every line a call of a library.
 *
 *   malloc(24)                       = 0x558b0c0862a0
 *   25559 realloc(0x558b0c0862a0, 4000) = 0x558b0c0862e0       with -f: the thread's number first
 *   [pid 25559] p->free(0x558b0c0862c0) = <void>               and what other options put before and behind
 *   25560 malloc(77 <unfinished ...>                           another thread comes between
 *   25560 <... malloc resumed> )     = 0x7fb0b0000b70
 * Other calls, signals and exits are passed over. ltrace prints more arguments than a function has where it does not know it. posix_memalign
 * does not show its block. operator new and delete are known by their mangled names (without -C).
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "import_internal.h"

#define PENDING_MAX 256

enum { L_MALLOC, L_CALLOC, L_REALLOC, L_REALLOCARRAY, L_MEMALIGN, L_NEW, L_NEW_ALIGNED, L_FREE, L_DELETE, L_POSIX_MEMALIGN };

static const struct { const char *name; int op, arguments; } functions[] = {
    {"malloc", L_MALLOC, 1}, {"calloc", L_CALLOC, 2}, {"realloc", L_REALLOC, 2}, {"reallocarray", L_REALLOCARRAY, 3}, {"free", L_FREE, 1},
    {"cfree", L_FREE, 1}, {"memalign", L_MEMALIGN, 2}, {"aligned_alloc", L_MEMALIGN, 2}, {"valloc", L_MALLOC, 1}, {"pvalloc", L_MALLOC, 1},
    {"posix_memalign", L_POSIX_MEMALIGN, 3}, {"_Znwm", L_NEW, 1}, {"_Znam", L_NEW, 1}, {"_Znwj", L_NEW, 1}, {"_Znaj", L_NEW, 1},
    {"_ZnwmSt11align_val_t", L_NEW_ALIGNED, 2}, {"_ZnamSt11align_val_t", L_NEW_ALIGNED, 2}, {"_ZdlPv", L_DELETE, 1}, {"_ZdaPv", L_DELETE, 1},
    {"_ZdlPvm", L_DELETE, 1}, {"_ZdaPvm", L_DELETE, 1}, {"_ZdlPvj", L_DELETE, 1}, {"_ZdaPvj", L_DELETE, 1},
    {"_ZdlPvmSt11align_val_t", L_DELETE, 1}, {"_ZdaPvmSt11align_val_t", L_DELETE, 1},
};
#define FUNCTIONS ((int)(sizeof functions / sizeof functions[0]))

struct call { uint64_t pid; int function; uint64_t arguments[3]; struct record_block block; };

struct ltrace { struct call pending[PENDING_MAX]; uint32_t count; };

static int find_function(struct import_scan name)
{
    for (int i = 0; i < FUNCTIONS; i++) {
        if (strlen(functions[i].name) == (size_t)(name.end - name.at) && memcmp(functions[i].name, name.at, strlen(functions[i].name)) == 0) {
            return i;
        }
    }
    return FUNCTIONS;
}

/* "malloc(" after whatever ltrace's options put before it: the function, or FUNCTIONS. `line` then stands behind the bracket. */
static int begin_of_call(struct import_scan *line)
{
    struct import_scan name = {line->at, line->at}, rest = *line;
    if (!import_scan_find(&rest, "(")) {
        return FUNCTIONS;
    }
    name.at = name.end = rest.at - 1;
    while (name.at > line->at && name.at[-1] != ' ' && name.at[-1] != '>') {
        name.at--;
    }
    const char *version = memchr(name.at, '@', (size_t)(name.end - name.at)); /* malloc@libc.so.6 */
    name.end = version ? version : name.end;
    const int function = find_function(name);
    if (function < FUNCTIONS) {
        *line = rest;
    }
    return function;
}

/* "<... malloc resumed> )". */
static int resumed_call(struct import_scan *line)
{
    struct import_scan rest = *line, name;
    if (!import_scan_find(&rest, "<... ")) {
        return FUNCTIONS;
    }
    name = rest;
    if (!import_scan_find(&rest, " resumed>")) {
        return FUNCTIONS;
    }
    name.end = rest.at - strlen(" resumed>");
    const char *version = memchr(name.at, '@', (size_t)(name.end - name.at));
    name.end = version ? version : name.end;
    const int function = find_function(name);
    if (function < FUNCTIONS) {
        *line = rest;
    }
    return function;
}

/* A thread's number: "25559 " or "[pid 25559] "; 0 where there is none. */
static uint64_t read_pid(struct import_scan line)
{
    uint64_t pid = 0;
    import_scan_space(&line);
    if (import_scan_text(&line, "[pid ")) {
        return import_scan_decimal(&line, &pid) ? pid : 0;
    }
    return import_scan_decimal(&line, &pid) && line.at < line.end && *line.at == ' ' ? pid : 0;
}

static bool read_arguments(struct import_scan *line, struct call *call)
{
    for (int i = 0; i < functions[call->function].arguments; i++) {
        import_scan_space(line);
        if (i && !import_scan_text(line, ",")) {
            return false;
        }
        import_scan_space(line);
        if (!import_scan_pointer(line, &call->arguments[i])) {
            return false;
        }
    }
    return true;
}

static bool looks_right(struct import_scan line)
{
    struct call call = {0};
    struct import_scan behind = line;
    if (resumed_call(&behind) < FUNCTIONS) {
        return true;
    }
    call.function = begin_of_call(&line);
    if (call.function == FUNCTIONS || !read_arguments(&line, &call)) {
        return false;
    }
    behind = line;
    return import_scan_find(&behind, "<unfinished") || (import_scan_find(&line, ")") && import_scan_find(&line, "= "));
}

static bool detect(struct import_scan text, bool whole)
{
    return import_any_line(text, whole, looks_right);
}

static int end_realloc(struct import *import, const struct call *call, uint64_t result, uint64_t size)
{
    if (call->arguments[0] == 0) {
        return import_alloc(import, result, size, 0);
    }
    if (call->block.ptr) {
        return import_realloc_end(import, &call->block, result, size);
    }
    import->tallies[size || result ? IMPORT_UNKNOWN_REALLOC : IMPORT_UNKNOWN_FREE]++;
    return size || result ? import_alloc(import, result, size, 0) : 0;
}

/* A call that has ended. `inside`: lines came between, so that what it called itself may have been told already. */
static int report(struct import *import, const struct call *call, uint64_t result, bool inside)
{
    const uint64_t *arguments = call->arguments;
    uint64_t bytes = 0;
    switch (functions[call->function].op) {
    case L_MALLOC: return import_alloc(import, result, arguments[0], 0);
    case L_CALLOC: return import_calloc(import, result, arguments[0], arguments[1]);
    case L_MEMALIGN: return import_alloc(import, result, arguments[1], arguments[0]);
    case L_REALLOC: return end_realloc(import, call, result, arguments[1]);
    case L_REALLOCARRAY:
        bytes = __builtin_mul_overflow(arguments[1], arguments[2], &bytes) ? UINT64_MAX : arguments[1] * arguments[2];
        return end_realloc(import, call, result, bytes);
    case L_NEW: return inside && import_is_live(import, result) ? 0 : import_alloc(import, result, arguments[0], 0);
    case L_NEW_ALIGNED: return inside && import_is_live(import, result) ? 0 : import_alloc(import, result, arguments[0], arguments[1]);
    case L_FREE: return inside ? 0 : import_free(import, arguments[0]);
    case L_DELETE: return inside && !import_is_live(import, arguments[0]) ? 0 : import_free(import, arguments[0]);
    default: import->tallies[IMPORT_NO_RESULT]++; return 0;
    }
}

static void begin_realloc(struct import *import, struct call *call)
{
    const int op = functions[call->function].op;
    if ((op == L_REALLOC || op == L_REALLOCARRAY) && call->arguments[0]) {
        call->block = import_realloc_begin(import, call->arguments[0]);
    }
}

/* Another thread comes between. A free takes effect at once. */
static int suspend(struct import *import, struct call *call)
{
    struct ltrace *ltrace = import->state;
    if (functions[call->function].op == L_FREE) {
        const int code = import_free(import, call->arguments[0]);
        if (code) {
            return code;
        }
    }
    if (ltrace->count == PENDING_MAX) {
        import->tallies[IMPORT_UNFINISHED]++;
        return 0;
    }
    begin_realloc(import, call);
    ltrace->pending[ltrace->count++] = *call;
    return 0;
}

/* The result stands behind the bracket that ends the arguments: 1 and *result (0 for <void>); 0: the call did not end; or an error. */
static int read_result(struct import *import, struct import_scan *line, int op, uint64_t *result)
{
    *result = 0;
    if (!import_scan_find(line, ")")) {
        return import_bad(import, line, ") behind the arguments");
    }
    import_scan_space(line);
    if (!import_scan_text(line, "=")) {
        return import_bad(import, line, "= and the result");
    }
    import_scan_space(line);
    if (import_scan_text(line, "<void>") || op == L_FREE || op == L_DELETE) {
        return 1;
    }
    return import_scan_pointer(line, result) ? 1 : import_bad(import, line, "an address");
}

static int resume(struct import *import, struct import_scan *line, int function, uint64_t pid)
{
    struct ltrace *ltrace = import->state;
    uint64_t result = 0;
    uint32_t at = ltrace->count;
    while (at > 0 && (ltrace->pending[at - 1].pid != pid || ltrace->pending[at - 1].function != function)) {
        at--;
    }
    if (at == 0) {
        import->tallies[IMPORT_UNFINISHED]++;
        return 0;
    }
    const struct call call = ltrace->pending[at - 1];
    const int code = read_result(import, line, functions[function].op, &result);
    if (code < 0) {
        return code;
    }
    ltrace->count--;
    memmove(&ltrace->pending[at - 1], &ltrace->pending[at], (ltrace->count - at + 1) * sizeof call);
    return report(import, &call, result, true);
}

static void set_thread(struct import *import, uint64_t pid)
{
    char thread[40];
    import->thread = 0;
    if (pid) {
        snprintf(thread, sizeof thread, "thread %" PRIu64, pid);
        import->thread = import_thread(import, thread, strlen(thread));
    }
}

static int read_line(struct import *import, struct import_scan *line)
{
    struct call call = {.pid = read_pid(*line)};
    uint64_t result = 0;
    const int resumed = resumed_call(line);
    if (resumed < FUNCTIONS) {
        set_thread(import, call.pid);
        return resume(import, line, resumed, call.pid);
    }
    call.function = begin_of_call(line);
    if (call.function == FUNCTIONS) {
        return 0;
    }
    if (!read_arguments(line, &call)) {
        return import_bad(import, line, "a number");
    }
    set_thread(import, call.pid);
    struct import_scan rest = *line;
    if (import_scan_find(&rest, "<unfinished ...>")) {
        return suspend(import, &call);
    }
    if (import_scan_find(&rest, "<no return")) {
        import->tallies[IMPORT_UNFINISHED]++;
        return 0;
    }
    const int code = read_result(import, line, functions[call.function].op, &result);
    if (code < 0) {
        return code;
    }
    begin_realloc(import, &call);
    return report(import, &call, result, false);
}

static int end(struct import *import)
{
    struct ltrace *ltrace = import->state;
    import->tallies[IMPORT_UNFINISHED] += ltrace->count;
    ltrace->count = 0;
    return 0;
}

const struct import_format import_ltrace = {
    .name = "ltrace",
    .source = "ltrace log",
    .loses = "times, call sites, blocks that libraries allocate among themselves (strdup, fopen ...)",
    .adds = "numbers before the calls are taken for threads of one program",
    .state_bytes = sizeof(struct ltrace),
    .detect = detect,
    .line = read_line,
    .end = end,
};
