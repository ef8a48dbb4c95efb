/* screen.h: where everything stands, from the window's size and the heap's size alone.
 *
 * Chrome scales with `scale`; data gets the pixels that are left. Map, strip and lanes share their left and right edges. Pure
 * functions: no drawing, no text.
 *
 * Every view fills a screen of its own: screen_begin gives top, status and scale, screen_foot puts marks, strip and axis at the foot
 * (the scrubber that every view has), screen_grid_make lays bytes out in rows. A rectangle of no height is not shown. screen_make is
 * the layout of the Map view.
 */
#ifndef HEAPLAB_VIZ_SCREEN_H
#define HEAPLAB_VIZ_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

#include "drawlist.h"

#define SCREEN_MIN_W 1024
#define SCREEN_MIN_H 640
#define SCREEN_MAPS 4

/* How offsets become pixels: rows of `row_bytes`, low addresses first. */
struct map_grid {
    uint32_t first, bytes; /* the part of the heap that is shown */
    uint32_t row_bytes;    /* a power of two, at least 8 */
    int rows, pitch, gap;  /* pixels from row to row, of which `gap` are ground, or ground and bits */
    int bits;              /* height of the cells below each row that show the policy's bitmap; 0: none */
    int x, y, width;       /* of the whole map */
    double granule_px;     /* pixels for 8 bytes */
};

struct screen {
    int w, h;
    float scale;
    int unit;              /* pixels of a pattern's mark and of thin outlines: floor(scale + 1/2) */
    bool compact;          /* W < 1152: subtitles and names of marks go */
    bool narrow;           /* W < 1100: the word `event` and the speed go */
    bool stage;            /* projector mode: no heads, no gutter, larger tags */
    bool range_report;     /* the map and the right column tell of the range A to B */
    bool low;              /* H < 700: percent lane and formulas go */
    struct rect top, status;
    struct rect content;   /* between the bars, margins taken off */
    struct rect map_head, map, strip_head, marks, strip, budget_head, budget, percent, axis;
    int strip_parts, strip_gap; /* how many lanes `strip` holds, one below another, and what is between them; 0: one */
    int side_x, side_w;    /* the right column */
    int side_top, side_bottom; /* of its part beside the map */
    uint32_t bits_from;    /* shown bytes from which on the map has room for the policy's bits; 0: it has it now, or never */
    struct map_grid grid;  /* of the only or the first map */
    struct map_grid more_grids[SCREEN_MAPS - 1]; /* of the second map and the next: a hit on a map says which */
};

/* Top bar, status bar, content and scale; everything else is empty. scale_percent 0 chooses by the size. The size is clamped to the
 * smallest window. */
struct screen screen_begin(int w, int h, int scale_percent);

/* Puts marks, strip (`strip_h` pixels) and axis at the foot of the content, from x on, w wide; with `head` pixels for a title above
 * (0: no title). Returns the y where what stands above must end. */
int screen_foot(struct screen *screen, int x, int w, int strip_h, int head);

/* The share of the content's height that the strip takes, at least 96 (72 in a low window). */
int screen_strip_height(const struct screen *screen);

/* Rows for `bytes` from `first` on in at most w x h pixels at x, y: row length by the rule, width snapped to whole granules. */
struct map_grid screen_grid_make(const struct screen *screen, uint32_t first, uint32_t bytes, struct rect room);

/* The same rows of `row_bytes` for another heap beside it, so that maps can be compared row by row. */
struct map_grid screen_grid_like(const struct map_grid *grid, uint32_t bytes, int x, int y);

/* The grid of a map by its number (HIT_MAP's value, the lane). */
const struct map_grid *screen_grid(const struct screen *screen, uint32_t map);

/* `scale_percent` 0 chooses by the size. The size is clamped to the smallest window. `first`, `bytes`: the part of the heap that
 * the map shows (bytes > 0). */
struct screen screen_make(int w, int h, int scale_percent, uint32_t first, uint32_t bytes);

/* The same with bits below the map's rows where a granule of 8 bytes is wide enough (grid.bits), for a policy that keeps a bitmap. */
struct screen screen_make_bits(int w, int h, int scale_percent, uint32_t first, uint32_t bytes);

/* The automatic scale in percent: 100, 125, 150 or 200. */
int screen_auto_scale(int w, int h);

/* Design pixels to window pixels. */
static inline int screen_px(const struct screen *screen, double n) { return (int)(n * (double)screen->scale + 0.5); }

/* Offset (relative to the heap) to the row and to the pixel inside the map; the end of a row is `width` of that row. */
int grid_row(const struct map_grid *grid, uint32_t off);
int grid_x(const struct map_grid *grid, uint32_t off_in_row);

/* The offset under a pixel of the window, or UINT32_MAX outside the map or behind the heap's end. */
uint32_t grid_offset_at(const struct map_grid *grid, int x, int y);

/* One lane's part of the strip. */
struct rect screen_strip_part(const struct screen *screen, int part);

/* The event whose column holds the pixel, and the pixel of an event's boundary; `count` > 0. */
uint32_t screen_event_at(const struct screen *screen, int x, uint32_t count);
int screen_event_x(const struct screen *screen, uint32_t event, uint32_t count);

#endif
