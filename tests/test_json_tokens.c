/* test_json_tokens.c: what the tokenizer takes and what it refuses, RFC 8259 section by section, and where it says the error is. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

struct sample { const char *bytes; size_t count; };
#define S(text) {text, sizeof(text) - 1}

static enum json_token run(const char *bytes, size_t count, struct trace_error *error, uint32_t depth)
{
    /* An own copy of exactly these bytes, so that a sanitizer sees a read past them. */
    char *copy = malloc(count ? count : 1);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes, count);
    struct trace_bytes stream;
    struct json json;
    enum json_token token = JSON_ERROR;
    ck_assert_int_eq(trace_bytes_open_memory(&stream, copy, count), 0);
    ck_assert(json_open(&json, &stream, (struct json_limits){.depth = depth, .string_bytes = 4096}));
    size_t steps = 0;
    do { token = json_next(&json);
    } while (token != JSON_END && token != JSON_ERROR && ++steps <= 2 * count + 2);
    ck_assert_uint_le(steps, 2 * count + 2);
    *error = json.error;
    json_close(&json);
    trace_bytes_close(&stream);
    free(copy);
    return token;
}

static const struct sample accepted[] = {
    S("0"), S("-0"), S("1"), S("-1"), S("10"), S("1234567890"), S("0.0"), S("0.5"), S("-0.5"), S("1e1"), S("1E1"), S("1e+1"), S("1e-1"),
    S("0e0"), S("0E+00"), S("1.5e300"), S("1e999"), S("123456789012345678901234567890"), S("-1.0e-10"), S("0.00000000000000000000000000001"),
    S("true"), S("false"), S("null"), S("\"\""), S("\"a\""), S("\" \""), S("\"\\\"\""), S("\"\\\\\""), S("\"\\/\""), S("\"/\""),
    S("\"\\b\\f\\n\\r\\t\""), S("\"\\u0000\""), S("\"\\u001F\""), S("\"\\u0041\""), S("\"\\uABCD\""), S("\"\\uabcd\""), S("\"\\uD834\\uDD1E\""),
    S("\"\\udbff\\udfff\""), S("\"\\ufffe\""), S("\"\\uFFFF\""), S("\"\xC2\x80\""), S("\"\xDF\xBF\""), S("\"\xE0\xA0\x80\""),
    S("\"\xED\x9F\xBF\""), S("\"\xEE\x80\x80\""), S("\"\xEF\xBF\xBF\""), S("\"\xF0\x90\x80\x80\""), S("\"\xF4\x8F\xBF\xBF\""),
    S("\"\xE2\x80\xA8\xE2\x80\xA9\""), S("\"\x7F\""), S("\"// no comment\""), S("[]"), S("[ ]"), S("[[]]"), S("[[],[[]]]"), S("[1]"),
    S("[1,2,3]"), S("[1 , 2\t,\r\n3 ]"), S("[\"a\",null,true,{}]"), S("{}"), S("{ }"), S("{\"a\":1}"), S("{\"\":0}"),
    S("{\"a\":{\"a\":{}}}"), S("{\"a\" : [ ] , \"b\":\n{}}"), S("{\"a\":1,\"a\":2}"), S("{\"\\u0061\":1}"), S(" \t\r\n1\n\n "), S("[1]\n"),
    S("[\"\\u0022\",\"\\u005C\"]"), S("[-1.5E-3,0,-0.0]"), S("[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]"),
};

static const struct sample rejected[] = {
    /* nothing, or not enough */
    S(""), S(" "), S("\n"), S("["), S("[1"), S("[1,"), S("[1,2"), S("{"), S("{\"a\""), S("{\"a\":"), S("{\"a\":1"), S("{\"a\":1,"), S("[["),
    S("[{"), S("\""), S("\"a"), S("\"\\"), S("\"\\\""), S("\"\\u"), S("\"\\u1"), S("\"\\u12"), S("\"\\u123"), S("\"\\uD800"),
    S("\"\\uD800\\"), S("\"\\uD800\\u"), S("t"), S("tru"), S("fals"), S("nul"), S("n"), S("-"), S("1."), S("1e"), S("1e+"), S("1E-"), S("\"\xC3"),
    /* numbers */
    S("01"), S("-01"), S("00"), S("+1"), S(".5"), S("-.5"), S("1.e1"), S("1.5."), S("1..5"), S("1e1.5"), S("1ee1"), S("1e++1"), S("--1"),
    S("- 1"), S("1 2"), S("0x10"), S("1_000"), S("1,000"), S("NaN"), S("-NaN"), S("Infinity"), S("-Infinity"), S("inf"), S("1f"), S("1e1e1"),
    S("0.1.2"), S("1+1"), S("\xEF\xBC\x91"), S("[-]"), S("[1.]"), S("[.1]"), S("[0e]"), S("[0e+]"), S("[1e.5]"), S("[012]"), S("[-012]"),
    /* literals */
    S("True"), S("TRUE"), S("FALSE"), S("Null"), S("truee"), S("nulll"), S("undefined"), S("nan"), S("truefalse"), S("tru e"),
    /* strings */
    S("'a'"), S("a"), S("`a`"), S("\"a\nb\""), S("\"a\tb\""), S("\"\0\""), S("\"\x1F\""), S("\"\x01\""), S("\"\\a\""), S("\"\\x41\""),
    S("\"\\'\""), S("\"\\0\""), S("\"\\U0041\""), S("\"\\v\""), S("\"\\ \""), S("\"\\\n\""), S("\"\\u00G0\""), S("\"\\u 041\""), S("\"\\u{41}\""),
    S("\"\\uD800\""), S("\"\\uDC00\""), S("\"\\uDFFF\\uD800\""), S("\"\\uD800\\uD800\""), S("\"\\uD800x\""), S("\"\\uD800\\n\""),
    S("\"\\uD800\\u0041\""), S("\"\\\xC3\xA9\""), S("\"a\"b"), S("\"a\"\"b\""),
    /* UTF-8 */
    S("\"\x80\""), S("\"\xBF\""), S("\"\xC0\x80\""), S("\"\xC1\xBF\""), S("\"\xC2\""), S("\"\xC2\x41\""), S("\"\xE0\x80\x80\""),
    S("\"\xE0\x9F\xBF\""), S("\"\xE2\x82\""), S("\"\xE2\x82\x41\""), S("\"\xED\xA0\x80\""), S("\"\xED\xBF\xBF\""), S("\"\xF0\x80\x80\x80\""),
    S("\"\xF0\x8F\xBF\xBF\""), S("\"\xF0\x9F\x98\""), S("\"\xF4\x90\x80\x80\""), S("\"\xF5\x80\x80\x80\""), S("\"\xF8\x88\x80\x80\x80\""),
    S("\"\xFE\""), S("\"\xFF\""), S("\xEF\xBB\xBF{}"), S("\xFF\xFE{\0}\0"), S("\xC3\xA9"), S("{\"\xFF\":1}"),
    /* arrays */
    S("]"), S("[,]"), S("[1,]"), S("[,1]"), S("[1,,2]"), S("[1 2]"), S("[1;2]"), S("[1:2]"), S("[}"), S("[1}"), S("[]]"), S("[[]"), S("[1]]"),
    S("(1)"), S("<1>"), S("[\"a\":1]"), S("[...]"), S("[a]"), S("[1]x"), S("[][]"), S("[\v1]"), S("[\f]"), S("[\xC2\xA0]"), S("[\0]"),
    /* objects */
    S("}"), S("{,}"), S("{\"a\"}"), S("{\"a\",1}"), S("{\"a\":}"), S("{\"a\":1,}"), S("{\"a\"::1}"), S("{\"a\" 1}"), S("{a:1}"), S("{'a':1}"),
    S("{1:1}"), S("{null:1}"), S("{true:1}"), S("{[]:1}"), S("{\"a\":1 \"b\":2}"), S("{\"a\":1,,\"b\":2}"), S("{\"a\":1;\"b\":2}"), S("{\"a\"=1}"),
    S("{]"), S("{\"a\":1]"), S("{}}"), S("{} {}"), S("{\"a\":1}\"b\""), S("{:1}"), S("{\"a\":\"b\":\"c\"}"),
    /* comments and the end */
    S("/* */ 1"), S("1 /* */"), S("// a\n1"), S("1 // a"), S("# a\n1"), S("1#"), S("1\0"), S("{}\0"), S("1,"), S("null,"), S("[1],"), S("--"),
};

START_TEST(every_valid_text_is_taken)
{
    struct trace_error error;
    const struct sample *sample = &accepted[_i];
    ck_assert_msg(run(sample->bytes, sample->count, &error, 16) == JSON_END, "refused: %s (found %s, expected %s)", sample->bytes, error.found, error.expected);
}
END_TEST

START_TEST(every_invalid_text_is_refused)
{
    struct trace_error error;
    const struct sample *sample = &rejected[_i];
    ck_assert_msg(run(sample->bytes, sample->count, &error, 16) == JSON_ERROR, "taken: %s", sample->bytes);
    ck_assert_int_lt(error.code, 0);
    ck_assert_uint_ge(error.line, 1);
    ck_assert_uint_ge(error.column, 1);
    ck_assert_uint_le(error.column, sample->count + 1);
}
END_TEST

START_TEST(every_prefix_of_a_valid_container_is_truncated)
{
    static const char text[] = "{\"a\": [1.5e-3, \"\\uD834\\uDD1E\xE2\x82\xAC\", true], \"b\": {\"c\": null}}";
    struct trace_error error;
    for (size_t count = 0; count + 1 < sizeof text; count++) {
        ck_assert_int_eq(run(text, count, &error, 16), JSON_ERROR);
        ck_assert_msg(error.code == TRACE_E_TRUNCATED, "after %zu bytes: %s", count, trace_error_name(error.code));
    }
}
END_TEST

START_TEST(errors_name_line_and_column)
{
    static const struct { const char *text; int code; uint64_t line, column; } cases[] = {
        {"[1,\n 2,\n  x]", TRACE_E_SYNTAX, 3, 3},     {"{\"a\":1,\n}", TRACE_E_SYNTAX, 2, 1},
        {"[\"ab\tc\"]", TRACE_E_SYNTAX, 1, 5},          {"\n\n\"\xFF\"", TRACE_E_UTF8, 3, 2},
        {"[\"abc\\uD800\"]", TRACE_E_UTF8, 1, 6},       {"{}\n\nx", TRACE_E_TRAILING, 3, 1},
        {"[\n01]", TRACE_E_SYNTAX, 2, 2},               {"[1,\n2", TRACE_E_TRUNCATED, 2, 2},
        {"[[[[", TRACE_E_DEPTH, 1, 4},                  {"{\"a\" 1}", TRACE_E_SYNTAX, 1, 6},
        {"\xEF\xBB\xBF{}", TRACE_E_SYNTAX, 1, 1},
    };
    struct trace_error error;
    ck_assert_int_eq(run(cases[_i].text, strlen(cases[_i].text), &error, 3), JSON_ERROR);
    ck_assert_msg(error.code == cases[_i].code && error.line == cases[_i].line && error.column == cases[_i].column, "%s: %s at %llu:%llu",
                  cases[_i].text, trace_error_name(error.code), (unsigned long long)error.line, (unsigned long long)error.column);
}
END_TEST

START_TEST(depth_and_length_limits_hold_exactly)
{
    struct trace_error error;
    char text[2 * 1100 + 4200];
    for (uint32_t depth = 1; depth <= JSON_DEPTH_MAX; depth += 31) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        ck_assert_int_eq(run(text, 2 * depth, &error, depth), JSON_END);
        if (depth == 1) {
            continue;
        }
        ck_assert_int_eq(run(text, 2 * depth, &error, depth - 1), JSON_ERROR);
        ck_assert_int_eq(error.code, TRACE_E_DEPTH);
    }
    memset(text, 'a', sizeof text);
    text[0] = text[4097] = '"';
    ck_assert_int_eq(run(text, 4098, &error, 16), JSON_END);
    text[4097] = 'a';
    text[4098] = '"';
    ck_assert_int_eq(run(text, 4099, &error, 16), JSON_ERROR);
    ck_assert_int_eq(error.code, TRACE_E_LONG_STRING);
    memset(text, '7', 5000);
    ck_assert_int_eq(run(text, 5000, &error, 16), JSON_ERROR);
    ck_assert_int_eq(error.code, TRACE_E_LONG_STRING);
}
END_TEST

START_TEST(strings_are_decoded)
{
    static const char text[] = "\"\\u0041\\n\\uD834\\uDD1E\\u20ac\\u00e9\\u0000z\"";
    static const char decoded[] = "A\n\xF0\x9D\x84\x9E\xE2\x82\xAC\xC3\xA9\0z";
    struct trace_bytes stream;
    struct json json;
    ck_assert_int_eq(trace_bytes_open_memory(&stream, text, sizeof text - 1), 0);
    ck_assert(json_open(&json, &stream, (struct json_limits){.depth = 1, .string_bytes = 64}));
    ck_assert_int_eq(json_next(&json), JSON_STRING);
    ck_assert_uint_eq(json.length, sizeof decoded - 1);
    ck_assert_mem_eq(json.text, decoded, sizeof decoded);
    json_close(&json);
    trace_bytes_close(&stream);
}
END_TEST

/* A document longer than the window, so that every kind of token meets its edge somewhere. */
START_TEST(tokens_may_lie_across_the_windows_edge)
{
    static const char element[] = "{\"key\": [-12.5e+3, \"\\uD834\\uDD1E \xE2\x82\xAC text\", true, false, null]}";
    size_t length = sizeof element - 1, copies = 2 * TRACE_BYTES_WINDOW / length + 2, count = 0;
    for (size_t shift = 0; shift < length; shift += 3) {
        char *text = malloc(copies * (length + 1) + shift + 2);
        struct trace_error error;
        count = 0;
        memset(text, ' ', shift);
        count = shift;
        text[count++] = '[';
        for (size_t i = 0; i < copies; i++) {
            if (i) {
                text[count++] = ',';
            }
            memcpy(text + count, element, length);
            count += length;
        }
        text[count++] = ']';
        ck_assert_int_eq(run(text, count, &error, 4), JSON_END);
        free(text);
    }
}
END_TEST

START_TEST(utf8_check_agrees_with_the_tokenizer)
{
    struct trace_error error;
    for (uint32_t i = 0; i < 0x1000000; i += 0x10001 / 7) {
        char text[6] = {'"', (char)(0xC0 | (i & 0x3F)), (char)(i >> 6), (char)(i >> 14), 'x', '"'};
        if (strpbrk(text + 1, "\"\\") != text + 5 || memchr(text, 0, sizeof text)) {
            continue;
        }
        bool control = false;
        for (int k = 1; k < 5; k++) {
            control |= (unsigned char)text[k] < 0x20;
        }
        if (control) {
            continue;
        }
        ck_assert_int_eq(run(text, sizeof text, &error, 1) == JSON_END, json_is_utf8(text, sizeof text));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("json");
    TCase *tokens = tcase_create("tokens");
    tcase_set_timeout(tokens, 60);
    tcase_add_loop_test(tokens, every_valid_text_is_taken, 0, (int)(sizeof accepted / sizeof *accepted));
    tcase_add_loop_test(tokens, every_invalid_text_is_refused, 0, (int)(sizeof rejected / sizeof *rejected));
    tcase_add_test(tokens, every_prefix_of_a_valid_container_is_truncated);
    tcase_add_loop_test(tokens, errors_name_line_and_column, 0, 11);
    tcase_add_test(tokens, depth_and_length_limits_hold_exactly);
    tcase_add_test(tokens, strings_are_decoded);
    tcase_add_test(tokens, tokens_may_lie_across_the_windows_edge);
    tcase_add_test(tokens, utf8_check_agrees_with_the_tokenizer);
    suite_add_tcase(suite, tokens);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
