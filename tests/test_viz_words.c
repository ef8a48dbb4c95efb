/* What the viewer says, in every language: complete, with the same arguments, and drawn. */
#include <stdio.h>

#include "viz_fixture.h"
#include "words.h"

/* "%s %u" of a text. */
static void arguments_of(const char *text, char *out, size_t size)
{
    size_t n = 0;
    for (const char *c = strchr(text, '%'); c; c = strchr(c + 1, '%')) {
        if (c[1] == '%') {
            c++;
        } else if (c[1] != ' ' && c[1] != '\0' && n + 2 < size) {
            out[n++] = c[1];
        }
    }
    out[n] = '\0';
}

START_TEST(every_sentence_takes_the_same_arguments_in_every_language)
{
    for (int word = 0; word < WORD_COUNT; word++) {
        char english[16], other[16];
        ck_assert_str_ne(words_get(LANGUAGE_ENGLISH, (enum word)word), "");
        arguments_of(words_get(LANGUAGE_ENGLISH, (enum word)word), english, sizeof english);
        for (int language = 1; language < LANGUAGE_COUNT; language++) {
            arguments_of(words_get((enum language)language, (enum word)word), other, sizeof other);
            ck_assert_msg(strcmp(english, other) == 0, "`%s`: %s and %s", words_get(LANGUAGE_ENGLISH, (enum word)word), english, other);
            /* Tables know a text by its English: one English has one translation. */
            ck_assert_str_eq(words_text((enum language)language, words_get(LANGUAGE_ENGLISH, (enum word)word)),
                             words_get((enum language)language, (enum word)word));
        }
    }
    ck_assert_str_eq(words_text(LANGUAGE_CHINESE, "Heap budget"), "堆预算");
    ck_assert_str_eq(words_text(LANGUAGE_CHINESE, "not in the table"), "not in the table");
    ck_assert_str_eq(words_text(LANGUAGE_ENGLISH, "Heap budget"), "Heap budget");
    ck_assert_int_eq(language_find("zh"), LANGUAGE_CHINESE);
    ck_assert_int_eq(language_find("xx"), LANGUAGE_COUNT);
}
END_TEST

START_TEST(what_others_say_is_known_by_its_pattern)
{
    static const struct { const char *english, *chinese; } texts[] = {
        {"Running first_fit on 43 KiB", "正在运行 first_fit，堆 43 KiB"},
        {"line 4: free or realloc of a dead id", "第 4 行：对已失效的 id 执行 free 或 realloc"},
        {"a.jsonl:4:9: unknown op: found \"x\", expected \"alloc\" (after 2 whole events)",
         "a.jsonl:4:9：未知操作：得到 \"x\"，应为 \"alloc\"（在 2 个完整事件之后）"},
        {"0 (5 events, peak 64 B), 1 (1 event, peak 8 B)", "0（5 个事件，峰值 64 B），1（1 个事件，峰值 8 B）"},
        {"first_fit: out of memory", "first_fit：内存不足"},
        {"no pattern of ours", "no pattern of ours"},
        {"", ""}};
    char said[300];
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        words_said(LANGUAGE_CHINESE, texts[i].english, said, sizeof said);
        ck_assert_str_eq(said, texts[i].chinese);
        words_said(LANGUAGE_ENGLISH, texts[i].english, said, sizeof said);
        ck_assert_str_eq(said, texts[i].english);
    }
    words_said(LANGUAGE_CHINESE, "Running first_fit on 43 KiB", said, 8); /* cut, and still ended */
    ck_assert_uint_lt(strlen(said), 8);
}
END_TEST

START_TEST(lines_end_at_spaces_and_beside_chinese)
{
    static const char text[] = "ab 堆（堆），cd";
    static const bool may[] = {[2] = true, [6] = true, [18] = true, [19] = false};
    for (size_t at = 0; at < sizeof may; at++) {
        ck_assert_msg(words_may_break(text, at) == may[at], "at byte %zu", at);
    }
}
END_TEST

/* Two different characters are two different shapes: neither is the box of a missing glyph. */
START_TEST(chinese_is_drawn_beside_latin_on_one_baseline)
{
    char why[300];
    struct text *text = text_open(why, sizeof why);
    ck_assert_msg(text != NULL, "%s", why);
    struct text_mask one = *text_run(text, FACE_REGULAR, 12, "堆");
    uint8_t *kept = malloc((size_t)one.w * (size_t)one.h);
    memcpy(kept, one.alpha, (size_t)one.w * (size_t)one.h);
    const struct text_mask *two = text_run(text, FACE_REGULAR, 12, "图");
    if (text_missing(text)) {
        ck_assert_ptr_nonnull(strstr(text_missing(text), "fonts-noto-cjk"));
    } else {
        ck_assert(two->w != one.w || two->h != one.h || memcmp(kept, two->alpha, (size_t)one.w * (size_t)one.h) != 0);
    }
    free(kept);
    int mixed = text_width(text, FACE_REGULAR, 12, "heap 堆 map");
    ck_assert_int_eq(mixed, text_width(text, FACE_REGULAR, 12, "heap ") + text_width(text, FACE_REGULAR, 12, "堆") +
                                text_width(text, FACE_REGULAR, 12, " map"));
    ck_assert_int_ge(text_run(text, FACE_REGULAR, 12, "heap 堆")->ascent, text_run(text, FACE_REGULAR, 12, "heap")->ascent);
    ck_assert_ptr_nonnull(text_run(text, FACE_REGULAR, 12, "\xE5\xA0")); /* cut in the middle: no crash */
    text_close(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("viz_words");
    TCase *cases = tcase_create("words");
    tcase_add_test(cases, every_sentence_takes_the_same_arguments_in_every_language);
    tcase_add_test(cases, what_others_say_is_known_by_its_pattern);
    tcase_add_test(cases, lines_end_at_spaces_and_beside_chinese);
    tcase_add_test(cases, chinese_is_drawn_beside_latin_on_one_baseline);
    suite_add_tcase(suite, cases);
    return fixture_run(suite);
}
