/* Golden pictures: the map view at event numbers of a trace made here, compared pixel by pixel with tests/golden/NAME.png.
 *
 * HEAPLAB_UPDATE_GOLDEN=1 writes them anew (look at them before committing). A picture that differs is written to the build folder.
 * The fonts are Debian 12's; with others the letters differ. */
#include <png.h>

#include "backend_image.h"
#include "viz_check.h"
#include "viz_fixture.h"

#define PHASES 24

struct golden {
    const char *name, *policy;
    uint32_t heap_bytes, grain;
    int w, h;
    enum theme_id theme;
    enum colour_mode colour;
    enum overlay overlay;
    uint32_t event;      /* 0: the first failure */
    uint64_t pin;
    int point_x, point_y; /* 0: the mouse is outside */
    int zooms;
    enum view_kind view;
};

/* With what only some views have. */
struct golden_view {
    struct golden golden;
    enum language language;
    uint64_t seed;       /* of the trace; 0: 42 */
    enum bytes_shows shows;
};

static const struct golden_view views[] = {
    {.golden = {"bytes-dark-1280", "first_fit", 18000, 1, 1280, 800, THEME_DARK, COLOUR_KIND, OVERLAY_NONE, 1890, 900, 0, 0, 0, VIEW_BYTES}},
    {.golden = {"bytes-light-1024", "freertos_heap_4", 18000, 1, 1024, 640, THEME_LIGHT, COLOUR_KIND, OVERLAY_NONE, 1890, 900, 0, 0, 0, VIEW_BYTES},
     .language = LANGUAGE_CHINESE},
    {.golden = {"bytes-hex-dark-1920", "mattconte_tlsf", 24576, 1, 1920, 1080, THEME_DARK, COLOUR_KIND, OVERLAY_NONE, 1201, 0, 0, 0, 0, VIEW_BYTES},
     .seed = 7, .shows = BYTES_HEX},
    {.golden = {"bytes-hole-light-1280", "tlsf", 16000, 1, 1280, 800, THEME_LIGHT, COLOUR_KIND, OVERLAY_NONE, 0, 0, 0, 0, 0, VIEW_BYTES},
     .seed = 7},
};

static const struct golden goldens[] = {
    {"failure-dark-1280", "first_fit", 18000, 1, 1280, 800, THEME_DARK, COLOUR_KIND, OVERLAY_NONE, 0, 0, 0, 0, 0, VIEW_MAP},
    {"age-light-1280", "best_fit", 20480, 1, 1280, 800, THEME_LIGHT, COLOUR_AGE, OVERLAY_NONE, 1890, 900, 640, 640, 0, VIEW_MAP},
    {"mixed-dark-1440", "first_fit", 400000, 20, 1440, 900, THEME_DARK, COLOUR_SIZE, OVERLAY_NONE, 1880, 0, 0, 0, 0, VIEW_MAP},
    {"failure-light-1024", "best_fit", 17000, 1, 1024, 640, THEME_LIGHT, COLOUR_KIND, OVERLAY_NONE, 0, 0, 0, 0, 0, VIEW_MAP},
    {"labels-dark-1920", "first_fit", 1400, 1, 1920, 1080, THEME_DARK, COLOUR_KIND, OVERLAY_NONE, 0, 0, 300, 200, 0, VIEW_MAP},
    {"help-dark-1024", "first_fit", 18000, 1, 1024, 640, THEME_DARK, COLOUR_KIND, OVERLAY_HELP, 1500, 0, 0, 0, 0, VIEW_MAP},
    {"zoomed-dark-1280", "best_fit", 18000, 1, 1280, 800, THEME_DARK, COLOUR_KIND, OVERLAY_NONE, 2040, 0, 0, 0, 4, VIEW_MAP},
    {"projector-1280", "first_fit", 18000, 1, 1280, 800, THEME_PROJECTOR, COLOUR_KIND, OVERLAY_NONE, 0, 0, 0, 0, 0, VIEW_MAP},
    {"projector-1024", "best_fit", 400000, 20, 1024, 640, THEME_PROJECTOR, COLOUR_SIZE, OVERLAY_NONE, 1880, 900, 0, 0, 0, VIEW_MAP},
    {"duel-two-dark-1280", "best_fit,first_fit", 18000, 1, 1280, 800, THEME_DARK, COLOUR_KIND, OVERLAY_NONE, 0, 0, 0, 0, 0, VIEW_DUEL},
    {"duel-two-light-1280", "best_fit,first_fit", 18000, 1, 1280, 800, THEME_LIGHT, COLOUR_KIND, OVERLAY_NONE, 1890, 900, 300, 200, 0, VIEW_DUEL},
    {"duel-three-light-1024", "best_fit,next_fit,tlsf", 400000, 20, 1024, 640, THEME_LIGHT, COLOUR_KIND, OVERLAY_NONE, 1880, 0, 0, 0, 0, VIEW_DUEL},
    {"duel-four-dark-1920", "best_fit,first_fit,next_fit,buddy", 400000, 20, 1920, 1080, THEME_DARK, COLOUR_KIND, OVERLAY_NONE, 1880, 900, 0, 0, 0,
     VIEW_DUEL},
    {"why-failure-dark-1280", "first_fit", 310000, 20, 1280, 800, THEME_DARK, COLOUR_KIND, OVERLAY_NONE, 0, 900, 0, 0, 0, VIEW_WHY},
    {"why-failure-light-1024", "first_fit", 14000, 1, 1024, 640, THEME_LIGHT, COLOUR_KIND, OVERLAY_NONE, 0, 0, 0, 0, 0, VIEW_WHY},
    {"why-buddy-dark-1920", "buddy", 400000, 20, 1920, 1080, THEME_DARK, COLOUR_KIND, OVERLAY_NONE, 0, 0, 0, 0, 0, VIEW_WHY},
    {"why-tlsf-light-1280", "tlsf", 310000, 20, 1280, 800, THEME_LIGHT, COLOUR_KIND, OVERLAY_NONE, 0, 0, 0, 0, 0, VIEW_WHY},
    {"why-served-dark-1280", "best_fit", 400000, 20, 1280, 800, THEME_DARK, COLOUR_KIND, OVERLAY_NONE, 1880, 0, 0, 0, 0, VIEW_WHY},
};

/* Opens the golden picture; NULL if there is none. Free it. */
static uint8_t *read_png(const char *path, int *w, int *h)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    uint8_t *pixels = NULL;
    if (png_image_begin_read_from_file(&image, path)) {
        image.format = PNG_FORMAT_RGB;
        pixels = malloc(PNG_IMAGE_SIZE(image));
        *w = (int)image.width;
        *h = (int)image.height;
        if (pixels && !png_image_finish_read(&image, NULL, pixels, 0, NULL)) {
            free(pixels);
            pixels = NULL;
        }
    }
    png_image_free(&image);
    return pixels;
}

static long count_differences(const struct raster *raster, const uint8_t *pixels)
{
    long count = 0;
    for (long i = 0; i < (long)raster->w * raster->h; i++) {
        uint32_t golden = 0xFF000000u | (uint32_t)pixels[3 * i] << 16 | (uint32_t)pixels[3 * i + 1] << 8 | pixels[3 * i + 2];
        count += golden != raster->pixels[i];
    }
    return count;
}

static void draw_golden(struct fixture *f, const struct golden_view *of)
{
    const struct golden *golden = &of->golden;
    fixture_open(f, fixture_trace(of->seed ? of->seed : 42, PHASES, golden->grain), golden->policy, golden->heap_bytes);
    uint32_t event = golden->event ? golden->event : model_next_mark(source_model(f->source), 0, 1, true);
    app_state(f->app)->view = golden->view;
    app_state(f->app)->theme = golden->theme;
    app_state(f->app)->projector = golden->theme == THEME_PROJECTOR;
    app_state(f->app)->colour = golden->colour;
    app_state(f->app)->language = of->language;
    app_state(f->app)->bytes.shows = of->shows;
    app_resize(f->app, golden->w, golden->h);
    app_seek(f->app, event);
    for (int i = 0; i < golden->zooms; i++) {
        fixture_raster(f);
        app_do(f->app, ACTION_ZOOM_IN);
    }
    if (golden->pin) {
        app_pin(f->app, golden->pin);
    }
    fixture_raster(f);
    if (golden->point_x) {
        app_mouse_move(f->app, golden->point_x, golden->point_y);
    }
    app_state(f->app)->overlay = golden->overlay;
    char why[300];
    const struct drawlist *list = fixture_raster(f);
    ck_assert_msg(check_list(list, golden->w, golden->h, (int)(11 * app_screen(f->app)->scale), why, sizeof why), "%s: %s", golden->name, why);
}

static void compare_golden(const struct raster *raster, const char *name)
{
    char path[300], written[300], why[300];
    int w = 0, h = 0;
    snprintf(path, sizeof path, HEAPLAB_SOURCE_DIR "/tests/golden/%s.png", name);
    snprintf(written, sizeof written, HEAPLAB_BUILD_DIR "/golden-%s.png", name);
    if (getenv("HEAPLAB_UPDATE_GOLDEN")) {
        ck_assert_msg(image_write_png(raster, path, why, sizeof why), "%s", why);
    }
    uint8_t *pixels = read_png(path, &w, &h);
    ck_assert_msg(pixels != NULL, "no golden picture %s: make it with HEAPLAB_UPDATE_GOLDEN=1", path);
    long differences = w == raster->w && h == raster->h ? count_differences(raster, pixels) : -1;
    free(pixels);
    if (differences != 0) {
        ck_assert_msg(image_write_png(raster, written, why, sizeof why), "%s", why);
    }
    ck_assert_msg(differences == 0, "%ld pixels differ: compare %s with %s; if the new one is right, HEAPLAB_UPDATE_GOLDEN=1 %s/tests/test_viz_golden",
                  differences, written, path, HEAPLAB_BUILD_DIR);
}

START_TEST(the_picture_is_the_golden_one)
{
    struct fixture f;
    draw_golden(&f, &(struct golden_view){.golden = goldens[_i]});
    compare_golden(&f.raster, goldens[_i].name);
    fixture_close(&f);
}
END_TEST

START_TEST(the_view_is_the_golden_one)
{
    struct fixture f;
    draw_golden(&f, &views[_i]);
    compare_golden(&f.raster, views[_i].golden.name);
    fixture_close(&f);
}
END_TEST

/* Without a trace, while one is read, and with one that cannot be read. */
START_TEST(the_states_are_the_golden_ones)
{
    struct fixture f;
    struct model model;
    int w, h;
    fixture_open(&f, NULL, "first_fit", 0);
    app_resize(f.app, 1024, 640);
    fixture_raster(&f);
    compare_golden(&f.raster, "empty-dark-1024");
    model = *source_model(f.source);
    model.state = MODEL_LOADING;
    model.progress_done = 57;
    model.progress_all = 100;
    snprintf(model.title, sizeof model.title, "Reading lua-json");
    snprintf(model.detail, sizeof model.detail, "31,200 events so far");
    raster_draw(&f.raster, app_draw_model(f.app, &model, &w, &h));
    compare_golden(&f.raster, "loading-dark-1024");
    ck_assert(!source_load(f.source, "/no/such/trace.json", NULL));
    app_opened(f.app);
    app_do(f.app, ACTION_THEME);
    fixture_raster(&f);
    compare_golden(&f.raster, "error-light-1024");
    fixture_close(&f);
}
END_TEST

START_TEST(the_same_state_gives_the_same_pixels_by_any_way)
{
    struct fixture straight, around;
    fixture_open(&straight, fixture_trace(42, PHASES, 1), "first_fit", 24576);
    fixture_open(&around, fixture_trace(42, PHASES, 1), "best_fit", 24576);
    app_seek(straight.app, 2000);
    fixture_raster(&straight);
    for (uint32_t event = 0; event < 3000; event += 333) {
        app_seek(around.app, event);
        app_resize(around.app, 1280 + (int)event / 10, 800);
        fixture_raster(&around);
    }
    app_do(around.app, ACTION_THEME);
    fixture_raster(&around);
    app_do(around.app, ACTION_THEME);
    app_resize(around.app, 1280, 800);
    while (strcmp(source_model(around.source)->policy_name, "first_fit") != 0) {
        app_key(around.app, KEY_TAB, 0);
    }
    app_seek(around.app, 2000);
    fixture_raster(&around);
    ck_assert_uint_eq(image_crc(&straight.raster), image_crc(&around.raster));
    fixture_close(&straight);
    fixture_close(&around);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("viz_golden");
    TCase *cases = tcase_create("golden");
    tcase_add_loop_test(cases, the_picture_is_the_golden_one, 0, sizeof goldens / sizeof *goldens);
    tcase_add_loop_test(cases, the_view_is_the_golden_one, 0, sizeof views / sizeof *views);
    tcase_add_test(cases, the_states_are_the_golden_ones);
    tcase_add_test(cases, the_same_state_gives_the_same_pixels_by_any_way);
    tcase_set_timeout(cases, 120);
    suite_add_tcase(suite, cases);
    return fixture_run(suite);
}
