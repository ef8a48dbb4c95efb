/* test_import.c: recordings of other tools: each form's events and note, from memory, a file, gzip and a pipe; every cut and many damages
 * of each; errors with their places; what is refused, and why; a live pipe. */
#include <fcntl.h>
#include <zlib.h>

#include "import_forms.h"
#include "test_trace_support.h"

/* ---- events as text ---- */

static void render(char **text, size_t *used, const struct trace_event *event, const struct trace_header *header, bool timed)
{
    static const char *const ops[] = {"alloc", "calloc", "realloc", "free", "mark"};
    char line[512];
    int at = snprintf(line, sizeof line, "%s %llu", ops[event->op], (unsigned long long)event->id);
    if (event->op == TRACE_CALLOC) {
        at += snprintf(line + at, sizeof line - (size_t)at, " %llux%llu", (unsigned long long)event->count, (unsigned long long)event->size);
    } else if (event->op <= TRACE_REALLOC) {
        at += snprintf(line + at, sizeof line - (size_t)at, " %llu", (unsigned long long)event->size);
    }
    if (event->align) {
        at += snprintf(line + at, sizeof line - (size_t)at, " align %llu", (unsigned long long)event->align);
    }
    if (timed) {
        at += snprintf(line + at, sizeof line - (size_t)at, " t %llu", (unsigned long long)event->t);
    }
    if (event->site != TRACE_NO_SITE) {
        at += snprintf(line + at, sizeof line - (size_t)at, " site %s", header->sites[event->site]);
    }
    if (header->thread_count) {
        at += snprintf(line + at, sizeof line - (size_t)at, " thread %s", header->threads[event->thread].name);
    }
    if (header->heap_count) {
        at += snprintf(line + at, sizeof line - (size_t)at, " heap %s", header->heaps[event->heap].name);
    }
    at += snprintf(line + at, sizeof line - (size_t)at, "%s\n", event->failed ? " failed" : "");
    *text = realloc(*text, *used + (size_t)at + 1);
    ck_assert_ptr_nonnull(*text);
    memcpy(*text + *used, line, (size_t)at + 1);
    *used += (size_t)at;
}

/* Reads all; the events' text, which the caller frees. */
static char *read_all(struct trace_reader *reader, bool timed)
{
    char *text = calloc(1, 1);
    size_t used = 0;
    struct trace_event event;
    int code;
    while ((code = trace_reader_next(reader, &event)) > 0) {
        render(&text, &used, &event, trace_reader_header(reader), timed);
    }
    char why[700];
    trace_error_format(trace_reader_error(reader), why, sizeof why);
    ck_assert_msg(code == 0, "%s", why);
    ck_assert(trace_reader_header_complete(reader));
    return text;
}

static void check_header(const struct import_form *form, const struct trace_header *header)
{
    for (int i = 0; i < 5 && form->note[i]; i++) {
        ck_assert_msg(strstr(header->note, form->note[i]) != NULL, "%s: not \"%s\" in the note: %s", form->name, form->note[i], header->note);
    }
    ck_assert_uint_eq(header->word_bits, form->word_bits);
    ck_assert_msg(strstr(header->source, ", imported") != NULL, "%s", header->source);
    ck_assert((form->trace_name == NULL) == (header->name == NULL));
    if (form->trace_name) {
        ck_assert_str_eq(header->name, form->trace_name);
    }
}

static void check_form(const struct import_form *form, struct trace_reader *reader, const struct trace_error *error)
{
    char why[700];
    trace_error_format(error, why, sizeof why);
    ck_assert_msg(reader != NULL, "%s: %s", form->name, why);
    char *events = read_all(reader, form->timed);
    ck_assert_msg(strcmp(events, form->events) == 0, "%s: found\n%s\nexpected\n%s", form->name, events, form->events);
    check_header(form, trace_reader_header(reader));
    if (trace_reader_import_note(reader)) {
        ck_assert_str_eq(trace_reader_import_note(reader), trace_reader_header(reader)->note);
    }
    free(events);
    trace_reader_close(reader);
}

/* ---- every form, every way in ---- */

START_TEST(each_form_gives_its_events)
{
    const struct import_form *form = &import_forms[_i];
    struct trace_error error;
    struct trace_reader *reader = trace_reader_open_memory(form->text, strlen(form->text), NULL, &error);
    check_form(form, reader, &error);
}
END_TEST

static void write_gzip(const char *path, const char *text)
{
    gzFile file = gzopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(gzwrite(file, text, (unsigned)strlen(text)), (int)strlen(text));
    ck_assert_int_eq(gzclose(file), Z_OK);
}

START_TEST(a_file_plain_or_gzip_has_its_whole_header_first)
{
    const struct import_form *form = &import_forms[_i];
    const struct trace_options options = {.whole_header = true};
    char path[64];
    struct trace_error error;
    temporary_path(path, sizeof path, "-import.hlt"); /* a name that means nothing */
    for (int gzip = 0; gzip < 2; gzip++) {
        if (gzip) {
            write_gzip(path, form->text);
        } else {
            write_file(path, form->text, strlen(form->text));
        }
        struct trace_reader *reader = trace_reader_open(path, &options, &error);
        ck_assert_ptr_nonnull(reader);
        ck_assert(trace_reader_header_complete(reader));
        check_header(form, trace_reader_header(reader));
        check_form(form, reader, &error);
    }
    unlink(path);
}
END_TEST

/* A pipe that holds `text`, closed behind it: its path. */
static int pipe_with(const char *text, char path[32])
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(write(ends[1], text, strlen(text)), (ssize_t)strlen(text));
    ck_assert_int_eq(close(ends[1]), 0);
    snprintf(path, 32, "/proc/self/fd/%d", ends[0]);
    return ends[0];
}

START_TEST(a_pipe_is_copied_for_its_whole_header)
{
    const struct import_form *form = &import_forms[_i];
    const struct trace_options options = {.whole_header = true, .label = "the pipe"};
    char path[32];
    struct trace_error error;
    const int fd = pipe_with(form->text, path);
    struct trace_reader *reader = trace_reader_open(path, &options, &error);
    ck_assert_ptr_nonnull(reader);
    ck_assert(trace_reader_header_complete(reader));
    check_header(form, trace_reader_header(reader));
    check_form(form, reader, &error);
    close(fd);
}
END_TEST

START_TEST(a_loaded_import_is_a_trace_like_any)
{
    const struct import_form *form = &import_forms[_i];
    char path[64], converted[80];
    write_file(temporary_path(path, sizeof path, "-import"), form->text, strlen(form->text));
    struct trace *trace = load(path);
    check_header(form, trace_header_of(trace));
    ck_assert_str_eq(trace_import_lost(trace), trace_header_of(trace)->note);
    static const char *const endings[] = {".json", ".jsonl.gz", ".hlt"};
    for (int i = 0; i < 3; i++) {
        snprintf(converted, sizeof converted, "%s%s", path, endings[i]);
        write_trace(trace, converted);
        struct trace *again = load(converted);
        assert_same_trace(trace, again);
        ck_assert_ptr_null(trace_import_lost(again));
        ck_assert_str_eq(trace_header_of(again)->note, trace_header_of(trace)->note);
        trace_free(again);
        unlink(converted);
    }
    trace_free(trace);
    unlink(path);
}
END_TEST

START_TEST(a_live_pipe_gives_events_as_they_come)
{
    static const char first[] = "= Start\n@ p:[0x1] + 0x100 0x10\n@ p:[0x2] + 0x200 0x20\n@ p:[0x2] <", second[] = " 0x100\n> 0x100 0x30\n";
    const struct trace_options options = {.whole_header = true, .live = true};
    struct trace_error error;
    struct trace_event event;
    char path[32];
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
    ck_assert_int_eq(write(ends[1], first, sizeof first - 1), (ssize_t)sizeof first - 1);
    struct trace_reader *reader = trace_reader_open(path, &options, &error);
    ck_assert_ptr_nonnull(reader);
    ck_assert(trace_reader_header_complete(reader));
    ck_assert_uint_eq(trace_reader_header(reader)->site_count, 1); /* of the first event; no event uses it */
    ck_assert_int_eq(trace_reader_next(reader, &event), 1);
    ck_assert_int_eq(trace_reader_next(reader, &event), 1); /* the rest is not even written */
    ck_assert(event.id == 2 && event.size == 32 && event.site == TRACE_NO_SITE);
    ck_assert_int_eq(write(ends[1], second, sizeof second - 1), (ssize_t)sizeof second - 1);
    close(ends[1]);
    ck_assert_int_eq(trace_reader_next(reader, &event), 1);
    ck_assert(event.op == TRACE_REALLOC && event.id == 1 && event.size == 48);
    ck_assert_int_eq(trace_reader_next(reader, &event), 0);
    ck_assert_ptr_nonnull(strstr(trace_reader_import_note(reader), "call sites, threads and heaps are left out"));
    trace_reader_close(reader);
    close(ends[0]);
}
END_TEST

/* ---- damages ---- */

/* Whatever stands there, a reader ends with an outcome that is one of these. */
static void assert_outcome(const struct outcome *outcome, bool lenient, const char *name, size_t at)
{
    const int code = outcome->code;
    const bool never_read = code == TRACE_E_FORMAT || code == TRACE_E_REFUSED || code == TRACE_E_VERSION || code == TRACE_E_HEADER ||
                            code == TRACE_E_SYNTAX || code == TRACE_E_GZIP;
    const bool ended = code == 0 || (!lenient && (code == TRACE_E_TRUNCATED || code <= TRACE_E_MEMBER));
    ck_assert_msg(never_read || ended, "%s, byte %zu, %s: %s: %s", name, at,
                  lenient ? "lenient" : "strict", trace_error_name(code), outcome->error.found);
}

START_TEST(every_cut_ends_well)
{
    const struct import_form *form = &import_forms[_i];
    const struct outcome whole = read_text(form->text);
    for (size_t count = 0; count < strlen(form->text); count++) {
        const struct outcome strict = read_bytes(form->text, count, false), lenient = read_bytes(form->text, count, true);
        assert_outcome(&strict, false, form->name, count);
        assert_outcome(&lenient, true, form->name, count);
        ck_assert_uint_ge(lenient.events, strict.events);
        ck_assert_uint_le(lenient.events, whole.events + 1); /* the half of an operation may be one of its own */
    }
}
END_TEST

START_TEST(every_damaged_byte_ends_well)
{
    static const char damages[] = {'\0', '\n', ' ', '0', 'f', '-', '(', (char)0xFF};
    const struct import_form *form = &import_forms[_i];
    const size_t count = strlen(form->text);
    char *text = malloc(count);
    ck_assert_ptr_nonnull(text);
    for (size_t at = 0; at < count; at++) {
        for (size_t i = 0; i < sizeof damages; i++) {
            memcpy(text, form->text, count);
            text[at] = damages[i];
            const struct outcome strict = read_bytes(text, count, false), lenient = read_bytes(text, count, true);
            assert_outcome(&strict, false, form->name, at);
            assert_outcome(&lenient, true, form->name, at);
        }
    }
    free(text);
}
END_TEST

/* ---- errors ---- */

struct import_error {
    const char *text;
    int code;
    uint64_t line, column, events;
    const char *found, *expected; /* parts */
    uint64_t lenient_events;      /* UINT64_MAX: an error when lenient too */
};

#define FATAL UINT64_MAX

static const struct import_error import_errors[] = {
    {"20000\n2\n2\n1\na 0 512\na 2 5\n", TRACE_E_LINE, 6, 3, 1, "\"2\"", "an id below 2", FATAL}, /* lenient: then an operation is missing */
    {"20000\n2\n1\n1\na 0 512\nf 0\n", TRACE_E_LINE, 6, 1, 1, "\"f\"", "fewer operations", 1},
    {"20000\n2\n2\n1\na 0 512\nx 0\nf 0\n", TRACE_E_LINE, 6, 1, 1, "\"x\"", "a, r or f", 2},
    {"20000\n2\n2\n1\na 0 -5\na 0 6\nf 0\n", TRACE_E_LINE, 5, 5, 0, "\"-5\"", "a number of bytes", 2},
    {"20000\n2\n2\n1\na 0 512\n", TRACE_E_TRUNCATED, 6, 1, 1, "after 1", "2 operations", 1},
    {"= Start\n+ 0x100 0x10\n+ 0x200\n- 0x100\n", TRACE_E_LINE, 3, 8, 1, "the end of the line", "a size", 2},
    {"= Start\n+ 0x100 0x10\n* 0x200\n- 0x100\n", TRACE_E_LINE, 3, 1, 1, "\"* 0x200\"", "one of + - < > !", 2},
    {"= Start\n+ 0x100 0x10\n@ p:[0x1] < 0x100\n- 0x100\n", TRACE_E_LINE, 4, 1, 1, "\"- 0x100\"", "the new block", 1},
    {"= Start\n+ 0x100 0x10\n> 0x100 0x20\n", TRACE_E_LINE, 3, 1, 1, "\"> 0x100 0x20\"", "< and the old block", 1},
    {"= Start\n+ 0x100 0x10\n< 0x100\n", TRACE_E_TRUNCATED, 4, 1, 1, "the end of the file", "the new block", 1},
    {"= Start\n+ 0x100 0x10\n+ 0x200 0x", TRACE_E_TRUNCATED, 3, 10, 1, "x", "the end of the line", 1},
    {"= Start\n+ 0x100 0x20000000000001\n+ 0x200 0x1\n", TRACE_E_SIZE, 2, 1, 0, "9007199254740993", "2^53-1", 1},
    {"v 10400 3\n+ 18 x 1000\n", TRACE_E_LINE, 2, 5, 0, "\" x 1000\"", "an address", 0},
    {"v 10400 3\nt 10 0\n+ 18 1 \n- 5\n", TRACE_E_LINE, 3, 7, 0, "the end of the line", "an address", 0},
    {"v 10400 2\n+ 18 0 1000\n", TRACE_E_VERSION, 1, 1, 0, "format 2", "3 (heaptrack 1.4", FATAL},
    {"v 10400 3\nt 10 0\n+ 18 1 1000\n+ 0\n", TRACE_E_REFUSED, 4, 1, 1, "interpreted", "heaptrack --raw", FATAL},
    {"1: malloc 0x10 5\n1: malloc 0x20 x\n1: free 0x10\n", TRACE_E_LINE, 2, 16, 1, "\"x\"", "a number", 2},
    {"1: malloc 0x10 5\n1: memalign 0x20 24 100\n1: free 0x10\n", TRACE_E_ALIGN, 2, 1, 1, "24", "a power of two", 2},
    {"1: malloc 0x10 5 100\n1: malloc 0x20 5\n", TRACE_E_LINE, 1, 21, 0, "the end of the line", "the call's end", 1},
    {"malloc(5) = 0x10\nmalloc(x) = 0x20\nfree(0x10) = <void>\n", TRACE_E_LINE, 2, 8, 1, "\"x) = 0x20\"", "a number", 2},
    {"malloc(5) = 0x10\nmalloc(5) = what\nfree(0x10) = <void>\n", TRACE_E_LINE, 2, 13, 1, "\"what\"", "an address", 2},
    {"#m:0x10;0x1-5\n#m:0x20;0x1-\n#f:0x0;0x1-0x10\n", TRACE_E_LINE, 2, 13, 1, "the end of the line", "a number", 2},
    {"#m:0x10;0x1-5\n#c:0x20;0x1-5:6\n#f:0x0;0x1-0x10\n", TRACE_E_LINE, 2, 14, 1, "\":6\"", "; and a number", 2},
    {"HEAP: Allocated 8 bytes @ 0x10 from task \"m\" on core 0 by:\nHEAP: Allocated x bytes @ 0x20 from task \"m\"\n", TRACE_E_LINE, 2, 17, 1,
     "\"x bytes", "a number of bytes", 1},
    {"traceMALLOC(0x20000410, 72)\ntraceFREE(0x20000410)\n", TRACE_E_LINE, 2, 21, 1, "\")\"", "address and its size", 1},
};
#define IMPORT_ERRORS ((int)(sizeof import_errors / sizeof import_errors[0]))

START_TEST(each_error_names_its_place)
{
    const struct import_error *wrong = &import_errors[_i];
    const struct outcome outcome = read_text(wrong->text);
    char text[700];
    trace_error_format(&outcome.error, text, sizeof text);
    ck_assert_msg(outcome.code == wrong->code, "case %d: %s", _i, text);
    ck_assert_msg(outcome.error.line == wrong->line && outcome.error.column == wrong->column, "case %d: %s", _i, text);
    ck_assert_msg(outcome.events == wrong->events && outcome.error.events == wrong->events, "case %d: %s", _i, text);
    ck_assert_msg(strstr(outcome.error.found, wrong->found) != NULL, "case %d: %s", _i, text);
    ck_assert_msg(strstr(outcome.error.expected, wrong->expected) != NULL, "case %d: %s", _i, text);
    ck_assert_int_eq(trace_error_exit(outcome.code), 3);
    const struct outcome lenient = read_bytes(wrong->text, strlen(wrong->text), true);
    if (wrong->lenient_events == FATAL && wrong->code != TRACE_E_LINE) {
        ck_assert_int_eq(lenient.code, wrong->code);
    } else if (wrong->lenient_events != FATAL) {
        ck_assert_msg(lenient.code == 0 && lenient.events == wrong->lenient_events && lenient.anomalies >= 1, "case %d, lenient: %s: %llu events", _i,
                      trace_error_name(lenient.code), (unsigned long long)lenient.events);
    }
}
END_TEST

/* ---- what cannot be replayed ---- */

static const struct { const char *bytes; size_t count; const char *found, *expected; } refusals[] = {
#define BYTES(text) text, sizeof text - 1
    {BYTES("{\"dhatFileVersion\":2,\"mode\":\"heap\",\"verb\":\"Allocated\"}\n"), "a DHAT profile", "adds them up"},
    {BYTES("desc: --massif-out-file=x\ncmd: ./a.out\ntime_unit: i\n#-----------\nsnapshot=0\n"), "a Massif profile", "a few moments"},
    {BYTES("\x0A\x21\x50\x01\xC2\x03\x1C\x0A\x1A\x12\x18\x0A\x10" "android.heapprofd" "\x00\x00\x00\x00"), "heapprofd", "samples"},
    {BYTES("\x0A\x04\x08\x01\x10\x02\x0A\x04\x08\x03\x10\x04\x12\x07\x08\x01"), "a pprof profile", "samples"},
    {BYTES("heap profile:      1:     1024 [     1:     1024] @ heap/1048576\n"), "a pprof profile", "samples"},
    {BYTES("v 10400 3\nX ./p\nI 1000 5e298f\ns 14 /tmp/w/p\ni 7f29 8 0 b 0\nt 1 0\na 11c00 4\n+ 0\n- 0\n"),
     "heaptrack's interpreted form", "heaptrack --raw"},
    {BYTES("\x28\xB5\x2F\xFD\x04\x58\x01"), "zstd-compressed data", "zstd -dc"},
#undef BYTES
};

START_TEST(profiles_are_refused_with_the_reason)
{
    struct outcome outcome = read_bytes(refusals[_i].bytes, refusals[_i].count, false);
    ck_assert_int_eq(outcome.code, TRACE_E_REFUSED);
    ck_assert_msg(strstr(outcome.error.found, refusals[_i].found) != NULL, "%s", outcome.error.found);
    ck_assert_msg(strstr(outcome.error.expected, refusals[_i].expected) != NULL, "%s", outcome.error.expected);
    ck_assert_int_eq(trace_error_exit(outcome.code), 3);
    outcome = read_bytes(refusals[_i].bytes, refusals[_i].count, true);
    ck_assert_int_eq(outcome.code, TRACE_E_REFUSED);
}
END_TEST

START_TEST(unknown_content_is_told_what_is_known)
{
    static const char *const texts[] = {"hello\n", "\n\n  free memory: 100 of 2000\n", "1 2 3 4 5\n", "malloc is a function\n",
                                        "m:0x5\n", "= Startled\n"};
    const struct outcome outcome = read_text(texts[_i]);
    ck_assert_int_eq(outcome.code, TRACE_E_FORMAT);
    ck_assert_ptr_nonnull(strstr(outcome.error.expected, ".jsonl"));
    ck_assert_ptr_nonnull(strstr(outcome.error.expected, "mtrace"));
    ck_assert_ptr_nonnull(strstr(outcome.error.expected, "Zephyr"));
    ck_assert_uint_eq(outcome.error.line, _i == 1 ? 3 : 1);
}
END_TEST

/* ---- sizes ---- */

START_TEST(a_line_that_is_too_long_is_an_error_but_not_in_a_rep)
{
    const size_t spaces = 300000;
    char *text = malloc(spaces + 200), *end = text;
    ck_assert_ptr_nonnull(text);
    end += sprintf(end, "= Start\n+ 0x10 0x5\n@ ");
    memset(end, 'x', spaces);
    end += spaces;
    end += sprintf(end, ":[0x1] + 0x20 0x5\n");
    struct outcome outcome = read_text(text);
    ck_assert(outcome.code == TRACE_E_LONG_STRING && outcome.error.line == 3 && outcome.events == 1);
    end = text + sprintf(text, "20000 2 2 1 a 0 5");
    memset(end, ' ', spaces);
    strcpy(end + spaces, "f 0 ");
    outcome = read_text(text);
    ck_assert(outcome.code == 0 && outcome.events == 2);
    free(text);
}
END_TEST

START_TEST(many_blocks_and_sites)
{
    const unsigned blocks = 20000;
    char *text = malloc(blocks * 120 + 64), *end = text;
    ck_assert_ptr_nonnull(text);
    end += sprintf(end, "= Start\n");
    for (unsigned i = 1; i <= blocks; i++) {
        end += sprintf(end, "@ p:[0x%x] + 0x%x 0x%x\n", i % 7000, i * 16, i);
    }
    for (unsigned i = blocks; i >= 1; i--) {
        end += sprintf(end, "- 0x%x\n", i * 16);
    }
    struct trace_error error;
    struct trace_event event;
    struct trace_reader *reader = trace_reader_open_memory(text, (size_t)(end - text), NULL, &error);
    ck_assert_ptr_nonnull(reader);
    for (unsigned i = 1; i <= blocks; i++) {
        ck_assert_int_eq(trace_reader_next(reader, &event), 1);
        ck_assert(event.id == i && event.size == i && event.fresh);
    }
    ck_assert_uint_eq(trace_reader_header(reader)->site_count, 7000);
    for (unsigned i = blocks; i >= 1; i--) {
        ck_assert_int_eq(trace_reader_next(reader, &event), 1);
        ck_assert(event.id == i && event.retires);
    }
    ck_assert_int_eq(trace_reader_next(reader, &event), 0);
    trace_reader_close(reader);
    free(text);
}
END_TEST

START_TEST(names_are_made_fit_for_a_trace)
{
    static const char text[] = "@ a\xFF\x01:[0x1] + 0x10 0x5\n@ \xC3\xA9:[0x2] - 0x10\n";
    struct trace_error error;
    struct trace_event event;
    struct trace_reader *reader = trace_reader_open_memory(text, sizeof text - 1, NULL, &error);
    ck_assert_ptr_nonnull(reader);
    while (trace_reader_next(reader, &event) > 0) {}
    ck_assert_str_eq(trace_reader_header(reader)->sites[0], "a??:[0x1]");
    ck_assert_str_eq(trace_reader_header(reader)->sites[1], "\xC3\xA9:[0x2]");
    trace_reader_close(reader);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("import");
    TCase *all = tcase_create("forms"), *damage = tcase_create("damage"), *wrong = tcase_create("errors");
    tcase_set_timeout(damage, 60);
    tcase_add_loop_test(all, each_form_gives_its_events, 0, IMPORT_FORMS);
    tcase_add_loop_test(all, a_file_plain_or_gzip_has_its_whole_header_first, 0, IMPORT_FORMS);
    tcase_add_loop_test(all, a_pipe_is_copied_for_its_whole_header, 0, IMPORT_FORMS);
    tcase_add_loop_test(all, a_loaded_import_is_a_trace_like_any, 0, IMPORT_FORMS);
    tcase_add_test(all, a_live_pipe_gives_events_as_they_come);
    tcase_add_loop_test(damage, every_cut_ends_well, 0, IMPORT_FORMS);
    tcase_add_loop_test(damage, every_damaged_byte_ends_well, 0, IMPORT_FORMS);
    tcase_add_loop_test(wrong, each_error_names_its_place, 0, IMPORT_ERRORS);
    tcase_add_loop_test(wrong, profiles_are_refused_with_the_reason, 0, (int)(sizeof refusals / sizeof refusals[0]));
    tcase_add_loop_test(wrong, unknown_content_is_told_what_is_known, 0, 6);
    tcase_add_test(wrong, a_line_that_is_too_long_is_an_error_but_not_in_a_rep);
    tcase_add_test(wrong, many_blocks_and_sites);
    tcase_add_test(wrong, names_are_made_fit_for_a_trace);
    suite_add_tcase(suite, all);
    suite_add_tcase(suite, damage);
    suite_add_tcase(suite, wrong);
    return run_suite(suite);
}
