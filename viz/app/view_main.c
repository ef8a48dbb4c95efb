/* view_main.c: from the command line to pictures: in a window, as one PNG file, as a file a frame, or as a measurement. */
#include "view_main.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app.h"
#include "backend_image.h"
#include "backend_sdl2.h"
#include "backend_svg.h"
#include "backend_video.h"
#include "begin.h"
#include "benchmark.h"
#include "options.h"
#include "settings.h"

enum { EXIT_DONE = 0, EXIT_USAGE = 2, EXIT_BAD_TRACE = 3, EXIT_RESOURCES = 4 };

#define WAIT_MS 100
#define WORKING_MS 15 /* from look to look at a job in the background */

struct viewer {
    struct view_options options;
    struct text *text;
    struct source *source;
    struct app *app;
    struct window *window; /* NULL: none */
    struct raster raster;
    char settings_path[1024];  /* empty: nothing is remembered */
    struct settings remembered; /* as the file says */
    struct settings begun;      /* as the window began: what was changed in it is remembered */
    bool applied; /* the command line, to its trace */
    bool part_shown;    /* of that trace … */
    uint32_t part_event; /* … where it was put */
    bool told;    /* that the trace is bad or damaged */
    int exit_code; /* of that trace */
};

static int complain(int code, const char *message)
{
    fprintf(stderr, "heaplab-view: %s\n", message);
    return code;
}

/* Something asked for was not to be had; the picture shows what comes nearest. */
static void note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("heaplab-view: note: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

/* False without memory: there is no picture, or not all of it. */
static bool show(struct viewer *viewer)
{
    int w, h;
    const struct drawlist *list = app_draw(viewer->app, &w, &h);
    if (viewer->window) {
        window_show(viewer->window, &viewer->raster, list, w, h);
        return true;
    }
    if (!raster_resize(&viewer->raster, w, h)) {
        return false;
    }
    raster_draw(&viewer->raster, list);
    return !list->failed && !text_lost(viewer->text);
}

/* What the command line wants to see first. */
static void apply_options(struct viewer *viewer)
{
    app_state(viewer->app)->theme_before = viewer->remembered.theme;
    app_state(viewer->app)->remembers = viewer->settings_path[0] != '\0';
    begin_view(viewer->app, viewer->source, &viewer->options, note);
}

static void no_note(const char *format, ...) { (void)format; }

/* What was read first of a long trace: as the whole will be shown, as far as that goes. */
static void apply_to_part(struct viewer *viewer)
{
    struct view_options options = viewer->options;
    options.go = NULL; /* what is looked for may come later */
    options.overlay = OVERLAY_NONE;
    options.play = false;
    begin_view(viewer->app, viewer->source, &options, no_note);
    viewer->part_shown = true;
    viewer->part_event = app_event_now(viewer->app);
}

/* The trace has several heaps, and the window asks which one shall be shown. */
static bool waits_for_heap(const struct viewer *viewer)
{
    return viewer->window && source_model(viewer->source)->state == MODEL_ERROR && source_model(viewer->source)->heap_count > 0;
}

/* A trace was opened, or could not be: tell which part of it, and go where the command line wants, unless the person has gone elsewhere
 * while it was read. */
static void opened(struct viewer *viewer)
{
    char part[1024];
    const struct view_options *options = &viewer->options;
    if (!app_takes_opened(viewer->app) || viewer->applied || waits_for_heap(viewer)) {
        return;
    }
    if (app_was_dropped(viewer->app)) { /* what the command line says is of another trace */
        viewer->applied = true;
        return;
    }
    if (source_shows_part(viewer->source)) {
        apply_to_part(viewer);
        return;
    }
    viewer->applied = true;
    if (viewer->part_shown && app_event_now(viewer->app) != viewer->part_event) {
        return;
    }
    if (source_selected(viewer->source, strcmp(options->trace, "-") == 0 ? "standard input" : options->trace, part, sizeof part)) {
        note("%s", part);
    }
    apply_options(viewer);
}

static void load(struct viewer *viewer)
{
    apply_options(viewer); /* theme and size while it loads */
    if (viewer->options.trace) {
        app_open(viewer->app, viewer->options.trace, &viewer->options.selection);
        opened(viewer);
    }
}

/* The trace is damaged: what could be read is shown, and the exit code says so. */
static int damage(const struct viewer *viewer)
{
    int code = source_exit_code(viewer->source);
    return code == EXIT_DONE ? code : complain(code, source_model(viewer->source)->detail);
}

static int load_failed(const struct viewer *viewer)
{
    char message[600];
    const struct model *model = source_model(viewer->source);
    snprintf(message, sizeof message, "%s: %s", model->title, model->detail);
    return complain(source_exit_code(viewer->source), message);
}

/* ---- without a window ---- */

static int write_png(struct viewer *viewer, const char *path)
{
    char why[300];
    if (!show(viewer)) {
        return complain(EXIT_RESOURCES, "out of memory");
    }
    return image_write_png(&viewer->raster, path, why, sizeof why) ? EXIT_DONE : complain(EXIT_RESOURCES, why);
}

static int write_svg(struct viewer *viewer, const char *path)
{
    char why[300], title[200];
    int w, h;
    const struct model *model = source_model(viewer->source);
    const struct drawlist *list = app_draw(viewer->app, &w, &h);
    snprintf(title, sizeof title, "%s, %s, event %u", model->trace_name, model->policy_name, (unsigned)model->event);
    if (text_lost(viewer->text)) {
        return complain(EXIT_RESOURCES, "out of memory");
    }
    return svg_write(list, w, h, title, path, why, sizeof why) ? EXIT_DONE : complain(EXIT_RESOURCES, why);
}

/* To the event of picture `i` of --frame-count. */
static void seek_to_frame(struct viewer *viewer, uint32_t i)
{
    uint32_t count = viewer->options.frame_count, last = count > 1 ? count - 1 : 1;
    app_seek(viewer->app, (uint32_t)((uint64_t)source_model(viewer->source)->count * i / last));
}

static int write_video(struct viewer *viewer, const char *path)
{
    char why[300];
    bool going = true;
    struct video *video = video_open(path, viewer->options.w, viewer->options.h, why, sizeof why);
    if (!video) {
        return complain(EXIT_RESOURCES, why);
    }
    for (uint32_t i = 0; i < viewer->options.frame_count && going; i++) {
        seek_to_frame(viewer, i);
        going = show(viewer) && video_put(video, &viewer->raster);
    }
    return video_close(video, going, why, sizeof why) ? EXIT_DONE : complain(EXIT_RESOURCES, why);
}

static int write_frames(struct viewer *viewer)
{
    const struct view_options *options = &viewer->options;
    char path[600];
    if (mkdir(options->frames, 0777) != 0 && errno != EEXIST) {
        snprintf(path, sizeof path, "cannot make the folder %s: %s", options->frames, strerror(errno));
        return complain(EXIT_RESOURCES, path);
    }
    for (uint32_t i = 0; i < options->frame_count; i++) {
        seek_to_frame(viewer, i);
        snprintf(path, sizeof path, "%.500s/frame-%06u.png", options->frames, (unsigned)i);
        int code = write_png(viewer, path);
        if (code != EXIT_DONE) {
            return code;
        }
    }
    return EXIT_DONE;
}

/* ---- the window ---- */

static void tell(struct viewer *viewer)
{
    if (viewer->told || source_busy(viewer->source) || waits_for_heap(viewer)) {
        return;
    }
    viewer->told = true;
    if (source_model(viewer->source)->state == MODEL_ERROR) {
        viewer->exit_code = load_failed(viewer); /* the window shows it too */
    } else {
        viewer->exit_code = damage(viewer);
    }
}

static int run_window(struct viewer *viewer)
{
    double last = window_seconds();
    bool moving = true;
    while (!app_wants_quit(viewer->app)) {
        if (!window_poll(viewer->window, viewer->app, moving ? 0 : source_busy(viewer->source) ? WORKING_MS : WAIT_MS)) {
            break;
        }
        double now = window_seconds();
        moving = app_tick(viewer->app, now - last);
        opened(viewer);
        tell(viewer);
        last = now;
        if (app_takes_full_screen(viewer->app)) {
            window_toggle_full_screen(viewer->window);
        }
        if (app_needs_draw(viewer->app)) {
            show(viewer);
        } else if (moving) {
            window_poll(viewer->window, viewer->app, 5); /* slow playing: the next event is not due yet */
        }
    }
    return waits_for_heap(viewer) ? load_failed(viewer) : viewer->exit_code; /* none was chosen */
}

static bool open_window(struct viewer *viewer, char *why, size_t why_size)
{
    int w, h;
    viewer->window = window_open("Heaplab", viewer->options.w, viewer->options.h, true, why, why_size);
    if (!viewer->window) {
        return false;
    }
    window_size(viewer->window, &w, &h);
    app_resize(viewer->app, w, h);
    return true;
}

static void note_scale(const struct viewer *viewer)
{
    int shown = (int)(app_screen(viewer->app)->scale * 100.0f + 0.5f);
    if (shown < viewer->options.scale_percent) {
        note("--scale %d: %dx%d pixels have room for %d", viewer->options.scale_percent, viewer->options.w, viewer->options.h, shown);
    }
}

/* Writes what was asked for; a damaged trace is told after it. */
static int run_headless(struct viewer *viewer)
{
    const struct view_options *options = &viewer->options;
    int code = options->png ? write_png(viewer, options->png) : EXIT_DONE;
    if (code == EXIT_DONE && options->svg) {
        code = write_svg(viewer, options->svg);
    }
    if (code == EXIT_DONE && options->frames) {
        code = write_frames(viewer);
    }
    if (code == EXIT_DONE && options->video) {
        code = write_video(viewer, options->video);
    }
    note_scale(viewer);
    return code == EXIT_DONE ? damage(viewer) : code;
}

/* ---- what is remembered ---- */

static void load_settings(struct viewer *viewer)
{
    struct view_options *options = &viewer->options;
    char why[300];
    bool own = !view_options_headless(options);
    viewer->remembered = settings_default;
    if (options->no_settings || (!options->settings && !own)) {
        return;
    }
    if (options->settings) {
        snprintf(viewer->settings_path, sizeof viewer->settings_path, "%s", options->settings);
    } else if (!settings_path(viewer->settings_path, sizeof viewer->settings_path)) {
        viewer->settings_path[0] = '\0';
        return;
    }
    if (!settings_load(&viewer->remembered, viewer->settings_path, why, sizeof why)) {
        note("the settings in %s are ignored: %s", viewer->settings_path, why);
    }
    options->w = options->size_given ? options->w : viewer->remembered.w;
    options->h = options->size_given ? options->h : viewer->remembered.h;
    options->theme = options->theme_given ? options->theme : viewer->remembered.theme;
    options->language = options->language_given ? options->language : viewer->remembered.language;
    options->scale_percent = options->scale_given ? options->scale_percent : viewer->remembered.scale_percent;
}

/* As the window stands now. */
static struct settings settings_now(struct viewer *viewer)
{
    struct settings now = viewer->begun;
    const struct view_state *state = app_state(viewer->app);
    int w, h;
    if (window_points(viewer->window, &w, &h)) {
        now.w = w;
        now.h = h;
    }
    now.theme = state->projector ? (state->theme_before == THEME_LIGHT ? THEME_LIGHT : THEME_DARK) : state->theme;
    now.language = state->language;
    now.scale_percent = state->scale_percent;
    return now;
}

/* Remembers what was changed in the window; what the command line said once is not remembered. */
static void save_settings(struct viewer *viewer)
{
    struct settings now = settings_now(viewer), kept = viewer->remembered;
    const struct settings *begun = &viewer->begun;
    char why[1200];
    if (now.w != begun->w || now.h != begun->h) {
        kept.w = now.w;
        kept.h = now.h;
    }
    kept.theme = now.theme != begun->theme ? now.theme : kept.theme;
    kept.language = now.language != begun->language ? now.language : kept.language;
    kept.scale_percent = now.scale_percent != begun->scale_percent ? now.scale_percent : kept.scale_percent;
    bool same = kept.w == viewer->remembered.w && kept.h == viewer->remembered.h && kept.theme == viewer->remembered.theme &&
                kept.language == viewer->remembered.language && kept.scale_percent == viewer->remembered.scale_percent;
    if (viewer->settings_path[0] && !same && !settings_save(&kept, viewer->settings_path, why, sizeof why)) {
        note("%s", why);
    }
}

static int run(struct viewer *viewer)
{
    const struct view_options *options = &viewer->options;
    bool headless = view_options_headless(options);
    char why[240], message[400];
    if (!headless && !open_window(viewer, why, sizeof why)) {
        snprintf(message, sizeof message, "%s: without a display use --png FILE, --svg FILE or --frames DIR", why);
        return complain(EXIT_RESOURCES, message);
    }
    load(viewer);
    if (headless && source_model(viewer->source)->state != MODEL_READY) {
        return load_failed(viewer);
    }
    if (headless) {
        return run_headless(viewer);
    }
    viewer->begun = settings_now(viewer);
    int code = run_window(viewer);
    save_settings(viewer);
    return code;
}

static void viewer_close(struct viewer *viewer)
{
    app_free(viewer->app);
    source_free(viewer->source);
    window_close(viewer->window);
    raster_free(&viewer->raster);
    text_close(viewer->text);
}

int view_main(int argc, char **argv)
{
    struct viewer viewer = {0};
    char why[1200]; /* holds the names of all policies */
    if (!view_options_parse(&viewer.options, argc, argv, why, sizeof why)) {
        complain(EXIT_USAGE, why);
        fputs("try: heaplab-view --help\n", stderr);
        return EXIT_USAGE;
    }
    if (viewer.options.help) {
        fputs(view_options_help, stdout);
        return EXIT_DONE;
    }
    if (viewer.options.version) {
        puts("heaplab-view " HEAPLAB_VERSION);
        return EXIT_DONE;
    }
    if (viewer.options.benchmark) {
        return benchmark_run(&viewer.options);
    }
    load_settings(&viewer);
    viewer.text = text_open(why, sizeof why);
    if (!viewer.text) {
        return complain(EXIT_RESOURCES, why);
    }
    const struct view_options *options = &viewer.options;
    struct source_options source = {.policy = options->policy, .heap_bytes = options->heap_bytes, .arena_base = options->arena_base,
                                    .heap_count = options->heap_count, .background = !view_options_headless(options)};
    memcpy(source.more_heaps, options->more_heaps, sizeof source.more_heaps);
    viewer.source = source_new(&source);
    viewer.app = viewer.source ? app_new(viewer.source, viewer.text, viewer.options.w, viewer.options.h) : NULL;
    int code = viewer.app ? run(&viewer) : complain(EXIT_RESOURCES, "out of memory");
    viewer_close(&viewer);
    return code;
}
