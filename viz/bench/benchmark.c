/* benchmark.c: scenarios, each in a process of its own, so that its peak memory is its own.
 *
 * A scenario runs in memory (the image back end) and, where there is a display, in a window with SDL's software renderer and with
 * OpenGL, as the window would: input goes to the app, time passes in 60ths of a second, the picture is drawn and shown, without
 * waiting for the display. The start is measured from outside: the command as a person would type it, until its first picture is there.
 */
#include "benchmark.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "app.h"
#include "backend_sdl2.h"
#include "benchmark_trace.h"
#include "format.h"

enum { EXIT_DONE = 0, EXIT_RESOURCES = 4 };
enum { FRAMES = 300, SEEKS = 200, STARTS = 5, FEW = 20 };
#define SMALL 100000u /* events: with fewer, --benchmark-events asks for a trial, and FEW of each will do */
#define EVENTS_DEFAULT 10000000u
#define START_EVENTS 1000000u
#define FRAME_SECONDS (1.0 / 60)

enum what { PLAY, SEEK, SCRUB, START };
static const char *const what_names[] = {"play", "seek", "scrub", "first picture"};

struct scenario {
    enum what what;
    struct benchmark_load load; /* not of a trace that was given */
    uint32_t heap_bytes;
    uint32_t speed;             /* PLAY: events a second; 0: the whole run */
    const char *suffix;         /* START: of the file */
};

/* One line of the table: sent from process to process. */
struct figures {
    enum what what;
    char run[80], renderer[32];
    uint64_t events, heap_bytes, live;
    double a_second, p50_ms, p99_ms, most_ms;
    double cpu_ms;              /* the mean of the process's own time: what other programs take does not count */
    uint64_t memory_bytes;      /* the most that the process had, all renderers together */
};

struct bench {
    const struct view_options *options;
    const struct scenario *scenario;
    struct text *text;
    struct source *source;
    struct app *app;
    struct window *window; /* NULL: in memory */
    struct raster raster;
    double ms[FRAMES];
    int out;               /* where figures go */
    uint64_t random;
};

static int by_value(const void *a, const void *b)
{
    double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

/* ---- one picture after another ---- */

static void show(struct bench *bench)
{
    int w, h;
    const struct drawlist *list = app_draw(bench->app, &w, &h);
    if (bench->window) {
        window_show(bench->window, &bench->raster, list, w, h);
    } else if (raster_resize(&bench->raster, w, h)) {
        raster_draw(&bench->raster, list);
    }
}

static const struct model *model_of(const struct bench *bench) { return source_model(bench->source); }

static uint32_t draw_event(struct bench *bench)
{
    bench->random = bench->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((bench->random >> 20) % ((uint64_t)model_of(bench)->count + 1));
}

static int frames_of(const struct bench *bench)
{
    bool trial = bench->options->benchmark_events && bench->options->benchmark_events < SMALL;
    return trial ? FEW : bench->scenario->what == SEEK ? SEEKS : FRAMES;
}

/* The scrubber is dragged from the left end to the right and back, as a hand does it: once in the whole measurement. */
static void drag_to(struct bench *bench, int i)
{
    const struct rect area = app_screen(bench->app)->strip;
    int frames = frames_of(bench), step = i < frames / 2 ? i : frames - 1 - i;
    app_mouse_move(bench->app, area.x + (int)((int64_t)(area.w - 1) * step / (frames / 2 - 1)), area.y + area.h / 2);
}

static void begin(struct bench *bench)
{
    const struct scenario *scenario = bench->scenario;
    bench->random = 7;
    app_seek(bench->app, scenario->what == PLAY ? scenario->load.live : 0);
    show(bench);
    if (scenario->what == PLAY && scenario->speed) {
        app_set_speed(bench->app, scenario->speed);
        app_do(bench->app, ACTION_PLAY);
    } else if (scenario->what == SCRUB) {
        const struct rect area = app_screen(bench->app)->strip;
        app_mouse_move(bench->app, area.x, area.y + area.h / 2);
        app_mouse_down(bench->app, area.x, area.y + area.h / 2);
    }
}

static void advance(struct bench *bench, int i)
{
    switch (bench->scenario->what) {
    case PLAY:
        if (!bench->scenario->speed) { /* the whole run, over its failures, at which playing would stop */
            app_seek(bench->app, (uint32_t)((uint64_t)model_of(bench)->count * (uint32_t)(i + 1) / (uint32_t)frames_of(bench)));
        }
        break;
    case SEEK: app_seek(bench->app, draw_event(bench)); break;
    case SCRUB: drag_to(bench, i); break;
    default: break;
    }
    app_tick(bench->app, FRAME_SECONDS);
}

/* Sums up `count` of bench->ms. */
static void sum_up(struct figures *figures, double *ms, int count)
{
    double sum = 0;
    for (int i = 0; i < count; i++) {
        sum += ms[i];
    }
    qsort(ms, (size_t)count, sizeof *ms, by_value);
    figures->a_second = sum > 0 ? count * 1000 / sum : 0;
    figures->p50_ms = ms[count / 2];
    figures->p99_ms = ms[count * 99 / 100];
    figures->most_ms = ms[count - 1];
}

static double cpu_seconds(void)
{
    struct timespec now;
    return clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0 ? (double)now.tv_sec + (double)now.tv_nsec / 1e9 : 0;
}

static void measure(struct bench *bench, struct figures *figures)
{
    int count = frames_of(bench);
    begin(bench);
    double cpu = cpu_seconds();
    for (int i = 0; i < count; i++) {
        double before = window_seconds();
        advance(bench, i);
        show(bench);
        bench->ms[i] = (window_seconds() - before) * 1000;
        figures->live = model_of(bench)->live_count > figures->live ? model_of(bench)->live_count : figures->live;
    }
    figures->cpu_ms = (cpu_seconds() - cpu) * 1000 / count;
    app_mouse_up(bench->app);
    if (app_state(bench->app)->playing) { /* the next renderer begins anew */
        app_do(bench->app, ACTION_PLAY);
    }
    sum_up(figures, bench->ms, count);
}

/* ---- in a process of its own ---- */

static void tell(struct bench *bench, const char *renderer)
{
    struct figures figures = {.what = bench->scenario->what, .events = model_of(bench)->count, .heap_bytes = model_of(bench)->arena_bytes};
    struct rusage usage;
    snprintf(figures.renderer, sizeof figures.renderer, "%s", renderer);
    measure(bench, &figures);
    getrusage(RUSAGE_SELF, &usage);
    figures.memory_bytes = (uint64_t)usage.ru_maxrss * 1024;
    if (write(bench->out, &figures, sizeof figures) != (ssize_t)sizeof figures) {
        _exit(EXIT_RESOURCES);
    }
}

/* In a window with that renderer, where it can be had. */
static void tell_in_window(struct bench *bench, const char *renderer)
{
    char why[240];
    int w, h;
    setenv("SDL_RENDER_DRIVER", renderer, 1);
    bench->window = window_open("Heaplab", bench->options->w, bench->options->h, false, why, sizeof why);
    if (bench->window && strcmp(window_renderer(bench->window), renderer) == 0) {
        window_size(bench->window, &w, &h);
        app_resize(bench->app, w, h);
        tell(bench, renderer);
    }
    window_close(bench->window);
    bench->window = NULL;
}

static bool load(struct bench *bench)
{
    const struct view_options *options = bench->options;
    struct source_options source = {.policy = options->policy, .heap_bytes = bench->scenario->heap_bytes, .arena_base = options->arena_base};
    if (options->trace) {
        source.heap_bytes = options->heap_bytes;
        source.heap_count = options->heap_count;
        memcpy(source.more_heaps, options->more_heaps, sizeof source.more_heaps);
    }
    bench->source = source_new(&source);
    if (bench->source && options->trace) {
        source_load(bench->source, options->trace, &options->selection);
    } else if (bench->source) {
        struct trace *trace = benchmark_trace(&bench->scenario->load);
        return trace && source_take(bench->source, trace) && model_of(bench)->state == MODEL_READY;
    }
    return bench->source && model_of(bench)->state == MODEL_READY;
}

static int run_scenario(const struct view_options *options, const struct scenario *scenario, int out)
{
    char why[300] = "";
    struct bench bench = {.options = options, .scenario = scenario, .out = out};
    bench.text = text_open(why, sizeof why);
    if (!bench.text || !load(&bench)) {
        fprintf(stderr, "heaplab-view: %s\n", why[0] ? why : bench.source ? model_of(&bench)->detail : "out of memory");
        return bench.source && source_exit_code(bench.source) ? source_exit_code(bench.source) : EXIT_RESOURCES;
    }
    bench.app = app_new(bench.source, bench.text, options->w, options->h);
    if (!bench.app) {
        return EXIT_RESOURCES;
    }
    app_state(bench.app)->view = options->view;
    app_state(bench.app)->theme = options->theme;
    tell(&bench, "none (image)");
    tell_in_window(&bench, "software");
    tell_in_window(&bench, "opengl");
    return EXIT_DONE; /* the process ends: nothing is given back */
}

/* ---- the start ---- */

/* Runs `heaplab-view PATH --png FILE` and waits for its end. Seconds, or negative. */
static double start_once(const struct view_options *options, const char *path, const char *picture, uint64_t *memory, double *cpu)
{
    char program[1024], size[32];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    struct rusage usage;
    int status = 0;
    if (length <= 0) {
        return -1;
    }
    program[length] = '\0';
    snprintf(size, sizeof size, "%dx%d", options->w, options->h);
    double before = window_seconds();
    pid_t child = fork();
    if (child == 0) {
        execl(program, program, "--png", picture, "--size", size, "-p", options->policy ? options->policy : "tlsf", "--no-settings", path, (char *)NULL);
        _exit(EXIT_RESOURCES);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) != child || !WIFEXITED(status)) {
        return -1;
    }
    *memory = (uint64_t)usage.ru_maxrss * 1024;
    *cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
    return WEXITSTATUS(status) == EXIT_DONE || options->trace ? window_seconds() - before : -1;
}

static bool measure_starts(const struct view_options *options, const char *path, const char *folder, struct figures *figures)
{
    char picture[300];
    double ms[STARTS];
    bool ok = true;
    snprintf(picture, sizeof picture, "%s/picture.png", folder);
    for (int i = 0; i < STARTS && ok; i++) {
        double seconds = start_once(options, path, picture, &figures->memory_bytes, &figures->cpu_ms);
        ok = seconds >= 0;
        ms[i] = seconds * 1000;
    }
    unlink(picture);
    if (ok) {
        sum_up(figures, ms, STARTS);
    }
    return ok;
}

static int run_start(const struct view_options *options, const struct scenario *scenario, int out)
{
    char folder[] = "/tmp/heaplab-benchmark-XXXXXX", path[300];
    struct figures figures = {.what = START, .renderer = "none (image)", .events = scenario->load.events};
    if (!mkdtemp(folder)) {
        return EXIT_RESOURCES;
    }
    snprintf(path, sizeof path, "%s/trace%s", folder, scenario->suffix ? scenario->suffix : "");
    snprintf(figures.run, sizeof figures.run, "%s", scenario->suffix ? scenario->suffix : "");
    bool ok = true;
    if (!options->trace) {
        struct trace *trace = benchmark_trace(&scenario->load);
        ok = trace && benchmark_trace_write(trace, path);
        trace_free(trace);
    }
    ok = ok && measure_starts(options, options->trace ? options->trace : path, folder, &figures);
    unlink(path);
    rmdir(folder);
    return ok && write(out, &figures, sizeof figures) == (ssize_t)sizeof figures ? EXIT_DONE : EXIT_RESOURCES;
}

/* ---- the table ---- */

/* What was run, in words. */
static void describe(const struct view_options *options, const struct scenario *scenario, struct figures *figures)
{
    char what[sizeof figures->run] = "";
    if (figures->what == START) {
        snprintf(figures->run, sizeof figures->run, "start to first picture%s%s", scenario->suffix ? ", " : "", scenario->suffix ? scenario->suffix : "");
        return;
    }
    snprintf(what, sizeof what, "%s", figures->what == SEEK ? "random seek" : figures->what == SCRUB ? "drag across the run" : "play the whole run");
    if (figures->what == PLAY && !options->trace) {
        snprintf(what, sizeof what, "play at %s events/s", format_count(scenario->speed).s);
    }
    snprintf(figures->run, sizeof figures->run, "%s", what);
}

static void print_head(const struct view_options *options)
{
    if (options->json) {
        return;
    }
    printf("%dx%d pixels, policy %s; frames/s and milliseconds a frame, seek and drawing included; memory: the most that the process had.\n\n",
           options->w, options->h, options->policy ? options->policy : "tlsf");
    printf("| What | Heap | Events | Live blocks | Renderer | per second | p50 ms | p99 ms | most ms | mean CPU ms | Memory |\n"
           "|---|---:|---:|---:|---|---:|---:|---:|---:|---:|---:|\n");
}

static void print_figures(const struct view_options *options, const struct figures *f)
{
    if (options->json) {
        printf("{\"what\":\"%s\",\"run\":\"%s\",\"heap_bytes\":%llu,\"events\":%llu,\"live_blocks\":%llu,\"renderer\":\"%s\",\"per_second\":%.1f,"
               "\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"most_ms\":%.2f,\"cpu_ms\":%.2f,\"memory_bytes\":%llu}\n",
               what_names[f->what], f->run, (unsigned long long)f->heap_bytes, (unsigned long long)f->events, (unsigned long long)f->live, f->renderer,
               f->a_second, f->p50_ms, f->p99_ms, f->most_ms, f->cpu_ms, (unsigned long long)f->memory_bytes);
    } else {
        bool start = f->what == START;
        printf("| %s | %s | %s | %s | %s | %.1f | %.2f | %.2f | %.2f | %.2f | %.0f MiB |\n", f->run, start ? "" : format_bytes(f->heap_bytes).s,
               f->events ? format_count(f->events).s : "", start ? "" : format_count(f->live).s, f->renderer, f->a_second, f->p50_ms, f->p99_ms,
               f->most_ms, f->cpu_ms, (double)f->memory_bytes / (1 << 20));
    }
    fflush(stdout);
}

/* The scenario in a child: what it sends is printed as it comes. */
static int run_child(const struct view_options *options, const struct scenario *scenario)
{
    int ends[2], status = 0;
    struct figures figures;
    fflush(stdout);
    if (pipe(ends) != 0) {
        return EXIT_RESOURCES;
    }
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        _exit(scenario->what == START ? run_start(options, scenario, ends[1]) : run_scenario(options, scenario, ends[1]));
    }
    close(ends[1]);
    while (child > 0 && read(ends[0], &figures, sizeof figures) == (ssize_t)sizeof figures) {
        describe(options, scenario, &figures);
        print_figures(options, &figures);
    }
    close(ends[0]);
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_RESOURCES;
}

/* A run of at most `events`, with so many blocks alive that it has a second half. */
static struct benchmark_load load_of(uint32_t events, uint32_t wanted, uint32_t live, uint32_t least, uint32_t most)
{
    wanted = wanted < events ? wanted : events;
    return (struct benchmark_load){wanted, live < wanted / 2 ? live : wanted / 2, least, most};
}

static int run_all(const struct view_options *options, bool starts)
{
    const uint32_t kib = 1 << 10, mib = 1 << 20, thousand = 1000, million = 1000 * 1000;
    const uint32_t most = options->benchmark_events ? options->benchmark_events : EVENTS_DEFAULT;
    const struct benchmark_load small = load_of(most, most, 2500, 16, 600), large = load_of(most, most, 160 * thousand, 16, 600);
    const struct benchmark_load file = load_of(most, START_EVENTS, 2500, 16, 600);
    const struct scenario own[] = {
        {PLAY, load_of(most, 2 * million, thousand, 8, 80), 128 * kib, 100 * thousand, NULL},
        {PLAY, load_of(most, 3 * million, 100 * thousand, 8, 80), 8 * mib, 100 * thousand, NULL},
        {PLAY, load_of(most, 4 * million, million, 8, 80), 80 * mib, 100 * thousand, NULL},
        {PLAY, load_of(most, 8 * million, 100 * thousand, 8, 80), 8 * mib, million, NULL},
        {SEEK, small, mib, 0, NULL}, {SEEK, large, 64 * mib, 0, NULL}, {SCRUB, small, mib, 0, NULL}, {SCRUB, large, 64 * mib, 0, NULL},
        {START, file, 0, 0, ".jsonl"}, {START, file, 0, 0, ".hlt"},
    };
    const struct scenario given[] = {{.what = PLAY}, {.what = SEEK}, {.what = SCRUB}, {.what = START}};
    const struct scenario *list = options->trace ? given : own;
    const size_t count = options->trace ? sizeof given / sizeof *given : sizeof own / sizeof *own;
    int code = EXIT_DONE;
    print_head(options);
    for (size_t i = 0; i < count && code == EXIT_DONE; i++) {
        code = list[i].what != START || starts ? run_child(options, &list[i]) : code;
    }
    return code;
}

int benchmark_run(const struct view_options *options) { return run_all(options, true); }
int benchmark_run_inside(const struct view_options *options) { return run_all(options, false); }
