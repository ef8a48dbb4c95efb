/* What is wrong in a trace: told by the banner, listed by a key and by a click on it, and a line of the list leads to its event. */
#include <unistd.h>

#include "backend_image.h"
#include "viz_check.h"
#include "viz_fixture.h"

static const int sizes[][2] = {{1024, 640}, {1280, 800}, {1920, 1080}, {2560, 1440}};

/* A trace whose every third event frees an id that does not live. */
static void open_bad(struct fixture *f, int events)
{
    char path[300];
    snprintf(path, sizeof path, HEAPLAB_BUILD_DIR "/anomalies-%ld.jsonl", (long)getpid());
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs("{\"format\":\"heaplab-trace\",\"version\":1,\"meta\":{\"name\":\"bad\"}}\n", file);
    for (int i = 1; i <= events; i++) {
        fprintf(file, i % 3 ? "{\"op\":\"alloc\",\"id\":%d,\"size\":100}\n" : "{\"op\":\"free\",\"id\":%d}\n", i % 3 ? i : 100000 + i);
    }
    fclose(file);
    fixture_open(f, NULL, "first_fit", 0);
    ck_assert(source_load(f->source, path, NULL));
    unlink(path);
    app_opened(f->app);
}

static const struct draw_op *text_with(const struct drawlist *list, const char *part)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->ops[i].type == DRAW_TEXT && strstr(drawlist_text(list, &list->ops[i]), part)) {
            return &list->ops[i];
        }
    }
    return NULL;
}

START_TEST(the_model_has_what_was_passed_over)
{
    struct fixture f;
    open_bad(&f, 300);
    const struct model *model = source_model(f.source);
    ck_assert_uint_eq(model->anomaly_count, 100);
    ck_assert_uint_eq(model->anomalies_kept, 64);
    ck_assert_uint_eq(model->anomalies[0].line, 4);
    ck_assert_uint_eq(model->anomalies[0].event, 2);
    ck_assert_str_eq(model->anomalies[0].what, "free or realloc of a dead id");
    ck_assert_ptr_nonnull(strstr(model->anomalies[0].found, "100003"));
    ck_assert_ptr_nonnull(strstr(model->banner, "line 4"));
    ck_assert(source_take(f.source, fixture_trace(1, 2, 1))); /* a good trace has none */
    ck_assert_uint_eq(source_model(f.source)->anomalies_kept, 0);
    fixture_close(&f);
}
END_TEST

START_TEST(a_key_opens_the_list_and_a_line_leads_to_its_event)
{
    struct fixture f;
    open_bad(&f, 30);
    ck_assert_ptr_nonnull(text_with(fixture_draw(&f), "The trace is not whole"));
    ck_assert_ptr_null(text_with(fixture_draw(&f), "problems were passed over"));
    app_key(f.app, 'a', MOD_SHIFT);
    const struct draw_op *row = text_with(fixture_draw(&f), "after event 4");
    ck_assert_ptr_nonnull(row);
    app_mouse_down(f.app, row->x + 4, row->y - 4);
    app_mouse_up(f.app);
    ck_assert_int_eq(app_state(f.app)->overlay, OVERLAY_NONE);
    fixture_draw(&f);
    ck_assert_uint_eq(source_model(f.source)->event, 4);
    app_key(f.app, 'a', MOD_SHIFT);
    app_key(f.app, KEY_ESCAPE, 0);
    ck_assert_int_eq(app_state(f.app)->overlay, OVERLAY_NONE);
    fixture_close(&f);
}
END_TEST

/* A line that no reader understands: what comes before it is shown, errors of meaning included, and the banner names the line. */
START_TEST(what_comes_before_a_bad_line_is_shown)
{
    struct fixture f;
    char path[300];
    snprintf(path, sizeof path, HEAPLAB_BUILD_DIR "/bad-line-%ld.jsonl", (long)getpid());
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs("{\"format\":\"heaplab-trace\",\"version\":1,\"meta\":{\"name\":\"bad\"}}\n{\"op\":\"free\",\"id\":9}\n", file);
    for (int i = 1; i <= 100; i++) {
        fprintf(file, i == 61 ? "r 40x 96\n" : "{\"op\":\"alloc\",\"id\":%d,\"size\":100}\n", i);
    }
    fclose(file);
    fixture_open(&f, NULL, "first_fit", 0);
    ck_assert(source_load(f.source, path, NULL));
    unlink(path);
    app_opened(f.app);
    const struct model *model = source_model(f.source);
    ck_assert_int_eq(model->state, MODEL_READY);
    ck_assert_uint_eq(model->count, 60);
    ck_assert_uint_eq(model->anomaly_count, 1);
    ck_assert_int_eq(source_exit_code(f.source), 3);
    ck_assert_ptr_nonnull(strstr(model->banner, "line 63"));
    ck_assert_ptr_nonnull(strstr(model->detail, "not valid JSON"));
    fixture_close(&f);
}
END_TEST

START_TEST(a_click_on_the_banner_opens_the_list)
{
    struct fixture f;
    open_bad(&f, 30);
    const struct draw_op *banner = text_with(fixture_draw(&f), "The trace is not whole");
    ck_assert_ptr_nonnull(banner);
    app_mouse_down(f.app, banner->x + 4, banner->y - 4);
    app_mouse_up(f.app);
    ck_assert_int_eq(app_state(f.app)->overlay, OVERLAY_ANOMALIES);
    fixture_close(&f);
}
END_TEST

START_TEST(the_list_moves_and_can_be_read)
{
    struct fixture f;
    char why[300];
    open_bad(&f, 300);
    app_key(f.app, 'a', MOD_SHIFT);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes * LANGUAGE_COUNT; i++) {
        app_state(f.app)->language = (enum language)(i % LANGUAGE_COUNT);
        app_resize(f.app, sizes[i / LANGUAGE_COUNT][0], sizes[i / LANGUAGE_COUNT][1]);
        const struct drawlist *list = fixture_draw(&f);
        ck_assert_msg(check_list(list, sizes[i / LANGUAGE_COUNT][0], sizes[i / LANGUAGE_COUNT][1], (int)(11 * app_screen(f.app)->scale), why, sizeof why),
                      "%s", why);
    }
    app_state(f.app)->language = LANGUAGE_ENGLISH;
    app_resize(f.app, 1024, 640);
    ck_assert_ptr_nonnull(text_with(fixture_draw(&f), "the first 64 are listed"));
    ck_assert_ptr_nonnull(text_with(fixture_draw(&f), "problems 1 to "));
    app_key(f.app, KEY_PAGE_DOWN, 0);
    app_key(f.app, KEY_DOWN, 0);
    ck_assert_ptr_nonnull(text_with(fixture_draw(&f), "problems 12 to "));
    app_key(f.app, KEY_END, 0);
    ck_assert_ptr_nonnull(text_with(fixture_draw(&f), " to 64 of 64"));
    app_key(f.app, KEY_HOME, 0);
    ck_assert_ptr_nonnull(text_with(fixture_draw(&f), "problems 1 to "));
    ck_assert_uint_eq(source_model(f.source)->event, 0); /* Home and End are the list's while it is open */
    if (getenv("HEAPLAB_SHOW")) {
        fixture_raster(&f);
        ck_assert(image_write_png(&f.raster, getenv("HEAPLAB_SHOW"), why, sizeof why));
    }
    fixture_close(&f);
}
END_TEST

START_TEST(a_good_trace_says_so)
{
    struct fixture f;
    fixture_open(&f, fixture_trace(1, 2, 1), "first_fit", 0);
    app_key(f.app, 'a', MOD_SHIFT);
    ck_assert_int_eq(app_state(f.app)->overlay, OVERLAY_NONE);
    ck_assert_ptr_nonnull(text_with(fixture_draw(&f), "Nothing is wrong"));
    fixture_close(&f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("viz_anomalies");
    TCase *cases = tcase_create("anomalies");
    tcase_add_test(cases, the_model_has_what_was_passed_over);
    tcase_add_test(cases, a_key_opens_the_list_and_a_line_leads_to_its_event);
    tcase_add_test(cases, what_comes_before_a_bad_line_is_shown);
    tcase_add_test(cases, a_click_on_the_banner_opens_the_list);
    tcase_add_test(cases, the_list_moves_and_can_be_read);
    tcase_add_test(cases, a_good_trace_says_so);
    suite_add_tcase(suite, cases);
    return fixture_run(suite);
}
