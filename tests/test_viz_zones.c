/* A heap read by zones, only where it changed, is the heap as read whole: for every policy, whatever way was gone; and gives the same
 * picture. */
#include "viz_fixture.h"

#ifdef __SANITIZE_ADDRESS__ /* a sixth of the speed: a quarter of the way finds what the sanitizers can find */
enum { STEPS = 150, FRAMES = 15 };
#else
enum { STEPS = 600, FRAMES = 60 };
#endif

static struct source *sources[2]; /* read by zones; read whole */

static struct source *open_one(const char *policy, uint64_t seed, uint32_t heap_bytes, uint32_t wants)
{
    struct source *source = source_new(&(struct source_options){.policy = policy, .heap_bytes = heap_bytes});
    ck_assert_ptr_nonnull(source);
    ck_assert(source_take(source, fixture_trace(seed, 20, 1)));
    source_want(source, wants);
    return source;
}

/* Stretches of one kind, neighbours of the same kind joined. */
struct stretches {
    uint32_t bytes[4096], kinds[4096], count;
};

static void add(struct stretches *to, uint32_t bytes, uint32_t kind)
{
    if (to->count > 0 && to->kinds[to->count - 1] == kind) {
        to->bytes[to->count - 1] += bytes;
    } else if (bytes > 0) {
        ck_assert_uint_lt(to->count, 4096);
        to->kinds[to->count] = kind;
        to->bytes[to->count++] = bytes;
    }
}

static void check_same(const struct model *zones, const struct model *whole)
{
    static struct stretches a, b;
    a.count = b.count = 0;
    for (uint32_t i = 0; i < zones->zone_count; i++) {
        for (uint32_t k = 0; k < zones->zones[i].count; k++) {
            add(&a, MODEL_PIECE_BYTES(zones->zones[i].pieces[k]), MODEL_PIECE_KIND(zones->zones[i].pieces[k]));
        }
    }
    for (uint32_t i = 0; i < whole->span_count; i++) {
        add(&b, whole->spans[i].size, whole->spans[i].kind);
    }
    ck_assert_uint_eq(a.count, b.count);
    ck_assert_mem_eq(a.bytes, b.bytes, a.count * sizeof *a.bytes);
    ck_assert_mem_eq(a.kinds, b.kinds, a.count * sizeof *a.kinds);
    ck_assert_mem_eq(zones->kind_bytes, whole->kind_bytes, sizeof zones->kind_bytes);
    ck_assert_uint_eq(zones->hole_count, whole->hole_count);
    ck_assert_uint_eq(zones->largest_bytes, whole->largest_bytes);
    ck_assert(zones->largest_bytes == 0 || zones->largest_off == whole->largest_off);
}

static bool is_failure(const struct model *model)
{
    return model->event > 0 && model->history.placed[model->event - 1] == MODEL_PLACED_FAILED;
}

START_TEST(every_policy_by_any_way)
{
    uint32_t by_zones = 0;
    const char *policy = source_model(sources[0])->policy_names[_i];
    source_free(sources[0]);
    source_free(sources[1]);
    sources[0] = open_one(policy, (uint64_t)_i, 9000, MODEL_WANT_KINDS);
    sources[1] = open_one(policy, (uint64_t)_i, 9000, 0);
    const struct model *zones = source_model(sources[0]), *whole = source_model(sources[1]);
    if (zones->state != MODEL_READY) { /* a policy that this heap does not suit */
        return;
    }
    uint64_t random = 5;
    for (uint32_t step = 0, at = 0; step < STEPS; step++) {
        uint32_t roll = fixture_random(&random);
        at = roll % 16 == 0 ? fixture_random(&random) : roll % 16 == 1 && at > 9 ? at - 9 : at + roll / 16 % 7;
        at = at % (whole->count + 1);
        ck_assert(source_seek(sources[0], at));
        ck_assert(source_seek(sources[1], at));
        ck_assert(is_failure(whole) ? !zones->zones && zones->span_count == whole->span_count : zones->zones && zones->span_count == 0);
        if (zones->zones) {
            by_zones++;
            check_same(zones, whole);
        }
        ck_assert_uint_eq(zones->failure.holes, whole->failure.holes);
        if (step % 50 == 49) { /* read whole between, and again by zones */
            source_want(sources[0], 0);
            ck_assert_uint_eq(zones->span_count, whole->span_count);
            ck_assert_uint_eq(zones->block_count, whole->block_count);
            source_want(sources[0], MODEL_WANT_KINDS);
        }
    }
    ck_assert_uint_gt(by_zones, STEPS / 6);
}
END_TEST

START_TEST(another_run_is_read_anew)
{
    char why[240];
    const struct model *zones = source_model(sources[0]), *whole = source_model(sources[1]);
    for (uint32_t policy = 0; policy < 6; policy++) {
        for (int i = 0; i < 2; i++) {
            const struct source_change other = {.what = SOURCE_POLICY, .value = policy};
            const struct source_change larger = {.what = SOURCE_HEAP_BYTES, .value = 10000 + 1000 * policy};
            ck_assert(source_change(sources[i], &other, why, sizeof why));
            ck_assert(source_change(sources[i], &larger, why, sizeof why));
            ck_assert(source_seek(sources[i], 100 * policy + 1));
        }
        if (zones->zones) {
            check_same(zones, whole);
        }
    }
}
END_TEST

/* ---- pictures ---- */

static void check_map(struct fixture *playing, struct fixture *still)
{
    const struct rect map = app_screen(still->app)->map;
    ck_assert_mem_eq(&map, &app_screen(playing->app)->map, sizeof map);
    for (int y = map.y; y < map.y + map.h; y++) {
        size_t at = (size_t)y * (size_t)still->raster.w + (size_t)map.x;
        for (int x = 0; x < map.w; x++, at++) {
            ck_assert_msg(playing->raster.pixels[at] == still->raster.pixels[at], "pixel %d, %d", map.x + x, y);
        }
    }
}

START_TEST(what_plays_looks_as_what_stands)
{
    static const uint32_t speeds[] = {100, 1000, 10000};
    struct fixture playing = {0}, still = {0};
    fixture_open(&playing, fixture_trace(3, 30, 400), "tlsf", 12000000);
    fixture_open(&still, fixture_trace(3, 30, 400), "tlsf", 12000000);
    uint32_t by_zones = 0;
    app_set_still(playing.app, true);
    app_set_still(still.app, true);
    app_seek(playing.app, 200);
    app_set_speed(playing.app, speeds[_i]);
    app_do(playing.app, ACTION_PLAY);
    for (int i = 0; i < FRAMES; i++) {
        app_tick(playing.app, 1.0 / 60);
        fixture_raster(&playing);
        by_zones += source_model(playing.source)->zones != NULL;
        app_seek(still.app, source_model(playing.source)->event);
        fixture_raster(&still);
        ck_assert_ptr_nonnull(source_model(still.source)->spans);
        check_map(&playing, &still);
    }
    ck_assert_uint_gt(by_zones, FRAMES / 6);
    fixture_close(&playing);
    fixture_close(&still);
}
END_TEST

/* Whoever stops, or points, finds the blocks again. */
START_TEST(a_key_and_a_mouse_find_the_blocks)
{
    struct fixture f = {0};
    fixture_open(&f, fixture_trace(3, 30, 400), "tlsf", 12000000);
    const struct model *model = source_model(f.source);
    const struct rect map = app_screen(f.app)->map;
    app_seek(f.app, 200);
    app_set_speed(f.app, 1000);
    app_do(f.app, ACTION_PLAY);
    app_tick(f.app, 1.0 / 60);
    fixture_draw(&f);
    ck_assert_ptr_nonnull(model->zones);
    app_mouse_down(f.app, map.x + map.w / 2, map.y + map.h / 3);
    app_mouse_up(f.app);
    ck_assert_ptr_null(model->zones);
    ck_assert_uint_gt(model->block_count, 0);
    fixture_draw(&f);
    ck_assert_uint_gt(model->block_count, 0);
    app_mouse_leave(f.app);
    app_state(f.app)->pinned = false;
    app_tick(f.app, 1.0 / 60);
    fixture_draw(&f);
    ck_assert_ptr_nonnull(model->zones);
    app_do(f.app, ACTION_PLAY);
    fixture_draw(&f);
    ck_assert_ptr_null(model->zones);
    ck_assert_uint_gt(model->block_count, 0);
    fixture_close(&f);
}
END_TEST

static void setup(void)
{
    sources[0] = open_one("tlsf", 3, 9000, MODEL_WANT_KINDS);
    sources[1] = open_one("tlsf", 3, 9000, 0);
}

static void teardown(void)
{
    source_free(sources[0]);
    source_free(sources[1]);
}

int main(void)
{
    struct source *source = source_new(&(struct source_options){.policy = NULL});
    int policies = (int)source_model(source)->policy_count;
    source_free(source);
    Suite *suite = suite_create("viz_zones");
    TCase *tcase = tcase_create("zones");
    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, every_policy_by_any_way, 0, policies);
    tcase_add_test(tcase, another_run_is_read_anew);
    tcase_add_loop_test(tcase, what_plays_looks_as_what_stands, 0, 3);
    tcase_add_test(tcase, a_key_and_a_mouse_find_the_blocks);
    suite_add_tcase(suite, tcase);
    return fixture_run(suite);
}
