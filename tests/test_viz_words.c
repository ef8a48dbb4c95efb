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
        }
    }
    ck_assert_str_eq(words_text(LANGUAGE_CHINESE, "Heap budget"), "堆预算");
    ck_assert_str_eq(words_text(LANGUAGE_CHINESE, "not in the table"), "not in the table");
    ck_assert_str_eq(words_text(LANGUAGE_ENGLISH, "Heap budget"), "Heap budget");
    ck_assert_int_eq(language_find("zh"), LANGUAGE_CHINESE);
    ck_assert_int_eq(language_find("xx"), LANGUAGE_COUNT);
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
    tcase_add_test(cases, chinese_is_drawn_beside_latin_on_one_baseline);
    suite_add_tcase(suite, cases);
    return fixture_run(suite);
}
