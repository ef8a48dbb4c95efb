/* options.c: long options, GNU style, `--name value` and `--name=value`. One table: name, what it takes, what it sets. */
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "colouring.h"
#include "player.h"
#include "raster.h"
#include "spec.h"

#define FRAMES_DEFAULT 300
#define BENCHMARK_EVENTS_MIN 1000
#define BENCHMARK_EVENTS_MAX 100000000
#define HEAP_LEAST 64 /* bytes, as in the command heaplab */
#define BASE_DEFAULT UINT64_C(0x20000000)

const char view_options_help[] =
    "usage: heaplab-view [OPTIONS] TRACE\n"
    "Shows what a trace does to a heap: the heap map, space and time, the heap budget.\n"
    "\n"
    "  -p, --policy NAME[:KEY=VALUE][,NAME…]  the policy that runs (default tlsf; M or Tab changes it in the window); two to four of\n"
    "                                 them run side by side, in the view Duel\n"
    "  -s, --heap-size SIZE[,SIZE…]   bytes, or with K, M, G (default 1.25 x the peak payload, rounded up to 4 KiB); two to four of\n"
    "                                 them run side by side: one policy on each, or as many policies\n"
    "      --arena-base ADDRESS       address of the heap's first byte (default 0x20000000)\n"
    "      --from X, --to Y           only the events from X to Y, each an event's number (from 1), t=TIME, or mark=NAME (the\n"
    "                                 second: mark=NAME#2; --to ends before its mark); the blocks alive at X come first\n"
    "      --heap NAME|INDEX          only the events of this one of the trace's heaps (needed if several have some)\n"
    "      --at EVENT                 start there: as --from, or `failure` or `peak` (default: the first failure, else the peak)\n"
    "      --pin ID                   pin this allocation\n"
    "      --range FROM,TO            the events between which the strip shows a range (A and B in the window); one may be left out\n"
    "      --zoom OFFSET,BYTES        the part of the heap that the map shows (4K,64K)\n"
    "      --lane LETTER              of several lanes the one that the views of one lane show: A (the first) to D\n"
    "      --hide LETTERS             the lanes that the view Duel hides; --sorted: the best of them first\n"
    "      --bytes WHAT[,OFFSET]      the Bytes view shows index, hex or ascii, from that offset on\n"
    "      --bins                     the Why view's other picture of the free blocks (B in the window)\n"
    "      --go WHAT                  as typed after G: an event, t=TIME, an address, +OFFSET or #ID\n"
    "      --open WHAT[,WITH]         what lies over the view: keys, menu or add (at this line), go (with this typed), anomalies\n"
    "                                 (from this line)\n"
    "      --point X,Y                the mouse stands at these pixels\n"
    "      --speed N                  events a second\n"
    "      --play                     play, the whole run in about 30 seconds\n"
    "      --png FILE                 write the picture and end; needs no display\n"
    "      --svg FILE                 write the picture as a vector drawing and end\n"
    "      --frames DIR               write the run as PNG files and end; --frame-count N of them (default 300)\n"
    "      --video FILE               write the run as a video of 30 frames a second (--frame-count N) and end; needs ffmpeg\n"
    "      --size WxH                 pixels (default 1280x800; at least 1024x640)\n"
    "      --view NAME                map, duel, why, bytes or lesson (default map; duel where several run)\n"
    "      --lang NAME                en or zh\n"
    "      --scale PERCENT            100 to 300, or `auto` (default: by the size)\n"
    "      --theme NAME               dark, light or projector\n"
    "      --colour MODE              kind, size, age, site or thread\n"
    "      --settings FILE            what the window remembers: size, theme, language, scale (default heaplab/viewer in\n"
    "                                 $XDG_CONFIG_HOME or ~/.config; pictures without a window read none unless it is given)\n"
    "      --no-settings              remember nothing\n"
    "      --keys                     the same as --open keys\n"
    "      --still                    no motion but playing\n"
    "      --benchmark                measure frames/s, seeks, dragging, the start and memory, as a table, with TRACE or, without one,\n"
    "                                 with runs that it makes itself; --json: an object a line; --benchmark-events N: length of the\n"
    "                                 long runs (default 10000000)\n"
    "      --help                     this text\n"
    "      --version                  the version\n"
    "\n"
    "example: heaplab-view -p best_fit -s 400K --at failure --png failure.png traces/corpus/lua.jsonl.gz\n"
    "exit: 0 done, 2 usage, 3 bad trace (what can be read of it is shown), 4 out of memory or a limit, or no display\n";

struct parsing {
    struct view_options *options;
    char *why;
    size_t why_size;
};

static bool wrong(struct parsing *p, const char *option, const char *found, const char *expected)
{
    snprintf(p->why, p->why_size, "%s: found `%s`, expected %s", option, found, expected);
    return false;
}

static bool parse_number(const char *text, int base, uint64_t max, uint64_t *value)
{
    char *end;
    if (*text < '0' || *text > '9') {
        return false;
    }
    errno = 0;
    *value = strtoull(text, &end, base);
    return errno == 0 && *end == '\0' && *value <= max;
}

static bool set_bound(struct parsing *p, const char *option, const char *value, struct trace_bound *bound)
{
    char why[200];
    if (!trace_bound_parse(bound, value, why, sizeof why)) {
        snprintf(p->why, p->why_size, "%s: found `%s`, %s", option, value, why);
        return false;
    }
    return true;
}

static bool set_at(struct parsing *p, const char *value)
{
    uint64_t number = 0;
    p->options->at_given = true;
    p->options->at_failure = strcmp(value, "failure") == 0;
    p->options->at_peak = strcmp(value, "peak") == 0;
    p->options->at_bound.kind = TRACE_BOUND_NONE;
    if (strncmp(value, "t=", 2) == 0 || strncmp(value, "mark=", 5) == 0) {
        return set_bound(p, "--at", value, &p->options->at_bound);
    }
    if (!p->options->at_failure && !p->options->at_peak && !parse_number(value, 10, UINT32_MAX, &number)) {
        return wrong(p, "--at", value, "an event's number, t=TIME, mark=NAME, `failure` or `peak`");
    }
    p->options->at = (uint32_t)number;
    return true;
}

static bool set_size(struct parsing *p, const char *value)
{
    int end = 0;
    p->options->size_given = true;
    if (sscanf(value, "%5dx%5d%n", &p->options->w, &p->options->h, &end) != 2 || value[end] != '\0') {
        return wrong(p, "--size", value, "WIDTHxHEIGHT");
    }
    if (p->options->w < SCREEN_MIN_W || p->options->h < SCREEN_MIN_H) {
        return wrong(p, "--size", value, "at least 1024x640");
    }
    if (p->options->w > RASTER_SIDE_MAX || p->options->h > RASTER_SIDE_MAX || p->options->w > RASTER_AREA_MAX / p->options->h) {
        return wrong(p, "--size", value, "at most 64 M pixels");
    }
    return true;
}

static bool set_theme(struct parsing *p, const char *value)
{
    p->options->theme_given = true;
    p->options->theme = theme_find(value);
    return p->options->theme != THEME_COUNT || wrong(p, "--theme", value, "dark, light or projector");
}

static bool set_colour(struct parsing *p, const char *value)
{
    int mode = 0;
    while (mode < COLOUR_COUNT && strcmp(colour_mode_names[mode], value) != 0) {
        mode++;
    }
    p->options->colour = (enum colour_mode)mode;
    return mode < COLOUR_COUNT || wrong(p, "--colour", value, "kind, size, age, site or thread");
}

static bool set_heap_size(struct parsing *p, const char *value)
{
    static const char expected[] = "one to four sizes of 64 to 2147483647 bytes (64K, 1M, \u2026)";
    p->options->heap_count = 0;
    for (const char *at = value; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
        char size[32];
        uint64_t bytes;
        int i = p->options->heap_count++;
        snprintf(size, sizeof size, "%.*s", (int)strcspn(at, ","), at);
        if (i >= MODEL_LANES || strcspn(at, ",") >= sizeof size || !spec_parse_size(size, &bytes) || bytes < HEAP_LEAST || bytes > INT32_MAX) {
            return wrong(p, "--heap-size", value, expected);
        }
        *(i == 0 ? &p->options->heap_bytes : &p->options->more_heaps[i - 1]) = (uint32_t)bytes;
    }
    return true;
}

static bool set_view(struct parsing *p, const char *value)
{
    p->options->view = view_find(value);
    p->options->view_given = true;
    return p->options->view != VIEW_COUNT || wrong(p, "--view", value, "map, duel, why, bytes or lesson");
}

static bool set_language(struct parsing *p, const char *value)
{
    p->options->language_given = true;
    p->options->language = language_find(value);
    return p->options->language != LANGUAGE_COUNT || wrong(p, "--lang", value, "en or zh");
}

static bool set_from(struct parsing *p, const char *value) { return set_bound(p, "--from", value, &p->options->selection.from); }
static bool set_to(struct parsing *p, const char *value) { return set_bound(p, "--to", value, &p->options->selection.to); }

static bool set_heap(struct parsing *p, const char *value)
{
    p->options->selection.heap = value;
    return *value != '\0' || wrong(p, "--heap", value, "the name or the index of one of the trace's heaps");
}

static bool set_scale(struct parsing *p, const char *value)
{
    uint64_t percent;
    p->options->scale_given = true;
    p->options->scale_percent = 0;
    if (strcmp(value, "auto") == 0) {
        return true;
    }
    if (!parse_number(value, 10, 300, &percent) || percent < 100) {
        return wrong(p, "--scale", value, "100 to 300, or `auto`");
    }
    p->options->scale_percent = (int)percent;
    return true;
}

static bool set_frame_count(struct parsing *p, const char *value)
{
    uint64_t count;
    if (!parse_number(value, 10, 1000000, &count) || count == 0) {
        return wrong(p, "--frame-count", value, "1 to 1000000");
    }
    p->options->frame_count = (uint32_t)count;
    return true;
}

static bool set_base(struct parsing *p, const char *value)
{
    return parse_number(value, 0, UINT64_MAX, &p->options->arena_base) || wrong(p, "--arena-base", value, "an address");
}

static bool set_pin(struct parsing *p, const char *value)
{
    p->options->pin_given = true;
    return parse_number(value, 10, UINT64_MAX, &p->options->pin) || wrong(p, "--pin", value, "an allocation's id");
}

static bool parse_pair(const char *value, uint32_t *a, uint32_t *b)
{
    char first[32];
    uint64_t one = 0, two = 0;
    size_t len = strcspn(value, ",");
    if (value[len] == '\0' || len >= sizeof first) {
        return false;
    }
    snprintf(first, sizeof first, "%.*s", (int)len, value);
    if (!parse_number(first, 0, UINT32_MAX - 1, &one) || !parse_number(value + len + 1, 0, UINT32_MAX - 1, &two)) {
        return false;
    }
    *a = (uint32_t)one;
    *b = (uint32_t)two;
    return true;
}

/* One end may be left out: `5,` begins at 5, `,5` ends there. */
static bool set_range(struct parsing *p, const char *value)
{
    struct view_options *o = p->options;
    char whole[40];
    size_t comma = strcspn(value, ","), len = strlen(value);
    bool no_from = comma == 0, no_to = comma + 1 == len;
    snprintf(whole, sizeof whole, "%s%s%s", no_from ? "0" : "", value, no_to ? "0" : "");
    bool good = len > 1 && len < sizeof whole - 1 && parse_pair(whole, &o->range_from, &o->range_to);
    if (!good || (!no_from && !no_to && o->range_from > o->range_to)) {
        return wrong(p, "--range", value, "two events' numbers, FROM,TO, one of which may be left out");
    }
    o->range_from = no_from ? VIEW_NO_EVENT : o->range_from;
    o->range_to = no_to ? VIEW_NO_EVENT : o->range_to;
    return true;
}

static bool set_point(struct parsing *p, const char *value)
{
    uint32_t x, y;
    if (!parse_pair(value, &x, &y) || x > RASTER_SIDE_MAX || y > RASTER_SIDE_MAX) {
        return wrong(p, "--point", value, "two numbers of pixels, X,Y");
    }
    p->options->point_given = true;
    p->options->point_x = (int)x;
    p->options->point_y = (int)y;
    return true;
}

static bool set_open(struct parsing *p, const char *value)
{
    static const struct { const char *name; enum overlay overlay; } names[] = {
        {"keys", OVERLAY_HELP}, {"menu", OVERLAY_POLICY}, {"add", OVERLAY_ADD}, {"go", OVERLAY_GO}, {"anomalies", OVERLAY_ANOMALIES},
    };
    struct view_options *o = p->options;
    size_t len = strcspn(value, ","), i = 0;
    uint64_t line = 1;
    while (i < sizeof names / sizeof *names && (strlen(names[i].name) != len || strncmp(value, names[i].name, len) != 0)) {
        i++;
    }
    bool known = i < sizeof names / sizeof *names, with = value[len] == ',', entry = known && names[i].overlay == OVERLAY_GO;
    if (!known || (with && !entry && (!parse_number(value + len + 1, 10, UINT32_MAX, &line) || line == 0))) {
        return wrong(p, "--open", value, "keys, menu, add, go or anomalies, and perhaps a comma and a line (go: what is typed)");
    }
    o->overlay = names[i].overlay;
    o->overlay_line = (uint32_t)line - 1;
    o->overlay_entry = with && entry ? value + len + 1 : "";
    return true;
}

static bool set_speed(struct parsing *p, const char *value)
{
    uint64_t speed = 0;
    if (!parse_number(value, 10, PLAYER_SPEED_MAX, &speed) || speed == 0) {
        return wrong(p, "--speed", value, "1 to 1000000 events a second");
    }
    p->options->speed = (uint32_t)speed;
    return true;
}

static bool set_go(struct parsing *p, const char *value)
{
    p->options->go = value;
    return *value != '\0' || wrong(p, "--go", value, "an event, t=TIME, an address, +OFFSET or #ID");
}

static bool set_bytes(struct parsing *p, const char *value)
{
    struct bytes_state *bytes = &p->options->bytes;
    size_t len = strcspn(value, ",");
    uint64_t off = VIEW_NO_OFF;
    bytes->shows = BYTES_INDEX;
    while (bytes->shows < BYTES_SHOWS && (strlen(bytes_shows_names[bytes->shows]) != len || strncmp(value, bytes_shows_names[bytes->shows], len) != 0)) {
        bytes->shows = (enum bytes_shows)((int)bytes->shows + 1);
    }
    bool good = bytes->shows < BYTES_SHOWS && (value[len] == '\0' || parse_number(value + len + 1, 0, UINT32_MAX - 1, &off));
    bytes->first = (uint32_t)off;
    return good || wrong(p, "--bytes", value, "index, hex or ascii, and perhaps a comma and an offset");
}

/* A number of bytes, or a size with K, M, G. */
static bool parse_bytes(const char *text, size_t len, uint32_t *bytes)
{
    char word[32];
    uint64_t value = 0;
    snprintf(word, sizeof word, "%.*s", (int)(len < sizeof word ? len : sizeof word - 1), text);
    bool good = len < sizeof word && (parse_number(word, 0, UINT32_MAX - 1, &value) || spec_parse_size(word, &value));
    *bytes = (uint32_t)value;
    return good && value < UINT32_MAX;
}

static bool set_zoom(struct parsing *p, const char *value)
{
    struct view_options *o = p->options;
    size_t comma = strcspn(value, ",");
    bool good = value[comma] && parse_bytes(value, comma, &o->map_first) && parse_bytes(value + comma + 1, strlen(value + comma + 1), &o->map_bytes);
    return (good && o->map_bytes > 0 && o->map_first % 8 == 0) || wrong(p, "--zoom", value, "OFFSET,BYTES, the offset a multiple of 8");
}

static bool set_lane(struct parsing *p, const char *value)
{
    p->options->lane = (uint32_t)(unsigned char)value[0] - 'A';
    return (p->options->lane < MODEL_LANES && value[1] == '\0') || wrong(p, "--lane", value, "a lane's letter, A to D");
}

static bool set_hide(struct parsing *p, const char *value)
{
    for (const char *c = value; *c; c++) {
        if (*c < 'A' || *c >= 'A' + MODEL_LANES) {
            return wrong(p, "--hide", value, "lanes' letters, A to D");
        }
        p->options->hidden |= (uint8_t)(1u << (*c - 'A'));
    }
    return true;
}

static bool set_sorted(struct parsing *p, const char *value) { return (void)value, p->options->sorted = true; }

static bool set_policy(struct parsing *p, const char *value)
{
    struct spec_list specs = {.count = 0};
    p->options->policy = value;
    if (!spec_parse(&specs, value, p->why, p->why_size)) {
        char *all = strstr(p->why, ", or all");
        if (all) {
            *all = '\0'; /* all of them are more than run side by side */
        }
        return false;
    }
    p->options->lane_count = (int)specs.count;
    return specs.count <= MODEL_LANES || wrong(p, "--policy", value, "one policy, or two to four side by side");
}

static bool set_png(struct parsing *p, const char *value) { return (p->options->png = value) != NULL; }
static bool set_svg(struct parsing *p, const char *value) { return (p->options->svg = value) != NULL; }
static bool set_video(struct parsing *p, const char *value) { return (p->options->video = value) != NULL; }
static bool set_frames(struct parsing *p, const char *value) { return (p->options->frames = value) != NULL; }
static bool set_settings(struct parsing *p, const char *value) { return (p->options->settings = value) != NULL; }
static bool set_no_settings(struct parsing *p, const char *value) { return (void)value, p->options->no_settings = true; }
static bool set_help(struct parsing *p, const char *value) { return (void)value, p->options->help = true; }
static bool set_version(struct parsing *p, const char *value) { return (void)value, p->options->version = true; }
static bool set_play(struct parsing *p, const char *value) { return (void)value, p->options->play = true; }
static bool set_keys(struct parsing *p, const char *value) { return (void)value, set_open(p, "keys"); }
static bool set_bins(struct parsing *p, const char *value) { return (void)value, p->options->bins = true; }
static bool set_still(struct parsing *p, const char *value) { return (void)value, p->options->still = true; }
static bool set_benchmark(struct parsing *p, const char *value) { return (void)value, p->options->benchmark = true; }
static bool set_json(struct parsing *p, const char *value) { return (void)value, p->options->json = true; }

static bool set_benchmark_events(struct parsing *p, const char *value)
{
    uint64_t number;
    if (!parse_number(value, 10, BENCHMARK_EVENTS_MAX, &number) || number < BENCHMARK_EVENTS_MIN) {
        return wrong(p, "--benchmark-events", value, "a number from 1000 to 100000000");
    }
    p->options->benchmark_events = (uint32_t)number;
    return true;
}

static const struct { const char *name, *letter; bool takes_value; bool (*set)(struct parsing *, const char *); } table[] = {
    {"--policy", "-p", true, set_policy},       {"--heap-size", "-s", true, set_heap_size}, {"--arena-base", "", true, set_base},
    {"--from", "", true, set_from},             {"--to", "", true, set_to},                 {"--heap", "", true, set_heap},
    {"--at", "", true, set_at},                 {"--pin", "", true, set_pin},               {"--play", "", false, set_play},
    {"--png", "", true, set_png},               {"--frames", "", true, set_frames},         {"--frame-count", "", true, set_frame_count},
    {"--size", "", true, set_size},             {"--scale", "", true, set_scale},           {"--theme", "", true, set_theme},
    {"--svg", "", true, set_svg},               {"--video", "", true, set_video},
    {"--settings", "", true, set_settings},     {"--no-settings", "", false, set_no_settings},
    {"--lane", "", true, set_lane},             {"--hide", "", true, set_hide},             {"--sorted", "", false, set_sorted},
    {"--range", "", true, set_range},           {"--zoom", "", true, set_zoom},
    {"--bytes", "", true, set_bytes},           {"--bins", "", false, set_bins},            {"--speed", "", true, set_speed},
    {"--go", "", true, set_go},                 {"--open", "", true, set_open},             {"--point", "", true, set_point},
    {"--view", "", true, set_view},             {"--lang", "", true, set_language},
    {"--colour", "", true, set_colour},         {"--keys", "", false, set_keys},            {"--benchmark", "", false, set_benchmark},
    {"--json", "", false, set_json},            {"--benchmark-events", "", true, set_benchmark_events},
    {"--still", "", false, set_still},          {"--help", "-h", false, set_help},           {"--version", "", false, set_version},
};

/* Does `arg` name this option? *value is what follows `=`, or NULL. */
static bool names(const char *arg, const char *name, const char *letter, const char **value)
{
    size_t len = strlen(name);
    *value = NULL;
    if (strcmp(arg, name) == 0 || (*letter && strcmp(arg, letter) == 0)) {
        return true;
    }
    if (strncmp(arg, name, len) != 0 || arg[len] != '=') {
        return false;
    }
    *value = arg + len + 1;
    return true;
}

static bool parse_option(struct parsing *p, int argc, char **argv, int *at)
{
    const char *value;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (!names(argv[*at], table[i].name, table[i].letter, &value)) {
            continue;
        }
        if (table[i].takes_value && !value && *at + 1 >= argc) {
            snprintf(p->why, p->why_size, "%s: needs a value", argv[*at]);
            return false;
        }
        if (table[i].takes_value && !value) {
            value = argv[++*at];
        }
        return table[i].set(p, value);
    }
    snprintf(p->why, p->why_size, "%s: no such option", argv[*at]);
    return false;
}

bool view_options_headless(const struct view_options *options) { return options->png || options->svg || options->frames || options->video; }

bool view_options_parse(struct view_options *options, int argc, char **argv, char *why, size_t why_size)
{
    struct parsing p = {options, why, why_size};
    bool only_names = false;
    *options = (struct view_options){.arena_base = BASE_DEFAULT, .lane_count = 1, .range_from = VIEW_NO_EVENT,
                                    .range_to = VIEW_NO_EVENT, .frame_count = FRAMES_DEFAULT, .w = 1280, .h = 800,
                                    .bytes.first = VIEW_NO_OFF};
    for (int i = 1; i < argc; i++) {
        if (!only_names && strcmp(argv[i], "--") == 0) {
            only_names = true;
        } else if (!only_names && argv[i][0] == '-' && argv[i][1] != '\0') {
            if (!parse_option(&p, argc, argv, &i)) {
                return false;
            }
        } else if (options->trace) {
            snprintf(why, why_size, "one trace at a time: `%s` is a second one", argv[i]);
            return false;
        } else {
            options->trace = argv[i];
        }
    }
    if (options->lane_count > 1 && options->heap_count > 1 && options->lane_count != options->heap_count) {
        snprintf(why, why_size, "found %d policies and %d heap sizes, expected as many, or one of either", options->lane_count, options->heap_count);
        return false;
    }
    options->lane_count = options->heap_count > options->lane_count ? options->heap_count : options->lane_count;
    if (options->lane >= (uint32_t)options->lane_count) {
        snprintf(why, why_size, "--lane: found `%c`, expected one of the %d that run", (int)('A' + options->lane), options->lane_count);
        return false;
    }
    if (!options->view_given && options->lane_count > 1) {
        options->view = VIEW_DUEL;
    }
    if (!options->trace && !options->help && !options->version && view_options_headless(options)) {
        snprintf(why, why_size, "a picture needs a trace");
        return false;
    }
    return true;
}
