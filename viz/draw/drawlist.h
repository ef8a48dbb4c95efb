/* drawlist.h: a picture as plain data.
 *
 * The view writes a draw list, a back end only translates it, so the window, a PNG file and a test's checksum come from the same
 * numbers, and tests can look for overlapping or cut text without pixels. Everything is an opaque or blended rectangle, a tiled
 * pattern, a run of text, a small mask shape or an image; coordinates are whole pixels, corners are square.
 *
 * A list grows by doubling and is reused from frame to frame. If memory runs out, `failed` is set and further operations are dropped.
 */
#ifndef HEAPLAB_VIZ_DRAWLIST_H
#define HEAPLAB_VIZ_DRAWLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

struct rect { int x, y, w, h; };

static inline struct rect rect_make(int x, int y, int w, int h) { return (struct rect){x, y, w, h}; }
static inline struct rect rect_inflate(struct rect r, int by) { return (struct rect){r.x - by, r.y - by, r.w + 2 * by, r.h + 2 * by}; }
static inline bool rect_contains(struct rect r, int x, int y) { return x >= r.x && y >= r.y && x < r.x + r.w && y < r.y + r.h; }
static inline bool rect_overlaps(struct rect a, struct rect b)
{
    return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
struct rect rect_intersect(struct rect a, struct rect b); /* empty: w or h is 0 */

enum draw_type { DRAW_FILL, DRAW_PATTERN, DRAW_TEXT, DRAW_SHAPE, DRAW_IMAGE, DRAW_CLIP, DRAW_UNCLIP, DRAW_LAYER };

/* Marks of one unit on a fill; x and y count units from the anchor, so that patterns stand still while rectangles move. */
enum draw_tile {
    TILE_SOLID,
    TILE_RISING4,  /* (x + y) mod 4 = 0 */
    TILE_BARS3,    /* x mod 3 = 2 */
    TILE_GRID4,    /* x mod 4 = 0 or y mod 4 = 0 */
    TILE_DOTS4,    /* x mod 4 = 1 and y mod 4 = 2 */
    TILE_FALLING6, /* (x - y) mod 6 = 0 */
    TILE_FALLING4, /* (x - y) mod 4 = 0 */
    TILE_RISING8,  /* (x + y) mod 8 = 0 */
    TILE_COUNT
};

enum draw_shape {
    SHAPE_UP, SHAPE_DOWN, SHAPE_LEFT, SHAPE_RIGHT, /* triangles that fill their rectangle */
    SHAPE_DIAMOND, SHAPE_DISC, SHAPE_FLAG, SHAPE_CHECK, SHAPE_COUNT
};

struct draw_style { uint32_t fill, mark; uint8_t tile; }; /* ARGB */

struct draw_image { int w, h; uint32_t *pixels; }; /* opaque ARGB rows, no padding */

/* One operation. `x, y, w, h` is the rectangle; text: left, baseline, width, size. */
struct draw_op {
    uint8_t type;     /* enum draw_type */
    uint8_t kind;     /* tile, shape or face */
    uint16_t unit;    /* pattern: pixels a mark */
    int32_t x, y, w, h;
    uint32_t colour;  /* ARGB; alpha below 255 blends */
    uint32_t mark;    /* pattern: colour of the marks */
    int32_t ax, ay;   /* pattern: anchor; image: corner of the source */
    size_t text;      /* offset into the list's characters */
    const struct draw_image *image; /* owned by the pane; valid until its next frame */
};

struct drawlist {
    struct draw_op *ops;
    size_t count, cap;
    char *chars;
    size_t chars_len, chars_cap;
    struct text *text; /* measures runs; not owned */
    bool failed;
};

enum draw_align { ALIGN_LEFT, ALIGN_CENTRE, ALIGN_RIGHT };

struct text_style { uint8_t face; int size; uint32_t colour; };

void drawlist_init(struct drawlist *list, struct text *text);
void drawlist_clear(struct drawlist *list); /* keeps the memory */
void drawlist_free(struct drawlist *list);

/* Empty rectangles are dropped by all of these. */
void draw_fill(struct drawlist *list, struct rect r, uint32_t argb);
void draw_frame(struct drawlist *list, struct rect r, int thickness, uint32_t argb); /* a border inside r */
void draw_pattern(struct drawlist *list, struct rect r, struct draw_style style, int unit, int anchor_x, int anchor_y);
void draw_shape(struct drawlist *list, enum draw_shape shape, struct rect r, uint32_t argb);
void draw_image(struct drawlist *list, int x, int y, const struct draw_image *image, struct rect source);
void draw_clip(struct drawlist *list, struct rect r); /* replaces the clip; clips do not nest */
void draw_unclip(struct drawlist *list);
void draw_layer(struct drawlist *list); /* what follows covers what lies below on purpose (a menu, the help) */

/* Writes one run; `x` is its left edge, centre or right edge. Returns its width in pixels. */
int draw_text(struct drawlist *list, int x, int baseline, enum draw_align align, struct text_style style, const char *utf8);

const char *drawlist_text(const struct drawlist *list, const struct draw_op *op);

/* `a` mixed with `percent` (0 … 100) of `b`, channel by channel, opaque. */
uint32_t colour_mix(uint32_t a, uint32_t b, int percent);
static inline uint32_t colour_alpha(uint32_t argb, uint32_t percent) { return (argb & 0xFFFFFFu) | (percent * 255u / 100u) << 24; }

#endif
