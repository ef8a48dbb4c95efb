/* The rasteriser: what every back end shows. */
#include "backend_image.h"
#include "viz_fixture.h"

#define BLACK 0xFF000000u
#define WHITE 0xFFFFFFFFu

static struct drawlist list;
static struct raster raster;
static struct text *text;

static void setup(void)
{
    char why[300];
    text = text_open(why, sizeof why);
    ck_assert_msg(text != NULL, "%s", why);
    drawlist_init(&list, text);
    ck_assert(raster_resize(&raster, 40, 30));
    draw_fill(&list, rect_make(0, 0, 40, 30), BLACK);
}

static void teardown(void)
{
    drawlist_free(&list);
    raster_free(&raster);
    text_close(text);
}

static uint32_t at(int x, int y) { return raster.pixels[y * raster.w + x]; }

static int count(uint32_t colour)
{
    int n = 0;
    for (int i = 0; i < raster.w * raster.h; i++) {
        n += raster.pixels[i] == colour;
    }
    return n;
}

START_TEST(fill_covers_exactly_its_pixels)
{
    draw_fill(&list, rect_make(3, 4, 5, 6), WHITE);
    raster_draw(&raster, &list);
    ck_assert_int_eq(count(WHITE), 30);
    ck_assert_uint_eq(at(3, 4), WHITE);
    ck_assert_uint_eq(at(7, 9), WHITE);
    ck_assert_uint_eq(at(8, 9), BLACK);
}
END_TEST

START_TEST(rectangles_outside_are_cut_and_empty_ones_dropped)
{
    draw_fill(&list, rect_make(-10, -10, 12, 12), WHITE);
    draw_fill(&list, rect_make(38, 28, 100, 100), WHITE);
    draw_fill(&list, rect_make(5, 5, 0, 3), WHITE);
    draw_fill(&list, rect_make(5, 5, -3, 3), WHITE);
    raster_draw(&raster, &list);
    ck_assert_int_eq(count(WHITE), 8);
    ck_assert_uint_eq(list.count, 3);
}
END_TEST

START_TEST(clip_limits_every_kind_of_operation)
{
    static uint32_t pixels[16];
    const struct draw_image picture = {4, 4, pixels};
    for (int i = 0; i < 16; i++) {
        pixels[i] = WHITE;
    }
    draw_clip(&list, rect_make(10, 10, 3, 3));
    draw_fill(&list, rect_make(0, 0, 11, 40), WHITE);
    draw_pattern(&list, rect_make(0, 0, 40, 11), (struct draw_style){WHITE, WHITE, TILE_DOTS4}, 1, 0, 0);
    draw_shape(&list, SHAPE_DISC, rect_make(0, 0, 40, 30), WHITE);
    draw_image(&list, 9, 9, &picture, rect_make(0, 0, 4, 4));
    draw_text(&list, 0, 20, ALIGN_LEFT, (struct text_style){FACE_MONO, 20, WHITE}, "MMMM");
    raster_draw(&raster, &list);
    for (int y = 0; y < 30; y++) {
        for (int x = 0; x < 40; x++) {
            if (!rect_contains(rect_make(10, 10, 3, 3), x, y)) {
                ck_assert_uint_eq(at(x, y), BLACK);
            }
        }
    }
    ck_assert_uint_eq(at(11, 11), WHITE);
}
END_TEST

START_TEST(half_white_over_black_is_middle_grey_and_opaque)
{
    draw_fill(&list, rect_make(0, 0, 40, 30), 0x80FFFFFFu);
    raster_draw(&raster, &list);
    ck_assert_uint_eq(at(5, 5), 0xFF808080u);
}
END_TEST

START_TEST(patterns_mark_what_the_design_says)
{
    static const struct { uint8_t tile; int marks; } expected[] = { /* marks in 24 x 24 pixels */
        {TILE_RISING4, 144}, {TILE_BARS3, 192}, {TILE_GRID4, 252}, {TILE_DOTS4, 36}, {TILE_FALLING6, 96}, {TILE_FALLING4, 144}, {TILE_RISING8, 72}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        drawlist_clear(&list);
        draw_fill(&list, rect_make(0, 0, 40, 30), BLACK);
        draw_pattern(&list, rect_make(0, 0, 24, 24), (struct draw_style){0xFF010101u, WHITE, expected[i].tile}, 1, 0, 0);
        raster_draw(&raster, &list);
        ck_assert_msg(count(WHITE) == expected[i].marks, "tile %d: %d marks", expected[i].tile, count(WHITE));
    }
}
END_TEST

START_TEST(patterns_stand_still_while_rectangles_move)
{
    const struct draw_style style = {0xFF010101u, WHITE, TILE_FALLING6};
    draw_pattern(&list, rect_make(0, 0, 40, 30), style, 1, 2, 3);
    raster_draw(&raster, &list);
    uint32_t before[40 * 30];
    memcpy(before, raster.pixels, sizeof before);
    for (int x = 0; x < 40; x += 7) { /* the same pattern in pieces */
        draw_pattern(&list, rect_make(x, x / 3, 7, 9), style, 1, 2, 3);
    }
    raster_draw(&raster, &list);
    ck_assert_mem_eq(before, raster.pixels, sizeof before);
}
END_TEST

START_TEST(a_pattern_unit_of_two_doubles_every_mark)
{
    draw_pattern(&list, rect_make(0, 0, 24, 24), (struct draw_style){0xFF010101u, WHITE, TILE_BARS3}, 2, 0, 0);
    raster_draw(&raster, &list);
    for (int x = 0; x < 24; x++) {
        ck_assert_uint_eq(at(x, 0), x % 6 >= 4 ? WHITE : 0xFF010101u);
    }
}
END_TEST

START_TEST(shapes_fill_a_sensible_part_of_their_box_and_stay_in_it)
{
    for (int shape = 0; shape < SHAPE_COUNT; shape++) {
        drawlist_clear(&list);
        draw_fill(&list, rect_make(0, 0, 40, 30), BLACK);
        draw_shape(&list, (enum draw_shape)shape, rect_make(10, 5, 12, 12), WHITE);
        raster_draw(&raster, &list);
        int touched = 40 * 30 - count(BLACK);
        ck_assert_msg(touched > 25 && touched <= 144, "shape %d touches %d pixels", shape, touched);
        ck_assert_uint_eq(at(9, 10), BLACK);
        ck_assert_uint_eq(at(22, 10), BLACK);
    }
}
END_TEST

START_TEST(images_are_copied_from_the_corner_that_was_asked_for)
{
    static uint32_t pixels[6 * 4];
    const struct draw_image picture = {6, 4, pixels};
    for (uint32_t i = 0; i < 24; i++) {
        pixels[i] = 0xFF000000u + i + 1;
    }
    draw_image(&list, 20, 10, &picture, rect_make(2, 1, 100, 100));
    raster_draw(&raster, &list);
    ck_assert_uint_eq(at(20, 10), pixels[1 * 6 + 2]);
    ck_assert_uint_eq(at(23, 12), pixels[3 * 6 + 5]);
    ck_assert_uint_eq(at(24, 10), BLACK);
}
END_TEST

START_TEST(text_is_as_wide_as_it_was_measured)
{
    ck_assert(raster_resize(&raster, 200, 40));
    draw_fill(&list, rect_make(0, 0, 200, 40), BLACK);
    int w = draw_text(&list, 190, 25, ALIGN_RIGHT, (struct text_style){FACE_MONO, 14, WHITE}, "1,234,567");
    raster_draw(&raster, &list);
    int first = 200, last = 0;
    for (int x = 0; x < 200; x++) {
        for (int y = 0; y < 40; y++) {
            if (at(x, y) != BLACK) {
                first = x < first ? x : first;
                last = x;
            }
        }
    }
    ck_assert_int_ge(first, 190 - w - 1);
    ck_assert_int_le(last, 190);
    ck_assert_int_ge(last - first, w - 6);
}
END_TEST

START_TEST(digits_have_one_width_in_the_number_face)
{
    int w = text_width(text, FACE_MONO, 12, "0");
    for (char digit[2] = "1"; digit[0] <= '9'; digit[0]++) {
        ck_assert_int_eq(text_width(text, FACE_MONO, 12, digit), w);
    }
    ck_assert_int_eq(text_width(text, FACE_MONO, 12, ""), 0);
}
END_TEST

START_TEST(the_text_cache_survives_more_runs_than_it_holds)
{
    char words[32];
    for (int i = 0; i < 20000; i++) {
        snprintf(words, sizeof words, "%d", i);
        ck_assert_int_gt(text_width(text, FACE_MONO, 11, words), 0);
    }
    for (int size = 6; size < 60; size++) {
        ck_assert_int_gt(text_width(text, FACE_SEMIBOLD, size, "Heap map"), 0);
    }
}
END_TEST

START_TEST(sizes_out_of_range_are_refused)
{
    ck_assert(!raster_resize(&raster, 0, 10));
    ck_assert(!raster_resize(&raster, 10, -1));
    ck_assert(!raster_resize(&raster, 16385, 10));
    ck_assert(!raster_resize(&raster, 16384, 16384));
    ck_assert_int_eq(raster.w, 40);
}
END_TEST

START_TEST(png_goes_to_a_file_and_errors_name_it)
{
    char why[200];
    raster_draw(&raster, &list);
    ck_assert(image_write_png(&raster, HEAPLAB_BUILD_DIR "/raster.png", why, sizeof why));
    ck_assert(!image_write_png(&raster, "/no/such/folder/raster.png", why, sizeof why));
    ck_assert_ptr_nonnull(strstr(why, "/no/such/folder/raster.png"));
}
END_TEST

START_TEST(the_checksum_sees_one_pixel)
{
    raster_draw(&raster, &list);
    uint32_t before = image_crc(&raster);
    raster.pixels[77] ^= 1;
    ck_assert_uint_ne(image_crc(&raster), before);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("viz_raster");
    TCase *cases = tcase_create("raster");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, fill_covers_exactly_its_pixels);
    tcase_add_test(cases, rectangles_outside_are_cut_and_empty_ones_dropped);
    tcase_add_test(cases, clip_limits_every_kind_of_operation);
    tcase_add_test(cases, half_white_over_black_is_middle_grey_and_opaque);
    tcase_add_test(cases, patterns_mark_what_the_design_says);
    tcase_add_test(cases, patterns_stand_still_while_rectangles_move);
    tcase_add_test(cases, a_pattern_unit_of_two_doubles_every_mark);
    tcase_add_test(cases, shapes_fill_a_sensible_part_of_their_box_and_stay_in_it);
    tcase_add_test(cases, images_are_copied_from_the_corner_that_was_asked_for);
    tcase_add_test(cases, text_is_as_wide_as_it_was_measured);
    tcase_add_test(cases, digits_have_one_width_in_the_number_face);
    tcase_add_test(cases, the_text_cache_survives_more_runs_than_it_holds);
    tcase_add_test(cases, sizes_out_of_range_are_refused);
    tcase_add_test(cases, png_goes_to_a_file_and_errors_name_it);
    tcase_add_test(cases, the_checksum_sees_one_pixel);
    tcase_set_timeout(cases, 60);
    suite_add_tcase(suite, cases);
    return fixture_run(suite);
}
