/* What the pictures are made from: look-ups, pins, columns, numbers, playing, keys, colours. */
#include "colouring.h"
#include "columns.h"
#include "format.h"
#include "player.h"
#include "viz_fixture.h"

#define MANY 400

struct made { struct model model; struct model_span spans[3 * MANY]; struct model_block blocks[MANY]; };

/* Blocks of header, payload and perhaps slack, with holes between them; a control span first. */
static void make_model(struct made *made, uint64_t seed, uint32_t blocks)
{
    uint32_t off = 16, spans = 0;
    memset(made, 0, sizeof *made);
    made->spans[spans++] = (struct model_span){0, 16, MODEL_NONE, KIND_CONTROL};
    for (uint32_t i = 0; i < blocks; i++) {
        uint32_t size = 8 * (1 + fixture_random(&seed) % 12), hole = fixture_random(&seed) % 3 ? 0 : 8 * (1 + fixture_random(&seed) % 20);
        made->blocks[i] = (struct model_block){.id = i + 1, .off = off, .size = size + 8, .payload_off = off + 8, .header = 8, .requested = size};
        made->spans[spans++] = (struct model_span){off, 8, i, KIND_HEADER};
        made->spans[spans++] = (struct model_span){off + 8, size, i, KIND_PAYLOAD};
        off += size + 8;
        if (hole) {
            made->spans[spans++] = (struct model_span){off, hole, MODEL_NONE, KIND_FREE};
        }
        off += hole;
    }
    made->model = (struct model){.state = MODEL_READY, .arena_bytes = off, .spans = made->spans, .span_count = spans, .blocks = made->blocks,
                                 .block_count = blocks};
}

START_TEST(span_at_finds_the_span_of_every_byte)
{
    static struct made made;
    make_model(&made, 7, 100);
    for (uint32_t off = 0; off < made.model.arena_bytes; off++) {
        uint32_t i = model_span_at(&made.model, off);
        ck_assert_uint_lt(i, made.model.span_count);
        ck_assert(off >= made.spans[i].off && off - made.spans[i].off < made.spans[i].size);
    }
    ck_assert_uint_eq(model_span_at(&made.model, made.model.arena_bytes), MODEL_NONE);
}
END_TEST

/* The stretch from behind block `first - 1` to block `last + 1`, in bytes, and what stands in it. */
static uint32_t stretch(const struct made *made, uint32_t first, uint32_t last, uint32_t *pin_bytes)
{
    uint32_t from = first ? made->blocks[first - 1].off + made->blocks[first - 1].size : 16;
    uint32_t to = last + 1 < made->model.block_count ? made->blocks[last + 1].off : made->model.arena_bytes;
    *pin_bytes = 0;
    for (uint32_t i = first; i <= last; i++) {
        *pin_bytes += made->blocks[i].size;
    }
    return to - from;
}

START_TEST(pins_are_the_fewest_blocks_as_a_slow_search_finds_them)
{
    static struct made made;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        make_model(&made, seed, 60);
        for (uint32_t gross = 40; gross < 1200; gross += 97) {
            uint32_t best_count = UINT32_MAX, best_bytes = UINT32_MAX;
            for (uint32_t first = 0; first < 60; first++) {
                for (uint32_t last = first; last < 60; last++) {
                    uint32_t bytes, count = last - first + 1;
                    if (stretch(&made, first, last, &bytes) < gross) {
                        continue;
                    }
                    if (count < best_count || (count == best_count && bytes < best_bytes)) {
                        best_count = count;
                        best_bytes = bytes;
                    }
                }
            }
            struct model_window found = model_find_pins(&made.model, gross);
            ck_assert_msg(found.count == best_count && found.pin_bytes == best_bytes, "seed %d gross %u: %u blocks of %u B, not %u of %u",
                          (int)seed, gross, found.count, found.pin_bytes, best_count, best_bytes);
            ck_assert_uint_ge(found.bytes, gross);
        }
    }
}
END_TEST

START_TEST(no_pins_where_nothing_could_ever_fit)
{
    static struct made made;
    make_model(&made, 3, 10);
    ck_assert_uint_eq(model_find_pins(&made.model, made.model.arena_bytes + 8).count, 0);
}
END_TEST

START_TEST(marks_are_found_both_ways)
{
    const struct model_mark marks[] = {{5, MARK_PHASE, "a", 0}, {9, MARK_FAILURE, NULL, 1}, {9, MARK_PEAK, NULL, 1}, {20, MARK_FAILURE, NULL, 1}};
    const struct model model = {.marks = marks, .mark_count = 4};
    ck_assert_uint_eq(model_next_mark(&model, 0, 1, false), 5);
    ck_assert_uint_eq(model_next_mark(&model, 5, 1, false), 9);
    ck_assert_uint_eq(model_next_mark(&model, 9, 1, true), 20);
    ck_assert_uint_eq(model_next_mark(&model, 20, 1, true), 20);
    ck_assert_uint_eq(model_next_mark(&model, 20, -1, true), 9);
    ck_assert_uint_eq(model_next_mark(&model, 9, -1, true), 9);
    ck_assert_uint_eq(model_next_mark(&model, 9, -1, false), 5);
}
END_TEST

START_TEST(columns_show_their_last_event_and_keep_the_extremes)
{
    uint32_t payload[1000], in_use[1000], free_bytes[1000], largest[1000];
    for (uint32_t i = 0; i < 1000; i++) {
        payload[i] = i;
        in_use[i] = 2 * i;
        free_bytes[i] = 1000;
        largest[i] = i == 555 ? 0 : 1000;
    }
    const struct model model = {.count = 1000, .run_version = 1, .history = {payload, in_use, free_bytes, largest}};
    struct columns columns = {0};
    ck_assert(columns_update(&columns, &model, 100));
    ck_assert_uint_eq(columns.list[0].payload, 9);
    ck_assert_uint_eq(columns.list[99].payload, 999);
    ck_assert_float_eq(columns.list[55].external, 0);
    ck_assert_float_eq(columns.list[55].external_max, 1);
    ck_assert_float_eq(columns.list[99].internal, 0.5f);
    ck_assert(columns_update(&columns, &model, 3000)); /* more pixels than events */
    ck_assert_uint_eq(columns.list[2999].payload, 999);
    columns_free(&columns);
}
END_TEST

START_TEST(numbers_are_written_as_people_read_them)
{
    ck_assert_str_eq(format_count(0).s, "0");
    ck_assert_str_eq(format_count(999).s, "999");
    ck_assert_str_eq(format_count(1000).s, "1,000");
    ck_assert_str_eq(format_count(UINT64_MAX).s, "18,446,744,073,709,551,615");
    ck_assert_str_eq(format_bytes(1114).s, "1,114 B");
    ck_assert_str_eq(format_size(1023).s, "1,023 B");
    ck_assert_str_eq(format_size(40960).s, "40 KiB");
    ck_assert_str_eq(format_size(116838).s, "114.1 KiB");
    ck_assert_str_eq(format_size(2147479552).s, "2.0 GiB");
    ck_assert_str_eq(format_size((1u << 30) - 4096).s, "1.0 GiB");
    ck_assert_str_eq(format_size(UINT64_MAX).s, "16.0 EiB");
    ck_assert_str_eq(format_exact(2700 * 1024).s, "2,700 KiB");
    ck_assert_str_eq(format_exact(3 << 20).s, "3 MiB");
    ck_assert_str_eq(format_exact(18000).s, "18,000 B");
    ck_assert_str_eq(format_size(UINT64_C(2) << 30).s, "2 GiB");
    ck_assert_str_eq(format_percent(1, 3).s, "33.3 %");
    ck_assert_str_eq(format_percent(1, 0).s, "0.0 %");
    ck_assert_str_eq(format_address(0x20001000).s, "20001000");
    ck_assert_str_eq(format_speed(300000).s, "300k/s");
    ck_assert_str_eq(format_speed(1000).s, "1k/s");
    ck_assert_str_eq(format_speed(1290).s, "1.2k/s");
}
END_TEST

START_TEST(playing_loses_no_time)
{
    struct player player = {.playing = true};
    uint64_t events = 0;
    while (player_speed(&player) < 1000) {
        player_faster(&player);
    }
    for (int i = 0; i < 600; i++) {
        events += player_advance(&player, 1.0 / 60);
    }
    ck_assert_uint_ge(events, 9999);
    ck_assert_uint_le(events, 10000);
    player.playing = false;
    ck_assert_uint_eq(player_advance(&player, 5), 0);
}
END_TEST

START_TEST(speeds_have_ends_and_fit_a_minute)
{
    struct player player = {0};
    player_slower(&player);
    ck_assert_uint_eq(player_speed(&player), 1);
    for (int i = 0; i < 100; i++) {
        player_faster(&player);
    }
    ck_assert_uint_eq(player_speed(&player), 1000000);
    player_fit(&player, 10000);
    ck_assert_uint_eq(player_speed(&player), 100);
    player_fit(&player, 0);
    ck_assert_uint_eq(player_speed(&player), 1);
}
END_TEST

START_TEST(a_run_lasts_as_long_as_asked)
{
    struct player player = {0};
    player_last(&player, 36000, 30);
    ck_assert_uint_eq(player_speed(&player), 1200);
    player_slower(&player);
    ck_assert_uint_eq(player_speed(&player), 1000);
    player_last(&player, 36000, 30);
    player_faster(&player);
    ck_assert_uint_eq(player_speed(&player), 3000);
    player_last(&player, 3, 30);
    ck_assert_uint_eq(player_speed(&player), 1);
    player_last(&player, UINT32_MAX, 30);
    ck_assert_uint_eq(player_speed(&player), 1000000);
    for (uint32_t count = 300; count < 30000000; count = count * 5 / 4) {
        player_last(&player, count, 30);
        double seconds = (double)count / player_speed(&player);
        ck_assert_msg(seconds > 28 && seconds < 33, "%u events take %.1f s", count, seconds);
    }
}
END_TEST

START_TEST(every_action_has_a_key_and_no_key_two_actions)
{
    for (int action = 1; action < ACTION_COUNT; action++) {
        int keys = 0;
        for (uint32_t i = 0; i < input_key_count; i++) {
            keys += input_keys[i].action == action;
        }
        bool menu = action >= ACTION_UP;
        ck_assert_msg(menu || keys > 0, "action %d has no key", action);
    }
    for (uint32_t i = 0; i < input_key_count; i++) {
        for (uint32_t k = 0; k < i; k++) {
            ck_assert(input_keys[i].key != input_keys[k].key || input_keys[i].mods != input_keys[k].mods);
        }
    }
    ck_assert_int_eq(input_action(KEY_UP, 0, 1), ACTION_UP);
    ck_assert_int_eq(input_action(KEY_UP, 0, 0), ACTION_NONE);
    ck_assert_int_eq(input_action(KEY_SPACE, 0, 1), ACTION_CHOOSE);
    ck_assert_int_eq(input_action(KEY_HOME, 0, 1), ACTION_TOP);
    ck_assert_int_eq(input_action(KEY_LEFT, 0, 1), ACTION_NONE);
    ck_assert_int_eq(input_action('q', MOD_CTRL, 1), ACTION_QUIT);
    ck_assert_int_eq(input_action('?', 0, 0), ACTION_HELP);
}
END_TEST

START_TEST(texts_reach_their_contrast_in_every_theme)
{
    for (int id = 0; id < THEME_COUNT; id++) {
        const struct theme *t = &themes[id];
        const uint32_t grounds[] = {t->bg, t->surface, t->well}, inks[] = {t->ink, t->ink2, t->ink3, t->fail, t->ok};
        for (int g = 0; g < 3; g++) {
            for (int i = 0; i < 5; i++) {
                ck_assert_msg(theme_contrast(inks[i], grounds[g]) >= 4.5, "%s: ink %d on ground %d has %.2f", t->name, i, g,
                              theme_contrast(inks[i], grounds[g]));
            }
        }
        for (int kind = 0; kind < KIND_COUNT; kind++) {
            ck_assert(theme_contrast(theme_label_ink(t->kinds[kind].fill), t->kinds[kind].fill) >= 4.5);
        }
        ck_assert(theme_contrast(t->ink, t->failbg) >= 4.5 && theme_contrast(t->ink2, t->failbg) >= 4.5);
    }
}
END_TEST

START_TEST(colour_modes_that_the_trace_cannot_serve_fall_back)
{
    const struct model_block young = {.requested = 8, .birth = 99}, old = {.requested = 4096, .birth = 1};
    const struct model model = {.count = 100, .event = 100};
    struct colouring colouring = colouring_make(&themes[THEME_DARK], &model, COLOUR_SITE);
    ck_assert_int_eq(colouring.mode, COLOUR_KIND);
    colouring = colouring_make(&themes[THEME_DARK], &model, COLOUR_SIZE);
    ck_assert_uint_eq(colouring_payload(&colouring, &young), themes[THEME_DARK].ramp[0]);
    ck_assert_uint_eq(colouring_payload(&colouring, &old), themes[THEME_DARK].ramp[RAMP_STEPS - 1]);
    colouring = colouring_make(&themes[THEME_DARK], &model, COLOUR_AGE);
    ck_assert_uint_ne(colouring_payload(&colouring, &young), colouring_payload(&colouring, &old));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("viz_model");
    TCase *cases = tcase_create("model");
    tcase_add_test(cases, span_at_finds_the_span_of_every_byte);
    tcase_add_test(cases, pins_are_the_fewest_blocks_as_a_slow_search_finds_them);
    tcase_add_test(cases, no_pins_where_nothing_could_ever_fit);
    tcase_add_test(cases, marks_are_found_both_ways);
    tcase_add_test(cases, columns_show_their_last_event_and_keep_the_extremes);
    tcase_add_test(cases, numbers_are_written_as_people_read_them);
    tcase_add_test(cases, playing_loses_no_time);
    tcase_add_test(cases, speeds_have_ends_and_fit_a_minute);
    tcase_add_test(cases, a_run_lasts_as_long_as_asked);
    tcase_add_test(cases, every_action_has_a_key_and_no_key_two_actions);
    tcase_add_test(cases, texts_reach_their_contrast_in_every_theme);
    tcase_add_test(cases, colour_modes_that_the_trace_cannot_serve_fall_back);
    tcase_set_timeout(cases, 60);
    suite_add_tcase(suite, cases);
    return fixture_run(suite);
}
