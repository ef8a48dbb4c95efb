/* The viewer as a person uses it, without a window: keys, mouse, time. */
#include "columns.h"
#include "options.h"
#include "viz_check.h"
#include "viz_fixture.h"

static struct fixture f;

static void setup(void) { fixture_open(&f, fixture_trace(3, 20, 1), "first_fit", 9000); }
static void teardown(void) { fixture_close(&f); }

static uint32_t event(void)
{
    fixture_draw(&f);
    return source_model(f.source)->event;
}

static struct hit find(enum hit_kind kind, uint32_t value)
{
    fixture_draw(&f);
    const struct hits *hits = app_hits(f.app);
    for (uint32_t i = 0; i < hits->count; i++) {
        if (hits->list[i].kind == kind && hits->list[i].value == value) {
            return hits->list[i];
        }
    }
    ck_abort_msg("nothing of kind %d to point at", kind);
    return (struct hit){{0, 0, 0, 0}, HIT_NONE, 0};
}

static void click(struct rect r)
{
    app_mouse_down(f.app, r.x + r.w / 2, r.y + r.h / 2);
    app_mouse_up(f.app);
}

START_TEST(arrows_step_back_and_forth)
{
    app_key(f.app, KEY_RIGHT, 0);
    ck_assert_uint_eq(event(), 1);
    app_key(f.app, KEY_RIGHT, MOD_SHIFT);
    ck_assert_uint_eq(event(), 101);
    app_key(f.app, KEY_LEFT, 0);
    ck_assert_uint_eq(event(), 100);
    app_key(f.app, KEY_LEFT, MOD_SHIFT);
    app_key(f.app, KEY_LEFT, MOD_SHIFT);
    ck_assert_uint_eq(event(), 0);
    app_key(f.app, KEY_END, 0);
    ck_assert_uint_eq(event(), source_model(f.source)->count);
    app_key(f.app, KEY_RIGHT, MOD_CTRL);
    ck_assert_uint_eq(event(), source_model(f.source)->count);
}
END_TEST

START_TEST(several_keys_between_two_pictures_add_up)
{
    for (int i = 0; i < 7; i++) {
        app_key(f.app, KEY_RIGHT, 0);
    }
    ck_assert_uint_eq(event(), 7);
}
END_TEST

START_TEST(play_runs_with_the_time_and_stops_at_the_first_failure)
{
    const struct model *model = source_model(f.source);
    uint32_t failure = model_next_mark(model, 0, 1, true);
    ck_assert_uint_gt(failure, 0);
    app_key(f.app, KEY_SPACE, 0);
    for (int i = 0; i < 100000 && app_tick(f.app, 1.0 / 60); i++) {
        fixture_draw(&f);
    }
    ck_assert_uint_eq(event(), failure);
    ck_assert(model->failure.at_cursor);
    app_key(f.app, KEY_SPACE, 0);
    for (int i = 0; i < 100000 && app_tick(f.app, 1.0); i++) {
        fixture_draw(&f);
    }
    ck_assert_uint_eq(event(), model->count);
}
END_TEST

START_TEST(dragging_over_the_strip_scrubs)
{
    fixture_draw(&f);
    struct rect strip = app_screen(f.app)->strip;
    app_mouse_down(f.app, strip.x + strip.w / 2, strip.y + strip.h / 2);
    uint32_t middle = event();
    ck_assert_uint_le(middle > source_model(f.source)->count / 2 ? middle - source_model(f.source)->count / 2
                                                                  : source_model(f.source)->count / 2 - middle, 2);
    app_mouse_move(f.app, strip.x + strip.w / 4, 5);
    ck_assert_uint_lt(event(), middle);
    app_mouse_move(f.app, -500, -500);
    ck_assert_uint_eq(event(), 0);
    app_mouse_up(f.app);
    app_mouse_move(f.app, strip.x + strip.w / 2, strip.y + 3);
    ck_assert_uint_eq(event(), 0);
}
END_TEST

START_TEST(pointing_shows_a_block_and_a_click_pins_it)
{
    app_seek(f.app, 90);
    fixture_draw(&f);
    const struct model *model = source_model(f.source);
    const struct model_block *block = &model->blocks[model->block_count / 2];
    uint64_t id = block->id;
    const struct map_grid *grid = &app_screen(f.app)->grid;
    uint32_t off = block->payload_off;
    int x = grid_x(grid, off % grid->row_bytes) + 1, y = grid->y + grid_row(grid, off) * grid->pitch + 1;
    app_mouse_move(f.app, x, y);
    ck_assert(app_needs_draw(f.app));
    fixture_draw(&f);
    app_mouse_down(f.app, x, y);
    app_mouse_up(f.app);
    ck_assert(app_state(f.app)->pinned);
    ck_assert_uint_eq(app_state(f.app)->pinned_id, id);
    app_seek(f.app, 0);
    fixture_draw(&f); /* not born yet: the panel says so */
    app_key(f.app, KEY_ESCAPE, 0);
    ck_assert(!app_state(f.app)->pinned);
}
END_TEST

START_TEST(the_wheel_zooms_the_map_and_keeps_what_is_under_the_mouse)
{
    app_seek(f.app, 600);
    fixture_draw(&f);
    const struct screen *screen = app_screen(f.app);
    uint32_t whole = screen->grid.bytes;
    int x = screen->map.x + screen->map.w / 2, y = screen->map.y + screen->map.h / 2;
    app_mouse_move(f.app, x, y);
    uint32_t off = grid_offset_at(&screen->grid, x, y);
    for (int i = 0; i < 20 && app_state(f.app)->view == VIEW_MAP; i++) {
        app_wheel(f.app, 1);
        fixture_draw(&f);
        ck_assert(off >= screen->grid.first && off - screen->grid.first < screen->grid.bytes);
    }
    ck_assert_int_eq(app_state(f.app)->view, VIEW_BYTES); /* where a byte would be wider than 8 px */
    ck_assert_uint_lt(screen->grid.bytes, 600);
    ck_assert_uint_eq(event(), 600);
    app_key(f.app, 'z', 0);
    fixture_draw(&f);
    ck_assert_int_eq(app_state(f.app)->view, VIEW_MAP);
    for (int i = 0; i < 20; i++) {
        app_wheel(f.app, -1);
        fixture_draw(&f);
    }
    ck_assert_uint_eq(screen->grid.bytes, whole);
    app_key(f.app, '+', 0);
    fixture_draw(&f);
    ck_assert(screen->grid.bytes < whole && screen->grid.bytes >= whole / 2);
    app_key(f.app, KEY_ESCAPE, 0);
    fixture_draw(&f);
    ck_assert_uint_eq(screen->grid.bytes, whole);
}
END_TEST

START_TEST(changing_the_policy_keeps_the_event)
{
    const struct model *model = source_model(f.source);
    app_seek(f.app, 777);
    uint32_t was = model->policy;
    app_key(f.app, KEY_TAB, 0);
    ck_assert_uint_eq(event(), 777);
    ck_assert_uint_ne(model->policy, was);
    app_key(f.app, 'm', 0);
    ck_assert_int_eq(app_state(f.app)->overlay, OVERLAY_POLICY);
    click(find(HIT_POLICY_LINE, was).area);
    ck_assert_uint_eq(event(), 777);
    ck_assert_uint_eq(model->policy, was);
    ck_assert_int_eq(app_state(f.app)->overlay, OVERLAY_NONE);
}
END_TEST

START_TEST(keys_in_the_open_menu_move_the_choice_and_nothing_else)
{
    app_seek(f.app, 777);
    app_key(f.app, 'm', 0);
    uint32_t last = source_model(f.source)->policy_count - 1;
    app_key(f.app, KEY_END, 0);
    ck_assert_uint_eq(app_state(f.app)->menu_line, last);
    app_key(f.app, KEY_PAGE_DOWN, 0);
    ck_assert_uint_eq(app_state(f.app)->menu_line, last);
    app_key(f.app, KEY_PAGE_UP, 0);
    ck_assert_uint_eq(app_state(f.app)->menu_line, last > 5 ? last - 5 : 0);
    app_key(f.app, KEY_HOME, 0);
    app_key(f.app, KEY_PAGE_UP, 0);
    ck_assert_uint_eq(app_state(f.app)->menu_line, 0);
    app_key(f.app, KEY_DOWN, 0);
    ck_assert_uint_eq(app_state(f.app)->menu_line, 1);
    for (uint32_t i = 0; i < input_key_count; i++) {
        if (input_action(input_keys[i].key, input_keys[i].mods, 1) == ACTION_NONE) {
            app_key(f.app, input_keys[i].key, input_keys[i].mods);
        }
    }
    ck_assert_uint_eq(event(), 777);
    ck_assert_int_eq(app_state(f.app)->overlay, OVERLAY_POLICY);
    ck_assert_uint_eq(app_state(f.app)->menu_line, 1);
    ck_assert_int_eq(app_state(f.app)->theme, THEME_DARK);
    app_key(f.app, KEY_ESCAPE, 0);
    ck_assert_int_eq(app_state(f.app)->overlay, OVERLAY_NONE);
    ck_assert_uint_eq(event(), 777);
}
END_TEST

/* Pixels of the map that differ from those of the raster. */
static int map_changes(const struct raster *before)
{
    struct rect map = app_screen(f.app)->map;
    int changes = 0;
    for (int y = map.y; y < map.y + map.h; y++) {
        for (int x = map.x; x < map.x + map.w; x++) {
            changes += f.raster.pixels[y * f.raster.w + x] != before->pixels[y * before->w + x];
        }
    }
    return changes;
}

START_TEST(a_block_lights_up_when_made_and_its_frame_fades_when_freed)
{
    bool frees = false, seen[2] = {false, false};
    const struct model *model = source_model(f.source);
    for (uint32_t at = 1; at < 200; at++) {
        if (!source_event_id(f.source, at, &frees) || seen[frees]) {
            continue;
        }
        app_seek(f.app, at - 1);
        fixture_draw(&f);
        app_key(f.app, KEY_RIGHT, 0);
        fixture_raster(&f);
        ck_assert_uint_eq(model->event, at);
        ck_assert_uint_eq(app_state(f.app)->freed[0].bytes > 0, frees);
        struct raster flashed = {0};
        ck_assert(raster_resize(&flashed, f.raster.w, f.raster.h));
        memcpy(flashed.pixels, f.raster.pixels, (size_t)f.raster.w * (size_t)f.raster.h * sizeof *flashed.pixels);
        app_tick(f.app, 1);
        fixture_raster(&f);
        ck_assert_int_gt(map_changes(&flashed), 0);
        raster_free(&flashed);
        seen[frees] = true;
    }
    ck_assert(seen[0] && seen[1]);
}
END_TEST

static int diamond_width(void)
{
    int widest = 0;
    const struct drawlist *list = fixture_draw(&f);
    for (size_t i = 0; i < list->count; i++) {
        const struct draw_op *op = &list->ops[i];
        bool in_lane = op->y < app_screen(f.app)->strip.y && op->x < app_screen(f.app)->side_x;
        widest = op->type == DRAW_SHAPE && op->kind == SHAPE_DIAMOND && in_lane && op->w > widest ? op->w : widest;
    }
    return widest;
}

/* Where the cursor comes to a failure its sign grows and is back after 300 ms; not where nothing shall move. */
START_TEST(the_sign_of_a_failure_pulses_once)
{
    fixture_close(&f);
    fixture_open(&f, fixture_trace(42, 24, 1), "first_fit", 14000);
    app_set_still(f.app, _i == 1);
    app_seek(f.app, 1);
    int calm = diamond_width(), most = 0;
    ck_assert_int_gt(calm, 0);
    app_key(f.app, 'f', 0);
    for (int i = 0; i < 20; i++) {
        int now = diamond_width();
        most = now > most ? now : most;
        app_tick(f.app, 0.02);
    }
    ck_assert_int_eq(diamond_width(), calm);
    ck_assert(_i == 1 ? most == calm : most >= calm + calm / 3);
    ck_assert(!app_tick(f.app, 0.02));
}
END_TEST

START_TEST(marks_stand_in_their_pane)
{
    static const int widths[] = {1024, 1280, 1920};
    for (int i = 0; i < 3; i++) {
        app_resize(f.app, widths[i], 800);
        fixture_draw(&f);
        struct rect lane = app_screen(f.app)->marks, last = {0, 0, 0, 0};
        const struct hits *hits = app_hits(f.app);
        for (uint32_t k = 0; k < hits->count; k++) {
            struct rect area = hits->list[k].area;
            if (hits->list[k].kind != HIT_EVENT || area.y != lane.y || area.x >= app_screen(f.app)->side_x) {
                continue;
            }
            ck_assert_msg(area.x >= lane.x && area.x + area.w <= lane.x + lane.w, "%d wide: a mark at %d … %d, the pane at %d … %d", widths[i], area.x,
                          area.x + area.w, lane.x, lane.x + lane.w);
            ck_assert(!rect_overlaps(area, last));
            last = area;
        }
        ck_assert_int_gt(last.w, 0);
    }
}
END_TEST

/* All texts of the picture, one a line. */
static const char *words_of(const struct drawlist *list)
{
    static char words[20000];
    size_t used = 0;
    for (size_t i = 0; i < list->count && used < sizeof words - 300; i++) {
        if (list->ops[i].type == DRAW_TEXT) {
            used += (size_t)snprintf(words + used, sizeof words - used, "%.200s\n", drawlist_text(list, &list->ops[i]));
        }
    }
    return words;
}

START_TEST(before_the_first_event_no_formula_divides_by_nothing)
{
    app_seek(f.app, 0);
    const char *words = words_of(fixture_draw(&f));
    ck_assert_ptr_nonnull(strstr(words, "nothing is live"));
    ck_assert_ptr_null(strstr(words, "0 / 0"));
}
END_TEST

START_TEST(a_request_beyond_an_empty_heap_does_not_call_it_full)
{
    struct fixture small;
    struct trace *trace = trace_new("too much");
    fixture_put(trace, TRACE_ALLOC, 1, 20000, NULL);
    for (uint64_t id = 2; id < 100; id++) {
        fixture_put(trace, TRACE_ALLOC, id, id < 40 ? 100 : 16, NULL);
    }
    fixture_open(&small, trace, "first_fit", 2048);
    app_seek(small.app, 1);
    ck_assert_ptr_nonnull(strstr(words_of(fixture_draw(&small)), "more than the"));
    app_seek(small.app, 99);
    ck_assert_ptr_nonnull(strstr(words_of(fixture_draw(&small)), "the heap is full"));
    fixture_close(&small);
}
END_TEST

START_TEST(a_share_of_nothing_is_told_in_words)
{
    struct fixture full;
    struct trace *trace = trace_new("full");
    for (uint64_t id = 1; id < 40; id++) {
        fixture_put(trace, TRACE_ALLOC, id, 60, NULL);
    }
    fixture_open(&full, trace, "pool:block=64", 528);
    app_key(full.app, KEY_END, 0);
    app_key(full.app, '3', 0);
    const char *words = words_of(fixture_draw(&full));
    const struct model_history *history = &source_model(full.source)->history;
    ck_assert_uint_eq(history->free[38], 0);
    ck_assert_ptr_nonnull(strstr(words, "nothing is free\n"));
    ck_assert_ptr_null(strstr(words, "/ 0\n"));
    fixture_close(&full);
}
END_TEST

START_TEST(a_sum_without_room_keeps_its_result)
{
    struct fixture old;
    struct trace *trace = trace_new("old");
    for (int i = 0; i < 20000; i++) {
        if (i == 10000) {
            fixture_put(trace, TRACE_ALLOC, 1, 100, NULL);
        }
        fixture_put(trace, i % 2 == 0 ? TRACE_ALLOC : TRACE_FREE, 2, 16, NULL);
    }
    fixture_open(&old, trace, "first_fit", 4096);
    app_resize(old.app, 1024, 640);
    app_pin(old.app, 1);
    app_key(old.app, KEY_END, 0);
    app_key(old.app, '4', 0);
    const char *words = words_of(fixture_draw(&old));
    ck_assert_ptr_nonnull(strstr(words, "age in events\n"));
    ck_assert_ptr_nonnull(strstr(words, "\n10,000\n"));
    ck_assert_ptr_null(strstr(words, " = 10,\u2026"));
    fixture_close(&old);
}
END_TEST

START_TEST(the_policy_is_shown_with_the_choices_made_for_it)
{
    ck_assert_ptr_nonnull(strstr(words_of(fixture_draw(&f)), "\nfirst_fit\n"));
    app_key(f.app, 'i', 0);
    ck_assert_ptr_nonnull(strstr(words_of(fixture_draw(&f)), "\nfirst_fit:align="));
}
END_TEST

START_TEST(the_menu_tells_what_each_policy_does)
{
    app_key(f.app, 'm', 0);
    const char *words = words_of(fixture_draw(&f));
    ck_assert_ptr_nonnull(strstr(words, "\nthe lowest free block that is large enough\n"));
    ck_assert_ptr_nonnull(strstr(words, "realloc always moves\n"));
}
END_TEST

START_TEST(help_lists_no_key_that_the_view_took)
{
    static const char range[] = "range from here, to here\n";
    for (uint32_t view = '1'; view <= '3'; view++) {
        app_key(f.app, view, 0);
        app_key(f.app, '?', 0);
        const char *words = words_of(fixture_draw(&f)), *first = strstr(words, range);
        ck_assert_ptr_nonnull(first);
        ck_assert_ptr_null(strstr(first + 1, range));
        ck_assert((strstr(words, "\nA B\n") != NULL) == (view == '1'));
        app_key(f.app, KEY_ESCAPE, 0);
    }
}
END_TEST

START_TEST(marks_keep_their_words_in_a_small_window)
{
    struct fixture large;
    fixture_open(&large, fixture_trace(3, 20, 2000), "first_fit", 18000000);
    app_resize(large.app, 1024, 640);
    const char *words = words_of(fixture_draw(&large));
    ck_assert_ptr_nonnull(strstr(words, "failure\n"));
    ck_assert_ptr_nonnull(strstr(words, "least hole\n"));
    ck_assert_ptr_nonnull(strstr(words, "long beside a hole\n"));
    fixture_close(&large);
}
END_TEST

START_TEST(every_policy_of_the_menu_can_be_shown)
{
    char why[300];
    const struct model *model = source_model(f.source);
    for (uint32_t i = 0; i < model->policy_count; i++) {
        app_key(f.app, KEY_TAB, 0);
        app_seek(f.app, model->count / 2);
        const struct drawlist *list = fixture_draw(&f);
        ck_assert_msg(check_list(list, 1280, 800, 11, why, sizeof why), "%s: %s", model->policy_name, why);
        uint64_t sum = 0;
        for (int kind = 0; kind < KIND_COUNT; kind++) {
            sum += model->kind_bytes[kind];
        }
        ck_assert_msg(sum == model->arena_bytes, "%s: the kinds sum to %llu of %u B", model->policy_name, (unsigned long long)sum, model->arena_bytes);
        const struct model_history *history = &model->history;
        uint32_t last = model->event - 1;
        uint32_t withheld = bytes_withheld(model->arena_bytes, history->in_use[last], history->free[last]);
        sum = 0;
        for (uint32_t k = 0; k < model->span_count; k++) {
            sum += model->spans[k].block == MODEL_NONE && model->spans[k].kind != KIND_FREE ? model->spans[k].size : 0;
        }
        ck_assert_msg(withheld == sum, "%s: %u B are no block's and not free, by the spans %u", model->policy_name, withheld, (unsigned)sum);
    }
}
END_TEST

START_TEST(readouts_agree_with_the_spans)
{
    const struct model *model = source_model(f.source);
    for (uint32_t at = 1; at < model->count; at += 61) {
        app_seek(f.app, at);
        ck_assert_uint_eq(event(), at);
        ck_assert_uint_eq(model->history.payload[at - 1], model->kind_bytes[KIND_PAYLOAD]);
        ck_assert_uint_eq(model->history.free[at - 1], model->kind_bytes[KIND_FREE]);
        ck_assert_uint_eq(model->history.largest[at - 1], model->largest_bytes);
        ck_assert_uint_eq(model->history.in_use[at - 1],
                          model->kind_bytes[KIND_PAYLOAD] + model->kind_bytes[KIND_SLACK] + model->kind_bytes[KIND_HEADER]);
        ck_assert_uint_eq(bytes_withheld(model->arena_bytes, model->history.in_use[at - 1], model->history.free[at - 1]),
                          model->kind_bytes[KIND_CONTROL] + model->kind_bytes[KIND_RESERVED]);
    }
}
END_TEST

START_TEST(one_pinned_byte_is_seen_in_a_large_heap)
{
    struct fixture large;
    struct trace *trace = trace_new("one byte");
    fixture_put(trace, TRACE_ALLOC, 1, 1 << 20, NULL);
    fixture_put(trace, TRACE_ALLOC, 2, 1, NULL);
    fixture_put(trace, TRACE_ALLOC, 3, 1 << 20, NULL);
    fixture_open(&large, trace, "first_fit", 16 << 20);
    app_seek(large.app, 3);
    app_pin(large.app, 2);
    fixture_raster(&large);
    struct rect map = app_screen(large.app)->map;
    int seen = 0;
    for (int y = map.y; y < map.y + map.h; y++) {
        for (int x = map.x; x < map.x + map.w; x++) {
            seen += large.raster.pixels[y * large.raster.w + x] == themes[THEME_DARK].focus;
        }
    }
    ck_assert_int_ge(seen, 12);
    fixture_close(&large);
}
END_TEST

START_TEST(a_failure_names_its_pins)
{
    const struct model *model = source_model(f.source);
    app_key(f.app, 'f', 0);
    ck_assert_uint_eq(event(), model_next_mark(model, 0, 1, true));
    ck_assert(model->failure.at_cursor && model->failure.wanted > 0 && model->failure.gross >= model->failure.wanted);
    struct model_window pins = model_find_pins(model, model->failure.gross);
    ck_assert_uint_gt(pins.count, 0);
    ck_assert_uint_ge(pins.bytes, model->failure.gross);
    ck_assert_uint_gt(model->failure.gross, model->largest_bytes);
}
END_TEST

START_TEST(tabs_and_digits_change_the_view)
{
    char why[300];
    app_seek(f.app, 500);
    for (uint32_t tab = 0; tab < VIEW_COUNT; tab++) {
        click(find(HIT_TAB, tab).area);
        ck_assert_uint_eq((uint32_t)app_state(f.app)->view, tab);
        const struct drawlist *list = fixture_draw(&f);
        ck_assert_msg(check_list(list, 1280, 800, 11, why, sizeof why), "%s: %s", view_def_of((enum view_kind)tab)->name, why);
        ck_assert_int_gt(app_screen(f.app)->strip.h, 0); /* the scrubber of every view */
        ck_assert_uint_eq(event(), 500);
        app_key(f.app, KEY_ESCAPE, 0);
        ck_assert_int_eq(app_state(f.app)->view, VIEW_MAP);
        app_key(f.app, '1' + tab, 0);
        ck_assert_uint_eq((uint32_t)app_state(f.app)->view, tab);
    }
}
END_TEST

START_TEST(a_view_that_comes_later_says_so)
{
    app_key(f.app, '5', 0);
    ck_assert_ptr_nonnull(strstr(words_of(fixture_draw(&f)), "not finished yet"));
}
END_TEST

START_TEST(help_opens_and_closes_by_every_way)
{
    app_key(f.app, '?', 0);
    ck_assert_int_eq(app_state(f.app)->overlay, OVERLAY_HELP);
    app_key(f.app, KEY_F1, 0);
    ck_assert_int_eq(app_state(f.app)->overlay, OVERLAY_NONE);
    app_key(f.app, KEY_F1, 0);
    app_key(f.app, KEY_ESCAPE, 0);
    ck_assert_int_eq(app_state(f.app)->overlay, OVERLAY_NONE);
    app_key(f.app, '?', 0);
    fixture_draw(&f);
    app_mouse_down(f.app, 3, 3);
    ck_assert_int_eq(app_state(f.app)->overlay, OVERLAY_NONE);
}
END_TEST

START_TEST(a_failed_load_keeps_the_window_usable)
{
    app_drop(f.app, "/no/such/trace");
    ck_assert_int_eq(source_model(f.source)->state, MODEL_ERROR);
    fixture_draw(&f);
    for (uint32_t i = 0; i < input_key_count; i++) {
        if (input_keys[i].action != ACTION_QUIT) {
            app_key(f.app, input_keys[i].key, input_keys[i].mods);
        }
    }
    fixture_draw(&f);
}
END_TEST

static bool parse(struct view_options *options, char *why, size_t why_size, char *a, char *b, char *c)
{
    char name[] = "heaplab-view", *argv[] = {name, a, b, c, NULL};
    int argc = 1;
    while (argc < 4 && argv[argc]) {
        argc++;
    }
    return view_options_parse(options, argc, argv, why, why_size);
}

static bool parse_word(struct view_options *options, const char *word)
{
    char why[300];
    static char copy[80]; /* the options point into it */
    snprintf(copy, sizeof copy, "%s", word);
    static char trace[] = "t.json";
    return parse(options, why, sizeof why, copy, trace, NULL);
}

/* Those of the states that a person reaches with keys and mouse. */
START_TEST(options_of_states_are_checked)
{
    static const char *const wrong[] = {"--range=9,3", "--range=,", "--range=5", "--range=a,", "--open=what", "--open=menu,0", "--open=menu,x", "--go=",
                                        "--point=7", "--point=-1,3", "--speed=0", "--speed=1000001"};
    struct view_options o;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ck_assert_msg(!parse_word(&o, wrong[i]), "%s was taken", wrong[i]);
    }
    ck_assert(parse_word(&o, "--range=3,9") && o.range_from == 3 && o.range_to == 9);
    ck_assert(parse_word(&o, "--range=3,") && o.range_from == 3 && o.range_to == VIEW_NO_EVENT);
    ck_assert(parse_word(&o, "--range=,9") && o.range_from == VIEW_NO_EVENT && o.range_to == 9);
    ck_assert(parse_word(&o, "--open=menu,4") && o.overlay == OVERLAY_POLICY && o.overlay_line == 3);
    ck_assert(parse_word(&o, "--open=anomalies") && o.overlay == OVERLAY_ANOMALIES && o.overlay_line == 0);
    ck_assert(parse_word(&o, "--open=go,t=5,0") && o.overlay == OVERLAY_GO);
    ck_assert_str_eq(strchr(o.overlay_entry, 't'), "t=5,0");
    ck_assert(parse_word(&o, "--keys") && o.overlay == OVERLAY_HELP);
    ck_assert(parse_word(&o, "--point=7,8") && o.point_given && o.point_x == 7 && o.point_y == 8);
    ck_assert(parse_word(&o, "--speed=30") && o.speed == 30);
    ck_assert(parse_word(&o, "--bins") && o.bins);
    ck_assert(parse_word(&o, "--pin=0") && o.pin_given && o.pin == 0);
}
END_TEST

START_TEST(options_are_checked)
{
    static char trace[] = "t.json", png[] = "--png=x.png", at[] = "--at", failure[] = "failure", size[] = "--size=1920x1080", small[] = "--size=100x100",
                junk[] = "--size=10x", unknown[] = "--nothing", heap[] = "-s", bytes[] = "40K", theme[] = "--theme=red", rest[] = "--",
                tiny[] = "63", huge[] = "2G", parameter[] = "--policy=tlsf:slices=3", all[] = "--policy=all", version[] = "--version",
                from[] = "--from=mark=boot#2", to[] = "--to=t=90", mark[] = "--to=mark=";
    struct view_options o;
    char why[300];
    ck_assert(parse(&o, why, sizeof why, png, trace, NULL));
    ck_assert_str_eq(o.png, "x.png");
    ck_assert_str_eq(o.trace, "t.json");
    ck_assert(parse(&o, why, sizeof why, at, failure, trace) && o.at_failure);
    ck_assert(parse_word(&o, "--at=t=25") && o.at_bound.kind == TRACE_BOUND_TIME && o.at_bound.number == 25);
    ck_assert(parse_word(&o, "--at=mark=boot#2") && o.at_bound.kind == TRACE_BOUND_MARK && o.at_bound.number == 2);
    ck_assert(!parse_word(&o, "--at=mark=") && !parse_word(&o, "--at=t=soon"));
    ck_assert(parse_word(&o, "--zoom=4K,1M") && o.map_first == 4096 && o.map_bytes == 1 << 20);
    ck_assert(parse_word(&o, "--zoom=0x100,32K") && o.map_first == 256 && o.map_bytes == 32768);
    ck_assert(!parse_word(&o, "--zoom=4K") && !parse_word(&o, "--zoom=4K,") && !parse_word(&o, "--zoom=4,K") && !parse_word(&o, "--zoom=4,32K"));
    ck_assert(parse(&o, why, sizeof why, size, trace, NULL) && o.w == 1920 && o.h == 1080);
    ck_assert(parse(&o, why, sizeof why, heap, bytes, trace) && o.heap_bytes == 40960);
    ck_assert(parse(&o, why, sizeof why, rest, unknown, NULL) && strcmp(o.trace, "--nothing") == 0);
    ck_assert(!parse(&o, why, sizeof why, small, trace, NULL));
    ck_assert(!parse(&o, why, sizeof why, junk, trace, NULL));
    ck_assert(!parse(&o, why, sizeof why, unknown, trace, NULL));
    ck_assert(!parse(&o, why, sizeof why, theme, trace, NULL));
    ck_assert(!parse(&o, why, sizeof why, trace, trace, NULL));
    ck_assert(!parse(&o, why, sizeof why, trace, at, NULL));
    ck_assert_ptr_nonnull(strstr(why, "--at"));
    ck_assert(!parse(&o, why, sizeof why, png, NULL, NULL));
    ck_assert(!parse(&o, why, sizeof why, heap, tiny, trace));
    ck_assert(!parse(&o, why, sizeof why, heap, huge, trace));
    ck_assert(!parse(&o, why, sizeof why, parameter, trace, NULL));
    ck_assert_ptr_eq(strstr(why, "tlsf: unknown parameter"), why);
    ck_assert(!parse(&o, why, sizeof why, all, trace, NULL));
    ck_assert_ptr_nonnull(strstr(why, "one policy"));
    ck_assert(parse(&o, why, sizeof why, version, NULL, NULL) && o.version);
    ck_assert(parse(&o, why, sizeof why, from, to, trace) && o.selection.from.kind == TRACE_BOUND_MARK && o.selection.from.number == 2);
    ck_assert(o.selection.to.kind == TRACE_BOUND_TIME && o.selection.to.number == 90 && o.selection.heap == NULL);
    ck_assert(!parse(&o, why, sizeof why, mark, trace, NULL));
    ck_assert_ptr_nonnull(strstr(why, "expected mark=NAME"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("viz_app");
    TCase *cases = tcase_create("app");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, arrows_step_back_and_forth);
    tcase_add_test(cases, several_keys_between_two_pictures_add_up);
    tcase_add_test(cases, play_runs_with_the_time_and_stops_at_the_first_failure);
    tcase_add_test(cases, dragging_over_the_strip_scrubs);
    tcase_add_test(cases, pointing_shows_a_block_and_a_click_pins_it);
    tcase_add_test(cases, the_wheel_zooms_the_map_and_keeps_what_is_under_the_mouse);
    tcase_add_test(cases, changing_the_policy_keeps_the_event);
    tcase_add_test(cases, keys_in_the_open_menu_move_the_choice_and_nothing_else);
    tcase_add_test(cases, a_block_lights_up_when_made_and_its_frame_fades_when_freed);
    tcase_add_loop_test(cases, the_sign_of_a_failure_pulses_once, 0, 2);
    tcase_add_test(cases, marks_stand_in_their_pane);
    tcase_add_test(cases, before_the_first_event_no_formula_divides_by_nothing);
    tcase_add_test(cases, a_request_beyond_an_empty_heap_does_not_call_it_full);
    tcase_add_test(cases, marks_keep_their_words_in_a_small_window);
    tcase_add_test(cases, every_policy_of_the_menu_can_be_shown);
    tcase_add_test(cases, readouts_agree_with_the_spans);
    tcase_add_test(cases, one_pinned_byte_is_seen_in_a_large_heap);
    tcase_add_test(cases, a_failure_names_its_pins);
    tcase_add_test(cases, tabs_and_digits_change_the_view);
    tcase_add_test(cases, a_view_that_comes_later_says_so);
    tcase_add_test(cases, help_opens_and_closes_by_every_way);
    tcase_add_test(cases, help_lists_no_key_that_the_view_took);
    tcase_add_test(cases, a_share_of_nothing_is_told_in_words);
    tcase_add_test(cases, a_sum_without_room_keeps_its_result);
    tcase_add_test(cases, the_policy_is_shown_with_the_choices_made_for_it);
    tcase_add_test(cases, the_menu_tells_what_each_policy_does);
    tcase_add_test(cases, a_failed_load_keeps_the_window_usable);
    tcase_add_test(cases, options_are_checked);
    tcase_add_test(cases, options_of_states_are_checked);
    tcase_set_timeout(cases, 250);
    suite_add_tcase(suite, cases);
    return fixture_run(suite);
}
