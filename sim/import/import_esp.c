/* import_esp.c: ESP-IDF's heap log, as sysviewtrace_proc.py prints it of a host-based heap trace.
 *
 *   [0.002258425] HEAP: Allocated 2 bytes @ 0x3ffaffe0 from task "alloc" on core 0 by:
 *   /path/main.c:48
 *   /path/port.c:355 (discriminator 1)
 *
 *   [0.002563725] HEAP: Freed bytes @ 0x3ffaffe0 from task "free" on core 0 by:
 *   ...
 * Newer versions write "from the task". The time may be missing. The line behind "by:" is the call site; so a call is reported with the
 * line after it. Other lines are passed over, and everything behind HEAP TRACE REPORT, which tells the leaks once more.
 */
#include <string.h>

#include "import_internal.h"

struct esp {
    bool pending, frees, over;
    uint64_t address, bytes;
};

/* Up to behind "HEAP: Allocated " or "HEAP: Freed ". */
static bool begin_of_call(struct import_scan *line, bool *frees)
{
    if (!import_scan_find(line, "HEAP: ")) {
        return false;
    }
    *frees = import_scan_text(line, "Freed ");
    return *frees || import_scan_text(line, "Allocated ");
}

static bool looks_right(struct import_scan line)
{
    bool frees;
    uint64_t address;
    return begin_of_call(&line, &frees) && import_scan_find(&line, "@ ") && import_scan_number(&line, &address) && import_scan_text(&line, " from ");
}

static bool detect(struct import_scan text, bool whole)
{
    return import_any_line(text, whole, looks_right);
}

/* "[0.002258425]": nanoseconds. */
static void read_time(struct import *import, struct import_scan line)
{
    uint64_t seconds = 0, ns = 0, scale = 1000000000;
    if (!import_scan_find(&line, "[")) {
        return;
    }
    import_scan_space(&line);
    if (!import_scan_decimal(&line, &seconds) || !import_scan_text(&line, ".")) {
        return;
    }
    for (; line.at < line.end && *line.at >= '0' && *line.at <= '9'; line.at++) {
        scale /= 10;
        ns += (uint64_t)(*line.at - '0') * scale;
    }
    if (line.at < line.end && *line.at == ']' && seconds < TRACE_ID_MAX / 1000000000) {
        import_time(import, seconds * 1000000000 + ns);
    }
}

/* "the task "alloc" on core 0 by:": the task's name, or whatever stands before " on core". */
static void read_thread(struct import *import, struct import_scan line)
{
    struct import_scan name = line, rest;
    if (import_scan_text(&name, "the ")) {
        line = name;
    }
    rest = line;
    name = line;
    if (!import_scan_find(&rest, " on core")) {
        return;
    }
    name.end = rest.at - strlen(" on core");
    if (import_scan_find(&name, "task \"") && name.end > name.at && name.end[-1] == '"') {
        name.end--;
    }
    import->thread = import_thread(import, name.at, (size_t)(name.end - name.at));
}

static int flush(struct import *import)
{
    struct esp *esp = import->state;
    if (!esp->pending) {
        return 0;
    }
    esp->pending = false;
    return esp->frees ? import_free(import, esp->address) : import_alloc(import, esp->address, esp->bytes, 0);
}

static int read_call(struct import *import, struct import_scan whole, struct import_scan *line, bool frees)
{
    struct esp *esp = import->state;
    uint64_t bytes = 0, address = 0;
    if (!import_scan_decimal(line, &bytes) && !frees) {
        return import_bad(import, line, "a number of bytes");
    }
    import_scan_space(line);
    if (!import_scan_text(line, "bytes") && !import_scan_text(line, "byte")) {
        return import_bad(import, line, "bytes");
    }
    if (!import_scan_text(line, " @ ") || !import_scan_number(line, &address) || address == 0) {
        return import_bad(import, line, "@ and the block's address");
    }
    if (!import_scan_text(line, " from ")) {
        return import_bad(import, line, "from and a task");
    }
    read_time(import, whole);
    read_thread(import, *line);
    import->site = TRACE_NO_SITE;
    *esp = (struct esp){.pending = true, .frees = frees, .address = address, .bytes = bytes};
    struct import_scan by = *line;
    if (import_scan_find(&by, "by:") && !import_scan_done(&by)) {
        import_scan_space(&by);
        import->site = import_site(import, by.at, (size_t)(by.end - by.at));
    }
    return 0;
}

/* "/path/main.c:48" or a bare address. */
static bool is_caller(struct import_scan line)
{
    struct import_scan behind = line;
    return line.at < line.end && *line.at != '[' && (import_scan_text(&behind, "0x") || import_scan_find(&line, ":"));
}

static int read_line(struct import *import, struct import_scan *line)
{
    struct esp *esp = import->state;
    const struct import_scan whole = *line;
    struct import_scan text = *line;
    bool frees = false;
    import_scan_space(&text);
    if (esp->over) {
        return 0;
    }
    if (begin_of_call(line, &frees)) {
        const int code = flush(import);
        return code ? code : read_call(import, whole, line, frees);
    }
    if (esp->pending && is_caller(text) && import->site == TRACE_NO_SITE) {
        import->site = import_site(import, text.at, (size_t)(text.end - text.at));
    }
    esp->over = import_scan_find(&text, "HEAP TRACE REPORT");
    return flush(import);
}

const struct import_format import_esp = {
    .name = "an ESP-IDF heap log",
    .source = "ESP-IDF heap log",
    .time_unit = "ns",
    .loses = "failed calls, reallocs (they appear as a free and an alloc), calloc, alignments",
    .state_bytes = sizeof(struct esp),
    .detect = detect,
    .line = read_line,
    .end = flush,
};
