/* test_trace_errors.c: every error of a trace: its code, its line and column, what was found, how many events stood before it; and what
 * a lenient reader makes of it. */
#include "test_trace_support.h"

#define A1 "{\"op\":\"alloc\",\"id\":1,\"size\":8}\n"
#define LISTS "{\"format\":\"heaplab-trace\",\"version\":1,\"sites\":[\"a\",\"b\"],\"threads\":[\"m\"],\"heaps\":[{\"name\":\"d\"}]}\n"

struct wrong {
    const char *text;
    int code;
    uint64_t line, column, events;
    const char *found; /* part of it; NULL: anything */
    int lenient;       /* the code of a lenient reader: 0 where it passes over */
};

static const struct wrong wrongs[] = {
    /* syntax, fatal even when lenient */
    {H A1 "{\"op\":\"free\",\"id\":1,}\n", TRACE_E_SYNTAX, 3, 21, 1, "'}'", TRACE_E_SYNTAX},
    {H A1 "{\"op\":\"free\" \"id\":1}\n", TRACE_E_SYNTAX, 3, 14, 1, "'\"'", TRACE_E_SYNTAX},
    {H "{\"op\":\"alloc\",\"id\":1.5,\"size\":8}\n", TRACE_E_SYNTAX, 2, 20, 0, "1.5", TRACE_E_SYNTAX},
    {H "{\"op\":\"alloc\",\"id\":1,\"size\":1e3}\n", TRACE_E_SYNTAX, 2, 29, 0, "1e3", TRACE_E_SYNTAX},
    {H "{\"op\":\"alloc\",\"id\":01,\"size\":8}\n", TRACE_E_SYNTAX, 2, 21, 0, "'1'", TRACE_E_SYNTAX},
    {H "[1]\n", TRACE_E_SYNTAX, 2, 1, 0, "an array", TRACE_E_SYNTAX},
    {H A1 "{\"op\":\"free\",\n\"id\":1}\n", TRACE_E_SYNTAX, 4, 7, 1, "line break", TRACE_E_SYNTAX},
    {H A1 "{\"op\":\"free\",\"id\":1} {\"op\":\"free\",\"id\":0}\n", TRACE_E_SYNTAX, 3, 22, 2, "same line", TRACE_E_SYNTAX},
    {"\xEF\xBB\xBF" H, TRACE_E_SYNTAX, 1, 1, 0, "byte-order mark", TRACE_E_SYNTAX},
    {H "{\"op\":\"mark\",\"name\":\"\xFF\"}\n", TRACE_E_UTF8, 2, 22, 0, "0xFF", TRACE_E_UTF8},
    {H "{\"op\":\"mark\",\"name\":\"\\uDC00\"}\n", TRACE_E_UTF8, 2, 22, 0, "lone surrogate", TRACE_E_UTF8},
    {H A1 "{\"op\":\"free\",\"id\":1,\"id\":2}\n", TRACE_E_DUPLICATE, 3, 21, 1, "\"id\"", TRACE_E_DUPLICATE},
    {H A1 "{\"op\":\"free\",\"id\":1,\"\\u0069d\":2}\n", TRACE_E_DUPLICATE, 3, 21, 1, "\"id\"", TRACE_E_DUPLICATE},
    {"{\"format\":\"heaplab-trace\",\"version\":1,\n\"x\":{\"a\":1,\"b\":{},\"a\":2}}", TRACE_E_DUPLICATE, 2, 19, 0, "\"a\"", TRACE_E_DUPLICATE},
    {"{\"format\":\"heaplab-trace\",\"version\":1,\"version\":1}", TRACE_E_DUPLICATE, 1, 39, 0, "\"version\"", TRACE_E_DUPLICATE},
    {"{\"events\":[],\"events\":[]}", TRACE_E_DUPLICATE, 1, 14, 0, "\"events\"", TRACE_E_DUPLICATE},
    {"{\"x\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}", TRACE_E_DEPTH, 1, 21, 0, NULL, TRACE_E_DEPTH},
    {H A1 "{\"op\":\"al", TRACE_E_TRUNCATED, 3, 10, 1, "the end of the file", 0},
    {H A1 "{\"op\":\"free\",\"id\":1", TRACE_E_TRUNCATED, 3, 20, 1, "the end of the file", 0},
    {"{\"format\":\"heaplab-trace\",\"version\":1,\"events\":[" A1, TRACE_E_TRUNCATED, 2, 1, 1, NULL, 0},
    {"{\"format\":\"heaplab-tr", TRACE_E_TRUNCATED, 1, 22, 0, NULL, TRACE_E_TRUNCATED},
    {"{\"format\":\"heaplab-trace\",\"version\":1,\"events\":[]}\n\n{}", TRACE_E_TRAILING, 3, 1, 0, "'{'", TRACE_E_TRAILING},
    /* the header */
    {"", TRACE_E_FORMAT, 1, 1, 0, "an empty file", TRACE_E_FORMAT},
    {"\n \n", TRACE_E_FORMAT, 3, 1, 0, "an empty file", TRACE_E_FORMAT},
    {"\x7F" "ELF", TRACE_E_FORMAT, 1, 1, 0, "0x7F", TRACE_E_FORMAT},
    {"[]", TRACE_E_FORMAT, 1, 1, 0, "'['", TRACE_E_FORMAT},
    {"{}", TRACE_E_FORMAT, 1, 1, 0, "there are none", TRACE_E_FORMAT},
    {"{\"name\":1,\"data\":[]}", TRACE_E_FORMAT, 1, 1, 0, "\"name\", \"data\"", TRACE_E_FORMAT},
    {"{\"version\":1,\"events\":[]}", TRACE_E_FORMAT, 1, 1, 0, "\"version\"", TRACE_E_FORMAT},
    {"{\"format\":\"gltf\"}", TRACE_E_FORMAT, 1, 2, 0, "gltf", TRACE_E_FORMAT},
    {"{\"format\":\"heaplab-trace\"}", TRACE_E_VERSION, 1, 1, 0, "\"format\"", TRACE_E_VERSION},
    {"{\"format\":\"heaplab-trace\",\n \"version\":2}", TRACE_E_VERSION, 2, 2, 0, "2", TRACE_E_VERSION},
    {"{\"format\":\"heaplab-trace\",\"version\":\"1\"}", TRACE_E_VERSION, 1, 27, 0, NULL, TRACE_E_VERSION},
    {"{\"sites\":[\"a\",7]}", TRACE_E_HEADER, 1, 2, 0, "sites: \"7\"", TRACE_E_HEADER},
    {"{\"meta\":[]}", TRACE_E_HEADER, 1, 2, 0, "meta", TRACE_E_HEADER},
    {"{\"meta\":{\"name\":\"a\\u0000b\"}}", TRACE_E_HEADER, 1, 17, 0, "U+0000", TRACE_E_HEADER},
    {"{\"meta\":{\"word_bits\":32.5}}", TRACE_E_HEADER, 1, 2, 0, "word_bits", TRACE_E_HEADER},
    {"{\"heaps\":[{\"pool\":{\"block\":8}}]}", TRACE_E_HEADER, 1, 2, 0, "pool", TRACE_E_HEADER},
    {"{\"threads\":[{\"priority\":4294967296}]}", TRACE_E_HEADER, 1, 2, 0, "priority", TRACE_E_HEADER},
    {"{\"events\":{}}", TRACE_E_HEADER, 1, 11, 0, NULL, TRACE_E_HEADER},
    {"{\"format\":\"heaplab-trace\",\n\"version\":1}\n" A1, TRACE_E_MISSING, 2, 12, 0, NULL, TRACE_E_MISSING},
    /* meaning, passed over when lenient */
    {H A1 "{\"op\":\"free\",\"id\":1,\"sise\":2}\n", TRACE_E_MEMBER, 3, 21, 1, "\"sise\"", 0},
    {H A1 "{\"op\":\"free\",\"id\":\"1\"}\n", TRACE_E_MEMBER, 3, 19, 1, "\"1\"", 0},
    {H "{\"op\":7,\"id\":1}\n", TRACE_E_MEMBER, 2, 7, 0, "7", 0},
    {H "{\"op\":\"alloc\",\"id\":1,\"size\":8,\"failed\":1}\n", TRACE_E_MEMBER, 2, 40, 0, "1", 0},
    {H "{\"op\":\"alloc\",\"id\":1,\"size\":null}\n", TRACE_E_MEMBER, 2, 29, 0, "null", 0},
    {H "{\"op\":\"mark\",\"name\":[[]]}\n", TRACE_E_MEMBER, 2, 21, 0, "an array", 0},
    {H "{\"op\":\"mark\",\"name\":\"\\u0000\"}\n", TRACE_E_MEMBER, 2, 21, 0, "x00", 0},
    {H "{}\n", TRACE_E_MISSING, 2, 1, 0, NULL, 0},
    {H "{\"id\":1,\"size\":8}\n", TRACE_E_MISSING, 2, 1, 0, NULL, 0},
    {H " {\"op\":\"alloc\",\"size\":8}\n", TRACE_E_MISSING, 2, 2, 0, NULL, 0},
    {H "{\"op\":\"calloc\",\"id\":1}\n", TRACE_E_MISSING, 2, 1, 0, NULL, 0},
    {H "{\"op\":\"mark\"}\n", TRACE_E_MISSING, 2, 1, 0, NULL, 0},
    {H "{\"op\":\"malloc\",\"id\":1,\"size\":8}\n", TRACE_E_OP, 2, 7, 0, "\"malloc\"", 0},
    {H "{\"op\":\"alloc\",\"id\":0,\"size\":8}\n", TRACE_E_NUMBER, 2, 20, 0, "id 0", 0},
    {H "{\"op\":\"alloc\",\"id\":-1,\"size\":8}\n", TRACE_E_NUMBER, 2, 20, 0, "-1", 0},
    {H "{\"op\":\"alloc\",\"id\":9007199254740992,\"size\":8}\n", TRACE_E_NUMBER, 2, 20, 0, "9007199254740992", 0},
    {H "{\"op\":\"alloc\",\"id\":18446744073709551617,\"size\":8}\n", TRACE_E_NUMBER, 2, 20, 0, "18446744073709551617", 0},
    {H "{\"op\":\"alloc\",\"id\":1,\"size\":8,\"wait\":-2}\n", TRACE_E_NUMBER, 2, 38, 0, "-2", 0},
    {H "{\"op\":\"alloc\",\"id\":1,\"size\":9007199254740992}\n", TRACE_E_SIZE, 2, 29, 0, "9007199254740992", 0},
    {H "{\"op\":\"calloc\",\"id\":1,\"size\":4294967296,\"count\":4294967296}\n", TRACE_E_SIZE, 2, 49, 0, "4294967296", 0},
    {H "{\"op\":\"alloc\",\"id\":1,\"size\":8,\"align\":12}\n", TRACE_E_ALIGN, 2, 39, 0, "12", 0},
    {LISTS "{\"op\":\"alloc\",\"id\":1,\"size\":8,\"site\":2}\n", TRACE_E_INDEX, 2, 38, 0, "site 2", 0},
    {H "{\"op\":\"alloc\",\"id\":1,\"size\":8,\"site\":0}\n", TRACE_E_INDEX, 2, 38, 0, "site 0", 0},
    {LISTS "{\"op\":\"alloc\",\"id\":1,\"size\":8,\"thread\":1}\n", TRACE_E_INDEX, 2, 40, 0, "thread 1", 0},
    {LISTS "{\"op\":\"alloc\",\"id\":1,\"size\":8,\"heap\":1}\n", TRACE_E_INDEX, 2, 38, 0, "heap 1", 0},
    {LISTS "{\"op\":\"alloc\",\"id\":1,\"size\":8,\"site\":4294967296}\n", TRACE_E_INDEX, 2, 38, 0, "4294967296", 0},
    {H A1 A1, TRACE_E_ID_LIVE, 3, 20, 1, "id 1", 0},
    {H A1 "{\"op\":\"free\",\"id\":1}\n{\"op\":\"free\",\"id\":1}\n", TRACE_E_ID_DEAD, 4, 19, 2, "which is dead", 0},
    {H A1 "{\"op\":\"free\",\"id\":2}\n", TRACE_E_ID_DEAD, 3, 19, 1, "never allocated", 0},
    {H A1 "{\"op\":\"free\",\"id\":1}\n{\"op\":\"realloc\",\"id\":1,\"size\":4}\n", TRACE_E_ID_DEAD, 4, 22, 2, "realloc of id 1", 0},
    {H "{\"op\":\"alloc\",\"id\":1,\"size\":8,\"failed\":true}\n{\"op\":\"free\",\"id\":1}\n", TRACE_E_ID_DEAD, 3, 19, 1, "id 1", 0},
    {H "{\"op\":\"free\",\"id\":0,\"t\":9}\n{\"op\":\"free\",\"id\":0,\"t\":8}\n", TRACE_E_TIME, 3, 25, 1, "t 8", 0},
    /* lists behind the events: known at the end, reported at the event */
    {"{\"events\":[\n" "{\"op\":\"alloc\",\"id\":1,\"size\":8,\"site\":1},\n" "{\"op\":\"alloc\",\"id\":2,\"size\":8,\"site\":5},\n"
     "{\"op\":\"alloc\",\"id\":3,\"size\":8,\"site\":7}],\n\"sites\":[\"a\",\"b\"],\"format\":\"heaplab-trace\",\"version\":1}",
     TRACE_E_INDEX, 3, 38, 3, "index 5", 0},
    {"{\"events\":[\n" "{\"op\":\"alloc\",\"id\":1,\"size\":8,\"thread\":1}\n],\"format\":\"heaplab-trace\",\"version\":1}",
     TRACE_E_INDEX, 2, 40, 1, "index 1", 0},
    {"{\"events\":[\n{\"op\":\"free\",\"id\":1}],\"format\":\"heaplab-trace\",\"version\":1}", TRACE_E_ID_DEAD, 2, 19, 0, NULL, 0},
};

START_TEST(each_error_names_its_place)
{
    const struct wrong *wrong = &wrongs[_i];
    struct outcome outcome = read_text(wrong->text);
    char text[700];
    trace_error_format(&outcome.error, text, sizeof text);
    ck_assert_msg(outcome.code == wrong->code, "case %d: %s", _i, text);
    ck_assert_msg(outcome.error.line == wrong->line && outcome.error.column == wrong->column, "case %d: %s", _i, text);
    ck_assert_msg(outcome.error.events == wrong->events, "case %d: %s", _i, text);
    ck_assert_msg(!wrong->found || strstr(outcome.error.found, wrong->found), "case %d: %s", _i, text);
    ck_assert_str_eq(outcome.error.file, "test");
    for (const char *c = text; *c; c++) {
        ck_assert_int_ge(*c, 0x20);
    }
}
END_TEST

START_TEST(lenient_passes_over_meaning_only)
{
    const struct wrong *wrong = &wrongs[_i];
    struct outcome outcome = read_bytes(wrong->text, strlen(wrong->text), true);
    ck_assert_msg(outcome.code == wrong->lenient, "case %d: %d", _i, outcome.code);
    if (outcome.code) {
        return;
    }
    ck_assert_uint_ge(outcome.anomalies, 1);
    ck_assert_int_eq(outcome.error.code, wrong->code);
    ck_assert_uint_eq(outcome.error.line, wrong->line);
    ck_assert_uint_eq(outcome.error.column, wrong->column);
}
END_TEST

START_TEST(the_hot_path_and_the_tokenizer_agree_on_the_message)
{
    /* The same wrong event, once as the hot path takes it and once spelled so that it cannot. */
    static const char *const pairs[][2] = {
        {H "{\"op\":\"alloc\",\"id\":0,\"size\":8}\n", H "{\"\\u006fp\":\"alloc\",\"id\":0,\"size\":8}\n"},
        {H A1 "{\"op\":\"free\",\"id\":3}\n", H A1 "{\"\\u006fp\":\"free\",\"id\":3}\n"},
        {H "{\"op\":\"alloc\",\"id\":1,\"size\":8,\"align\":3}\n", H "{\"\\u006fp\":\"alloc\",\"id\":1,\"size\":8,\"align\":3}\n"},
    };
    struct outcome hot = read_text(pairs[_i][0]), cold = read_text(pairs[_i][1]);
    ck_assert_int_eq(hot.code, cold.code);
    ck_assert_str_eq(hot.error.found, cold.error.found);
    ck_assert_uint_eq(hot.error.column + 5, cold.error.column);
}
END_TEST

START_TEST(a_longer_string_is_refused)
{
    char text[5000];
    for (int length = 4096; length <= 4097; length++) {
        snprintf(text, sizeof text, H "{\"op\":\"mark\",\"name\":\"%0*d\"}\n", length, 0);
        struct outcome outcome = read_text(text);
        ck_assert_int_eq(outcome.code, length == 4096 ? 0 : TRACE_E_LONG_STRING);
        if (outcome.code) {
            ck_assert_uint_eq(outcome.error.column, 21);
        }
    }
}
END_TEST

START_TEST(a_cap_ends_the_read_and_is_named)
{
    static const char text[] = H A1 "{\"op\":\"alloc\",\"id\":2,\"size\":8}\n{\"op\":\"alloc\",\"id\":3,\"size\":8}\n";
    struct trace_options events = {.lenient = true, .limits.events = 2}, ids = {.lenient = true, .limits.live_ids = 2};
    const struct trace_options *options[] = {&events, &ids};
    const char *const named[] = {"cap on events", "cap on live ids"};
    for (int i = 0; i < 2; i++) {
        struct trace_error error;
        struct trace_event event;
        struct trace_reader *reader = trace_reader_open_memory(text, sizeof text - 1, options[i], &error);
        ck_assert_ptr_nonnull(reader);
        ck_assert_int_eq(trace_reader_next(reader, &event), 1);
        ck_assert_int_eq(trace_reader_next(reader, &event), 1);
        ck_assert_int_eq(trace_reader_next(reader, &event), TRACE_E_CAP);
        ck_assert_ptr_nonnull(strstr(trace_reader_error(reader)->expected, named[i]));
        ck_assert_int_eq(trace_error_exit(TRACE_E_CAP), 4);
        trace_reader_close(reader);
    }
}
END_TEST

START_TEST(a_file_that_is_not_there_is_named)
{
    struct trace_error error;
    char text[700];
    ck_assert_ptr_null(trace_reader_open("/nonexistent/x.json", NULL, &error));
    ck_assert_int_eq(error.code, TRACE_E_OPEN);
    trace_error_format(&error, text, sizeof text);
    ck_assert_str_eq(text, "/nonexistent/x.json: cannot open: No such file or directory");
    ck_assert_ptr_null(trace_load("/tmp", NULL, NULL, NULL, &error));
    ck_assert_int_eq(error.code, TRACE_E_OPEN);
}
END_TEST

START_TEST(the_message_says_all)
{
    struct outcome outcome = read_text(H A1 A1);
    char text[700];
    trace_error_format(&outcome.error, text, sizeof text);
    ck_assert_str_eq(text, "test:3:20: id reused while live: found id 1, expected an id that is not live (after 1 whole event)");
    outcome = read_text(H A1 "{\"op\"");
    trace_error_format(&outcome.error, text, sizeof text);
    ck_assert_str_eq(text, "test:3:6: the file ends early: found the end of the file, expected ':' (after 1 whole event)");
    char small[10];
    ck_assert_int_eq(trace_error_format(&outcome.error, small, sizeof small), (int)strlen(text));
    ck_assert_str_eq(small, "test:3:6:");
}
END_TEST

START_TEST(lenient_counts_and_keeps_the_first_anomalies)
{
    char text[8192] = H;
    for (int i = 0; i < 100; i++) {
        strcat(text, "{\"op\":\"free\",\"id\":5}\n");
    }
    strcat(text, A1);
    struct outcome outcome = read_bytes(text, strlen(text), true);
    ck_assert_int_eq(outcome.code, 0);
    ck_assert_uint_eq(outcome.events, 1);
    ck_assert_uint_eq(outcome.anomalies, 100);
}
END_TEST

START_TEST(lenient_keeps_an_event_with_an_unknown_member)
{
    static const char text[] = H "{\"op\":\"alloc\",\"cpu\":{\"n\":[1,2]},\"id\":1,\"size\":8}\n{\"op\":\"free\",\"id\":1}\n";
    struct outcome outcome = read_bytes(text, sizeof text - 1, true);
    ck_assert_int_eq(outcome.code, 0);
    ck_assert_uint_eq(outcome.events, 2);
    ck_assert_uint_eq(outcome.anomalies, 1);
}
END_TEST

START_TEST(names_and_exit_codes_are_stable)
{
    ck_assert_str_eq(trace_error_name(TRACE_E_ID_DEAD), "ID_DEAD");
    ck_assert_str_eq(trace_error_name(-99), "?");
    ck_assert_str_eq(trace_error_text(TRACE_E_TIME), "time goes backwards");
    ck_assert_int_eq(trace_error_exit(0), 0);
#define X(code, name, text) ck_assert_int_eq(trace_error_exit(code), (code) <= -3 && (code) >= -5 ? 4 : 3);
    TRACE_ERRORS(X)
#undef X
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trace errors");
    TCase *errors = tcase_create("errors");
    int count = (int)(sizeof wrongs / sizeof *wrongs);
    tcase_add_loop_test(errors, each_error_names_its_place, 0, count);
    tcase_add_loop_test(errors, lenient_passes_over_meaning_only, 0, count);
    tcase_add_loop_test(errors, the_hot_path_and_the_tokenizer_agree_on_the_message, 0, 3);
    tcase_add_test(errors, a_longer_string_is_refused);
    tcase_add_test(errors, a_cap_ends_the_read_and_is_named);
    tcase_add_test(errors, a_file_that_is_not_there_is_named);
    tcase_add_test(errors, the_message_says_all);
    tcase_add_test(errors, lenient_counts_and_keeps_the_first_anomalies);
    tcase_add_test(errors, lenient_keeps_an_event_with_an_unknown_member);
    tcase_add_test(errors, names_and_exit_codes_are_stable);
    suite_add_tcase(suite, errors);
    return run_suite(suite);
}
