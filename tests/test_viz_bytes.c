/* The Bytes view: every byte of the arena stands in its cell, the block's words are the memory's, and the sum of a block is explained. */
#include <heap/policy.h>

#include "format.h"
#include "options.h"
#include "viz_check.h"
#include "viz_fixture.h"

static struct fixture f;

static void setup(void) { fixture_open(&f, fixture_trace(3, 20, 1), "first_fit", 9000); }
static void teardown(void) { fixture_close(&f); }

static const struct model *model(void) { return source_model(f.source); }

static bool says(const struct drawlist *list, const char *words)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->ops[i].type == DRAW_TEXT && strcmp(drawlist_text(list, &list->ops[i]), words) == 0) {
            return true;
        }
    }
    return false;
}

/* Does a text end so? Behind a sum stands its value. */
static bool says_end(const struct drawlist *list, const char *end)
{
    for (size_t i = 0; i < list->count; i++) {
        const char *text = list->ops[i].type == DRAW_TEXT ? drawlist_text(list, &list->ops[i]) : "";
        size_t len = strlen(text);
        if (len >= strlen(end) && strcmp(text + len - strlen(end), end) == 0) {
            return true;
        }
    }
    return false;
}

static const struct drawlist *draw_at(uint32_t event)
{
    app_state(f.app)->view = VIEW_BYTES;
    app_seek(f.app, event);
    return fixture_draw(&f);
}

START_TEST(the_pinned_block_is_shown_with_its_bytes_and_its_sum)
{
    draw_at(700);
    char words[64];
    uint32_t checked = 0;
    for (uint32_t i = 0; i < model()->block_count; i += 3) {
        struct model_block block = model()->blocks[i];
        app_pin(f.app, block.id);
        app_state(f.app)->bytes.first = VIEW_NO_OFF;
        const struct drawlist *list = fixture_draw(&f);
        const struct map_grid *grid = &app_screen(f.app)->grid;
        ck_assert_uint_eq(grid->row_bytes, 32);
        ck_assert(block.off >= grid->first && block.off - grid->first < grid->bytes);
        snprintf(words, sizeof words, "Block #%llu", (unsigned long long)block.id);
        ck_assert_msg(says(list, words), "%s", words);
        snprintf(words, sizeof words, "Why %s", format_bytes(block.size).s);
        ck_assert_msg(says(list, words), "%s", words);
        snprintf(words, sizeof words, "+ 4 = %s", format_count(block.requested + 4).s);
        ck_assert_msg(says(list, words), "%s", words);
        const uint8_t *at = model()->memory + block.off;
        uint32_t word = (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
        snprintf(words, sizeof words, "%08X", (unsigned)word);
        ck_assert_uint_eq(word & ~3u, block.size);
        ck_assert_msg(says(list, words) && says(list, "used") && says(list, "before free"), "%s", words);
        checked++;
    }
    ck_assert_uint_gt(checked, 5);
}
END_TEST

/* What the panel promises, the heap does: freeing the block makes a hole of that size. */
START_TEST(the_hole_that_freeing_would_make_is_made)
{
    const uint32_t count = model()->count;
    uint32_t seen = 0;
    for (uint32_t event = 200; event < count && seen < 20; event++) {
        bool frees;
        uint64_t id = source_event_id(f.source, event + 1, &frees);
        if (!frees) {
            continue;
        }
        char words[64] = "";
        draw_at(event);
        uint32_t index = model_block_of_id(model(), id);
        if (index == MODEL_NONE) {
            continue; /* it was never allocated: that failed */
        }
        uint32_t off = model()->blocks[index].off;
        app_pin(f.app, id);
        app_state(f.app)->bytes.first = VIEW_NO_OFF;
        fixture_draw(&f);
        ck_assert(source_seek(f.source, event + 1));
        uint32_t span = model_span_at(model(), off);
        ck_assert_int_eq(model()->spans[span].kind, KIND_FREE);
        snprintf(words, sizeof words, "%s", format_bytes(model()->spans[span].size).s);
        const struct drawlist *list = draw_at(event);
        ck_assert_msg(says(list, "freed: a hole of") && says_end(list, words), "event %u: %s", (unsigned)event, words);
        seen++;
    }
    ck_assert_uint_eq(seen, 20);
}
END_TEST

START_TEST(without_a_pin_it_stands_at_the_last_event_or_the_largest_hole)
{
    for (uint32_t event = 300; event < 600; event++) {
        draw_at(event);
        const struct map_grid *grid = &app_screen(f.app)->grid;
        uint32_t placed = model()->history.placed[event - 1], off = model()->largest_off;
        if (placed == MODEL_PLACED_NOTHING || (placed == MODEL_PLACED_FAILED && model()->largest_bytes == 0)) {
            continue;
        }
        off = placed == MODEL_PLACED_FAILED ? off : placed;
        ck_assert_msg(off >= grid->first && off - grid->first < grid->bytes, "event %u: %u is not shown in %u + %u, placed %u", (unsigned)event, (unsigned)off, grid->first, grid->bytes, placed);
    }
}
END_TEST

START_TEST(keys_and_the_wheel_scroll_rows_within_the_heap)
{
    draw_at(120);
    const struct map_grid *grid = &app_screen(f.app)->grid;
    uint32_t first = grid->first, last = (9000 / 32 + 1) * 32;
    app_key(f.app, KEY_DOWN, 0);
    fixture_draw(&f);
    ck_assert_uint_eq(grid->first, first + 32);
    app_key(f.app, KEY_UP, 0);
    fixture_draw(&f);
    ck_assert_uint_eq(grid->first, first);
    app_key(f.app, KEY_PAGE_DOWN, 0);
    fixture_draw(&f);
    ck_assert_uint_eq(grid->first, first + 32 * (uint32_t)(grid->rows - 1));
    app_mouse_move(f.app, app_screen(f.app)->map.x + 5, app_screen(f.app)->map.y + 5);
    app_wheel(f.app, 1);
    fixture_draw(&f);
    ck_assert_uint_eq(grid->first, first + 32 * (uint32_t)(grid->rows - 4));
    for (int i = 0; i < 200; i++) {
        app_key(f.app, KEY_PAGE_DOWN, 0);
        fixture_draw(&f);
    }
    ck_assert_uint_eq(grid->first + (uint32_t)grid->rows * 32, last);
    for (int i = 0; i < 200; i++) {
        app_key(f.app, KEY_PAGE_UP, 0);
        fixture_draw(&f);
    }
    ck_assert_uint_eq(grid->first, 0);
    app_key(f.app, 'r', 0);
    fixture_draw(&f);
    ck_assert_uint_eq(grid->first, first);
    ck_assert_uint_eq(model()->event, 120);
}
END_TEST

START_TEST(a_click_pins_and_keeps_the_rows_and_j_goes_from_block_to_block)
{
    draw_at(120);
    const struct map_grid grid = app_screen(f.app)->grid;
    const struct model_block *block = NULL;
    for (uint32_t i = 0; i < model()->block_count && !block; i++) {
        uint32_t off = model()->blocks[i].off;
        block = off >= grid.first && off - grid.first < grid.bytes ? &model()->blocks[i] : NULL;
    }
    ck_assert_ptr_nonnull(block);
    app_mouse_down(f.app, grid_x(&grid, (block->off - grid.first) % 32) + 2, grid.y + grid_row(&grid, block->off) * grid.pitch + 2);
    app_mouse_up(f.app);
    fixture_draw(&f);
    ck_assert_uint_eq(app_state(f.app)->pinned_id, block->id);
    ck_assert_uint_eq(app_screen(f.app)->grid.first, grid.first);
    app_key(f.app, 'j', 0);
    fixture_draw(&f);
    ck_assert_uint_eq(app_state(f.app)->pinned_id, block[1].id);
    app_key(f.app, 'j', MOD_SHIFT);
    fixture_draw(&f);
    ck_assert_uint_eq(app_state(f.app)->pinned_id, block->id);
}
END_TEST

START_TEST(z_enters_and_leaves)
{
    app_seek(f.app, 500);
    fixture_draw(&f);
    app_key(f.app, 'z', 0);
    fixture_draw(&f);
    ck_assert_int_eq(app_state(f.app)->view, VIEW_BYTES);
    app_key(f.app, 'z', 0);
    ck_assert_int_eq(app_state(f.app)->view, VIEW_MAP);
}
END_TEST

static bool parse(const char *value, struct view_options *options)
{
    char name[] = "heaplab-view", option[] = "--bytes", text[32], trace[] = "t.json", *argv[] = {name, option, text, trace, NULL}, why[300];
    snprintf(text, sizeof text, "%s", value);
    return view_options_parse(options, 4, argv, why, sizeof why);
}

START_TEST(the_command_line_repeats_what_is_shown)
{
    struct view_options options;
    draw_at(120);
    app_key(f.app, 'h', 0);
    app_key(f.app, 'k', 0);
    ck_assert_ptr_nonnull(strstr(app_state(f.app)->message, " --view bytes "));
    ck_assert_ptr_nonnull(strstr(app_state(f.app)->message, " --bytes hex "));
    app_key(f.app, KEY_DOWN, 0);
    fixture_draw(&f);
    char words[40];
    snprintf(words, sizeof words, " --bytes hex,%u ", (unsigned)app_screen(f.app)->grid.first);
    app_key(f.app, 'k', 0);
    ck_assert_ptr_nonnull(strstr(app_state(f.app)->message, words));
    ck_assert(parse("hex,64", &options));
    ck_assert(options.bytes.shows == BYTES_HEX && options.bytes.first == 64);
    ck_assert(parse("ascii", &options));
    ck_assert(options.bytes.shows == BYTES_ASCII && options.bytes.first == VIEW_NO_OFF);
    ck_assert(!parse("decimal", &options) && !parse("hex,", &options) && !parse("hex,x", &options) && !parse("", &options));
}
END_TEST

/* Every policy, every way to show bytes, small and large windows, both languages: nothing is cut, nothing overlaps. */
START_TEST(every_policy_can_be_read)
{
    static const int sizes[3][2] = {{1024, 640}, {1280, 800}, {1920, 1080}};
    const char *name = model()->policy_names[_i];
    struct fixture own;
    char why[300];
    fixture_open(&own, fixture_trace(5, 8, 1), name, 20480);
    ck_assert_int_eq(source_model(own.source)->state, MODEL_READY);
    app_state(own.app)->view = VIEW_BYTES;
    for (uint32_t i = 0; i < 18; i++) {
        app_seek(own.app, 40 + 53 * i);
        app_resize(own.app, sizes[i % 3][0], sizes[i % 3][1]);
        app_state(own.app)->language = i % 2 ? LANGUAGE_CHINESE : LANGUAGE_ENGLISH;
        app_state(own.app)->theme = i % 4 ? THEME_DARK : THEME_LIGHT;
        app_key(own.app, 'h', 0);
        if (i % 5 == 4) {
            app_key(own.app, 'j', 0);
        }
        const struct drawlist *list = fixture_draw(&own);
        ck_assert_msg(check_list(list, sizes[i % 3][0], sizes[i % 3][1], (int)(11 * app_screen(own.app)->scale), why, sizeof why), "%s, %u: %s",
                      name, (unsigned)i, why);
    }
    fixture_close(&own);
}
END_TEST

/* "1,234" of the text from `at` on. */
static uint32_t number_at(const char *at)
{
    uint32_t value = 0;
    for (; (*at >= '0' && *at <= '9') || *at == ','; at++) {
        value = *at == ',' ? value : value * 10 + (uint32_t)(*at - '0');
    }
    return value;
}

/* The steps of "Why m B" in a picture: each begins where the last ended. Returns where they end. */
static uint32_t sum_of_steps(const struct drawlist *list, uint32_t requested, const char *name)
{
    uint32_t sum = requested;
    for (size_t i = 0; i < list->count; i++) {
        const char *text = list->ops[i].type == DRAW_TEXT ? drawlist_text(list, &list->ops[i]) : "", *equals = strstr(text, " = ");
        if (text[0] == '+' && text[1] == ' ' && equals) {
            sum += number_at(text + 2);
            ck_assert_msg(number_at(equals + 3) == sum, "%s: %s is not %u", name, text, (unsigned)sum);
        }
    }
    return sum;
}

/* Requests from nothing to many KiB, one in five aligned, one in four resized to more or less. */
static struct trace *mixed_trace(void)
{
    struct trace *trace = trace_new("mixed");
    uint64_t state = 11;
    ck_assert_ptr_nonnull(trace);
    for (uint64_t id = 1; id <= 300; id++) {
        uint32_t roll = fixture_random(&state);
        struct trace_event event = {.op = TRACE_ALLOC, .id = id, .size = roll % 40 == 0 ? 3000 + roll % 9000 : roll % 200, .count = 1,
                                    .align = roll % 5 == 0 ? UINT64_C(8) << roll % 7 : 0, .t = id, .site = TRACE_NO_SITE, .slot = TRACE_NO_SLOT};
        ck_assert_int_eq(trace_append(trace, &event), 0);
        if (roll % 4 == 1) {
            event = (struct trace_event){.op = TRACE_REALLOC, .id = id - (id > 3 ? roll % 3 : 0), .size = 1 + fixture_random(&state) % 400,
                                         .count = 1, .t = id, .site = TRACE_NO_SITE, .slot = TRACE_NO_SLOT};
            ck_assert_int_eq(trace_append(trace, &event), 0);
        }
    }
    return trace;
}

/* For every policy, blocks of all sizes, resized ones too: the request and the steps make the block. */
START_TEST(every_policy_explains_every_block)
{
    struct fixture own;
    const char *name = model()->policy_names[_i];
    uint32_t seen = 0;
    fixture_open(&own, mixed_trace(), name, 262144);
    app_state(own.app)->view = VIEW_BYTES;
    for (uint32_t event = 40; event < 370; event += 80) {
        app_seek(own.app, event);
        fixture_draw(&own);
        const struct model *m = source_model(own.source);
        for (uint32_t i = 0; i < m->block_count; i++) {
            app_pin(own.app, m->blocks[i].id);
            uint32_t requested = m->blocks[i].requested, size = m->blocks[i].size;
            ck_assert_uint_eq(sum_of_steps(fixture_draw(&own), requested, name), size);
            seen++;
        }
    }
    ck_assert_uint_gt(seen, 0);
    fixture_close(&own);
}
END_TEST

/* Where the policy tells its lists and its words, a hole's word "next" leads where the list says. */
START_TEST(links_lead_where_the_lists_say)
{
    static const char *const names[] = {"first_fit", "best_fit", "next_fit", "worst_fit", "tlsf"};
    struct fixture own;
    uint32_t seen = 0;
    fixture_open(&own, fixture_trace(5, 8, 1), names[_i], 20480);
    app_state(own.app)->view = VIEW_BYTES;
    for (uint32_t event = 100; event < 900; event += 31) {
        char words[40];
        app_seek(own.app, event);
        const struct drawlist *list = fixture_draw(&own);
        const struct model *m = source_model(own.source);
        for (uint32_t i = 0; i < m->bins.bin_count; i++) {
            const struct model_bin *bin = &m->bins.bins[i];
            for (uint32_t k = bin->first; k + 1 < bin->first + bin->count; k++) {
                uint32_t off = m->bins.blocks[k].off;
                app_state(own.app)->bytes.first = off;
                fixture_draw(&own);
                const struct map_grid *grid = &app_screen(own.app)->grid;
                app_mouse_move(own.app, grid_x(grid, (off - grid->first) % 32) + 1, grid->y + grid_row(grid, off) * grid->pitch + 1);
                list = fixture_draw(&own);
                snprintf(words, sizeof words, "\u2192 %s", format_address(m->arena_base + m->bins.blocks[k + 1].off).s);
                ck_assert_msg(says(list, words), "%s, event %u: %s", names[_i], (unsigned)event, words);
                seen++;
            }
        }
    }
    ck_assert_uint_gt(seen, 5); /* lists of one class are short */
    fixture_close(&own);
}
END_TEST

/* Nothing is pinned: it says what is shown instead, and how to pin; with nothing allocated and no hole, the heap's start. */
START_TEST(without_a_pin_it_says_so)
{
    const struct drawlist *list = draw_at(300);
    ck_assert(says(list, "A click pins a block, J the next one."));
    app_pin(f.app, model()->blocks[0].id);
    ck_assert(!says(fixture_draw(&f), "A click pins a block, J the next one."));
    app_state(f.app)->pinned = false;
    struct fixture own;
    fixture_open(&own, fixture_trace(5, 8, 1), "bump", 1024);
    app_state(own.app)->view = VIEW_BYTES;
    bool start = false;
    for (uint32_t event = 20; event < 200 && !start; event++) {
        app_seek(own.app, event);
        list = fixture_draw(&own);
        ck_assert(says(list, "the largest") == false || source_model(own.source)->largest_bytes > 0);
        start = says(list, "the heap's start");
    }
    ck_assert(start);
    fixture_close(&own);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("viz_bytes");
    TCase *cases = tcase_create("bytes");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, the_pinned_block_is_shown_with_its_bytes_and_its_sum);
    tcase_add_test(cases, the_hole_that_freeing_would_make_is_made);
    tcase_add_test(cases, without_a_pin_it_stands_at_the_last_event_or_the_largest_hole);
    tcase_add_test(cases, keys_and_the_wheel_scroll_rows_within_the_heap);
    tcase_add_test(cases, a_click_pins_and_keeps_the_rows_and_j_goes_from_block_to_block);
    tcase_add_test(cases, z_enters_and_leaves);
    tcase_add_test(cases, the_command_line_repeats_what_is_shown);
    tcase_add_test(cases, without_a_pin_it_says_so);
    tcase_add_loop_test(cases, links_lead_where_the_lists_say, 0, 5);
    tcase_add_loop_test(cases, every_policy_explains_every_block, 0, (int)heap_policy_count);
    tcase_add_loop_test(cases, every_policy_can_be_read, 0, (int)heap_policy_count);
    tcase_set_timeout(cases, 120);
    suite_add_tcase(suite, cases);
    return fixture_run(suite);
}
