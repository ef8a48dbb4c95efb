/* test_select_rules.c: a part of a trace: each rule by itself, what is refused and how, and files that are cut, wrong or endless. */
#include <inttypes.h>

#include "select_support.h"

/* ---- single rules ---- */

#define A(id, size) "{\"op\":\"alloc\",\"id\":" #id ",\"size\":" #size "}\n"
#define F(id) "{\"op\":\"free\",\"id\":" #id "}\n"
#define R(id, size) "{\"op\":\"realloc\",\"id\":" #id ",\"size\":" #size "}\n"
#define M(name) "{\"op\":\"mark\",\"name\":\"" name "\"}\n"

static char text_path[80];

static const char *text_file(const char *text, const char *ending)
{
    write_file(temporary_path(text_path, sizeof text_path, ending), text, strlen(text));
    return text_path;
}

static struct trace *part_of_text(const char *text, const char *from, const char *to, const char *heap, struct trace_error *error)
{
    const struct trace_selection selection = bounds(from, to, heap);
    struct trace *part = load_part(text_file(text, ".jsonl"), &selection, error);
    unlink(text_path);
    return part;
}

static void assert_event(const struct trace *trace, uint64_t index, enum trace_op op, uint64_t id, uint64_t size)
{
    struct trace_event event;
    ck_assert_uint_lt(index, trace_count(trace));
    trace_get(trace, index, &event);
    ck_assert_msg(event.op == op && event.id == id && event.size == size, "event %" PRIu64 ": op %d id %" PRIu64 " size %" PRIu64, index, event.op,
                  event.id, event.size);
}

START_TEST(the_blocks_alive_have_the_size_of_then)
{
    struct trace_error error;
    struct trace_event event;
    const char *text = H "{\"op\":\"calloc\",\"id\":1,\"size\":10,\"count\":3,\"align\":16}\n" A(2, 0) A(3, 5) F(3) A(4, 7) R(4, 70)
                       F(2) F(1) R(4, 0);
    struct trace *part = part_of_text(text, "7", NULL, NULL, &error);
    ck_assert_uint_eq(trace_count(part), 7);
    assert_event(part, 0, TRACE_ALLOC, 1, 30);
    assert_event(part, 1, TRACE_ALLOC, 2, 0);
    assert_event(part, 2, TRACE_ALLOC, 4, 70);
    assert_event(part, 3, TRACE_MARK, 0, 0);
    assert_event(part, 6, TRACE_REALLOC, 4, 0);
    ck_assert_uint_eq(trace_peak_payload(part), 100);
    ck_assert_uint_eq(trace_slot_count(part), 3);
    trace_get(part, 0, &event);
    ck_assert(event.align == 16 && event.count == 1 && event.t == 6);
    trace_get(part, 3, &event);
    ck_assert_str_eq(event.name, "from 7");
    const struct trace_selected *selected = trace_selected_of(part);
    ck_assert(selected->alive_blocks == 3 && selected->alive_bytes == 100 && selected->first == 7 && selected->last == 9);
    char words[200];
    trace_selected_text(selected, trace_header_of(part), "x.jsonl", words, sizeof words);
    ck_assert_str_eq(words, "events 7 … 9 of x.jsonl, after the 3 blocks (100 bytes) alive before them");
    trace_free(part);
}
END_TEST

START_TEST(nothing_alive_is_nothing_before_the_range)
{
    struct trace_error error;
    struct trace *part = part_of_text(H A(1, 5) F(1) A(2, 6) F(2), "3", "3", NULL, &error);
    ck_assert_uint_eq(trace_count(part), 1);
    assert_event(part, 0, TRACE_ALLOC, 2, 6);
    trace_free(part);
    part = part_of_text(H A(1, 5) F(1), "1", NULL, NULL, &error);
    ck_assert_uint_eq(trace_count(part), 2);
    trace_free(part);
}
END_TEST

/* With zero_keeps a block reallocated to size 0 is still named: both calls come first, and the id may be allocated anew. */
START_TEST(an_id_that_holds_nothing_is_handed_on)
{
    struct trace_error error;
    struct trace_event event, old;
    const struct trace_selection selection = bounds("3", NULL, NULL);
    const struct trace_options keeps = {.selection = &selection, .zero_keeps = true}, ends = {.selection = &selection};
    text_file(H A(1, 100) R(1, 0) A(2, 50) A(1, 10), ".jsonl");
    struct trace *part = trace_load(text_path, &keeps, NULL, NULL, &error);
    ck_assert_uint_eq(trace_count(part), 5);
    assert_event(part, 0, TRACE_ALLOC, 1, 1);
    assert_event(part, 1, TRACE_REALLOC, 1, 0);
    assert_event(part, 2, TRACE_MARK, 0, 0);
    assert_event(part, 3, TRACE_ALLOC, 2, 50);
    trace_get(part, 4, &event);
    trace_get(part, 0, &old);
    ck_assert(event.fresh && event.slot == old.slot);
    ck_assert_uint_eq(trace_selected_of(part)->alive_bytes, 0);
    trace_free(part);
    part = trace_load(text_path, &ends, NULL, NULL, &error);
    ck_assert_uint_eq(trace_count(part), 2);
    trace_free(part);
    unlink(text_path);
}
END_TEST

START_TEST(a_failed_request_stays_in_its_range)
{
    struct trace_error error;
    struct trace *part = part_of_text(H A(1, 5) "{\"op\":\"alloc\",\"id\":2,\"size\":9,\"failed\":true}\n"
                                        "{\"op\":\"realloc\",\"id\":1,\"size\":50,\"failed\":true}\n" A(3, 3) F(1), "4", NULL, NULL, &error);
    ck_assert_uint_eq(trace_count(part), 4);
    assert_event(part, 0, TRACE_ALLOC, 1, 5);
    trace_free(part);
    part = part_of_text(H A(1, 5) "{\"op\":\"realloc\",\"id\":1,\"size\":50,\"failed\":true,\"wait\":-1}\n", "2", NULL, NULL, &error);
    struct trace_event event;
    trace_get(part, 2, &event);
    ck_assert(event.failed && event.wait == -1 && event.slot == 0);
    trace_free(part);
}
END_TEST

/* ---- what is refused, and how ---- */

#define PHASES H M("boot") A(1, 8) M("run") A(2, 8) M("run") F(1) M("idle")

static const struct { const char *text, *from, *to, *heap, *message; } refusals[] = {
    {PHASES, "8", NULL, NULL, "not in this trace: --from 8: it has 7 events"},
    {PHASES, NULL, "1000000", NULL, "not in this trace: --to 1000000: it has 7 events"},
    {PHASES, "5", "4", NULL, "not in this trace: --to 4: the range is empty, it would begin with event 5 of 7 events"},
    {PHASES, "5", "t=2", NULL, "not in this trace: --to t=2: the range is empty, it would begin with event 5 of 7 events"},
    {PHASES, "t=7", NULL, NULL, "not in this trace: --from t=7: the last of its 7 events has t 6"},
    {PHASES, "mark=stop", NULL, NULL, "not in this trace: --from mark=stop: its marks are boot, run, idle"},
    {PHASES, "mark=run#3", NULL, NULL, "not in this trace: --from mark=run#3: it has 2 such marks"},
    {PHASES, "mark=run", "mark=boot", NULL, "not in this trace: --to mark=boot: it has 1 such mark, none behind --from"},
    {PHASES, "mark=run", "mark=boot#1", NULL, "not in this trace: --to mark=boot#1: the range is empty, it would begin with event 3 of 7 events"},
    {PHASES, NULL, "mark=boot", NULL, "not in this trace: --to mark=boot: the range is empty, it would begin with event 1 of 7 events"},
    {PHASES, "2", "mark=end", NULL, "not in this trace: --to mark=end: its marks are boot, run, idle"},
    {H A(1, 8), "mark=x", NULL, NULL, "not in this trace: --from mark=x: it has no marks"},
    {H, "1", NULL, NULL, "not in this trace: --from 1: it has 0 events"},
    {H, "t=5", NULL, NULL, "not in this trace: --from t=5: it has 0 events"},
    {H A(1, 8), "2", NULL, NULL, "not in this trace: --from 2: it has 1 event"},
    {PHASES, NULL, NULL, "dma", "not in this trace: --heap dma: it names no heaps, all is in heap 0"},
    {PHASES, NULL, NULL, "1", "not in this trace: --heap 1: it names no heaps, all is in heap 0"},
    {"{\"format\":\"heaplab-trace\",\"version\":1,\"heaps\":[{\"name\":\"sram\"},{\"name\":\"dma\"}]}\n" A(1, 1), NULL, NULL, "dmb",
     "not in this trace: --heap dmb: its heaps are 0 sram, 1 dma"},
    {"{\"format\":\"heaplab-trace\",\"version\":1,\"heaps\":[{\"name\":\"sram\"},{\"name\":\"dma\"}]}\n" A(1, 1), NULL, NULL, "2",
     "not in this trace: --heap 2: its heaps are 0 sram, 1 dma"},
};

START_TEST(a_selection_that_is_not_there_is_refused_with_what_is)
{
    struct trace_error error;
    char message[600];
    struct trace *part = part_of_text(refusals[_i].text, refusals[_i].from, refusals[_i].to, refusals[_i].heap, &error);
    ck_assert_ptr_null(part);
    trace_error_format(&error, message, sizeof message);
    ck_assert_str_eq(strchr(message, ' ') + 1, refusals[_i].message);
    ck_assert_int_eq(trace_error_exit(error.code), 3);
}
END_TEST

START_TEST(many_long_marks_fit_into_the_message)
{
    static char text[64 * 1024];
    struct trace_error error;
    size_t length = (size_t)snprintf(text, sizeof text, "%s", H);
    for (int i = 0; i < 30; i++) {
        length += (size_t)snprintf(text + length, sizeof text - length,
                                   "{\"op\":\"mark\",\"name\":\"%d\\n\xC3\xA4\xC3\xB6 a name that is far too long for a line\"}\n", i);
    }
    ck_assert_ptr_null(part_of_text(text, "mark=x", NULL, NULL, &error));
    ck_assert_msg(strstr(error.found, "its marks are 0?\xC3\xA4\xC3\xB6 a name that is fa…, 1?") != NULL, "%s", error.found);
    ck_assert_msg(strlen(error.found) > 8 && strcmp(error.found + strlen(error.found) - strlen(", …"), ", …") == 0, "%s", error.found);
}
END_TEST

START_TEST(a_bound_is_a_number_a_time_or_a_mark)
{
    static const char *const bad[] = {"", "0", "-1", "1x", "x", "1.5", "t=", "t=x", "t=-1", "mark=", "mark=#2", "mark=a#0", "9007199254740992",
                                      "99999999999999999999999", " 1"};
    struct trace_bound bound = {0};
    char why[200];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_msg(!trace_bound_parse(&bound, bad[i], why, sizeof why), "%s", bad[i]);
        ck_assert_int_eq(bound.kind, TRACE_BOUND_NONE);
        ck_assert_msg(strncmp(why, "expected ", 9) == 0, "%s", why);
    }
    ck_assert(trace_bound_parse(&bound, "9007199254740991", why, sizeof why) && bound.number == TRACE_ID_MAX);
    ck_assert(trace_bound_parse(&bound, "t=0", why, sizeof why) && bound.kind == TRACE_BOUND_TIME && bound.number == 0);
    ck_assert(trace_bound_parse(&bound, "mark=a#b#12", why, sizeof why) && bound.number == 12);
    ck_assert(trace_bound_parse(&bound, "mark=a#b", why, sizeof why) && bound.number == 0);
}
END_TEST

/* From one phase to the next of the same name. */
START_TEST(an_unnumbered_end_is_behind_the_beginning)
{
    struct trace_error error;
    struct trace *part = part_of_text(PHASES, "mark=run", "mark=run", NULL, &error);
    ck_assert_uint_eq(trace_selected_of(part)->first, 3);
    ck_assert_uint_eq(trace_selected_of(part)->last, 4);
    trace_free(part);
    part = part_of_text(PHASES, "mark=run#2", NULL, NULL, &error);
    ck_assert_uint_eq(trace_selected_of(part)->first, 5);
    ck_assert_uint_eq(trace_count(part), 6);
    trace_free(part);
}
END_TEST

/* ---- what stands behind the range ---- */

START_TEST(what_is_wrong_behind_the_range_is_no_error)
{
    struct trace_error error;
    struct trace *part = part_of_text(H A(1, 8) F(1) "garbage\n", NULL, "2", NULL, &error);
    ck_assert_ptr_nonnull(part);
    trace_free(part);
    part = part_of_text(H A(1, 8) F(1) F(1), NULL, "2", NULL, &error);
    ck_assert_ptr_nonnull(part);
    trace_free(part);
    ck_assert_ptr_null(part_of_text(H A(1, 8) F(1) "garbage\n", NULL, "3", NULL, &error));
    ck_assert_int_ne(error.code, TRACE_E_RANGE);
    const struct trace_selection selection = bounds(NULL, "2", NULL);
    text_file("{\"format\":\"heaplab-trace\",\"version\":1,\"events\":[" A(1, 8) "," F(1) "," A(2, 9) ", ]", ".json");
    part = load_part(text_path, &selection, &error);
    ck_assert_ptr_nonnull(part);
    ck_assert_uint_eq(trace_count(part), 2);
    trace_free(part);
    unlink(text_path);
}
END_TEST

/* A pipe whose other end stays open is left at the range's end. */
START_TEST(a_pipe_is_left_at_the_end)
{
    int ends[2];
    char path[32], text[32 * 1024];
    struct trace_error error;
    size_t length = (size_t)snprintf(text, sizeof text, "%s", H);
    for (int i = 1; i <= 400; i++) {
        length += (size_t)snprintf(text + length, sizeof text - length, "{\"op\":\"alloc\",\"id\":%d,\"size\":8}\n", i);
    }
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(write(ends[1], text, length), (ssize_t)length);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    const struct trace_selection selection = bounds("20", "200", NULL);
    struct trace *part = load_part(path, &selection, &error);
    ck_assert_ptr_nonnull(part);
    ck_assert_uint_eq(trace_count(part), 19 + 1 + 181);
    trace_free(part);
    close(ends[0]);
    close(ends[1]);
}
END_TEST

/* ---- headers behind the events, imports, lenient reading ---- */

START_TEST(lists_behind_the_events_are_read)
{
    struct trace_error error;
    struct trace_selection selection = bounds("2", "3", NULL);
    text_file("{\"events\":[{\"op\":\"alloc\",\"id\":1,\"size\":8,\"site\":1,\"heap\":1},"
              "{\"op\":\"alloc\",\"id\":2,\"size\":9},{\"op\":\"free\",\"id\":1},{\"op\":\"free\",\"id\":2}],\"sites\":[\"a\",\"b\"],"
              "\"heaps\":[{\"name\":\"x\"},{\"name\":\"y\"}],\"format\":\"heaplab-trace\",\"version\":1}", ".json");
    struct trace *part = load_part(text_path, &selection, &error);
    struct trace_event event;
    ck_assert_uint_eq(trace_count(part), 4);
    ck_assert_uint_eq(trace_header_of(part)->site_count, 2);
    trace_get(part, 0, &event);
    ck_assert(event.site == 1 && event.heap == 1);
    trace_free(part);
    selection = bounds(NULL, NULL, "y");
    part = load_part(text_path, &selection, &error);
    ck_assert_uint_eq(trace_count(part), 2);
    assert_event(part, 1, TRACE_FREE, 1, 0);
    char words[200];
    trace_selected_text(trace_selected_of(part), trace_header_of(part), "x.json", words, sizeof words);
    ck_assert_str_eq(words, "events 1 … 4 of x.json; of them those of heap 1 (y)");
    trace_free(part);
    unlink(text_path);
}
END_TEST

START_TEST(an_import_is_cut_as_well)
{
    struct trace_error error;
    const struct trace_selection selection = bounds("3", "4", NULL);
    text_file("= Start\n@ ./p:[0x1] + 0x10 0x18\n@ ./p:[0x2] + 0x20 0x28\n@ ./p:[0x1] + 0x30 0x8\n"
              "@ ./p:[0x2] - 0x10\n@ ./p:[0x2] - 0x20\n= End\n", ".mtrace");
    struct trace *part = load_part(text_path, &selection, &error);
    ck_assert_ptr_nonnull(part);
    ck_assert_uint_eq(trace_count(part), 5);
    assert_event(part, 1, TRACE_ALLOC, 2, 0x28);
    assert_event(part, 4, TRACE_FREE, 1, 0);
    ck_assert_uint_eq(trace_header_of(part)->site_count, 2);
    trace_free(part);
    unlink(text_path);
}
END_TEST

START_TEST(events_passed_over_have_no_number)
{
    struct trace_error error;
    const struct trace_selection selection = bounds("2", NULL, NULL);
    const struct trace_options options = {.selection = &selection, .lenient = true};
    text_file(H A(1, 8) F(7) A(2, 9) "{\"op\":\"alloc\",\"id\":3", ".jsonl");
    struct trace *part = trace_load(text_path, &options, NULL, NULL, &error);
    ck_assert_uint_eq(trace_count(part), 3);
    assert_event(part, 2, TRACE_ALLOC, 2, 9);
    ck_assert_uint_eq(trace_anomalies(part, NULL, NULL), 2);
    trace_free(part);
    unlink(text_path);
}
END_TEST

/* An id belongs to the heap of its alloc, whatever a later event says or leaves out. */
START_TEST(a_heap_is_followed_by_id)
{
    struct trace_error error;
    const char *text = "{\"format\":\"heaplab-trace\",\"version\":1,\"heaps\":[{\"name\":\"a\"},{\"name\":\"b\"}]}\n" M("x")
        "{\"op\":\"alloc\",\"id\":1,\"size\":8,\"heap\":1}\n" A(2, 8) "{\"op\":\"realloc\",\"id\":2,\"size\":20,\"heap\":1}\n" R(1, 30)
        "{\"op\":\"free\",\"id\":2,\"heap\":1}\n" F(1) "{\"op\":\"free\",\"id\":0,\"heap\":1}\n";
    struct trace *part = part_of_text(text, NULL, NULL, "b", &error);
    struct trace_event event;
    ck_assert_uint_eq(trace_count(part), 5);
    assert_event(part, 1, TRACE_ALLOC, 1, 8);
    assert_event(part, 2, TRACE_REALLOC, 1, 30);
    assert_event(part, 3, TRACE_FREE, 1, 0);
    assert_event(part, 4, TRACE_FREE, 0, 0);
    trace_get(part, 3, &event);
    ck_assert(event.heap == 1 && event.slot == 0);
    ck_assert_uint_eq(trace_header_of(part)->heap_count, 2);
    trace_free(part);
    part = part_of_text(text, "6", NULL, "1", &error);
    ck_assert_uint_eq(trace_count(part), 4);
    assert_event(part, 0, TRACE_ALLOC, 1, 30);
    trace_free(part);
}
END_TEST

/* ---- progress, and what is not selected ---- */

static uint64_t ticks;

static bool count_ticks(void *ctx, uint64_t done, uint64_t all)
{
    ck_assert_uint_le(done, all);
    return ++ticks < *(uint64_t *)ctx;
}

START_TEST(the_way_to_the_range_is_told_and_can_be_stopped)
{
    char path[80];
    struct trace_error error;
    uint64_t most = 100;
    struct trace *whole = trace_new("long");
    for (uint64_t i = 0; i < 300000; i++) {
        const struct trace_event event = trace_event_make(i % 2 ? TRACE_FREE : TRACE_ALLOC, 999, 8);
        ck_assert_int_eq(trace_append(whole, &event), 0);
    }
    write_trace(whole, temporary_path(path, sizeof path, ".hlt"));
    const struct trace_selection selection = bounds("300000", NULL, NULL);
    const struct trace_options options = {.selection = &selection};
    struct trace *part = trace_load(path, &options, count_ticks, &most, &error);
    ck_assert_ptr_nonnull(part);
    ck_assert_uint_eq(ticks, 4);
    ck_assert_uint_ge(trace_count(part), 1);
    trace_free(part);
    most = 2;
    ticks = 0;
    part = trace_load(path, &options, count_ticks, &most, &error);
    ck_assert_ptr_nonnull(part);
    ck_assert_uint_eq(trace_count(part), 0);
    trace_free(part);
    trace_free(whole);
    unlink(path);
}
END_TEST

START_TEST(without_a_selection_nothing_is_told)
{
    struct trace_error error;
    const struct trace_selection nothing = {0};
    const struct trace_options options = {.selection = &nothing};
    text_file(PHASES, ".jsonl");
    struct trace *whole = trace_load(text_path, &options, NULL, NULL, &error);
    ck_assert_uint_eq(trace_count(whole), 7);
    ck_assert_ptr_null(trace_selected_of(whole));
    trace_free(whole);
    unlink(text_path);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rules of selections");
    TCase *rules = tcase_create("rules");
    tcase_add_test(rules, the_blocks_alive_have_the_size_of_then);
    tcase_add_test(rules, nothing_alive_is_nothing_before_the_range);
    tcase_add_test(rules, an_id_that_holds_nothing_is_handed_on);
    tcase_add_test(rules, a_failed_request_stays_in_its_range);
    suite_add_tcase(suite, rules);
    TCase *words = tcase_create("words");
    tcase_add_loop_test(words, a_selection_that_is_not_there_is_refused_with_what_is, 0, (int)(sizeof refusals / sizeof *refusals));
    tcase_add_test(words, many_long_marks_fit_into_the_message);
    tcase_add_test(words, a_bound_is_a_number_a_time_or_a_mark);
    tcase_add_test(words, an_unnumbered_end_is_behind_the_beginning);
    suite_add_tcase(suite, words);
    TCase *files = tcase_create("files");
    tcase_add_test(files, what_is_wrong_behind_the_range_is_no_error);
    tcase_add_test(files, a_pipe_is_left_at_the_end);
    tcase_add_test(files, lists_behind_the_events_are_read);
    tcase_add_test(files, an_import_is_cut_as_well);
    tcase_add_test(files, events_passed_over_have_no_number);
    tcase_add_test(files, a_heap_is_followed_by_id);
    tcase_add_test(files, the_way_to_the_range_is_told_and_can_be_stopped);
    tcase_add_test(files, without_a_selection_nothing_is_told);
    suite_add_tcase(suite, files);
    return run_suite(suite);
}
