/* import.c: the importer of import.h as a reader: lines in, events out; errors; the note. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "import_internal.h"
#include "trace_report.h"

#define NOTE_BYTES 2048
#define SNIFF_BYTES ((size_t)64 * 1024)

/* ---- what is wrong ---- */

int import_bad(struct import *import, const struct import_scan *at, const char *expected)
{
    char found[72];
    trace_error_set(&import->problem, TRACE_E_LINE, expected, "%s", "");
    if (import_scan_done(at)) {
        snprintf(import->problem.found, sizeof import->problem.found, "the end of the line");
    } else {
        trace_error_quote(found, sizeof found, at->at, (size_t)(at->end - at->at));
        snprintf(import->problem.found, sizeof import->problem.found, "%s", found);
    }
    import->problem.column = import->text_offset + (uint64_t)(at->at - import->text) - import->line_start + 1;
    return TRACE_E_LINE;
}

int import_stop(struct import *import, int code, const char *expected, const char *found)
{
    return trace_error_set(&import->problem, code, expected, "%s", found);
}

/* Reports import->problem. 0 where a lenient reader passes over it. */
static int judge(struct trace_reader *reader, int code)
{
    struct import *import = reader->import;
    struct trace_error *problem = &import->problem;
    problem->line = import->line;
    problem->column = problem->column ? problem->column : 1;
    if (code == TRACE_E_LINE && import->cut) {
        code = problem->code = TRACE_E_TRUNCATED;
    }
    if (reader->lenient && trace_error_is_meaning(code)) {
        trace_reader_note_anomaly(reader, problem);
        return 0;
    }
    return trace_reader_fail(reader, problem);
}

/* ---- lines ---- */

/* How much of the `have` bytes that hold no line feed can be handed over: all to the last white space. */
static size_t piece_of(const struct trace_bytes *bytes, size_t have)
{
    while (have && bytes->cur[have - 1] != ' ' && bytes->cur[have - 1] != '\t') {
        have--;
    }
    return have;
}

static void hand_over(struct import *import, struct import_scan *line, size_t length, bool ends)
{
    struct trace_bytes *bytes = &import->reader->bytes;
    const char *text = (const char *)bytes->cur;
    import->line = bytes->line;
    import->line_start = bytes->line_start;
    import->text = text;
    import->text_offset = trace_bytes_offset(bytes);
    *line = (struct import_scan){text, text + length};
    if (length && ends && text[length - 1] == '\r') {
        line->end--;
    }
    bytes->cur += length;
    if (ends) {
        bytes->cur++;
        bytes->line++;
        bytes->line_start = trace_bytes_offset(bytes);
    }
}

/* The next line: 1; 0: the content has ended; or an error, told to the reader. It stays until the next call. */
static int read_line(struct import *import, struct import_scan *line)
{
    struct trace_bytes *bytes = &import->reader->bytes;
    size_t looked_at = 0;
    for (;;) {
        const size_t have = (size_t)(bytes->end - bytes->cur);
        const uint8_t *feed = have > looked_at ? memchr(bytes->cur + looked_at, '\n', have - looked_at) : NULL;
        if (feed) {
            hand_over(import, line, (size_t)(feed - bytes->cur), true);
            return 1;
        }
        looked_at = have;
        if (have >= IMPORT_LINE_MAX) {
            const size_t piece = import->format->free_form ? piece_of(bytes, have) : 0;
            if (piece) {
                hand_over(import, line, piece, false);
                return 1;
            }
            import->line = bytes->line;
            import_stop(import, TRACE_E_LONG_STRING, "a line of at most 65536 bytes", "a longer line");
            return judge(import->reader, TRACE_E_LONG_STRING);
        }
        if (!trace_bytes_more(bytes)) {
            break;
        }
    }
    const size_t have = (size_t)(bytes->end - bytes->cur);
    if (bytes->error) {
        import->line = bytes->line;
        import->problem.column = trace_bytes_column(bytes) + have;
        import_stop(import, bytes->error, "", "the end of the file");
        return judge(import->reader, bytes->error);
    }
    import->cut = have != 0;
    hand_over(import, line, have, false);
    return have != 0;
}

/* Reads a line and does what it says. 1; 0 at the end; or an error. */
static int step(struct trace_reader *reader)
{
    struct import *import = reader->import;
    struct import_scan line;
    import->problem = (struct trace_error){0};
    int code = read_line(import, &line);
    if (code < 0) {
        return code;
    }
    if (code == 0) {
        import->ended = true;
        code = import->format->end ? import->format->end(import) : 0;
        return code ? judge(reader, code) : 0;
    }
    code = import->format->line(import, &line);
    if (!code && import->cut && !import->format->free_form) {
        import->tallies[IMPORT_CUT_LINE]++;
    }
    code = code ? judge(reader, code) : 0;
    return code ? code : 1;
}

/* ---- the note ---- */

static void add_text(char *note, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add_text(char *note, const char *format, ...)
{
    const size_t used = strlen(note);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(note + used, NOTE_BYTES - used, format, arguments);
    va_end(arguments);
}

static void write_note(struct import *import)
{
    static const struct { const char *one, *many; } texts[IMPORT_TALLIES] = {
        [IMPORT_UNKNOWN_FREE] = {"free of a block from before the recording is left out", "frees of blocks from before the recording are left out"},
        [IMPORT_UNKNOWN_REALLOC] = {"realloc of a block from before the recording is taken as an alloc",
                                    "reallocs of blocks from before the recording are taken as allocs"},
        [IMPORT_MISSED_FREE] = {"address was handed out again without a free; the block before it is freed there",
                                "addresses were handed out again without a free; the blocks before them are freed there"},
        [IMPORT_LOST_BLOCK] = {"id was allocated again while it lived; its first block is never freed",
                               "ids were allocated again while they lived; their first blocks are never freed"},
        [IMPORT_NO_RESULT] = {"call whose result is not in the recording is left out", "calls whose results are not in the recording are left out"},
        [IMPORT_NO_SIZE] = {"failed call whose size is not told is left out", "failed calls whose sizes are not told are left out"},
        [IMPORT_UNFINISHED] = {"call that never ended is left out", "calls that never ended are left out"},
        [IMPORT_TIME_BACK] = {"time that went back is raised to the one before", "times that went back are raised to the one before"},
        [IMPORT_NO_STACK] = {"block has a call stack that was not told", "blocks have call stacks that were not told"},
        [IMPORT_NAMES_LOST] = {"event lost its site, thread or heap: the list is full", "events lost their site, thread or heap: the list is full"},
        [IMPORT_CUT_LINE] = {"line, the last, has no line feed behind it and may be cut", "lines have no line feed behind them and may be cut"},
    };
    import->note[0] = '\0';
    add_text(import->note, "imported from %s; lost: %s", import->format->name, import->format->loses);
    if (import->adds) {
        add_text(import->note, "; %s", import->adds);
    }
    if (import->lists_dropped) {
        add_text(import->note, "; passed on as it came, so call sites, threads and heaps are left out");
    }
    for (int i = 0; i < IMPORT_TALLIES; i++) {
        if (import->tallies[i]) {
            add_text(import->note, "; %" PRIu64 " %s", import->tallies[i], import->tallies[i] == 1 ? texts[i].one : texts[i].many);
        }
    }
}

/* The header says what is known by now. */
static int describe(struct trace_reader *reader)
{
    struct import *import = reader->import;
    const uint32_t word_bits = !import->ended || !import->highest_address || import->format == &import_rep ? 0
                               : import->highest_address > UINT32_MAX                                     ? 64
                                                                                                          : 32;
    write_note(import);
    if (!trace_header_set_note(import->header, import->note) || (word_bits && !trace_header_set_word_bits(import->header, word_bits))) {
        import_stop(import, TRACE_E_MEMORY, "", "no memory for the header");
        return trace_reader_fail(reader, &import->problem);
    }
    return 0;
}

const char *trace_import_note(const struct trace_reader *reader)
{
    return reader->import ? reader->import->note : NULL;
}

/* ---- the reader ---- */

bool trace_import_detect(struct trace_bytes *bytes)
{
    const uint8_t *at = bytes->cur;
    for (;; at++) {
        if (at == bytes->end) {
            const size_t looked_at = (size_t)(at - bytes->cur);
            if (looked_at >= SNIFF_BYTES || !trace_bytes_more(bytes)) {
                return false;
            }
            at = bytes->cur + looked_at;
        }
        if (at == bytes->cur && *at == '\n' && bytes->end - at > 1 && at[1] < ' ' && at[1] != '\n' && at[1] != '\r' && at[1] != '\t') {
            return true; /* a protocol buffer */
        }
        if (*at != ' ' && *at != '\t' && *at != '\r' && *at != '\n') {
            struct import_scan text = {(const char *)at, (const char *)bytes->end};
            return *at == '{' ? import_scan_find(&text, "\"dhatFileVersion\"") : *at > 0 && *at != 0xEF;
        }
    }
}

/* Nothing that we know: the error quotes the first line. */
static int unknown(struct trace_reader *reader)
{
    struct trace_error problem = {0};
    struct import_scan text, line;
    char found[16], quoted[60];
    trace_bytes_skip_space(&reader->bytes);
    text = (struct import_scan){(const char *)reader->bytes.cur, (const char *)reader->bytes.end};
    const int byte = trace_bytes_peek(&reader->bytes);
    problem.line = reader->bytes.line;
    problem.column = trace_bytes_column(&reader->bytes);
    const char *const known =
        "a trace (.json, .jsonl, .hlt), .rep, mtrace, heaptrack raw, record_allocs, ltrace, or Mbed, ESP-IDF, FreeRTOS, Zephyr heap lines";
    if (byte > ' ' && byte < 0x7F && byte != '[' && import_each_line(&text, true, &line)) {
        trace_error_set(&problem, TRACE_E_FORMAT, known, "%s", trace_error_quote(quoted, sizeof quoted, line.at, (size_t)(line.end - line.at)));
    } else {
        trace_error_set(&problem, TRACE_E_FORMAT, known, "%s", trace_error_byte(found, byte));
    }
    return trace_reader_fail(reader, &problem);
}

/* Chooses the format by as much of the content as it takes. 0 or the error. */
static int choose(struct trace_reader *reader)
{
    struct import *import = reader->import;
    struct trace_bytes *bytes = &reader->bytes;
    const struct import_refusal *refusal = NULL;
    bool whole = false;
    for (;;) {
        const struct import_scan text = {(const char *)bytes->cur, (const char *)bytes->end};
        import->format = import_detect(text, whole, &refusal);
        if (import->format) {
            return 0;
        }
        if (refusal) {
            import->line = 1;
            import_stop(import, TRACE_E_REFUSED, refusal->reason, refusal->what);
            return judge(reader, TRACE_E_REFUSED);
        }
        if (whole) {
            return unknown(reader);
        }
        whole = (size_t)(bytes->end - bytes->cur) >= SNIFF_BYTES || !trace_bytes_more(bytes);
    }
}

int trace_import_open(struct trace_reader *reader)
{
    struct trace_error memory = {.code = TRACE_E_MEMORY};
    struct import *import = reader->import = calloc(1, sizeof *import);
    if (!import) {
        return trace_reader_fail(reader, &memory);
    }
    import->reader = reader;
    import->t = TRACE_NO_TIME;
    import->site = TRACE_NO_SITE;
    if (getrandom(&import->multiplier, sizeof import->multiplier, GRND_NONBLOCK) != (ssize_t)sizeof import->multiplier) {
        import->multiplier = UINT64_C(0x9E3779B97F4A7C15);
    }
    import->multiplier |= 1;
    int code = choose(reader);
    if (code) {
        return code;
    }
    import->adds = import->format->adds;
    char source[80];
    snprintf(source, sizeof source, "%s, imported", import->format->source);
    import->note = malloc(NOTE_BYTES);
    import->state = calloc(1, import->format->state_bytes + 1);
    import->header = trace_header_new(NULL, source, "", import->format->time_unit, 0);
    if (!import->note || !import->state || !import->header) {
        return trace_reader_fail(reader, &memory);
    }
    reader->header = import->header;
    while (!import->queued && !import->ended && code == 0) {
        code = step(reader);
        code = code < 0 ? code : 0;
    }
    if (code && import->queued) {
        import->held = reader->error;
        reader->error = (struct trace_error){0};
        code = 0;
    }
    if (code == TRACE_E_TRUNCATED && reader->lenient) {
        trace_reader_note_anomaly(reader, &reader->error);
        reader->error = (struct trace_error){0};
        import->ended = true;
        code = 0;
    }
    return code ? code : describe(reader);
}

void trace_import_drop_lists(struct trace_reader *reader)
{
    struct import *import = reader->import;
    import->lists_dropped = true;
    for (uint32_t i = import->taken; i < import->queued; i++) {
        import->queue[i].site = TRACE_NO_SITE;
        import->queue[i].thread = import->queue[i].heap = 0;
    }
    describe(reader);
}

/* The first event of the queue, by the rules of meaning. 1, 0 (passed over, lenient) or the error. */
static int take_event(struct trace_reader *reader, struct trace_event *event)
{
    struct import *import = reader->import;
    struct trace_draft draft;
    enum trace_member member;
    trace_draft_of_event(&draft, &import->queue[import->taken++]);
    import->problem = (struct trace_error){0};
    const int code = trace_meaning_apply(&reader->meaning, &draft, &import->problem, &member);
    if (code) {
        return judge(reader, code);
    }
    *event = draft.event;
    return 1;
}

int trace_import_next(struct trace_reader *reader, struct trace_event *event)
{
    struct import *import = reader->import;
    for (;;) {
        while (import->taken < import->queued) {
            const int code = take_event(reader, event);
            if (code) {
                return code;
            }
        }
        import->taken = import->queued = 0;
        if (import->held.code) {
            return trace_reader_fail(reader, &import->held);
        }
        const int code = import->ended ? 0 : step(reader);
        if (code < 0 && !import->queued) {
            return code;
        }
        if (code < 0) { /* what stood before the error in its line comes first */
            import->held = reader->error;
            reader->error = (struct trace_error){0};
            continue;
        }
        if (import->ended && !import->queued) {
            reader->header_complete = true;
            return describe(reader);
        }
    }
}

void trace_import_close(struct trace_reader *reader)
{
    struct import *import = reader->import;
    if (!import) {
        return;
    }
    if (import->state && import->format->close) {
        import->format->close(import->state);
    }
    free(import->state);
    free(import->note);
    free(import->queue);
    free(import->sites.cells);
    free(import->threads.cells);
    record_blocks_free(&import->blocks);
    trace_header_free(import->header);
    free(import);
}
