/* backend_svg.c: a draw list as SVG.
 *
 * Each operation becomes one element at the same whole pixels. Patterns become <pattern> elements that are anchored as the raster
 * anchors them; of equal ones there is one. Text stays text, with its width written down, so that it keeps its place where the fonts
 * are others. Images are embedded as PNG. Nothing depends on time, place or locale.
 */
#include "backend_svg.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend_image.h"
#include "raster.h"
#include "trace/trace_output.h"

struct svg_pattern { uint32_t fill, mark; int unit, ax, ay; uint8_t tile; };

struct svg {
    struct trace_output *output;
    const struct drawlist *list;
    struct svg_pattern *patterns;
    size_t pattern_count, pattern_cap;
    uint32_t clips;
    bool clipped, no_memory;
    uint8_t left[3]; /* bytes that wait for base64 */
    int left_count;
};

static void put(struct svg *svg, const char *format, ...)
{
    char line[600];
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (n > 0) {
        trace_output_put(svg->output, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
    }
}

/* ` fill="#2977c0"`, and its opacity if it has some. */
static void put_colour(struct svg *svg, uint32_t argb)
{
    put(svg, " fill=\"#%06x\"", (unsigned)(argb & 0xFFFFFFu));
    unsigned thousandths = (unsigned)(((argb >> 24) * 1000 + 127) / 255);
    if (thousandths < 1000) {
        put(svg, " fill-opacity=\"0.%03u\"", thousandths);
    }
}

/* Length of the UTF-8 character at `c`; 0: it is none, or none that XML allows. */
static int character_length(const unsigned char *c)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    int length = c[0] < 0x80 ? 1 : (c[0] & 0xE0) == 0xC0 ? 2 : (c[0] & 0xF0) == 0xE0 ? 3 : (c[0] & 0xF8) == 0xF0 ? 4 : 0;
    uint32_t code = length == 1 ? c[0] : c[0] & (0x7Fu >> length);
    for (int i = 1; i < length; i++) {
        if ((c[i] & 0xC0) != 0x80) {
            return 0;
        }
        code = code << 6 | (c[i] & 0x3Fu);
    }
    bool allowed = code >= 0x20 && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF) && code != 0xFFFE && code != 0xFFFF;
    return length > 0 && allowed && code >= least[length] ? length : 0;
}

static void put_words(struct svg *svg, const char *words)
{
    for (const unsigned char *c = (const unsigned char *)words; *c;) {
        int length = character_length(c);
        if (length == 0) {
            put(svg, "\xEF\xBF\xBD"); /* the sign for a character that cannot be shown */
            c++;
            continue;
        }
        switch (*c) {
        case '&': put(svg, "&amp;"); break;
        case '<': put(svg, "&lt;"); break;
        case '>': put(svg, "&gt;"); break;
        default: put(svg, "%.*s", length, (const char *)c); break;
        }
        c += length;
    }
}

/* ---- patterns ---- */

static int wrap(int value, int period) { return (value % period + period) % period; }

static struct svg_pattern pattern_of(const struct draw_op *op)
{
    int period = raster_tile_period(op->kind) * op->unit;
    return (struct svg_pattern){op->colour & 0xFFFFFFu, op->mark & 0xFFFFFFu, op->unit, wrap(op->ax, period), wrap(op->ay, period), op->kind};
}

static bool pattern_equal(const struct svg_pattern *a, const struct svg_pattern *b)
{
    return a->fill == b->fill && a->mark == b->mark && a->unit == b->unit && a->ax == b->ax && a->ay == b->ay && a->tile == b->tile;
}

/* The pattern's number; it is added if it is new. SIZE_MAX without memory. */
static size_t pattern_index(struct svg *svg, const struct draw_op *op)
{
    struct svg_pattern wanted = pattern_of(op);
    for (size_t i = svg->pattern_count; i > 0; i--) { /* the last ones are the likely ones */
        if (pattern_equal(&svg->patterns[i - 1], &wanted)) {
            return i - 1;
        }
    }
    if (svg->pattern_count == svg->pattern_cap) {
        size_t cap = svg->pattern_cap ? 2 * svg->pattern_cap : 64;
        struct svg_pattern *patterns = realloc(svg->patterns, cap * sizeof *patterns);
        if (!patterns) {
            svg->no_memory = true;
            return SIZE_MAX;
        }
        svg->patterns = patterns;
        svg->pattern_cap = cap;
    }
    svg->patterns[svg->pattern_count] = wanted;
    return svg->pattern_count++;
}

/* The marks of one period as one path of squares. */
static void define_pattern(struct svg *svg, size_t index, const struct svg_pattern *pattern)
{
    int units = raster_tile_period(pattern->tile), side = units * pattern->unit;
    put(svg, "<pattern id=\"p%u\" patternUnits=\"userSpaceOnUse\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\">", (unsigned)index, pattern->ax,
        pattern->ay, side, side);
    put(svg, "<path fill=\"#%06x\" d=\"M0 0h%dv%dh-%dz\"/><path fill=\"#%06x\" d=\"", (unsigned)pattern->fill, side, side, side,
        (unsigned)pattern->mark);
    for (int y = 0; y < units; y++) {
        for (int x = 0; x < units; x++) {
            if (raster_tile_marks(pattern->tile, x, y)) {
                put(svg, "M%d %dh%dv%dh-%dz", x * pattern->unit, y * pattern->unit, pattern->unit, pattern->unit, pattern->unit);
            }
        }
    }
    put(svg, "\"/></pattern>\n");
}

static void put_pattern(struct svg *svg, const struct draw_op *op)
{
    size_t before = svg->pattern_count, index = pattern_index(svg, op);
    if (index == SIZE_MAX) {
        return;
    }
    if (index == before) {
        define_pattern(svg, index, &svg->patterns[index]);
    }
    put(svg, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"url(#p%u)\"/>\n", op->x, op->y, op->w, op->h, (unsigned)index);
}

/* ---- images ---- */

static void put_base64(struct svg *svg, bool end)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = (uint32_t)svg->left[0] << 16 | (uint32_t)svg->left[1] << 8 | svg->left[2];
    char out[5] = {digits[bits >> 18 & 63], digits[bits >> 12 & 63], digits[bits >> 6 & 63], digits[bits & 63], '\0'};
    for (int i = svg->left_count + 1; end && i < 4; i++) {
        out[i] = '=';
    }
    trace_output_put(svg->output, out, 4);
    memset(svg->left, 0, sizeof svg->left);
    svg->left_count = 0;
}

static int take_bytes(void *context, const void *bytes, size_t count)
{
    struct svg *svg = context;
    for (size_t i = 0; i < count; i++) {
        svg->left[svg->left_count++] = ((const uint8_t *)bytes)[i];
        if (svg->left_count == 3) {
            put_base64(svg, false);
        }
    }
    return svg->output->failed_errno;
}

static void put_image(struct svg *svg, const struct draw_op *op)
{
    char why[120];
    struct raster part = {op->w, op->h, malloc((size_t)op->w * (size_t)op->h * sizeof(uint32_t))};
    if (!part.pixels) {
        svg->no_memory = true;
        return;
    }
    for (int y = 0; y < op->h; y++) {
        const uint32_t *from = op->image->pixels + (size_t)(op->ay + y) * (size_t)op->image->w + (size_t)op->ax;
        memcpy(part.pixels + (size_t)y * (size_t)op->w, from, (size_t)op->w * sizeof *from);
    }
    put(svg, "<image x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" image-rendering=\"optimizeSpeed\" xlink:href=\"data:image/png;base64,", op->x, op->y,
        op->w, op->h);
    if (!image_encode_png(&part, (struct image_sink){take_bytes, svg}, why, sizeof why) && !svg->output->failed_errno) {
        svg->no_memory = true;
    }
    if (svg->left_count > 0) {
        put_base64(svg, true);
    }
    put(svg, "\"/>\n");
    raster_free(&part);
}

/* ---- text and shapes ---- */

static void put_text(struct svg *svg, const struct draw_op *op)
{
    static const struct { const char *family; int weight; } faces[FACE_COUNT] = {
        [FACE_REGULAR] = {"Inter, 'Noto Sans CJK SC', sans-serif", 400},   [FACE_MEDIUM] = {"Inter, 'Noto Sans CJK SC', sans-serif", 500},
        [FACE_SEMIBOLD] = {"Inter, 'Noto Sans CJK SC', sans-serif", 600},
        [FACE_MONO] = {"'JetBrains Mono', 'Noto Sans CJK SC', monospace", 400},
        [FACE_MONO_BOLD] = {"'JetBrains Mono', 'Noto Sans CJK SC', monospace", 700}};
    const char *words = drawlist_text(svg->list, op);
    put(svg, "<text x=\"%d\" y=\"%d\" font-family=\"%s\" font-weight=\"%d\" font-size=\"%d\" xml:space=\"preserve\"", op->x, op->y,
        faces[op->kind].family, faces[op->kind].weight, op->h);
    if (words[0] && words[1]) {
        put(svg, " textLength=\"%d\"", op->w);
    }
    put_colour(svg, op->colour);
    put(svg, ">");
    put_words(svg, words);
    put(svg, "</text>\n");
}

/* Corners in thousandths of the shape's rectangle, as the raster samples them; pairs x, y, ended by -1. */
static const int outlines[SHAPE_COUNT][20] = {
    [SHAPE_UP] = {500, 0, 1000, 1000, 0, 1000, -1},
    [SHAPE_DOWN] = {0, 0, 1000, 0, 500, 1000, -1},
    [SHAPE_LEFT] = {0, 500, 1000, 0, 1000, 1000, -1},
    [SHAPE_RIGHT] = {0, 0, 1000, 500, 0, 1000, -1},
    [SHAPE_DIAMOND] = {500, 0, 1000, 500, 500, 1000, 0, 500, -1},
    [SHAPE_DISC] = {-1},
    [SHAPE_FLAG] = {0, 0, 1000, 0, 675, 325, 1000, 650, 200, 650, 200, 1000, 0, 1000, -1},
    [SHAPE_CHECK] = {0, 380, 360, 740, 1000, 100, 1000, 380, 380, 1000, 340, 1000, 0, 660, -1},
};

static void put_shape(struct svg *svg, const struct draw_op *op)
{
    if (op->kind == SHAPE_DISC) {
        put(svg, "<ellipse cx=\"%d.%d\" cy=\"%d.%d\" rx=\"%d.%d\" ry=\"%d.%d\"", op->x + op->w / 2, op->w % 2 * 5, op->y + op->h / 2, op->h % 2 * 5,
            op->w / 2, op->w % 2 * 5, op->h / 2, op->h % 2 * 5);
    } else {
        const int *corner = outlines[op->kind];
        put(svg, "<polygon points=\"");
        for (int i = 0; corner[i] >= 0; i += 2) {
            int x = op->x * 1000 + corner[i] * op->w, y = op->y * 1000 + corner[i + 1] * op->h;
            put(svg, "%s%s%d.%03d,%s%d.%03d", i ? " " : "", x < 0 ? "-" : "", abs(x) / 1000, abs(x) % 1000, y < 0 ? "-" : "", abs(y) / 1000,
                abs(y) % 1000);
        }
        put(svg, "\"");
    }
    put_colour(svg, op->colour);
    put(svg, " shape-rendering=\"geometricPrecision\"/>\n");
}

/* ---- the document ---- */

static void end_clip(struct svg *svg)
{
    put(svg, svg->clipped ? "</g>\n" : "");
    svg->clipped = false;
}

static void begin_clip(struct svg *svg, const struct draw_op *op)
{
    end_clip(svg);
    put(svg, "<clipPath id=\"c%u\"><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/></clipPath>\n<g clip-path=\"url(#c%u)\">\n",
        (unsigned)svg->clips, op->x, op->y, op->w, op->h, (unsigned)svg->clips);
    svg->clips++;
    svg->clipped = true;
}

static void put_op(struct svg *svg, const struct draw_op *op)
{
    switch (op->type) {
    case DRAW_FILL:
        put(svg, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"", op->x, op->y, op->w, op->h);
        put_colour(svg, op->colour);
        put(svg, "/>\n");
        break;
    case DRAW_PATTERN: put_pattern(svg, op); break;
    case DRAW_TEXT: put_text(svg, op); break;
    case DRAW_SHAPE: put_shape(svg, op); break;
    case DRAW_IMAGE: put_image(svg, op); break;
    case DRAW_CLIP: begin_clip(svg, op); break;
    case DRAW_UNCLIP: end_clip(svg); break;
    default: break;
    }
}

static void put_document(struct svg *svg, int w, int h, const char *title)
{
    put(svg, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\"");
    put(svg, " version=\"1.1\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\">\n<title>", w, h, w, h);
    put_words(svg, title);
    put(svg, "</title>\n");
    for (size_t i = 0; i < svg->list->count && !svg->no_memory && !svg->output->failed_errno; i++) {
        put_op(svg, &svg->list->ops[i]);
    }
    end_clip(svg);
    put(svg, "</svg>\n");
}

bool svg_write(const struct drawlist *list, int w, int h, const char *title, const char *path, char *why, size_t why_size)
{
    struct svg svg = {.output = trace_output_open(path, false), .list = list};
    if (!svg.output) {
        snprintf(why, why_size, "cannot write %s: %s", path, strerror(errno));
        return false;
    }
    put_document(&svg, w, h, title);
    bool whole = !svg.no_memory && !list->failed;
    free(svg.patterns);
    bool kept = trace_output_close(svg.output, whole);
    if (!whole || !kept) {
        snprintf(why, why_size, "cannot write %s: %s", path, whole ? strerror(errno) : "out of memory");
    }
    return whole && kept;
}
