/* Where everything stands, and that every text of every picture can be read. */
#include "viz_check.h"
#include "viz_fixture.h"

static const int sizes[][2] = {{1024, 640}, {1024, 800}, {1100, 699}, {1152, 700}, {1280, 800}, {1440, 900}, {1600, 1000}, {1920, 1080}, {2560, 1440}, {3840, 2160}};
static const uint32_t heaps[] = {8, 64, 1000, 4096, 36864, 41984, 107520, 1 << 20, 16 << 20, 0x80000000u};

#define COUNT(array) (sizeof(array) / sizeof *(array))

START_TEST(rows_are_chosen_as_the_design_chose_them)
{
    struct screen s = screen_make(1280, 800, 0, 0, 41984);
    ck_assert_uint_eq(s.grid.row_bytes, 1024);
    ck_assert_int_eq(s.grid.width, 896);
    ck_assert_double_eq(s.grid.granule_px, 7);
    s = screen_make(1280, 800, 0, 0, 107520);
    ck_assert_uint_eq(s.grid.row_bytes, 2048);
    ck_assert_double_eq(s.grid.granule_px, 3.5);
    s = screen_make(1024, 640, 0, 0, 41984);
    ck_assert_uint_eq(s.grid.row_bytes, 2048);
}
END_TEST

START_TEST(the_scale_follows_the_window)
{
    ck_assert_int_eq(screen_auto_scale(1280, 800), 100);
    ck_assert_int_eq(screen_auto_scale(1920, 1080), 125);
    ck_assert_int_eq(screen_auto_scale(2560, 1440), 150);
    ck_assert_int_eq(screen_auto_scale(3840, 2160), 200);
}
END_TEST

START_TEST(panes_stand_below_one_another_and_share_their_edges)
{
    for (size_t i = 0; i < COUNT(sizes); i++) {
        for (size_t k = 0; k < COUNT(heaps); k++) {
            struct screen s = screen_make(sizes[i][0], sizes[i][1], 0, 0, heaps[k]);
            const struct rect panes[] = {s.top, s.map_head, s.map, s.strip_head, s.marks, s.strip, s.budget_head, s.budget, s.percent, s.axis, s.status};
            for (size_t p = 1; p < COUNT(panes); p++) {
                ck_assert_msg(panes[p].y >= panes[p - 1].y + panes[p - 1].h, "%dx%d heap %u: pane %d", s.w, s.h, heaps[k], (int)p);
                if (p < COUNT(panes) - 1) {
                    ck_assert_int_eq(panes[p].x, s.map.x);
                    ck_assert_int_eq(panes[p].w, s.map.w);
                }
            }
            ck_assert_int_eq(s.side_x + s.side_w + screen_px(&s, 12), s.w);
            ck_assert_int_ge(s.side_w, screen_px(&s, s.compact ? 208 : 268));
            ck_assert_int_ge(s.grid.pitch, 4);
            ck_assert_uint_ge((uint64_t)s.grid.rows * s.grid.row_bytes, heaps[k]);
        }
    }
}
END_TEST

START_TEST(a_pixel_of_the_map_is_the_offset_that_is_drawn_there)
{
    for (size_t k = 0; k < COUNT(heaps); k++) {
        struct screen s = screen_make(1280, 800, 0, 0, heaps[k]);
        uint64_t state = k + 1;
        for (int i = 0; i < 3000; i++) {
            uint32_t off = fixture_random(&state) % heaps[k];
            int row = grid_row(&s.grid, off), x = grid_x(&s.grid, off % s.grid.row_bytes), y = s.grid.y + row * s.grid.pitch;
            uint32_t found = grid_offset_at(&s.grid, x, y);
            ck_assert_uint_ne(found, UINT32_MAX);
            ck_assert_int_eq(grid_row(&s.grid, found), row);
            ck_assert_int_eq(grid_x(&s.grid, found % s.grid.row_bytes), x);
        }
        ck_assert_uint_eq(grid_offset_at(&s.grid, s.grid.x - 1, s.grid.y), UINT32_MAX);
    }
}
END_TEST

START_TEST(the_time_axis_goes_both_ways)
{
    struct screen s = screen_make(1280, 800, 0, 0, 4096);
    for (uint32_t count = 1; count < 5000000; count = count * 3 + 1) {
        ck_assert_int_eq(screen_event_x(&s, 0, count), s.strip.x);
        ck_assert_int_eq(screen_event_x(&s, count, count), s.strip.x + s.strip.w);
        for (int x = s.strip.x; x <= s.strip.x + s.strip.w; x += 13) {
            uint32_t event = screen_event_at(&s, x, count);
            ck_assert_uint_le(event, count);
            if (count > (uint32_t)s.strip.w) {
                ck_assert_int_le(abs(screen_event_x(&s, event, count) - x), 1);
            }
        }
    }
}
END_TEST

static void check(struct fixture *f, const char *what)
{
    char why[300];
    int w, h;
    const struct drawlist *list = app_draw(f->app, &w, &h);
    int least = (int)(11 * app_screen(f->app)->scale);
    ck_assert_msg(check_list(list, w, h, least, why, sizeof why), "%s at %dx%d: %s", what, w, h, why);
}

static void check_at(struct fixture *f, int w, int h, uint32_t event, const char *what)
{
    app_resize(f->app, w, h);
    app_seek(f->app, event);
    check(f, what);
    const struct screen *s = app_screen(f->app);
    app_mouse_move(f->app, s->map.x + s->map.w / 3, s->map.y + s->map.h / 3);
    check(f, "a block pointed at");
    app_mouse_down(f->app, s->map.x + s->map.w / 3, s->map.y + s->map.h / 3);
    app_mouse_up(f->app);
    check(f, "a block pinned");
    app_mouse_move(f->app, s->budget.x + s->budget.w / 2, s->budget.y + 4);
    check(f, "an event pointed at");
    app_mouse_leave(f->app);
    app_do(f->app, ACTION_HELP);
    check(f, "the help");
    app_do(f->app, ACTION_CLOSE);
    app_do(f->app, ACTION_POLICY);
    check(f, "the policy menu");
    app_do(f->app, ACTION_CLOSE);
    app_do(f->app, ACTION_TAB_DUEL);
    check(f, "a message");
    app_do(f->app, ACTION_CLOSE);
}

START_TEST(every_text_can_be_read_at_every_size)
{
    static const uint32_t bytes[] = {400, 1400, 9000, 40000, 1 << 20};
    for (size_t k = 0; k < COUNT(bytes); k++) {
        struct fixture f;
        fixture_open(&f, fixture_trace(11, 30, 1), "first_fit", bytes[k]);
        const struct model *model = source_model(f.source);
        uint32_t failure = model_next_mark(model, 0, 1, true);
        const uint32_t events[] = {0, 1, failure, model->count / 2, model->count};
        for (size_t i = 0; i < COUNT(sizes); i++) {
            for (size_t e = 0; e < COUNT(events); e++) {
                check_at(&f, sizes[i][0], sizes[i][1], events[e], "the map");
            }
        }
        for (int mode = 0; mode < COLOUR_COUNT; mode++) {
            app_state(f.app)->colour = (enum colour_mode)mode;
            check_at(&f, 1024, 640, failure, "a colour mode");
        }
        fixture_close(&f);
    }
}
END_TEST

START_TEST(every_text_can_be_read_at_every_scale)
{
    struct fixture f;
    fixture_open(&f, fixture_trace(5, 12, 1), "best_fit", 16384);
    for (int i = 0; i < 6; i++) {
        app_do(f.app, ACTION_LARGER);
        check_at(&f, 1920, 1200, 700, "a larger scale");
    }
    fixture_close(&f);
}
END_TEST

START_TEST(a_view_without_a_trace_says_so)
{
    struct fixture f;
    fixture_open(&f, NULL, "first_fit", 0);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        app_resize(f.app, sizes[i][0], sizes[i][1]);
        check(&f, "no trace");
    }
    ck_assert(!source_load(f.source, "/no/such/trace.json", NULL));
    app_opened(f.app);
    check(&f, "an error");
    ck_assert_int_eq(source_model(f.source)->state, MODEL_ERROR);
    ck_assert_int_eq(source_exit_code(f.source), 3);
    fixture_close(&f);
}
END_TEST

START_TEST(the_checker_finds_bad_text)
{
    char why[300];
    struct text *text = text_open(why, sizeof why);
    struct drawlist list;
    const struct text_style style = {FACE_REGULAR, 12, 0xFFFFFFFFu};
    drawlist_init(&list, text);
    draw_text(&list, 10, 20, ALIGN_LEFT, style, "alone");
    ck_assert(check_list(&list, 200, 100, 11, why, sizeof why));
    ck_assert(!check_list(&list, 200, 100, 13, why, sizeof why));
    ck_assert(!check_list(&list, 30, 100, 11, why, sizeof why));
    draw_fill(&list, rect_make(20, 0, 5, 50), 0xFF000000u);
    ck_assert(!check_list(&list, 200, 100, 11, why, sizeof why));
    drawlist_clear(&list);
    draw_text(&list, 10, 20, ALIGN_LEFT, style, "one");
    draw_text(&list, 15, 22, ALIGN_LEFT, style, "two");
    ck_assert(!check_list(&list, 200, 100, 11, why, sizeof why));
    drawlist_free(&list);
    text_close(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("viz_screen");
    TCase *cases = tcase_create("screen");
    tcase_add_test(cases, rows_are_chosen_as_the_design_chose_them);
    tcase_add_test(cases, the_scale_follows_the_window);
    tcase_add_test(cases, panes_stand_below_one_another_and_share_their_edges);
    tcase_add_test(cases, a_pixel_of_the_map_is_the_offset_that_is_drawn_there);
    tcase_add_test(cases, the_time_axis_goes_both_ways);
    tcase_add_test(cases, the_checker_finds_bad_text);
    tcase_add_test(cases, every_text_can_be_read_at_every_size);
    tcase_add_test(cases, every_text_can_be_read_at_every_scale);
    tcase_add_test(cases, a_view_without_a_trace_says_so);
    tcase_set_timeout(cases, 120);
    suite_add_tcase(suite, cases);
    return fixture_run(suite);
}
