/* The Map view as a person reads it: hints that fit the state, the card that says why, tags beside the blocks that they speak of, a map
 * that fills its place, and pictures that stand still. */
#include <math.h>

#include <unistd.h>

#include "format.h"
#include "viz_fixture.h"

static struct fixture f;

static void setup(void)
{
    fixture_open(&f, fixture_trace(42, 24, 1), "first_fit", 17000);
    app_seek(f.app, model_next_mark(source_model(f.source), 0, 1, true));
}

static void teardown(void) { fixture_close(&f); }

/* Does the text stand in the picture, from y `top` on? */
static bool says(const struct drawlist *list, int top, const char *words)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->ops[i].type == DRAW_TEXT && list->ops[i].y >= top && strcmp(drawlist_text(list, &list->ops[i]), words) == 0) {
            return true;
        }
    }
    return false;
}

static bool hinted(const char *words)
{
    const struct drawlist *list = fixture_draw(&f);
    return says(list, app_screen(f.app)->status.y, words);
}

START_TEST(hints_fit_the_state)
{
    app_resize(f.app, 1920, 960);
    ck_assert(hinted("play") && hinted("failure") && hinted("other failures") && hinted("why") && hinted("pin block"));
    ck_assert(!hinted("pause") && !hinted("unpin") && !hinted("whole map"));
    app_pin(f.app, source_model(f.source)->blocks[0].id);
    ck_assert(hinted("unpin") && hinted("bytes") && !hinted("pin block"));
    app_do(f.app, ACTION_CLOSE);
    app_do(f.app, ACTION_ZOOM_IN);
    ck_assert(hinted("whole map") && hinted("pin block"));
    app_seek(f.app, 1);
    ck_assert(hinted("failure") && !hinted("other failures") && !hinted("why"));
    app_do(f.app, ACTION_PLAY);
    ck_assert(hinted("pause") && !hinted("play"));
}
END_TEST

START_TEST(a_run_without_failure_has_no_key_for_it)
{
    struct fixture calm;
    fixture_open(&calm, fixture_trace(42, 24, 1), "first_fit", 1 << 20);
    const struct drawlist *list = fixture_draw(&calm);
    int top = app_screen(calm.app)->status.y;
    ck_assert(says(list, top, "next mark") && !says(list, top, "failure"));
    fixture_close(&calm);
}
END_TEST

static void press(int x, int y)
{
    app_mouse_move(f.app, x, y);
    app_mouse_down(f.app, x, y);
    app_mouse_up(f.app);
}

/* The key on the card opens the view that tells more; in a narrow column the words need its place. */
START_TEST(the_card_has_the_key_to_why)
{
    fixture_draw(&f);
    const struct screen *screen = app_screen(f.app);
    press(screen->side_x + screen->side_w - 12, screen->side_top + 14);
    ck_assert_int_eq(app_state(f.app)->view, VIEW_WHY);
    app_do(f.app, ACTION_TAB_MAP);
    app_resize(f.app, 1024, 640);
    fixture_draw(&f);
    screen = app_screen(f.app);
    press(screen->side_x + screen->side_w - 12, screen->side_top + 14);
    ck_assert_int_eq(app_state(f.app)->view, VIEW_MAP);
}
END_TEST

/* A hole that is large enough and that the policy does not give: the card does not pretend that it is too small. */
START_TEST(a_hole_that_would_do_is_not_said_to_be_too_small)
{
    struct fixture slabs;
    fixture_open(&slabs, fixture_trace(42, 24, 1), "rtthread_slab", 65536);
    const struct model *model = source_model(slabs.source);
    uint32_t found = 0;
    for (uint32_t event = 1; event <= model->count && !found; event++) {
        app_seek(slabs.app, event);
        fixture_draw(&slabs);
        found = model->failure.at_cursor && model->largest_bytes >= model->failure.wanted && model->failure.gross <= model->largest_bytes ? event : 0;
    }
    ck_assert_uint_gt(found, 0);
    char words[120];
    snprintf(words, sizeof words, "largest hole %s, but not for this size", format_bytes(model->largest_bytes).s);
    ck_assert(says(fixture_draw(&slabs), 0, words));
    fixture_close(&slabs);
}
END_TEST

/* A heap of which most was given back and cannot be given again is not said to be full. */
START_TEST(bytes_that_nobody_has_are_not_a_full_heap)
{
    struct fixture rising;
    fixture_open(&rising, fixture_trace(42, 24, 1), "bump", 65536);
    const struct model *model = source_model(rising.source);
    app_seek(rising.app, model_next_mark(model, 0, 1, true));
    fixture_draw(&rising);
    ck_assert(model->failure.at_cursor && model->kind_bytes[KIND_RESERVED] > 32768);
    char words[120];
    snprintf(words, sizeof words, "%s free \u00b7 %s reserved", format_bytes(model->kind_bytes[KIND_FREE]).s,
             format_bytes(model->kind_bytes[KIND_RESERVED]).s);
    ck_assert_msg(says(fixture_draw(&rising), 0, words), "%s", words);
    fixture_close(&rising);
}
END_TEST

static bool inside_map(const struct screen *screen, const struct draw_op *op)
{
    return op->x >= screen->map.x && op->x < screen->map.x + screen->map.w && op->y >= screen->map.y && op->y < screen->map.y + screen->map.h;
}

/* Patterns hang on the pane's left edge and the row's top, whatever block they fill: they stand still when blocks move. */
START_TEST(patterns_of_the_map_hang_on_its_rows)
{
    uint32_t patterns = 0;
    for (uint32_t event = 100; event <= 1000; event += 300) {
        app_seek(f.app, event);
        const struct drawlist *list = fixture_draw(&f);
        const struct screen *screen = app_screen(f.app);
        for (size_t i = 0; i < list->count; i++) {
            const struct draw_op *op = &list->ops[i];
            if (op->type == DRAW_PATTERN && inside_map(screen, op)) {
                patterns++;
                ck_assert_int_eq(op->ax, screen->map.x);
                ck_assert_int_eq((op->ay - screen->map.y) % screen->grid.pitch, 0);
                ck_assert_int_eq(op->ay, op->y);
            }
        }
    }
    ck_assert_uint_gt(patterns, 100);
}
END_TEST

/* Where whole pixels a granule cost at most a tenth, each 8 bytes are equally wide; the other panes have the map's edges. */
START_TEST(granules_are_equally_wide_and_panes_share_the_edges)
{
    static const int sizes[][2] = {{1024, 640}, {1280, 800}, {1440, 900}, {1920, 1080}, {2560, 1440}, {3840, 2160}};
    static const uint32_t heaps[] = {2048, 40960, 44032, 262144};
    for (size_t i = 0; i < 24; i++) {
        const struct screen s = screen_make(sizes[i / 4][0], sizes[i / 4][1], 0, 0, heaps[i % 4]);
        double whole = floor(s.grid.granule_px);
        for (uint32_t off = 8; s.grid.granule_px >= 3 && s.grid.granule_px - whole == 0 && off <= s.grid.row_bytes; off += 8) {
            ck_assert_int_eq(grid_x(&s.grid, off) - grid_x(&s.grid, off - 8), (int)whole);
        }
        const struct rect *panes[] = {&s.strip, &s.marks, &s.budget, &s.percent, &s.axis};
        for (int k = 0; k < 5; k++) {
            ck_assert_int_eq(panes[k]->x, s.map.x);
            ck_assert_int_eq(panes[k]->w, s.map.w);
        }
    }
}
END_TEST

/* A part of a few bytes takes more rows, not a strip of ground below two of them. */
START_TEST(a_small_part_fills_the_map)
{
    for (uint32_t bytes = 32; bytes <= 4096; bytes *= 2) {
        const struct screen s = screen_make(1280, 800, 0, 1024, bytes);
        ck_assert_msg(s.map.h * 5 >= (s.side_bottom - s.map.y) * 4, "%u bytes: %d of %d", bytes, s.map.h, s.side_bottom - s.map.y);
    }
}
END_TEST

static bool hides(const struct map_grid *grid, struct rect area, const struct model_block *block)
{
    for (uint32_t off = block->off; off < block->off + block->size; off += 4) {
        int x = grid_x(grid, (off - grid->first) % grid->row_bytes), y = grid->y + grid_row(grid, off) * grid->pitch;
        if (x >= area.x && x < area.x + area.w && y + grid->pitch - grid->gap > area.y && y < area.y + area.h) {
            return true;
        }
    }
    return false;
}

/* Small blocks, every second of them freed, and a request that none of the holes holds. */
static struct trace *comb(uint64_t seed)
{
    struct trace *trace = trace_new("comb");
    for (uint64_t id = 1; id < 40; id++) {
        fixture_put(trace, TRACE_ALLOC, id, 1 + fixture_random(&seed) % 60, NULL);
    }
    for (uint64_t id = 1; id < 40; id += 2) {
        fixture_put(trace, TRACE_FREE, id, 0, NULL);
    }
    fixture_put(trace, TRACE_ALLOC, 100, 200 + fixture_random(&seed) % 300, NULL);
    return trace;
}

/* Pins under the tags of the picture: a tag's ground is a fill of its own height. */
static uint32_t hidden_pins(struct fixture *small, uint32_t *tags)
{
    const struct model *model = source_model(small->source);
    const struct drawlist *list = fixture_draw(small);
    const struct screen *screen = app_screen(small->app);
    const struct model_window pins = model_find_pins(model, model->failure.gross);
    uint32_t hidden = 0;
    for (size_t k = 0; k < list->count; k++) {
        const struct draw_op *op = &list->ops[k];
        if (op->type != DRAW_FILL || op->colour != themes[THEME_DARK].surface || op->h != 19 || !inside_map(screen, op)) {
            continue;
        }
        (*tags)++;
        for (uint32_t pin = 0; pin < pins.count; pin++) {
            hidden += hides(&screen->grid, rect_make(op->x, op->y, op->w, op->h), &model->blocks[pins.first_block + pin]);
        }
    }
    return hidden;
}

/* A tag goes over a pin only where there is no other place for it. */
START_TEST(tags_leave_the_pins_free)
{
    uint32_t tags = 0, hidden = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct fixture small;
        fixture_open(&small, comb(seed), "first_fit", 1800);
        app_seek(small.app, source_model(small.source)->count);
        hidden += hidden_pins(&small, &tags);
        fixture_close(&small);
    }
    ck_assert_uint_gt(tags, 20);
    ck_assert_msg(hidden * 10 <= tags, "%u of %u", hidden, tags);
}
END_TEST

/* Opens a trace of nine sites with the same long beginning, one block each. */
static void open_sites(struct fixture *sites)
{
    char path[300];
    snprintf(path, sizeof path, HEAPLAB_BUILD_DIR "/sites-%ld.jsonl", (long)getpid());
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs("{\"format\":\"heaplab-trace\",\"version\":1,\"meta\":{\"name\":\"sites\"},\"sites\":[", file);
    for (int i = 0; i < 9; i++) {
        fprintf(file, "%s\"interpreter_of_words+0x81%d (words)\"", i ? "," : "", i);
    }
    fputs("]}\n", file);
    for (int i = 0; i < 9; i++) {
        fprintf(file, "{\"op\":\"alloc\",\"id\":%d,\"size\":%d,\"site\":%d}\n", i + 1, 900 - 100 * i, i);
    }
    fclose(file);
    fixture_open(sites, NULL, "first_fit", 8192);
    ck_assert(source_load(sites->source, path, NULL));
    unlink(path);
    app_opened(sites->app);
    app_seek(sites->app, 9);
    app_state(sites->app)->colour = COLOUR_SITE;
}

/* The seven largest sites are named, by what tells them apart; the scale's words give way. */
START_TEST(seven_sites_have_their_names)
{
    struct fixture sites;
    open_sites(&sites);
    app_resize(sites.app, 1440, 900);
    const struct drawlist *list = fixture_draw(&sites);
    uint32_t named = 0;
    for (size_t i = 0; i < list->count; i++) {
        const char *text = list->ops[i].type == DRAW_TEXT ? drawlist_text(list, &list->ops[i]) : "";
        size_t len = strlen(text);
        ck_assert_msg(!strstr(text, "a row"), "%s", text);
        if (strncmp(text, "inter", 5) == 0 && strstr(text, "\u2026")) {
            ck_assert_int_eq(text[len - 1], (int)('0' + named));
            named++;
        }
    }
    ck_assert_uint_eq(named, 7);
    app_state(sites.app)->colour = COLOUR_KIND;
    list = fixture_draw(&sites);
    bool scale = false;
    for (size_t i = 0; i < list->count; i++) {
        scale = scale || (list->ops[i].type == DRAW_TEXT && strstr(drawlist_text(list, &list->ops[i]), "a row"));
    }
    ck_assert(scale);
    fixture_close(&sites);
}
END_TEST

/* What was granted is a sum, and the swatch before each number says of what. */
START_TEST(granted_bytes_are_named_by_their_swatches)
{
    static const enum kind kinds[] = {KIND_HEADER, KIND_PAYLOAD, KIND_SLACK};
    const struct model *model = source_model(f.source);
    fixture_draw(&f); /* goes to the failure */
    app_pin(f.app, model->blocks[0].id);
    const struct drawlist *list = fixture_draw(&f);
    char total[40];
    snprintf(total, sizeof total, "%s = ", format_count(model->blocks[0].size).s);
    size_t at = 0;
    while (at < list->count && (list->ops[at].type != DRAW_TEXT || strcmp(drawlist_text(list, &list->ops[at]), total) != 0)) {
        at++;
    }
    ck_assert_uint_lt(at, list->count);
    int found = 0;
    for (size_t i = 0; i < at; i++) {
        const struct draw_op *op = &list->ops[i];
        for (int k = 0; k < 3; k++) {
            found += op->x > app_screen(f.app)->side_x && op->y > list->ops[at].y - 12 && op->y < list->ops[at].y && op->w == 9 &&
                     op->colour == themes[THEME_DARK].kinds[kinds[k]].fill;
        }
    }
    ck_assert_int_eq(found, 3);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("viz_map");
    TCase *cases = tcase_create("map");
    tcase_set_timeout(cases, 120);
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, hints_fit_the_state);
    tcase_add_test(cases, a_run_without_failure_has_no_key_for_it);
    tcase_add_test(cases, the_card_has_the_key_to_why);
    tcase_add_test(cases, a_hole_that_would_do_is_not_said_to_be_too_small);
    tcase_add_test(cases, bytes_that_nobody_has_are_not_a_full_heap);
    tcase_add_test(cases, patterns_of_the_map_hang_on_its_rows);
    tcase_add_test(cases, granules_are_equally_wide_and_panes_share_the_edges);
    tcase_add_test(cases, a_small_part_fills_the_map);
    tcase_add_test(cases, tags_leave_the_pins_free);
    tcase_add_test(cases, seven_sites_have_their_names);
    tcase_add_test(cases, granted_bytes_are_named_by_their_swatches);
    suite_add_tcase(suite, cases);
    return fixture_run(suite);
}
