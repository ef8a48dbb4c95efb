/* Random input: keys, text, mouse, wheel, sizes, dropped files good and bad, and time, in any order. After each event the state is
 * checked; after some the picture's text, its pixels, and that the line which K prints shows the same pixels again.
 *
 * A run is a seed and a number of events and is the same each time. For a longer campaign: HEAPLAB_FUZZ_SEED=N begins at another
 * seed, HEAPLAB_FUZZ_SEEDS=N takes so many, HEAPLAB_FUZZ_EVENTS=N so many events of each. To look at a failure: HEAPLAB_FUZZ_ONLY=N does
 * that seed alone, HEAPLAB_FUZZ_TRACE=1 prints each event before it happens. */
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend_image.h"
#include "begin.h"
#include "colouring.h"
#include "viz_check.h"
#include "viz_fixture.h"

#define SEEDS 10
#define EVENTS 400

enum { DRAW_EVERY = 2, TEXT_EVERY = 4, PIXELS_EVERY = 40, REPEAT_EVERY = 50, PATHS_MAX = 16, WORDS_MAX = 80 };

struct fuzz {
    uint64_t random;
    unsigned seed, event;
    int w, h;
    bool still, traced;
    struct fixture f;
    char folder[200], paths[PATHS_MAX][260];
    int path_count;
    char last[120]; /* what happened last, for the message of a failure */
};

static struct text *text;

static unsigned from_environment(const char *name, unsigned otherwise)
{
    const char *value = getenv(name);
    return value == NULL ? otherwise : (unsigned)strtoul(value, NULL, 10);
}

static uint32_t pick(struct fuzz *z, uint32_t below) { return fixture_random(&z->random) % below; }

static void note_nothing(const char *format, ...) { (void)format; }

/* ---- traces, good and bad ---- */

static char *next_path(struct fuzz *z, const char *name)
{
    ck_assert_int_lt(z->path_count, PATHS_MAX);
    char *path = z->paths[z->path_count++];
    snprintf(path, sizeof z->paths[0], "%s/%s", z->folder, name);
    return path;
}

static void write_bytes(const char *path, const char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

/* Blocks that come and go at random, some very large; with `bad` some frees that have no block. */
static void write_trace(struct fuzz *z, const char *path, int events, bool bad)
{
    FILE *file = fopen(path, "w");
    int next = 1, oldest = 1;
    ck_assert_ptr_nonnull(file);
    fputs("{\"format\":\"heaplab-trace\",\"version\":1,\"meta\":{\"name\":\"fuzz\"}}\n", file);
    for (int i = 0; i < events; i++) {
        if (i % 50 == 0) {
            fprintf(file, "{\"op\":\"mark\",\"name\":\"phase %d\"}\n", i / 50);
        } else if (pick(z, 5) < 3) {
            fprintf(file, "{\"op\":\"alloc\",\"id\":%d,\"size\":%u}\n", next++, pick(z, 16) ? 1 + pick(z, 200) : 1 + pick(z, 6000));
        } else if (oldest < next) {
            fprintf(file, "{\"op\":\"free\",\"id\":%d}\n", oldest++);
        } else if (bad) {
            fprintf(file, "{\"op\":\"free\",\"id\":%d}\n", 100000 + i);
        }
    }
    fclose(file);
}

/* A part of a file, with some of its bytes changed. */
static void write_spoiled(struct fuzz *z, const char *from, const char *path, bool cut, uint32_t changes)
{
    size_t room = 1 << 20;
    char *bytes = malloc(room);
    FILE *file = fopen(from, "rb");
    ck_assert(bytes != NULL && file != NULL);
    size_t size = fread(bytes, 1, room, file);
    fclose(file);
    ck_assert_uint_gt(size, 0);
    size = cut ? 1 + pick(z, (uint32_t)size) : size;
    for (uint32_t i = 0; i < changes; i++) {
        bytes[pick(z, (uint32_t)size)] = (char)pick(z, 256);
    }
    write_bytes(path, bytes, size);
    free(bytes);
}

static void make_traces(struct fuzz *z)
{
    snprintf(z->folder, sizeof z->folder, HEAPLAB_BUILD_DIR "/fuzz-files-%u", z->seed); /* of the seed alone: messages show it */
    mkdir(z->folder, 0777);
    snprintf(z->paths[z->path_count++], sizeof z->paths[0], HEAPLAB_SOURCE_DIR "/traces/corpus/pigz.jsonl.gz"); /* sites and threads */
    snprintf(z->paths[z->path_count++], sizeof z->paths[0], HEAPLAB_SOURCE_DIR "/traces/corpus/m4.jsonl.gz");
    write_trace(z, next_path(z, "it's a trace.jsonl"), 600, false);
    write_trace(z, next_path(z, "bad.jsonl"), 300, true);
    write_trace(z, next_path(z, "one.jsonl"), 2, false);
    write_spoiled(z, z->paths[2], next_path(z, "cut.jsonl"), true, 0);
    write_spoiled(z, z->paths[2], next_path(z, "spoiled.jsonl"), false, 6);
    write_spoiled(z, z->paths[0], next_path(z, "cut.jsonl.gz"), true, 0);
    write_spoiled(z, z->paths[0], next_path(z, "spoiled.jsonl.gz"), false, 3);
    write_spoiled(z, z->paths[0], next_path(z, "garbage"), true, 500);
    write_bytes(next_path(z, "empty"), "", 0);
    snprintf(z->paths[z->path_count++], sizeof z->paths[0], "%s", z->folder);
    next_path(z, "none.jsonl");
}

static void remove_traces(struct fuzz *z)
{
    for (int i = 2; i < z->path_count; i++) {
        unlink(z->paths[i]);
    }
    rmdir(z->folder);
}

/* ---- events ---- */

__attribute__((format(printf, 2, 3))) static void tell(struct fuzz *z, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(z->last, sizeof z->last, format, arguments);
    va_end(arguments);
    if (z->traced) {
        fprintf(stderr, "seed %u event %u: %s\n", z->seed, z->event, z->last);
    }
}

static void press(struct fuzz *z, uint32_t key, uint32_t mods)
{
    tell(z, "key %u with %u", (unsigned)key, (unsigned)mods);
    if (input_action(key, mods, 0) != ACTION_QUIT) {
        app_key(z->f.app, key, mods);
    }
}

static void press_any(struct fuzz *z)
{
    const struct view_def *def = view_def_shown(app_state(z->f.app));
    uint32_t of = pick(z, 8);
    if (of == 0) {
        press(z, pick(z, 300), pick(z, 4));
    } else if (of < 3 && def->key_count > 0) {
        const struct key_binding *own = &def->keys[pick(z, def->key_count)];
        press(z, own->key, own->mods);
    } else {
        const struct key_binding *binding = &input_keys[pick(z, input_key_count)];
        press(z, binding->key, binding->mods);
    }
}

/* G, and something that may mean a place. */
static void type_any(struct fuzz *z)
{
    static const char *const forms[] = {"%u", "#%u", "t=%u", "+%u", "0x%X", "%u,000", "#", "t=-%u", "+0x%x", "99999999999999999999", "x%u", ""};
    char typed[40];
    snprintf(typed, sizeof typed, forms[pick(z, sizeof forms / sizeof *forms)], pick(z, 2) ? pick(z, 4000) : 0x20000000u + pick(z, 20000));
    press(z, 'g', 0);
    for (const char *c = typed; *c; c++) {
        press(z, (uint32_t)(unsigned char)*c, 0);
    }
    if (pick(z, 3)) {
        press(z, KEY_ENTER, 0);
    }
}

/* Somewhere, or on something that can be clicked. */
static void place(struct fuzz *z, int *x, int *y)
{
    const struct hits *hits = app_hits(z->f.app);
    *x = (int)pick(z, (uint32_t)z->w + 80) - 40;
    *y = (int)pick(z, (uint32_t)z->h + 80) - 40;
    if (hits->count > 0 && pick(z, 3)) {
        const struct rect area = hits->list[pick(z, hits->count)].area;
        *x = area.x + (int)pick(z, (uint32_t)(area.w > 0 ? area.w : 1));
        *y = area.y + (int)pick(z, (uint32_t)(area.h > 0 ? area.h : 1));
    }
}

static void use_mouse(struct fuzz *z)
{
    int x, y;
    place(z, &x, &y);
    uint32_t how = pick(z, 7);
    tell(z, "mouse %u at %d,%d", (unsigned)how, x, y);
    switch (how) {
    case 0: app_mouse_leave(z->f.app); break;
    case 1: app_mouse_down(z->f.app, x, y); break; /* and a drag, until it is let go */
    case 2:
        app_mouse_move(z->f.app, x, y);
        app_wheel(z->f.app, (int)pick(z, 9) - 4);
        break;
    case 3: app_mouse_up(z->f.app); break;
    case 4: app_mouse_move(z->f.app, x, y); break;
    case 5: (void)app_mouse_range_down(z->f.app, x, y); break; /* as with Shift */
    default:
        app_mouse_down(z->f.app, x, y);
        app_mouse_up(z->f.app);
        break;
    }
}

static void resize(struct fuzz *z)
{
    int w = (int)pick(z, 10) ? 900 + (int)pick(z, 1500) : (int)pick(z, 4000), h = (int)pick(z, 10) ? 500 + (int)pick(z, 1000) : (int)pick(z, 2300);
    tell(z, "resize to %dx%d", w, h);
    app_resize(z->f.app, w, h);
    z->w = w < SCREEN_MIN_W ? SCREEN_MIN_W : w;
    z->h = h < SCREEN_MIN_H ? SCREEN_MIN_H : h;
}

static void drop(struct fuzz *z)
{
    const char *path = z->paths[pick(z, (uint32_t)z->path_count)];
    tell(z, "drop %s", path);
    app_drop(z->f.app, path);
    app_takes_opened(z->f.app);
}

static void happen(struct fuzz *z)
{
    uint32_t what = pick(z, 100);
    if (what < 45) {
        press_any(z);
    } else if (what < 75) {
        use_mouse(z);
    } else if (what < 81) {
        type_any(z);
    } else if (what < 84) {
        resize(z);
    } else if (what < 86) {
        drop(z);
    } else {
        double seconds = pick(z, 20) ? pick(z, 100) / 50.0 : pick(z, 100000);
        tell(z, "%g seconds", seconds);
        app_tick(z->f.app, seconds);
    }
}

/* ---- what must hold ---- */

#define HOLDS(z, condition) \
    ck_assert_msg(condition, "seed %u, event %u (%s), %dx%d: not " #condition, (z)->seed, (z)->event, (z)->last, (z)->w, (z)->h)

static void check_state(struct fuzz *z)
{
    const struct view_state *state = app_state(z->f.app);
    const struct model *models = source_model(z->f.source);
    int lanes = source_lane_count(z->f.source);
    HOLDS(z, state->view < VIEW_COUNT && state->theme < THEME_COUNT && state->language < LANGUAGE_COUNT && state->colour < COLOUR_COUNT);
    HOLDS(z, state->scale_percent == 0 || (state->scale_percent >= 100 && state->scale_percent <= 300));
    HOLDS(z, strlen(state->entry) < sizeof state->entry);
    if (models->state != MODEL_READY) {
        return;
    }
    HOLDS(z, state->chosen_lane < (uint32_t)lanes);
    const struct model *model = &models[state->chosen_lane];
    HOLDS(z, model->event <= model->count);
    for (int i = 1; i < lanes; i++) {
        HOLDS(z, models[i].event == models[0].event && models[i].count == models[0].count);
    }
    HOLDS(z, state->menu_line < model->policy_count);
    HOLDS(z, state->overlay != OVERLAY_ANOMALIES || state->list_first == 0 || state->list_first < model->anomalies_kept);
    HOLDS(z, state->range_from == VIEW_NO_EVENT || state->range_from <= model->count);
    HOLDS(z, state->range_to == VIEW_NO_EVENT || state->range_to <= model->count);
    HOLDS(z, state->range_from == VIEW_NO_EVENT || state->range_to == VIEW_NO_EVENT || state->range_from <= state->range_to);
    HOLDS(z, (state->duel.hidden & ((1u << lanes) - 1)) != (1u << lanes) - 1);
    HOLDS(z, !(state->duel.hidden >> state->chosen_lane & 1));
    HOLDS(z, state->theme != THEME_PROJECTOR || state->projector);
}

/* Rectangles that no raster could hold come from arithmetic that has gone wrong. */
static void check_ops(struct fuzz *z, const struct drawlist *list)
{
    const int far = 100000;
    HOLDS(z, !list->failed && list->count > 0);
    for (size_t i = 0; i < list->count; i++) {
        const struct draw_op *op = &list->ops[i];
        HOLDS(z, op->w >= 0 && op->h >= 0 && op->w < far && op->h < far);
        HOLDS(z, op->x > -far && op->x < far && op->y > -far && op->y < far);
    }
}

static void check_hits(struct fuzz *z)
{
    const struct hits *hits = app_hits(z->f.app);
    HOLDS(z, hits->count <= HITS_MAX);
    for (uint32_t i = 0; i < hits->count; i++) {
        HOLDS(z, hits->list[i].area.w >= 0 && hits->list[i].area.h >= 0);
    }
}

static void keep_picture(struct fuzz *z, const struct raster *raster, const char *which)
{
    char path[300], why[300];
    snprintf(path, sizeof path, HEAPLAB_BUILD_DIR "/fuzz-%u-%u%s.png", z->seed, z->event, which);
    fprintf(stderr, "the picture: %s\n", image_write_png(raster, path, why, sizeof why) ? path : why);
}

static void check_text(struct fuzz *z, const struct drawlist *list)
{
    char why[300];
    const struct screen *screen = app_screen(z->f.app);
    int least = (int)(11 * screen->scale * (screen->stage ? 0.75f : 1)); /* what lies over the stage is a little smaller */
    bool good = check_list(list, z->w, z->h, least, why, sizeof why);
    if (!good) {
        fixture_raster(&z->f);
        keep_picture(z, &z->f.raster, "");
    }
    ck_assert_msg(good, "seed %u, event %u (%s), %dx%d, view %s: %s", z->seed, z->event, z->last, z->w, z->h,
                  view_def_of(app_state(z->f.app)->view)->name, why);
}

/* ---- the line that K prints ---- */

/* Splits a line as a shell does; in place. */
static int split(char *line, char **words)
{
    int count = 0;
    char *from = line, *to = line;
    while (*from) {
        bool quoted = false;
        ck_assert_int_lt(count, WORDS_MAX);
        words[count++] = to;
        for (; *from && (quoted || *from != ' '); from++) {
            if (*from == '\'') {
                quoted = !quoted;
            } else {
                from += !quoted && *from == '\\';
                *to++ = *from;
            }
        }
        from += *from == ' ';
        *to++ = '\0';
    }
    return count;
}

static struct source *source_of(const struct view_options *options)
{
    struct source_options asked = {.policy = options->policy, .heap_bytes = options->heap_bytes, .arena_base = options->arena_base,
                                   .heap_count = options->heap_count};
    memcpy(asked.more_heaps, options->more_heaps, sizeof asked.more_heaps);
    return source_new(&asked);
}

/* What the command line shows must be what is shown, pixel by pixel. */
static void check_repeated(struct fuzz *z)
{
    char line[APP_COMMAND_MAX], said[APP_COMMAND_MAX], why[300], *words[WORDS_MAX];
    struct view_options options;
    struct fixture again = {.text = text};
    app_state(z->f.app)->message[0] = '\0';
    fixture_raster(&z->f);
    app_command_line(z->f.app, line, sizeof line);
    snprintf(said, sizeof said, "%s", line);
    bool parsed = view_options_parse(&options, split(line, words), words, why, sizeof why);
    ck_assert_msg(parsed, "seed %u, event %u: %s: %s", z->seed, z->event, said, why);
    options.still = true;
    again.source = source_of(&options);
    again.app = app_new(again.source, text, options.w, options.h);
    if (options.trace) {
        app_open(again.app, options.trace, &options.selection);
    }
    begin_view(again.app, again.source, &options, note_nothing);
    app_state(again.app)->message[0] = '\0';
    fixture_raster(&again);
    size_t bytes = (size_t)z->f.raster.w * (size_t)z->f.raster.h * sizeof *z->f.raster.pixels, same = 0;
    bool fits = again.raster.w == z->f.raster.w && again.raster.h == z->f.raster.h;
    while (fits && same < bytes / 4 && again.raster.pixels[same] == z->f.raster.pixels[same]) {
        same++;
    }
    if (!fits || same < bytes / 4) {
        keep_picture(z, &z->f.raster, "");
        keep_picture(z, &again.raster, "-again");
    }
    ck_assert_msg(fits && same == bytes / 4, "seed %u, event %u (%s): another picture, first at %zu,%zu: %s", z->seed, z->event, z->last,
                  same % (size_t)z->f.raster.w, same / (size_t)z->f.raster.w, said);
    app_free(again.app);
    source_free(again.source);
    raster_free(&again.raster);
}

/* ---- a run ---- */

static void check_after(struct fuzz *z)
{
    int w, h;
    check_state(z);
    if (pick(z, DRAW_EVERY)) {
        return;
    }
    const struct drawlist *list = app_draw(z->f.app, &w, &h);
    HOLDS(z, w == z->w && h == z->h);
    check_state(z);
    check_ops(z, list);
    check_hits(z);
    if (!pick(z, TEXT_EVERY / DRAW_EVERY)) {
        check_text(z, list);
    }
    if (!pick(z, PIXELS_EVERY / DRAW_EVERY)) {
        fixture_raster(&z->f);
    }
    if (z->still && !app_state(z->f.app)->playing && !pick(z, REPEAT_EVERY / DRAW_EVERY)) {
        check_repeated(z);
    }
}

static void run_seed(unsigned seed)
{
    static const char *const policies[] = {NULL, "first_fit", "buddy", "tlsf,first_fit", "pool,best_fit,buddy", "tlsf,first_fit,best_fit,next_fit",
                                           "bitmap_fit", "bitmap_fit,tlsf"};
    static struct fuzz z; /* large */
    z = (struct fuzz){.random = seed * UINT64_C(7919) + 1, .seed = seed, .w = 1280, .h = 800, .still = seed % 4 != 3,
                      .traced = from_environment("HEAPLAB_FUZZ_TRACE", 0) != 0};
    make_traces(&z);
    struct source_options options = {.policy = policies[pick(&z, sizeof policies / sizeof *policies)], .arena_base = 0x20000000,
                                     .heap_bytes = pick(&z, 3) ? 6000 + pick(&z, 60000) : 0};
    z.f.text = text;
    z.f.source = source_new(&options);
    z.f.app = app_new(z.f.source, text, z.w, z.h);
    app_set_still(z.f.app, z.still);
    if (pick(&z, 8)) {
        app_open(z.f.app, z.paths[pick(&z, 4)], NULL);
    }
    unsigned events = from_environment("HEAPLAB_FUZZ_EVENTS", EVENTS);
    for (z.event = 1; z.event <= events; z.event++) {
        happen(&z);
        check_after(&z);
    }
    app_free(z.f.app);
    source_free(z.f.source);
    raster_free(&z.f.raster);
    remove_traces(&z);
}

START_TEST(any_input_in_any_order_is_survived)
{
    char why[300];
    unsigned only = from_environment("HEAPLAB_FUZZ_ONLY", UINT32_MAX), seed = from_environment("HEAPLAB_FUZZ_SEED", 0) + (unsigned)_i;
    if (only != UINT32_MAX && _i > 0) {
        return;
    }
    text = text_open(why, sizeof why);
    ck_assert_msg(text != NULL, "%s", why);
    run_seed(only != UINT32_MAX ? only : seed);
    text_close(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("viz_fuzz");
    TCase *cases = tcase_create("fuzz");
    tcase_add_loop_test(cases, any_input_in_any_order_is_survived, 0, (int)from_environment("HEAPLAB_FUZZ_SEEDS", SEEDS));
    tcase_set_timeout(cases, 0); /* a campaign takes what it takes; the suite's own limit holds */
    suite_add_tcase(suite, cases);
    return fixture_run(suite);
}
