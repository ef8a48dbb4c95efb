/* What is chosen is shared: a block that is pinned in one view is pinned in all of them, through themes, seeks, and other runs of the
 * trace; the range and the cursor too. */
#include "viz_fixture.h"

static struct fixture f;

static void setup(void) { fixture_open(&f, fixture_trace(3, 20, 1), "first_fit", 40000); }
static void teardown(void) { fixture_close(&f); }

static const struct model *model(void) { return source_model(f.source); }
static struct view_state *state(void) { return app_state(f.app); }

/* The colour of the pinned block's outline and of its life on the strip, among all fills. */
static uint32_t focus_fills(void)
{
    const struct drawlist *list = fixture_draw(&f);
    uint32_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        count += list->ops[i].type == DRAW_FILL && list->ops[i].colour == themes[state()->theme].focus;
    }
    return count;
}

/* Clicks into a block of at least 12 B in the rows that are shown; returns its id. */
static uint64_t click_some_block(void)
{
    const struct map_grid *grid = &app_screen(f.app)->grid;
    for (uint32_t i = 0; i < model()->block_count; i++) {
        const struct model_block *block = &model()->blocks[i];
        uint32_t at = block->payload_off - grid->first, x = at % grid->row_bytes;
        if (block->payload_off < grid->first || at + block->requested > grid->bytes || block->requested < 12 || x + 12 > grid->row_bytes) {
            continue;
        }
        app_mouse_down(f.app, grid_x(grid, x + 6), grid->y + (int)(at / grid->row_bytes) * grid->pitch + 1);
        app_mouse_up(f.app);
        app_mouse_leave(f.app);
        return block->id;
    }
    ck_abort_msg("no block of 12 B in one row");
    return 0;
}

/* In each view the pinned block is seen: without the pin there is less of the focus colour. */
START_TEST(a_block_pinned_by_a_click_is_pinned_in_every_view)
{
    static const uint32_t keys[] = {'2', '3', '4', '5', '1'};
    app_seek(f.app, 700);
    fixture_draw(&f);
    app_key(f.app, _i ? '4' : '1', 0);
    fixture_draw(&f);
    state()->bytes.first = model()->blocks[model()->block_count / 2].off;
    fixture_draw(&f);
    uint64_t id = click_some_block();
    ck_assert(state()->pinned && state()->pinned_id == id);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        app_key(f.app, keys[i], 0);
        uint32_t with = focus_fills();
        ck_assert(state()->pinned && state()->pinned_id == id);
        state()->pinned = false;
        uint32_t without = focus_fills();
        ck_assert_msg(with > without || keys[i] == '5', "view %c: %u fills with the pin, %u without", (char)keys[i], with, without);
        app_pin(f.app, id);
    }
}
END_TEST

START_TEST(pin_range_and_cursor_outlive_looks_seeks_and_other_runs)
{
    static const uint32_t keys[][2] = {{'t', 0}, {'l', 0}, {'p', 0}, {'p', 0}, {'c', 0}, {KEY_TAB, 0}, {KEY_UP, MOD_CTRL},
                                       {'i', 0}, {'h', MOD_SHIFT}, {KEY_TAB, MOD_SHIFT}};
    app_seek(f.app, 700);
    fixture_draw(&f);
    uint64_t id = click_some_block();
    state()->range_from = 100;
    state()->range_to = 500;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        app_key(f.app, keys[i][0], keys[i][1]);
        fixture_draw(&f);
        ck_assert_int_eq(model()->state, MODEL_READY);
        ck_assert_uint_eq(model()->event, 700);
        ck_assert(state()->pinned && state()->pinned_id == id);
        ck_assert(state()->range_from == 100 && state()->range_to == 500);
        uint32_t block = model_block_of_id(model(), id);
        ck_assert_msg(block != MODEL_NONE, "key %u of %s", (unsigned)i, model()->policy_name);
    }
    app_key(f.app, KEY_END, 0); /* where it is dead, and back */
    fixture_draw(&f);
    app_key(f.app, '4', 0);
    fixture_draw(&f);
    app_seek(f.app, 0);
    fixture_draw(&f);
    app_seek(f.app, 700);
    fixture_draw(&f);
    ck_assert(state()->pinned && state()->pinned_id == id);
    ck_assert_uint_ne(model_block_of_id(model(), id), MODEL_NONE);
    app_key(f.app, KEY_ESCAPE, 0); /* back to the map, */
    ck_assert(state()->pinned && state()->view == VIEW_MAP);
    app_key(f.app, KEY_ESCAPE, 0); /* then the range goes, which covers the panel of the pinned block, then the pin */
    ck_assert(state()->pinned && state()->range_from == VIEW_NO_EVENT && state()->range_to == VIEW_NO_EVENT);
    app_key(f.app, KEY_ESCAPE, 0);
    ck_assert(!state()->pinned);
}
END_TEST

/* In every view J goes from block to block, in address order; without a pin it begins with what the map shows. */
START_TEST(j_pins_the_next_block_everywhere)
{
    static const uint32_t keys[] = {'1', '2', '3', '5'};
    app_seek(f.app, 700);
    app_key(f.app, keys[_i], 0);
    fixture_draw(&f);
    for (uint32_t i = 0; i < 5; i++) {
        app_key(f.app, 'j', 0);
        fixture_draw(&f);
        ck_assert(state()->pinned && state()->pinned_id == model()->blocks[i].id);
    }
    app_key(f.app, 'j', MOD_SHIFT);
    ck_assert_uint_eq(state()->pinned_id, model()->blocks[3].id);
    state()->pinned = false;
    fixture_draw(&f);
    app_key(f.app, 'j', MOD_SHIFT);
    ck_assert_uint_eq(state()->pinned_id, model()->blocks[model()->block_count - 1].id);
    app_key(f.app, 'j', 0); /* there is no other */
    ck_assert_uint_eq(state()->pinned_id, model()->blocks[model()->block_count - 1].id);
}
END_TEST

/* With several lanes the keys of a view speak of the lane that it shows. */
START_TEST(keys_speak_of_the_chosen_lane)
{
    fixture_close(&f);
    fixture_open(&f, fixture_trace(3, 20, 1), "first_fit,buddy", 40000);
    app_seek(f.app, 700);
    state()->view = VIEW_BYTES;
    state()->chosen_lane = 1;
    fixture_draw(&f);
    const struct model *shown = source_lane(f.source, 1);
    uint32_t differ = 0;
    for (uint32_t i = 0; i + 1 < shown->block_count; i++) {
        app_pin(f.app, shown->blocks[i].id);
        uint32_t other = model_block_of_id(model(), shown->blocks[i].id);
        differ += other != MODEL_NONE && other + 1 < model()->block_count && model()->blocks[other + 1].id != shown->blocks[i + 1].id;
        app_key(f.app, 'j', 0);
        ck_assert_uint_eq(state()->pinned_id, shown->blocks[i + 1].id);
    }
    ck_assert_uint_gt(differ, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("viz_shared");
    TCase *cases = tcase_create("shared");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_loop_test(cases, a_block_pinned_by_a_click_is_pinned_in_every_view, 0, 2);
    tcase_add_loop_test(cases, j_pins_the_next_block_everywhere, 0, 4);
    tcase_add_test(cases, keys_speak_of_the_chosen_lane);
    tcase_add_test(cases, pin_range_and_cursor_outlive_looks_seeks_and_other_runs);
    tcase_set_timeout(cases, 60);
    suite_add_tcase(suite, cases);
    return fixture_run(suite);
}
