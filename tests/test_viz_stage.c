/* Projector mode: what stands on it, that all of it can be read, and how it is entered and left. */
#include "backend_image.h"
#include "format.h"
#include "viz_check.h"
#include "viz_fixture.h"

#define FIGURE_LEAST 42 /* pixels of the figures in a window of 1280x800 */

static const int sizes[][2] = {{1024, 640}, {1024, 800}, {1280, 800}, {1440, 900}, {1600, 1000}, {1920, 1080}, {2560, 1440}, {3840, 2160}};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct draw_op *text_of(const struct drawlist *list, const char *words)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->ops[i].type == DRAW_TEXT && strcmp(drawlist_text(list, &list->ops[i]), words) == 0) {
            return &list->ops[i];
        }
    }
    return NULL;
}

static void open_at_failure(struct fixture *f, uint32_t grain, uint32_t heap)
{
    fixture_open(f, fixture_trace(42, 24, grain), "first_fit", heap);
    app_seek(f->app, model_next_mark(source_model(f->source), 0, 1, true));
}

START_TEST(every_text_of_the_stage_can_be_read)
{
    static const struct { uint32_t grain, heap; } heaps[] = {{1, 18000}, {20, 360000}, {1000, 18000000}, {1, 1 << 20}};
    for (size_t h = 0; h < COUNT(heaps); h++) {
        struct fixture f;
        open_at_failure(&f, heaps[h].grain, heaps[h].heap);
        app_do(f.app, ACTION_PROJECTOR);
        for (size_t i = 0; i < COUNT(sizes) * LANGUAGE_COUNT * 3; i++) {
            const int *size = sizes[i % COUNT(sizes)];
            char why[300];
            app_state(f.app)->language = (enum language)(i / COUNT(sizes) % LANGUAGE_COUNT);
            app_state(f.app)->colour = (enum colour_mode)(i / COUNT(sizes) / LANGUAGE_COUNT);
            app_resize(f.app, size[0], size[1]);
            const struct drawlist *list = fixture_draw(&f);
            int least = (int)(13 * app_screen(f.app)->scale);
            ck_assert_msg(check_list(list, size[0], size[1], least, why, sizeof why), "%dx%d heap %u: %s", size[0], size[1], heaps[h].heap, why);
        }
        fixture_close(&f);
    }
}
END_TEST

START_TEST(the_stage_has_the_figures_large_and_no_hints)
{
    struct fixture f;
    open_at_failure(&f, 1, 17000);
    const struct model *model = source_model(f.source);
    fixture_draw(&f);
    app_do(f.app, ACTION_PROJECTOR);
    const struct drawlist *list = fixture_draw(&f);
    char words[3][40];
    snprintf(words[0], sizeof words[0], "%s", format_bytes(model->failure.wanted).s);
    snprintf(words[1], sizeof words[1], "%s", format_bytes(model->kind_bytes[KIND_FREE]).s);
    snprintf(words[2], sizeof words[2], "%s", format_bytes(model->largest_bytes).s);
    ck_assert(model->failure.at_cursor);
    for (int i = 0; i < 3; i++) {
        const struct draw_op *op = text_of(list, words[i]);
        ck_assert_msg(op != NULL, "%s", words[i]);
        ck_assert_int_ge(op->h, FIGURE_LEAST);
    }
    ck_assert_ptr_nonnull(text_of(list, "wanted"));
    ck_assert_ptr_null(text_of(list, "all keys"));
    ck_assert_ptr_null(text_of(list, "Heaplab"));
    app_seek(f.app, 1);
    list = fixture_draw(&f);
    ck_assert_ptr_null(text_of(list, "wanted"));
    fixture_close(&f);
}
END_TEST

/* A request that a hole would hold but for its header: the figure is the size that has to fit. */
START_TEST(a_failure_by_the_header_tells_the_size_with_it)
{
    struct fixture f;
    open_at_failure(&f, 1, 18000);
    app_do(f.app, ACTION_PROJECTOR);
    const struct drawlist *list = fixture_draw(&f);
    const struct model *model = source_model(f.source);
    ck_assert(model->failure.wanted <= model->largest_bytes && model->failure.gross > model->largest_bytes);
    ck_assert_ptr_nonnull(text_of(list, "wanted, with header"));
    ck_assert_ptr_nonnull(text_of(list, format_bytes(model->failure.gross).s));
    fixture_close(&f);
}
END_TEST

/* Figures that have no room are rounded, and then all of their size are: no eye compares 9,549,456 B with 14.3 MiB. */
START_TEST(large_figures_are_rounded_alike)
{
    struct fixture f;
    fixture_open(&f, fixture_trace(42, 24, 1000), "first_fit", 24000000);
    app_resize(f.app, 1024, 640);
    app_do(f.app, ACTION_PROJECTOR);
    const struct model *model = source_model(f.source);
    uint32_t rounded = 0;
    for (uint32_t event = 1; event <= model->count; event += 7) {
        app_seek(f.app, event);
        const struct drawlist *list = fixture_draw(&f);
        bool exact = false, brief = false;
        for (size_t i = 0; i < list->count; i++) {
            const char *words = list->ops[i].type == DRAW_TEXT && list->ops[i].h >= 28 ? drawlist_text(list, &list->ops[i]) : "";
            brief = brief || strstr(words, " MiB");
            exact = exact || (strstr(words, " B") && strlen(words) >= strlen("9,999,999 B"));
        }
        rounded += brief;
        ck_assert_msg(!(exact && brief), "event %u", event);
    }
    ck_assert_uint_gt(rounded, 0);
    fixture_close(&f);
}
END_TEST

START_TEST(p_enters_and_leaves_and_says_what_has_to_be_said)
{
    struct fixture f;
    open_at_failure(&f, 1, 18000);
    app_do(f.app, ACTION_THEME);
    fixture_raster(&f);
    uint32_t before = image_crc(&f.raster);
    app_key(f.app, 'p', 0);
    ck_assert_int_eq(app_state(f.app)->theme, THEME_PROJECTOR);
    fixture_raster(&f);
    ck_assert(app_screen(f.app)->stage);
    ck_assert_uint_ne(image_crc(&f.raster), before);
    app_key(f.app, 'v', 0); /* one lane does not diverge: a message */
    ck_assert_ptr_nonnull(text_of(fixture_draw(&f), words_get(LANGUAGE_ENGLISH, WORD_NO_LANES)));
    app_key(f.app, '3', 0);
    fixture_draw(&f);
    ck_assert(!app_screen(f.app)->stage);
    app_key(f.app, '1', 0);
    app_key(f.app, 'p', 0);
    ck_assert_int_eq(app_state(f.app)->theme, THEME_LIGHT);
    fixture_raster(&f);
    ck_assert_uint_eq(image_crc(&f.raster), before);
    fixture_close(&f);
}
END_TEST

/* A click on the map pins, a drag over the budget goes to an event, the wheel zooms to whole rows. */
START_TEST(the_mouse_works_on_the_stage)
{
    struct fixture f;
    open_at_failure(&f, 1, 18000);
    app_do(f.app, ACTION_PROJECTOR);
    fixture_draw(&f);
    struct screen s = *app_screen(f.app);
    app_mouse_down(f.app, s.budget.x + s.budget.w / 2, s.budget.y + s.budget.h / 2);
    app_mouse_up(f.app);
    fixture_draw(&f);
    uint32_t count = source_model(f.source)->count;
    ck_assert_uint_eq(source_model(f.source)->event, screen_event_at(&s, s.budget.x + s.budget.w / 2, count));
    app_mouse_down(f.app, s.map.x + 40, s.map.y + 2);
    app_mouse_up(f.app);
    ck_assert(app_state(f.app)->pinned);
    app_wheel(f.app, 1);
    fixture_draw(&f);
    ck_assert_uint_eq(app_screen(f.app)->grid.bytes, 16384);
    ck_assert_uint_eq(app_screen(f.app)->grid.first % app_screen(f.app)->grid.row_bytes, 0);
    fixture_close(&f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("viz_stage");
    TCase *cases = tcase_create("stage");
    tcase_add_test(cases, every_text_of_the_stage_can_be_read);
    tcase_add_test(cases, the_stage_has_the_figures_large_and_no_hints);
    tcase_add_test(cases, a_failure_by_the_header_tells_the_size_with_it);
    tcase_add_test(cases, large_figures_are_rounded_alike);
    tcase_add_test(cases, p_enters_and_leaves_and_says_what_has_to_be_said);
    tcase_add_test(cases, the_mouse_works_on_the_stage);
    tcase_set_timeout(cases, 120);
    suite_add_tcase(suite, cases);
    return fixture_run(suite);
}
