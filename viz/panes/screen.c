/* screen.c: the sizes of docs' layout table, the choice of the row length and the width snap.
 *
 * Row choice: the power of two with the least |log2(pitch / 12 s)| + max(0, log2(4 s / granule px)) + max(0, log2(granule px / 64 s)):
 * rows neither thin nor fat, granules of at least 4 px where that is possible, and no byte wider than 8 px: in a heap of a few
 * hundred bytes wider rows make taller blocks, which have room for their sizes. Beside a right column that needs its height, a part of
 * a few bytes takes more rows instead of leaving ground below them: + max(0, log2(that height / height of its rows, stretched)).
 */
#include "screen.h"

#include <math.h>

#define SIDE_LEAST 313      /* height of the right column beside the map, with one row of facts */
#define SIDE_FULL 381       /* with five rows */
#define PITCH_STRETCHED 60  /* rows of a tiny heap */

int screen_auto_scale(int w, int h)
{
    if (w >= 3200 && h >= 1800) {
        return 200;
    }
    if (w >= 2240 && h >= 1400) {
        return 150;
    }
    return w >= 1600 && h >= 1000 ? 125 : 100;
}

/* ---- bits below the rows ---- */

#define BITS_GRANULE 8     /* narrower, one bit is not told from the next */
#define BITS_ROW 13        /* a row that has bits below it keeps the height that its labels need */
#define BITS_GROUND 4      /* above and below the bits, together: outlines of blocks have their place there */
#define BITS_LEAST 5
#define BITS_MOST 13
#define BITS_LABELLED 28   /* the pitch from which on a bit has room for its digit */

static int bits_height(int pitch, double granule, double s)
{
    double h = pitch - (BITS_ROW + BITS_GROUND) * s;
    return granule < BITS_GRANULE * s || h < BITS_LEAST * s ? 0 : (int)(h < BITS_MOST * s ? h : BITS_MOST * s);
}

/* Rows with bits are as good as any, those with digits a little better. */
static double bits_cost(int pitch, double s) { return 0.1 * (BITS_LABELLED * s - pitch) / (BITS_LABELLED * s); }

static void lay_bits(struct map_grid *grid, double s)
{
    grid->bits = bits_height(grid->pitch, grid->granule_px, s);
    if (grid->bits > 0) {
        grid->gap = grid->bits + (int)(BITS_GROUND * s);
    }
}

/* ---- rows ---- */

static double row_cost(int pitch, double granule, double s)
{
    double thin = log2(4 * s / granule), wide = log2(granule / (64 * s));
    return fabs(log2(pitch / (12 * s))) + (thin > 0 ? thin : 0) + (wide > 0 ? wide : 0);
}

/* Fills row_bytes, rows, pitch and gap for a map of at most w x h pixels; `fill`: the height that it should reach, stretched (0: none);
 * `bits`: rows with room for bits are looked for. */
static void choose_rows(struct map_grid *grid, int w, int h, int fill, double s, bool bits)
{
    double best = 1e9;
    int pitch_max = (int)(28 * s);
    for (int k = 3; k < 32; k++) {
        uint32_t row_bytes = 1u << k;
        uint64_t rows = ((uint64_t)grid->bytes + row_bytes - 1) / row_bytes;
        if (k > 3 && row_bytes / 2 >= grid->bytes) {
            break; /* more than half of the only row would be ground */
        }
        if (rows > (uint64_t)h / 4 && k < 31) {
            continue;
        }
        int pitch = rows > (uint64_t)h ? 1 : h / (int)rows;
        if (pitch > pitch_max) {
            pitch = pitch_max;
        }
        double reached = (double)rows * PITCH_STRETCHED * s;
        bool below = bits && bits_height(pitch, 8.0 * w / row_bytes, s) > 0;
        double cost = (below ? bits_cost(pitch, s) : row_cost(pitch, 8.0 * w / row_bytes, s)) + (fill > reached ? log2(fill / reached) : 0);
        if (cost < best) {
            best = cost;
            grid->row_bytes = row_bytes;
            grid->rows = (int)rows;
            grid->pitch = pitch;
        }
    }
    grid->gap = grid->pitch < 10 ? 1 : grid->pitch < 18 ? 2 : 3;
}

/* Cuts the width to whole pixels a granule where that costs at most a tenth. */
static void snap_width(struct map_grid *grid, int w)
{
    uint32_t granules = grid->row_bytes / 8;
    int whole = granules <= (uint32_t)w ? w / (int)granules : 0;
    int cut = whole * (int)granules;
    grid->width = whole >= 3 && (w - cut) * 10 <= w ? cut : w;
    grid->granule_px = 8.0 * grid->width / grid->row_bytes;
}

static int at_most(int value, int most) { return value < most ? value : most; }
static int at_least(double share, int least) { return share > least ? (int)share : least; }

struct screen screen_begin(int w, int h, int scale_percent)
{
    struct screen l = {.w = w < SCREEN_MIN_W ? SCREEN_MIN_W : w, .h = h < SCREEN_MIN_H ? SCREEN_MIN_H : h};
    w = l.w, h = l.h;
    l.scale = (float)(scale_percent ? scale_percent : screen_auto_scale(w, h)) / 100.0f;
    if ((double)w / (double)l.scale < SCREEN_MIN_W || (double)h / (double)l.scale < SCREEN_MIN_H) { /* chrome must fit its window */
        l.scale = (float)fmin((double)w / SCREEN_MIN_W, (double)h / SCREEN_MIN_H);
    }
    double s = (double)l.scale;
    l.unit = (int)(s + 0.5);
    l.compact = w / s < 1152;
    l.narrow = w / s < 1100;
    l.low = h / s < 700;
    l.top = rect_make(0, 0, w, screen_px(&l, 44));
    l.status = rect_make(0, h - screen_px(&l, 26), w, screen_px(&l, 26));
    int y0 = l.top.h + screen_px(&l, 10), y1 = l.status.y - screen_px(&l, 6), x = screen_px(&l, 12);
    l.content = rect_make(x, y0, w - 2 * x, y1 - y0);
    return l;
}

int screen_strip_height(const struct screen *l)
{
    return at_least(0.138 * l->content.h, l->low ? screen_px(l, 72) : screen_px(l, 96));
}

int screen_foot(struct screen *l, int x, int w, int strip_h, int head)
{
    int end = l->content.y + l->content.h, axis = screen_px(l, 18), marks = screen_px(l, 12);
    l->axis = rect_make(x, end - axis, w, axis);
    l->strip = rect_make(x, l->axis.y - strip_h, w, strip_h);
    l->marks = rect_make(x, l->strip.y - marks, w, marks);
    l->strip_head = rect_make(x, l->marks.y - head, w, head);
    return l->strip_head.y - screen_px(l, 10);
}

struct map_grid screen_grid_make(const struct screen *screen, uint32_t first, uint32_t bytes, struct rect room)
{
    struct map_grid grid = {.first = first, .bytes = bytes, .x = room.x, .y = room.y};
    choose_rows(&grid, room.w, room.h, 0, (double)screen->scale, false);
    snap_width(&grid, room.w);
    return grid;
}

struct map_grid screen_grid_like(const struct map_grid *grid, uint32_t bytes, int x, int y)
{
    struct map_grid like = *grid;
    like.first = 0;
    like.bytes = bytes;
    like.x = x;
    like.y = y;
    like.rows = (int)(((uint64_t)bytes + grid->row_bytes - 1) / grid->row_bytes);
    return like;
}

const struct map_grid *screen_grid(const struct screen *screen, uint32_t map)
{
    return map == 0 || map >= SCREEN_MAPS ? &screen->grid : &screen->more_grids[map - 1];
}

static struct screen make(int w, int h, int scale_percent, uint32_t first, uint32_t bytes, bool bits)
{
    struct screen l = screen_begin(w, h, scale_percent);
    double s = (double)l.scale;
    w = l.w;
#define PX(n) screen_px(&l, n)
    int y0 = l.content.y, height = l.content.h, strip = screen_strip_height(&l);
    int budget = at_least(0.115 * height, l.low ? PX(64) : PX(84));
    int percent = l.low ? 0 : PX(40), percent_gap = l.low ? 0 : PX(6);
    int head = PX(24), lane = PX(12), axis = PX(18);
    int fixed = 3 * head + PX(10) + lane + PX(8) + percent_gap + percent + axis;
    int x = PX(12) + PX(76), side = l.compact ? PX(208) : PX(268);
    int wide = w - x - PX(16) - side - PX(12);
    struct map_grid *grid = &l.grid;
    *grid = (struct map_grid){.first = first, .bytes = bytes, .x = x, .y = y0 + head};
    int map_room = height - fixed - strip - budget;
    int beside = at_most(PX(SIDE_LEAST) - head, map_room); /* card, kinds and the head of a block's facts stand beside the map */
    choose_rows(grid, wide, map_room, beside, s, bits);
    snap_width(grid, wide);
    if (grid->rows * grid->pitch < beside) {
        grid->pitch = at_most(at_most(PX(SIDE_FULL) - head, map_room) / grid->rows, PX(PITCH_STRETCHED));
    }
    if (bits) {
        lay_bits(grid, s);
    }
    int used = grid->rows * grid->pitch, spare = map_room - (used > beside ? used : beside);
    strip += spare * 55 / 100;
    budget += spare - spare * 55 / 100;
    w = grid->width;
    l.map_head = rect_make(x, y0, w, head);
    l.map = rect_make(x, y0 + head, w, used);
    l.strip_head = rect_make(x, l.map.y + (used > beside ? used : beside) + PX(10), w, head);
    l.marks = rect_make(x, l.strip_head.y + head, w, lane);
    l.strip = rect_make(x, l.marks.y + lane, w, strip);
    l.budget_head = rect_make(x, l.strip.y + strip + PX(8), w, head);
    l.budget = rect_make(x, l.budget_head.y + head, w, budget);
    l.percent = rect_make(x, l.budget.y + budget + percent_gap, w, percent);
    l.axis = rect_make(x, l.percent.y + percent, w, axis);
    l.side_x = x + w + PX(16);
    l.side_w = l.w - PX(12) - l.side_x;
    l.side_top = y0;
    l.side_bottom = l.strip_head.y - PX(10);
#undef PX
    return l;
}

struct screen screen_make(int w, int h, int scale_percent, uint32_t first, uint32_t bytes)
{
    return make(w, h, scale_percent, first, bytes, false);
}

struct screen screen_make_bits(int w, int h, int scale_percent, uint32_t first, uint32_t bytes)
{
    struct screen screen = make(w, h, scale_percent, first, bytes, true);
    uint32_t fewer = 1;
    while (fewer < bytes - fewer) {
        fewer *= 2;
    }
    for (; screen.grid.bits == 0 && screen.bits_from == 0 && fewer >= 64; fewer /= 2) {
        screen.bits_from = make(w, h, scale_percent, 0, fewer, true).grid.bits > 0 ? fewer : 0;
    }
    return screen;
}

int grid_row(const struct map_grid *grid, uint32_t off) { return (int)((off - grid->first) / grid->row_bytes); }

int grid_x(const struct map_grid *grid, uint32_t off_in_row)
{
    return grid->x + (int)((uint64_t)off_in_row * (uint64_t)grid->width / grid->row_bytes);
}

uint32_t grid_offset_at(const struct map_grid *grid, int x, int y)
{
    if (x < grid->x || x >= grid->x + grid->width || y < grid->y || y >= grid->y + grid->rows * grid->pitch) {
        return UINT32_MAX;
    }
    /* The last byte that begins at or left of the pixel; where several bytes share it, the first of them. */
    uint64_t pixel = (uint64_t)(x - grid->x), width = (uint64_t)grid->width;
    uint64_t in_row = (pixel * grid->row_bytes + width - 1) / width;
    if (in_row > 0 && (in_row * width) / grid->row_bytes > pixel) {
        in_row--;
    }
    uint64_t off = (uint64_t)((y - grid->y) / grid->pitch) * grid->row_bytes + in_row;
    return off < grid->bytes ? grid->first + (uint32_t)off : UINT32_MAX;
}

struct rect screen_strip_part(const struct screen *screen, int part)
{
    int parts = screen->strip_parts > 1 ? screen->strip_parts : 1, gap = screen->strip_gap;
    int h = (screen->strip.h - (parts - 1) * gap) / parts;
    return rect_make(screen->strip.x, screen->strip.y + part * (h + gap), screen->strip.w, h);
}

uint32_t screen_event_at(const struct screen *screen, int x, uint32_t count)
{
    int64_t pixel = x - screen->strip.x, width = screen->strip.w;
    if (pixel <= 0) {
        return 0;
    }
    if (pixel >= width) {
        return count;
    }
    return (uint32_t)((pixel * (int64_t)count + width / 2) / width);
}

int screen_event_x(const struct screen *screen, uint32_t event, uint32_t count)
{
    return screen->strip.x + (count ? (int)((uint64_t)event * (uint64_t)screen->strip.w / count) : 0);
}
