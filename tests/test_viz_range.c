/* The report of a range A to B: it agrees with the history, tells what grew, shrank and lived briefly, and can be read. */
#include "backend_image.h"
#include "range_report.h"
#include "viz_check.h"
#include "viz_fixture.h"

static const int sizes[][2] = {{1024, 640}, {1100, 699}, {1280, 800}, {1920, 1080}, {2560, 1440}};

static const struct draw_op *text_with(const struct drawlist *list, const char *part)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->ops[i].type == DRAW_TEXT && strstr(drawlist_text(list, &list->ops[i]), part)) {
            return &list->ops[i];
        }
    }
    return NULL;
}

/* Six lives of two sites and of none, between A = 10 and B = 20. */
START_TEST(lives_are_counted_where_they_belong)
{
    static const struct model_life lives[] = {
        {1, 0, 100, 1, 30, 0, 1},    /* at A and B: nothing */
        {2, 100, 50, 5, 15, 0, 5},   /* gone at B */
        {8, 600, 1000, 10, 11, 0, 10}, /* lives at A, as event 10 made it: gone at B */
        {3, 200, 70, 11, 40, 1, 11},  /* new at B */
        {4, 300, 30, 12, 14, 1, 12},  /* short */
        {5, 300, 40, 15, 20, 1, 15},  /* freed by event 20: short too */
        {6, 400, 8, 20, 99, MODEL_NONE, 20}, /* born by event 20 */
        {7, 500, 8, 21, 22, MODEL_NONE, 21}, /* later */
    };
    static const char *const sites[] = {"first", "second"};
    struct model model = {.lives = lives, .life_count = 8, .sites = sites, .site_count = 2, .has_sites = true, .run_version = 1, .count = 98};
    struct range_report report = {0};
    ck_assert(range_report_update(&report, &model, 10, 20));
    ck_assert_int_eq(report.bytes, 70 + 8 - 50 - 1000);
    ck_assert_int_eq(report.blocks, 0);
    ck_assert_uint_eq(report.short_blocks, 2);
    ck_assert_uint_eq(report.short_bytes, 70);
    ck_assert_uint_eq(report.grew.count, 2);
    ck_assert_uint_eq(report.grew.top[0].key, 1);
    ck_assert_int_eq(report.grew.top[0].bytes, 70);
    ck_assert_uint_eq(report.grew.top[1].key, MODEL_NONE);
    ck_assert_uint_eq(report.shrank.count, 1);
    ck_assert_int_eq(report.shrank.top[0].blocks, -2);
    ck_assert_int_eq(report.shrank.top[0].bytes, -1050);
    ck_assert_uint_eq(report.brief.count, 1);
    ck_assert_int_eq(report.brief.top[0].blocks, 2);
    model.has_sites = false;
    model.run_version = 2;
    ck_assert(range_report_update(&report, &model, 10, 20));
    ck_assert_uint_eq(report.grew.top[0].key, 64);
    ck_assert_uint_eq(report.shrank.top[0].key, 512);
    ck_assert(range_report_update(&report, &model, 20, 20)); /* nothing happens in no time */
    ck_assert(report.bytes == 0 && report.short_blocks == 0 && report.grew.count == 0 && report.shrank.count == 0 && report.brief.count == 0);
}
END_TEST

/* A realloc that moves or resizes a block neither makes nor ends one: only the bytes count. */
START_TEST(a_realloc_is_no_birth_and_no_death)
{
    static const struct model_life lives[] = {
        {1, 0, 100, 5, 12, 0, 5},      /* allocated before A, */
        {1, 200, 200, 12, 18, 0, 5},   /* moved between A and B, */
        {1, 400, 300, 18, 30, 0, 5},   /* and again: it grew by 200, and is not short-lived */
        {2, 900, 16, 11, 13, 1, 11},   /* allocated after A, */
        {2, 1000, 64, 13, 17, 1, 11},  /* moved, and freed: one short-lived block of 64 */
        {3, 1100, 16, 12, 14, 1, 12},  /* moved, and alive at B: not short-lived */
        {3, 1200, 32, 14, 25, 1, 12},
        {2, 900, 24, 18, 19, 1, 18},   /* its id, used again */
    };
    static struct model_life sorted[8];
    static const int order[8] = {0, 3, 1, 5, 4, 6, 2, 7}; /* in order of birth */
    static const char *const sites[] = {"first", "second"};
    for (int i = 0; i < 8; i++) {
        sorted[i] = lives[order[i]];
    }
    struct model model = {.lives = sorted, .life_count = 8, .sites = sites, .site_count = 2, .has_sites = true, .run_version = 1, .count = 40};
    struct range_report report = {0};
    ck_assert(range_report_update(&report, &model, 10, 20));
    ck_assert_int_eq(report.blocks, 1);
    ck_assert_int_eq(report.bytes, 200 + 32);
    ck_assert_uint_eq(report.short_blocks, 2);
    ck_assert_uint_eq(report.short_bytes, 64 + 24);
    ck_assert_uint_eq(report.grew.count, 2);
    ck_assert_int_eq(report.grew.top[0].bytes, 200);
    ck_assert_int_eq(report.grew.top[0].blocks, 0);
    ck_assert_uint_eq(report.brief.count, 1);
    ck_assert_uint_eq(report.brief.top[0].key, 1);
}
END_TEST

START_TEST(the_report_agrees_with_the_history)
{
    struct fixture f;
    fixture_open(&f, fixture_trace(42, 24, 1), "first_fit", 24576);
    const struct model *model = source_model(f.source);
    uint64_t state = 7;
    for (int i = 0; i < 200; i++) {
        uint32_t from = fixture_random(&state) % (model->count + 1), to = from + fixture_random(&state) % (model->count + 1 - from);
        struct range_report report = {0};
        ck_assert(range_report_update(&report, model, from, to));
        int64_t before = from ? model->history.in_use[from - 1] : 0, after = to ? model->history.in_use[to - 1] : 0;
        ck_assert_int_eq(report.bytes, after - before);
    }
    fixture_close(&f);
}
END_TEST

/* Both ends by keys; the panel, the steps back on the map, which a pinned block leaves; a block that is pointed at and Esc bring the
 * block's panel back. */
START_TEST(a_and_b_show_the_report)
{
    struct fixture f;
    fixture_open(&f, fixture_trace(42, 24, _i ? 20 : 1), "first_fit", _i ? 491520 : 24576);
    app_seek(f.app, 1500);
    fixture_draw(&f);
    app_key(f.app, 'a', 0);
    app_seek(f.app, 2500);
    fixture_raster(&f);
    uint32_t before = image_crc(&f.raster);
    ck_assert_ptr_null(text_with(fixture_draw(&f), "A\u2013B"));
    app_key(f.app, 'b', 0);
    const struct drawlist *list = fixture_raster(&f);
    ck_assert_uint_ne(image_crc(&f.raster), before);
    ck_assert_ptr_nonnull(text_with(list, "A\u2013B"));
    ck_assert_ptr_nonnull(text_with(list, "short"));
    ck_assert_ptr_nonnull(text_with(list, "1,500 \u2013 2,500"));
    const struct model_block *block = &source_model(f.source)->blocks[0];
    const struct map_grid *grid = &app_screen(f.app)->grid;
    app_pin(f.app, block->id);
    ck_assert_ptr_nonnull(text_with(fixture_draw(&f), "A\u2013B"));
    app_mouse_move(f.app, grid_x(grid, block->off % grid->row_bytes) + 1, grid->y + grid_row(grid, block->off) * grid->pitch + 1);
    ck_assert_ptr_null(text_with(fixture_draw(&f), "A\u2013B")); /* the block's own facts */
    app_mouse_leave(f.app);
    ck_assert_ptr_nonnull(text_with(fixture_draw(&f), "A\u2013B"));
    app_key(f.app, KEY_ESCAPE, 0);
    ck_assert_ptr_null(text_with(fixture_draw(&f), "A\u2013B"));
    ck_assert(app_state(f.app)->pinned);
    app_key(f.app, KEY_ESCAPE, 0);
    ck_assert(!app_state(f.app)->pinned);
    fixture_close(&f);
}
END_TEST

/* The mouse: pressed with Shift or the right button over time, dragged either way; without a drag the range goes. */
START_TEST(a_drag_sets_the_range)
{
    struct fixture f;
    fixture_open(&f, fixture_trace(42, 24, 1), "first_fit", 24576);
    app_seek(f.app, 1500);
    fixture_draw(&f);
    const struct screen *l = app_screen(f.app);
    const struct view_state *state = app_state(f.app);
    const uint32_t count = source_model(f.source)->count, event = source_model(f.source)->event;
    const int y[] = {l->strip.y + 5, l->budget.y + 5, l->axis.y + 5}, left = l->strip.x + l->strip.w / 4, right = l->strip.x + l->strip.w / 2;
    for (int i = 0; i < 3; i++) {
        ck_assert(app_mouse_range_down(f.app, i % 2 ? left : right, y[i]));
        app_mouse_move(f.app, i % 2 ? right : left, y[i]);
        app_mouse_up(f.app);
        app_mouse_move(f.app, l->strip.x, y[i]); /* not dragged any more */
        ck_assert_uint_eq(state->range_from, screen_event_at(l, left, count));
        ck_assert_uint_eq(state->range_to, screen_event_at(l, right, count));
        app_mouse_leave(f.app);
        ck_assert_ptr_nonnull(text_with(fixture_draw(&f), "A\u2013B"));
        ck_assert_uint_eq(source_model(f.source)->event, event);
    }
    ck_assert(!app_mouse_range_down(f.app, l->map.x + 5, l->map.y + 5));
    ck_assert(app_mouse_range_down(f.app, left, y[0]));
    app_mouse_up(f.app);
    ck_assert(state->range_from == VIEW_NO_EVENT && state->range_to == VIEW_NO_EVENT);
    fixture_close(&f);
}
END_TEST

START_TEST(the_report_can_be_read_in_every_window)
{
    struct fixture f;
    char why[300];
    fixture_open(&f, fixture_trace(42, 24, 1), "best_fit", 17000);
    app_seek(f.app, 2500);
    app_state(f.app)->range_from = 100;
    app_state(f.app)->range_to = 4000;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes * LANGUAGE_COUNT; i++) {
        const int *size = sizes[i / LANGUAGE_COUNT];
        app_state(f.app)->language = (enum language)(i % LANGUAGE_COUNT);
        app_resize(f.app, size[0], size[1]);
        const struct drawlist *list = fixture_draw(&f);
        ck_assert_msg(check_list(list, size[0], size[1], (int)(11 * app_screen(f.app)->scale), why, sizeof why), "%dx%d: %s", size[0], size[1], why);
    }
    fixture_close(&f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("viz_range");
    TCase *cases = tcase_create("range");
    tcase_add_test(cases, lives_are_counted_where_they_belong);
    tcase_add_test(cases, a_realloc_is_no_birth_and_no_death);
    tcase_add_test(cases, the_report_agrees_with_the_history);
    tcase_add_loop_test(cases, a_and_b_show_the_report, 0, 2);
    tcase_add_test(cases, a_drag_sets_the_range);
    tcase_add_test(cases, the_report_can_be_read_in_every_window);
    tcase_set_timeout(cases, 60);
    suite_add_tcase(suite, cases);
    return fixture_run(suite);
}
