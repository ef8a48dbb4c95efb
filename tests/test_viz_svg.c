/* The picture as SVG: every operation of the draw list is there, at its place; the document is well formed, and always the same. */
#include <unistd.h>

#include "backend_svg.h"
#include "viz_fixture.h"

/* The file's text, ended by 0; free it. */
static char *svg_of(const struct drawlist *list, const char *title)
{
    char path[300], why[300] = "";
    snprintf(path, sizeof path, HEAPLAB_BUILD_DIR "/svg-%ld.svg", (long)getpid());
    ck_assert_msg(svg_write(list, 1280, 800, title, path, why, sizeof why), "%s", why);
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    char *text = calloc(1, size + 1);
    rewind(file);
    ck_assert_uint_eq(fread(text, 1, size, file), size);
    fclose(file);
    unlink(path);
    return text;
}

static size_t occurrences(const char *text, const char *word)
{
    size_t count = 0;
    for (const char *at = strstr(text, word); at; at = strstr(at + strlen(word), word)) {
        count++;
    }
    return count;
}

/* Every element that opens closes, in order; no `<` and no bare `&` in text or attributes. */
static void check_well_formed(const char *text)
{
    char stack[32][16];
    int depth = 0;
    const char *at = strstr(text, "<svg");
    ck_assert_ptr_nonnull(at);
    while ((at = strchr(at, '<')) != NULL) {
        const char *end = strchr(at, '>');
        ck_assert_ptr_nonnull(end);
        if (at[1] == '/') {
            ck_assert_int_gt(depth, 0);
            size_t length = strlen(stack[--depth]);
            ck_assert_msg(strncmp(at + 2, stack[depth], length) == 0 && at[2 + length] == '>', "%.20s closes %s", at, stack[depth]);
        } else if (end[-1] != '/') {
            ck_assert_int_lt(depth, 32);
            snprintf(stack[depth++], sizeof stack[0], "%.*s", (int)strcspn(at + 1, " >"), at + 1);
        }
        size_t quotes = 0;
        for (const char *c = at + 1; c < end; c++) {
            quotes += *c == '"';
            ck_assert(*c != '<');
        }
        ck_assert_uint_eq(quotes % 2, 0);
        at = end;
    }
    ck_assert_int_eq(depth, 0);
    for (at = strchr(text, '&'); at; at = strchr(at + 1, '&')) {
        ck_assert_msg(strncmp(at, "&amp;", 5) == 0 || strncmp(at, "&lt;", 4) == 0 || strncmp(at, "&gt;", 4) == 0, "%.20s", at);
    }
}

START_TEST(every_operation_is_an_element)
{
    struct fixture f;
    size_t counts[DRAW_LAYER + 1] = {0};
    fixture_open(&f, fixture_trace(42, 24, _i ? 20 : 1), "first_fit", _i ? 400000 : 16000);
    app_seek(f.app, model_next_mark(source_model(f.source), 0, 1, true));
    const struct drawlist *list = fixture_draw(&f);
    for (size_t i = 0; i < list->count; i++) {
        counts[list->ops[i].type]++;
    }
    char *text = svg_of(list, "bursts & <others>"), *again = svg_of(list, "bursts & <others>");
    check_well_formed(text);
    ck_assert_str_eq(text, again);
    ck_assert_uint_eq(occurrences(text, "<text "), counts[DRAW_TEXT]);
    ck_assert_uint_eq(occurrences(text, "<image "), counts[DRAW_IMAGE]);
    ck_assert_uint_eq(occurrences(text, "href=\"data:image/png;base64,iVBORw0KGgo"), counts[DRAW_IMAGE]);
    ck_assert_uint_eq(occurrences(text, "<rect "), counts[DRAW_FILL] + counts[DRAW_PATTERN] + counts[DRAW_CLIP]);
    ck_assert_uint_eq(occurrences(text, "fill=\"url(#p"), counts[DRAW_PATTERN]);
    ck_assert_uint_eq(occurrences(text, "<polygon ") + occurrences(text, "<ellipse "), counts[DRAW_SHAPE]);
    ck_assert_uint_eq(occurrences(text, "<title>bursts &amp; &lt;others&gt;</title>"), 1);
    ck_assert_uint_gt(counts[DRAW_IMAGE], 0);
    ck_assert_uint_le(occurrences(text, "<pattern "), 200);
    free(text);
    free(again);
    fixture_close(&f);
}
END_TEST

START_TEST(a_pattern_is_anchored_and_made_once)
{
    struct drawlist list;
    drawlist_init(&list, NULL);
    const struct draw_style slack = {0xFFF2C24E, 0xFF7A5200, TILE_BARS3};
    draw_pattern(&list, rect_make(10, 20, 30, 5), slack, 2, 10, 20);
    draw_pattern(&list, rect_make(50, 26, 30, 5), slack, 2, 16, 26); /* a whole period further: the same */
    draw_pattern(&list, rect_make(50, 32, 30, 5), slack, 2, 17, 26);
    draw_fill(&list, rect_make(1, 2, 3, 4), 0x80123456);
    char *text = svg_of(&list, "");
    ck_assert_uint_eq(occurrences(text, "<pattern "), 2);
    ck_assert_ptr_nonnull(strstr(text, "x=\"4\" y=\"2\" width=\"6\" height=\"6\""));
    ck_assert_ptr_nonnull(strstr(text, "M4 0h2v2h-2zM4 2h2v2h-2zM4 4h2v2h-2z")); /* x mod 3 = 2 */
    ck_assert_ptr_nonnull(strstr(text, "<rect x=\"1\" y=\"2\" width=\"3\" height=\"4\" fill=\"#123456\" fill-opacity=\"0.502\"/>"));
    free(text);
    drawlist_free(&list);
}
END_TEST

/* What a trace may be called: markup, broken UTF-8, control characters. */
START_TEST(any_words_are_well_formed)
{
    static const char *const names[] = {"a<b>&\"'", "\xE5\xA0", "\x01\x02\t\n", "\xFF\xFE", "\xED\xA0\x80", "\xC0\x80", "\xEF\xBF\xBF", "堆图"};
    char why[300];
    struct text *fonts = text_open(why, sizeof why);
    ck_assert_msg(fonts != NULL, "%s", why);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct drawlist list;
        drawlist_init(&list, fonts);
        draw_text(&list, 10, 20, ALIGN_LEFT, (struct text_style){FACE_REGULAR, 12, 0xFF000000}, names[i]);
        char *text = svg_of(&list, names[i]);
        check_well_formed(text);
        for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
            ck_assert(*c >= 0x20 || *c == '\n');
        }
        ck_assert_int_eq(strstr(text, "\xEF\xBF\xBD") != NULL, i > 0 && i < 7);
        free(text);
        drawlist_free(&list);
    }
    text_close(fonts);
}
END_TEST

START_TEST(what_cannot_be_written_is_told)
{
    struct drawlist list;
    char why[300] = "";
    drawlist_init(&list, NULL);
    ck_assert(!svg_write(&list, 10, 10, "", "/no/such/folder/x.svg", why, sizeof why));
    ck_assert_ptr_nonnull(strstr(why, "No such file"));
    drawlist_free(&list);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("viz_svg");
    TCase *cases = tcase_create("svg");
    tcase_add_loop_test(cases, every_operation_is_an_element, 0, 2);
    tcase_add_test(cases, a_pattern_is_anchored_and_made_once);
    tcase_add_test(cases, any_words_are_well_formed);
    tcase_add_test(cases, what_cannot_be_written_is_told);
    tcase_set_timeout(cases, 60);
    suite_add_tcase(suite, cases);
    return fixture_run(suite);
}
