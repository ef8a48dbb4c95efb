/* raster.c: fills, patterns, text, shapes and images into memory.
 *
 * Invariant: every pixel stays opaque. Patterns are written a row at a time from one period, shapes are sampled 4 x 4 a pixel
 * (they are a few pixels wide), text is coverage times colour. Blending is in the display's own space, as the design measured it.
 */
#include "raster.h"

#include <stdlib.h>
#include <string.h>

#define PERIOD_MAX 64 /* pixels of the longest pattern period that is tabulated */

bool raster_resize(struct raster *raster, int w, int h)
{
    if (w <= 0 || h <= 0 || w > RASTER_SIDE_MAX || h > RASTER_SIDE_MAX || w > RASTER_AREA_MAX / h) {
        return false;
    }
    if (raster->pixels && raster->w == w && raster->h == h) {
        return true;
    }
    uint32_t *pixels = malloc((size_t)w * (size_t)h * sizeof *pixels);
    if (!pixels) {
        return false;
    }
    free(raster->pixels);
    *raster = (struct raster){w, h, pixels};
    return true;
}

void raster_free(struct raster *raster)
{
    free(raster->pixels);
    *raster = (struct raster){0, 0, NULL};
}

static inline uint32_t *row_of(struct raster *raster, int x, int y)
{
    return raster->pixels + (size_t)y * (size_t)raster->w + (size_t)x;
}

/* `alpha` 0 … 255 of `argb` over `under`. */
static inline uint32_t blend(uint32_t under, uint32_t argb, uint32_t alpha)
{
    uint32_t keep = 255 - alpha;
    uint32_t rb = (argb & 0xFF00FFu) * alpha + (under & 0xFF00FFu) * keep + 0x800080u;
    uint32_t g = (argb & 0x00FF00u) * alpha + (under & 0x00FF00u) * keep + 0x008000u;
    rb = (rb + (rb >> 8 & 0xFF00FFu)) >> 8 & 0xFF00FFu;
    g = (g + (g >> 8 & 0x00FF00u)) >> 8 & 0x00FF00u;
    return 0xFF000000u | rb | g;
}

static void fill(struct raster *raster, struct rect r, uint32_t argb)
{
    uint32_t alpha = argb >> 24;
    for (int y = r.y; y < r.y + r.h; y++) {
        uint32_t *row = row_of(raster, r.x, y);
        if (alpha == 255) {
            for (int x = 0; x < r.w; x++) {
                row[x] = argb;
            }
        } else {
            for (int x = 0; x < r.w; x++) {
                row[x] = blend(row[x], argb, alpha);
            }
        }
    }
}

static int wrap(int value, int period)
{
    int rest = value % period;
    return rest < 0 ? rest + period : rest;
}

bool raster_tile_marks(uint8_t tile, int x, int y)
{
    switch (tile) {
    case TILE_RISING4: return wrap(x + y, 4) == 0;
    case TILE_BARS3: return wrap(x, 3) == 2;
    case TILE_GRID4: return wrap(x, 4) == 0 || wrap(y, 4) == 0;
    case TILE_DOTS4: return wrap(x, 4) == 1 && wrap(y, 4) == 2;
    case TILE_FALLING6: return wrap(x - y, 6) == 0;
    case TILE_FALLING4: return wrap(x - y, 4) == 0;
    case TILE_RISING8: return wrap(x + y, 8) == 0;
    default: return false;
    }
}

int raster_tile_period(uint8_t tile)
{
    return tile == TILE_BARS3 ? 3 : tile == TILE_FALLING6 ? 6 : tile == TILE_RISING8 ? 8 : 4;
}

static void pattern(struct raster *raster, struct rect r, const struct draw_op *op)
{
    uint32_t period_pixels[PERIOD_MAX];
    int unit = op->unit, period = raster_tile_period(op->kind) * unit;
    if (period > PERIOD_MAX) {
        unit = 1, period = raster_tile_period(op->kind);
    }
    int start = wrap(r.x - op->ax, period);
    for (int y = r.y; y < r.y + r.h; y++) {
        int v = (y - op->ay) >= 0 ? (y - op->ay) / unit : -((op->ay - y + unit - 1) / unit);
        for (int x = 0; x < period; x++) {
            period_pixels[x] = raster_tile_marks(op->kind, x / unit, v) ? op->mark : op->colour;
        }
        uint32_t *row = row_of(raster, r.x, y);
        for (int x = 0, phase = start; x < r.w; x++) {
            row[x] = period_pixels[phase];
            if (++phase == period) {
                phase = 0;
            }
        }
    }
}

static void mask(struct raster *raster, struct rect clip, int left, int top, const struct text_mask *run, uint32_t argb)
{
    struct rect r = rect_intersect(rect_make(left, top, run->w, run->h), clip);
    for (int y = r.y; y < r.y + r.h; y++) {
        uint32_t *row = row_of(raster, r.x, y);
        const uint8_t *alpha = run->alpha + (size_t)(y - top) * (size_t)run->w + (size_t)(r.x - left);
        for (int x = 0; x < r.w; x++) {
            if (alpha[x]) {
                row[x] = blend(row[x], argb, alpha[x]);
            }
        }
    }
}

/* Is the point of the unit square inside the shape? */
static bool shape_covers(uint8_t shape, float x, float y)
{
    float dx = x < 0.5f ? 0.5f - x : x - 0.5f, dy = y < 0.5f ? 0.5f - y : y - 0.5f;
    switch (shape) {
    case SHAPE_UP: return dx <= y / 2;
    case SHAPE_DOWN: return dx <= (1 - y) / 2;
    case SHAPE_LEFT: return dy <= x / 2;
    case SHAPE_RIGHT: return dy <= (1 - x) / 2;
    case SHAPE_DIAMOND: return dx + dy <= 0.5f;
    case SHAPE_DISC: return dx * dx + dy * dy <= 0.25f;
    case SHAPE_FLAG: return x < 0.2f || (y < 0.65f && dy <= 0.5f && x <= 1 - (0.325f - (y < 0.325f ? 0.325f - y : y - 0.325f)));
    case SHAPE_CHECK:
        if (x < 0.36f) {
            return y - x >= 0.38f && y - x <= 0.66f;
        }
        return x + y >= 1.1f && x + y <= 1.38f;
    default: return false;
    }
}

static void shape(struct raster *raster, struct rect clip, const struct draw_op *op)
{
    enum { SAMPLES = 4 };
    struct rect r = rect_intersect(rect_make(op->x, op->y, op->w, op->h), clip);
    for (int y = r.y; y < r.y + r.h; y++) {
        uint32_t *row = row_of(raster, r.x, y);
        for (int x = r.x; x < r.x + r.w; x++) {
            uint32_t hits = 0;
            for (int i = 0; i < SAMPLES * SAMPLES; i++) {
                float sx = (float)(x - op->x) + ((float)(i % SAMPLES) + 0.5f) / SAMPLES;
                float sy = (float)(y - op->y) + ((float)(i / SAMPLES) + 0.5f) / SAMPLES;
                hits += shape_covers(op->kind, sx / (float)op->w, sy / (float)op->h);
            }
            if (hits) {
                row[x - r.x] = blend(row[x - r.x], op->colour, hits * 255 / (SAMPLES * SAMPLES));
            }
        }
    }
}

static void image(struct raster *raster, struct rect r, const struct draw_op *op)
{
    for (int y = r.y; y < r.y + r.h; y++) {
        size_t row = (size_t)(op->ay + y - op->y) * (size_t)op->image->w;
        const uint32_t *from = op->image->pixels + row + (size_t)(op->ax + r.x - op->x);
        memcpy(row_of(raster, r.x, y), from, (size_t)r.w * sizeof *from);
    }
}

static void draw_one(struct raster *raster, struct rect clip, const struct drawlist *list, const struct draw_op *op)
{
    struct rect r = rect_intersect(rect_make(op->x, op->y, op->w, op->h), clip);
    const struct text_mask *run;
    switch (op->type) {
    case DRAW_FILL: fill(raster, r, op->colour); break;
    case DRAW_PATTERN: pattern(raster, r, op); break;
    case DRAW_SHAPE: shape(raster, clip, op); break;
    case DRAW_IMAGE: image(raster, r, op); break;
    case DRAW_TEXT:
        run = text_run(list->text, op->kind, op->h, drawlist_text(list, op));
        if (run) {
            mask(raster, clip, op->x, op->y - run->ascent, run, op->colour);
        }
        break;
    default: break;
    }
}

void raster_draw(struct raster *raster, const struct drawlist *list)
{
    const struct rect all = rect_make(0, 0, raster->w, raster->h);
    struct rect clip = all;
    for (size_t i = 0; i < list->count; i++) {
        const struct draw_op *op = &list->ops[i];
        if (op->type == DRAW_CLIP) {
            clip = rect_intersect(rect_make(op->x, op->y, op->w, op->h), all);
        } else if (op->type == DRAW_UNCLIP) {
            clip = all;
        } else {
            draw_one(raster, clip, list, op);
        }
    }
}
